/* cmd/dep.c - bdw dep add | remove | relate | unrelate; the reading ones are in dep_read.c */
#include "cmd/cmd.h"
#include "cmd/dep.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"

/* The two ends of an edge; titles "" when the other end is not here. */
struct edge { const char *from, *to, *from_title, *to_title; };

static int resolve_from(struct ctx *c, struct write *w, const char *part, const char **id)
{
	int rc = write_resolve(c, w, part, id);

	return rc < 0 ? err_wrap(&c->err, rc, "resolving issue ID %s", part) : 0;
}

/* The target may be of another project, or one that `from` points to although it is gone. */
static int resolve_to(struct ctx *c, struct write *w, const char *from, const char *part,
		      const char **id)
{
	const struct issue *is = txn_get(w->t, from);
	int rc;

	if (life_external(part) || (is && !txn_get(w->t, part) && issue_dep_find(is, part, NULL))) {
		*id = arena_strdup(&c->arena, part);
		return 0;
	}
	if ((rc = resolve_from(c, w, part, id)) < 0)
		return err_wrap(&c->err, rc, "resolving dependency ID %s", part);
	return 0;
}

static int resolve_edge(struct ctx *c, struct write *w, const char *from, const char *to,
			struct edge *out)
{
	const struct issue *a, *b;
	int rc;

	if ((rc = resolve_from(c, w, from, &out->from)) < 0 ||
	    (rc = resolve_to(c, w, out->from, to, &out->to)) < 0)
		return rc;
	a = txn_get(w->t, out->from);
	b = txn_get(w->t, out->to);
	out->from_title = a ? arena_strdup(&c->arena, a->title) : "";
	out->to_title = b ? arena_strdup(&c->arena, b->title) : "";
	return 0;
}

static void print_edge_json(struct ctx *c, const struct edge *e, const char *type,
			    const char *status)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "issue_id", e->from);
	js_put_str(&w, "depends_on_id", e->to);
	if (type)
		js_put_str(&w, "type", type);
	js_put_str(&w, "status", status);
	js_close(&w, '}');
	json_print(c, text.s);
}

/* "ID (Title)" */
static const char *named(struct ctx *c, const char *id, const char *title)
{
	return *title ? out_id_bracket(c, id, title) : id;
}

int dep_add_edge(struct ctx *c, const char *from, const char *to, const char *type,
		 bool check_cycle, enum dep_words words)
{
	struct edge edge;
	struct write w;
	int rc = write_begin(c, &w);
	const char *a, *b;

	if (rc < 0)
		return rc;
	if ((rc = resolve_edge(c, &w, from, to, &edge)) < 0 ||
	    (rc = life_dep_add(&w.life, edge.from, edge.to, type, check_cycle, &c->err)) < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "dep add %s -> %s (%s)", edge.from, edge.to, type)) < 0)
		return rc;
	if (c->json) {
		print_edge_json(c, &edge, type, "added");
		return 0;
	}
	a = named(c, edge.from, edge.from_title);
	b = named(c, edge.to, edge.to_title);
	switch (words) {
	case DEP_DEPENDS: out_done(c, "Added dependency: %s depends on %s (%s)\n", a, b,
				   type); break;
	case DEP_BLOCKS: out_done(c, "Added dependency: %s blocks %s\n", b, a); break;
	case DEP_LINKED: out_done(c, "Linked: %s depends on %s (%s)\n", a, b, type); break;
	}
	return 0;
}

/* dep add --file: {"from": A, "to": B, "type": T} or bd's {"issue_id", "depends_on_id"} a line,
 * all or nothing */

static int add_line(struct ctx *c, struct write *w, const char *line, size_t len, bool check_cycle)
{
	const char *from, *to, *type;
	struct edge edge;
	struct js *o;
	int rc = js_parse(&o, line, len, &c->err);

	if (rc < 0)
		return rc;
	from = js_str(o, "from") ? js_str(o, "from") : js_str(o, "issue_id");
	to = js_str(o, "to") ? js_str(o, "to") : js_str(o, "depends_on_id");
	type = js_str(o, "type") ? js_str(o, "type") : "blocks";
	if (!from || !to)
		rc = err_set(&c->err, ERR_USAGE, "an edge needs \"from\" and \"to\"");
	else if ((rc = resolve_edge(c, w, from, to, &edge)) == 0)
		rc = life_dep_add(&w->life, edge.from, edge.to, type, check_cycle, &c->err);
	js_free(o);
	return rc;
}

