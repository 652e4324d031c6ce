/* cmd/tasks_write.c - an epic as tasks.json again; see tasks.h */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/tasks.h"
#include "core/files.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/base/vec.h"
#include "store/issue.h"
#include "store/view.h"

enum { MINUTE_US = 60000000 };

struct task {
	const struct issue *is;
	struct js *meta;		/* NULL: none */
	const struct js *kept;		/* the task as it was read; NULL: not from a file */
	bool moved;			/* its status is another one now */
	long long order;
};

struct writing {
	struct ctx *c;
	const struct view *v;
	VEC(struct task) list;
	bool changed;			/* something is not as it was read */
};

static const char *status_out(const char *s)
{
	if (!strcmp(s, "closed"))
		return "pass";
	return !strcmp(s, "in_progress") || !strcmp(s, "blocked") ? s : "pending";
}

/* All that hangs below an issue, by parent-child edges. */
static void collect(struct writing *x, const char *id)
{
	long at = view_index(x->v, id);
	const uint32_t *up;
	size_t n = 0;

	up = at < 0 ? NULL : view_dependents(x->v, (size_t)at, &n);
	for (size_t i = 0; i < n; i++) {
		struct task t = { .is = view_at(x->v, up[i]) };
		const char *parent = issue_parent(t.is);

		if ((i && up[i] == up[i - 1]) || !parent || strcmp(parent, id))
			continue;
		if (*t.is->metadata)
			js_parse(&t.meta, t.is->metadata, strlen(t.is->metadata), NULL);
		t.kept = js_get(t.meta, "tasks_json");
		t.moved = t.kept && strcmp(tasks_status(js_str(t.kept, "status")), t.is->status);
		t.order = js_int(t.meta, "tasks_order", (long long)view_count(x->v));
		vec_add(&x->list, t);
		collect(x, t.is->id);
	}
}

static int by_order(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->is->id, y->is->id);
}

static const char *task_id(const struct writing *x, const char *issue_id)
{
	for (size_t i = 0; i < x->list.n; i++)
		if (!strcmp(x->list.v[i].is->id, issue_id))
			return js_str(x->list.v[i].kept, "id") ?
				js_str(x->list.v[i].kept, "id") : issue_id;
	return NULL;
}

static void put_time(struct jsw *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT];

	js_put_str(w, key, clock_format_s(us, text));
}

/* What a change of status brings with it. */
static void put_status(struct jsw *w, const struct issue *is)
{
	js_put_str(w, "status", status_out(is->status));
	if (is->started_at)
		put_time(w, "started_at", is->started_at);
	if (is->closed_at)
		put_time(w, "completed_at", is->closed_at);
	if (is->closed_at && is->started_at)
		js_put_int(w, "duration_minutes", (is->closed_at - is->started_at) / MINUTE_US);
	if (!strcmp(is->status, "blocked") && is->ncomments)
		js_put_str(w, "blocker", is->comments[is->ncomments - 1].text);
}

static bool one_of(const char *key, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(*list, key))
			return true;
	return false;
}

/* The tasks this one waits for, by the names they have in the file. */
static void waits_for(const struct writing *x, const struct task *t, struct strs *out)
{
	for (size_t i = 0; i < t->is->ndeps; i++) {
		const char *id = task_id(x, t->is->deps[i].target);

		if (!strcmp(t->is->deps[i].type, "blocks") && id && !strs_has(out, id))
			strs_add(out, id);
	}
}

/* Does the task wait for the same ones as in the file, where two lists may tell them? */
static bool same_edges(const struct task *t, const struct strs *now)
{
	const struct js *lists[] = {
		js_get(t->kept, "depends_on"),
		js_get(js_get(t->kept, "parallelization"), "blocked_by"),
	};
	STRS_AUTO was = { 0 };

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < js_len(lists[k]); i++) {
			const char *id = js_text(js_at(lists[k], i));

			if (id && !strs_has(now, id))
				return false;
			if (id && !strs_has(&was, id))
				strs_add(&was, id);
		}
	return was.n == now->n;
}

