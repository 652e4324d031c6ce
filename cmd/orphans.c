/* cmd/orphans.c - bdw orphans: issues that commits speak of and that are still open */
#include <ctype.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/json.h"
#include "store/base/map.h"
#include "store/gitcmd.h"
#include "store/issue.h"
#include "store/store.h"
#include "store/view.h"

/* Text lives in the log that was read. */
struct orphan { const struct issue *is; const char *commit, *subject; };
struct orphans { VEC(struct orphan) list; };

static bool id_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '-' || ch == '_' || ch == '.';
}

/* Every word of a message that is the id of an issue not closed; the newest commit that names it
 * counts. */
static void scan_message(const struct view *v, char *message, const char *commit,
			 const char *subject, struct map *seen, struct orphans *out)
{
	for (char *at = message; *at; ) {
		const struct issue *is;
		char *end = at, was;

		while (id_char(*end))
			end++;
		while (end > at && end[-1] == '.')
			end--;
		if (end == at) {
			at++;
			continue;
		}
		was = *end;
		*end = 0;
		is = memchr(at, '-', (size_t)(end - at)) ? view_get(v, at) : NULL;
		*end = was;
		if (is && strcmp(is->status, "closed") != 0 && !map_get(seen, is->id)) {
			map_put(seen, is->id, (void *)is);
			vec_add(&out->list, (struct orphan){ is, commit, subject });
		}
		at = end;
	}
}

/* \036 COMMIT \037 SUBJECT \037 BODY, newest first. */
static void scan_log(const struct view *v, char *log, struct orphans *out)
{
	MAP_AUTO seen = MAP_INIT;

	for (char *save, *part = strtok_r(log, "\036", &save); part;
	     part = strtok_r(NULL, "\036", &save)) {
		char *inner, *commit = strtok_r(part, "\037", &inner),
			*subject = strtok_r(NULL, "\037", &inner);
		char *body = subject ? strtok_r(NULL, "\037", &inner) : NULL;

		if (!subject)
			continue;
		scan_message(v, subject, commit, subject, &seen, out);
		if (body)
			scan_message(v, body, commit, subject, &seen, out);
	}
}

static void print_text(struct ctx *c, const struct orphans *all)
{
	BUF_AUTO text = BUF_INIT;

	if (!all->list.n) {
		out_text(c, "✓ No orphaned issues found\n");
		return;
	}
	buf_addf(&text, "\n⚠ Found %zu orphaned issue(s): named in commits, still open\n\n",
		 all->list.n);
	for (size_t i = 0; i < all->list.n; i++) {
		const struct orphan *o = &all->list.v[i];

		buf_addf(&text, "%zu. %s: ", i + 1, o->is->id);
		render_title(&text, o->is->title);
		buf_addf(&text, "\n   Status: %s\n   Latest commit: %s - ", o->is->status,
			 o->commit);
		render_title(&text, o->subject);
		buf_addc(&text, '\n');
	}
	render_print(c, &text, 1);
}

static void print_json(struct ctx *c, const struct orphans *all)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < all->list.n; i++) {
		const struct orphan *o = &all->list.v[i];

		js_open(&d.w, '{');
		js_put_str(&d.w, "issue_id", o->is->id);
		js_put_str(&d.w, "title", o->is->title);
		js_put_str(&d.w, "status", o->is->status);
		js_put_str(&d.w, "latest_commit", o->commit);
		js_put_str(&d.w, "latest_commit_message", o->subject);
		js_close(&d.w, '}');
	}
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static int run(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	struct orphans all = { .list = { 0 } };
	const char *dir;
	BUF_AUTO log = BUF_INIT;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	dir = *store_paths(c->store)->worktree ? store_paths(c->store)->worktree :
		store_paths(c->store)->common;
	/* a repository without a commit has none: git's complaint is no news */
	if ((rc = git_try(dir, NULL, &log, &c->err, "log", "--format=%x1e%h%x1f%s%x1f%b", "HEAD",
			  NULL)) < 0)
		return rc;
	scan_log(v, log.s, &all);
	if (c->json)
		print_json(c, &all);
	else
		print_text(c, &all);
	vec_free(&all.list);
	return 0;
}

const struct cmd cmd_orphans = {
	.name = "orphans", .brief = "List open issues that commit messages speak of",
	.example = "orphans --json", .group = GROUP_VIEWS, .need = NEED_STORE, .run = run,
};
