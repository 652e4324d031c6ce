/* tests/unit/test_plan.c - what `bdw plan` answers for the seeds' graphs (scheduling.md 2.1, 6)
 * and for odd ones */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/simworld.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* 67 h of work, 35 h along the longest path; est= is in minutes, an hour stands as one. */
#define FEAT5 "419 est=2; n27 est=10 needs=419; n28 est=9 needs=n27,420; n29 est=9 needs=n28; n30 est=5 needs=n29; " \
	      "420 est=8 needs=419; 421 est=4 needs=419; 423 est=8 needs=419; 422 est=4 needs=n27; " \
	      "424 est=8 needs=420,421,422,423"

/* want: "mode waves; wave members | ...; critical work bound predicted launches; critical path" */
static struct row { const char *what, *issues, *conf, *want; } rows[] = {
	{ "seed_001", "1 est=45; 2 est=45; 3 est=60 needs=1", "reviews=0 par=2",
	  "waves; 1 2 | 3; 105 150 105 105, 3; 1 3" },
	{ "seed_001_one_slot", "1 est=45; 2 est=45; 3 est=60 needs=1", "reviews=0 par=1",
	  "waves; 1 2 | 3; 105 150 150 150, 3; 1 3" },
	{ "seed_001_reviews", "1 est=45; 2 est=45; 3 est=60 needs=1", "reviews=3 par=2",
	  "waves; 1 2 | 3; 105 150 105 105, 15; 1 3" },
	{ "feat5_two", FEAT5, "reviews=0 par=2",
	  "waves; 419 | n27 420 423 421 | n28 422 | n29 424 | n30; 35 67 35 35, 10; 419 n27 n28 "
	  "n29 n30" },
	{ "feat5_two_barrier", FEAT5, "reviews=0 par=2 barrier=full",
	  "waves; 419 | n27 420 423 421 | n28 422 | n29 424 | n30; 35 67 35 41, 10; 419 n27 n28 "
	  "n29 n30" },
	{ "feat5_three_barrier", FEAT5, "reviews=0 par=3 barrier=full",
	  "waves; 419 | n27 420 423 421 | n28 422 | n29 424 | n30; 35 67 35 37, 10; 419 n27 n28 "
	  "n29 n30" },
	{ "feat5_four_barrier", FEAT5, "reviews=0 par=4 barrier=full",
	  "waves; 419 | n27 420 421 423 | n28 422 | n29 424 | n30; 35 67 35 35, 10; 419 n27 n28 "
	  "n29 n30" },
	{ "feat5_serial", FEAT5, "reviews=0 mode=sequential",
	  "sequential; 419 | n27 420 423 421 | n28 422 | n29 424 | n30; 35 67 35 67, 10; 419 n27 "
	  "n28 n29 n30" },
	{ "chain", "1; 2 needs=1; 3 needs=2", "reviews=0",
	  "sequential; 1 | 2 | 3; 30 30 30 30, 3; 1 2 3" },
	{ "edgeless", "1; 2; 3; 4", "reviews=0 par=0", "fully; 1 2 3 4; 10 40 10 10, 4; 1" },
	{ "one", "1 est=5", "reviews=1", "sequential; 1; 5 5 5 5, 3; 1" },
	{ "none", "1 closed", "reviews=1", "sequential;; 0 0 0 0, 0;" },
	{ "closed_blocker", "1 closed est=90; 2 est=5 needs=1", "reviews=0",
	  "sequential; 2; 5 5 5 5, 1; 2" },
	{ "not_launchable", "1 held est=90; 2 est=5 needs=1; 3 est=5", "reviews=0",
	  "waves; 3; 5 5 5 5, 1; 3" },
	{ "epic", "e epic; 1 est=5 parent=e; 2 est=6 parent=e", "reviews=0 verify=3",
	  "fully; 1 2; 6 11 6 6, 3; 2" },
	{ "budget_is_no_limit", "1; 2; 3", "reviews=0 launches=1",
	  "fully; 1 2 3; 10 30 10 10, 3; 1" },
	{ "staircase", "a1 est=10; a2 needs=a1 est=1; a3 needs=a2 est=1; b1 est=1; b2 needs=b1 "
		       "est=10; b3 needs=b2 est=1; "
	  "c1 est=1; c2 needs=c1 est=1; c3 needs=c2 est=10", "reviews=0 par=3",
	  "waves; a1 b1 c1 | b2 c2 a2 | c3 a3 b3; 12 36 12 12, 9; a1 a2 a3" },
	{ "staircase_barrier", "a1 est=10; a2 needs=a1 est=1; a3 needs=a2 est=1; b1 est=1; b2 "
			       "needs=b1 est=10; b3 needs=b2 est=1; "
	  "c1 est=1; c2 needs=c1 est=1; c3 needs=c2 est=10", "reviews=0 par=3 barrier=full",
	  "waves; a1 b1 c1 | a2 b2 c2 | a3 b3 c3; 12 36 12 30, 9; a1 a2 a3" },
	/* files */
	{ "conflict", "1 files=a.c,b.c; 2 files=b.c; 3", "reviews=0",
	  "fully; 1 3 | 2; 10 30 10 20, 3; 1; 1 x 2: b.c" },
	{ "conflict_but_ordered", "1 files=a.c; 2 needs=1 files=b.c; 3 needs=2 files=a.c",
	  "reviews=0",
	  "sequential; 1 | 2 | 3; 30 30 30 30, 3; 1 2 3" },
	{ "no_files_alone", "1; 2 nofiles; 3", "reviews=0", "fully; 1 3 | 2; 10 30 10 20, 3; 1" },
	{ "folder", "1 files=core/; 2 files=core/x.c", "reviews=0",
	  "fully; 1 | 2; 10 20 10 20, 2; 1; 1 x 2: core/" },
};

