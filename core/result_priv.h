/* core/result_priv.h - the parts of reading a result; shared only among core/result*.c */
#ifndef CORE_RESULT_PRIV_H
#define CORE_RESULT_PRIV_H
#include "core/result.h"
#include "store/base/json.h"

enum answer { ANSWER_NONE, ANSWER_OK, ANSWER_MALFORMED, ANSWER_UNPARSED };

/* Finds the answer and fills r from it: the first place that has one counts. */
enum answer result_answer(struct result *r, const struct result_input *in,
			  const struct agent_out *o, struct arena *a);
/* Only the file at $BDW_RESULT: when it is there, nothing else is looked at (B13). wrong: what
 * result_look() says; NULL: it need not. */
enum answer result_answer_file(struct result *r, const char *role, const char *s, size_t n,
			       struct strs *wrong, struct arena *a);
/* Fills r from an object that has a status. ANSWER_UNPARSED: no known status (r is untouched but
 * for reason); ANSWER_MALFORMED: a word of another role. */
enum answer result_object(struct result *r, const char *role, const struct js *o, struct arena *a);
/* result_shape.c: members that bdw knows; others are kept. */
bool result_member_known(const char *key);
/* Says of each known member that is not what it has to be: "score wants a number from 0 to 1, and
 * is 7". Appends copies. */
void result_look(const struct js *o, struct strs *wrong);
/* The numbers of the last <usage> block of a text, into the fields that are still unavailable. */
void result_usage_block(struct usage *have, const char *s, size_t n);

#endif
