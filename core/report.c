/* Findings and lists out of a report in Markdown: the other half of core/finding.h */
#include "core/finding.h"

#include <string.h>

#include "core/md.h"
#include "store/base/buf.h"
#include "store/base/text.h"

enum section { SEC_OTHER, SEC_STRENGTHS, SEC_UNCOVERED, SEC_NOT_CHECKED, SEC_FINDINGS };

struct reading {
	struct report *out;
	struct arena *a;
	enum section section;
	int severity;		/* of the heading we are under, -1 none */
	int untagged;		/* of items that nobody gave one, -1 none */
	int level;		/* of that heading */
	bool open;		/* the last finding may go on in indented lines */
};

static bool is_none(const char *s, size_t n)
{
	while (n && strchr("(*_.)", *s)) {
		s++;
		n--;
	}
	while (n && strchr("(*_.)", s[n - 1]))
		n--;
	return !n || md_is(s, n, "none") || md_is(s, n, "n/a") || md_is(s, n, "none found") ||
	       md_is(s, n, "no issues") || md_is(s, n, "no issues found") ||
		       md_is(s, n, "none identified");
}

static void heading(struct reading *r, const char *s, size_t n, int level)
{
	static const struct { const char *word; enum section section; } names[] = {
		{ "strengths", SEC_STRENGTHS }, { "uncovered paths", SEC_UNCOVERED },
		{ "not checked", SEC_NOT_CHECKED }, { "findings", SEC_FINDINGS },
		{ "issues", SEC_FINDINGS },
	};

	int severity = severity_parse(s, n);

	r->open = false;
	/* a heading below "### Critical" is a finding's own: it does not end the list */
	if (severity < 0 && r->severity >= 0 && level > r->level)
		return;
	r->severity = severity;
	r->level = level;
	r->section = severity >= 0 ? SEC_FINDINGS : SEC_OTHER;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (md_starts_word(s, n, names[i].word))
			r->section = names[i].section;
}

/* Takes "[Critical]", "**Important:**" or "[security]" off the front: a severity or a category. */
static bool tag(const char **s, size_t *n, int *severity, const char **category, struct arena *a)
{
	const char *p = *s, *end;
	size_t len, skip;

	if (*n > 2 && *p == '[' && (end = memchr(p, ']', *n))) {
		p++;
		skip = (size_t)(end - *s) + 1;
	} else if (*n > 4 && p[0] == '*' && p[1] == '*' && (end = memmem(p + 2, *n - 2, "**", 2))) {
		p += 2;
		skip = (size_t)(end - *s) + 2;
	} else {
		return false;
	}
	len = (size_t)(end - p);
	text_trim(&p, &len);
	if (len && p[len - 1] == ':')
		len--;
	if (severity_parse(p, len) >= 0) {
		*severity = severity_parse(p, len);
	} else {
		const char *c = category_normal(p, len, a), *known = category_guess(c);

		if (strcmp(c, known))
			return false;
		*category = known;
	}
	*s += skip;
	*n -= skip;
	if (*n && **s == ':') {
		++*s;
		--*n;
	}
	text_trim(s, n);
	return true;
}

static void add_finding(struct reading *r, const char *s, size_t n)
{
	struct finding f = { .fix = "", .category = "" };
	int severity = r->severity;

	while (tag(&s, &n, &severity, &f.category, r->a))
		;
	if (severity < 0)
		severity = r->untagged;
	if (is_none(s, n) || severity < 0)
		return;
	f.severity = (enum severity)severity;
	finding_place(&f, s, n, r->a);
	if (!*f.category)
		f.category = category_guess(f.text);
	list_add(r->a, r->out->finding, r->out->nfinding, f);
	r->open = true;
}

/* An indented line below a finding: its place, category or fix; other words are left out. */
static void detail(struct reading *r, const struct md_line *l)
{
	struct finding *f = &r->out->finding[r->out->nfinding - 1], at = { 0 };
	const char *s;
	size_t n;

	if (md_label(l, "fix", &s, &n) || md_label(l, "how to fix", &s, &n)) {
		f->fix = arena_strndup(r->a, s, n);
	} else if (md_label(l, "category", &s, &n)) {
		f->category = category_normal(s, n, r->a);
	} else if (md_label(l, "file:line", &s, &n) || md_label(l, "file", &s, &n) ||
		   md_label(l, "location", &s, &n)) {
		BUF_AUTO dashed = BUF_INIT;

		buf_adds(&dashed, "x - ");
		buf_add(&dashed, s, n);
		finding_place(&at, dashed.s, dashed.len, r->a);
		if (*at.file) {
			f->file = at.file;
			f->line = at.line;
		}
	}
}

static void list_line(struct reading *r, const struct md_line *l)
{
	struct texts *t = r->section == SEC_STRENGTHS ? &r->out->strengths :
			  r->section == SEC_UNCOVERED ? &r->out->uncovered : &r->out->not_checked;

	if (l->kind == MD_ITEM && l->indent < 2 && !is_none(l->text, l->ntext))
		list_add(r->a, t->v, t->n, arena_strndup(r->a, l->text, l->ntext));
}

static void line(struct reading *r, const struct md_line *l)
{
	switch (l->kind) {
	case MD_HEADING:
		heading(r, l->text, l->ntext, l->level);
		return;
	case MD_ITEM:
	case MD_TEXT:
		break;
	case MD_BLANK:
	case MD_OPEN:
	case MD_CODE:
	case MD_CLOSE:
		return;
	}
	if (r->section == SEC_OTHER)
		return;
	if (r->section != SEC_FINDINGS)
		list_line(r, l);
	else if (r->open && l->indent >= 2)
		detail(r, l);
	else if (l->kind == MD_ITEM)
		add_finding(r, l->text, l->ntext);
	else
		r->open = false;
}

void report_parse(struct report *out, const char *s, size_t n, int untagged, struct arena *a)
{
	struct reading r = { .out = out, .a = a, .severity = -1, .untagged = untagged };
	struct md m;
	struct md_line l;

	*out = (struct report){ 0 };
	md_start(&m, s, n);
	while (md_next(&m, &l))
		line(&r, &l);
}
