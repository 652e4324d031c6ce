#include "store/base/text_count.h"

#include <ctype.h>
#include <stdbool.h>

size_t text_count_lines(const char *s, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n';
	return lines + (n && s[n - 1] != '\n');
}
