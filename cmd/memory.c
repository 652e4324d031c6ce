/* cmd/memory.c - bdw remember, memories, recall, forget: what should outlast a session */
#include "core/memory.h"

#include <ctype.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/json.h"
#include "store/txn.h"

enum { SLUG_MAX = 60 };		/* bytes */

/* "Use tabs, always!" -> "use-tabs-always": whole words, letters and digits only. Lives in
 * c->arena. */
static const char *slug(struct ctx *c, const char *text)
{
	BUF_AUTO out = BUF_INIT;
	size_t whole = 0;		/* length up to the last whole word */

	for (; *text && out.len <= SLUG_MAX; text++) {
		if (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80) {
			buf_addc(&out, (char)tolower((unsigned char)*text));
		} else if (out.len && out.s[out.len - 1] != '-') {
			whole = out.len;
			buf_addc(&out, '-');
		}
	}
	if (out.len > SLUG_MAX && whole)
		buf_cut(&out, whole);
	while (out.len && out.s[out.len - 1] == '-')
		buf_cut(&out, out.len - 1);
	return arena_strndup(&c->arena, out.s, out.len);
}

struct memory { const char *key, *value; };	/* value NULL: to be forgotten */

static int stage(struct ctx *c, struct txn *t, const void *arg)
{
	const struct memory *m = arg;

	return memory_write(t, m->key, m->value, &c->err);
}

static int save(struct ctx *c, const char *key, const char *value)
{
	return cmd_change(c, stage, &(struct memory){ key, value },
			  arena_printf(&c->arena, "%s %s", value ? "remember" : "forget", key));
}

static void print(struct ctx *c, const char *action, const char *key, const char *value,
		  const char *said)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	if (!c->json) {
		out_note(c, "%s [%s]: %s\n", said, key, value);
		return;
	}
	js_open(&w, '{');
	js_put_str(&w, "action", action);
	js_put_str(&w, "key", key);
	js_put_str(&w, "value", value);
	js_close(&w, '}');
	json_print(c, o.s);
}

static int run_remember(struct ctx *c, int argc, char **argv)
{
	const char *key = NULL, *text;
	const struct opt opts[] = {
		{ 0, "key", OPT_STR, &key, "<key>", "its name (default: made of the text)", 0 },
		{ 0 },
	};
	BUF_AUTO was = BUF_INIT;
	bool known;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	text = argv[0];
	for (int i = 1; i < argc; i++)
		text = arena_printf(&c->arena, "%s %s", text, argv[i]);
	if (!key)
		key = slug(c, text);
	if (!*text || !*key)
		return err_set(&c->err, ERR_USAGE, "memory content cannot be empty");
	known = memory_read(c->store, key, &was, NULL) == 0;
	if ((rc = save(c, key, text)) < 0)
		return rc;
	print(c, known ? "updated" : "remembered", key, text, known ? "Updated" : "Remembered");
	return 0;
}

/* A memory matches a word of its key or text. */
static bool matches(const char *word, const char *key, const char *text)
{
	return !word || strcasestr(key, word) || strcasestr(text, word);
}

static int run_memories(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	STRS_AUTO keys = { 0 };
	BUF_AUTO list = BUF_INIT;
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);
	const char *word;
	size_t n = 0;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	word = argc ? argv[0] : NULL;
	memory_keys(c->store, &keys);
	js_open(&w, '{');
	for (size_t i = 0; i < keys.n; i++) {
		BUF_AUTO text = BUF_INIT;

		if (memory_read(c->store, keys.v[i], &text, NULL) < 0 ||
		    !matches(word, keys.v[i], text.s))
			continue;
		n++;
		js_put_str(&w, keys.v[i], text.s);
		buf_addf(&list, "  %s\n    ", keys.v[i]);
		render_clean(&list, text.s);
		buf_adds(&list, "\n\n");
	}
	js_close(&w, '}');
	if (c->json)
		json_print(c, o.s);
	else if (!n && word)
		out_text(c, "No memories match '%s'\n", word);
	else if (!n)
		out_text(c, "No memories yet. Keep one with: %s remember \"text\"\n", c->prog);
	else
		out_text(c, "Memories (%zu):\n\n%s", n, list.s);
	return 0;
}

static int run_recall(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = memory_read(c->store, argv[0], &text, NULL)) < 0)
		return err_set(&c->err, ERR_NOTFOUND, "no memory with key '%s'", argv[0]);
	if (c->json) {
		BUF_AUTO o = BUF_INIT;
		struct jsw w = JSW(&o, JS_COMPACT);

		js_open(&w, '{');
		js_put_str(&w, "key", argv[0]);
		js_put_str(&w, "value", text.s);
		js_close(&w, '}');
		json_print(c, o.s);
	} else {
		out_text(c, "%s\n", text.s);
	}
	return 0;
}

static int run_forget(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (memory_read(c->store, argv[0], &text, NULL) < 0)
		return err_set(&c->err, ERR_NOTFOUND, "no memory with key '%s'", argv[0]);
	if ((rc = save(c, argv[0], NULL)) == 0)
		print(c, "forgotten", argv[0], text.s, "Forgot");
	return rc;
}

const struct cmd cmd_remember = {
	.name = "remember", .args = "<text>...", .brief = "Keep a text for later sessions",
	.example = "remember \"Always run make check\" --key checks", .group = GROUP_SETUP,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1, .run = run_remember,
};
const struct cmd cmd_memories = {
	.name = "memories", .args = "[<word>]", .brief = "List what was remembered",
	.example = "memories make", .group = GROUP_SETUP, .need = NEED_STORE, .max_args = 1,
	.run = run_memories,
};
const struct cmd cmd_recall = {
	.name = "recall", .args = "<key>", .brief = "Print one memory", .example = "recall checks",
	.group = GROUP_SETUP, .need = NEED_STORE, .min_args = 1, .max_args = 1, .run = run_recall,
};
const struct cmd cmd_forget = {
	.name = "forget", .args = "<key>", .brief = "Remove a memory", .example = "forget checks",
	.group = GROUP_SETUP, .need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = 1,
	.run = run_forget,
};
