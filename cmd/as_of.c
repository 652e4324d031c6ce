#include "cmd/as_of.h"

#include "cmd/cmd.h"
#include "core/timeexpr.h"
#include "store/gitcmd.h"
#include "store/repo.h"
#include "store/store.h"
#include "store/view.h"

enum { SECOND_US = 1000000 };

/* The commit in hexadecimal, "" when there is none. */
static int find_commit(struct ctx *c, const char *when, struct buf *out)
{
	const struct store_paths *p = store_paths(c->store);
	const char *commit = arena_printf(&c->arena, "%s^{commit}", when);
	int64_t us;
	int rc = git_try(p->common, NULL, out, &c->err, "rev-parse", "--verify", "--quiet",
			 "--end-of-options", commit, NULL);

	if (rc > 0 && timeexpr_parse_past(when, c->now_us, &us) == 0)
		rc = git_try(p->common, NULL, out, &c->err, "rev-list", "-1",
			     arena_printf(&c->arena, "--before=@%lld", (long long)(us / SECOND_US)),
			     p->ref, NULL);
	if (rc < 0)
		return rc;
	c->err = (struct err)ERR_INIT;
	if (out->len && out->s[out->len - 1] == '\n')
		buf_cut(out, out->len - 1);
	return 0;
}

int as_of(struct ctx *c, const char *when)
{
	BUF_AUTO hex = BUF_INIT;
	struct oid commit, config;
	struct repo *r;
	int rc = find_commit(c, when, &hex);

	if (rc < 0 || (rc = store_repo(c->store, &r, &c->err)) < 0)
		return rc;
	if (oid_parse(&commit, hex.s) == 0 &&
	    repo_find(r, &commit, "config.ini", &config, NULL) == 0)
		return view_open_at(&c->view, c->store, &commit, &c->err);
	err_set(&c->err, ERR_NOTFOUND, "no state of the issues as of '%s'", when);
	err_hint(&c->err, "name a commit that '%s history ID' lists, or a time since the issues "
			  "began", c->prog);
	return c->err.code;
}
