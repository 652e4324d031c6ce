/* core/qexpr_match.c - does an issue match a query? */
#include <string.h>

#include "core/qexpr_priv.h"
#include "store/base/buf.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/issue.h"

static const char *text_at(const struct issue *is, size_t offset)
{
	const char *s;

	memcpy(&s, (const char *)is + offset, sizeof(s));
	return s;
}

static bool ordered(enum op op, int64_t have, int64_t want)
{
	switch (op) {
	case OP_EQ:
		return have == want;
	case OP_NE:
		return have != want;
	case OP_LT:
		return have < want;
	case OP_LE:
		return have <= want;
	case OP_GT:
		return have > want;
	case OP_GE:
		return have >= want;
	}
	return false;
}

static bool match_time(const struct qexpr *q, const struct issue *is)
{
	int64_t t;

	memcpy(&t, (const char *)is + q->field->offset, sizeof(t));
	if (q->none)
		return (t == 0) == (q->op == OP_EQ);
	if (q->op == OP_EQ || q->op == OP_NE)
		return (t >= q->from && t <= q->to) == (q->op == OP_EQ);
	return t && ordered(q->op, t, q->from);
}

static bool match_label(const struct qexpr *q, const struct issue *is)
{
	if (q->none)
		return is->nlabels == 0;
	for (size_t i = 0; i < is->nlabels; i++)
		if (text_glob(q->value, is->labels[i]))
			return true;
	return false;
}

static bool match_parent(const struct qexpr *q, const struct issue *is)
{
	bool any = false;

	for (size_t i = 0; i < is->ndeps; i++) {
		if (strcmp(is->deps[i].type, "parent-child") != 0)
			continue;
		any = true;
		if (text_glob(q->value, is->deps[i].target))
			return true;
	}
	return q->none && !any;
}

static bool match_metadata(const struct qexpr *q, const struct issue *is)
{
	const char *key = q->field->kind == FIELD_METADATA ? q->key : q->value;
	const struct js *member;
	struct js *all = NULL;
	bool yes = false;

	if (!*is->metadata || js_parse(&all, is->metadata, strlen(is->metadata), NULL) < 0)
		return false;
	member = js_get(all, key);
	if (q->field->kind == FIELD_METADATA_KEY) {
		yes = member != NULL;
	} else if (member) {
		BUF_AUTO text = BUF_INIT;

		js_dump(member, false, &text);
		yes = !strcmp(js_text(member) ? js_text(member) : text.s, q->value);
	}
	js_free(all);
	return yes;
}

/* Is the field equal to the value? What = asks and != denies. */
static bool match_equal(const struct qexpr *q, const struct issue *is)
{
	const char *text;

	switch (q->field->kind) {
	case FIELD_EXACT:
		return !strcmp(text_at(is, q->field->offset), q->value);
	case FIELD_GLOB:
		text = text_at(is, q->field->offset);
		return q->none && !*text ? true : text_glob(q->value, text);
	case FIELD_CONTAINS:
		text = text_at(is, q->field->offset);
		return q->none ? !*text : strcasestr(text, q->value) != NULL;
	case FIELD_LABEL:
		return match_label(q, is);
	case FIELD_PARENT:
		return match_parent(q, is);
	case FIELD_FLAG:
		return issue_flag(is, strcmp(q->field->name, "template") ? q->field->name :
				  "is_template") == q->yes;
	case FIELD_METADATA:
	case FIELD_METADATA_KEY:
		return match_metadata(q, is);
	case FIELD_PRIORITY:
	case FIELD_TIME:
		break;
	}
	return false;
}

bool qexpr_match(const struct qexpr *q, const struct issue *is)
{
	switch (q->kind) {
	case KIND_AND:
		return qexpr_match(q->left, is) && qexpr_match(q->right, is);
	case KIND_OR:
		return qexpr_match(q->left, is) || qexpr_match(q->right, is);
	case KIND_NOT:
		return !qexpr_match(q->left, is);
	case KIND_COMPARE:
		break;
	}
	if (q->field->kind == FIELD_PRIORITY)
		return ordered(q->op, is->priority, q->priority);
	if (q->field->kind == FIELD_TIME)
		return match_time(q, is);
	return match_equal(q, is) == (q->op == OP_EQ);
}
