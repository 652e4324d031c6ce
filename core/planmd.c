#include "core/planmd.h"

#include <ctype.h>
#include <string.h>

#include "core/md.h"
#include "store/base/buf.h"
#include "store/base/text.h"

/* A piece of the text: lines from one heading to the next. */
struct piece { const char *s; size_t n; };

static void piece_add(struct piece *p, const struct md_line *l, const char *next)
{
	if (!p->s)
		p->s = l->s;
	p->n = (size_t)(next - p->s);
}

/* What a task says before tasks can be looked up. */
struct draft {
	struct plan_task t;
	struct piece body;
	const char *depends;	/* "Task 1, Task 3"; NULL: no such line */
	size_t line;		/* of the heading */
	long phase;		/* 0: none */
};

enum where { IN_HEAD, IN_CONSTRAINTS, IN_CRITERIA, IN_TASK, IN_REST };

struct reading {
	struct plan_import *out;
	struct arena *a;
	struct draft *draft;
	size_t ndraft;
	enum where where;
	int criteria_level;		/* of the heading; 7: it was a label */
	struct buf head, constraints, criteria;
	struct buf rest;		/* sections behind the tasks */
	long phase;
	size_t line;
};

static void warn(struct reading *r, size_t line, const char *text)
{
	list_add(r->a, r->out->warnings.v, r->out->warnings.n,
		 arena_printf(r->a, "line %zu: %s", line, text));
}

static void label(struct plan_task *t, const char *text, struct arena *a)
{
	for (size_t i = 0; i < t->labels.n; i++)
		if (!strcmp(t->labels.v[i], text))
			return;
	list_add(a, t->labels.v, t->labels.n, text);
}

static struct plan_task task_none(void)
{
	return (struct plan_task){
		.title = "", .body = "", .design = "", .acceptance = "", .assignee = "", .type = "",
		.priority = -1,
	};
}

/* "Task 12: name", "Phase 2 - name": the number, and what follows it; -1 when it is something
 * else. */
static long numbered(const char *s, size_t n, const char *word, const char **rest, size_t *nrest)
{
	size_t k = strlen(word);
	long v = 0;

	if (!md_starts_word(s, n, word) || k == n)
		return -1;
	s += k;
	n -= k;
	text_trim(&s, &n);
	if (!n || !isdigit((unsigned char)*s))
		return -1;
	for (k = 0; n && isdigit((unsigned char)*s); s++, n--)
		if (++k < 7)
			v = v * 10 + (*s - '0');
	while (n && (isspace((unsigned char)*s) || strchr(":.)-", *s))) {
		s++;
		n--;
	}
	if (n >= 3 && (!memcmp(s, "\u2014", 3) || !memcmp(s, "\u2013", 3))) {
		s += 3;
		n -= 3;
	}
	text_trim(&s, &n);
	*rest = s;
	*nrest = n;
	return v;
}

static void begin_task(struct reading *r, long number, const char *name, size_t nname)
{
	struct draft d = { .t = task_none(), .line = r->line, .phase = r->phase };

	d.t.number = number;
	d.t.title = nname && *name ? arena_strndup(r->a, name, nname) :
		arena_printf(r->a, "Task %ld", number);
	d.t.priority = 2;
	if (r->phase)
		label(&d.t, arena_printf(r->a, "phase:%ld", r->phase), r->a);
	for (size_t i = 0; i < r->ndraft; i++)
		if (r->draft[i].t.number == number)
			warn(r, r->line, arena_printf(r->a, "Task %ld is there twice; others wait "
							    "for the first", number));
	list_add(r->a, r->draft, r->ndraft, d);
	r->where = IN_TASK;
}

static void heading(struct reading *r, const struct md_line *l)
{
	const char *rest;
	size_t nrest;
	long n;

	if (l->level == 3 && (n = numbered(l->text, l->ntext, "task", &rest, &nrest)) >= 0) {
		begin_task(r, n, rest, nrest);
		return;
	}
	if (l->level == 1 && !*r->out->epic.title) {
		r->out->epic.title = arena_strndup(r->a, l->text, l->ntext);
		r->where = IN_HEAD;
		return;
	}
	if (md_starts_word(l->text, l->ntext, "success criteria") &&
	    (l->level == 2 || r->where != IN_TASK)) {
		r->where = IN_CRITERIA;
		r->criteria_level = l->level;
		return;
	}
	if (r->where == IN_CRITERIA && l->level > r->criteria_level)
		return;
	if (r->where == IN_CRITERIA)
		r->where = r->ndraft ? IN_REST : IN_HEAD;
	if (l->level > 2)
		return;
	r->phase = 0;
	if ((n = numbered(l->text, l->ntext, "phase", &rest, &nrest)) >= 0 ||
	    (n = numbered(l->text, l->ntext, "stage", &rest, &nrest)) >= 0)
		r->phase = n;
	if (md_starts_word(l->text, l->ntext, "global constraints"))
		r->where = IN_CONSTRAINTS;
	else
		r->where = r->ndraft || r->phase ? IN_REST : IN_HEAD;
}

