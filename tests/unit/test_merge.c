#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store/base/buf.h"
#include "store/issue.h"
#include "store/merge.h"
#include "store/record.h"
#include "store/text3.h"

/* ---- text ---- */

static struct text_row { const char *what, *base, *ours, *theirs, *want; } texts[] = {
	{ "nothing_changed", "a\nb\n", "a\nb\n", "a\nb\n", "a\nb\n" },
	{ "ours_only", "a\nb\n", "a\nB\n", "a\nb\n", "a\nB\n" },
	{ "both_the_same", "a\nb\n", "a\nB\n", "a\nB\n", "a\nB\n" },
	{ "far_apart", "a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nD\n" },
	{ "adjoining_lines", "a\nb\n", "A\nb\n", "a\nB\n", NULL },
	{ "same_line", "a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", NULL },
	{ "insert_and_change", "a\nb\nc\n", "new\na\nb\nc\n", "a\nb\nC\n", "new\na\nb\nC\n" },
	{ "insert_twice_here", "a\nb\n", "a\nx\nb\n", "a\ny\nb\n", NULL },
	{ "delete_and_change_elsewhere", "a\nb\nc\nd\ne\n", "a\nc\nd\ne\n", "a\nb\nc\nd\nE\n",
	  "a\nc\nd\nE\n" },
	{ "delete_and_change_here", "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", NULL },
	{ "from_empty", "", "a\n", "", "a\n" },
	{ "from_empty_both", "", "a\n", "b\n", NULL },
	{ "to_empty", "a\n", "", "a\n", "" },
	{ "no_newline_at_the_end", "a\nb", "A\nx\nb", "a\nb", "A\nx\nb" },
	{ "newline_added_and_top_changed", "a\nb\nc", "a\nb\nc\n", "A\nb\nc", "A\nb\nc\n" },
	{ "repeated_lines", "x\nx\nx\nx\n", "x\nx\nx\nx\nx\n", "x\nx\nx\nx\n", "x\nx\nx\nx\nx\n" },
	{ "moved_block", "1\n2\n3\n4\n5\n6\n", "4\n5\n6\n1\n2\n3\n", "1\n2\n3\n4\n5\n6\n",
	  "4\n5\n6\n1\n2\n3\n" },
	{ "three_places", "1\n2\n3\n4\n5\n6\n7\n", "1\nx\n3\n4\n5\ny\n7\n", "1\n2\n3\nz\n5\n6\n7\n",
	  "1\nx\n3\nz\n5\ny\n7\n" },
};

static struct text text(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static void merge_text(void **state)
{
	const struct text_row *r = *state;
	struct buf out = BUF_INIT;

	for (int swap = 0; swap < 2; swap++) {
		const char *ours = swap ? r->theirs : r->ours, *theirs = swap ? r->ours : r->theirs;
		bool clean;

		buf_reset(&out);
		clean = text3_merge(text(r->base), text(ours), text(theirs), &out);
		assert_int_equal(clean, r->want != NULL);
		assert_string_equal(out.s, r->want ? r->want : "");
	}
	buf_release(&out);
}

static unsigned rnd(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* Lines of few kinds, so that they repeat; changed a little. */
static void mutate(unsigned *seed, const struct buf *from, struct buf *to)
{
	for (const char *s = from->s, *end; *s; s = end) {
		end = strchr(s, '\n') + 1;
		switch (rnd(seed) % 12) {
		case 0:
			break;
		case 1:
			buf_addf(to, "%u\n", rnd(seed) % 7);
			/* fall through */
		default:
			buf_add(to, s, (size_t)(end - s));
		}
	}
}

/* One side alone always wins, whatever the texts: the diff must never invent or lose a line. */
static void one_sided_is_exact(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 400; i++) {
		struct buf base = BUF_INIT, ours = BUF_INIT, theirs = BUF_INIT, out = BUF_INIT,
			again = BUF_INIT;
		unsigned lines = rnd(&seed) % 60;

		for (unsigned k = 0; k < lines; k++)
			buf_addf(&base, "%u\n", rnd(&seed) % 7);
		mutate(&seed, &base, &ours);
		mutate(&seed, &base, &theirs);
		assert_true(text3_merge(text(base.s), text(ours.s), text(base.s), &out));
		assert_string_equal(out.s, ours.s);
		buf_reset(&out);
		assert_int_equal(text3_merge(text(base.s), text(ours.s), text(theirs.s), &out),
				 text3_merge(text(base.s), text(theirs.s), text(ours.s), &again));
		assert_string_equal(out.s, again.s);
		buf_release(&base);
		buf_release(&ours);
		buf_release(&theirs);
		buf_release(&out);
		buf_release(&again);
	}
}

static void rewritten_text_is_not_slow(void **state)
{
	struct buf base = BUF_INIT, ours = BUF_INIT, out = BUF_INIT;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		buf_addf(&base, "a %d\n", i);
		buf_addf(&ours, "b %d\n", i);
	}
	assert_true(text3_merge(text(base.s), text(ours.s), text(base.s), &out));
	assert_string_equal(out.s, ours.s);
	buf_release(&base);
	buf_release(&ours);
	buf_release(&out);
}

