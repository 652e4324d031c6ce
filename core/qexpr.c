/* core/qexpr.c - a query, read and printed */
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/qexpr_priv.h"
#include "core/timeexpr.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/issue.h"

enum { MAX_DEPTH = 200 };

static const char *const op_text[] = { "=", "!=", "<", "<=", ">", ">=" };

#define AT(member) offsetof(struct issue, member)
static const struct field fields[] = {
	{ "status", FIELD_EXACT, AT(status) },		{ "type", FIELD_EXACT, AT(type) },
	{ "priority", FIELD_PRIORITY, AT(priority) },	{ "assignee", FIELD_GLOB, AT(assignee) },
	{ "owner", FIELD_GLOB, AT(owner) },		{ "id", FIELD_GLOB, AT(id) },
	{ "spec", FIELD_GLOB, AT(spec_id) },		{ "title", FIELD_CONTAINS, AT(title) },
	{ "description", FIELD_CONTAINS, AT(description) },
	{ "desc", FIELD_CONTAINS, AT(description) },
	{ "design", FIELD_CONTAINS, AT(design) },	{ "notes", FIELD_CONTAINS, AT(notes) },
	{ "acceptance", FIELD_CONTAINS, AT(acceptance) }, { "label", FIELD_LABEL, 0 },
	{ "parent", FIELD_PARENT, 0 },			{ "created", FIELD_TIME, AT(created_at) },
	{ "updated", FIELD_TIME, AT(updated_at) },	{ "started", FIELD_TIME, AT(started_at) },
	{ "closed", FIELD_TIME, AT(closed_at) },	{ "due", FIELD_TIME, AT(due_at) },
	{ "deferred", FIELD_TIME, AT(defer_until) },	{ "pinned", FIELD_FLAG, 0 },
	{ "ephemeral", FIELD_FLAG, 0 },			{ "template", FIELD_FLAG, 0 },
	{ "has_metadata_key", FIELD_METADATA_KEY, 0 },
};
static const struct field metadata_field = { "metadata.", FIELD_METADATA, 0 };

enum token { TOK_END, TOK_WORD, TOK_QUOTED, TOK_OP, TOK_OPEN, TOK_CLOSE, TOK_AND, TOK_OR, TOK_NOT,
	     TOK_BAD };

struct parser {
	const char *start, *at;
	enum token tok;
	const char *text;	/* of a word */
	enum op op;
	size_t where;		/* column of the token, from 1 */
	int depth;
	int64_t now_us;
	const struct vocab *vocab;
	struct arena *arena;
	struct err *e;
};

static int parse_chain(struct parser *p, enum kind kind, const struct qexpr **out);

/* Words end at blanks, brackets and operators. */
static bool word_char(char c)
{
	return c && !isspace((unsigned char)c) && !strchr("()=!<>\"'", c);
}

static enum token next_quoted(struct parser *p, char quote)
{
	BUF_AUTO text = BUF_INIT;

	for (p->at++; *p->at && *p->at != quote; p->at++) {
		if (*p->at == '\\' && p->at[1])
			p->at++;
		buf_addc(&text, *p->at);
	}
	if (!*p->at)
		return TOK_BAD;
	p->at++;
	p->text = arena_strndup(p->arena, text.s, text.len);
	return TOK_QUOTED;
}

static enum token next_operator(struct parser *p)
{
	char c = *p->at++;
	bool equal = *p->at == '=';

	if (c == '!' && !equal)
		return TOK_BAD;
	p->op = c == '=' ? OP_EQ : c == '!' ? OP_NE : c == '<' ? (equal ? OP_LE : OP_LT) :
		equal ? OP_GE : OP_GT;
	p->at += equal;
	return TOK_OP;
}

