#include "core/lifecycle.h"

#include <ctype.h>
#include <string.h>

#include "core/settings.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/txn.h"
#include "store/view.h"

static bool is_closed(const struct issue *is, const struct life *l)
{
	const struct vocab v = settings_vocab(l->settings);

	return !strcmp(is->status, "closed") || status_class(is->status, &v) == STATUS_DONE;
}

int life_check(const struct life *l, const struct issue *is, struct err *e)
{
	const struct vocab v = settings_vocab(l->settings);

	return issue_check(is, &v, e);
}

static int check_status(const struct life *l, const char *status, struct err *e)
{
	const struct vocab v = settings_vocab(l->settings);

	if (status_class(status, &v) != STATUS_UNKNOWN)
		return 0;
	return err_set(e, ERR_USAGE, "invalid status \"%s\" (built-in: open, in_progress, blocked, "
		       "deferred, closed, pinned, hooked; or configure custom statuses via '%s "
		       "config set status.custom')", status, l->prog);
}

/* What hangs on a status. */
static void put_status(struct life *l, struct issue *is, const char *status)
{
	bool closing = !strcmp(status, "closed");

	if (!strcmp(status, "in_progress") && !is->started_at)
		is->started_at = l->now_us;
	if (closing && !is->closed_at) {
		is->closed_at = l->now_us;
		is->closed_by_session = arena_strdup(txn_arena(l->t), l->session ? l->session : "");
	}
	if (!closing) {
		is->closed_at = 0;
		is->close_reason = "";
		is->closed_by_session = "";
	}
	is->status = arena_strdup(txn_arena(l->t), status);
	is->updated_at = l->now_us;
}

static void join_ids(const struct strs *ids, struct buf *out)
{
	for (size_t i = 0; i < ids->n; i++)
		buf_addf(out, "%s%s", i ? " " : "", ids->v[i]);
}

/* how: what gets past a refusal. */
static int check_close(struct life *l, const struct issue *is, const char *how, struct err *e)
{
	STRS_AUTO blockers = { 0 };
	BUF_AUTO list = BUF_INIT;
	size_t children;

	if (!strcmp(is->status, "pinned") || issue_flag(is, "pinned"))
		return err_set(e, ERR_REFUSED,
			       "cannot modify pinned issue %s (use %s to override)", is->id, how);
	if (!strcmp(is->type, "epic") && (children = life_open_children(l, is->id)))
		return err_set(e, ERR_REFUSED,
			       "cannot close epic %s: %zu open child issue(s); close children "
			       "first or use %s to override", is->id, children, how);
	life_blockers(l, is, &blockers);
	if (!blockers.n)
		return 0;
	join_ids(&blockers, &list);
	return err_set(e, ERR_REFUSED,
		       "cannot close %s: blocked by open issues [%s] (use %s to override)",
		       is->id, list.s, how);
}

int life_close(struct life *l, const char *id, const char *reason, bool force, struct err *e)
{
	struct arena *a = txn_arena(l->t);
	struct issue *is;
	int rc = txn_edit(l->t, id, &is, e);

	if (rc < 0 || !strcmp(is->status, "closed"))
		return rc;
	if (!force && (rc = check_close(l, is, "--force", e)) < 0)
		return rc;
	put_status(l, is, "closed");
	is->close_reason = arena_strdup(a, *reason ? reason : "Closed");
	return 0;
}

int life_status(struct life *l, const char *id, const char *status, struct err *e)
{
	struct issue *is;
	int rc = check_status(l, status, e);

	if (rc < 0 || (rc = txn_edit(l->t, id, &is, e)) < 0)
		return rc;
	if (!strcmp(status, "closed") && strcmp(is->status, "closed") &&
	    (rc = check_close(l, is, "close --force", e)) < 0)
		return rc;
	put_status(l, is, status);
	return 0;
}

int life_claim(struct life *l, const char *id, struct err *e)
{
	const struct vocab v = settings_vocab(l->settings);
	struct issue *is;
	bool mine;
	int rc = txn_edit(l->t, id, &is, e);

	if (rc < 0)
		return rc;
	mine = !strcmp(is->assignee, l->actor);
	if (mine && !strcmp(is->status, "in_progress"))
		return 0;
	if (*is->assignee && !mine)
		return err_set(e, ERR_REFUSED, "issue already claimed by %s", is->assignee);
	if (status_class(is->status, &v) != STATUS_ACTIVE && !issue_is_back(is, l->now_us))
		return err_set(e, ERR_REFUSED, "issue not claimable: status %s", is->status);
	is->defer_until = issue_is_back(is, l->now_us) ? 0 : is->defer_until;
	is->assignee = arena_strdup(txn_arena(l->t), l->actor);
	put_status(l, is, "in_progress");
	return 0;
}

