/* Statuses, types, priorities: the words bd knows, and what an issue must be to be stored
 * (store/issue.h). */
#include <string.h>
#include <strings.h>

#include "store/base/err.h"
#include "store/base/text.h"
#include "store/issue.h"

enum { TITLE_MAX = 500 };	/* characters */

bool dep_type_blocking(const char *type)
{
	return !strcmp(type, "blocks") || !strcmp(type, "parent-child") ||
		!strcmp(type, "conditional-blocks") ||
	       !strcmp(type, "waits-for");
}

/* Calls for each item of "a,b:c"; blanks around an item do not count. */
static const char *list_next(const char *list, const char **item, size_t *n)
{
	const char *end;

	if (!list || !*list)
		return NULL;
	end = strchr(list, ',');
	*item = list;
	*n = end ? (size_t)(end - list) : strlen(list);
	text_trim(item, n);
	return end ? end + 1 : list + strlen(list);
}

static bool is_word(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && !memcmp(s, word, n);
}

struct named_class { const char *name; enum status_class class; };

enum status_class status_class(const char *status, const struct vocab *v)
{
	static const struct named_class built_in[] = {
		{ "open", STATUS_ACTIVE }, { "in_progress", STATUS_WIP }, { "blocked", STATUS_WIP },
		{ "deferred", STATUS_FROZEN }, { "closed", STATUS_DONE },
		{ "pinned", STATUS_FROZEN },
		{ "hooked", STATUS_WIP },
	};
	static const struct named_class category[] = {
		{ "active", STATUS_ACTIVE }, { "wip", STATUS_WIP }, { "done", STATUS_DONE },
		{ "frozen", STATUS_FROZEN },
	};
	const char *item;
	size_t n;

	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		if (!strcmp(status, built_in[i].name))
			return built_in[i].class;
	for (const char *rest = v ? v->custom_status : NULL;
	     (rest = list_next(rest, &item, &n)); ) {
		const char *colon = memchr(item, ':', n);
		size_t len = colon ? (size_t)(colon - item) : n;

		if (!n || !is_word(item, len, status))
			continue;
		for (size_t i = 0; colon && i < sizeof(category) / sizeof(category[0]); i++)
			if (is_word(colon + 1, n - len - 1, category[i].name))
				return category[i].class;
		return STATUS_ACTIVE;
	}
	return STATUS_UNKNOWN;
}

const char *type_canonical(const char *word)
{
	static const struct { const char *alias, *type; } aliases[] = {
		{ "enhancement", "feature" }, { "feat", "feature" }, { "dec", "decision" },
		{ "adr", "decision" },
		{ "investigation", "spike" }, { "timebox", "spike" }, { "user-story", "story" },
		{ "user_story", "story" }, { "ms", "milestone" }, { "mr", "merge-request" },
		{ "mol", "molecule" },
	};

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcasecmp(word, aliases[i].alias))
			return aliases[i].type;
	return word;
}

bool type_known(const char *type, const struct vocab *v)
{
	static const char *const built_in[] = {
		"bug", "feature", "task", "epic", "chore", "decision", "spike", "story",
		"milestone",
		"message", "molecule", "gate", "event",
	};
	const char *item;
	size_t n;

	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		if (!strcmp(type, built_in[i]))
			return true;
	for (const char *rest = v ? v->custom_types : NULL; (rest = list_next(rest, &item, &n)); )
		if (n && is_word(item, n, type))
			return true;
	return false;
}

int priority_parse(const char *s, int *out, struct err *e)
{
	const char *digit = *s == 'P' || *s == 'p' ? s + 1 : s;

	if (*digit < '0' || *digit > '4' || digit[1])
		return err_set(e, ERR_USAGE,
			       "invalid priority \"%s\" (expected 0-4 or P0-P4, not words like "
			       "high/medium/low)", s);
	*out = *digit - '0';
	return 0;
}

static size_t count_chars(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static int check_text(const struct issue *is, struct err *e)
{
	const struct { const char *name, *text; } texts[] = {
		{ "title", is->title }, { "description", is->description },
		{ "design", is->design },
		{ "acceptance criteria", is->acceptance }, { "notes", is->notes },
		{ "assignee", is->assignee },
		{ "owner", is->owner }, { "spec id", is->spec_id },
		{ "external ref", is->external_ref },
		{ "source system", is->source_system }, { "metadata", is->metadata },
		{ "created by", is->created_by }, { "close reason", is->close_reason },
		{ "session", is->closed_by_session },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (text_utf8_bad(texts[i].text, strlen(texts[i].text)) >= 0)
			return err_set(e, ERR_USAGE, "%s must be valid UTF-8", texts[i].name);
	for (size_t i = 0; i < is->nlabels; i++)
		if (text_utf8_bad(is->labels[i], strlen(is->labels[i])) >= 0)
			return err_set(e, ERR_USAGE, "labels must be valid UTF-8");
	for (size_t i = 0; i < is->ncomments; i++)
		if (text_utf8_bad(is->comments[i].text, strlen(is->comments[i].text)) >= 0 ||
		    text_utf8_bad(is->comments[i].author, strlen(is->comments[i].author)) >= 0)
			return err_set(e, ERR_USAGE, "comments must be valid UTF-8");
	return 0;
}

static int check(const struct issue *is, const struct vocab *v, struct err *e)
{
	size_t title = count_chars(is->title);

	if (!title)
		return err_set(e, ERR_USAGE, "title is required");
	if (title > TITLE_MAX)
		return err_set(e, ERR_USAGE, "title must be %d characters or less (got %zu)",
			       TITLE_MAX, title);
	if (is->priority < 0 || is->priority > 4)
		return err_set(e, ERR_USAGE, "priority must be between 0 and 4 (got %d)",
			       is->priority);
	if (status_class(is->status, v) == STATUS_UNKNOWN)
		return err_set(e, ERR_USAGE, "invalid status: %s", is->status);
	if (!type_known(is->type, v))
		return err_set(e, ERR_USAGE, "invalid issue type: %s", is->type);
	if (is->estimate_minutes < -1)
		return err_set(e, ERR_USAGE, "estimated_minutes cannot be negative");
	return check_text(is, e);
}

int issue_check(const struct issue *is, const struct vocab *v, struct err *e)
{
	int rc = check(is, v, e);

	return rc < 0 ? err_wrap(e, rc, "validation failed for issue %s", is->id) : 0;
}
