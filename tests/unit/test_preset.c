/* tests/unit/test_preset.c - which words start an agent, and which variables it sees */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/agentout.h"
#include "core/preset.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CLAUDE "claude|-p|--output-format|stream-json|--verbose|--permission-mode|bypassPermissions"

static void join(const struct strs *words, struct buf *out)
{
	for (size_t i = 0; i < words->n; i++)
		buf_addf(out, "%s%s", i ? "|" : "", words->v[i]);
}

static struct config *settings(const char *pairs)
{
	struct config *c = config_builtin();
	char *copy = strdup(pairs), *save = NULL;

	for (char *p = strtok_r(copy, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		assert_int_equal(config_set_pair(c, p, NULL), 0);
	free(copy);
	return c;
}

static struct argv_row { const char *what, *set,
			 *agent; struct agent_vars v; const char *want; } argvs[] = {
	{ "claude_all", "", "claude", { .model = "opus", .effort = "high", .uuid = "U" },
	  CLAUDE "|--model|opus|--effort|high|--session-id|U" },
	{ "claude_plain", "", "claude", { 0 }, CLAUDE },
	{ "claude_empty_model", "", "claude", { .model = "", .uuid = "U" },
	  CLAUDE "|--session-id|U" },
	{ "claude_resume", "", "claude", { .model = "opus", .uuid = "U", .session = "S" },
	  CLAUDE "|--model|opus|--resume|S" },
	{ "codex_all", "", "codex",
	  { .model = "m", .effort = "xhigh", .uuid = "U", .worktree = "/w t" },
	  "codex|exec|--json|-m|m|-c|model_reasoning_effort=xhigh|-s|workspace-write|-C|/w t|-" },
	{ "codex_plain", "", "codex", { .worktree = "/w" },
	  "codex|exec|--json|-s|workspace-write|-C|/w|-" },
	{ "codex_resume", "", "codex", { .model = "m", .session = "S" },
	  "codex|exec|resume|--json|S|-" },
	{ "gemini", "", "gemini", { .model = "m", .uuid = "U" },
	  "gemini|-o|stream-json|--approval-mode|yolo|-m|m|--session-id|U" },
	{ "gemini_no_resume", "", "gemini", { .uuid = "U", .session = "S" },
	  "gemini|-o|stream-json|--approval-mode|yolo|--session-id|U" },
	{ "opencode_resume", "", "opencode", { .session = "ses_1" },
	  "opencode|run|--format|json|--auto|-s|ses_1" },
	{ "amp_resume", "", "amp", { .session = "T-1" },
	  "amp|threads|continue|T-1|-x|--stream-json" },
	{ "cursor_prompt_last", "", "cursor", { .model = "m", .prompt = "do {id}\nit" },
	  "cursor-agent|-p|--force|--output-format|stream-json|--model|m|do {id}\nit" },
	{ "aider", "", "aider", { .model = "m", .prompt_file = "/p" },
	  "aider|--message-file|/p|--yes-always|--no-stream|--no-pretty|--no-check-update|--analytics-disable"
	  "|--no-gitignore|--model|m" },
	{ "plain", "agent x.command=prog 'a b' c\\ d", "x", { .model = "m", .uuid = "U" },
	  "prog|a b|c d" },
	{ "plain_flags_at_end", "agent x.command=prog a\nagent x.model_flag=-m {model}", "x",
	  { .model = "big" },
	  "prog|a|-m|big" },
	{ "plain_flags_placed",
	  "agent x.command=prog {flags} -\nagent x.model_flag=-m {model}", "x",
	  { .model = "big" }, "prog|-m|big|-" },
	{ "plain_no_model", "agent x.command=prog {flags} -\nagent x.model_flag=-m {model}", "x",
	  { 0 }, "prog|-" },
	{ "all_variables",
	  "agent x.command=p {id} {role} {model} {effort} {prompt_file} {result} {worktree} {base} "
	  "{head} {run} {attempt} {session} {uuid}", "x",
	  { "i", "r", "m", "e", "p", "R", "w", "b", "h", "u", "2", "s", "U", NULL },
	  "p|i|r|m|e|p|R|w|b|h|u|2|s|U" },
	{ "inside_words",
	  "agent x.command=p --id={id}-{attempt}.log {unknown} {} {id awk{print}", "x",
	  { .id = "e.1", .attempt = "3" }, "p|--id=e.1-3.log|{unknown}|{}|{id|awk{print}" },
	{ "never_again", "agent x.command=p {id}", "x", { .id = "{role}'\" ;$(x)", .role = "no" },
	  "p|{role}'\" ;$(x)" },
	{ "missing_is_empty", "agent x.command=p {head}", "x", { 0 }, "p|" },
	{ "preset_changed",
	  "agent codex.command=mycodex {flags}\nagent codex.model_flag=--use={model}", "codex",
	  { .model = "m", .effort = "low" }, "mycodex|--use=m|-c|model_reasoning_effort=low" },
	{ "own_resume", "agent x.command=p\nagent x.resume=p2 {session}", "x",
	  { .session = "S" }, "p2|S" },
	{ "own_resume_flag", "agent x.command=p\nagent x.resume=-r {session}", "x",
	  { .session = "S" }, "p|-r|S" },
};

static void check_argv(void **state)
{
	const struct argv_row *r = *state;
	struct config *c = settings(r->set);
	struct agent a;
	STRS_AUTO words = { 0 };
	BUF_AUTO got = BUF_INIT;

	assert_int_equal(agent_load(&a, c, r->agent, NULL), 0);
	assert_int_equal(agent_argv(&a, &r->v, &words, NULL), 0);
	join(&words, &got);
	assert_string_equal(got.s, r->want);
	agent_release(&a);
	config_free(c);
}

static struct fail_row { const char *what, *set, *agent, *want; } fails[] = {
	{ "unknown_near", "", "cluade", "unknown agent 'cluade'; did you mean 'claude'?" },
	{ "unknown_own_near", "agent tester.command=x", "testr",
	  "unknown agent 'testr'; did you mean 'tester'?" },
	{ "unknown_far", "", "zzzzzz", "unknown agent 'zzzzzz'" },
	{ "no_command", "agent x.output=exit", "x", "agent 'x' has no command" },
	{ "empty_command", "agent x.command=", "x", "agent 'x' has no command" },
};

static void check_fail(void **state)
{
	const struct fail_row *r = *state;
	struct config *c = settings(r->set);
	struct err e = ERR_INIT;
	struct agent a;

	assert_int_equal(agent_load(&a, c, r->agent, &e), ERR_USAGE);
	assert_string_equal(e.msg, r->want);
	assert_null(a.name);
	config_free(c);
}

/* What a preset says of output must be what can be read, and every preset must load. */
static void presets_are_sound(void **state)
{
	struct config *c = config_builtin();
	const struct preset *p;
	size_t n = preset_list(&p);

	(void)state;
	assert_true(n >= 7);
	for (size_t i = 0; i < n; i++) {
		struct agent a;

		assert_int_equal(agent_load(&a, c, p[i].name, NULL), 0);
		assert_true(agent_format_parse(a.output) >= 0);
		assert_true(a.env.n > 0);
		assert_ptr_equal(preset_find(p[i].name), &p[i]);
		agent_release(&a);
	}
	assert_null(preset_find("bash"));
	config_free(c);
}

static void prompt_ways(void **state)
{
	struct config *c = settings("agent a.command=x\nagent b.command=x\nagent b.prompt=arg\n"
				    "agent aider.prompt=stdin");
	const struct { const char *name; enum prompt_way want; } rows[] = {
		{ "a", PROMPT_STDIN }, { "b", PROMPT_ARG }, { "aider", PROMPT_STDIN },
		{ "cursor", PROMPT_ARG },
		{ "claude", PROMPT_STDIN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct agent a;

		assert_int_equal(agent_load(&a, c, rows[i].name, NULL), 0);
		assert_int_equal(a.prompt, rows[i].want);
		agent_release(&a);
	}
	config_free(c);
}

static void prompt_too_long(void **state)
{
	struct config *c = config_builtin();
	char *long_prompt = calloc(1, 200001);
	struct agent_vars v = { .prompt = long_prompt };
	struct err e = ERR_INIT;
	STRS_AUTO words = { 0 };
	struct agent a;

	(void)state;
	memset(long_prompt, 'x', 200000);
	assert_int_equal(agent_load(&a, c, "cursor", NULL), 0);
	assert_int_equal(agent_argv(&a, &v, &words, &e), ERR_USAGE);
	assert_string_equal(e.msg, "a prompt of 200000 bytes is too long for a command line");
	assert_int_equal(words.n, 0);
	free(long_prompt);
	agent_release(&a);
	config_free(c);
}

static void expand(void **state)
{
	struct agent_vars v = { .id = "e 1" };
	struct err e = ERR_INIT;
	STRS_AUTO words = { 0 };
	BUF_AUTO got = BUF_INIT;

	(void)state;
	assert_int_equal(agent_expand("make 'CHECK={id}' x", &v, &words, &e), 0);
	join(&words, &got);
	assert_string_equal(got.s, "make|CHECK=e 1|x");
	assert_int_equal(agent_expand("  ", &v, &words, &e), ERR_USAGE);
	assert_int_equal(agent_expand("a 'b", &v, &words, &e), ERR_PARSE);
}

static struct env_row { const char *what, *agent, *set, *in, *want; } envs[] = {
	{ "env_allowed", NULL, "",
	  "PATH=/bin|HOME=/h|LANG=C|LC_ALL=C|LC_X=1|XDG_RUNTIME_DIR=/r|TZ=UTC|https_proxy=p|"
	  "NO_PROXY=n|SSL_CERT_FILE=f|NODE_EXTRA_CA_CERTS=c",
	  "PATH=/bin|HOME=/h|LANG=C|LC_ALL=C|LC_X=1|XDG_RUNTIME_DIR=/r|TZ=UTC|https_proxy=p|NO_PROXY=n|"
	  "SSL_CERT_FILE=f|NODE_EXTRA_CA_CERTS=c" },
	{ "env_dropped", NULL, "",
	  "PATH=/bin|AWS_SECRET_ACCESS_KEY=s|GIT_DIR=/x|LD_PRELOAD=/x|OPENAI_API_KEY=k|LCX=1|"
	  "odd|SSH_AUTH_SOCK=/s", "PATH=/bin" },
	{ "env_own_never", "claude", "agent claude.env=BDW_*,*",
	  "PATH=/bin|BDW_RUN=r|BDW_RUN__MODE=x",
	  "PATH=/bin|CLAUDE_CODE_MAX_RETRIES=2" },
	{ "env_claude", "claude", "",
	  "PATH=/bin|CLAUDECODE=1|CLAUDE_CODE_ENTRYPOINT=cli|ANTHROPIC_API_KEY=k|"
	  "CLAUDE_CODE_OAUTH_TOKEN=t|CLAUDE_CODE_MAX_RETRIES=9|IS_SANDBOX=1",
	  "PATH=/bin|ANTHROPIC_API_KEY=k|CLAUDE_CODE_OAUTH_TOKEN=t|IS_SANDBOX=1|CLAUDE_CODE_MAX_RETRIES=2" },
	{ "env_codex", "codex", "", "PATH=/bin|ANTHROPIC_API_KEY=k|OPENAI_API_KEY=o",
	  "PATH=/bin|OPENAI_API_KEY=o" },
	{ "env_named", "x", "agent x.command=p\nagent x.env=MINE, DEEP_*,SET=a=b",
	  "PATH=/bin|MINE=1|DEEP_X=2|OTHER=3|SET=z",
	  "PATH=/bin|MINE=1|DEEP_X=2|SET=a=b" },
	{ "env_adds_to_preset", "claude", "agent claude.env=MINE,CLAUDE_CODE_MAX_RETRIES=5",
	  "PATH=/bin|MINE=1|ANTHROPIC_BASE_URL=u",
	  "PATH=/bin|MINE=1|ANTHROPIC_BASE_URL=u|CLAUDE_CODE_MAX_RETRIES=5" },
	{ "env_no_path", NULL, "", "HOME=/h", "HOME=/h|PATH=/usr/local/bin:/usr/bin:/bin" },
};

/* "A=1|B=2" as an environment; the strings are in copy. */
static char **make_env(char *copy, char **list, size_t room)
{
	char *save = NULL;
	size_t n = 0;

	for (char *p = strtok_r(copy, "|", &save); p && n + 1 < room;
	     p = strtok_r(NULL, "|", &save))
		list[n++] = p;
	list[n] = NULL;
	return list;
}

static void check_env(void **state)
{
	const struct env_row *r = *state;
	struct config *c = settings(r->set);
	char *copy = strdup(r->in), *list[32];
	STRS_AUTO out = { 0 };
	BUF_AUTO got = BUF_INIT;
	struct agent a;

	if (r->agent)
		assert_int_equal(agent_load(&a, c, r->agent, NULL), 0);
	agent_env(r->agent ? &a : NULL, make_env(copy, list, COUNT(list)), &out);
	join(&out, &got);
	assert_string_equal(got.s, r->want);
	if (r->agent)
		agent_release(&a);
	free(copy);
	config_free(c);
}

/* A folder with programs of these names. */
static void make_bin(char *dir, size_t room, const char *const *names)
{
	const char *tmp = getenv("TMPDIR");
	char path[128];

	snprintf(dir, room, "%.40s/preset.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	for (; *names; names++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *names);
		assert_int_equal(fsx_write_atomic(AT_FDCWD, path, "x", 1, 0755, 0, NULL), 0);
	}
}

static void installed(void **state)
{
	static const char *const names[] = { "codex", "cursor-agent", "other", NULL };
	struct err e = ERR_INIT;
	STRS_AUTO found = { 0 };
	BUF_AUTO got = BUF_INIT;
	char dir[64], path[128], plain[96];

	(void)state;
	make_bin(dir, sizeof(dir), names);
	snprintf(plain, sizeof(plain), "%s/claude", dir);
	/* cannot be executed */
	assert_int_equal(fsx_write_atomic(AT_FDCWD, plain, "x", 1, 0644, 0, NULL), 0);
	snprintf(path, sizeof(path), "/nowhere:%s", dir);
	preset_installed(path, &found);
	join(&found, &got);
	assert_string_equal(got.s, "codex|cursor");
	assert_int_equal(preset_none_configured(path, &e), ERR_USAGE);
	assert_string_equal(e.msg, "no agent is configured; found: codex, cursor");
	assert_string_equal(e.hint, "bdw run --agent codex, or once and for all: git config "
				    "beadwave.run.agent codex");
	assert_int_equal(preset_none_configured("/nowhere", &e), ERR_USAGE);
	assert_string_equal(e.msg, "no agent is configured, and none is installed that is known "
			    "(claude, codex, gemini, opencode, amp, cursor, aider)");
	fsx_remove_tree(AT_FDCWD, dir, NULL);
}

static void doubts(void **state)
{
	static const char *const names[] = { "claude", NULL };
	struct config *c = config_builtin();
	char dir[64], path[96], key[] = "ANTHROPIC_API_KEY=k", sandbox[] = "IS_SANDBOX=1";
	char *none[] = { path, NULL }, *good[] = { path, key, sandbox, NULL };
	BUF_AUTO out = BUF_INIT;
	struct agent a;

	(void)state;
	make_bin(dir, sizeof(dir), names);
	snprintf(path, sizeof(path), "PATH=%s", dir);
	assert_int_equal(agent_load(&a, c, "claude", NULL), 0);
	agent_doubts(&a, good, true, &out);
	assert_string_equal(out.s, "");
	agent_doubts(&a, none, false, &out);
	assert_string_equal(out.s, "claude: ANTHROPIC_API_KEY is not set; it must be logged in\n");
	buf_reset(&out);
	agent_doubts(&a, none, true, &out);
	assert_non_null(strstr(out.s, "claude: refuses to work for root; in a container set "
				      "IS_SANDBOX=1\n"));
	agent_release(&a);
	buf_reset(&out);
	assert_int_equal(agent_load(&a, c, "codex", NULL), 0);
	agent_doubts(&a, good, false, &out);
	assert_string_equal(out.s, "codex: program 'codex' was not found\n"
			    "codex: OPENAI_API_KEY is not set; it must be logged in\n");
	agent_release(&a);
	config_free(c);
	fsx_remove_tree(AT_FDCWD, dir, NULL);
}

static void uuid(void **state)
{
	char a[UUID_TEXT], b[UUID_TEXT];

	(void)state;
	assert_int_equal(strlen(agent_uuid(a)), 36);
	assert_true(a[8] == '-' && a[13] == '-' && a[14] == '4' && a[18] == '-' &&
		    strchr("89ab", a[19]));
	assert_string_not_equal(a, agent_uuid(b));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(presets_are_sound), cmocka_unit_test(prompt_ways),
		cmocka_unit_test(prompt_too_long), cmocka_unit_test(expand),
		cmocka_unit_test(installed), cmocka_unit_test(doubts), cmocka_unit_test(uuid),
	};
	struct CMUnitTest t[COUNT(argvs) + COUNT(fails) + COUNT(envs) + COUNT(plain)] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(argvs); i++)
		t[n++] = (struct CMUnitTest){ argvs[i].what, check_argv, NULL, NULL, &argvs[i] };
	for (size_t i = 0; i < COUNT(fails); i++)
		t[n++] = (struct CMUnitTest){ fails[i].what, check_fail, NULL, NULL, &fails[i] };
	for (size_t i = 0; i < COUNT(envs); i++)
		t[n++] = (struct CMUnitTest){ envs[i].what, check_env, NULL, NULL, &envs[i] };
	for (size_t i = 0; i < COUNT(plain); i++)
		t[n++] = plain[i];
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