static int add_file(struct ctx *c, const char *file, bool check_cycle)
{
	BUF_AUTO text = BUF_INIT;
	const char *s, *line;
	size_t n, len, at = 0, added = 0;
	struct write w;
	int rc;

	if ((rc = cmd_read_file(c, file, &text)) < 0 || (rc = write_begin(c, &w)) < 0)
		return rc;
	for (s = text.s, n = text.len; rc == 0 && text_line(&s, &n, &line, &len);) {
		at++;
		text_trim(&line, &len);
		if (!len)
			continue;
		added++;
		if ((rc = add_line(c, &w, line, len, check_cycle)) < 0)
			err_wrap(&c->err, rc, "%s:%zu", file, at);
	}
	if (rc < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "dep add: %zu edges from %s", added, file)) < 0)
		return rc;
	if (c->json) {
		BUF_AUTO o = BUF_INIT;

		buf_addf(&o, "{\"added\":%zu,\"status\":\"added\"}", added);
		json_print(c, o.s);
	} else {
		out_done(c, "Added %zu dependencies from %s\n", added, file);
	}
	return 0;
}

static int run_add(struct ctx *c, int argc, char **argv)
{
	const char *type = "blocks", *blocked_by = NULL, *depends_on = NULL, *file = NULL, *to;
	bool no_check = false;
	const struct opt opts[] = {
		{ 't', "type", OPT_STR, &type, "<type>",
		  "blocks (default), parent-child, related, discovered-from, ...", 0 },
		{ 0, "blocked-by", OPT_STR, &blocked_by, "<id>",
		  "what it depends on, instead of the second id", 0 },
		{ 0, "depends-on", OPT_STR, &depends_on, "<id>", "the same", 0 },
		{ 0, "file", OPT_STR, &file, "<edges.jsonl>",
		  "add the edges of a file, all or none", 0 },
		{ 0, "no-cycle-check", OPT_BOOL, &no_check, NULL, "do not look for cycles", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (file)
		return argc == 0 ? add_file(c, file, !no_check) :
		       err_set(&c->err, ERR_USAGE, "cannot specify both issue IDs and --file");
	to = blocked_by ? blocked_by : depends_on;
	if (argc == 2 && to)
		return err_set(&c->err, ERR_USAGE,
			       "cannot use both positional depends-on-id and "
			       "--blocked-by/--depends-on flag");
	if (argc < 1 || (argc == 1 && !to)) {
		help_usage(c, c->cmd, opts, &c->usage);
		return err_set(&c->err, ERR_USAGE,
			       "requires 2 arguments: <issue-id> <depends-on-id>, or use "
			       "--blocked-by/--depends-on");
	}
	return dep_add_edge(c, argv[0], argc == 2 ? argv[1] : to, type, !no_check, DEP_DEPENDS);
}

static int run_remove(struct ctx *c, int argc, char **argv)
{
	const char *type = NULL;
	const struct opt opts[] = {
		{ 't', "type", OPT_STR, &type, "<type>",
		  "only an edge of this type (default: whatever it is)", 0 },
		{ 0 },
	};
	struct edge edge;
	struct write w;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = write_begin(c, &w)) < 0)
		return rc;
	if ((rc = resolve_edge(c, &w, argv[0], argv[1], &edge)) < 0 ||
	    (rc = life_dep_remove(&w.life, edge.from, edge.to, type, &c->err)) < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "dep remove %s -> %s", edge.from, edge.to)) < 0)
		return rc;
	if (c->json)
		print_edge_json(c, &edge, NULL, "removed");
	else
		out_done(c, "Removed dependency: %s no longer depends on %s\n",
			 named(c, edge.from, edge.from_title), named(c, edge.to, edge.to_title));
	return 0;
}

