/* bd's form of issues in Markdown: the other half of core/planmd.h */
#include "core/planmd.h"

#include <string.h>

#include "core/md.h"
#include "store/base/buf.h"
#include "store/base/text.h"

enum part { PART_PRIORITY, PART_TYPE, PART_DESCRIPTION, PART_DESIGN, PART_ACCEPTANCE, PART_ASSIGNEE,
	    PART_LABELS, PART_DEPENDENCIES, PART_N };

static const char *const names[PART_N] = {
	[PART_PRIORITY] = "priority", [PART_TYPE] = "type", [PART_DESCRIPTION] = "description",
	[PART_DESIGN] = "design", [PART_ACCEPTANCE] = "acceptance criteria",
	[PART_ASSIGNEE] = "assignee", [PART_LABELS] = "labels",
	[PART_DEPENDENCIES] = "dependencies",
};

struct reading {
	struct plan_import *out;
	struct arena *a;
	struct buf part[PART_N];	/* of the issue being read */
	enum part now;
	const char *title;		/* NULL: before the first issue */
	size_t line, begun;
};

static const char *trimmed(const struct buf *b, struct arena *a)
{
	const char *s = b->s;
	size_t n = b->len;

	text_trim(&s, &n);
	return arena_strndup(a, s, n);
}

/* "core, parser", or one a line, or a list: each word as it stands. */
static void words(struct texts *to, const char *s, struct arena *a)
{
	while (*s) {
		size_t len = strcspn(s, ",\n"), n = len;
		const char *p = s;

		text_trim(&p, &n);
		if (n > 1 && strchr("-*+", *p) && p[1] == ' ') {
			p += 2;
			n -= 2;
			text_trim(&p, &n);
		}
		if (n)
			list_add(a, to->v, to->n, arena_strndup(a, p, n));
		s += len + (s[len] != 0);
	}
}

static int priority(struct reading *r, const char *s)
{
	const char *digit = *s == 'P' || *s == 'p' ? s + 1 : s;

	if (!*s)
		return -1;
	if (*digit >= '0' && *digit <= '4' && !digit[1])
		return *digit - '0';
	list_add(r->a, r->out->warnings.v, r->out->warnings.n,
		 arena_printf(r->a, "line %zu: unknown priority '%.40s' of '%s'; left at its "
				    "default", r->begun, s,
			      r->title));
	return -1;
}

static void finish(struct reading *r)
{
	struct plan_task t = { .title = r->title };
	const char *text[PART_N];

	for (int i = 0; i < PART_N; i++) {
		text[i] = trimmed(&r->part[i], r->a);
		buf_reset(&r->part[i]);
	}
	if (!r->title)
		return;
	t.body = text[PART_DESCRIPTION];
	t.design = text[PART_DESIGN];
	t.acceptance = text[PART_ACCEPTANCE];
	t.assignee = text[PART_ASSIGNEE];
	t.type = text[PART_TYPE];
	t.priority = priority(r, text[PART_PRIORITY]);
	words(&t.labels, text[PART_LABELS], r->a);
	words(&t.depends, text[PART_DEPENDENCIES], r->a);
	files_parse(&t.files, t.body, strlen(t.body), r->a);
	list_add(r->a, r->out->task, r->out->ntask, t);
}

static void one_line(struct reading *r, const struct md_line *l, const char *next)
{
	if (l->kind == MD_HEADING && l->level <= 2) {
		finish(r);
		r->title = l->level == 2 && l->ntext && *l->text ?
			arena_strndup(r->a, l->text, l->ntext) : NULL;
		r->begun = r->line;
		r->now = PART_DESCRIPTION;
		return;
	}
	if (l->kind == MD_HEADING && l->level == 3) {
		for (int i = 0; i < PART_N; i++) {
			if (!md_is(l->text, l->ntext, names[i]))
				continue;
			r->now = (enum part)i;
			if (r->part[i].len)
				buf_addc(&r->part[i], '\n');
			return;
		}
		r->now = PART_DESCRIPTION;
	}
	buf_add(&r->part[r->now], l->s, (size_t)(next - l->s));
}

void planmd_parse_bd(struct plan_import *out, const char *s, size_t n, struct arena *a)
{
	struct reading r = { .out = out, .a = a, .now = PART_DESCRIPTION };
	struct md m;
	struct md_line l;

	*out = (struct plan_import){ 0 };
	out->epic = (struct plan_task){ .title = "", .body = "", .design = "", .acceptance = "",
					.assignee = "", .type = "", .priority = -1 };
	for (int i = 0; i < PART_N; i++)
		r.part[i] = (struct buf)BUF_INIT;
	md_start(&m, s, n);
	while (md_next(&m, &l)) {
		r.line++;
		one_line(&r, &l, m.s);
	}
	finish(&r);
	for (int i = 0; i < PART_N; i++)
		buf_release(&r.part[i]);
}
