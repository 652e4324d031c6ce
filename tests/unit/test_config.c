/* tests/unit/test_config.c - every setting is checked where it stands, and the right place wins */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/vec.h"
#include "store/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A folder with the places settings come from; HOME and XDG_CONFIG_HOME point into it. */
struct place { char dir[64], tree[96], common[96]; };

static void write_file(const struct place *p, const char *name, const char *text)
{
	BUF_AUTO path = BUF_INIT;

	buf_addf(&path, "%s/%s", p->dir, name);
	assert_int_equal(fsx_mkparent(AT_FDCWD, path.s, 0700, NULL), 0);
	assert_int_equal(fsx_write_atomic(AT_FDCWD, path.s, text, strlen(text), 0600, 0, NULL), 0);
}

static void place_make(struct place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof(p->dir), "%.40s/config.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->tree, sizeof(p->tree), "%s/.beadwave", p->dir);
	snprintf(p->common, sizeof(p->common), "%s/.git", p->dir);
	setenv("HOME", p->dir, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("GIT_CONFIG_GLOBAL");
}

static void place_drop(struct place *p)
{
	fsx_remove_tree(AT_FDCWD, p->dir, NULL);
}

static int load(struct config **c, const struct place *p, struct err *e)
{
	const struct config_sources src = {
		.tree = p->tree, .common = p->common, .env = true, .user = true,
	};

	return config_load(c, &src, e);
}

/* contract.md 3, each value as it is written there */
static struct builtin_row { const char *name, *want; } builtins[] = {
	{ "run.max_parallel", "3" }, { "run.review_slots", "9" }, { "run.gate_slots", "1" },
	{ "run.mode", "auto" },
	{ "run.barrier", "none" }, { "run.order", "critical-path" },
	{ "run.fail_policy", "block-dependents" },
	{ "run.isolation", "worktree" }, { "run.wave_cap", "0" }, { "run.complete_on", "exit" },
	{ "run.max_failures", "0" }, { "run.tier", "pro" }, { "run.test", "" },
	{ "run.workflow", "default" },
	{ "run.context", "standard" }, { "run.empty", "refuse" }, { "run.on_event", "" },
	{ "timeout.impl", "30m" },
	{ "timeout.refine", "30m" }, { "timeout.spec", "10m" }, { "timeout.code", "10m" },
	{ "timeout.gate", "10m" },
	{ "timeout.agg", "5m" }, { "timeout.verify", "10m" }, { "timeout.test", "10m" },
	{ "timeout.estimate_factor", "2.0" }, { "timeout.floor", "60s" }, { "timeout.cap", "60m" },
	{ "timeout.grace", "10s" }, { "timeout.idle_warn", "10m,20m,30m" },
	{ "timeout.idle_kill", "0" },
	{ "retry.max", "1" }, { "retry.fix_rounds", "2" }, { "retry.redispatch", "2" },
	{ "retry.crash", "2" },
	{ "retry.malformed", "1" }, { "retry.timeout_factor", "2.0" }, { "retry.backoff", "1s" },
	{ "retry.multiplier", "2" }, { "retry.backoff_max", "60s" }, { "retry.jitter", "0.1" },
	{ "review.block_on", "important" }, { "review.trivial_lines", "10" },
	{ "review.aggregate", "always" },
	{ "gate.threshold", "0.90" }, { "gate.max_iterations", "3" },
	{ "gate.on_fail", "escalate" },
	{ "breaker.failures", "5" }, { "breaker.successes", "2" }, { "breaker.reset", "60s" },
	{ "breaker.fallback", "queue" }, { "watch.mode", "event" }, { "watch.interval", "1s" },
	{ "watch.multiplier", "1.5" }, { "watch.interval_max", "30s" }, { "watch.jitter", "0.1" },
	{ "watch.report_tty", "10s" }, { "watch.report_log", "30s" }, { "worktree.mode", "pool" },
	{ "worktree.size", "5" }, { "worktree.keep_failed", "true" },
	{ "worktree.clean", "tracked" },
	{ "worktree.dir", "" }, { "worktree.setup", "" }, { "store.fsync", "commit" },
	{ "sync.push", "ask" },
	{ "result.alias", "" }, { "result.accept_marker", "true" }, { "sandbox.mode", "none" },
	{ "sandbox.network", "host" }, { "budget.tokens", "0" }, { "budget.cost_usd", "0" },
	{ "budget.wall", "0" },
	{ "budget.launches", "0" }, { "alert.failure_rate", "0.2" },
	{ "alert.timeout_rate", "0.1" },
	{ "alert.avg_duration", "300s" }, { "alert.command", "" }, { "project.prefix", "" },
	{ "project.target", "" },
	{ "tier max-5x.impl.complex", "opus" }, { "tier pro.impl.complex", "sonnet" },
	{ "tier max-20x.review.n", "3" }, { "tier pro.review.n", "1" },
};

static void check_builtin(void **state)
{
	const struct builtin_row *r = *state;
	struct config *c = config_builtin();

	assert_string_equal(config_str(c, r->name), r->want);
	assert_false(config_is_set(c, r->name));
	assert_true(config_known(r->name));
	config_free(c);
}

/* want: NULL, it loads; else the message behind ".beadwave/config.ini:" */
static struct file_row { const char *what, *text, *want; } files[] = {
	{ "ok_all_kinds", "[role impl]\nagent=claude\ntimeout=5m\n[agent x]\ncommand=a 'b c'\n"
			  "[price m.1]\ninput=3\n"
	  "[executor farm]\nsubmit=sbatch x\nmap=R:running,C:done\n[phase p]\nmode=foreground\n"
	  "[artifact a]\npath=x\n"
	  "[tier mine]\nimpl.*=big\nreview.n=0\n[hooks]\npost-merge=sync,run\n", NULL },
	{ "ok_preset_names", "[role impl]\nagent=codex\n[role spec]\nagent=gemini\n", NULL },
	{ "ok_wave_cap_auto", "[run]\nwave_cap=auto\n", NULL },
	{ "ok_tier_alias", "[run]\ntier=pro/api\n", NULL },
	{ "ok_own_tier_later", "[run]\ntier=mine\n[tier mine]\ncode=x\n", NULL },
	{ "unknown_key", "[role impl]\n\ntimout=5\n",
	  "3: unknown key 'timout' in [role impl]; did you mean 'timeout'?" },
	{ "unknown_key_far", "[run]\nzzzzzzzz=5\n", "2: unknown key 'zzzzzzzz' in [run]" },
	{ "unknown_section", "[rum]\nmode=auto\n",
	  "2: unknown section [rum]; did you mean 'run'?" },
	{ "unknown_kind", "[agnet x]\ncommand=y\n",
	  "2: unknown section [agnet x]; did you mean 'agent'?" },
	{ "unknown_role", "[role imp]\nagent=y\n", "2: unknown role 'imp'; did you mean 'impl'?" },
	{ "name_missing", "[agent]\ncommand=y\n", "2: section [agent] needs a name: [agent NAME]" },
	{ "name_too_many", "[run x]\nmode=auto\n", "2: section [run] takes no name" },
	{ "no_section", "mode=auto\n", "1: key 'mode' stands before the first [section]" },
	{ "bad_int", "[run]\nmax_parallel=many\n",
	  "2: bad value 'many' for 'max_parallel': a whole number from 0 to 10000 is needed" },
	{ "bad_negative", "[run]\nmax_parallel=-1\n",
	  "2: bad value '-1' for 'max_parallel': a whole number from 0 to 10000 is needed" },
	{ "bad_int_trailing", "[retry]\nmax=1x\n",
	  "2: bad value '1x' for 'max': a whole number from 0 to 1000 is needed" },
	{ "bad_cap", "[run]\nwave_cap=all\n",
	  "2: bad value 'all' for 'wave_cap': auto or a whole number from 0 to 10000 is needed" },
	{ "bad_real", "[gate]\nthreshold=1.5\n",
	  "2: bad value '1.5' for 'threshold': a number from 0 to 1 is needed" },
	{ "bad_real_word", "[gate]\nthreshold=nan\n",
	  "2: bad value 'nan' for 'threshold': a number from 0 to 1 is needed" },
	{ "bad_money", "[budget]\ncost_usd=-2\n",
	  "2: bad value '-2' for 'cost_usd': a number of at least 0 is needed" },
	{ "bad_bool", "[worktree]\nkeep_failed=maybe\n",
	  "2: bad value 'maybe' for 'keep_failed': true or false is needed" },
	{ "bad_time", "[timeout]\nimpl=30 min\n",
	  "2: bad value '30 min' for 'impl': a time such as 90, 90s, 10m or 2h is needed" },
	{ "bad_times", "[timeout]\nidle_warn=10m,x\n",
	  "2: bad value '10m,x' for 'idle_warn': times with commas are needed, such as 10m,20m" },
	{ "bad_word", "[run]\nempty=maybe\n",
	  "2: bad value 'maybe' for 'empty': one of refuse, allow is needed" },
	{ "bad_word_list", "[run]\nempty=refuse|allow\n",
	  "2: bad value 'refuse|allow' for 'empty': one of refuse, allow is needed" },
	{ "bad_word_empty", "[run]\nmode=\n",
	  "2: bad value '' for 'mode': one of auto, sequential, parallel_waves, fully_parallel is "
	  "needed" },
	{ "bad_argv", "[run]\ntest=make 'x\n",
	  "2: bad value 'make 'x' for 'test': a quote is not closed" },
	{ "bad_map", "[executor f]\nmap=R\n",
	  "2: bad value 'R' for 'map': WORD:STATE,... is needed" },
	{ "bad_workflow", "[run]\nworkflow=../x\n",
	  "2: bad value '../x' for 'workflow': a name of letters, digits and '._-' is needed" },
	{ "bad_alias", "[result]\nalias=a/../../b\n",
	  "2: bad value 'a/../../b' for 'alias': a relative path without '..' is needed" },
	{ "bad_utf8", "[project]\nproduct=\xff\n", "2: the value of 'product' is not valid UTF-8" },
	{ "bad_control", "[project]\nproduct=\x1b[31m\n",
	  "2: the value of 'product' holds a control character" },
	{ "bad_agent_name", "[agent a=b]\ncommand=x\n",
	  "2: section [agent a=b] has a name with '=' or a tab in it" },
	{ "bad_tier", "[run]\ntier=max5x\n", "2: no tier 'max5x'; did you mean 'max-5x'?" },
	{ "bad_ini", "[run]\ntest=make test ; make lint\n",
	  "2: ' ;' would start a comment; write comments on lines of their own" },
};

static void check_file(void **state)
{
	const struct file_row *r = *state;
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct place p;
	int rc;

	place_make(&p);
	write_file(&p, ".beadwave/config.ini", r->text);
	rc = load(&c, &p, &e);
	if (r->want) {
		BUF_AUTO want = BUF_INIT;

		buf_addf(&want, ".beadwave/config.ini:%s", r->want);
		assert_string_equal(e.msg, want.s);
		assert_int_equal(rc, ERR_PARSE);
		assert_null(c);
	} else {
		assert_string_equal(e.msg, "");
		assert_int_equal(rc, 0);
	}
	config_free(c);
	place_drop(&p);
}

static void precedence(void **state)
{
	static const struct { const char *file,
			      *text; enum config_origin origin; const char *value; } step[] = {
		{ ".config/beadwave/config.ini", "[run]\nmax_parallel=11\n", ORIGIN_USER, "11" },
		{ ".beadwave/workflow/default.ini", "[run]\nmax_parallel=12\n",
		  ORIGIN_WORKFLOW, "12" },
		{ ".beadwave/config.ini", "[run]\nmax_parallel=13\n", ORIGIN_PROJECT, "13" },
		{ ".config/git/config", "[beadwave \"run\"]\n\tmax-parallel = 14\n",
		  ORIGIN_GIT, "14" },
		{ ".gitconfig", "[beadwave \"run\"]\n\tmax-parallel = 15\n", ORIGIN_GIT, "15" },
		{ ".git/config", "[core]\n\tbare = false\n[beadwave \"run\"]\n"
				 "\tmax-parallel = 16\n", ORIGIN_GIT, "16" },
	};
	struct config *c;
	struct place p;

	(void)state;
	place_make(&p);
	for (size_t i = 0; i < COUNT(step); i++) {
		write_file(&p, step[i].file, step[i].text);
		assert_int_equal(load(&c, &p, NULL), 0);
		assert_string_equal(config_str(c, "run.max_parallel"), step[i].value);
		assert_int_equal(config_origin(c, "run.max_parallel"), step[i].origin);
		config_free(c);
	}
	setenv("BDW_RUN__MAX_PARALLEL", "17", 1);
	setenv("BDW_RUN", "not a setting", 1);
	setenv("BDW_TIER", "not a setting", 1);
	assert_int_equal(load(&c, &p, NULL), 0);
	unsetenv("BDW_RUN__MAX_PARALLEL");
	unsetenv("BDW_RUN");
	unsetenv("BDW_TIER");
	assert_int_equal(config_origin(c, "run.max_parallel"), ORIGIN_ENV);
	assert_int_equal(config_int(c, "run.max_parallel"), 17);
	assert_int_equal(config_set_pair(c, "run.max_parallel=18", NULL), 0);
	assert_int_equal(config_int(c, "run.max_parallel"), 18);
	assert_int_equal(config_set(c, "run.max_parallel", "19", ORIGIN_GIT, NULL), 0);
	assert_int_equal(config_int(c, "run.max_parallel"), 18);
	config_free(c);
	place_drop(&p);
}

static struct git_row { const char *what, *text, *name, *want; } gits[] = {
	{ "git_dashes", "[beadwave \"run\"]\n\tfail-policy = stop\n", "run.fail_policy", "stop" },
	{ "git_hook_key", "[beadwave \"hooks\"]\n\tpost-merge = sync\n",
	  "hooks.post-merge", "sync" },
	{ "git_case", "[BeadWave \"run\"]\n\tMax-Parallel=4\n", "run.max_parallel", "4" },
	{ "git_no_value", "[beadwave \"worktree\"]\n\tkeep-failed\n",
	  "worktree.keep_failed", "true" },
	{ "git_quotes", "[beadwave \"run\"]\n\ttest = \"make; echo # x\" # c\n", "run.test",
	  "make; echo # x" },
	{ "git_continued", "[beadwave \"run\"]\n\ttest = make \\\n  check\n", "run.test",
	  "make   check" },
	{ "git_named", "[beadwave \"role impl\"]\n\tagent = codex\n", "role impl.agent", "codex" },
	{ "git_named_by_dot", "[beadwave \"tier.max-5x.review\"]\n\tn = 2\n",
	  "tier max-5x.review.n", "2" },
	{ "git_dotted", "[beadwave \"tier max-5x.impl\"]\n\tsimple = tiny\n",
	  "tier max-5x.impl.simple", "tiny" },
	{ "git_bracket", "[alias \"a]b\"]\n\tx=1\n[beadwave \"run\"] mode = sequential\n",
	  "run.mode", "sequential" },
	{ "git_plain_branch", "[beadwave]\n\tbranch = issues\n", "run.mode", "auto" },
	{ "git_comment", "# [beadwave \"run\"]\n; max-parallel = 9\n", "run.max_parallel", "3" },
	{ "git_bad_key", "[beadwave \"run\"]\n\tmax-paralel = 4\n", NULL,
	  ".git/config:2: unknown key 'max_paralel' in [run]; did you mean 'max_parallel'?" },
	{ "git_bad_plain", "[beadwave]\n\tmax-parallel = 4\n", NULL,
	  ".git/config:2: unknown name 'beadwave.max-parallel'; settings are beadwave.SECTION.KEY" },
	{ "git_bad_value", "[beadwave \"run\"]\n\tisolation = none\n", NULL,
	  ".git/config:2: bad value 'none' for 'isolation': one of worktree, shared is needed" },
};

static void check_git(void **state)
{
	const struct git_row *r = *state;
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct place p;
	int rc;

	place_make(&p);
	write_file(&p, ".git/config", r->text);
	rc = load(&c, &p, &e);
	if (r->name) {
		assert_string_equal(e.msg, "");
		assert_string_equal(config_str(c, r->name), r->want);
	} else {
		assert_int_equal(rc, ERR_PARSE);
		assert_non_null(strstr(e.msg, r->want));
	}
	config_free(c);
	place_drop(&p);
}

static struct path_row { const char *what, *pair, *name, *want; } paths[] = {
	{ "set_plain", "run.mode=sequential", "run.mode", "sequential" },
	{ "set_named", "role impl.agent=x", "role impl.agent", "x" },
	{ "set_dotted_key", "tier max-5x.impl.simple=tiny", "tier max-5x.impl.simple", "tiny" },
	{ "set_dotted_name", "price gpt-5.1.input=1.25", "price gpt-5.1.input", "1.25" },
	{ "set_effort", "tier pro.effort.impl.simple=low", "tier pro.effort.impl.simple", "low" },
	{ "set_alias", "run.tier=pro-api", "run.tier", "pro" },
	{ "set_alias_section", "tier pro/api.code=x", "tier pro.code", "x" },
	{ "set_equals", "agent a.command=env A=b x", "agent a.command", "env A=b x" },
	{ "set_no_pair", "run.mode", NULL, "'run.mode' is not of the form section.key=value" },
	{ "set_no_key", "run=x", NULL, "'run' is not of the form section.key" },
	{ "set_unknown", "run.mod=x", NULL, "unknown key 'mod' in [run]; did you mean 'mode'?" },
	{ "set_bad", "run.mode=x", NULL,
	  "bad value 'x' for 'mode': one of auto, sequential, parallel_waves, fully_parallel is "
	  "needed" },
};

static void check_set(void **state)
{
	const struct path_row *r = *state;
	struct config *c = config_builtin();
	struct err e = ERR_INIT;
	int rc = config_set_pair(c, r->pair, &e);

	if (r->name) {
		assert_int_equal(rc, 0);
		assert_string_equal(config_str(c, r->name), r->want);
		assert_int_equal(config_origin(c, r->name), ORIGIN_FLAG);
	} else {
		assert_int_equal(rc, ERR_USAGE);
		assert_int_equal(e.code, ERR_USAGE);
		assert_string_equal(e.msg, r->want);
	}
	config_free(c);
}

static void typed(void **state)
{
	struct config *c = config_builtin();

	(void)state;
	assert_int_equal(config_ms(c, "timeout.impl"), 1800000);
	assert_int_equal(config_ms(c, "timeout.floor"), 60000);
	assert_true(config_num(c, "retry.jitter") > 0.099 && config_num(c, "retry.jitter") < 0.101);
	assert_true(config_bool(c, "worktree.keep_failed"));
	assert_int_equal(config_set_pair(c, "worktree.keep_failed=no", NULL), 0);
	assert_false(config_bool(c, "worktree.keep_failed"));
	assert_int_equal(config_set_pair(c, "run.wave_cap=auto", NULL), 0);
	assert_int_equal(config_int(c, "run.wave_cap"), -1);
	assert_int_equal(config_set_pair(c, "budget.wall=1500ms", NULL), 0);
	assert_int_equal(config_ms(c, "budget.wall"), 1500);
	config_free(c);
}

static void named(void **state)
{
	struct config *c = config_builtin();
	STRS_AUTO names = { 0 };

	(void)state;
	assert_int_equal(config_set_pair(c, "agent zeta.command=z", NULL), 0);
	assert_int_equal(config_set_pair(c, "agent alpha.command=a", NULL), 0);
	assert_int_equal(config_set_pair(c, "agent alpha.env=A,B", NULL), 0);
	strs_add(&names, "kept");
	config_names(c, "agent", &names);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.v[0], "kept");
	assert_string_equal(names.v[1], "alpha");
	assert_string_equal(names.v[2], "zeta");
	assert_string_equal(config_named(c, "agent", "alpha", "env"), "A,B");
	assert_null(config_named(c, "agent", "alpha", "output"));
	assert_null(config_named(c, "agent", "beta", "command"));
	assert_string_equal(config_named(c, "tier", "pro/api", "review.n"), "1");
	assert_int_equal(config_named_origin(c, "agent", "alpha", "env"), ORIGIN_FLAG);
	assert_int_equal(config_named_origin(c, "tier", "pro", "code"), ORIGIN_BUILTIN);
	config_free(c);
}

