/* cmd/human.c - bdw human: the commands a person needs, and the issues that wait for a person */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/guide.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "cmd/write.h"
#include "store/base/json.h"
#include "store/issue.h"
#include "store/txn.h"
#include "store/view.h"

static const char crib[] =
	"\n"
	"@ - the commands a person needs\n"
	"All of them: @ --help\n"
	"\n"
	"Working With Issues:\n"
	"  create               Create a new issue\n"
	"  list                 List issues (--status, --priority, --label narrow it)\n"
	"  show <id>            Show one issue\n"
	"  update <id>          Change one (--status, --priority, --assignee, ...)\n"
	"  close <id>           It is done\n"
	"  reopen <id>          It is not\n"
	"  note <id> <text>     Add a note (or: comments add <id> <text>)\n"
	"\n"
	"Finding Work:\n"
	"  ready                What nothing blocks\n"
	"  search <words>       By title and id\n"
	"  stats                How many of what\n"
	"\n"
	"Dependencies:\n"
	"  dep add <a> <b>      a waits for b\n"
	"  dep remove <a> <b>   It does not\n"
	"  dep tree <id>        What it needs, and what that needs\n"
	"  graph <id>           The same as layers\n"
	"  blocked              What waits, and for what\n"
	"\n"
	"Waiting For You:\n"
	"  human list           Issues that need a decision\n"
	"  human respond <id>   Answer and close\n"
	"  human dismiss <id>   Close without an answer\n"
	"\n"
	"Getting Help:\n"
	"  quickstart           The tour\n"
	"  help <command>       One command\n"
	"\n";

/* bd's label, and the one that runs set. */
static bool needs_human(const struct issue *is)
{
	return strcmp(is->status, "closed") != 0 &&
	       (issue_has_label(is, "human") || issue_has_label(is, "needs-human"));
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	struct json_doc d;
	struct view *v;
	size_t n = 0;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		if (!needs_human(is))
			continue;
		n++;
		json_issue(&d.w, is, NULL);
		render_short(c, &text, is);
		buf_addc(&text, '\n');
		if (is->ncomments)	/* what is asked stands in the last comment */
			buf_addf(&text, "    %.*s\n",
				 (int)strcspn(is->comments[is->ncomments - 1].text, "\n"),
				 is->comments[is->ncomments - 1].text);
	}
	js_close(&d.w, ']');
	if (c->json) {
		json_finish(&d, c);
		return 0;
	}
	buf_release(&d.text);
	if (!n)
		buf_adds(&text, "No issues wait for a person\n");
	render_print(c, &text, 1);
	return 0;
}

struct answer { const char *text, *reason; };

/* Comments (when there is something to say) and closes. */
static int give_answer(struct ctx *c, struct write *w, const char *id, const void *arg)
{
	const struct answer *a = arg;
	int rc;

	if (!needs_human(txn_get(w->t, id)))
		return err_set(&c->err, ERR_REFUSED,
			       "issue %s does not wait for a person (no label human)", id);
	if (a->text && (rc = life_comment(&w->life, id, w->life.actor, a->text, NULL, &c->err)) < 0)
		return rc;
	return life_close(&w->life, id, a->reason, false, &c->err);
}

static int answer(struct ctx *c, const char *typed, const char *text, const char *reason)
{
	const struct answer a = { text, reason };
	const struct issue *is;
	int rc = write_one(c, typed, "human", give_answer, &a, &is);

	if (rc < 0)
		return rc;
	if (c->json)
		json_print(c, arena_printf(&c->arena,
					   "{\"id\":\"%s\",\"status\":\"closed\"}", is->id));
	else
		out_text(c, "✓ %s %s\n", text ? "Answered" : "Dismissed", is->id);
	return 0;
}

static int run_respond(struct ctx *c, int argc, char **argv)
{
	const char *text = NULL;
	const struct opt opts[] = {
		{ 'r', "response", OPT_STR, &text, "<text>", "the answer", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!text && argc > 1)
		text = argv[1];
	if (!text || !*text)
		return err_set(&c->err, ERR_USAGE, "an answer is required (--response <text>)");
	return answer(c, argv[0], text, "Responded");
}

static int run_dismiss(struct ctx *c, int argc, char **argv)
{
	const char *reason = "Dismissed";
	const struct opt opts[] = {
		{ 'r', "reason", OPT_STR, &reason, "<text>", "why", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : answer(c, argv[0], NULL, reason);
}

static int run(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	guide_fill(c, crib, &text);
	render_print(c, &text, 1);
	return 0;
}

static const struct cmd human_list = {
	.name = "list", .brief = "List issues that wait for a person",
	.example = "human list --json", .group = GROUP_VIEWS, .need = NEED_STORE, .run = run_list,
}, human_respond = {
	.name = "respond", .args = "<id> [<text>]", .brief = "Answer and close",
	.example = "human respond demo-4f2a -r \"Take the second way\"", .group = GROUP_VIEWS,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = 2, .run = run_respond,
}, human_dismiss = {
	.name = "dismiss", .args = "<id>", .brief = "Close without an answer",
	.example = "human dismiss demo-4f2a", .group = GROUP_VIEWS, .need = NEED_STORE | NEED_WRITE,
	.min_args = 1, .max_args = 1, .run = run_dismiss,
};
static const struct cmd *const subs[] = { &human_dismiss, &human_list, &human_respond, NULL };

const struct cmd cmd_human = {
	.name = "human", .brief = "The commands a person needs; issues that wait for a person",
	.example = "human\nhuman list", .group = GROUP_SETUP, .run = run, .subs = subs,
};
