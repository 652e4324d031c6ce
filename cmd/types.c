/* cmd/types.c - bdw types, bdw statuses: the words an issue's type and status may be */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/types.h"
#include "core/settings.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/issue.h"

struct word { const char *name, *text; };

static const struct word types[] = {
	{ "task", "General work item (default)" },
	{ "bug", "Bug report or defect" },
	{ "feature", "New feature or enhancement" },
	{ "chore", "Maintenance or housekeeping" },
	{ "epic", "Large body of work spanning multiple issues" },
	{ "decision", "Architecture decision record (ADR)" },
	{ "spike", "Timeboxed investigation to reduce uncertainty before committing to a story" },
	{ "story", "User story describing a feature from the user's perspective" },
	{ "milestone", "Marks completion of a set of related issues (contains no work itself)" },
};

static const struct word statuses[] = {
	{ "open", "Available to work (default)" },
	{ "in_progress", "Actively being worked on" },
	{ "blocked", "Blocked by a dependency" },
	{ "deferred", "Deliberately put on ice for later" },
	{ "closed", "Completed" },
	{ "pinned", "Persistent, stays open indefinitely" },
	{ "hooked", "Attached to an agent's hook" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *class_name(const char *status, const struct vocab *v)
{
	switch (status_class(status, v)) {
	case STATUS_ACTIVE:
		return "active";
	case STATUS_WIP:
		return "wip";
	case STATUS_DONE:
		return "done";
	case STATUS_FROZEN:
		return "frozen";
	case STATUS_UNKNOWN:
		break;
	}
	return "";
}

/* The names of a comma list "in_review:active, qa:wip", without what stands behind the colon. */
static void custom_names(const char *list, struct strs *out)
{
	text_split(list ? list : "", ',', out);
	for (size_t i = 0; i < out->n; i++)
		out->v[i][strcspn(out->v[i], ":")] = 0;
}

static void types_json(struct ctx *c, const struct strs *custom)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_key(&w, "core_types");
	js_open(&w, '[');
	for (size_t i = 0; i < COUNT(types); i++) {
		js_open(&w, '{');
		js_put_str(&w, "name", types[i].name);
		js_put_str(&w, "description", types[i].text);
		js_close(&w, '}');
	}
	js_close(&w, ']');
	if (custom->n) {
		js_put_strs(&w, "custom_types", custom);
	}
	js_close(&w, '}');
	json_print(c, o.s);
}

static int run_types(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	STRS_AUTO custom = { 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	custom_names(settings_vocab(cmd_settings(c)).custom_types, &custom);
	if (c->json) {
		types_json(c, &custom);
		return 0;
	}
	out_text(c, "Core work types (built-in):\n");
	for (size_t i = 0; i < COUNT(types); i++)
		out_text(c, "  %-14s %s\n", types[i].name, types[i].text);
	out_text(c, custom.n ? "\nConfigured custom types:\n" : "\nNo custom types configured.\n");
	for (size_t i = 0; i < custom.n; i++)
		out_text(c, "  %s\n", custom.v[i]);
	if (!custom.n)
		out_text(c, "Configure with: %s config set types.custom \"type1,type2,...\"\n",
			 c->prog);
	return 0;
}

static void statuses_json(struct ctx *c, const struct vocab *v, const struct strs *custom)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_key(&w, "built_in_statuses");
	js_open(&w, '[');
	for (size_t i = 0; i < COUNT(statuses); i++) {
		js_open(&w, '{');
		js_put_str(&w, "name", statuses[i].name);
		js_put_str(&w, "category", class_name(statuses[i].name, v));
		js_put_str(&w, "icon", out_icon(c, statuses[i].name));
		js_put_str(&w, "description", statuses[i].text);
		js_close(&w, '}');
	}
	js_close(&w, ']');
	if (custom->n) {
		js_key(&w, "custom_statuses");
		js_open(&w, '[');
		for (size_t i = 0; i < custom->n; i++) {
			js_open(&w, '{');
			js_put_str(&w, "name", custom->v[i]);
			js_put_str(&w, "category", class_name(custom->v[i], v));
			js_close(&w, '}');
		}
		js_close(&w, ']');
	}
	js_close(&w, '}');
	json_print(c, o.s);
}

static int run_statuses(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	STRS_AUTO custom = { 0 };
	struct vocab v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	v = settings_vocab(cmd_settings(c));
	custom_names(v.custom_status, &custom);
	if (c->json) {
		statuses_json(c, &v, &custom);
		return 0;
	}
	out_text(c, "Built-in statuses:\n");
	for (size_t i = 0; i < COUNT(statuses); i++)
		out_text(c, "  %s %-14s [%-6s]  %s\n", out_icon(c, statuses[i].name),
			 statuses[i].name, class_name(statuses[i].name, &v), statuses[i].text);
	out_text(c, custom.n ? "\nCustom statuses:\n" : "\nNo custom statuses configured.\n");
	for (size_t i = 0; i < custom.n; i++)
		out_text(c, "  %s %-14s [%s]\n", out_icon(c, custom.v[i]), custom.v[i],
			 class_name(custom.v[i], &v));
	if (!custom.n)
		out_text(c, "Configure with: %s config set status.custom \"name:category,...\"\n"
			 "Categories: active, wip, done, frozen\n", c->prog);
	return 0;
}

static void each(const struct word *words, size_t n, const char *custom, word_fn fn, void *arg)
{
	STRS_AUTO names = { 0 };

	custom_names(custom, &names);
	for (size_t i = 0; i < n; i++)
		fn(arg, words[i].name, words[i].text);
	for (size_t i = 0; i < names.n; i++)
		fn(arg, names.v[i], "");
}

void types_each(struct ctx *c, word_fn fn, void *arg)
{
	each(types, COUNT(types), settings_vocab(cmd_settings(c)).custom_types, fn, arg);
}

void statuses_each(struct ctx *c, word_fn fn, void *arg)
{
	each(statuses, COUNT(statuses), settings_vocab(cmd_settings(c)).custom_status, fn, arg);
}

const struct cmd cmd_types = {
	.name = "types", .brief = "List valid issue types", .example = "types --json",
	.group = GROUP_VIEWS, .need = NEED_STORE_MAYBE, .run = run_types,
};
const struct cmd cmd_statuses = {
	.name = "statuses", .brief = "List valid issue statuses", .example = "statuses --json",
	.group = GROUP_VIEWS, .need = NEED_STORE_MAYBE, .run = run_statuses,
};