static int relate(struct ctx *c, int argc, char **argv, bool yes)
{
	static const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	struct jsw j = JSW(&text, JS_COMPACT);
	struct edge edge;
	struct write w;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = write_begin(c, &w)) < 0)
		return rc;
	if ((rc = resolve_edge(c, &w, argv[0], argv[1], &edge)) < 0)
		return write_abort(&w, rc);
	rc = (yes ? life_relate : life_unrelate)(&w.life, edge.from, edge.to, &c->err);
	if (rc < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "dep %s %s %s", yes ? "relate" : "unrelate", edge.from,
			       edge.to)) < 0)
		return rc;
	if (!c->json) {
		out_done(c, "%s %s ↔ %s\n", yes ? "Linked" : "Unlinked",
			 edge.from, edge.to);
		return 0;
	}
	js_open(&j, '{');
	js_put_str(&j, "id1", edge.from);
	js_put_str(&j, "id2", edge.to);
	js_put_bool(&j, yes ? "related" : "unrelated", true);
	js_close(&j, '}');
	json_print(c, text.s);
	return 0;
}

static int run_relate(struct ctx *c, int argc, char **argv)
{
	return relate(c, argc, argv, true);
}

static int run_unrelate(struct ctx *c, int argc, char **argv)
{
	return relate(c, argc, argv, false);
}

/* dep A --blocks B */
static int run(struct ctx *c, int argc, char **argv)
{
	const char *blocks = NULL;
	const struct opt opts[] = {
		{ 'b', "blocks", OPT_STR, &blocks, "<id>", "the issue that waits for this one", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (argc == 1 && blocks)
		return dep_add_edge(c, blocks, argv[0], "blocks", true, DEP_BLOCKS);
	help_usage(c, c->cmd, opts, &c->usage);
	if (argc == 1)
		return err_set(&c->err, ERR_USAGE, "unknown command \"%s\" for \"%s dep\"",
			       argv[0], c->prog);
	return err_set(&c->err, ERR_USAGE,
		       "say which: %s dep add, remove, list, tree, cycles, or %s dep <id> "
		       "--blocks <id>",
		       c->prog, c->prog);
}

static const struct cmd add = {
	.name = "add", .args = "<id> <depends-on-id>", .brief = "Make an issue depend on another",
	.help = "Refused: a cycle, an issue on itself, a child on its own parent, an epic on a "
		"task or the reverse.",
	.example = "dep add demo-4f2a demo-91c2\ndep add demo-4f2a demo-0b1d --type related",
	.need = NEED_STORE | NEED_WRITE, .max_args = 2, .run = run_add,
};
static const struct cmd relate_cmd = {
	.name = "relate", .args = "<id> <id>", .brief = "Link two issues both ways",
	.example = "dep relate demo-4f2a demo-91c2",
	.need = NEED_STORE | NEED_WRITE, .min_args = 2, .max_args = 2, .run = run_relate,
};
static const struct cmd remove_cmd = {
	.name = "remove", .aliases = "rm", .args = "<id> <depends-on-id>",
	.brief = "Remove a dependency", .example = "dep remove demo-4f2a demo-91c2",
	.need = NEED_STORE | NEED_WRITE, .min_args = 2, .max_args = 2, .run = run_remove,
};
static const struct cmd unrelate_cmd = {
	.name = "unrelate", .args = "<id> <id>", .brief = "Remove the link between two issues",
	.example = "dep unrelate demo-4f2a demo-91c2", .need = NEED_STORE | NEED_WRITE,
	.min_args = 2, .max_args = 2, .run = run_unrelate,
};
static const struct cmd *const subs[] = {
	&add, &cmd_dep_cycles, &cmd_dep_list, &relate_cmd, &remove_cmd, &cmd_dep_tree,
	&unrelate_cmd, NULL,
};

const struct cmd cmd_dep = {
	.name = "dep", .args = "<id> --blocks <id>", .brief = "Manage dependencies",
	.example = "dep demo-91c2 --blocks demo-4f2a",
	.group = GROUP_DEPS, .need = NEED_STORE | NEED_WRITE, .max_args = 1, .run = run,
	.subs = subs,
};
