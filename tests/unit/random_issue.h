/* tests/unit/random_issue.h - issues with hostile contents, the same for the same seed */
#ifndef TESTS_UNIT_RANDOM_ISSUE_H
#define TESTS_UNIT_RANDOM_ISSUE_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/issue.h"
#include "tests/unit/fuzz.h"

struct random { uint64_t state; struct arena *a; };

static inline uint32_t pick(struct random *r, uint32_t n)
{
	return fuzz_next(&r->state) % n;
}

/* One line or many: what YAML, Markdown, the markers or the JSON of an issue file could trip
 * over. */
static const char *const hostile[] = {
	"plain", "two words", "no", "Yes", "TRUE", "null", "~", "on", "y", "012", "0x1f", "1:30",
	"1e3", ".5", "-", "- x",
	"2026-11-21", "2026-11-21T02:00:00Z", "a: b", "a:b", "a:", "#", "a #b", "a#b", "\"", "'",
	"it's", "\\", "\\n",
	"\\u0041", "%41", "%", "&a", "*b", "!t", "|", ">-", "[a]", "{a}", "@x", "`", "=", "<<", "?",
	": ", ",", "a,b", "]",
	" lead", "trail ", "\ttab\t", "--", "---", "----", "\\---", "\\\\---", "...", "<!--", "-->",
	"x -->", "a-->b",
	"<!-- beadwave: design -->", "\\<!-- beadwave: x -->", "<!-- beadwave: comment 1 - a -->",
	"<!-- beadwave:",
	"x_y: 1", "title: t", "\xf0\x9f\x8c\x8a", "gr\xc3\xbc\xc3\x9f", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xc2\x85", "\xc2\xa0",
	"\xef\xbb\xbf", "\xef\xbf\xbe", "\x7f", "\x01", "\x1b[31m", "\r", "a\rb", "<b>&amp;</b>",
	"</script>", "${x}", ";", "a ;b",
};

static inline const char *random_text(struct random *r, bool lines)
{
	static const char *const glue[] = { "", " ", "\n", "\r\n", "\n\n", "\t", "\n---\n" };
	BUF_AUTO b = BUF_INIT;

	for (uint32_t n = pick(r, lines ? 6 : 3); n; n--) {
		buf_adds(&b, hostile[pick(r, sizeof(hostile) / sizeof(hostile[0]))]);
		if (lines || pick(r, 4) == 0)
			buf_adds(&b, glue[pick(r, sizeof(glue) / sizeof(glue[0]))]);
	}
	return arena_strdup(r->a, b.s);
}

static inline int64_t random_time(struct random *r)
{
	int64_t us = (int64_t)pick(r, 2000000000) * 1000000;

	return pick(r, 4) ? us + 1000000 : us + 1 + pick(r, 999999);
}

static inline const char *random_id(struct random *r)
{
	static const char *const ids[] = {
		"demo-1", "demo-4f2a", "demo-4f2a.1", "demo-4f2a.10", "a.b-c", "FEAT-005:DEC-003",
		"x-no", "2026-11-21",
		"0-1", "gr\xc3\xbc-1", "a-#b", "a-\"q\"", "a-/b", "a-b.lock", "a-%2F",
	};

	return ids[pick(r, sizeof(ids) / sizeof(ids[0]))];
}

static inline const char *random_json(struct random *r, bool object)
{
	static const char *const objects[] = {
		"{}", "{\"a\":1}", "{\"k\":\"v\",\"n\":[1,2,{\"x\":null}],\"t\":true}",
		"{\"a: b\":\"c #d\"}", "{\"\":\"\"}",
		"{\"l\":\"\xe2\x80\xa8\x7f\xc2\x85\"}", "{\"q\":\"\\\"\\\\\\n\"}",
		"{\"z\":1,\"a\":-2}",
	};
	static const char *const others[] = {
		"true", "false", "null", "0", "-17", "1.5", "\"\"", "\"no\"", "\"a\\nb\"", "[]",
		"[\"x\"]", "\"\xef\xbb\xbf\"",
	};

	if (object || pick(r, 2))
		return objects[pick(r, sizeof(objects) / sizeof(objects[0]))];
	return others[pick(r, sizeof(others) / sizeof(others[0]))];
}

static inline void random_dep(struct random *r, struct issue *is)
{
	static const char *const types[] = {
		"blocks", "parent-child", "related", "discovered-from", "odd type", "no",
		"x: y", "#",
	};
	struct dep d = {
		.target = pick(r, 6) ? random_id(r) : "external:proj:cap",
		.type = types[pick(r, sizeof(types) / sizeof(types[0]))],
		.created_by = "", .metadata = "", .thread_id = "", .extra = "",
	};

	if (pick(r, 2)) {
		d.created_at = pick(r, 3) ? random_time(r) : 0;
		d.created_by = random_text(r, false);
		d.metadata = pick(r, 2) ? "" : "{\"gate\":\"any-children\"}";
		d.thread_id = random_text(r, false);
		d.extra = pick(r, 3) ? "" : "{\"weight\":2,\"why\":\"}\"}";
	}
	issue_dep_add(is, &d, r->a);
}

