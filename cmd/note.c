/* cmd/note.c - bdw note */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"

static int append(struct ctx *c, struct write *w, const char *id, const void *text)
{
	struct issue *is;
	int rc = txn_edit(w->t, id, &is, &c->err);

	if (rc < 0)
		return rc;
	is->notes = arena_printf(txn_arena(w->t), "%s%s%s", is->notes, *is->notes ? "\n" : "",
				 (const char *)text);
	is->updated_at = w->life.now_us;
	return 0;
}

static int take_text(struct ctx *c, const char *file, int argc, char **argv, struct buf *text)
{
	int rc = 0;

	if (file)
		rc = cmd_read_file(c, file, text);
	for (int i = 0; !file && i < argc; i++)
		buf_addf(text, "%s%s", i ? " " : "", argv[i]);
	if (rc < 0)
		return rc;
	if (!text->s[strspn(text->s, " \t\n")])
		return err_set(&c->err, ERR_USAGE, "note text required");
	if (text_utf8_bad(text->s, text->len) >= 0)
		return err_set(&c->err, ERR_USAGE, "the note is not valid UTF-8");
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *file = NULL;
	bool from_stdin = false;
	const struct opt opts[] = {
		{ 'f', "file", OPT_STR, &file, "<file>",
		  "read the text from a file (- is standard input)", 0 },
		{ 0, "stdin", OPT_BOOL, &from_stdin, NULL, "read the text from standard input", 0 },
		{ 0 },
	};
	const struct issue *is;
	BUF_AUTO text = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = take_text(c, from_stdin ? "-" : file, argc - 1, argv + 1, &text)) < 0 ||
	    (rc = write_one(c, argv[0], "note", append, text.s, &is)) < 0)
		return rc;
	if (c->json)
		write_print_issues(c, &is, 1);
	else
		out_done(c, "Note added to %s\n", out_id_title(c, is->id, is->title));
	return 0;
}

const struct cmd cmd_note = {
	.name = "note", .args = "<id> [words...]",
	.brief = "Append a line to the notes of an issue",
	.example = "note demo-4f2a measured again, 3 ms", .group = GROUP_ISSUES,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1, .run = run,
};