static void complexity(struct reading *r, struct draft *d, const char *s, size_t n)
{
	static const char *const levels[] = { "simple", "standard", "complex" };

	while (n && !isalnum((unsigned char)*s)) {
		s++;
		n--;
	}
	for (size_t i = 0; i < 3; i++) {
		if (md_starts_word(s, n, levels[i])) {
			label(&d->t, arena_printf(r->a, "complexity:%s", levels[i]), r->a);
			return;
		}
	}
	warn(r, r->line,
	     arena_printf(r->a, "unknown complexity '%.*s' of Task %ld; taken as standard",
				      (int)(n < 40 ? n : 40), s, d->t.number));
	label(&d->t, "complexity:standard", r->a);
}

static void task_line(struct reading *r, const struct md_line *l)
{
	struct draft *d = &r->draft[r->ndraft - 1];
	const char *s;
	size_t n;

	if (l->kind != MD_TEXT && l->kind != MD_ITEM)
		return;
	if (!d->depends && md_label(l, "depends on", &s, &n))
		d->depends = arena_strndup(r->a, s, n);
	else if (md_label(l, "complexity", &s, &n))
		complexity(r, d, s, n);
}

static void criteria_line(struct reading *r, const struct md_line *l)
{
	if (l->kind == MD_ITEM)
		buf_addf(&r->criteria, "- [%c] %.*s\n", l->box == 'x' ? 'x' : ' ',
			 (int)l->ntext, l->text);
	else if (l->kind == MD_TEXT)
		buf_addf(&r->criteria, "%.*s\n", (int)l->len, l->s);
}

static void one_line(struct reading *r, const struct md_line *l, const char *next)
{
	const char *s;
	size_t n;

	if (l->kind == MD_HEADING)
		heading(r, l);
	if (r->where == IN_HEAD && l->kind == MD_TEXT && md_label(l, "success criteria", &s, &n)) {
		r->where = IN_CRITERIA;
		r->criteria_level = 7;
		return;
	}
	if (r->where == IN_CRITERIA && r->criteria_level == 7 && l->kind == MD_TEXT)
		r->where = IN_HEAD;
	switch (r->where) {
	case IN_HEAD:
		buf_add(&r->head, l->s, (size_t)(next - l->s));
		break;
	case IN_CONSTRAINTS:
		buf_add(&r->constraints, l->s, (size_t)(next - l->s));
		break;
	case IN_CRITERIA:
		criteria_line(r, l);
		break;
	case IN_TASK:
		if (l->kind != MD_HEADING || l->level > 3 ||
		    r->draft[r->ndraft - 1].line != r->line)
			piece_add(&r->draft[r->ndraft - 1].body, l, next);
		task_line(r, l);
		break;
	case IN_REST:
		buf_add(&r->rest, l->s, (size_t)(next - l->s));
		break;
	}
}

static void wait_for(struct plan_task *t, size_t i, struct arena *a)
{
	size_t k;

	for (k = 0; k < t->ndep; k++)
		if (t->dep[k] == i)
			return;
	list_add(a, t->dep, t->ndep, i);
	for (k = t->ndep - 1; k && t->dep[k - 1] > i; k--)
		t->dep[k] = t->dep[k - 1];
	t->dep[k] = i;
}

