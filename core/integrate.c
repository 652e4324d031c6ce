#include "core/integrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/repo.h"

static const char run_prefix[] = "refs/heads/beadwave-run/";
static const char work_prefix[] = "beadwave-work/";

void integrate_run_ref(const char *run, struct buf *out)
{
	buf_adds(out, run_prefix);
	buf_adds(out, run);
}

void integrate_work_branch(const char *id, struct buf *out)
{
	buf_adds(out, work_prefix);
	id_file_name(id, out);
}

static char *target_ref(const char *target)
{
	return xasprintf("%s%s", text_starts(target, "refs/") ? "" : "refs/heads/", target);
}

int integrate_tip(const char *repo, const char *run, struct buf *out, struct err *e)
{
	BUF_AUTO ref = BUF_INIT;

	integrate_run_ref(run, &ref);
	buf_adds(&ref, "^{commit}");
	return git_do(repo, NULL, out, e, "rev-parse", "--verify", "--quiet", ref.s, NULL);
}

int integrate_head_branch(const char *repo, struct buf *out, struct err *e)
{
	if (git_do(repo, NULL, out, NULL, "symbolic-ref", "--quiet", "--short", "HEAD", NULL) == 0)
		return 0;
	err_set(e, ERR_REFUSED, "HEAD is detached: there is no branch to merge into");
	err_hint(e, "check a branch out, or set one: bdw config set project.target main");
	return ERR_REFUSED;
}

int integrate_begin(const char *repo, const char *run, const char *target, struct err *e)
{
	AUTO_FREE char *tref = target_ref(target);
	BUF_AUTO ref = BUF_INIT;
	BUF_AUTO tip = BUF_INIT;

	if (integrate_tip(repo, run, &tip, NULL) == 0)
		return 0;
	if (git_do(repo, NULL, &tip, NULL, "rev-parse", "--verify", "--quiet", tref, NULL) < 0) {
		err_set(e, ERR_USAGE, "branch '%s' has no commit to start from", target);
		err_hint(e, "make its first one, or set another: bdw config set project.target "
			    "BRANCH");
		return ERR_USAGE;
	}
	integrate_run_ref(run, &ref);
	return git_do(repo, NULL, NULL, e, "update-ref", ref.s, tip.s,
		      "0000000000000000000000000000000000000000", NULL);
}

bool integrate_unborn(const char *repo)
{
	return git_do(repo, NULL, NULL, NULL, "symbolic-ref", "--quiet", "HEAD", NULL) == 0 &&
	       git_do(repo, NULL, NULL, NULL, "rev-parse", "--verify", "--quiet", "HEAD", NULL) < 0;
}

int integrate_first_commit(const char *repo, const struct git_who *who, struct err *e)
{
	return git_do(repo, who, NULL, e, "commit", "--quiet", "--allow-empty", "--no-gpg-sign",
		      "-m", "Begin", NULL);
}

/* Is a an ancestor of b? 1, 0 or an error. */
static int is_ancestor(const char *repo, const char *a, const char *b, struct err *e)
{
	int rc = git_try(repo, NULL, NULL, e, "merge-base", "--is-ancestor", a, b, NULL);

	return rc == 0 ? 1 : rc == 1 ? 0 : ERR_IO;
}

/* Collecting */

/* `git status`: the commit HEAD is at, and whether anything differs from it. */
static int look(const char *tree, struct buf *head, bool *dirty, struct err *e)
{
	BUF_AUTO out = BUF_INIT;
	const char *s, *line;
	size_t n, len;
	int rc = git_do(tree, NULL, &out, e, "status", "--porcelain=v2", "--branch",
			"--untracked-files=normal", NULL);

	if (rc < 0)
		return rc;
	*dirty = false;
	for (s = out.s, n = out.len; text_line(&s, &n, &line, &len);) {
		if (len > 13 && !memcmp(line, "# branch.oid ", 13))
			buf_add(head, line + 13, len - 13);
		else if (len && *line != '#')
			*dirty = true;
	}
	return 0;
}

