/* cmd/export.c - bdw export: every issue as a line of JSON, sorted by id so that two exports compare line by line */
#include "cmd/export.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/memory.h"
#include "core/settings.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/issue.h"
#include "store/jsonl.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"

/* bd leaves these out unless --all or --include-infra. */
static bool is_infra(const struct issue *is)
{
	static const char *const types[] = { "agent", "role", "rig", "message" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(is->type, types[i]))
			return true;
	return issue_flag(is, "is_template");
}

/* As bd counts: edges of type blocks, both ways. */
static struct jsonl_counts count(const struct view *v, size_t at)
{
	const struct issue *is = view_at(v, at);
	struct jsonl_counts n = { .comment_count = is->ncomments };
	const size_t *up;
	size_t nup;

	for (size_t i = 0; i < is->ndeps; i++)
		if (!strcmp(is->deps[i].type, "blocks"))
			n.dependency_count++;
	up = view_dependents(v, at, &nup);
	for (size_t i = 0; i < nup; i++)
		if ((!i || up[i] != up[i - 1]) && issue_dep_find(view_at(v, up[i]), is->id, "blocks"))
			n.dependent_count++;
	return n;
}

static size_t write_issues(const struct view *v, bool infra, struct buf *out)
{
	static const struct jsonl_opts opts;
	size_t n = 0;

	for (size_t i = 0; i < view_count(v); i++) {
		struct jsonl_counts counts;

		if (!infra && is_infra(view_at(v, i)))
			continue;
		counts = count(v, i);
		jsonl_write(view_at(v, i), &counts, &opts, out);
		n++;
	}
	return n;
}

static size_t write_memories(struct ctx *c, struct buf *out)
{
	STRS_AUTO keys = { 0 };
	size_t n = 0;

	memory_keys(c->store, &keys);
	for (size_t i = 0; i < keys.n; i++) {
		BUF_AUTO value = BUF_INIT;
		struct jsw w = JSW(out, JS_COMPACT);

		if (memory_read(c->store, keys.v[i], &value, NULL) < 0)
			continue;
		js_open(&w, '{');
		js_put_str(&w, "_type", "memory");
		js_put_str(&w, "key", keys.v[i]);
		js_put_str(&w, "value", value.s);
		js_close(&w, '}');
		buf_addc(out, '\n');
		n++;
	}
	return n;
}

/* What was edited by hand becomes history first; a store that cannot be written is exported as it stands. */
static void absorb_edits(struct ctx *c)
{
	struct err e = ERR_INIT;
	struct txn *t;
	size_t n = 0;

	if (c->readonly || store_read_only(c->store))
		return;
	if (cmd_txn(c, &t) < 0) {
		c->err = (struct err)ERR_INIT;
		return;
	}
	if (txn_absorb_all(t, &n, &e) < 0)
		txn_abort(t);
	else
		txn_commit(t, "edits by hand", NULL, &e);
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *file = NULL;
	bool all = false, infra = false, memories = false, scrub = false;
	const struct opt opts[] = {
		{ 'o', "output", OPT_STR, &file, "<file>",
		  "write to this file, all or nothing (default: standard output)", 0 },
		{ 0, "all", OPT_BOOL, &all, NULL, "with infrastructure issues, templates and memories", 0 },
		{ 0, "include-infra", OPT_BOOL, &infra, NULL, "with infrastructure issues and templates", 0 },
		{ 0, "include-memories", OPT_BOOL, &memories, NULL, "with memories", 0 },
		{ 0, "scrub", OPT_BOOL, &scrub, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	BUF_AUTO text = BUF_INIT;
	struct view *v;
	size_t n;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	absorb_edits(c);
	if ((rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	n = write_issues(v, all || infra, &text);
	if (all || memories)
		write_memories(c, &text);
	if (!file || !strcmp(file, "-")) {
		fwrite(text.s, 1, text.len, c->out);
		return 0;
	}
	if ((rc = fsx_write_atomic(AT_FDCWD, file, text.s, text.len, 0644, 0, &c->err)) < 0)
		return rc;
	if (!c->quiet)
		out_warn(c, "Exported %zu issues to %s", n, file);
	return 0;
}

const struct cmd cmd_export = {
	.name = "export", .brief = "Export issues as JSONL",
	.help = "One JSON object a line, in the format of bd's issues.jsonl.",
	.example = "export -o issues.jsonl", .group = GROUP_DATA, .need = NEED_STORE, .run = run,
};

/* export.auto */

static void write_state(int dir, size_t issues)
{
	BUF_AUTO state = BUF_INIT;
	char now[CLOCK_TEXT];

	buf_addf(&state, "{\"timestamp\":\"%s\",\"issues\":%zu,\"memories\":0}",
		 clock_format_us(clock_now_us(), now), issues);
	fsx_write_atomic(dir, "export-state.json", state.s, state.len, 0600, 0, NULL);
}

void export_auto(struct ctx *c)
{
	const char *on = settings_get(cmd_settings(c), "export.auto");
	struct err e = ERR_INIT;
	BUF_AUTO text = BUF_INIT;
	struct view *v = NULL;
	size_t n;
	int dir;

	if (!on || strcmp(on, "true") || !*store_paths(c->store)->worktree)
		return;
	dir = open(arena_printf(&c->arena, "%s/.beads", store_paths(c->store)->worktree),
		   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	if (view_open(&v, c->store, 0, &e) == 0) {
		n = write_issues(v, false, &text);
		if (fsx_write_atomic(dir, "issues.jsonl", text.s, text.len, 0600, 0, &e) == 0)
			write_state(dir, n);
	}
	if (e.code)
		out_warn(c, "warning: export.auto: %s", e.msg);
	view_close(v);
	close(dir);
}
