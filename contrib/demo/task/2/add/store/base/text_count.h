/* store/base/text_count.h - counting in text */
#ifndef STORE_BASE_TEXT_COUNT_H
#define STORE_BASE_TEXT_COUNT_H
#include <stddef.h>

/* Lines of n bytes; a last one without a newline counts. */
size_t text_count_lines(const char *s, size_t n);
#endif
