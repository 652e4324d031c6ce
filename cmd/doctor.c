/* cmd/doctor.c - bdw doctor: is the store in order, and what to do where it is not */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/run_setup.h"
#include "cmd/write.h"
#include "core/lifecycle.h"
#include "core/lint.h"
#include "core/policy.h"
#include "core/preset.h"
#include "core/settings.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/gitcmd.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/store.h"
#include "store/view.h"

extern char **environ;

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_ERROR };
static const char *const level_names[] = { "ok", "warning", "error" };

/* What one check found; the texts are its own. */
struct finding {
	enum level level;
	char message[256];
	struct buf detail;	/* a line each; "" none */
	const char *fix;	/* NULL: nothing to do */
	bool repair;		/* --fix: what can be put right without a question is */
};

struct check {
	const char *name;
	void (*run)(struct ctx *c, struct view *v, struct finding *f);
	bool convention;	/* of taste, not of soundness: only with --check conventions */
};

static void say(struct finding *f, enum level level, const char *fix, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void say(struct finding *f, enum level level, const char *fix, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->message, sizeof(f->message), fmt, ap);
	va_end(ap);
	f->level = level;
	f->fix = fix;
}

static void check_store(struct ctx *c, struct view *v, struct finding *f)
{
	const struct store_paths *p = store_paths(c->store);

	say(f, LEVEL_OK, NULL, "%zu issues in %s (%s)", view_count(v), p->tree, p->ref);
}

static void check_files(struct ctx *c, struct view *v, struct finding *f)
{
	size_t n = 0;

	(void)c;
	for (; view_warning(v, n); n++)
		buf_addf(&f->detail, "%s\n", view_warning(v, n));
	if (n)
		say(f, LEVEL_ERROR,
		    "correct these files; until then the last good state of the issue is shown",
		    "%zu file(s) cannot be read", n);
	else
		say(f, LEVEL_OK, NULL, "every issue file can be read");
}

static void check_places(struct ctx *c, struct view *v, struct finding *f)
{
	STRS_AUTO stray = { 0 };

	(void)v;
	store_misplaced(c->store, &stray);
	for (size_t i = 0; i < stray.n; i++)
		buf_addf(&f->detail, "%s\n", stray.v[i]);
	if (stray.n)
		say(f, LEVEL_WARNING, "move these files there, or delete them; bdw create makes issues",
		    "%zu file(s) lie where no issue is looked for, and are not read", stray.n);
	else
		say(f, LEVEL_OK, NULL, "every issue file is in its folder");
}

/* Readers check what they decide by, not the texts they print: that would triple their cost. */
static void check_snapshot(struct ctx *c, struct view *v, struct finding *f)
{
	struct err e = ERR_INIT;

	(void)v;
	if (view_verify(c->store, &e) == 0)
		say(f, LEVEL_OK, NULL, "what is kept for quick reading is as it was written");
	else if (view_rebuild(c->store, NULL) == 0)
		say(f, LEVEL_WARNING, NULL, "was damaged, and is made anew: %s", e.msg);
	else
		say(f, LEVEL_ERROR, "delete that file: it is made anew from the issues",
		    "%s/snapshot is damaged: %s", store_paths(c->store)->priv, e.msg);
}

/* Makes hand edits part of the history, as every command does that looks at all files (decisions
 * A13). */
static void check_edits(struct ctx *c, struct view *v, struct finding *f)
{
	size_t n = 0;

	(void)v;
	if (store_read_only(c->store)) {
		say(f, LEVEL_OK, NULL, "not looked for: the store is read-only");
		return;
	}
	if (write_absorb(c, NULL, &n) < 0)
		say(f, LEVEL_ERROR, NULL, "edits by hand cannot be recorded: %s", c->err.msg);
	else
		say(f, LEVEL_OK, NULL, n ? "%zu file(s) edited by hand, now recorded" :
		    "no unrecorded edits by hand", n);
	c->err = (struct err)ERR_INIT;
}

