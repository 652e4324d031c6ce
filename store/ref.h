/* store/ref.h - what a git ref points to, read without libgit2 (2 syscalls instead of 7 ms) */
#ifndef STORE_REF_H
#define STORE_REF_H
#include <stdbool.h>
struct err;

struct oid { unsigned char b[20]; };
enum { OID_HEX = 41 };
bool oid_equal(const struct oid *a, const struct oid *b);
bool oid_is_zero(const struct oid *a);
char *oid_hex(const struct oid *a, char out[OID_HEX]);		/* returns out */
/* 40 hex digits, more may follow; 0 or -1 */
int oid_parse(struct oid *out, const char *hex);

/* Resolves a full ref name ("refs/heads/beadwave"), symbolic refs followed: loose, then
 * packed-refs, then loose again (pack-refs moves it between the two). commondir: the git common
 * dir. ERR_NOTFOUND, ERR_IO, ERR_PARSE. */
int ref_read(const char *commondir, const char *ref, struct oid *out, struct err *e);

#endif
