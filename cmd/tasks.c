#include "cmd/tasks.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/base/clock.h"
#include "store/base/map.h"
#include "store/issue.h"
#include "store/txn.h"

enum { TITLE_MAX = 400 };	/* bytes, below the 500 characters of a title */

struct importing {
	struct ctx *c;
	struct write w;
	const struct js *tasks, *context;	/* context: tasks.ID of the summary, or NULL */
	struct map ids;				/* task id -> issue id, in c->arena */
	size_t made;
};

static const struct js *as_array(const struct js *v)
{
	return js_kind(v) == JS_ARRAY ? v : NULL;
}

const char *tasks_status(const char *s)
{
	if (!s)
		return "open";
	if (!strcmp(s, "pass") || !strcmp(s, "completed") || !strcmp(s, "skipped"))
		return "closed";
	return !strcmp(s, "in_progress") || !strcmp(s, "blocked") ? s : "open";
}

const char *tasks_title(struct ctx *c, const char *description, const char *id)
{
	size_t n = description ? strcspn(description, "\n") : 0;

	if (!n)
		return arena_printf(&c->arena, "Task %s", id);
	if (n > TITLE_MAX)
		for (n = TITLE_MAX; n && ((unsigned char)description[n] & 0xc0) == 0x80;)
			n--;
	return arena_strndup(&c->arena, description, n);
}

static void add_files(struct buf *out, bool *any, const char *action, const struct js *list)
{
	for (size_t i = 0; i < js_len(as_array(list)); i++) {
		const char *path = js_text(js_at(list, i));

		if (!path || path[strcspn(path, "`\n")])
			continue;
		if (!*any)
			buf_adds(out, "\n\n## Files\n\n");
		*any = true;
		buf_addf(out, "- %s: `%s`\n", action, path);
	}
}

static void add_list(struct buf *out, const char *heading, const struct js *list)
{
	if (!js_len(as_array(list)))
		return;
	buf_addf(out, "\n## %s\n\n", heading);
	for (size_t i = 0; i < js_len(list); i++) {
		BUF_AUTO json = BUF_INIT;

		if (!js_text(js_at(list, i)))
			js_dump(js_at(list, i), false, &json);
		buf_addf(out, "- %s\n", js_text(js_at(list, i)) ? js_text(js_at(list, i)) : json.s);
	}
}

static const char *body_of(struct ctx *c, const struct js *task, const struct js *context)
{
	const struct js *made = js_get(task, "artifacts"), *refs = js_get(context, "codebase_refs");
	const char *description = js_str(task, "description"),
		*summary = js_str(context, "summary");
	BUF_AUTO out = BUF_INIT;
	bool any = false;

	buf_adds(&out, description ? description : "");
	if (summary)
		buf_addf(&out, "\n\n%s", summary);
	add_files(&out, &any, "Modify", js_get(made, "files_modified"));
	add_files(&out, &any, "Modify", js_get(js_get(task, "parallelization"), "shared_files"));
	add_files(&out, &any, "Create", js_get(made, "files_created"));
	add_files(&out, &any, "Test", js_get(made, "test_files"));
	if (!any)
		add_files(&out, &any, "Modify", js_get(context, "relevant_files"));
	add_list(&out, "Spec", js_get(context, "spec_sections"));
	add_list(&out, "Functions", js_get(refs, "functions"));
	add_list(&out, "Patterns", js_get(js_get(context, "standards"), "patterns"));
	return arena_strdup(&c->arena, out.s);
}

static const char *complexity_label(const char *word)
{
	static const char *const names[][2] = {
		{ "LOW", "complexity:simple" }, { "MEDIUM", "complexity:standard" },
		{ "HIGH", "complexity:complex" },
	};

	for (size_t i = 0; word && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcasecmp(word, names[i][0]))
			return names[i][1];
	return NULL;
}