static void check_values(struct ctx *c, struct view *v, struct finding *f)
{
	struct vocab vocab = settings_vocab(cmd_settings(c));
	size_t bad = 0;

	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);
		struct err e = ERR_INIT;

		if (issue_check(is, &vocab, &e) == 0 &&
		    !strcmp(is->status, "closed") == !!is->closed_at)
			continue;
		bad++;
		buf_addf(&f->detail, "%s: %s\n", is->id, *e.msg ? e.msg :
			 "status and closed_at do not agree");
	}
	if (bad)
		say(f, LEVEL_WARNING, "update these issues",
		    "%zu issue(s) hold values that are not allowed", bad);
	else
		say(f, LEVEL_OK, NULL, "all values are allowed ones");
}

/* An issue of this store that is not there; other prefixes are other stores'. */
static bool is_dangling(struct ctx *c, struct view *v, const char *to)
{
	const char *prefix = settings_prefix(cmd_settings(c));
	size_t len = strlen(prefix);

	return !life_external(to) && id_prefix_len(to) == len && !strncmp(to, prefix, len) &&
		!view_get(v, to);
}

static int remove_edges(struct ctx *c, const struct strs *from, const struct strs *to)
{
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < from->n && rc >= 0; i++)
		rc = life_dep_remove(&w.life, from->v[i], to->v[i], NULL, &c->err);
	return rc < 0 ? write_abort(&w, rc) :
		write_commit(c, &w, "doctor: dependencies on nothing");
}

static void check_edges(struct ctx *c, struct view *v, struct finding *f)
{
	STRS_AUTO from = { 0 }, to = { 0 };

	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		for (size_t d = 0; d < is->ndeps; d++) {
			if (!is_dangling(c, v, is->deps[d].target))
				continue;
			strs_add(&from, is->id);
			strs_add(&to, is->deps[d].target);
			buf_addf(&f->detail, "%s -> %s (%s)\n", is->id, is->deps[d].target,
				 is->deps[d].type);
		}
	}
	if (!from.n) {
		say(f, LEVEL_OK, NULL, "every dependency has its issue");
	} else if (!f->repair) {
		say(f, LEVEL_WARNING, "doctor --fix",
		    "%zu dependencies on issues that do not exist", from.n);
	} else if (remove_edges(c, &from, &to) < 0) {
		say(f, LEVEL_ERROR, NULL, "dependencies on nothing cannot be removed: %s",
		    c->err.msg);
		c->err = (struct err)ERR_INIT;
	} else {
		say(f, LEVEL_OK, NULL,
		    "%zu dependencies on issues that do not exist, now removed", from.n);
	}
}

static void check_git(struct ctx *c, struct view *v, struct finding *f)
{
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;
	int major = 0, minor = 0;

	(void)v;
	if (git_do(store_paths(c->store)->common, NULL, &out, &e, "version", NULL) < 0) {
		say(f, LEVEL_ERROR, "install git 2.38 or later", "git cannot be run: %s", e.msg);
		return;
	}
	sscanf(out.s, "git version %d.%d", &major, &minor);
	if (major < 2 || (major == 2 && minor < 38))
		say(f, LEVEL_ERROR, "install git 2.38 or later",
		    "git %d.%d is too old to merge without a work tree", major, minor);
	else
		say(f, LEVEL_OK, NULL, "git %d.%d", major, minor);
}

/* Somebody who has the branch checked out sees old files there (decisions A21). */
static void check_branch(struct ctx *c, struct view *v, struct finding *f)
{
	const struct store_paths *p = store_paths(c->store);
	const char *line = arena_printf(&c->arena, "branch %s\n", p->ref);
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;

	(void)v;
	if (git_do(p->common, NULL, &out, &e, "worktree", "list", "--porcelain", NULL) < 0)
		say(f, LEVEL_WARNING, NULL, "work trees cannot be listed: %s", e.msg);
	else if (strstr(out.s, line))
		say(f, LEVEL_WARNING, "check out another branch there",
		    "a work tree has %s checked out", p->ref);
	else
		say(f, LEVEL_OK, NULL, "no work tree has the issues' branch checked out");
}

