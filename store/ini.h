/* store/ini.h - reading INI through inih with the checks it lacks (decisions A15), and writing
 * it */
#ifndef STORE_INI_H
#define STORE_INI_H
#include <stddef.h>
struct buf; struct err;

/* Called for each key in order; section is "" before the first header. Return < 0 to stop with
 * that error. */
typedef int (*ini_fn)(void *arg, const char *section, const char *key, const char *value, int line,
		      struct err *e);
/* Parses n bytes; name is for messages. Refused with "name:line: ...": a line of more than 198
 * bytes, white space and ';' inside a value, blanks before a key, a section name of more than 49
 * bytes, NUL, no '=' or ':'. Full-line comments with ';' or '#'. ERR_PARSE. */
int ini_read(const char *s, size_t n, const char *name, ini_fn fn, void *arg, struct err *e);
/* Sets section.key in INI text: the line is replaced or added to its section, all else keeps its
 * bytes. value NULL removes. ERR_USAGE when the value cannot be written (too long, newline, "
 * ;"). */
int ini_set(struct buf *text, const char *section, const char *key, const char *value,
	    struct err *e);

#endif
