/* cmd/json.h - what --json prints: bd's two shapes (spec/cli.md 1), the ISSUE object, the
 * envelope */
#ifndef CMD_JSON_H
#define CMD_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/base/buf.h"
#include "store/base/json.h"
struct ctx; struct issue;

/*
 * Arrays, and the objects of hooks list and lint, keep the order they are written in and have no
 * schema_version:
 * 	struct json_doc d;
 * 	json_start(&d, c);
 * 	js_open(&d.w, '[');  json_issue(&d.w, is, NULL);  js_close(&d.w, ']');
 * 	json_finish(&d, c);
 */
struct json_doc { struct buf text; struct jsw w; bool enveloped; };
void json_start(struct json_doc *d, struct ctx *c);
/* to c->out, with a newline; d is released */
void json_finish(struct json_doc *d, struct ctx *c);

/*
 * Objects are printed with sorted keys (nested ones too) and "schema_version": 1 at the top:
 *	BUF_AUTO o = BUF_INIT;
 *	struct jsw w = JSW(&o, JS_COMPACT);
 *	js_open(&w, '{');  js_put_str(&w, "id", id);  js_close(&w, '}');
 *	json_print(c, o.s);
 */
void json_print(struct ctx *c, const char *compact);
/* {"key": key, "value": value, "schema_version": 1}: config, kv. */
void json_print_pair(struct ctx *c, const char *key, const char *value);
/* {"error": msg, "hint": ..., "schema_version": 1} to f. */
void json_error(struct ctx *c, void *f, const char *msg, const char *hint);

/* What stands in an ISSUE besides its own fields; zeros leave it out. */
struct json_extra {
	/* The issue's own members as view_json() has them; NULL: they are written as the flags
	 * below say. */
	const char *members;
	size_t members_len;
	/* times with their fraction: an object just made (create, comments add) */
	bool fine;
	bool no_labels;
	/* "dependencies": raw edges {issue_id, depends_on_id, type, ...} */
	bool edges;
	bool comments;			/* "comments": [...] */
	bool counts;			/* the three counts, in list's order */
	size_t dependency_count, dependent_count, comment_count;
	const char *parent;		/* "parent": after the counts */
	const char *dependency_type;	/* of show's dependencies and dep list */
	/* Called before the closing brace, to add members (show, ready --explain, dep tree). */
	void (*more)(struct jsw *w, const struct issue *is, void *arg);
	void *arg;
};
/* One ISSUE object in bd's field order (spec/cli.md 6). x may be NULL. */
void json_issue(struct jsw *w, const struct issue *is, const struct json_extra *x);
#endif