/* An agent that only looked is the common case of a run without changes: told without a git
 * process. */
static bool untouched(const struct collect *c)
{
	struct oid head, base;
	bool clean;

	return c->objects && oid_parse(&base, c->base) == 0 &&
	       repo_look_tree(c->objects, c->tree, &head, &clean, NULL) == 0 && clean &&
		       oid_equal(&head, &base);
}

int integrate_look(const char *repo, struct buf *head, bool *dirty, struct err *e)
{
	return look(repo, head, dirty, e);
}

/* Files with conflict markers among those a merge left; appended, one a line. */
static void find_markers(const char *tree, struct buf *out)
{
	git_do(tree, NULL, out, NULL, "grep", "-lE", "^(<<<<<<<|>>>>>>>) ", "--", ".", NULL);
}

/* Commits everything in the tree, hooks and signing aside (decisions A12); parents are HEAD and
 * what is being merged. */
static int commit_rest(struct collect *c, struct err *e)
{
	BUF_AUTO tree = BUF_INIT;
	BUF_AUTO head = BUF_INIT;
	BUF_AUTO other = BUF_INIT;
	BUF_AUTO commit = BUF_INIT;
	const struct git_who *who = &c->author;
	bool merging = !git_do(c->tree, NULL, &other, NULL, "rev-parse", "--verify", "--quiet",
			       "MERGE_HEAD", NULL);
	int rc;

	if (merging)
		find_markers(c->tree, &c->problem);
	if (c->problem.len) {	/* left as it is: once committed, nobody would find them again */
		BUF_AUTO files = c->problem;

		c->problem = (struct buf)BUF_INIT;
		buf_addf(&c->problem, "conflict markers are left in:\n%s", files.s);
		return 0;
	}
	if ((rc = git_do(c->tree, NULL, NULL, e, "add", "--all", NULL)) < 0 ||
	    (rc = git_do(c->tree, NULL, &tree, e, "write-tree", NULL)) < 0 ||
	    (rc = git_do(c->tree, NULL, &head, e, "rev-parse", "HEAD", NULL)) < 0)
		return rc;
	rc = merging ? git_do(c->tree, who, &commit, e, "commit-tree", tree.s, "-p", head.s, "-p",
			      other.s, "-m", c->message, NULL)
		     : git_do(c->tree, who, &commit, e, "commit-tree", tree.s, "-p", head.s, "-m",
			      c->message, NULL);
	if (rc < 0 ||
	    (rc = git_do(c->tree, who, NULL, e, "update-ref", "HEAD", commit.s, head.s, NULL)) < 0)
		return rc;
	buf_reset(&c->head);
	buf_adds(&c->head, commit.s);
	/* forgets MERGE_HEAD */
	return git_do(c->tree, NULL, NULL, e, "reset", "--quiet", NULL);
}

/* The agent's own word for its commit must be true: it exists, and lies between base and head. */
static void check_claim(struct collect *c)
{
	AUTO_FREE char *spec = xasprintf("%s^{commit}", c->claimed);
	BUF_AUTO oid = BUF_INIT;

	if (!*c->claimed || c->problem.len)
		return;
	if (*c->claimed == '-' ||
	    git_do(c->tree, NULL, &oid, NULL, "rev-parse", "--verify", "--quiet", spec, NULL) < 0)
		buf_addf(&c->problem, "commit %s does not exist", c->claimed);
	else if (is_ancestor(c->tree, c->base, oid.s, NULL) != 1)
		buf_addf(&c->problem, "commit %s does not descend from the base %.12s",
			 c->claimed, c->base);
	else if (is_ancestor(c->tree, oid.s, c->head.s, NULL) != 1)
		buf_addf(&c->problem, "commit %s is not in this work tree's history", c->claimed);
}