/* What would keep an agent from working; nothing is started. */
static void doubt_agent(const struct config *cfg, const char *name, struct buf *out)
{
	struct err e = ERR_INIT;
	struct agent a;

	if (agent_load(&a, cfg, name, &e) < 0) {
		buf_addf(out, "%s: %s\n", name, e.msg);
		return;
	}
	agent_doubts(&a, environ, geteuid() == 0, out);
	agent_release(&a);
}

/* Those of a run (decisions D8). */
static void check_agents(struct ctx *c, struct view *v, struct finding *f)
{
	static const char *const roles[] = { "impl", "spec", "code", "verify" };
	const struct run_flags none = RUN_FLAGS_INIT;
	STRS_AUTO seen = { 0 };
	struct config *cfg;

	(void)v;
	if (run_config(c, &none, &cfg) < 0) {
		say(f, LEVEL_ERROR, NULL, "settings cannot be read: %s", c->err.msg);
		c->err = (struct err)ERR_INIT;
		return;
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		const char *name = policy_agent(cfg, roles[i]);

		if (!*name || strs_has(&seen, name))
			continue;
		strs_add(&seen, name);
		doubt_agent(cfg, name, &f->detail);
	}
	config_free(cfg);
	if (f->detail.len)
		say(f, LEVEL_WARNING, "set right what is missing, or choose another agent",
		    "an agent may not be able to work in a run");
	else
		say(f, LEVEL_OK, NULL, seen.n ? "nothing seems to be missing for a run" :
		    "none is configured; only 'bdw run' needs one");
}

static void check_sections(struct ctx *c, struct view *v, struct finding *f)
{
	size_t bad = 0;

	(void)c;
	for (size_t i = 0; i < view_count(v); i++) {
		const struct lint_section *missing[LINT_MAX];

		if (strcmp(view_at(v, i)->status, "closed") != 0 &&
		    lint_missing(view_at(v, i), missing)) {
			bad++;
			buf_addf(&f->detail, "%s\n", view_at(v, i)->id);
		}
	}
	if (bad)
		say(f, LEVEL_WARNING, "lint says what they lack",
		    "%zu open issue(s) lack sections of their type", bad);
	else
		say(f, LEVEL_OK, NULL, "open issues have the sections of their type");
}

struct cycles { const struct board *b; struct buf *out; size_t n; };

static int add_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct cycles *x = arg;

	x->n++;
	for (size_t i = 0; i < n; i++)
		buf_addf(x->out, "%s -> ", x->b->is[node[i]]->id);
	buf_addf(x->out, "%s\n", x->b->is[node[0]]->id);
	return 0;
}

static void check_cycles(struct ctx *c, struct view *v, struct finding *f)
{
	struct look l = { .v = v };
	struct cycles x = { &l.b, &f->detail, 0 };
	struct graph g;

	look_board(c, &l);
	board_graph(&l.b, true, &g);
	graph_cycles(&g, add_cycle, &x);
	graph_release(&g);
	look_close(&l);
	if (x.n)
		say(f, LEVEL_ERROR, "dep remove one edge of each", "%zu dependency cycle(s)", x.n);
	else
		say(f, LEVEL_OK, NULL, "no dependency cycles");
}

static const struct check checks[] = {
	{ "Store", check_store, false },
	{ "Files", check_files, false },
	{ "Places", check_places, false },
	{ "Hand edits", check_edits, false },
	{ "Snapshot", check_snapshot, false },
	{ "Values", check_values, false },
	{ "Dependencies", check_edges, false },
	{ "Cycles", check_cycles, false },
	{ "Git", check_git, false },
	{ "Branch", check_branch, false },
	{ "Agents", check_agents, false },
	{ "Sections", check_sections, true },
};
enum { NCHECKS = sizeof(checks) / sizeof(checks[0]) };

