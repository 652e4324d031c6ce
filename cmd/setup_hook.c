#include "cmd/setup_hook.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/text.h"

static const char event[] = "SessionStart";

static bool is_ours(const struct js *hook)
{
	const char *command = js_str(hook, "command");

	for (const char *const *name = (const char *const[]){ "bdw prime", "bd prime", NULL };
	     command && *name; name++) {
		char after = text_starts(command, *name) ? command[strlen(*name)] : 'x';

		if (!after || after == ' ')
			return true;
	}
	return false;
}

static size_t count_others(const struct js *list)
{
	size_t n = 0;

	for (size_t i = 0; i < js_len(list); i++)
		n += !is_ours(js_at(list, i));
	return n;
}

/* One entry {"matcher": ..., "hooks": [...]} without what is ours; nothing when that was all. */
static void copy_entry(struct jsw *w, const struct js *entry)
{
	const struct js *list = js_get(entry, "hooks");

	if (count_others(list) == js_len(list)) {
		js_add_value(w, entry);
		return;
	}
	if (!count_others(list))
		return;
	js_open(w, '{');
	for (void *it = js_iter(entry); it; it = js_iter_next(entry, it)) {
		js_key(w, js_iter_key(it));
		if (js_iter_value(it) != list) {
			js_add_value(w, js_iter_value(it));
			continue;
		}
		js_open(w, '[');
		for (size_t i = 0; i < js_len(list); i++)
			if (!is_ours(js_at(list, i)))
				js_add_value(w, js_at(list, i));
		js_close(w, ']');
	}
	js_close(w, '}');
}

static void add_entry(struct jsw *w, const char *command)
{
	js_open(w, '{');
	js_put_str(w, "matcher", "");
	js_key(w, "hooks");
	js_open(w, '[');
	js_open(w, '{');
	js_put_str(w, "type", "command");
	js_put_str(w, "command", command);
	js_close(w, '}');
	js_close(w, ']');
	js_close(w, '}');
}

/* Is anything left in the list when ours are gone? */
static bool any_left(const struct js *entries)
{
	for (size_t i = 0; i < js_len(entries); i++) {
		const struct js *list = js_get(js_at(entries, i), "hooks");

		if (!js_len(list) || count_others(list))
			return true;
	}
	return false;
}

static int check(const struct js *doc, struct err *e)
{
	const struct js *hooks = js_get(doc, "hooks"), *entries = js_get(hooks, event);

	if (js_kind(doc) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "it holds no JSON object");
	if (hooks && js_kind(hooks) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "its \"hooks\" are no object");
	if (entries && js_kind(entries) != JS_ARRAY)
		return err_set(e, ERR_PARSE, "its \"hooks.%s\" is no list", event);
	return 0;
}

static void write_entries(struct jsw *w, const struct js *entries, const char *command)
{
	js_key(w, event);
	js_open(w, '[');
	for (size_t i = 0; i < js_len(entries); i++)
		copy_entry(w, js_at(entries, i));
	if (command)
		add_entry(w, command);
	js_close(w, ']');
}

static void write_hooks(struct jsw *w, const struct js *hooks, const char *command)
{
	const struct js *entries = js_get(hooks, event);
	bool listed = command || any_left(entries);

	if (!listed && js_len(hooks) <= (entries ? 1 : 0))
		return;
	js_key(w, "hooks");
	js_open(w, '{');
	for (void *it = js_iter(hooks); it; it = js_iter_next(hooks, it)) {
		if (js_iter_value(it) == entries) {
			if (listed)
				write_entries(w, entries, command);
			continue;
		}
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	if (!entries && listed)
		write_entries(w, NULL, command);
	js_close(w, '}');
}

static void write_settings(struct jsw *w, const struct js *doc, const char *command)
{
	const struct js *hooks = js_get(doc, "hooks");

	js_open(w, '{');
	for (void *it = js_iter(doc); it; it = js_iter_next(doc, it)) {
		if (js_iter_value(it) == hooks) {
			write_hooks(w, hooks, command);
			continue;
		}
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	if (!hooks)
		write_hooks(w, NULL, command);
	js_close(w, '}');
}

/* Nothing to do: the hook is there as it shall be and no other of ours is, or none of ours is
 * where none shall be. */
static bool is_settled(const struct js *doc, const char *command)
{
	const struct js *entries = js_get(js_get(doc, "hooks"), event);
	size_t ours = 0, right = 0;

	for (size_t i = 0; i < js_len(entries); i++) {
		const struct js *list = js_get(js_at(entries, i), "hooks");

		for (size_t k = 0; k < js_len(list); k++) {
			ours += is_ours(js_at(list, k));
			right += command && is_ours(js_at(list, k)) &&
				!strcmp(js_str(js_at(list, k), "command"), command);
		}
	}
	return command ? ours == 1 && right == 1 : !ours;
}

int setup_hook_edit(const struct buf *text, const char *command, struct buf *out, struct err *e)
{
	const char *s = text->len ? text->s : "{}";
	struct jsw w = JSW(out, JS_PRETTY);
	struct js *doc = NULL;
	int rc = js_parse(&doc, s, strlen(s), e);

	if (rc == 0)
		rc = check(doc, e);
	if (rc == 0 && is_settled(doc, command)) {
		buf_add(out, text->s, text->len);
	} else if (rc == 0) {
		w.html = false;
		write_settings(&w, doc, command);
		if (!strcmp(out->s, "{}"))
			buf_reset(out);
		else
			buf_addc(out, '\n');
	}
	js_free(doc);
	return rc < 0 ? ERR_PARSE : 0;
}
