/* core/caplog.h - a log file that never outgrows its limit: its beginning and its end are kept */
#ifndef CORE_CAPLOG_H
#define CORE_CAPLOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The verdict of an agent stands at the end of its output, so the middle is what goes: the first
 * half of max stays, and whenever the file is full the older part of the rest is dropped, at a
 * line where there is one, and a note says so.
 */
struct caplog {
	int fd;			/* O_RDWR, not O_APPEND; the caller's */
	int64_t max;		/* bytes; 0: no limit */
	int64_t len;		/* of the file */
	int64_t head;		/* this much at the beginning is never dropped */
	bool cut;		/* something was dropped, or could not be written */
};
void caplog_init(struct caplog *c, int fd, int64_t max);
/* Appends. A full disk cuts too: an agent is not ended because its log cannot be kept. */
void caplog_add(struct caplog *c, const char *data, size_t n);

#endif
