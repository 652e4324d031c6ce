/* cmd/update.c - bdw update */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/fields.h"
#include "cmd/metadata.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/issue.h"
#include "store/txn.h"

struct update {
	struct fields f;
	const char *status, *parent, *session;
	struct strs add_labels, remove_labels, set_labels, set_metadata, unset_metadata;
	bool claim, allow_empty, ephemeral, persistent, history, no_history;
};

static void option_table(struct update *o, struct opt *table)
{
	const struct opt own[] = {
		{ 's', "status", OPT_STR, &o->status, "<status>",
		  "open, in_progress, blocked, deferred, closed, pinned, hooked or a custom one",
		  0 },
		{ 0, "claim", OPT_BOOL, &o->claim, NULL,
		  "take it, if nobody has: assignee and in_progress in one step", 0 },
		{ 0, "add-label", OPT_LIST, &o->add_labels, "<a,b>", "add labels", 0 },
		{ 0, "remove-label", OPT_LIST, &o->remove_labels, "<a,b>", "remove labels", 0 },
		{ 0, "set-labels", OPT_LIST, &o->set_labels, "<a,b>", "replace all labels",
		  OPT_GIVEN_EMPTY },
		{ 0, "parent", OPT_STR, &o->parent, "<id>",
		  "move it below this issue (\"\": below none)", 0 },
		{ 0, "set-metadata", OPT_MULTI, &o->set_metadata, "<key=value>",
		  "set one metadata member", 0 },
		{ 0, "unset-metadata", OPT_MULTI, &o->unset_metadata, "<key>",
		  "remove one metadata member", 0 },
		{ 0, "allow-empty-description", OPT_BOOL, &o->allow_empty, NULL,
		  "let a file or standard input empty the description", 0 },
		{ 0, "session", OPT_STR, &o->session, "<id>", "session that closes it", 0 },
		{ 0, "ephemeral", OPT_BOOL, &o->ephemeral, NULL, "mark it as short-lived", 0 },
		{ 0, "persistent", OPT_BOOL, &o->persistent, NULL, "mark it as lasting", 0 },
		{ 0, "no-history", OPT_BOOL, &o->no_history, NULL, NULL, OPT_HIDDEN },
		{ 0, "history", OPT_BOOL, &o->history, NULL, NULL, OPT_HIDDEN },
	};
	int n = 0;

	fields_opts(&o->f, table, &n);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		table[n++] = own[i];
	table[n] = (struct opt){ 0 };
}

static void release(struct update *o)
{
	fields_release(&o->f);
	strs_free_all(&o->add_labels);
	strs_free_all(&o->remove_labels);
	strs_free_all(&o->set_labels);
	strs_free_all(&o->set_metadata);
	strs_free_all(&o->unset_metadata);
}

static bool asks_nothing(const struct update *o, struct arena *a)
{
	struct issue probe;

	issue_init(&probe);
	return !fields_apply(&o->f, &probe, a) && !o->status && !o->parent && !o->claim &&
		!o->add_labels.n &&
	       !o->remove_labels.n && !o->set_labels.n && !o->set_metadata.n &&
		       !o->unset_metadata.n &&
	       !o->f.metadata && !o->ephemeral && !o->persistent && !o->no_history && !o->history;
}

/* What is wrong with the request itself, whatever the issue. */
static int check_request(struct ctx *c, const struct update *o)
{
	if (o->f.title && !o->f.title[strspn(o->f.title, " \t\n")])
		return err_set(&c->err, ERR_USAGE, "title cannot be empty");
	if (o->f.description_piped && !*o->f.full_description && !o->allow_empty)
		return err_set(&c->err, ERR_USAGE,
			       "empty description from stdin/file requires "
			       "--allow-empty-description (or use an explicit inline empty value "
			       "like --description \"\")");
	if (o->ephemeral && o->persistent)
		return err_set(&c->err, ERR_USAGE,
			       "cannot specify both --ephemeral and --persistent");
	return 0;
}

static void apply_labels(const struct update *o, struct issue *is, struct arena *a)
{
	if (o->set_labels.n)
		is->nlabels = 0;
	for (size_t i = 0; i < o->set_labels.n; i++)
		if (*o->set_labels.v[i])
			issue_label_add(is, o->set_labels.v[i], a);
	for (size_t i = 0; i < o->add_labels.n; i++)
		issue_label_add(is, o->add_labels.v[i], a);
	for (size_t i = 0; i < o->remove_labels.n; i++)
		issue_label_remove(is, o->remove_labels.v[i]);
}

static void apply_flags(const struct update *o, struct issue *is, struct arena *a)
{
	if (o->ephemeral || o->persistent)
		issue_extra_set(is, "ephemeral", o->ephemeral ? "true" : NULL, a);
	if (o->no_history || o->history)
		issue_extra_set(is, "no_history", o->no_history ? "true" : NULL, a);
}

static int apply_status(struct ctx *c, const struct update *o, struct write *w, const char *id)
{
	bool later = o->f.defer && *o->f.defer && o->f.defer_us > c->now_us;
	int rc = 0;

	if (o->status)
		rc = life_status(&w->life, id, o->status, &c->err);
	else if (later)
		rc = life_defer(&w->life, id, o->f.defer_us, &c->err);
	else if (o->f.defer)
		rc = life_undefer(&w->life, id, &c->err);
	return rc;
}

