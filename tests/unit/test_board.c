#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/board.h"
#include "store/base/buf.h"
#include "tests/unit/issues_from.h"

enum { NOW = 1000 };

/* Which are blocked (and by what), and which are ready, at time 1000. */
static struct row {
	const char *what, *issues, *blocked, *ready;
} rows[] = {
	{ "nothing", "", "", "" },
	{ "free", "a-1 open; a-2 in_progress; a-3 closed; a-4 blocked; a-5 hooked", "", "a-1" },
	{ "blocks", "a-1 open; a-2 open on=a-1", "a-2[a-1]", "a-1" },
	{ "closed_frees", "a-1 closed; a-2 open on=a-1", "", "a-2" },
	{ "pinned_frees", "a-1 pinned; a-2 open on=a-1", "", "a-2" },
	{ "in_progress_blocks", "a-1 in_progress; a-2 open on=a-1", "a-2[a-1]", "" },
	{ "deferred_blocks", "a-1 deferred; a-2 open on=a-1", "a-2[a-1]", "" },
	{ "conditional", "a-1 open; a-2 open conditional-blocks=a-1", "a-2[a-1]", "a-1" },
	{ "links_do_not", "a-1 open; a-2 open related=a-1 discovered-from=a-1 tracks=a-1", "",
	  "a-1 a-2" },
	{ "missing_target", "a-1 open on=z-9 on=external:x:y", "", "a-1" },
	{ "closed_is_not_blocked", "a-1 open; a-2 closed on=a-1", "", "a-1" },
	{ "manual_blocked_is_not_computed", "a-1 blocked", "", "" },
	{ "two_blockers", "a-1 open; a-2 open; a-3 open on=a-1 on=a-2", "a-3[a-1 a-2]", "a-1 a-2" },
	{ "parent_open_blocks_nothing", "a-1 open; a-1.1 open up=a-1", "", "a-1 a-1.1" },
	{ "inherited", "a-0 open; a-1 open on=a-0; a-1.1 open up=a-1; a-1.1.1 open up=a-1.1",
	  "a-1[a-0] a-1.1[a-1] a-1.1.1[a-1.1]", "a-0" },
	{ "own_blockers_first", "a-0 open; a-1 open on=a-0; a-1.1 open up=a-1 on=a-0",
	  "a-1[a-0] a-1.1[a-0]", "a-0" },
	{ "not_through_closed_parent", "a-0 open; a-1 closed on=a-0; a-1.1 open up=a-1", "",
	  "a-0 a-1.1" },
	{ "ring_of_parents", "a-1 open up=a-2; a-2 open up=a-1", "", "a-1 a-2" },
	{ "ring_of_blocks", "a-1 open on=a-2; a-2 open on=a-1", "a-1[a-2] a-2[a-1]", "" },
	{ "waits_for_children",
	  "a-1 open; a-1.1 closed up=a-1; a-1.2 open up=a-1; b-1 open waits-for=a-1",
	  "b-1[a-1]", "a-1 a-1.2" },
	{ "waits_for_all_closed", "a-1 open; a-1.1 closed up=a-1; b-1 open waits-for=a-1", "",
	  "a-1 b-1" },
	{ "waits_for_childless", "a-1 open; b-1 open waits-for=a-1", "", "a-1 b-1" },
	{ "waits_for_any", "a-1 open; a-1.1 closed up=a-1; a-1.2 open up=a-1; b-1 open any=a-1", "",
	  "a-1 a-1.2 b-1" },
	{ "waits_for_any_none_yet", "a-1 open; a-1.2 open up=a-1; b-1 open any=a-1", "b-1[a-1]",
	  "a-1 a-1.2" },
	{ "custom_active_is_ready", "a-1 in_review; a-2 qa; a-3 shelf", "", "a-1" },
	{ "custom_done_frees", "a-1 shipped; a-2 open on=a-1", "", "a-2" },
	{ "unknown_status_holds", "a-1 odd; a-2 open on=a-1", "a-2[a-1]", "" },
	{ "defer_date", "a-1 open defer=999; a-2 open defer=1001", "", "a-1" },
	{ "deferred_comes_back", "a-1 deferred defer=999; a-2 deferred defer=1001; a-3 deferred",
	  "", "a-1" },
	{ "parent_deferred", "a-1 open defer=2000; a-1.1 open up=a-1; a-1.1.1 open up=a-1.1", "",
	  "a-1.1.1" },
	{ "pinned_and_ephemeral",
	  "a-1 open flag=pinned; a-2 open flag=ephemeral; a-3 open flag=is_template", "", "" },
};

