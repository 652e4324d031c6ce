/* cmd/create_many.c - bdw create -f plan.md, create --graph plan.json */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/create.h"
#include "cmd/json.h"
#include "cmd/metadata.h"
#include "cmd/out.h"
#include "cmd/plan_create.h"
#include "cmd/write.h"
#include "store/base/map.h"
#include "store/issue.h"
#include "store/txn.h"

static void put_made(struct jsw *w, const struct issue *is, bool dry)
{
	const struct json_extra x = { .fine = true, .edges = !dry };
	struct issue copy = *is;

	if (dry) {	/* as a dry run of one issue */
		copy.id = "";
		copy.created_at = copy.updated_at = 0;
	}
	json_issue(w, &copy, &x);
}

static void print_made_json(struct ctx *c, const struct plan_made *made, bool dry)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	if (made->epic)
		put_made(&d.w, made->epic, dry);
	for (size_t i = 0; i < made->n; i++)
		put_made(&d.w, made->issue[i], dry);
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static void print_dry(struct ctx *c, size_t n, const char *file)
{
	out_text(c, "⚠ [DRY RUN] Would create %zu issues from %s:\n", n, file);
}

static void print_line(struct ctx *c, const struct issue *is, bool dry, bool silent)
{
	if (silent && !dry)
		out_text(c, "%s\n", is->id);
	else
		out_text(c, "  %s: %s [P%d, %s]\n", dry ? "(will be generated)" : is->id,
			 out_title(c, is->title), is->priority, is->type);
}

int create_from_markdown(struct ctx *c, const char *file, bool dry, bool silent)
{
	BUF_AUTO text = BUF_INIT;
	struct plan_made made;
	int rc = cmd_read_file(c, file, &text);

	if (rc < 0)
		return err_wrap(&c->err, rc, "reading markdown file");
	if ((rc = plan_create(c, file, &text, dry ? PLAN_DRY : 0, &made)) < 0)
		return rc;
	if (c->json) {
		print_made_json(c, &made, dry);
		return 0;
	}
	if (dry)
		print_dry(c, made.n + (made.epic ? 1 : 0), file);
	else if (!silent)
		out_made(c, "Created %zu issues from %s:\n", made.n + (made.epic ? 1 : 0), file);
	if (made.epic)
		print_line(c, made.epic, dry, silent);
	for (size_t i = 0; i < made.n; i++)
		print_line(c, made.issue[i], dry, silent);
	return 0;
}

/* --graph */

struct graph_file {
	struct ctx *c;
	struct write w;
	const struct js *doc;
	struct map ids;			/* key of a node -> id */
	struct strs warnings;
};

static const char *text_of(const struct js *o, const char *key)
{
	const char *s = js_str(o, key);

	return s ? s : "";
}

static void fill_node(struct graph_file *g, const struct js *node, struct issue *is)
{
	const struct js *labels = js_get(node, "labels"), *metadata = js_get(node, "metadata");
	struct arena *a = &g->c->arena;
	BUF_AUTO json = BUF_INIT;

	issue_init(is);
	is->title = text_of(node, "title");
	is->description = text_of(node, "description");
	is->priority = (int)js_int(node, "priority", 2);
	if (*text_of(node, "type"))
		is->type = type_canonical(text_of(node, "type"));
	for (size_t i = 0; i < js_len(labels); i++)
		if (js_text(js_at(labels, i)))
			issue_label_add(is, js_text(js_at(labels, i)), a);
	if (js_kind(metadata) == JS_OBJECT) {
		js_dump(metadata, true, &json);
		is->metadata = arena_strdup(a, json.s);
	}
}

/* One end of an edge, or a parent: a key of the file or an id of the store. */
static int node_id(struct graph_file *g, const struct js *o, const char *key, const char *id_key,
		   const char **id)
{
	const char *k = js_str(o, key);

	*id = k && *k ? map_get(&g->ids, k) : js_str(o, id_key);
	if (k && *k && !*id)
		return err_set(&g->c->err, ERR_USAGE, "graph: unknown %s \"%s\"", key, k);
	return 0;
}

static int make_node(struct graph_file *g, const struct js *node)
{
	const char *key = js_str(node, "key");
	const struct js *priority = js_get(node, "priority");
	struct issue fields, *made;
	const struct life_new n = { .fields = &fields };
	int rc;

	if (!key || !*key)
		return err_set(&g->c->err, ERR_USAGE, "graph: a node without \"key\"");
	if (map_get(&g->ids, key))
		return err_set(&g->c->err, ERR_USAGE, "graph: two nodes have the key \"%s\"", key);
	if (priority && js_kind(priority) != JS_INT)
		return err_set(&g->c->err, ERR_USAGE,
			       "node \"%s\": priority: not a number from 0 to 4", key);
	fill_node(g, node, &fields);
	if ((rc = life_create(&g->w.life, &n, &made, &g->warnings, &g->c->err)) < 0)
		return err_wrap(&g->c->err, rc, "node \"%s\"", key);
	map_put(&g->ids, key, arena_strdup(&g->c->arena, made->id));
	return 0;
}

/* "metadata_refs": {"name": "key of a node"} becomes metadata name = that node's id. */
static int add_refs(struct graph_file *g, const struct js *refs, struct issue *is)
{
	STRS_AUTO set = { 0 };
	const struct strs unset = { 0 };
	BUF_AUTO json = BUF_INIT;
	int rc;

	for (void *it = js_iter(refs); it; it = js_iter_next(refs, it)) {
		const char *key = js_text(js_iter_value(it)),
			*id = key ? map_get(&g->ids, key) : NULL;

		if (!id)
			return err_set(&g->c->err, ERR_USAGE,
				       "graph: metadata_refs \"%s\" names no node: \"%s\"",
				       js_iter_key(it), key ? key : "");
		strs_add(&set, arena_printf(&g->c->arena, "%s=%s", js_iter_key(it), id));
	}
	if (!set.n)
		return 0;
	if ((rc = metadata_edit(is->metadata, NULL, &set, &unset, &json, &g->c->err)) == 0)
		is->metadata = arena_strdup(txn_arena(g->w.t), json.s);
	return rc;
}

