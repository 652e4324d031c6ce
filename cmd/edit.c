/* cmd/edit.c - bdw edit: one field in $EDITOR */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"
#include "store/view.h"

extern char **environ;

struct field { const char *name; size_t offset; };

static const char **field_of(struct issue *is, const struct field *f)
{
	return (const char **)(void *)((char *)is + f->offset);
}

static const char *editor(void)
{
	static const char *const names[] = { "VISUAL", "EDITOR" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return v;
	}
	return "vi";
}

/* Runs the editor on the terminal and waits for it. */
static int run_editor(struct ctx *c, const char *file)
{
	struct strs words = { 0 };
	int rc = text_words(editor(), &words, &c->err), status = 0, failed;
	pid_t pid;

	if (rc == 0 && words.n) {
		strs_add(&words, file);
		vec_add(&words, NULL);
		failed = posix_spawnp(&pid, words.v[0], NULL, NULL, words.v, environ);
		if (failed)
			rc = err_set(&c->err, ERR_IO, "cannot start the editor '%s': %s",
				     words.v[0], strerror(failed));
		else if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
			rc = err_set(&c->err, ERR_IO, "the editor '%s' failed; nothing was changed",
				     words.v[0]);
		words.n--;
	}
	strs_free_all(&words);
	return rc;
}

/* text through the editor and back, by way of a file in $TMPDIR. */
static int edit_text(struct ctx *c, const struct field *f, const char *text, struct buf *out)
{
	const char *dir = getenv("TMPDIR");
	const char *name = arena_printf(&c->arena, "%s/bdw-%s-XXXXXX.md", dir && *dir ? dir :
					"/tmp", f->name);
	char *path = arena_strdup(&c->arena, name);
	int fd = mkostemps(path, 3, O_CLOEXEC), rc;
	size_t n = strlen(text);

	if (fd < 0)
		return err_errno(&c->err, "cannot make %s", path);
	rc = write(fd, text, n) == (ssize_t)n ? 0 : err_errno(&c->err, "cannot write %s", path);
	close(fd);
	if (rc == 0)
		rc = run_editor(c, path);
	if (rc == 0)
		rc = fsx_read(AT_FDCWD, path, out, &c->err);
	unlink(path);
	if (rc == 0 && text_utf8_bad(out->s, out->len) >= 0)
		rc = err_set(&c->err, ERR_USAGE,
			     "the text is not valid UTF-8; nothing was changed");
	return rc;
}

struct edited { const struct field *f; const char *was, *now; };

static int put_text(struct ctx *c, struct write *w, const char *id, const void *arg)
{
	const struct edited *o = arg;
	struct issue *is;
	int rc = txn_edit(w->t, id, &is, &c->err);

	if (rc < 0)
		return rc;
	if (strcmp(*field_of(is, o->f), o->was))
		return err_set(&c->err, ERR_CONFLICT,
			       "%s of %s was changed meanwhile; nothing was written",
			       o->f->name, id);
	*field_of(is, o->f) = arena_strdup(txn_arena(w->t), o->now);
	is->updated_at = w->life.now_us;
	return life_check(&w->life, is, &c->err);
}

static int edit_field(struct ctx *c, const char *part, const struct field *f)
{
	BUF_AUTO text = BUF_INIT;
	const struct issue *is;
	struct edited o = { .f = f };
	struct view *v;
	int rc;

	if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0)
		return rc;
	if ((rc = cmd_resolve(c, v, part, &is)) < 0)
		return err_wrap(&c->err, rc, "resolving %s", part);
	is = issue_copy(is, &c->arena);
	o.was = *field_of((struct issue *)(void *)is, f);
	if ((rc = edit_text(c, f, o.was, &text)) < 0)
		return rc;
	/* a title is one line, and editors end the last one */
	while (!strcmp(f->name, "title") && text.len && text.s[text.len - 1] == '\n')
		buf_cut(&text, text.len - 1);
	if (!strcmp(text.s, o.was)) {
		out_text(c, "No changes made\n");
		return 0;
	}
	o.now = text.s;
	if ((rc = write_one(c, is->id, "edit", put_text, &o, &is)) < 0)
		return rc;
	if (c->json)
		write_print_issues(c, &is, 1);
	else
		out_done(c, "Updated %s for issue: %s\n", f->name, is->id);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct field fields[] = {
		{ "description", offsetof(struct issue, description) },
		{ "title", offsetof(struct issue, title) },
		{ "design", offsetof(struct issue, design) },
		{ "notes", offsetof(struct issue, notes) },
		{ "acceptance", offsetof(struct issue, acceptance) },
	};
	bool want[5] = { false };
	const struct opt opts[] = {
		{ 0, "description", OPT_BOOL, &want[0], NULL, "edit the description (default)", 0 },
		{ 0, "title", OPT_BOOL, &want[1], NULL, "edit the title", 0 },
		{ 0, "design", OPT_BOOL, &want[2], NULL, "edit the design", 0 },
		{ 0, "notes", OPT_BOOL, &want[3], NULL, "edit the notes", 0 },
		{ 0, "acceptance", OPT_BOOL, &want[4], NULL, "edit the acceptance criteria", 0 },
		{ 0 },
	};
	size_t which = 0;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < 5; i++)
		if (want[i])
			which = i;
	return edit_field(c, argv[0], &fields[which]);
}

const struct cmd cmd_edit = {
	.name = "edit", .args = "<id>", .brief = "Edit a field of an issue in $EDITOR",
	.help = "The file .beadwave/issue/HH/ID.md may be edited as well: the next command takes "
		"it in.",
	.example = "edit demo-4f2a --design", .group = GROUP_ISSUES,
	.need = NEED_STORE | NEED_WRITE, .flags = CMD_ALONE, .min_args = 1, .max_args = 1, .run = run,
};