static void dump(void **state)
{
	struct config *c = config_builtin();
	BUF_AUTO out = BUF_INIT;

	(void)state;
	config_dump(c, false, &out);
	assert_string_equal(out.s, "");
	config_set(c, "run.mode", "sequential", ORIGIN_GIT, NULL);
	config_set(c, "agent a.command", "x y", ORIGIN_USER, NULL);
	config_dump(c, false, &out);
	assert_string_equal(out.s, "user\tagent a.command=x y\ngit\trun.mode=sequential\n");
	buf_reset(&out);
	config_dump(c, true, &out);
	assert_non_null(strstr(out.s, "\nbuiltin\trun.max_parallel=3\n"));
	config_free(c);
}

/* What a run keeps is what it gets back, origins and all. */
static void undump(void **state)
{
	struct config *c = config_builtin(), *again = config_builtin();
	struct err e = ERR_INIT;
	BUF_AUTO out = BUF_INIT, back = BUF_INIT;

	(void)state;
	config_set(c, "timeout.impl", "5m", ORIGIN_PROJECT, NULL);
	config_set(c, "agent a.command", "x y=z 'a\tb'", ORIGIN_USER, NULL);
	config_set(c, "agent b.command", "sh -c 'a\n\n\tb\n'", ORIGIN_FLAG, NULL);
	config_set(c, "tier max-5x.impl.simple", "tiny", ORIGIN_FLAG, NULL);
	config_dump(c, false, &out);
	assert_int_equal(config_undump(again, out.s, out.len, &e), 0);
	config_dump(again, false, &back);
	assert_string_equal(back.s, out.s);
	assert_int_equal(config_origin(again, "timeout.impl"), ORIGIN_PROJECT);
	assert_string_equal(config_named(again, "agent", "b", "command"), "sh -c 'a\n\n\tb\n'");
	assert_int_equal(config_undump(again, "flag\trun.mode=auto\nflag run.mode=auto\n", 40, &e),
			 ERR_PARSE);
	assert_string_equal(e.msg, "line 2: not of the form origin<TAB>section.key=value");
	assert_int_equal(config_undump(again, "nobody\trun.mode=auto\n", 21, &e), ERR_PARSE);
	assert_int_equal(config_undump(again, "flag\trun.mod=auto\n", 18, &e), ERR_PARSE);
	config_free(again);
	config_free(c);
}