/* What may speak of nodes that stand further down. */
static int tie_node(struct graph_file *g, const struct js *node)
{
	const char *id = map_get(&g->ids, js_str(node, "key")), *parent;
	struct issue *is;
	int rc = node_id(g, node, "parent_key", "parent_id", &parent);

	/* as bd: a child of the graph has an id of its own, not PARENT.1 */
	if (rc == 0 && parent && *parent)
		rc = life_set_parent(&g->w.life, id, parent, &g->c->err);
	if (rc < 0 || (rc = txn_edit(g->w.t, id, &is, &g->c->err)) < 0)
		return err_wrap(&g->c->err, rc, "node \"%s\"", js_str(node, "key"));
	if (*text_of(node, "assignee"))
		is->assignee = arena_strdup(txn_arena(g->w.t), text_of(node, "assignee"));
	return add_refs(g, js_get(node, "metadata_refs"), is);
}

static int make_edge(struct graph_file *g, const struct js *edge)
{
	const char *from, *to, *type = js_str(edge, "type");
	int rc;

	if ((rc = node_id(g, edge, "from_key", "from_id", &from)) < 0 ||
	    (rc = node_id(g, edge, "to_key", "to_id", &to)) < 0)
		return rc;
	if (!from || !to)
		return err_set(&g->c->err, ERR_USAGE,
			       "graph: an edge needs from_key or from_id, and to_key or to_id");
	return life_dep_add(&g->w.life, from, to, type && *type ? type : "blocks", true,
			    &g->c->err);
}

static int make_graph(struct graph_file *g)
{
	const struct js *nodes = js_get(g->doc, "nodes"), *edges = js_get(g->doc, "edges");
	int rc = 0;

	if (!js_len(nodes))
		return err_set(&g->c->err, ERR_USAGE, "graph: no nodes");
	for (size_t i = 0; rc == 0 && i < js_len(nodes); i++)
		rc = make_node(g, js_at(nodes, i));
	for (size_t i = 0; rc == 0 && i < js_len(nodes); i++)
		rc = tie_node(g, js_at(nodes, i));
	for (size_t i = 0; rc == 0 && i < js_len(edges); i++)
		rc = make_edge(g, js_at(edges, i));
	return rc;
}

/* {"ids": {key: id}} */
static void print_ids_json(struct ctx *c, const struct graph_file *g, bool dry)
{
	const struct js *nodes = js_get(g->doc, "nodes");
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	js_key(&w, "ids");
	js_open(&w, '{');
	for (size_t i = 0; i < js_len(nodes); i++) {
		const char *key = js_str(js_at(nodes, i), "key");

		js_put_str(&w, key, dry ? "" : map_get(&g->ids, key));
	}
	js_close(&w, '}');
	js_close(&w, '}');
	json_print(c, text.s);
}

static void print_nodes(struct ctx *c, const struct graph_file *g, bool dry, bool silent)
{
	const struct js *nodes = js_get(g->doc, "nodes");

	for (size_t i = 0; i < js_len(nodes); i++) {
		const char *key = js_str(js_at(nodes, i), "key"), *id = map_get(&g->ids, key);

		if (dry)
			out_text(c, "  %s: %s\n", key,
				 out_title(c, text_of(js_at(nodes, i), "title")));
		else if (silent)
			out_text(c, "%s\n", id);
		else
			out_text(c, "%s → %s\n", key, id);
	}
}

static int write_graph(struct graph_file *g, const char *file, bool dry)
{
	struct ctx *c = g->c;
	const struct js *nodes = js_get(g->doc, "nodes");
	int rc = write_begin(c, &g->w);

	if (rc < 0)
		return rc;
	if ((rc = make_graph(g)) < 0 || dry) {
		write_abort(&g->w, rc);
		return rc;
	}
	if ((rc = write_commit(c, &g->w, "create %zu issues from %s", js_len(nodes), file)) == 0)
		cmd_touch(c, map_get(&g->ids, js_str(js_at(nodes, js_len(nodes) - 1), "key")));
	return rc;
}

int create_from_graph(struct ctx *c, const char *file, bool dry, bool silent)
{
	struct graph_file g = { .c = c, .ids = MAP_INIT };
	BUF_AUTO text = BUF_INIT;
	struct js *doc = NULL;
	int rc = cmd_read_file(c, file, &text);

	if (rc < 0)
		return err_wrap(&c->err, rc, "reading graph plan");
	if ((rc = js_parse(&doc, text.s, text.len, &c->err)) < 0)
		return err_wrap(&c->err, rc, "%s", file);
	g.doc = doc;
	rc = write_graph(&g, file, dry);
	for (size_t i = 0; rc == 0 && i < g.warnings.n; i++)
		out_warn(c, "Warning: %s", g.warnings.v[i]);
	if (rc == 0 && dry && !c->json)
		print_dry(c, js_len(js_get(doc, "nodes")), file);
	if (rc == 0 && c->json)
		print_ids_json(c, &g, dry);
	else if (rc == 0)
		print_nodes(c, &g, dry, silent);
	strs_free_all(&g.warnings);
	map_release(&g.ids);
	js_free(doc);
	return rc;
}