static bool is_none(const char *s)
{
	static const char *const words[] = { "none", "nothing", "n/a", "no other" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (md_starts_word(s, strlen(s), words[i]))
			return true;
	return !strcmp(s, "-") || !strcmp(s, "\u2014");
}

/* Only tasks further up can be waited for: that also keeps a plan free of cycles. */
static void resolve(struct reading *r, size_t i)
{
	struct draft *d = &r->draft[i];

	bool named = !d->depends || !*d->depends || is_none(d->depends);

	for (const char *p = d->depends; p && (p = strcasestr(p, "task")); p += 4) {
		const char *rest;
		size_t nrest, k = 0;
		long n = numbered(p, strnlen(p, 32), "task", &rest, &nrest);

		if (n < 0)
			continue;
		named = true;
		while (k < r->ndraft && r->draft[k].t.number != n)
			k++;
		if (k < i) {
			wait_for(&d->t, k, r->a);
			continue;
		}
		warn(r, d->line, arena_printf(r->a, "Task %ld depends on %s; left out", d->t.number,
					      k == i ? "itself" : k == r->ndraft ?
					      arena_printf(r->a,
							   "Task %ld, which does not exist", n) :
					      arena_printf(r->a,
							   "Task %ld, which comes later", n)));
	}
	if (!named)
		warn(r, d->line, arena_printf(r->a, "Task %ld depends on '%.60s', which names no "
						    "task", d->t.number,
					      d->depends));
}

/* Old plans: nobody says what it depends on, so a phase waits for all of the phase before it. */
static void phases_wait(struct reading *r)
{
	for (size_t i = 0; i < r->ndraft; i++)
		if (r->draft[i].depends)
			return;
	for (size_t i = 0; i < r->ndraft; i++) {
		long before = 0;

		for (size_t k = 0; k < i; k++)
			if (r->draft[k].phase < r->draft[i].phase && r->draft[k].phase > before)
				before = r->draft[k].phase;
		for (size_t k = 0; before && k < i; k++)
			if (r->draft[k].phase == before)
				wait_for(&r->draft[i].t, k, r->a);
	}
}

/* Without blank lines at both ends; one newline at the end when there is text. */
static void add_trimmed(struct buf *out, const char *s, size_t n)
{
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	while (n && (*s == '\n' || *s == '\r')) {
		s++;
		n--;
	}
	buf_add(out, s, n);
	if (n)
		buf_addc(out, '\n');
}

static void finish_task(struct reading *r, size_t i)
{
	struct draft *d = &r->draft[i];
	BUF_AUTO body = BUF_INIT;

	add_trimmed(&body, r->constraints.s, r->constraints.len);
	if (body.len && d->body.n)
		buf_addc(&body, '\n');
	add_trimmed(&body, d->body.s, d->body.n);
	d->t.body = arena_strndup(r->a, body.s, body.len);
	if (d->body.n)
		files_parse(&d->t.files, d->body.s, d->body.n, r->a);
	resolve(r, i);
}

static void finish_epic(struct reading *r)
{
	struct piece parts[] = {
		{ r->head.s, r->head.len }, { r->constraints.s, r->constraints.len },
		{ r->rest.s, r->rest.len },
	};
	BUF_AUTO body = BUF_INIT;

	/* the title is its own field: the body begins behind the H1 */
	if (*r->out->epic.title && parts[0].n && parts[0].s[0] == '#') {
		const char *nl = memchr(parts[0].s, '\n', parts[0].n);
		size_t skip = nl ? (size_t)(nl - parts[0].s) + 1 : parts[0].n;

		parts[0].s += skip;
		parts[0].n -= skip;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		BUF_AUTO part = BUF_INIT;

		add_trimmed(&part, parts[i].s, parts[i].n);
		if (part.len && body.len)
			buf_addc(&body, '\n');
		buf_add(&body, part.s, part.len);
	}
	r->out->epic.body = arena_strndup(r->a, body.s, body.len);
	r->out->epic.acceptance = arena_strndup(r->a, r->criteria.s, r->criteria.len);
	r->out->epic.type = "epic";
	r->out->epic.priority = 1;
}

void planmd_parse(struct plan_import *out, const char *s, size_t n, struct arena *a)
{
	struct reading r = {
		.out = out, .a = a, .head = BUF_INIT, .constraints = BUF_INIT, .criteria = BUF_INIT,
		.rest = BUF_INIT,
	};
	struct md m;
	struct md_line l;

	*out = (struct plan_import){ .epic = task_none() };
	md_start(&m, s, n);
	while (md_next(&m, &l)) {
		r.line++;
		one_line(&r, &l, m.s);
	}
	finish_epic(&r);
	for (size_t i = 0; i < r.ndraft; i++)
		finish_task(&r, i);
	phases_wait(&r);
	for (size_t i = 0; i < r.ndraft; i++)
		list_add(a, out->task, out->ntask, r.draft[i].t);
	buf_release(&r.head);
	buf_release(&r.constraints);
	buf_release(&r.criteria);
	buf_release(&r.rest);
}

bool planmd_is_plan(const char *s, size_t n)
{
	const char *rest;
	size_t nrest;
	struct md m;
	struct md_line l;

	md_start(&m, s, n);
	while (md_next(&m, &l))
		if (l.kind == MD_HEADING && l.level == 3 &&
		    numbered(l.text, l.ntext, "task", &rest, &nrest) >= 0)
			return true;
	return false;
}
