/* cmd/history.c - bdw history: who changed which field of an issue when, as the branch recorded
 * it */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "core/changes.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/gitcmd.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/issue_json.h"
#include "store/record.h"
#include "store/repo.h"
#include "store/store.h"
#include "store/view.h"

/* One commit that touched the issue's file. Lives in c->arena. */
struct entry {
	const char *commit, *author, *subject, *path;
	int64_t us;
	const struct issue *is;		/* NULL: it was deleted */
	struct changes changes;
};
struct entries { VEC(struct entry) list; };

/* The issue as the file at path of a commit says; NULL when there is none or it cannot be read. */
static const struct issue *issue_at(struct ctx *c, struct repo *r, const struct oid *commit,
				    const char *path)
{
	struct issue *is = arena_alloc(&c->arena, sizeof(*is));
	BUF_AUTO text = BUF_INIT;
	struct oid blob;

	if (repo_find(r, commit, path, &blob, NULL) < 0 ||
	    repo_blob_read(r, &blob, &text, NULL) < 0 ||
	    record_parse(is, text.s, text.len, path, &c->arena, NULL) < 0)
		return NULL;
	return is;
}

/* What `git log` printed: \036 COMMIT \037 AUTHOR \037 SECONDS \037 SUBJECT, then the file's
 * name on a line. */
static void read_log(struct ctx *c, char *text, struct entries *out)
{
	for (char *save, *part = strtok_r(text, "\036", &save); part;
	     part = strtok_r(NULL, "\036", &save)) {
		char *inner, *commit = strtok_r(part, "\037", &inner),
			*author = strtok_r(NULL, "\037", &inner);
		char *seconds = strtok_r(NULL, "\037", &inner),
			*subject = strtok_r(NULL, "\n", &inner);
		char *path = subject ? strtok_r(NULL, "\n", &inner) : NULL;

		if (!path)
			continue;
		vec_add(&out->list, (struct entry){
			.commit = arena_strdup(&c->arena, commit),
			.author = arena_strdup(&c->arena, author),
			.subject = arena_strdup(&c->arena, subject),
			.path = arena_strdup(&c->arena, path),
			.us = strtoll(seconds, NULL, 10) * 1000000,
		});
	}
}

static int list_commits(struct ctx *c, const char *id, struct entries *out)
{
	const struct store_paths *p = store_paths(c->store);
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO log = BUF_INIT;
	int rc;

	id_issue_path(id, &path);
	rc = git_do(p->common, NULL, &log, &c->err, "log", "--follow", "--name-only",
		    "--format=%x1e%H%x1f%an%x1f%at%x1f%s%n", p->ref, "--", path.s, NULL);
	if (rc == 0)
		read_log(c, log.s, out);
	return rc;
}

/* Each state is compared with the commit's parent, where the file may have had another name. */
static int fill(struct ctx *c, struct entries *all)
{
	struct repo *r;
	int rc = store_repo(c->store, &r, &c->err);

	for (size_t i = 0; rc == 0 && i < all->list.n; i++) {
		struct entry *e = &all->list.v[i];
		const struct issue *was = NULL;
		struct oid commit, parent;

		oid_parse(&commit, e->commit);
		e->is = issue_at(c, r, &commit, e->path);
		if (repo_commit_parent(r, &commit, &parent, NULL) == 0) {
			was = issue_at(c, r, &parent, e->path);
			if (!was && i + 1 < all->list.n)
				was = issue_at(c, r, &parent, all->list.v[i + 1].path);
		}
		if (e->is)
			e->changes = changes_between(was, e->is, &c->arena);
	}
	return rc;
}

static void write_json(struct ctx *c, const struct entries *all)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < all->list.n; i++) {
		const struct entry *e = &all->list.v[i];

		js_open(&d.w, '{');
		js_put_str(&d.w, "commit", e->commit);
		js_put_str(&d.w, "author", e->author);
		issue_json_time(&d.w, "date", e->us, 0);
		js_put_str(&d.w, "message", e->subject);
		js_key(&d.w, "changes");
		js_open(&d.w, '[');
		for (size_t k = 0; k < e->changes.n; k++) {
			js_open(&d.w, '{');
			js_put_str(&d.w, "field", e->changes.v[k].field);
			js_put_str(&d.w, "old_value", e->changes.v[k].was);
			js_put_str(&d.w, "new_value", e->changes.v[k].now);
			js_close(&d.w, '}');
		}
		js_close(&d.w, ']');
		js_key(&d.w, "issue");
		if (e->is)
			json_issue(&d.w, e->is, NULL);
		else
			js_add_null(&d.w);
		js_close(&d.w, '}');
	}
	js_close(&d.w, ']');
	json_finish(&d, c);
}