/* The summary's entries that no task of the file has: they stay with the epic. */
static void keep_foreign(struct jsw *w, const struct js *entries, const struct js *tasks)
{
	MAP_AUTO ids = MAP_INIT;

	for (size_t i = 0; i < js_len(tasks); i++)
		if (js_str(js_at(tasks, i), "id"))
			map_put(&ids, js_str(js_at(tasks, i), "id"), (void *)tasks);
	js_key(w, "tasks");
	js_open(w, '{');
	for (void *it = js_iter(entries); it; it = js_iter_next(entries, it)) {
		if (map_get(&ids, js_iter_key(it)))
			continue;
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	js_close(w, '}');
}

/* {"context_json": context, "tasks_json": object, "tasks_order": n}. order < 0: the whole files,
 * whose tasks are each kept with their issue. */
static const char *keep(struct ctx *c, const struct js *object, const struct js *context,
			long order)
{
	BUF_AUTO out = BUF_INIT;
	struct jsw w = JSW(&out, JS_COMPACT);
	const struct js *both[] = { context, object };
	static const char *const keys[] = { "context_json", "tasks_json" };

	w.html = false;
	js_open(&w, '{');
	for (size_t i = 0; i < 2; i++) {
		if (!both[i])
			continue;
		js_key(&w, keys[i]);
		js_open(&w, '{');
		for (void *it = js_iter(both[i]); it; it = js_iter_next(both[i], it)) {
			if (order < 0 && !strcmp(js_iter_key(it), "tasks")) {
				if (both[i] == context)
					keep_foreign(&w, js_iter_value(it),
						     js_get(object, "tasks"));
				continue;
			}
			js_key(&w, js_iter_key(it));
			js_add_value(&w, js_iter_value(it));
		}
		js_close(&w, '}');
	}
	if (order >= 0)
		js_put_int(&w, "tasks_order", order);
	js_close(&w, '}');
	return arena_strdup(&c->arena, out.s);
}

static int make(struct importing *m, const struct js *task, size_t order, const char *parent)
{
	struct ctx *c = m->c;
	const char *id = js_str(task, "id"), *when = js_str(task, "completed_at"),
		*notes = js_str(task, "notes");
	const char *label = complexity_label(js_str(task, "complexity"));
	const struct js *context = js_get(m->context, id);
	STRS_AUTO warnings = { 0 };
	struct issue fields, *made;
	struct life_new n = { .fields = &fields, .parent = parent };
	int rc;

	issue_init(&fields);
	fields.title = tasks_title(c, js_str(task, "description"), id);
	fields.description = body_of(c, task, context);
	fields.notes = notes ? notes : "";
	fields.metadata = keep(c, task, context, (long)order);
	if (label)
		issue_label_add(&fields, label, &c->arena);
	if ((rc = life_create(&m->w.life, &n, &made, &warnings, &c->err)) < 0)
		return err_wrap(&c->err, rc, "task %s", id);
	made->status = tasks_status(js_str(task, "status"));
	if (!strcmp(made->status, "closed")) {
		if (!when || clock_parse(when, &made->closed_at) < 0)
			made->closed_at = m->w.life.now_us;
		made->close_reason = arena_strdup(txn_arena(m->w.t), js_str(task, "status"));
	}
	map_put(&m->ids, arena_strdup(&c->arena, id), arena_strdup(&c->arena, made->id));
	m->made++;
	return 0;
}

/* Parents before their children, whatever their order in the file. */
static int make_all(struct importing *m, const char *epic)
{
	size_t before;

	do {
		before = m->made;
		for (size_t i = 0; i < js_len(m->tasks); i++) {
			const struct js *task = js_at(m->tasks, i);
			const char *id = js_str(task, "id"), *up = js_str(task, "parent"),
				*parent = epic;
			int rc;

			if (!id || !*id)
				return err_set(&m->c->err, ERR_PARSE, "tasks[%zu]: no id", i);
			if (map_get(&m->ids, id) || (up && *up && !(parent = map_get(&m->ids, up))))
				continue;
			if ((rc = make(m, task, i, parent)) < 0)
				return rc;
		}
	} while (m->made > before);
	if (m->made < js_len(m->tasks))
		return err_set(&m->c->err, ERR_PARSE, "a task whose parent is not in the file, or "
						      "an id that is there twice");
	return 0;
}

static int link_list(struct importing *m, const char *id, const struct js *list)
{
	const char *from = map_get(&m->ids, id);

	for (size_t i = 0; i < js_len(as_array(list)); i++) {
		const char *target = js_text(js_at(list, i));
		const char *to = target ? map_get(&m->ids, target) : NULL;
		int rc;

		if (!to)
			return err_set(&m->c->err, ERR_PARSE,
				       "task %s waits for %s, which is not in the file", id,
				       target ? target : "something");
		rc = life_dep_add(&m->w.life, from, to, "blocks", true, &m->c->err);
		if (rc < 0)
			return err_wrap(&m->c->err, rc, "task %s waits for %s", id, target);
	}
	return 0;
}

static int link_all(struct importing *m)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < js_len(m->tasks); i++) {
		const struct js *task = js_at(m->tasks, i);
		const char *id = js_str(task, "id");

		rc = link_list(m, id, js_get(task, "depends_on"));
		if (rc == 0)
			rc = link_list(m, id,
				       js_get(js_get(task, "parallelization"), "blocked_by"));
	}
	return rc;
}