static void next(struct parser *p)
{
	const char *from;

	while (isspace((unsigned char)*p->at))
		p->at++;
	from = p->at;
	p->where = (size_t)(from - p->start) + 1;
	if (!*from) {
		p->tok = TOK_END;
	} else if (*from == '(' || *from == ')') {
		p->at++;
		p->tok = *from == '(' ? TOK_OPEN : TOK_CLOSE;
	} else if (*from == '"' || *from == '\'') {
		p->tok = next_quoted(p, *from);
	} else if (!word_char(*from)) {
		p->tok = next_operator(p);
	} else {
		while (word_char(*p->at))
			p->at++;
		p->text = arena_strndup(p->arena, from, (size_t)(p->at - from));
		p->tok = !strcasecmp(p->text, "and") ? TOK_AND :
			!strcasecmp(p->text, "or") ? TOK_OR :
			 !strcasecmp(p->text, "not") ? TOK_NOT : TOK_WORD;
	}
}

static int fail(struct parser *p, const char *what)
{
	return err_set(p->e, ERR_USAGE, "parsing query: %s at column %zu", what, p->where);
}

static struct qexpr *node(struct parser *p, enum kind kind, const struct qexpr *left,
			  const struct qexpr *right)
{
	struct qexpr *q = arena_alloc(p->arena, sizeof(*q));

	q->kind = kind;
	q->left = left;
	q->right = right;
	return q;
}

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcasecmp(name, fields[i].name))
			return &fields[i];
	return !strncasecmp(name, "metadata.", 9) && name[9] ? &metadata_field : NULL;
}

static int unknown_field(struct parser *p, const char *name)
{
	const char *names[sizeof(fields) / sizeof(fields[0])], *near;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		names[i] = fields[i].name;
	near = text_nearest(name, names, sizeof(fields) / sizeof(fields[0]));
	err_set(p->e, ERR_USAGE, "parsing query: unknown field \"%s\"", name);
	return near ? err_hint(p->e, "did you mean \"%s\"?", near), ERR_USAGE : ERR_USAGE;
}