/* ---- issues ---- */

struct trio { struct arena a; struct issue base, ours, theirs; };

/* Changes "field=value" in an issue. */
static void set(struct issue *is, const char *change, struct arena *a)
{
	char *field = arena_strdup(a, change), *value = strchr(field, '=');

	*value++ = 0;
	if (!strcmp(field, "title"))
		is->title = value;
	else if (!strcmp(field, "assignee"))
		is->assignee = value;
	else if (!strcmp(field, "priority"))
		is->priority = atoi(value);
	else if (!strcmp(field, "estimate"))
		is->estimate_minutes = atol(value);
	else if (!strcmp(field, "due"))
		is->due_at = atol(value);
	else if (!strcmp(field, "child"))
		is->last_child = atol(value);
	else if (!strcmp(field, "updated"))
		is->updated_at = atol(value);
	else if (!strcmp(field, "description"))
		is->description = value;
	else if (!strcmp(field, "notes"))
		is->notes = value;
	else if (!strcmp(field, "unknown"))
		is->unknown = value;
	else if (!strcmp(field, "status"))
		is->status = value;
	else if (!strcmp(field, "closed"))
		is->closed_at = atol(value), is->status = "closed";
	else if (!strcmp(field, "reason"))
		is->close_reason = value;
	else if (!strcmp(field, "+label"))
		issue_label_add(is, value, a);
	else if (!strcmp(field, "-label"))
		issue_label_remove(is, value);
	else if (!strcmp(field, "+dep"))
		issue_dep_add(is, &(struct dep){ value, "blocks", 0, "", "", "", "" }, a);
	else if (!strcmp(field, "+by"))	/* the same edge with an author */
		issue_dep_add(is, &(struct dep){ "t-9", "blocks", 0, value, "", "", "" }, a);
	else if (!strcmp(field, "-dep"))
		issue_dep_remove(is, value, NULL);
	else if (!strcmp(field, "+comment"))
		issue_comment_add(is, &(struct comment){ value, false, "x", value, 5, "" }, a);
	else if (!strcmp(field, "extra"))
		issue_extra_set(is, "k", value, a);
	else if (!strcmp(field, "-extra"))
		issue_extra_set(is, "k", NULL, a);
	else
		fail_msg("no field %s", field);
}

static void set_all(struct issue *is, const char *changes, struct arena *a)
{
	char *copy = arena_strdup(a, changes), *save = NULL;

	for (char *c = strtok_r(copy, ";", &save); c; c = strtok_r(NULL, ";", &save))
		set(is, c, a);
}

static const char *shown(const struct issue *is, const char *field, struct arena *a)
{
	struct buf b = BUF_INIT;
	const char *out;

	if (!strcmp(field, "title"))
		return is->title;
	if (!strcmp(field, "assignee"))
		return is->assignee;
	if (!strcmp(field, "description"))
		return is->description;
	if (!strcmp(field, "notes"))
		return is->notes;
	if (!strcmp(field, "unknown"))
		return is->unknown;
	if (!strcmp(field, "priority"))
		return arena_printf(a, "%d", is->priority);
	if (!strcmp(field, "estimate"))
		return arena_printf(a, "%ld", is->estimate_minutes);
	if (!strcmp(field, "due"))
		return arena_printf(a, "%ld", (long)is->due_at);
	if (!strcmp(field, "child"))
		return arena_printf(a, "%ld", is->last_child);
	if (!strcmp(field, "updated"))
		return arena_printf(a, "%ld", (long)is->updated_at);
	if (!strcmp(field, "state"))
		return arena_printf(a, "%s %ld %s", is->status, (long)is->closed_at,
				    is->close_reason);
	if (!strcmp(field, "extra"))
		return issue_extra(is, "k") ? issue_extra(is, "k") : "";
	for (size_t i = 0; !strcmp(field, "labels") && i < is->nlabels; i++)
		buf_addf(&b, "%s ", is->labels[i]);
	for (size_t i = 0; !strcmp(field, "deps") && i < is->ndeps; i++)
		buf_addf(&b, "%s%s%s ", is->deps[i].target, *is->deps[i].created_by ? "/" : "",
			 is->deps[i].created_by);
	for (size_t i = 0; !strcmp(field, "comments") && i < is->ncomments; i++)
		buf_addf(&b, "[%s]", is->comments[i].text);
	out = arena_strdup(a, b.s);
	buf_release(&b);
	return out;
}

