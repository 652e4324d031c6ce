/* cmd/metadata.h - editing the metadata object of an issue */
#ifndef CMD_METADATA_H
#define CMD_METADATA_H
struct buf; struct err; struct strs;

/* old (compact object or "") with the members of merge (compact object or NULL) replacing its
 * own, then "k=v" items of set, then without the keys of unset. A value that is a number, true
 * or false is kept as such. Keys sorted; "" when nothing is left. ERR_USAGE: an item of set
 * without '='. */
int metadata_edit(const char *old, const char *merge, const struct strs *set,
		  const struct strs *unset, struct buf *out, struct err *e);

#endif
