/* cmd/show.h - what show.c and show_text.c share */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H
#include <stdbool.h>
#include "store/base/vec.h"
struct buf; struct ctx; struct issue; struct links; struct view;

struct show {
	bool brief, full, children, refs, current, dependents, comments, local_time,
		no_pager, watch;
	const char *as_of;
	struct strs ids;
};

/* Appends the whole sheet of an issue, or its one line with o->brief; a rule stands between two
 * sheets. */
void show_sheet(struct ctx *c, struct buf *out, const struct show *o, const struct view *v,
		const struct issue *is);
/* show --children and --refs; up is what points at the issue. */
void show_children(struct ctx *c, struct buf *out, const struct issue *is, const struct links *up);
void show_refs(struct buf *out, const struct issue *is, const struct links *up);

#endif