int life_reopen(struct life *l, const char *id, const char *reason, bool *was_open, struct err *e)
{
	struct issue *is;
	int rc = txn_edit(l->t, id, &is, e);

	if (rc < 0)
		return rc;
	if (was_open)
		*was_open = !strcmp(is->status, "open");
	if (!strcmp(is->status, "open"))
		return 0;
	put_status(l, is, "open");
	is->defer_until = 0;
	return *reason ? life_comment(l, id, l->actor, reason, NULL, e) : 0;
}

int life_defer(struct life *l, const char *id, int64_t until, struct err *e)
{
	struct issue *is;
	int rc = txn_edit(l->t, id, &is, e);

	if (rc < 0)
		return rc;
	if (is_closed(is, l))
		return err_set(e, ERR_REFUSED, "cannot defer closed issue %s", id);
	is->defer_until = until;
	put_status(l, is, "deferred");
	return 0;
}

int life_undefer(struct life *l, const char *id, struct err *e)
{
	struct issue *is;
	int rc = txn_edit(l->t, id, &is, e);

	if (rc < 0)
		return rc;
	is->defer_until = 0;
	if (!strcmp(is->status, "deferred"))
		put_status(l, is, "open");
	return 0;
}

int life_comment(struct life *l, const char *id, const char *author, const char *text,
		 const struct comment **out, struct err *e)
{
	struct arena *a = txn_arena(l->t);
	struct comment *k = arena_alloc(a, sizeof(*k));
	struct issue *is;
	char uuid[37];
	int rc;

	if (text_utf8_bad(text, strlen(text)) >= 0)
		return err_set(e, ERR_USAGE, "the comment is not valid UTF-8");
	if ((rc = txn_edit(l->t, id, &is, e)) < 0)
		return rc;
	/* one microsecond apart, so that their order is the order of the calls */
	id_new_uuid(l->now_us, l->seq, uuid);
	*k = (struct comment){ .id = arena_strdup(a, uuid), .author = arena_strdup(a, author),
			       .text = arena_strdup(a, text), .extra = "",
			       .created_at = l->now_us + l->seq };
	l->seq++;
	issue_comment_add(is, k, a);
	is->updated_at = l->now_us;
	if (out)
		*out = k;
	return 0;
}

int life_replace(struct life *l, const char *id, const char *other, const char *type, struct err *e)
{
	BUF_AUTO reason = BUF_INIT;
	struct issue *is;
	int rc;

	if (!strcmp(id, other))
		return err_set(e, ERR_USAGE, "cannot mark an issue as %s itself",
			       !strcmp(type, "duplicates") ? "a duplicate of" : "superseded by");
	if ((rc = life_dep_add(l, id, other, type, true, e)) < 0 ||
	    (rc = txn_edit(l->t, id, &is, e)) < 0)
		return rc;
	buf_addf(&reason, "%s %s", !strcmp(type, "duplicates") ? "Duplicate of" :
		 "Superseded by", other);
	return life_close(l, id, reason.s, true, e);
}

/* Mentions */

static bool id_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Is the n bytes at p, in a text that starts at start, an id by itself? ".2" behind it makes it
 * another id, "." does not. */
static bool whole_id(const char *start, const char *p, size_t n)
{
	if (p > start &&
	    (id_char(p[-1]) || (p[-1] == ':' && p - start >= 8 && !strncmp(p - 8, "deleted:", 8))))
		return false;
	return !id_char(p[n]) && !(p[n] == '.' && isalnum((unsigned char)p[n + 1]));
}

static bool replace_in(const char **field, const char *from, const char *to, struct arena *a)
{
	BUF_AUTO out = BUF_INIT;
	size_t n = strlen(from);
	const char *s = *field, *p;
	bool found = false;

	for (const char *look = s; (p = strstr(look, from)); look = p + n) {
		if (!whole_id(*field, p, n))
			continue;
		buf_add(&out, s, (size_t)(p - s));
		buf_adds(&out, to);
		s = p + n;
		found = true;
	}
	if (!found)
		return false;
	buf_adds(&out, s);
	*field = arena_strdup(a, out.s);
	return true;
}

bool life_replace_mentions(struct issue *is, const char *from, const char *to, bool title,
			   struct arena *a)
{
	const char **fields[] = { &is->description, &is->design, &is->acceptance, &is->notes,
				  &is->title };
	size_t n = sizeof(fields) / sizeof(fields[0]) - (title ? 0 : 1);
	bool changed = false;

	for (size_t i = 0; i < n; i++)
		changed |= replace_in(fields[i], from, to, a);
	return changed;
}