static int make_epic(struct importing *m, const struct js *doc, const struct js *context,
		     const char *source, const char **epic)
{
	const char *spec = js_str(doc, "spec");
	STRS_AUTO warnings = { 0 };
	struct issue fields, *made;
	struct life_new n = { .fields = &fields };
	int rc;

	issue_init(&fields);
	fields.title = tasks_title(m->c, spec, source);
	fields.type = "epic";
	fields.metadata = keep(m->c, doc, context, -1);
	if ((rc = life_create(&m->w.life, &n, &made, &warnings, &m->c->err)) == 0)
		*epic = arena_strdup(&m->c->arena, made->id);
	return rc;
}

static void print(struct ctx *c, const char *source, const char *epic, size_t n, bool dry)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	if (!c->json) {
		if (dry)
			out_text(c, "Would create an epic with %zu issues from %s\n", n, source);
		else
			out_done(c, "Created epic %s with %zu issues from %s\n", epic, n, source);
		return;
	}
	js_open(&w, '{');
	js_put_str(&w, "source", source);
	js_put_str(&w, "epic", epic);
	js_put_int(&w, "created", (long long)n + 1);
	if (dry)
		js_put_bool(&w, "dry_run", true);
	js_close(&w, '}');
	json_print(c, text.s);
}

static int import(struct importing *m, const char *source, const struct js *doc,
		  const struct js *context, bool dry)
{
	const char *epic = "";
	int rc = write_begin(m->c, &m->w);

	if (rc < 0)
		return rc;
	if ((rc = make_epic(m, doc, context, source, &epic)) < 0 || (rc = make_all(m, epic)) < 0 ||
	    (rc = link_all(m)) < 0)
		return write_abort(&m->w, err_wrap(&m->c->err, rc, "%s", source));
	if (dry)
		write_abort(&m->w, 0);
	else if ((rc = write_commit(m->c, &m->w, "import %s: epic %s with %zu issues", source, epic,
				    m->made)) < 0)
		return rc;
	print(m->c, source, epic, m->made, dry);
	return 0;
}

int tasks_import(struct ctx *c, const char *source, const struct buf *text,
		 const struct buf *context, bool dry)
{
	struct importing m = { .c = c };
	struct js *doc = NULL, *more = NULL;
	int rc = js_parse(&doc, text->s, text->len, &c->err);

	if (rc < 0)
		return err_wrap(&c->err, rc, "%s", source);
	if (context && (rc = js_parse(&more, context->s, context->len, &c->err)) < 0)
		err_wrap(&c->err, rc, "context");
	m.tasks = as_array(js_get(doc, "tasks"));
	m.context = js_get(more, "tasks");
	if (rc == 0 && !m.tasks)
		rc = err_set(&c->err, ERR_PARSE, "%s: no list of tasks", source);
	if (rc == 0)
		rc = import(&m, source, doc, more, dry);
	map_release(&m.ids);
	js_free(doc);
	js_free(more);
	return rc;
}

bool tasks_is(const struct buf *text)
{
	struct js *doc;
	bool is;

	if (js_parse(&doc, text->s, text->len, NULL) < 0)
		return false;
	is = as_array(js_get(doc, "tasks")) != NULL;
	js_free(doc);
	return is;
}