static inline void random_comment(struct random *r, struct issue *is)
{
	static const char *const ids[] = {
		"0199aaaa-0000-7000-8000-000000000001", "1", "7", "-5", "007", "-", "", "a b", "%",
		"no", "9223372036854775807",
		"9223372036854775808", "-0", "18446744073709551616000",
	};
	static const char *const extras[] = {
		"{\"edited\":true}", "{\"why\":\"a -->\\n--- \\\\>\",\"n\":[1.0,-0,1e400]}",
		"{\"\":{\"\xe2\x80\xa8\":\"<!-- beadwave: notes -->\"}}",
	};
	struct comment c = { .id = ids[pick(r, sizeof(ids) / sizeof(ids[0]))] };

	c.int_id = pick(r, 2) && (!strcmp(c.id, "1") || !strcmp(c.id, "7") || !strcmp(c.id, "-5") ||
				  !strcmp(c.id, "9223372036854775807") || !strcmp(c.id, "-0") ||
				  !strcmp(c.id, "18446744073709551616000"));
	c.author = random_text(r, false);
	c.text = random_text(r, true);
	c.created_at = pick(r, 5) ? random_time(r) : 0;
	c.extra = pick(r, 3) ? "" : extras[pick(r, sizeof(extras) / sizeof(extras[0]))];
	issue_comment_add(is, &c, r->a);
}

static inline void random_issue(struct random *r, struct issue *is)
{
	static const char *const names[] = {
		"pinned", "a b", "title", "x: y", "\"", "gr\xc3\xbc", "", "A", "#",
		"compaction_level", "work_type", "x_x",
	};
	const char **const words[] = {
		&is->title, &is->assignee, &is->owner, &is->spec_id, &is->external_ref,
		&is->source_system, &is->created_by, &is->close_reason, &is->closed_by_session,
	};
	const char **const texts[] = { &is->description, &is->design, &is->acceptance, &is->notes };
	int64_t *const times[] = {
		&is->created_at, &is->updated_at, &is->started_at, &is->closed_at, &is->due_at,
		&is->defer_until,
	};

	issue_init(is);
	is->id = random_id(r);
	is->status = pick(r, 2) ? "in_progress" : "qa";
	is->type = pick(r, 2) ? "bug" : "no";
	is->priority = (int)pick(r, 5);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		*words[i] = random_text(r, false);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = random_text(r, true);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] = pick(r, 2) ? random_time(r) : 0;
	is->metadata = pick(r, 2) ? random_json(r, true) : "";
	is->estimate_minutes = pick(r, 2) ? (long)pick(r, 100) : -1;
	is->last_child = (long)pick(r, 3);
	for (uint32_t n = pick(r, 4); n; n--)
		issue_label_add(is, random_text(r, false), r->a);
	for (uint32_t n = pick(r, 6); n; n--)
		random_dep(r, is);
	for (uint32_t n = pick(r, 4); n; n--)
		random_comment(r, is);
	for (uint32_t n = pick(r, 4); n; n--)
		issue_extra_set(is, names[pick(r, sizeof(names) / sizeof(names[0]))],
				random_json(r, false), r->a);
}

/* The name of a field in which two issues differ, or NULL. */
static inline const char *issue_difference(const struct issue *a, const struct issue *b)
{
	const struct { const char *name, *a, *b; } texts[] = {
#define TEXT(f) { #f, a->f, b->f }
		TEXT(id), TEXT(title), TEXT(status), TEXT(type), TEXT(assignee), TEXT(owner),
			TEXT(description), TEXT(design),
		TEXT(acceptance), TEXT(notes), TEXT(spec_id), TEXT(external_ref),
		TEXT(source_system), TEXT(metadata), TEXT(created_by), TEXT(close_reason),
		TEXT(closed_by_session), TEXT(unknown),
#undef TEXT
	};
	const struct { const char *name; int64_t a, b; } numbers[] = {
#define NUMBER(f) { #f, (int64_t)a->f, (int64_t)b->f }
		NUMBER(priority), NUMBER(estimate_minutes), NUMBER(created_at), NUMBER(updated_at),
			NUMBER(started_at),
		NUMBER(closed_at), NUMBER(due_at), NUMBER(defer_until), NUMBER(last_child),
		NUMBER(nlabels), NUMBER(ndeps), NUMBER(ncomments), NUMBER(nextras),
#undef NUMBER
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].a, texts[i].b))
			return texts[i].name;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].a != numbers[i].b)
			return numbers[i].name;
	for (size_t i = 0; i < a->nlabels; i++)
		if (strcmp(a->labels[i], b->labels[i]))
			return "labels";
	for (size_t i = 0; i < a->ndeps; i++) {
		const struct dep *x = &a->deps[i], *y = &b->deps[i];

		if (strcmp(x->target, y->target) || strcmp(x->type, y->type) ||
		    x->created_at != y->created_at || strcmp(x->created_by, y->created_by) ||
		    strcmp(x->metadata, y->metadata) ||
		    strcmp(x->thread_id, y->thread_id) || strcmp(x->extra, y->extra))
			return "deps";
	}
	for (size_t i = 0; i < a->ncomments; i++) {
		const struct comment *x = &a->comments[i], *y = &b->comments[i];

		if (strcmp(x->id, y->id) || x->int_id != y->int_id ||
		    strcmp(x->author, y->author) || strcmp(x->text, y->text) ||
		    strcmp(x->extra, y->extra) ||
		    x->created_at != y->created_at)
			return "comments";
	}
	for (size_t i = 0; i < a->nextras; i++)
		if (strcmp(a->extras[i].name, b->extras[i].name) ||
		    strcmp(a->extras[i].json, b->extras[i].json))
			return "extras";
	return NULL;
}

#endif