static const struct vocab vocab =
	{ .custom_status = "in_review:active,qa:wip,shipped:done,shelf:frozen" };

static void check_row(void **state)
{
	const struct row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO blocked = BUF_INIT;
	BUF_AUTO ready = BUF_INIT;
	struct issues all = { 0 };
	struct board b;

	issues_from(&all, r->issues, &a);
	board_init(&b, all.v, all.n, &vocab, NOW);
	for (size_t i = 0; i < b.n; i++) {
		struct board_ids by = { 0 };

		board_blockers(&b, i, &by);
		assert_int_equal(by.n > 0, board_is_blocked(&b, i));
		if (by.n)
			buf_addf(&blocked, "%s%s[", blocked.len ? " " : "", b.is[i]->id);
		for (size_t k = 0; k < by.n; k++)
			buf_addf(&blocked, "%s%s", k ? " " : "", by.v[k]);
		if (by.n)
			buf_addc(&blocked, ']');
		if (board_is_ready(&b, i, false, false))
			buf_addf(&ready, "%s%s", ready.len ? " " : "", b.is[i]->id);
		vec_free(&by);
	}
	assert_string_equal(blocked.s, r->blocked);
	assert_string_equal(ready.s, r->ready);
	board_release(&b);
	vec_free(&all);
}

static void includes(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issues all = { 0 };
	struct board b;
	(void)state;

	issues_from(&all, "a-1 deferred defer=2000; a-2 open flag=ephemeral; a-3 open "
			  "flag=pinned; a-4 deferred", &a);
	board_init(&b, all.v, all.n, NULL, NOW);
	assert_true(board_is_ready(&b, 0, true, false));
	assert_false(board_is_ready(&b, 1, true, false));
	assert_true(board_is_ready(&b, 1, false, true));
	assert_false(board_is_ready(&b, 2, true, true));
	assert_true(board_is_ready(&b, 3, true, false));
	board_release(&b);
	vec_free(&all);
}

static void family(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issues all = { 0 };
	bool live[8];
	struct board b;
	size_t n;
	(void)state;

	issues_from(&all, "a-1 open; a-1.1 open up=a-1; a-1.1.1 open up=a-1.1; b-1 open; b-2 open "
			  "up=a-1 up=b-1", &a);
	board_init(&b, all.v, all.n, NULL, NOW);
	board_children(&b, 0, &n);
	assert_int_equal(n, 2);
	board_descendants(&b, 0, live);
	assert_true(!live[0] && live[1] && live[2] && !live[3] && live[4]);
	assert_int_equal(board_index(&b, "b-1"), 3);
	assert_int_equal(board_index(&b, "b-9"), -1);
	board_release(&b);
	vec_free(&all);
}

static void graph_of_edges(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issues all = { 0 };
	struct graph g;
	struct board b;
	size_t n;
	(void)state;

	issues_from(&all, "a-1 open; a-2 open on=a-1 related=a-3 up=a-4; a-3 open waits-for=a-1 "
			  "on=z-9; a-4 open", &a);
	board_init(&b, all.v, all.n, NULL, NOW);
	board_graph(&b, false, &g);
	assert_int_equal(g.edge.n, 2);
	graph_after(&g, 0, &n);
	assert_int_equal(n, 2);
	graph_release(&g);
	board_graph(&b, true, &g);
	assert_int_equal(g.edge.n, 3);
	graph_release(&g);
	board_release(&b);
	vec_free(&all);
}

int main(int argc, char **argv)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[ROWS + 3] = {
		[ROWS] = cmocka_unit_test(includes), cmocka_unit_test(family),
		cmocka_unit_test(graph_of_edges),
	};

	for (size_t i = 0; i < ROWS; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check_row,
					    .initial_state = &rows[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