static void add_command(void *arg, const char *name, const char *value, enum config_origin origin)
{
	buf_addf(arg, "%d %s=%s\n", origin == ORIGIN_PROJECT, name, value);
}

/* Only what came through git and counts: the user's own files, and values that are overridden,
 * need no approval. */
static void commands(void **state)
{
	struct config *c;
	struct place p;
	BUF_AUTO out = BUF_INIT;

	(void)state;
	place_make(&p);
	write_file(&p, ".config/beadwave/config.ini", "[agent mine]\ncommand=mine\n");
	write_file(&p, ".beadwave/config.ini",
		   "[run]\nmax_parallel=2\ntest=make test\non_event=notify\n"
		   "[role impl]\nagent=claude\n");
	write_file(&p, ".beadwave/workflow/default.ini", "[agent claude]\noutput=exit\n");
	write_file(&p, ".git/config", "[beadwave \"run\"]\n\ton-event = own\n");
	assert_int_equal(load(&c, &p, NULL), 0);
	config_commands(c, add_command, &out);
	assert_string_equal(out.s, "0 agent claude.output=exit\n1 run.test=make test\n");
	assert_string_equal(config_text(c, ORIGIN_WORKFLOW)->s, "[agent claude]\noutput=exit\n");
	config_free(c);
	place_drop(&p);
}

