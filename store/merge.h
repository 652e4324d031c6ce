/* store/merge.h - three versions of one issue made one, by field (DESIGN 2 Sync; decisions B25) */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H
struct arena; struct issue;

/*
 * Pure, and the same bytes whichever of the two is called ours. A field that one side left alone
 * is the other's. Where both changed it: sets (labels, edges, comments, unknown fields) as sets;
 * scalars by the later updated_at, a tie by the greater value bytewise; the status with what
 * belongs to it (closing time, reason, session) as one value; bodies line by line, and where
 * those truly conflict the later one stands and the other is kept as a comment. base NULL: none
 * is known; then nothing counts as removed and nothing empty wins over a value. The result is in
 * a, and points into nothing else.
 */
struct issue *merge_issue(const struct issue *base, const struct issue *ours,
			  const struct issue *theirs, struct arena *a);

#endif
