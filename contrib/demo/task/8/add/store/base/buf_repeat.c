#include "store/base/buf_repeat.h"

#include "store/base/buf.h"

void buf_repeat(struct buf *b, const char *s, int n)
{
	for (int i = 0; i < n; i++)
		buf_adds(b, s);
}
