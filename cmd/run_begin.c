/* cmd/run_begin.c - what a run keeps of its beginning: record, settings, prompts (decisions A18,
 * B3) */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/run_session.h"
#include "cmd/trust.h"
#include "core/integrate.h"
#include "core/prompt.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/store.h"

bool session_interrupted(struct store *s, struct run_info *info)
{
	STRS_AUTO runs = { 0 };

	run_list(s, &runs);
	if (!runs.n || run_info_read(s, runs.v[runs.n - 1], info, NULL) < 0)
		return false;
	if (!info->ended_us)
		return true;
	run_info_release(info);
	return false;
}

/* Where the settings of a run are kept for its resume: one "origin<TAB>name=value" a line. */
static void config_path(struct session *s, struct buf *out)
{
	run_path(s->c->store, s->info.run, "config", out);
}

static int save_config(struct session *s)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	int rc;

	config_path(s, &path);
	config_dump(s->config, false, &text);
	if ((rc = fsx_mkparent(AT_FDCWD, path.s, 0700, &s->c->err)) < 0)
		return rc;
	return fsx_write_atomic(AT_FDCWD, path.s, text.s, text.len, 0600, 0, &s->c->err);
}

/* The prompts it uses are those that were approved, whatever becomes of the files. */
static int save_prompts(struct session *s)
{
	struct ctx *c = s->c;
	int rc = 0;

	for (size_t i = 0; i < s->trusted.n && rc == 0; i++) {
		const struct trust_item *it = &s->trusted.v[i];
		struct err doubt = ERR_INIT;
		BUF_AUTO path = BUF_INIT;

		if (!text_starts(it->path, "prompt/"))
			continue;
		if (prompt_check(it->text.s, &doubt) < 0)
			out_warn(c, "bdw: warning: '%s': %s\n", it->path, doubt.msg);
		run_path(c->store, s->info.run, it->path, &path);
		if ((rc = fsx_mkparent(AT_FDCWD, path.s, 0700, &c->err)) == 0)
			rc = fsx_write_atomic(AT_FDCWD, path.s, it->text.s, it->text.len, 0600, 0,
					      &c->err);
	}
	return rc;
}

/* What an agent made of the files meanwhile does not count (decisions A18). */
int session_load(struct session *s)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	int rc;

	config_path(s, &path);
	if ((rc = fsx_read(AT_FDCWD, path.s, &text, &s->c->err)) < 0)
		return rc;
	s->config = config_builtin();
	return config_undump(s->config, text.s, text.len, &s->c->err);
}

static int choose_target(struct session *s)
{
	const char *set = s->flags.target ? s->flags.target :
		config_str(s->config, "project.target");
	BUF_AUTO head = BUF_INIT;
	int rc = 0;

	if (*set) {
		s->info.target = xstrdup(set);
		return 0;
	}
	if (!*store_paths(s->c->store)->worktree)
		rc = integrate_head_branch(store_paths(s->c->store)->common, &head, &s->c->err);
	else
		rc = integrate_head_branch(store_paths(s->c->store)->worktree, &head, &s->c->err);
	s->info.target = rc < 0 ? NULL : buf_detach(&head);
	return rc < 0 ?
		err_wrap(&s->c->err, ERR_USAGE, "cannot choose the branch to merge into") : 0;
}

/* A work tree needs a commit to begin at: where there is none yet, agents work in the repository
 * itself (decisions B8). */
static int choose_isolation(struct session *s)
{
	const char *tree = store_paths(s->c->store)->worktree;

	if (!*tree || strcmp(config_str(s->config, "run.isolation"), "worktree") ||
	    !integrate_unborn(tree))
		return 0;
	out_warn(s->c, "bdw: '%s' has no commit yet: this run works in the repository itself, one "
		       "issue at a time\n",
		 s->info.target);
	return config_set(s->config, "run.isolation", "shared", ORIGIN_FLAG, &s->c->err);
}

int session_begin(struct session *s, int argc, char **argv)
{
	struct ctx *c = s->c;
	BUF_AUTO id = BUF_INIT;
	int rc;

	if ((rc = run_config(c, &s->flags, &s->config)) < 0 ||
	    (rc = run_unused(c, s->config)) < 0 ||
	    (rc = trust_require(c, s->config, &s->trusted)) < 0 ||
	    (rc = run_agents(c, s->config)) < 0)
		return rc;
	run_id_new(c->store, c->now_us, &id);
	s->info = (struct run_info){ .run = buf_detach(&id), .actor = xstrdup(cmd_actor(c)),
				     .started_us = c->now_us };
	for (int i = 0; i < argc; i++)
		strs_add(&s->info.ids, argv[i]);
	for (size_t i = 0; i < s->flags.issues.n; i++)
		strs_add(&s->info.ids, s->flags.issues.v[i]);
	return (rc = choose_target(s)) < 0 ? rc : choose_isolation(s);
}

/* The settings go first, because a record without them could not be resumed (decisions B3). */
int session_record(struct session *s)
{
	int rc = 0;

	run_sweep(s->c->store);
	if (!s->resume && (rc = save_config(s)) == 0)
		rc = save_prompts(s);
	s->info.pid = getpid();
	s->info.start_time = proc_start_time(getpid());
	s->info.ended_us = 0;
	if (rc == 0)
		rc = run_info_write(s->c->store, &s->info, &s->c->err);
	if (rc == 0)
		run_lock_note(s->lock_fd, s->info.run);
	return rc;
}

void session_forget(struct session *s)
{
	BUF_AUTO path = BUF_INIT;

	run_path(s->c->store, s->info.run, NULL, &path);
	fsx_remove_tree(AT_FDCWD, path.s, NULL);
}