/* The whole local day that holds t. */
static void day_of(int64_t t, int64_t *from, int64_t *to)
{
	time_t sec = (time_t)(t / 1000000);
	struct tm tm;

	localtime_r(&sec, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	*from = (int64_t)mktime(&tm) * 1000000;
	tm.tm_mday++;
	tm.tm_isdst = -1;
	*to = (int64_t)mktime(&tm) * 1000000 - 1;
}

static int check_word(struct parser *p, struct qexpr *q)
{
	if (q->field->offset == AT(type)) {
		q->value = type_canonical(q->value);
		if (!type_known(q->value, p->vocab))
			return err_set(p->e, ERR_USAGE, "invalid issue type \"%s\"", q->value);
	} else if (status_class(q->value, p->vocab) == STATUS_UNKNOWN) {
		return err_set(p->e, ERR_USAGE, "invalid status \"%s\"", q->value);
	}
	return 0;
}

/* Turns the text of a value into what its field is compared with. */
static int read_value(struct parser *p, struct qexpr *q)
{
	bool ordered = q->field->kind == FIELD_PRIORITY || q->field->kind == FIELD_TIME;

	if (!ordered && q->op != OP_EQ && q->op != OP_NE)
		return err_set(p->e, ERR_USAGE, "%s cannot be compared with %s; use = or !=",
			       q->field->name, op_text[q->op]);
	switch (q->field->kind) {
	case FIELD_EXACT:
		return check_word(p, q);
	case FIELD_PRIORITY:
		return priority_parse(q->value, &q->priority, p->e);
	case FIELD_TIME:
		if (q->none)
			return q->op == OP_EQ || q->op == OP_NE ? 0 : fail(p, "none is no time");
		if (timeexpr_parse_past(q->value, p->now_us, &q->from) < 0)
			return err_set(p->e, ERR_USAGE,
				       "invalid time \"%s\" for %s. Examples: 7d, 24h, 2025-01-15, "
				       "\"last monday\"", q->value, q->field->name);
		if (q->op == OP_EQ || q->op == OP_NE)
			day_of(q->from, &q->from, &q->to);
		return 0;
	case FIELD_FLAG:
		q->yes = !strcasecmp(q->value, "true");
		if (!q->yes && strcasecmp(q->value, "false") != 0)
			return err_set(p->e, ERR_USAGE,
				       "invalid value \"%s\" for %s (true or false)", q->value,
				       q->field->name);
		return 0;
	case FIELD_GLOB:
	case FIELD_CONTAINS:
	case FIELD_LABEL:
	case FIELD_PARENT:
	case FIELD_METADATA:
	case FIELD_METADATA_KEY:
		return 0;
	}
	return 0;
}

static int parse_compare(struct parser *p, const struct qexpr **out)
{
	struct qexpr *q = node(p, KIND_COMPARE, NULL, NULL);

	if (p->tok != TOK_WORD)
		return fail(p, "expected a field");
	if (!(q->field = find_field(p->text)))
		return unknown_field(p, p->text);
	q->key = q->field->kind == FIELD_METADATA ? p->text + 9 : "";
	next(p);
	if (p->tok != TOK_OP)
		return fail(p, "expected one of = != < <= > >=");
	q->op = p->op;
	next(p);
	if (p->tok != TOK_WORD && p->tok != TOK_QUOTED)
		return fail(p, p->tok == TOK_BAD ? "a quote without its end" : "expected a value");
	q->value = p->text;
	q->none = p->tok == TOK_WORD &&
		(!strcasecmp(p->text, "none") || !strcasecmp(p->text, "null"));
	next(p);
	*out = q;
	return read_value(p, q);
}

static int parse_unary(struct parser *p, const struct qexpr **out)
{
	const struct qexpr *inner;
	int rc;

	if (p->tok != TOK_NOT && p->tok != TOK_OPEN)
		return parse_compare(p, out);
	if (++p->depth > MAX_DEPTH)
		return fail(p, "nested too deeply");
	if (p->tok == TOK_NOT) {
		next(p);
		if ((rc = parse_unary(p, &inner)) < 0)
			return rc;
		*out = node(p, KIND_NOT, inner, NULL);
	} else {
		next(p);
		if ((rc = parse_chain(p, KIND_OR, out)) < 0)
			return rc;
		if (p->tok != TOK_CLOSE)
			return fail(p, "expected )");
		next(p);
	}
	p->depth--;
	return 0;
}

/* Terms joined by AND, or those joined by OR. */
static int parse_chain(struct parser *p, enum kind kind, const struct qexpr **out)
{
	const struct qexpr *left, *right;
	bool and = kind == KIND_AND;
	int rc = and ? parse_unary(p, &left) : parse_chain(p, KIND_AND, &left);

	while (rc == 0 && p->tok == (and ? TOK_AND : TOK_OR)) {
		next(p);
		rc = and ? parse_unary(p, &right) : parse_chain(p, KIND_AND, &right);
		if (rc == 0)
			left = node(p, kind, left, right);
	}
	if (rc == 0)
		*out = left;
	return rc;
}

int qexpr_parse(struct qexpr **out, const char *s, int64_t now_us, const struct vocab *v,
		struct arena *a, struct err *e)
{
	struct parser p = { .start = s, .at = s, .now_us = now_us, .vocab = v, .arena = a, .e = e };
	const struct qexpr *q;
	int rc;

	next(&p);
	if (p.tok == TOK_END)
		return fail(&p, "expected a condition");
	if ((rc = parse_chain(&p, KIND_OR, &q)) < 0)
		return rc;
	if (p.tok != TOK_END)
		return fail(&p, p.tok == TOK_CLOSE ? "a ) without its (" : "expected AND or OR");
	*out = (struct qexpr *)q;
	return 0;
}

bool qexpr_names_status(const struct qexpr *q)
{
	if (q->kind == KIND_COMPARE)
		return q->field->kind == FIELD_EXACT && q->field->offset == AT(status);
	return qexpr_names_status(q->left) || (q->right && qexpr_names_status(q->right));
}

void qexpr_print(const struct qexpr *q, struct buf *out)
{
	switch (q->kind) {
	case KIND_COMPARE:
		buf_addf(out, "%s%s%s%s", q->field->name, q->key, op_text[q->op], q->value);
		break;
	case KIND_NOT:
		buf_adds(out, "NOT (");
		qexpr_print(q->left, out);
		buf_addc(out, ')');
		break;
	case KIND_AND:
	case KIND_OR:
		buf_addc(out, '(');
		qexpr_print(q->left, out);
		buf_adds(out, q->kind == KIND_AND ? " AND " : " OR ");
		qexpr_print(q->right, out);
		buf_addc(out, ')');
		break;
	}
}
