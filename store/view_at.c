/* store/view_at.c - a view of an earlier state */
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/repo.h"
#include "store/store_priv.h"
#include "store/view_priv.h"

int view_open_at(struct view **out, struct store *s, const struct oid *commit, struct err *e)
{
	struct view *v = xcalloc(1, sizeof(*v));
	int rc;

	v->store = s;
	v->commit = *commit;
	if ((rc = view_lay_from_ref(v, e)) < 0) {
		view_close(v);
		return rc;
	}
	view_arrange(v);
	*out = v;
	return 0;
}
