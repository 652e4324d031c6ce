/* cmd/ctx.c - what a command asks its context for, made at the first call */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch.h"
#include "cmd/cmd.h"
#include "cmd/out.h"
#include "core/settings.h"
#include "store/base/proc.h"
#include "store/bdconf.h"
#include "store/repo.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"

enum { LOCK_WAIT_MS = 30000 };

int cmd_view(struct ctx *c, unsigned view_flags, struct view **out)
{
	int rc = 0;

	if (!c->view) {
		rc = view_open(&c->view, c->store, view_flags, &c->err);
		c->view_quick = view_flags & VIEW_QUICK;
		for (size_t i = 0; rc == 0 && !c->view_told && view_warning(c->view, i); i++)
			out_warn(c, "warning: %s", view_warning(c->view, i));
		c->view_told = rc == 0;
	}
	*out = c->view;
	return rc;
}

void cmd_forget_view(struct ctx *c)
{
	view_close(c->view);
	c->view = NULL;
}

int cmd_txn(struct ctx *c, struct txn **out)
{
	const struct txn_opts o = { .actor = cmd_actor(c), .wait_ms = LOCK_WAIT_MS };

	if (c->batch) {
		*out = c->batch->t;
		return 0;
	}
	return txn_begin(out, c->store, &o, &c->err);
}

int cmd_commit(struct ctx *c, struct txn *t, const char *message)
{
	if (!c->batch)
		return txn_commit(t, message, NULL, &c->err);
	strs_add(&c->batch->done, message);
	return 0;
}

void cmd_abort(struct ctx *c, struct txn *t)
{
	if (!c->batch)
		txn_abort(t);
}

int cmd_change(struct ctx *c, cmd_stage_fn stage, const void *arg, const char *message)
{
	struct txn *t;
	int rc = cmd_txn(c, &t);

	if (rc < 0)
		return rc;
	if ((rc = stage(c, t, arg)) == 0)
		return cmd_commit(c, t, message);
	cmd_abort(c, t);
	return rc;
}

const struct settings *cmd_settings(struct ctx *c)
{
	struct err e = ERR_INIT;

	if (c->settings)
		return c->settings;
	if (!c->store) {
		c->settings = settings_none(c->bdconf);
	} else if (settings_load(&c->settings, c->store, c->bdconf, &e) < 0) {
		out_warn(c, "warning: %s", e.msg);
		c->settings = settings_none(c->bdconf);
	}
	return c->settings;
}

static const char *env_text(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* A command that writes has libgit2 loaded anyway, or is about to. */
static bool ask_library(struct ctx *c)
{
	BUF_AUTO name = BUF_INIT;
	BUF_AUTO email = BUF_INIT;
	struct repo *r;

	if (!c->store || (c->cmd && !(c->cmd->need & NEED_WRITE)) ||
	    store_repo(c->store, &r, NULL) < 0)
		return false;
	repo_user_name(r, &name);
	repo_user_email(r, &email);
	if (!c->actor && name.len)
		c->actor = arena_strdup(&c->arena, name.s);
	if (!c->owner)
		c->owner = arena_strdup(&c->arena, email.s);
	return true;
}

/* git's own answer, includes and all; one child for both values. */
static void ask_git(struct ctx *c)
{
	char *argv[] = { "git", "config", "--get-regexp", "^user\\.(name|email)$", NULL };
	STRS_AUTO env = { 0 };
	BUF_AUTO text = BUF_INIT;
	struct proc p = { .argv = argv };

	if (ask_library(c))
		return;
	proc_git_env(&env);
	p.env = env.v;
	p.cwd = c->store && *store_paths(c->store)->worktree ?
		store_paths(c->store)->worktree : NULL;
	if (proc_run(&p, &text, NULL, NULL) != 0)
		return;
	for (char *line = text.s, *next; line && *line; line = next) {
		if ((next = strchr(line, '\n')))
			*next++ = 0;
		if (!c->actor && !strncmp(line, "user.name ", 10))
			c->actor = arena_strdup(&c->arena, line + 10);
		if (!c->owner && !strncmp(line, "user.email ", 11))
			c->owner = arena_strdup(&c->arena, line + 11);
	}
}

const char *cmd_actor(struct ctx *c)
{
	static const char *const names[] = { "BDW_ACTOR", "BEADS_ACTOR" };

	if (c->actor)
		return c->actor;
	if (c->actor_flag && *c->actor_flag)
		c->actor = c->actor_flag;
	for (size_t i = 0; !c->actor && i < sizeof(names) / sizeof(names[0]); i++)
		c->actor = env_text(names[i]);
	if (!c->actor)
		c->actor = bdconf_get(c->bdconf, "actor");
	if (!c->actor)
		ask_git(c);
	if (!c->actor)
		c->actor = env_text("USER");
	if (!c->actor)
		c->actor = "unknown";
	return c->actor;
}

const char *cmd_owner(struct ctx *c)
{
	const char *email = env_text("GIT_AUTHOR_EMAIL");

	if (email)
		return email;
	cmd_actor(c);
	if (!c->owner)
		ask_git(c);
	return c->owner ? c->owner : (c->owner = "");
}

int cmd_resolve(struct ctx *c, struct view *v, const char *part, const struct issue **out)
{
	int rc;

	/* a full view has looked at every file, and its indices must stay */
	if (!c->view_quick)
		return view_resolve(v, part, out, &c->err);
	rc = view_fresh(v, part, out, &c->err);
	if (rc == ERR_NOTFOUND && (rc = view_resolve(v, part, out, &c->err)) == 0)
		rc = view_fresh(v, (*out)->id, out, &c->err);
	return rc;
}

static int read_stream(struct ctx *c, FILE *f, const char *name, struct buf *out)
{
	char block[8192];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(out, block, n);
	return ferror(f) ? err_errno(&c->err, "cannot read %s", name) : 0;
}

int cmd_read_file(struct ctx *c, const char *name, struct buf *out)
{
	FILE *f;
	int rc;

	if (!strcmp(name, "-") && c->batch)
		return err_set(&c->err, ERR_USAGE,
			       "standard input holds the commands of the batch: name a file");
	if (!strcmp(name, "-"))
		return read_stream(c, c->in, "standard input", out);
	/* a pipe is as good as a file: --body-file <(make-report) */
	if (!(f = fopen(name, "re")))
		return errno == ENOENT || errno == ENOTDIR
			? err_set(&c->err, ERR_NOTFOUND, "open %s: no such file or directory", name)
			: err_errno(&c->err, "cannot open '%s'", name);
	rc = read_stream(c, f, arena_printf(&c->arena, "'%s'", name), out);
	fclose(f);
	return rc;
}

const char *cmd_last_touched(struct ctx *c)
{
	BUF_AUTO id = BUF_INIT;

	if (c->batch && c->batch->last.len)
		return c->batch->last.s;
	if (store_note_get(c->store, "last-touched", &id, NULL) < 0 || !id.len)
		return NULL;
	return arena_strdup(&c->arena, id.s);
}

void cmd_touch(struct ctx *c, const char *id)
{
	if (!c->batch) {
		store_note_set(c->store, "last-touched", id);
		return;
	}
	buf_reset(&c->batch->last);
	buf_adds(&c->batch->last, id);
}
