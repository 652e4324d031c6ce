/* store/base/strs_order.h - order of string lists */
#ifndef STORE_BASE_STRS_ORDER_H
#define STORE_BASE_STRS_ORDER_H
struct strs;

/* Turns the list round in place. */
void strs_reverse(struct strs *a);

#endif
