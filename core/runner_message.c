/* core/runner_message.c - what a commit of the store says it is about */
#include <string.h>

#include "core/runner_priv.h"

enum { SUBJECT = 100 };		/* bytes after which issues are only counted */

/* The word of a change that says more than a stage; NULL for the others. */
static const char *word_of(const struct sched_change *c)
{
	switch (c->kind) {
	case CHANGE_STATUS: return !strcmp(c->text, "in_progress") ? "started" : c->text;
	case CHANGE_CLOSE: return "closed";
	case CHANGE_BLOCK: return c->label;
	case CHANGE_COMMENT:
	case CHANGE_WORK: break;
	}
	return NULL;
}

static const char *word_for(const struct sched_turn *t, size_t issue)
{
	for (size_t k = 0; k < t->changes.n; k++)
		if (t->changes.v[k].issue == issue && word_of(&t->changes.v[k]))
			return word_of(&t->changes.v[k]);
	return NULL;
}

void commit_message(struct runner *r, const struct sched_turn *t, struct buf *out)
{
	size_t begin, named = 0, more = 0;

	buf_addf(out, "run %s:", r->run);
	begin = out->len;
	for (size_t i = 0; i < r->npen; i++) {
		const char *word;
		struct sched_state st;

		if (!runner_is_due(r, i))
			continue;
		if (named && out->len - begin > SUBJECT) {
			more++;
			continue;
		}
		word = word_for(t, i);
		sched_state(r->sched, i, &st);
		buf_addf(out, "%s %s ", named++ ? "," : "", st.id);
		if (!word && r->pen[i].stage != st.stage)
			buf_addf(out, "%s -> ", stage_name(r->pen[i].stage));
		buf_adds(out, word ? word : stage_name(st.stage));
	}
	if (more)
		buf_addf(out, " and %zu more", more);
	if (!named)
		buf_adds(out, " comments");
}