/* base..head by file: paths, lines, the summary that close reasons show. */
static int diff(struct collect *c, struct err *e)
{
	BUF_AUTO out = BUF_INIT;
	size_t at = 0;
	long files = 0, ins = 0, del = 0;
	int rc = git_try(c->tree, NULL, &out, e, "diff", "--numstat", "--no-renames", "-z", c->base,
			 c->head.s, NULL);

	if (rc)
		return rc < 0 ? rc : ERR_IO;
	while (at < out.len) {
		const char *entry = out.s + at, *path;
		char *end;
		long a = strtol(entry, &end, 10), d = *end == '\t' ? strtol(end + 1, &end, 10) : 0;

		path = strchr(entry, '\t');
		path = path ? strchr(path + 1, '\t') : NULL;
		if (!path)
			break;
		if (*entry == '-')
			c->lines = -1;
		strs_add(&c->paths, path + 1);
		files++;
		ins += a;
		del += d;
		at += strlen(entry) + 1;
	}
	if (c->lines >= 0)
		c->lines = ins + del;
	c->empty = !files;
	buf_addf(&c->summary, "%ld changed (%ld+/%ld-)", files, ins, del);
	return 0;
}

int integrate_measure(struct collect *c, const char *head, struct err *e)
{
	buf_adds(&c->head, head);
	return diff(c, e);
}

int integrate_collect(struct collect *c, struct err *e)
{
	bool dirty = false;
	int rc = 0;

	if (untouched(c))
		buf_adds(&c->head, c->base);
	else
		rc = look(c->tree, &c->head, &dirty, e);
	if (rc < 0)
		return rc;
	if (!dirty && !strcmp(c->head.s, c->base)) {
		c->empty = true;
		buf_adds(&c->summary, "none");
		check_claim(c);
		return 0;
	}
	if (dirty && ((rc = commit_rest(c, e)) < 0 || c->problem.len))
		return rc;
	if (is_ancestor(c->tree, c->base, c->head.s, NULL) != 1) {
		buf_reset(&c->problem);
		buf_addf(&c->problem, "the work tree's commit %.12s does not descend from the "
				      "base %.12s", c->head.s,
			 c->base);
		return 0;
	}
	check_claim(c);
	c->progress = true;
	return diff(c, e);
}

void collect_release(struct collect *c)
{
	buf_release(&c->head);
	buf_release(&c->problem);
	buf_release(&c->summary);
	strs_free_all(&c->paths);
}

/* Merging */

/* Tree of the merge of two commits. 0: *tree has it; 1: conflict, text says which files. */
static int merge_trees(const char *repo, const char *ours, const char *theirs, struct buf *tree,
		       struct buf *conflict, struct err *e)
{
	BUF_AUTO out = BUF_INIT;
	const char *s, *line;
	size_t n, len;
	int rc = git_try(repo, NULL, &out, e, "merge-tree", "--write-tree", "--name-only",
			 "--messages", ours, theirs, NULL);

	if (rc < 0 || rc > 1)
		return rc < 0 ? rc : ERR_IO;
	s = out.s;
	n = out.len;
	if (!text_line(&s, &n, &line, &len) || len != 40)
		return err_set(e, ERR_IO, "git merge-tree answered '%s'", out.s);
	if (rc == 0)
		buf_add(tree, line, len);
	else
		buf_add(conflict, s, n);
	return rc;
}

/* What each side did to the files that clash: for the implementer who has to bring them
 * together. */
static void add_sides(const char *repo, const char *ours, const char *theirs, struct buf *conflict)
{
	BUF_AUTO base = BUF_INIT;
	BUF_AUTO log = BUF_INIT;

	if (git_do(repo, NULL, &base, NULL, "merge-base", ours, theirs, NULL) < 0)
		return;
	buf_addf(&base, "..%s", ours);
	if (!git_do(repo, NULL, &log, NULL, "log", "--first-parent", "--format=- %s", base.s, NULL))
		buf_addf(conflict, "\nMerged meanwhile:\n%s\n", log.s);
}