/* A value on one line: the first line of a long text, cut. */
static void add_value(struct buf *out, const char *text)
{
	size_t len = strcspn(text, "\n");
	bool cut = text[len] && text[len + 1];
	AUTO_FREE char *line = NULL;

	if (len > 60) {
		len = 57;
		while (((unsigned char)text[len] & 0xc0) == 0x80)	/* not inside a character */
			len--;
		cut = true;
	}
	line = xstrndup(text, len);
	if (!*text)
		buf_adds(out, "(none)");
	render_clean(out, line);
	buf_adds(out, cut ? "..." : "");
}

static void add_entry(struct ctx *c, struct buf *out, const struct entry *e)
{
	char minute[40];

	buf_addf(out, "%s%.8s%s %s\n  Author: ", out_paint(c, PAINT_YELLOW), e->commit,
		 out_plain(c), out_minute(e->us, minute));
	render_clean(out, e->author);
	buf_addc(out, '\n');
	if (!e->is) {
		buf_adds(out, "  deleted\n\n");
		return;
	}
	buf_addf(out, "  %s %s: ", out_icon(c, e->is->status), e->is->id);
	render_title(out, e->is->title);
	buf_addf(out, " [P%d - %s]\n", e->is->priority, e->is->status);
	for (size_t i = 0; i < e->changes.n; i++) {
		const struct change *k = &e->changes.v[i];

		buf_addf(out, "    %s: ", k->field);
		if (*k->was) {
			add_value(out, k->was);
			buf_adds(out, " -> ");
		}
		add_value(out, k->now);
		buf_addc(out, '\n');
	}
	buf_addc(out, '\n');
}

/* The id as typed may be one that is deleted: then only the whole id will do. */
static int find_id(struct ctx *c, const char *typed, const char **id)
{
	const struct issue *is;
	struct view *v;
	int rc = cmd_view(c, VIEW_QUICK, &v);

	if (rc < 0)
		return rc;
	*id = typed;
	if (cmd_resolve(c, v, typed, &is) == 0)
		*id = is->id;
	else if (c->err.code != ERR_NOTFOUND)
		return c->err.code;
	c->err = (struct err)ERR_INIT;
	return 0;
}

static int show_history(struct ctx *c, const char *typed, long limit)
{
	struct entries all = { .list = { 0 } };
	BUF_AUTO text = BUF_INIT;
	const char *id;
	int rc;

	if ((rc = find_id(c, typed, &id)) < 0 || (rc = list_commits(c, id, &all)) < 0)
		goto out;
	if (!all.list.n) {
		rc = err_set(&c->err, ERR_NOTFOUND, "no issue found matching \"%s\"", typed);
		goto out;
	}
	if (limit > 0 && (size_t)limit < all.list.n)
		all.list.n = (size_t)limit;
	if ((rc = fill(c, &all)) < 0)
		goto out;
	if (c->json) {
		write_json(c, &all);
		goto out;
	}
	buf_addf(&text, "\n📜 History for %s (%zu entries)\n\n", id, all.list.n);
	for (size_t i = 0; i < all.list.n; i++)
		add_entry(c, &text, &all.list.v[i]);
	render_print(c, &text, 1);
out:
	vec_free(&all.list);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	long limit = 0;
	const struct opt opts[] = {
		{ 'n', "limit", OPT_INT, &limit, "<n>", "only the newest (0: all)", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : show_history(c, argv[0], limit);
}

const struct cmd cmd_history = {
	.name = "history", .args = "<id>",
	.brief = "Show what changed in an issue, when and by whom",
	.example = "history demo-4f2a --limit 5\nhistory demo-4f2a --json", .group = GROUP_VIEWS,
	.need = NEED_STORE, .min_args = 1, .max_args = 1, .run = run,
};
