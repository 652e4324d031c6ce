/* store/base/trace.h - BDW_TRACE=1 (stderr) or FILE: JSON lines of what happens inside */
#ifndef STORE_BASE_TRACE_H
#define STORE_BASE_TRACE_H

extern int trace_on;	/* the one mutable global: set once by trace_open() from cmd/ */
/* Opens what BDW_TRACE names; nothing when it is unset. */
void trace_open(void);
/* fmt is JSON members without braces: trace("txn.commit", "\"oid\":\"%s\"", hex) */
void trace_line(const char *at, const char *event, const char *fmt,
		...) __attribute__((format(printf, 3, 4)));
#define trace(event, ...) do { if (trace_on) trace_line(__func__, event, __VA_ARGS__); } while (0)

#endif