static int commit_merge(const struct merge_try *m, const char *tree, const char *p1, const char *p2,
			const char *message, struct buf *out, struct err *e)
{
	return git_do(m->repo, &m->who, out, e, "commit-tree", tree, "-p", p1, "-p", p2, "-m",
		      message, NULL);
}

/* Commits that a person put on the target belong to what is merged with. */
static int take_target_in(struct merge_try *m, struct err *e)
{
	AUTO_FREE char *tref = target_ref(m->target);
	AUTO_FREE char *message = xasprintf("Merge branch '%s' into run %s", m->target, m->run);
	BUF_AUTO ref = BUF_INIT;
	BUF_AUTO target = BUF_INIT;
	BUF_AUTO tree = BUF_INIT;
	BUF_AUTO oid = BUF_INIT;
	int rc;

	if (git_do(m->repo, NULL, &target, NULL, "rev-parse", "--verify", "--quiet", tref,
		   NULL) < 0)
		return 0;	/* deleted meanwhile: said at the end */
	rc = is_ancestor(m->repo, target.s, m->tip.s, e);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = merge_trees(m->repo, m->tip.s, target.s, &tree, &m->conflict, e);
	if (rc) {
		/* the target stays behind; the issue itself is not to blame */
		buf_reset(&m->conflict);
		return rc < 0 ? rc : 0;
	}
	integrate_run_ref(m->run, &ref);
	if ((rc = commit_merge(m, tree.s, m->tip.s, target.s, message, &oid, e)) < 0 ||
	    (rc = git_do(m->repo, NULL, NULL, e, "update-ref", ref.s, oid.s, m->tip.s, NULL)) < 0)
		return rc;
	buf_reset(&m->tip);
	buf_adds(&m->tip, oid.s);
	return 0;
}

int integrate_candidate(struct merge_try *m, struct err *e)
{
	int rc = integrate_tip(m->repo, m->run, &m->tip, e);

	if (rc < 0 || (rc = take_target_in(m, e)) < 0)
		return rc;
	rc = merge_trees(m->repo, m->tip.s, m->head, &m->tree, &m->conflict, e);
	if (rc > 0)
		add_sides(m->repo, m->tip.s, m->head, &m->conflict);
	return rc ? rc < 0 ? rc : 0 :
		commit_merge(m, m->tree.s, m->tip.s, m->head, m->message, &m->oid, e);
}

void merge_try_release(struct merge_try *m)
{
	buf_release(&m->oid);
	buf_release(&m->tree);
	buf_release(&m->tip);
	buf_release(&m->conflict);
}

/* The work tree that has a branch checked out; nothing is appended when none has. */
static int checked_out_in(const char *repo, const char *ref, struct buf *where, struct err *e)
{
	BUF_AUTO out = BUF_INIT;
	AUTO_FREE char *want = xasprintf("branch %s", ref);
	const char *s, *line, *path = "";
	size_t n, len, path_len = 0;
	int rc = git_do(repo, NULL, &out, e, "worktree", "list", "--porcelain", NULL);

	for (s = out.s, n = out.len; !rc && text_line(&s, &n, &line, &len);) {
		if (len > 9 && !memcmp(line, "worktree ", 9)) {
			path = line + 9;
			path_len = len - 9;
		} else if (len == strlen(want) && !memcmp(line, want, len)) {
			buf_add(where, path, path_len);
		}
	}
	return rc;
}

static int follow(const char *repo, const char *target, const char *oid, struct buf *behind,
		  struct err *e)
{
	AUTO_FREE char *tref = target_ref(target);
	BUF_AUTO now = BUF_INIT;
	BUF_AUTO where = BUF_INIT;
	struct err why = ERR_INIT;
	int rc;