static void add_row(struct buf *b, struct world *w, const struct plan *p)
{
	static const char *const modes[] = { "auto", "sequential", "waves", "fully" };

	buf_addf(b, "%s;", modes[p->mode]);
	for (int wave = 1; wave <= p->nwaves; wave++) {
		buf_adds(b, wave > 1 ? " |" : "");
		for (size_t i = 0; i < p->nissue; i++)
			if (p->issue[i].wave == wave)
				buf_addf(b, " %s", w->item[p->issue[i].index].id);
	}
	buf_addf(b, "; %lld %lld %lld %lld, %zu;", (long long)p->critical_ms / 60000,
		 (long long)p->work_ms / 60000, (long long)p->bound_ms / 60000,
		 (long long)p->predicted_ms / 60000, p->launches);
	for (size_t i = 0; i < p->ncritical; i++)
		buf_addf(b, " %s", w->item[p->critical[i]].id);
	for (size_t i = 0; i < p->nconflict; i++)
		buf_addf(b, "; %s x %s: %s", w->item[p->conflict[i].a].id,
			 w->item[p->conflict[i].b].id, p->conflict[i].path);
}

static void check_row(void **state)
{
	const struct row *r = *state;
	BUF_AUTO got = BUF_INIT;
	struct world w;
	struct plan p;

	assert_int_equal(world_open(&w, r->issues, r->conf, "", NULL), 0);
	assert_int_equal(plan_make(&p, &w.conf, w.item, w.n, 10, NULL), 0);
	add_row(&got, &w, &p);
	assert_string_equal(got.s, r->want);
	plan_release(&p);
	world_close(&w);
}

static struct why_row { const char *what, *issues, *id, *want; } whys[] = {
	{ "why_first", "1; 2", "1", "" },
	{ "why_waits", "1; 2 needs=1", "2", "waits for 1" },
	{ "why_waits_for_two", "1; 2; 3 needs=1,2", "3", "waits for 1 2" },
	{ "why_not_closed_ones", "1 closed; 2 needs=1", "2", "" },
	{ "why_shares", "1 files=a.c; 2 files=a.c", "2", "shares a.c with 1" },
	{ "why_alone", "1; 2 nofiles", "2", "runs alone: no Files section" },
	{ "why_both", "1; 2 files=x.c; 3 needs=1 files=x.c", "3",
	  "waits for 1 and shares x.c with 2" },
};

static void check_why(void **state)
{
	const struct why_row *r = *state;
	const char *got = NULL;
	struct world w;
	struct plan p;

	assert_int_equal(world_open(&w, r->issues, "reviews=0", "", NULL), 0);
	assert_int_equal(plan_make(&p, &w.conf, w.item, w.n, 10, NULL), 0);
	for (size_t i = 0; i < p.nissue; i++)
		if (!strcmp(w.item[p.issue[i].index].id, r->id))
			got = p.issue[i].after;
	assert_string_equal(got, r->want);
	plan_release(&p);
	world_close(&w);
}

static void cycle(void **state)
{
	struct err e = ERR_INIT;
	struct world w;
	struct plan p;

	(void)state;
	assert_int_equal(world_open(&w, "e.1 needs=e.3; e.2 needs=e.1; e.3 needs=e.2; e.4 "
					"needs=e.3", "", "", &e), ERR_REFUSED);
	assert_string_equal(e.msg, "circular dependency: e.1 -> e.3 -> e.2 -> e.1");
	assert_int_equal(plan_make(&p, &w.conf, w.item, w.n, 10, &e), ERR_REFUSED);
	plan_release(&p);
	world_close(&w);
}

/* 2^60 paths from the first to the last: looking at each of them would never end. */
static void many_paths(void **state)
{
	enum { N = 120 };
	static char id[N][8];
	static const char *two[N][2];
	static struct sched_item item[N];
	struct sched_conf conf = { .max_parallel = 3,
				   .breaker = { .failures = 5, .successes = 2 } };
	struct plan p;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		snprintf(id[i], sizeof(id[i]), "p.%zu", i);
		item[i] = (struct sched_item){ .id = id[i], .title = id[i], .type = "task",
					       .estimate_min = 1, .complexity = "standard",
					       .body = "## Files\n- Modify: `a.c`\n",
					       .blockers = two[i], .launchable = true };
		for (size_t k = i < 2 ? i : (i & ~1ul) - 2; i >= 2 && k < (i & ~1ul); k++)
			two[i][item[i].nblockers++] = id[k];
	}
	assert_int_equal(plan_make(&p, &conf, item, N, 10, NULL), 0);
	assert_int_equal(p.critical_ms, N / 2 * 60000);
	/* only the two of each step could run side by side */
	assert_int_equal(p.nconflict, N / 2);
	plan_release(&p);
}

#define ROWS(rows, fn) \
	for (size_t i = 0; i < COUNT(rows); i++) \
		t[n++] = (struct CMUnitTest){ rows[i].what, fn, NULL, NULL, &rows[i] }

int main(int argc, char **argv)
{
	static const struct CMUnitTest plain[] = { cmocka_unit_test(cycle),
						   cmocka_unit_test(many_paths) };
	struct CMUnitTest t[COUNT(rows) + COUNT(whys) + COUNT(plain)] = { 0 };
	size_t n = 0;

	ROWS(rows, check_row);
	ROWS(whys, check_why);
	for (size_t i = 0; i < COUNT(plain); i++)
		t[n++] = plain[i];
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