#define LATER "updated=200;"
#define EARLIER "updated=100;"
#define LOST "The description was changed in two places at once; this version was not taken:\n\n"

/* base, ours, theirs: changes; field and what it is after the merge. base "-": none known. */
static struct row { const char *what, *base, *ours, *theirs, *field, *want; } rows[] = {
	{ "scalar_one_side", "title=a", "title=b", "", "title", "b" },
	{ "scalar_later_wins", "title=a", EARLIER "title=b", LATER "title=c", "title", "c" },
	{ "scalar_tie_greater_wins", "title=a", LATER "title=c", LATER "title=b", "title", "c" },
	{ "scalar_same_change", "title=a", LATER "title=b", EARLIER "title=b", "title", "b" },
	{ "scalar_cleared", "assignee=x", LATER "assignee=", "", "assignee", "" },
	{ "scalar_back_is_no_change", "assignee=x", LATER "assignee=x", EARLIER "assignee=y",
	  "assignee", "y" },
	{ "number_one_side", "priority=2", "priority=0", "", "priority", "0" },
	{ "number_later_wins", "priority=2", LATER "priority=3", EARLIER "priority=0",
	  "priority", "3" },
	{ "number_tie", "priority=2", "priority=1", "priority=3", "priority", "3" },
	{ "estimate_removed", "estimate=10", "estimate=-1", "", "estimate", "-1" },
	{ "due_set", "", "", "due=7", "due", "7" },
	{ "last_child_is_the_highest", "child=1", LATER "child=2", EARLIER "child=5",
	  "child", "5" },
	{ "updated_is_the_later", "updated=1", LATER, EARLIER, "updated", "200" },
	{ "status_brings_its_time", "status=open", LATER "title=x",
	  EARLIER "closed=9;reason=done", "state",
	  "closed 9 done" },
	{ "status_conflict_is_whole", "status=open", LATER "status=blocked",
	  EARLIER "closed=9;reason=done", "state",
	  "blocked 0 " },
	{ "reopened_wins_when_later", "closed=9;reason=done", LATER "status=open",
	  EARLIER "reason=better", "state",
	  "open 9 done" },
	{ "labels_union", "+label=a", "+label=b", "+label=c", "labels", "a b c " },
	{ "labels_removed_once", "+label=a;+label=b", "-label=a", "+label=c", "labels", "b c " },
	{ "labels_removed_and_added_elsewhere", "", "+label=a", "+label=a", "labels", "a " },
	{ "labels_removed_by_both", "+label=a", "-label=a", "-label=a", "labels", "" },
	{ "deps_union", "+dep=t-1", "+dep=t-3", "+dep=t-2", "deps", "t-1 t-2 t-3 " },
	{ "deps_removed", "+dep=t-1;+dep=t-2", "-dep=t-1", "", "deps", "t-2 " },
	{ "deps_removed_but_changed_stay", "+dep=t-9", "-dep=t-9", "-dep=t-9;+by=al", "deps",
	  "t-9/al " },
	{ "deps_of_two_authors", "", LATER "+by=bo", EARLIER "+by=al", "deps", "t-9/bo " },
	{ "comments_union", "+comment=1", "+comment=2", "+comment=3", "comments", "[1][2][3]" },
	{ "extra_one_side", "extra=1", "extra=2", "", "extra", "2" },
	{ "extra_removed", "extra=1", "-extra=", "", "extra", "" },
	{ "extra_removed_but_changed_stays", "extra=1", LATER "-extra=", EARLIER "extra=3",
	  "extra", "3" },
	{ "body_one_side", "description=a", "description=b", "", "description", "b" },
	{ "body_lines", "description=a\nb\nc", "description=A\nb\nc", "description=a\nb\nC",
	  "description", "A\nb\nC" },
	{ "body_lines_no_comment", "description=a\nb\nc", "description=A\nb\nc",
	  "description=a\nb\nC", "comments",
	  "" },
	{ "body_conflict_later_stands", "description=a", LATER "description=b",
	  EARLIER "description=c", "description",
	  "b" },
	{ "body_conflict_other_is_kept", "description=a", LATER "description=b",
	  EARLIER "description=c", "comments",
	  "[" LOST "c]" },
	{ "body_conflict_tie", "description=a", "description=b", "description=c", "comments",
	  "[" LOST "b]" },
	{ "body_cleared_against_change", "description=a", LATER "description=b",
	  EARLIER "description=", "comments",
	  "" },
	{ "unknown_lines_merge", "unknown=a: 1\nb: 2\nc: 3\n", "unknown=a: 9\nb: 2\nc: 3\n",
	  "unknown=a: 1\nb: 2\nc: 8\n", "unknown", "a: 9\nb: 2\nc: 8\n" },
	{ "no_base_union", "-", "+label=a", "+label=b", "labels", "a b " },
	{ "no_base_value_beats_nothing", "-", LATER "assignee=", EARLIER "assignee=x",
	  "assignee", "x" },
	{ "no_base_later_wins", "-", LATER "title=b", EARLIER "title=c", "title", "b" },
	{ "no_base_estimate", "-", LATER "estimate=-1", EARLIER "estimate=5", "estimate", "5" },
	{ "no_base_body_kept", "-", LATER "description=b", EARLIER "description=c", "comments",
	  "[" LOST "c]" },
	{ "no_base_empty_body", "-", LATER "notes=", EARLIER "notes=c", "notes", "c" },
};

