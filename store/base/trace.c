#include "store/base/trace.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"

int trace_on;		/* 0: off; else the file descriptor to write to */

void trace_open(void)
{
	const char *to = getenv("BDW_TRACE");

	if (!to || !*to || !strcmp(to, "0"))
		return;
	if (!strcmp(to, "1"))
		trace_on = STDERR_FILENO;
	else
		trace_on = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (trace_on < 0)
		trace_on = 0;	/* tracing must never be why a command fails */
}

void trace_line(const char *at, const char *event, const char *fmt, ...)
{
	BUF_AUTO line = BUF_INIT;
	va_list ap;

	buf_addf(&line, "{\"v\":1,\"mono_ns\":%lld,\"pid\":%d,\"at\":\"%s\",\"event\":\"%s\",",
		 (long long)clock_mono_ns(), (int)getpid(), at, event);
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	buf_adds(&line, "}\n");
	if (write(trace_on, line.s, line.len) < 0)
		trace_on = 0;
}
