/*
 * core/board.h - all issues at one moment, and what follows from their edges: ready, blocked
 * (spec/cli.md 4)
 *
 * Pure: issues and a time in, answers out; made once for 10 000 issues in about a millisecond.
 */
#ifndef CORE_BOARD_H
#define CORE_BOARD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/graph.h"
#include "store/issue.h"
struct view;

struct board {
	const struct issue **is;	/* borrowed, sorted bytewise by id */
	size_t n;
	int64_t now_us;
	struct vocab vocab;
	struct graph family;		/* a child comes after its parents */
	unsigned char *state;		/* per issue, enum board_state */
	const struct view *view;	/* borrowed; NULL: none */
};
enum board_state {
	/* closed, pinned, or of a custom status that is done: holds nobody back */
	BOARD_OVER = 1 << 0,
	BOARD_HELD = 1 << 1,		/* has open blockers of its own */
	BOARD_BLOCKED = 1 << 2,		/* held, or below a parent that is blocked */
};

/* Without a view, as tests make one. is: n issues sorted by id; the issues and what vocab (may be
 * NULL) points to must outlive b. b is the caller's: board_release(). */
void board_init(struct board *b, const struct issue *const *is, size_t n, const struct vocab *vocab,
		int64_t now_us);
/* All issues of a view, which must outlive b. */
void board_init_view(struct board *b, const struct view *v, const struct vocab *vocab,
		     int64_t now_us);
void board_release(struct board *b);

long board_index(const struct board *b, const char *id);	/* -1 when there is none */
/* Closed, pinned, or of a custom status of the category done. */
bool board_is_over(const struct board *b, size_t i);
/* blocked(i) of spec/cli.md 4: open blockers of its own, or of a parent up the tree. Never what
 * is over. */
bool board_is_blocked(const struct board *b, size_t i);
/* Appends the ids bd shows as blocked_by: the open blockers, or the blocked parents when only
 * they hold it back. The ids are borrowed from the issues; nothing is appended when i is not
 * blocked. */
struct board_ids { const char **v; size_t n, cap; };
void board_blockers(const struct board *b, size_t i, struct board_ids *out);
/* Does the edge hold its issue back now? Never parent-child. */
bool board_edge_blocks(const struct board *b, const struct dep *d);
/* May it be worked on now: open, or of a custom active status, or deferred to a time that has
 * come; not blocked, not pinned, ephemeral or a template; no parent deferred to the future. Its
 * type is not looked at. */
bool board_is_ready(const struct board *b, size_t i, bool include_deferred, bool include_ephemeral);
/* Direct children by index, ascending; borrowed. */
const uint32_t *board_children(const struct board *b, size_t i, size_t *n);
/* live[b->n]: all below i, by any number of steps; not i itself unless it is its own ancestor. */
void board_descendants(const struct board *b, size_t i, bool *live);
/* Indices. */
struct board_list { uint32_t *v; size_t n, cap; };
/* What waits for what, for cycles and layers: blocks, conditional-blocks and waits-for, among
 * issues that exist; parents: parent-child too (a child waits for its parent). g is the
 * caller's; it is built. */
void board_graph(const struct board *b, bool parents, struct graph *g);

#endif