static void workflow_file(void **state)
{
	struct config_sources src = { 0 };
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct place p;

	(void)state;
	place_make(&p);
	src.tree = p.tree;
	write_file(&p, ".beadwave/workflow/fast.ini", "[run]\nmode=fully_parallel\n");
	assert_int_equal(config_load(&c, &src, &e), 0);		/* there need be no default.ini */
	assert_string_equal(config_str(c, "run.mode"), "auto");
	config_free(c);
	src.workflow = "fast";
	assert_int_equal(config_load(&c, &src, &e), 0);
	assert_string_equal(config_str(c, "run.mode"), "fully_parallel");
	config_free(c);
	src.workflow = "slow";
	assert_int_equal(config_load(&c, &src, &e), ERR_USAGE);
	assert_string_equal(e.msg, "no workflow file '.beadwave/workflow/slow.ini'");
	write_file(&p, ".beadwave/workflow/fast.ini", "[role impl]\ntimout=1\n");
	src.workflow = "fast";
	assert_int_equal(config_load(&c, &src, &e), ERR_PARSE);
	assert_string_equal(e.msg,
			    ".beadwave/workflow/fast.ini:2: unknown key 'timout' in [role impl]; "
			    "did you mean 'timeout'?");
	place_drop(&p);
}

static void environment(void **state)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	struct place p;

	(void)state;
	place_make(&p);
	setenv("BDW_HOOKS__POST_MERGE", "sync", 1);
	assert_int_equal(load(&c, &p, &e), 0);
	assert_string_equal(config_str(c, "hooks.post-merge"), "sync");
	config_free(c);
	unsetenv("BDW_HOOKS__POST_MERGE");
	setenv("BDW_ROLE__IMPL__MODEL", "x", 1);
	setenv("BDW_TIER__PRO__REVIEW__N", "2", 1);
	assert_int_equal(load(&c, &p, &e), 0);
	assert_string_equal(config_str(c, "role impl.model"), "x");
	assert_string_equal(config_str(c, "tier pro.review.n"), "2");
	config_free(c);
	unsetenv("BDW_ROLE__IMPL__MODEL");
	unsetenv("BDW_TIER__PRO__REVIEW__N");
	setenv("BDW_RUN__MAX_PARALEL", "4", 1);
	assert_int_equal(load(&c, &p, &e), ERR_PARSE);
	unsetenv("BDW_RUN__MAX_PARALEL");
	assert_string_equal(e.msg, "BDW_RUN__MAX_PARALEL: unknown key 'max_paralel' in [run]; "
			    "did you mean 'max_parallel'?");
	place_drop(&p);
}