static int apply_metadata(struct ctx *c, const struct update *o, struct issue *is, struct arena *a)
{
	BUF_AUTO json = BUF_INIT;
	int rc;

	if (!o->f.metadata_json && !o->set_metadata.n && !o->unset_metadata.n)
		return 0;
	rc = metadata_edit(is->metadata, o->f.metadata_json, &o->set_metadata, &o->unset_metadata,
			   &json, &c->err);
	if (rc == 0)
		is->metadata = arena_strdup(a, json.s);
	return rc;
}

static int apply_rules(struct ctx *c, const struct update *o, struct write *w, const char *id,
		       struct issue *is)
{
	struct arena *a = txn_arena(w->t);
	int rc = apply_status(c, o, w, id);

	if (rc < 0)
		return rc;
	fields_apply(&o->f, is, a);
	apply_labels(o, is, a);
	apply_flags(o, is, a);
	is->updated_at = w->life.now_us;
	if ((rc = apply_metadata(c, o, is, a)) < 0)
		return rc;
	if (o->parent) {
		const char *parent = o->parent;

		if (*parent && (rc = write_resolve(c, w, parent, &parent)) < 0)
			return err_wrap(&c->err, rc, "resolving parent %s", o->parent);
		if ((rc = life_set_parent(&w->life, id, parent, &c->err)) < 0)
			return rc;
	}
	return life_check(&w->life, is, &c->err);
}

/* Changes one issue, or leaves it as it was and says why. 1: changed, 0: refused and said, < 0:
 * nothing shall be done. */
static int update_one(struct ctx *c, const struct update *o, struct write *w, const char *part,
		      const char **id)
{
	struct issue *is, *before;
	const char *doing = "updating";
	int rc = write_resolve(c, w, part, id);

	if (rc < 0) {
		out_warn(c, "Error resolving %s: %s", part, c->err.msg);
		return 0;
	}
	if ((rc = txn_edit(w->t, *id, &is, &c->err)) < 0) {
		out_warn(c, "Error updating %s: %s", *id, c->err.msg);
		return 0;
	}
	before = issue_copy(is, txn_arena(w->t));
	if (o->claim) {
		doing = "claiming";
		rc = life_claim(&w->life, *id, &c->err);
	}
	if (rc == 0) {
		rc = apply_rules(c, o, w, *id, is);
		doing = rc < 0 ? "updating" : doing;
	}
	if (rc == 0)
		return 1;
	*is = *before;	/* written back as it was: no change */
	if (rc == ERR_USAGE)
		return rc;
	out_warn(c, "Error %s %s: %s", doing, *id, c->err.msg);
	return 0;
}

static int update_all(struct ctx *c, const struct update *o, const struct strs *targets)
{
	const struct issue **done = arena_alloc(&c->arena, (targets->n + 1) * sizeof(*done));
	STRS_AUTO ids = { 0 };
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	if (o->session)
		w.life.session = o->session;
	for (size_t i = 0; i < targets->n; i++) {
		const char *id;

		if ((rc = update_one(c, o, &w, targets->v[i], &id)) < 0)
			return write_abort(&w, rc);
		if (rc == 0 || strs_has(&ids, id))
			continue;
		strs_add(&ids, id);
	}
	if (!ids.n)
		return write_none(c, &w);
	for (size_t i = 0; i < ids.n; i++)
		done[i] = write_result(c, &w, ids.v[i]);
	if ((rc = write_commit(c, &w, "%s",
			       write_subject(c, o->claim ? "claim" : "update", &ids))) < 0)
		return rc;
	cmd_touch(c, ids.v[ids.n - 1]);
	if (c->json)
		write_print_issues(c, done, ids.n);
	for (size_t i = 0; !c->json && i < ids.n; i++)
		out_done(c, "Updated issue: %s\n", out_id_title(c, done[i]->id, done[i]->title));
	return 0;
}

static void print_nothing(struct ctx *c)
{
	if (!c->json) {
		out_text(c, "No updates specified\n");
		return;
	}
	out_warn(c, "No updates specified");
	write_print_issues(c, NULL, 0);
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct update o = { .f = FIELDS_INIT };
	struct opt opts[FIELD_OPTS + 20];
	STRS_AUTO targets = { 0 };
	int rc;

	option_table(&o, opts);
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0 && (rc = fields_read(c, &o.f)) == 0 &&
	    (rc = check_request(c, &o)) == 0 && (rc = fields_check_labels(c, &o.add_labels)) == 0 &&
	    (rc = fields_check_labels(c, &o.set_labels)) == 0 &&
	    (rc = write_targets(c, argc, argv, &targets)) == 0) {
		if (!asks_nothing(&o, &c->arena))
			rc = update_all(c, &o, &targets);
		else
			print_nothing(c);
	}
	release(&o);
	return rc;
}

const struct cmd cmd_update = {
	.name = "update", .args = "[id...]", .brief = "Update one or more issues",
	.help = "Without an id the one last touched is meant. Of several ids those that can be "
		"changed are, and\n"
		"the others are reported.",
	.example = "update demo-4f2a --claim\nupdate demo-4f2a -s blocked --append-notes \"waits "
		   "for the vendor\"",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .max_args = -1, .run = run,
};