static void init(struct trio *t, const struct row *r)
{
	bool none = !strcmp(r->base, "-");

	t->a = (struct arena)ARENA_INIT;
	issue_init(&t->base);
	t->base.id = "t-0";
	t->base.title = "title";
	t->base.created_at = t->base.updated_at = 1;
	if (!none)
		set_all(&t->base, r->base, &t->a);
	t->ours = *issue_copy(&t->base, &t->a);
	t->theirs = *issue_copy(&t->base, &t->a);
	set_all(&t->ours, r->ours, &t->a);
	set_all(&t->theirs, r->theirs, &t->a);
}

static void merge(void **state)
{
	const struct row *r = *state;
	struct buf one = BUF_INIT, two = BUF_INIT;
	struct issue *m, *n;
	struct trio t;

	init(&t, r);
	m = merge_issue(*r->base == '-' ? NULL : &t.base, &t.ours, &t.theirs, &t.a);
	n = merge_issue(*r->base == '-' ? NULL : &t.base, &t.theirs, &t.ours, &t.a);
	assert_string_equal(shown(m, r->field, &t.a), r->want);
	/* the same bytes on both clones */
	record_write(m, &one);
	record_write(n, &two);
	assert_string_equal(one.s, two.s);
	/* and merging again with a side changes nothing */
	n = merge_issue(&t.ours, m, &t.ours, &t.a);
	buf_reset(&two);
	record_write(n, &two);
	assert_string_equal(one.s, two.s);
	buf_release(&one);
	buf_release(&two);
	arena_release(&t.a);
}

/* What the result points to must not go with the arenas of the versions. */
static void result_stands_alone(void **state)
{
	struct arena a = ARENA_INIT;
	struct buf b = BUF_INIT;
	struct issue *m;
	struct trio t;

	(void)state;
	init(&t, &(struct row){ "", "title=a", "+label=x;+comment=c;+dep=t-1;extra=1",
				"description=d", "", "" });
	m = merge_issue(&t.base, &t.ours, &t.theirs, &a);
	arena_release(&t.a);
	record_write(m, &b);
	assert_non_null(strstr(b.s, "t-1"));
	buf_release(&b);
	arena_release(&a);
}

int main(int argc, char **argv)
{
	struct CMUnitTest t[96] = {
		cmocka_unit_test(one_sided_is_exact), cmocka_unit_test(rewritten_text_is_not_slow),
		cmocka_unit_test(result_stands_alone),
	};
	size_t n = 3;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = texts[i].what, .test_func = merge_text,
						.initial_state = &texts[i] };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = rows[i].what, .test_func = merge,
						.initial_state = &rows[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return _cmocka_run_group_tests("merge", t, n, NULL, NULL);
}
