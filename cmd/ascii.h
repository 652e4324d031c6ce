/* cmd/ascii.h - the symbols this program prints, for terminals that know only ASCII */
#ifndef CMD_ASCII_H
#define CMD_ASCII_H
#include <stddef.h>
struct buf;

/* Appends text with icons, arrows, rules and dashes as ASCII; other text stays as it is, whoever
 * it is from. */
void ascii_add(struct buf *out, const char *text, size_t n);

#endif