static void known(void **state)
{
	(void)state;
	assert_true(config_known("run.test"));
	assert_true(config_known("agent any.command"));
	assert_false(config_known("status.custom"));
	assert_false(config_known("export.auto"));
	assert_false(config_known("my.key"));
	assert_false(config_known("run"));
	assert_false(config_known(""));
	assert_false(config_known("."));
}

/* Random and cut bytes in every file: an answer, never a crash, and no half-made settings. */
static void garbage(void **state)
{
	static const char alphabet[] = "[]\"\\=.;#: \n\n\trunmodeagtlc0*-_\xff";
	static const char whole[] = "[beadwave \"run\"]\n\tmax-parallel = \"4\" # c\n"
				    "\ttest = a \\\n b\n[x]y\n[beadwave]";
	uint32_t seed = 99;
	struct place p;

	(void)state;
	place_make(&p);
	for (int i = 0; i < 400; i++) {
		struct config *c = NULL;
		struct err e = ERR_INIT;
		char text[81] = "";
		size_t n = (size_t)i % 80;

		for (size_t k = 0; k < n; k++) {
			seed = seed * 1664525 + 1013904223;
			text[k] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		if (i >= 300)
			snprintf(text, sizeof(text), "%.*s", i - 300, whole);
		write_file(&p, i % 2 ? ".beadwave/config.ini" : ".git/config", text);
		if (load(&c, &p, &e) < 0) {
			assert_null(c);
			assert_string_not_equal(e.msg, "");
		}
		config_free(c);
	}
	place_drop(&p);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(precedence), cmocka_unit_test(typed), cmocka_unit_test(named),
		cmocka_unit_test(dump), cmocka_unit_test(undump),
		cmocka_unit_test(commands), cmocka_unit_test(workflow_file),
		cmocka_unit_test(environment), cmocka_unit_test(known), cmocka_unit_test(garbage),
	};
	struct CMUnitTest t[COUNT(builtins) + COUNT(files) + COUNT(gits) + COUNT(paths) +
			    COUNT(plain)] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(builtins); i++)
		t[n++] = (struct CMUnitTest){ builtins[i].name, check_builtin, NULL, NULL,
					      &builtins[i] };
	for (size_t i = 0; i < COUNT(files); i++)
		t[n++] = (struct CMUnitTest){ files[i].what, check_file, NULL, NULL, &files[i] };
	for (size_t i = 0; i < COUNT(gits); i++)
		t[n++] = (struct CMUnitTest){ gits[i].what, check_git, NULL, NULL, &gits[i] };
	for (size_t i = 0; i < COUNT(paths); i++)
		t[n++] = (struct CMUnitTest){ paths[i].what, check_set, NULL, NULL, &paths[i] };
	for (size_t i = 0; i < COUNT(plain); i++)
		t[n++] = plain[i];
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