static void put_parallelization(struct jsw *w, const struct js *was, const struct strs *now)
{
	js_key(w, "parallelization");
	js_open(w, '{');
	for (void *it = js_iter(was); it; it = js_iter_next(was, it)) {
		if (!strcmp(js_iter_key(it), "blocked_by")) {
			js_put_strs(w, "blocked_by", now);
			continue;
		}
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	js_close(w, '}');
}

/* How much of it is done: its own status, or that of its subtasks. */
static long long percent(const struct writing *x, const struct task *t, bool *moved)
{
	size_t n = 0, closed = 0;

	*moved = t->moved;
	for (size_t i = 0; i < x->list.n; i++) {
		const char *parent = issue_parent(x->list.v[i].is);

		if (!parent || strcmp(parent, t->is->id))
			continue;
		n++;
		closed += !strcmp(x->list.v[i].is->status, "closed");
		*moved |= x->list.v[i].moved;
	}
	if (!strcmp(t->is->status, "closed"))
		return 100;
	return n ? (long long)(closed * 100 / n) : 0;
}

/* The title is the first line of the description; the rest of that is the file's. */
static const char *description(struct writing *x, const struct task *t)
{
	const char *was = js_str(t->kept, "description");

	if (!strcmp(t->is->title, tasks_title(x->c, was, js_str(t->kept, "id"))))
		return NULL;
	return arena_printf(&x->c->arena, "%s%s", t->is->title, was ? strchrnul(was, '\n') : "");
}

/* What has changed since it was read; the members this replaces are noted. */
static void put_changes(struct writing *x, struct jsw *w, const struct task *t,
			struct strs *replaced)
{
	static const char *const by_status[] = {
		"status", "started_at", "completed_at", "duration_minutes", "blocker",
	};
	const char *notes = js_str(t->kept, "notes"), *text = description(x, t);
	const struct js *beside = js_get(t->kept, "parallelization");
	long long done;
	bool moved;
	STRS_AUTO edges = { 0 };

	if (t->moved) {
		put_status(w, t->is);
		for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++)
			strs_add(replaced, by_status[i]);
	}
	done = percent(x, t, &moved);
	if (moved && js_has(t->kept, "progress_percent")) {
		js_put_int(w, "progress_percent", done);
		strs_add(replaced, "progress_percent");
	}
	if (text) {
		js_put_str(w, "description", text);
		strs_add(replaced, "description");
	}
	if (strcmp(t->is->notes, notes ? notes : "")) {
		js_put_str(w, "notes", t->is->notes);
		strs_add(replaced, "notes");
	}
	waits_for(x, t, &edges);
	if (same_edges(t, &edges))
		return;
	if (js_has(beside, "blocked_by")) {
		put_parallelization(w, beside, &edges);
		strs_add(replaced, "parallelization");
	}
	if (js_has(t->kept, "depends_on") || !js_has(beside, "blocked_by")) {
		js_put_strs(w, "depends_on", &edges);
		strs_add(replaced, "depends_on");
	}
}