static bool chosen(const struct check *k, const char *only)
{
	if (!only || !strcmp(only, "validate"))
		return !k->convention;
	return !strcmp(only, "conventions") ? k->convention : !strcasecmp(only, k->name);
}

static void print_text(struct ctx *c, const struct check *k, const struct finding *f)
{
	static const char *const icons[] = { "✓", "⚠", "✗" };
	static const enum paint paints[] = { PAINT_GREEN, PAINT_YELLOW, PAINT_RED };

	out_text(c, "  %s%s%s %s: %s\n", out_paint(c, paints[f->level]), icons[f->level],
		 out_plain(c), k->name, f->message);
	out_indented(c, f->detail.s, 6);
	if (f->fix)
		out_text(c, "      Fix: %s\n", f->fix);
}

static void write_json(struct jsw *w, const struct check *k, const struct finding *f)
{
	js_open(w, '{');
	js_put_str(w, "name", k->name);
	js_put_str(w, "status", level_names[f->level]);
	js_put_str(w, "message", f->message);
	if (f->detail.len)
		js_put_str(w, "detail", f->detail.s);
	if (f->fix)
		js_put_str(w, "fix", f->fix);
	js_close(w, '}');
}

/* Runs the checks; their numbers by level in count. */
static void run_checks(struct ctx *c, struct view *v, const char *only, bool repair, struct jsw *w,
		       size_t count[3])
{
	for (size_t i = 0; i < NCHECKS; i++) {
		struct finding f = { .detail = BUF_INIT, .repair = repair };

		if (!chosen(&checks[i], only))
			continue;
		checks[i].run(c, v, &f);
		count[f.level]++;
		if (c->json)
			write_json(w, &checks[i], &f);
		else
			print_text(c, &checks[i], &f);
		buf_release(&f.detail);
	}
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *only = NULL;
	bool repair = false, ignored = false;
	const struct opt opts[] = {
		{ 0, "check", OPT_STR, &only, "<name>",
		  "one check by name, or validate, or conventions", 0 },
		{ 0, "fix", OPT_BOOL, &repair, NULL,
		  "take away dependencies on issues that do not exist", 0 },
		{ 'y', "yes", OPT_BOOL, &ignored, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);
	size_t count[3] = { 0 };
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	if (repair && c->readonly)
		return err_set(&c->err, ERR_REFUSED,
			       "'doctor --fix' is not allowed in read-only mode");
	js_open(&w, '{');
	js_put_str(&w, "path", store_paths(c->store)->tree);
	js_put_str(&w, "cli_version", BDW_VERSION);
	js_key(&w, "checks");
	js_open(&w, '[');
	run_checks(c, v, only, repair, &w, count);
	js_close(&w, ']');
	js_put_bool(&w, "overall_ok", !count[LEVEL_ERROR]);
	js_close(&w, '}');
	if (!(count[0] + count[1] + count[2]))
		return err_set(&c->err, ERR_USAGE, "no check \"%s\"", only);
	if (c->json)
		json_print(c, o.s);
	else
		out_text(c, "\n%zu ok, %zu warnings, %zu errors\n", count[LEVEL_OK],
			 count[LEVEL_WARNING], count[LEVEL_ERROR]);
	return count[LEVEL_ERROR] ? 1 : 0;
}

const struct cmd cmd_doctor = {
	.name = "doctor", .brief = "Check the store, and record edits made by hand",
	.example = "doctor\ndoctor --fix\ndoctor --check validate --json\n"
		   "doctor --check conventions", .group = GROUP_SETUP,
	.need = NEED_STORE, .flags = CMD_ERR_STDERR, .run = run,
};
