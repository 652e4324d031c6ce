/* tests/unit/issues_from.h - issues written down as text, for tests of what is computed over
 * many */
#ifndef TESTS_UNIT_ISSUES_FROM_H
#define TESTS_UNIT_ISSUES_FROM_H
#include <stdlib.h>
#include <string.h>
#include "store/base/arena.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/issue.h"

struct issues { const struct issue **v; size_t n, cap; };

static inline void issue_word(struct issue *is, const char *key, const char *val, struct arena *a)
{
	if (!strcmp(key, "p"))
		is->priority = atoi(val);
	else if (!strcmp(key, "type"))
		is->type = val;
	else if (!strcmp(key, "title"))
		is->title = val;
	else if (!strcmp(key, "desc"))
		is->description = val;
	else if (!strcmp(key, "notes"))
		is->notes = val;
	else if (!strcmp(key, "asg"))
		is->assignee = val;
	else if (!strcmp(key, "spec"))
		is->spec_id = val;
	else if (!strcmp(key, "meta"))
		is->metadata = val;
	else if (!strcmp(key, "label"))
		issue_label_add(is, val, a);
	else if (!strcmp(key, "flag"))
		issue_extra_set(is, val, "true", a);
	else if (!strcmp(key, "created"))
		is->created_at = atoll(val);
	else if (!strcmp(key, "updated"))
		is->updated_at = atoll(val);
	else if (!strcmp(key, "closed"))
		is->closed_at = atoll(val);
	else if (!strcmp(key, "due"))
		is->due_at = atoll(val);
	else if (!strcmp(key, "defer"))
		is->defer_until = atoll(val);
	else if (!strcmp(key, "any"))
		issue_dep_add(is,
			      &(struct dep){ .target = val, .type = "waits-for", .created_by = "",
						 .metadata = "{\"gate\":\"any-children\"}",
						 .thread_id = "", .extra = "" }, a);
	else
		issue_dep_add(is, &(struct dep){
			.target = val, .created_by = "", .metadata = "", .thread_id = "",
			.extra = "", .type = !strcmp(key, "up") ? "parent-child" :
			!strcmp(key, "on") ? "blocks" : key }, a);
}

/* "ID STATUS KEY=VALUE ...; ID ...", sorted by id. on=X: depends on X; up=X: child of X; other
 * keys: an edge type. */
static inline void issues_from(struct issues *out, const char *text, struct arena *a)
{
	STRS_AUTO each = { 0 };

	text_split(text, ';', &each);
	for (size_t i = 0; i < each.n; i++) {
		struct issue *is = arena_alloc(a, sizeof(*is));
		STRS_AUTO word = { 0 };

		issue_init(is);
		text_split(each.v[i], ' ', &word);
		is->id = arena_strdup(a, word.v[0]);
		is->status = arena_strdup(a, word.n > 1 ? word.v[1] : "open");
		for (size_t k = 2; k < word.n; k++) {
			char *eq = strchr(word.v[k], '=');

			*eq = 0;
			issue_word(is, arena_strdup(a, word.v[k]), arena_strdup(a, eq + 1), a);
		}
		vec_add(out, is);
	}
}

#endif