	if (git_do(repo, NULL, &now, &why, "rev-parse", "--verify", "--quiet", tref, NULL) < 0) {
		buf_addf(behind, "branch '%s' is gone", target);
		return 0;
	}
	if (is_ancestor(repo, oid, now.s, NULL) == 1)
		return 0;
	if (is_ancestor(repo, now.s, oid, NULL) != 1) {
		buf_addf(behind, "'%s' has commits that do not merge with the run's", target);
		return 0;
	}
	if ((rc = checked_out_in(repo, tref, &where, e)) < 0)
		return rc;
	rc = where.len ?
		git_do(where.s, NULL, NULL, &why, "merge", "--quiet", "--ff-only", oid, NULL)
		       : git_do(repo, NULL, NULL, &why, "update-ref", "-m", "bdw: merge", tref, oid,
				now.s, NULL);
	if (rc < 0)
		buf_adds(behind, why.msg);
	return 0;
}

int integrate_holds(const char *repo, const char *run, const char *oid, struct err *e)
{
	BUF_AUTO tip = BUF_INIT;
	int rc = integrate_tip(repo, run, &tip, e);

	return rc < 0 ? rc : is_ancestor(repo, oid, tip.s, e);
}

int integrate_merge(const char *repo, const char *run, const char *target, const char *oid,
		    struct buf *behind, struct err *e)
{
	AUTO_FREE char *parent = xasprintf("%s^1", oid);
	BUF_AUTO ref = BUF_INIT;
	BUF_AUTO first = BUF_INIT;
	int rc = integrate_holds(repo, run, oid, e);

	if (rc < 0)
		return rc;
	integrate_run_ref(run, &ref);
	/* made on the tip, so its first parent is what the branch must still point at */
	if (!rc &&
	    ((rc = git_do(repo, NULL, &first, e, "rev-parse", "--verify", parent, NULL)) < 0 ||
		    (rc = git_do(repo, NULL, NULL, e, "update-ref", ref.s, oid, first.s,
				 NULL)) < 0))
		return rc;
	fsx_crash_point("merged");
	return follow(repo, target, oid, behind, e);
}

void integrate_drop_work(const char *repo, const char *run, const char *target, const char *id)
{
	AUTO_FREE char *tref = target_ref(target);
	BUF_AUTO ref = BUF_INIT;
	BUF_AUTO run_ref = BUF_INIT;
	BUF_AUTO tip = BUF_INIT;

	buf_adds(&ref, "refs/heads/");
	integrate_work_branch(id, &ref);
	integrate_run_ref(run, &run_ref);
	if (git_do(repo, NULL, &tip, NULL, "rev-parse", "--verify", "--quiet", ref.s, NULL) < 0)
		return;
	if (is_ancestor(repo, tip.s, run_ref.s, NULL) == 1 ||
	    is_ancestor(repo, tip.s, tref, NULL) == 1)
		git_try(repo, NULL, NULL, NULL, "update-ref", "-d", ref.s, tip.s, NULL);
}

int integrate_finish(const char *repo, const char *run, const char *target, struct err *e)
{
	AUTO_FREE char *tref = target_ref(target);
	BUF_AUTO ref = BUF_INIT;
	BUF_AUTO tip = BUF_INIT;
	int rc;

	if (integrate_tip(repo, run, &tip, NULL) < 0)
		return 1;
	if ((rc = is_ancestor(repo, tip.s, tref, e)) != 1)
		return rc;
	integrate_run_ref(run, &ref);
	rc = git_do(repo, NULL, NULL, e, "update-ref", "-d", ref.s, tip.s, NULL);
	return rc < 0 ? rc : 1;
}

int integrate_start_merge(const char *tree, const char *commit, const struct git_who *who,
			  struct err *e)
{
	int rc = git_try(tree, who, NULL, e, "merge", "--quiet", "--no-commit", "--no-ff",
			 commit, NULL);

	return rc < 0 || rc > 1 ? ERR_IO : 0;
}
