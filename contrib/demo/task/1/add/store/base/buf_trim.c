#include "store/base/buf_trim.h"

#include <string.h>

#include "store/base/buf.h"

void buf_trim(struct buf *b)
{
	while (b->len && strchr(" \t\r\n", b->s[b->len - 1]))
		buf_cut(b, b->len - 1);
}
