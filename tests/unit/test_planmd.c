/* tests/unit/test_planmd.c - plans in Markdown made issues (spec/pipeline.md 12; create -f:
 * spec/cli.md, golden 072, 073) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/planmd.h"
#include "store/base/buf.h"
#include "tests/unit/fuzz.h"

static const char plan[] =
	"# Login Rework\n\n**Goal:** Users log in once.\n\n**Tech Stack:** C, libfoo\n\n"
	"**Key Decisions:**\n- **Tokens:** JWT -- no state\n\n"
	"## Success Criteria\n- [ ] one login\n- [x] no cookies\n\n"
	"## Global Constraints\n\n- C17 only\n\n"
	"## File Structure\n| File | Responsibility | Action |\n|---|---|---|\n"
	"| a.c | x | Create |\n\n"
	"## Phase 1: Base\n\n"
	"### Task 1: Token type\n\n**Depends on:** None\n**Complexity:** simple\n**Files:**\n"
	"- Create: `core/token.c`\n"
	"- Test: `tests/token.c`\n\n**Interfaces:**\n- Produces: `token_new`\n\nSteps:\n```md\n"
	"### Task 9: not a task\n```\n\n"
	"### Task 2 - Parser\n**Depends on:** Task 1\n**Complexity:** wild\n\n#### Notes\nmore\n\n"
	"## Phase 2: Use\n### Task 3: Login\n**Depends on:** Task 2, Task 1, Task 3, Task 4, Task "
	"77\n**Complexity:** complex (new)\n\n"
	"### Task 4: Docs\n**Depends on:** Task 1\n**Depends on:** Task 3\n\n"
	"## Verification Record\n\nchecked twice\n";

static void describe(const struct plan_import *p, struct buf *out)
{
	for (size_t i = 0; i < p->ntask; i++) {
		const struct plan_task *t = &p->task[i];

		buf_addf(out, "%ld %s p%d", t->number, t->title, t->priority);
		for (size_t k = 0; k < t->labels.n; k++)
			buf_addf(out, " %s", t->labels.v[k]);
		for (size_t k = 0; k < t->ndep; k++)
			buf_addf(out, " <%zu", t->dep[k]);
		for (size_t k = 0; k < t->files.n; k++)
			buf_addf(out, " %s", t->files.v[k].path);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < p->warnings.n; i++)
		buf_addf(out, "! %s\n", p->warnings.v[i]);
}

static void whole_plan(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct plan_import p;

	(void)state;
	assert_true(planmd_is_plan(plan, sizeof(plan) - 1));
	planmd_parse(&p, plan, sizeof(plan) - 1, &a);
	describe(&p, &got);
	assert_string_equal(got.s,
		"1 Token type p2 phase:1 complexity:simple core/token.c tests/token.c\n"
		"2 Parser p2 phase:1 complexity:standard <0\n"
		"3 Login p2 phase:2 complexity:complex <0 <1\n"
		"4 Docs p2 phase:2 <0\n"
		"! line 43: unknown complexity 'wild' of Task 2; taken as standard\n"
		"! line 49: Task 3 depends on itself; left out\n"
		"! line 49: Task 3 depends on Task 4, which comes later; left out\n"
		"! line 49: Task 3 depends on Task 77, which does not exist; left out\n");
	assert_string_equal(p.epic.title, "Login Rework");
	assert_int_equal(p.epic.priority, 1);
	assert_string_equal(p.epic.acceptance, "- [ ] one login\n- [x] no cookies\n");
	assert_string_equal(p.epic.body,
		"**Goal:** Users log in once.\n\n**Tech Stack:** C, libfoo\n\n**Key Decisions:**\n"
		"- **Tokens:** JWT -- no state\n\n"
		"## File Structure\n| File | Responsibility | Action |\n|---|---|---|\n"
		"| a.c | x | Create |\n\n"
		"## Global Constraints\n\n- C17 only\n\n## Phase 1: Base\n\n## Phase 2: Use\n"
		"## Verification Record\n\nchecked twice\n");
	assert_string_equal(p.task[1].body,
		"## Global Constraints\n\n- C17 only\n\n**Depends on:** Task 1\n"
		"**Complexity:** wild\n\n#### Notes\nmore\n");
	assert_non_null(strstr(p.task[0].body, "### Task 9: not a task"));
	assert_non_null(strstr(p.task[0].body, "- Produces: `token_new`"));
}

static struct row { const char *what, *in, *want; } rows[] = {
	{ "no_tasks", "# E\ntext\n", "" },
	{ "empty", "", "" },
	{ "old_phases", "# E\n## Phase 1: a\n### Task 1: x\n### Task 2: y\n## Stage 2: b\n"
			"### Task 3: z\n## Phase 4\n### Task 4: w\n",
	  "1 x p2 phase:1\n2 y p2 phase:1\n3 z p2 phase:2 <0 <1\n4 w p2 phase:4 <2\n" },
	{ "new_phases_wait_for_nothing",
	  "## Phase 1: a\n### Task 1: x\n**Depends on:** None\n## Phase 2: b\n### Task 2: y\n",
	  "1 x p2 phase:1\n2 y p2 phase:2\n" },
	{ "twice", "### Task 1: x\n### Task 1: y\n### Task 2: z\n**Depends on:** Task 1\n",
	  "1 x p2\n1 y p2\n2 z p2 <0\n! line 2: Task 1 is there twice; others wait for the "
	  "first\n" },
	{ "no_name", "### Task 5\n", "5 Task 5 p2\n" },
	{ "em_dash", "### Task 5 \u2014 Name\n", "5 Name p2\n" },
	{ "not_a_task", "### Tasks 5: x\n### Task: y\n### Task x: z\n", "" },
	{ "prose_dependency", "### Task 1: x\n**Depends on:** the parser\n",
	  "1 x p2\n! line 1: Task 1 depends on 'the parser', which names no task\n" },
	{ "none_words", "### Task 1: x\n**Depends on:** none (first)\n### Task 2: y\n"
			"**Depends on:** -\n", "1 x p2\n2 y p2\n" },
	{ "item_form",
	  "### Task 1: x\n### Task 2: y\n- **Depends on:** Task 1\n- **Complexity:** standard\n",
	  "1 x p2\n2 y p2 complexity:standard <0\n" },
	{ "crlf", "### Task 1: x\r\n### Task 2: y\r\n**Depends on:** Task 1\r\n",
	  "1 x p2\n2 y p2 <0\n" },
};

static void check(void **state)
{
	const struct row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct plan_import p;

	planmd_parse(&p, r->in, strlen(r->in), &a);
	describe(&p, &got);
	assert_string_equal(got.s, r->want);
}

static void criteria_as_label(void **state)
{
	static const char in[] =
		"# E\nGoal\n\n**Success Criteria:**\n- [ ] a\n- b\n\n**Architecture:** one\n";
	ARENA_AUTO a = ARENA_INIT;
	struct plan_import p;

	(void)state;
	planmd_parse(&p, in, sizeof(in) - 1, &a);
	assert_string_equal(p.epic.acceptance, "- [ ] a\n- [ ] b\n");
	assert_string_equal(p.epic.body, "Goal\n\n**Architecture:** one\n");
}

static const char bd_plan[] =
	"# ignored\nintro\n\n## Build parser\n### Priority\n1\n### Type\nfeature\n"
	"### Description\nParse the thing.\n"
	"### Acceptance Criteria\nIt parses.\n### Labels\nparser, core\n\n"
	"## Write docs\nPlain text under the heading.\n### Dependencies\ntest-aa1\n"
	"- blocks:test-b\n"
	"## Odd\nfirst\n### Priority\nsoon\n### Assignee\nalice\n### Design\nd\n### Other\nkept\n"
	"### Description\nsecond\n";

static void bd_form(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct plan_import p;

	(void)state;
	assert_false(planmd_is_plan(bd_plan, sizeof(bd_plan) - 1));
	planmd_parse_bd(&p, bd_plan, sizeof(bd_plan) - 1, &a);
	assert_int_equal(p.ntask, 3);
	assert_string_equal(p.task[0].title, "Build parser");
	assert_int_equal(p.task[0].priority, 1);
	assert_string_equal(p.task[0].type, "feature");
	assert_string_equal(p.task[0].body, "Parse the thing.");
	assert_string_equal(p.task[0].acceptance, "It parses.");
	assert_int_equal(p.task[0].labels.n, 2);
	assert_string_equal(p.task[0].labels.v[0], "parser");
	assert_string_equal(p.task[1].body, "Plain text under the heading.");
	assert_int_equal(p.task[1].priority, -1);
	assert_int_equal(p.task[1].depends.n, 2);
	assert_string_equal(p.task[1].depends.v[0], "test-aa1");
	assert_string_equal(p.task[1].depends.v[1], "blocks:test-b");
	assert_string_equal(p.task[2].body, "first\n### Other\nkept\n\nsecond");
	assert_string_equal(p.task[2].assignee, "alice");
	assert_string_equal(p.task[2].design, "d");
	assert_int_equal(p.warnings.n, 1);
	assert_string_equal(p.warnings.v[0],
			    "line 21: unknown priority 'soon' of 'Odd'; left at its default");
}

static void any_bytes(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	struct plan_import p;

	planmd_parse(&p, s, n, &a);
	assert_true(!p.ntask || planmd_is_plan(s, n));
	for (size_t i = 0; i < p.ntask; i++)
		for (size_t k = 0; k < p.task[i].ndep; k++)
			assert_true(p.task[i].dep[k] < i);
	planmd_parse_bd(&p, s, n, &a);
	for (size_t i = 0; i < p.ntask; i++)
		assert_true(p.task[i].priority >= -1 && p.task[i].priority <= 4 &&
			    *p.task[i].title);
}

static void fuzz(void **state)
{
	(void)state;
	fuzz_bytes(plan, sizeof(plan) - 1, 1500, any_bytes);
	fuzz_bytes(bd_plan, sizeof(bd_plan) - 1, 1000, any_bytes);
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 4];

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ rows[i].what, check, NULL, NULL, &rows[i] };
	t[N] = (struct CMUnitTest)cmocka_unit_test(whole_plan);
	t[N + 1] = (struct CMUnitTest)cmocka_unit_test(criteria_as_label);
	t[N + 2] = (struct CMUnitTest)cmocka_unit_test(bd_form);
	t[N + 3] = (struct CMUnitTest)cmocka_unit_test(fuzz);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