static void put_kept(struct writing *x, struct jsw *w, const struct task *t)
{
	STRS_AUTO replaced = { 0 };

	put_changes(x, w, t, &replaced);
	for (void *it = js_iter(t->kept); it; it = js_iter_next(t->kept, it)) {
		if (strs_has(&replaced, js_iter_key(it)))
			continue;
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	x->changed |= t->moved;
}

/* A task that no file had: what version 4.0 asks for. */
static void put_new(struct writing *x, struct jsw *w, const struct task *t, const char *epic)
{
	const char *parent = issue_parent(t->is);
	STRS_AUTO edges = { 0 };

	x->changed = true;
	js_put_str(w, "id", t->is->id);
	js_put_str(w, "type", strcmp(parent, epic) ? "subtask" : "parent");
	if (strcmp(parent, epic) && task_id(x, parent))
		js_put_str(w, "parent", task_id(x, parent));
	js_put_str(w, "description", t->is->title);
	put_status(w, t->is);
	waits_for(x, t, &edges);
	js_put_strs(w, "depends_on", &edges);
}

/* The counts of a summary, where something has changed; its other members stay. */
static void put_summary(const struct writing *x, struct jsw *w, const struct js *was,
			const char *epic)
{
	static const char *const keys[] = {
		"total_tasks", "completed", "in_progress", "blocked", "pending", "overall_percent",
		"parent_tasks",
		"subtasks", NULL,
	};
	long long n[4] = { 0 }, total = (long long)x->list.n, parents = 0;

	for (size_t i = 0; i < x->list.n; i++) {
		const char *s = status_out(x->list.v[i].is->status);

		parents += !strcmp(issue_parent(x->list.v[i].is), epic);
		n[!strcmp(s, "pass") ? 0 : !strcmp(s, "in_progress") ? 1 :
		  !strcmp(s, "blocked") ? 2 : 3]++;
	}
	js_key(w, "summary");
	js_open(w, '{');
	for (void *it = js_iter(was); it; it = js_iter_next(was, it))
		if (!one_of(js_iter_key(it), keys)) {
			js_key(w, js_iter_key(it));
			js_add_value(w, js_iter_value(it));
		}
	js_put_int(w, keys[0], total);
	for (size_t i = 0; i < 4; i++)
		js_put_int(w, keys[i + 1], n[i]);
	js_put_int(w, keys[5], total ? n[0] * 100 / total : 0);
	if (!was || js_has(was, keys[6]))
		js_put_int(w, keys[6], parents);
	if (!was || js_has(was, keys[7]))
		js_put_int(w, keys[7], total - parents);
	js_close(w, '}');
}

static void put_all(struct writing *x, const struct issue *epic, const struct js *kept,
		    struct jsw *w)
{
	js_open(w, '{');
	if (!kept) {
		js_put_str(w, "version", "4.0");
		js_put_str(w, "spec", epic->title);
		put_time(w, "created", epic->created_at);
		put_time(w, "updated", epic->updated_at);
	}
	js_key(w, "tasks");
	js_open(w, '[');
	for (size_t i = 0; i < x->list.n; i++) {
		js_open(w, '{');
		if (x->list.v[i].kept)
			put_kept(x, w, &x->list.v[i]);
		else
			put_new(x, w, &x->list.v[i], epic->id);
		js_close(w, '}');
	}
	js_close(w, ']');
	for (void *it = js_iter(kept); it; it = js_iter_next(kept, it)) {
		if (x->changed && !strcmp(js_iter_key(it), "summary"))
			continue;
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	if (x->changed)
		put_summary(x, w, js_get(kept, "summary"), epic->id);
	js_close(w, '}');
}

/* What a summary of version 2.0 says of a task, as far as the issue tells. */
static void put_new_context(const struct writing *x, struct jsw *w, const struct task *t)
{
	STRS_AUTO edges = { 0 };
	struct files files;

	files_parse(&files, t->is->description, strlen(t->is->description), &x->c->arena);
	waits_for(x, t, &edges);
	js_open(w, '{');
	js_put_str(w, "summary", t->is->title);
	js_key(w, "relevant_files");
	js_open(w, '[');
	for (size_t i = 0; i < files.n; i++)
		js_add_str(w, files.v[i].path);
	js_close(w, ']');
	js_put_strs(w, "dependencies", &edges);
	js_close(w, '}');
}

/* context-summary.json: what was read, and entries for tasks that it cannot have known. */
static void put_context(const struct writing *x, const struct js *kept, struct jsw *w)
{
	const struct js *foreign = js_get(kept, "tasks");

	js_open(w, '{');
	if (!kept)
		js_put_str(w, "version", "2.0");
	for (void *it = js_iter(kept); it; it = js_iter_next(kept, it)) {
		if (!strcmp(js_iter_key(it), "tasks"))
			continue;
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	js_key(w, "tasks");
	js_open(w, '{');
	for (void *it = js_iter(foreign); it; it = js_iter_next(foreign, it)) {
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	for (size_t i = 0; i < x->list.n; i++) {
		const struct task *t = &x->list.v[i];
		const struct js *entry = js_get(t->meta, "context_json");

		if (!entry && t->kept && kept)
			continue;	/* the file had none for it */
		js_key(w, task_id(x, t->is->id));
		if (entry)
			js_add_value(w, entry);
		else
			put_new_context(x, w, t);
	}
	js_close(w, '}');
	js_close(w, '}');
}

/* The epic that is meant: the one named, or the only one that came from a file. */
static int find_epic(struct ctx *c, struct view *v, const char *part, const struct issue **epic)
{
	*epic = NULL;
	if (part)
		return cmd_resolve(c, v, part, epic);
	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		if (strcmp(is->type, "epic") || !strstr(is->metadata, "\"tasks_json\""))
			continue;
		if (*epic)
			return err_set(&c->err, ERR_USAGE, "which epic? %s, %s, ...",
				       (*epic)->id, is->id);
		*epic = is;
	}
	return *epic ? 0 : err_set(&c->err, ERR_USAGE, "name the epic that is to be written");
}

int tasks_write(struct ctx *c, struct view *v, const char *part, struct buf *out,
		struct buf *context, size_t *n)
{
	struct jsw w = JSW(out, JS_PRETTY), more = JSW(context, JS_PRETTY);
	struct writing x = { .c = c, .v = v };
	const struct issue *epic;
	struct js *meta = NULL;
	int rc = find_epic(c, v, part, &epic);

	if (rc < 0)
		return rc;
	if (*epic->metadata)
		js_parse(&meta, epic->metadata, strlen(epic->metadata), NULL);
	collect(&x, epic->id);
	if (x.list.n)
		qsort(x.list.v, x.list.n, sizeof(*x.list.v), by_order);
	w.html = more.html = false;
	put_all(&x, epic, js_get(meta, "tasks_json"), &w);
	buf_addc(out, '\n');
	if (context) {
		put_context(&x, js_get(meta, "context_json"), &more);
		buf_addc(context, '\n');
	}
	*n = x.list.n;
	for (size_t i = 0; i < x.list.n; i++)
		js_free(x.list.v[i].meta);
	vec_free(&x.list);
	js_free(meta);
	return 0;
}
