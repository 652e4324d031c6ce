/* cmd/links.h - the edges of one issue, seen from both ends */
#ifndef CMD_LINKS_H
#define CMD_LINKS_H
#include <stddef.h>
struct ctx; struct dep; struct issue; struct view;

struct link {
	const char *id;			/* the other end */
	const struct issue *is;		/* NULL: of another repository, or gone */
	const char *type;
	const struct dep *dep;		/* the edge, as the issue that holds it has it */
};
/* Arrays live in c->arena, what they point to in v. */
struct links { struct link *v; size_t n; };

/* What is depends on or is linked to, as the issue holds it: parents first, then by id. */
struct links links_down(struct ctx *c, const struct view *v, const struct issue *is);
/* Who depends on it or is linked to it: children first, .2 before .10, then the others, oldest
 * first. Every is is known. (bd's order is random; a random id says less than the time.) */
struct links links_up(struct ctx *c, const struct view *v, const struct issue *is);
/* How many have this type and a known issue; type NULL: any. */
size_t links_count(const struct links *l, const char *type);

#endif
