/* An issue as a file: the canonical form, one value or one list element a line (store/record.h). */
#include <ctype.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/text.h"
#include "store/record.h"
#include "store/record_priv.h"
#include "store/yaml.h"

#define FIELD(name, kind, member) { name, sizeof(name) - 1, kind, offsetof(struct issue, member) }

const struct record_field record_fields[RECORD_FIELDS] = {
	FIELD("id", FIELD_TEXT, id),
	FIELD("title", FIELD_WORD, title),
	FIELD("status", FIELD_WORD, status),
	FIELD("type", FIELD_WORD, type),
	FIELD("priority", FIELD_PRIORITY, priority),
	FIELD("assignee", FIELD_TEXT, assignee),
	FIELD("owner", FIELD_TEXT, owner),
	FIELD("labels", FIELD_LABELS, labels),
	FIELD("parent", FIELD_PARENT, deps),
	FIELD("depends_on", FIELD_DEPENDS, deps),
	FIELD("links", FIELD_LINKS, deps),
	FIELD("dep_info", FIELD_DEP_INFO, deps),
	FIELD("estimate_minutes", FIELD_ESTIMATE, estimate_minutes),
	FIELD("spec_id", FIELD_TEXT, spec_id),
	FIELD("external_ref", FIELD_TEXT, external_ref),
	FIELD("source_system", FIELD_TEXT, source_system),
	FIELD("metadata", FIELD_JSON, metadata),
	FIELD("due_at", FIELD_TIME, due_at),
	FIELD("defer_until", FIELD_TIME, defer_until),
	FIELD("created_at", FIELD_TIME, created_at),
	FIELD("created_by", FIELD_TEXT, created_by),
	FIELD("updated_at", FIELD_TIME, updated_at),
	FIELD("started_at", FIELD_TIME, started_at),
	FIELD("closed_at", FIELD_TIME, closed_at),
	FIELD("close_reason", FIELD_TEXT, close_reason),
	FIELD("closed_by_session", FIELD_TEXT, closed_by_session),
	FIELD("last_child", FIELD_COUNT, last_child),
};

const struct record_member record_members[RECORD_MEMBERS] = {
	{ "depends_on_id", offsetof(struct dep, target) }, { "type", offsetof(struct dep, type) },
	{ "created_by", offsetof(struct dep, created_by) },
	{ "metadata", offsetof(struct dep, metadata) },
	{ "thread_id", offsetof(struct dep, thread_id) },
};

const struct record_member record_sections[RECORD_SECTIONS] = {
	{ "design", offsetof(struct issue, design) },
	{ "acceptance", offsetof(struct issue, acceptance) },
	{ "notes", offsetof(struct issue, notes) },
};

static const char *text_at(const void *base, size_t at)
{
	return *(const char *const *)((const char *)base + at);
}

static long long_at(const struct issue *is, size_t at)
{
	return *(const long *)((const char *)is + at);
}

static void add_key(struct buf *out, const struct record_field *f)
{
	buf_add(out, f->key, f->key_len);
	buf_add(out, ": ", 2);
}

/* "key:" before the first element only */
static void add_list_head(struct buf *out, const struct record_field *f, size_t *written)
{
	if (!(*written)++) {
		buf_add(out, f->key, f->key_len);
		buf_add(out, ":\n", 2);
	}
	buf_add(out, "- ", 2);
}

static void add_labels(struct buf *out, const struct record_field *f, const struct issue *is)
{
	size_t written = 0;

	for (size_t i = 0; i < is->nlabels; i++) {
		add_list_head(out, f, &written);
		yaml_add_scalar(out, is->labels[i]);
		buf_addc(out, '\n');
	}
}

static bool is_type(const struct dep *d, const char *type)
{
	return !strcmp(d->type, type);
}

/* Everything that neither `parent` nor `depends_on` says: a second parent is a link as well. */
static bool is_link(const struct issue *is, size_t i)
{
	return !is_type(&is->deps[i], "blocks") &&
		!(i == 0 && is_type(&is->deps[i], "parent-child"));
}

static void add_edges(struct buf *out, const struct record_field *f, const struct issue *is)
{
	BUF_AUTO link = BUF_INIT;
	size_t written = 0;

	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		if (f->kind == FIELD_LINKS ? !is_link(is, i) : !is_type(d, "blocks"))
			continue;
		add_list_head(out, f, &written);
		if (f->kind == FIELD_LINKS) {
			buf_reset(&link);
			buf_addf(&link, "%s %s", d->type, d->target);
			yaml_add_scalar(out, link.s);
		} else {
			yaml_add_scalar(out, d->target);
		}
		buf_addc(out, '\n');
	}
}

static void add_member(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, ",\"%s\":", key);
	yaml_add_quoted(out, text);
}

static void add_dep_info(struct buf *out, const struct record_field *f, const struct issue *is)
{
	size_t written = 0;
	char time[CLOCK_TEXT];

	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		if (!d->created_at && !*d->created_by && !*d->metadata && !*d->thread_id &&
		    !*d->extra)
			continue;
		add_list_head(out, f, &written);
		buf_adds(out, "{\"depends_on_id\":");
		yaml_add_quoted(out, d->target);
		add_member(out, "type", d->type);
		if (d->created_at)
			add_member(out, "created_at", clock_format_us(d->created_at, time));
		for (size_t k = 2; k < RECORD_MEMBERS; k++)
			if (*text_at(d, record_members[k].at))
				add_member(out, record_members[k].key,
					   text_at(d, record_members[k].at));
		if (*d->extra) {
			buf_adds(out, ",\"extra\":");
			yaml_add_json(out, d->extra);
		}
		buf_adds(out, "}\n");
	}
}

static void add_text(struct buf *out, const struct record_field *f, const char *text)
{
	if (!*text && f->kind != FIELD_WORD)
		return;
	add_key(out, f);
	if (f->kind == FIELD_JSON)
		yaml_add_json(out, text);
	else
		yaml_add_scalar(out, text);
	buf_addc(out, '\n');
}

static void add_number(struct buf *out, const struct record_field *f, long v, long absent)
{
	if (v != absent)
		buf_addf(out, "%s: %ld\n", f->key, v);
}

static void add_time(struct buf *out, const struct record_field *f, int64_t us)
{
	char time[CLOCK_TEXT];

	if (!us)
		return;
	add_key(out, f);
	buf_adds(out, clock_format_us(us, time));
	buf_addc(out, '\n');
}

static void add_field(struct buf *out, const struct record_field *f, const struct issue *is)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_JSON: add_text(out, f, text_at(is, f->at)); break;
	case FIELD_TIME: add_time(out, f, *(const int64_t *)((const char *)is + f->at)); break;
	case FIELD_PRIORITY: buf_addf(out, "%s: %d\n", f->key, is->priority); break;
	case FIELD_ESTIMATE: add_number(out, f, long_at(is, f->at), -1); break;
	case FIELD_COUNT: add_number(out, f, long_at(is, f->at), 0); break;
	case FIELD_LABELS: add_labels(out, f, is); break;
	case FIELD_PARENT:
		if (issue_parent(is))
			add_text(out, f, issue_parent(is));
		break;
	case FIELD_DEPENDS:
	case FIELD_LINKS: add_edges(out, f, is); break;
	case FIELD_DEP_INFO: add_dep_info(out, f, is); break;
	}
}

static void add_extra(struct buf *out, const struct extra *x)
{
	BUF_AUTO key = BUF_INIT;
	size_t i = 0;

	while (isalnum((unsigned char)x->name[i]) || x->name[i] == '_')
		i++;
	buf_addf(&key, "x_%s", x->name);
	if (x->name[i])
		yaml_add_quoted(out, key.s);
	else
		buf_adds(out, key.s);
	buf_adds(out, ": ");
	yaml_add_json(out, x->json);
	buf_addc(out, '\n');
}

/* Would a reader take the line for a marker or a fence, or for one that is escaped already? */
static bool needs_escape(const char *line, size_t n)
{
	size_t i = 0;

	if (!n || (*line != '\\' && *line != '<' && *line != '-'))
		return false;
	while (i < n && line[i] == '\\')
		i++;
	return (n - i == 3 && !memcmp(line + i, "---", 3)) ||
	       (n - i >= RECORD_MARK_LEN && !memcmp(line + i, RECORD_MARK, RECORD_MARK_LEN));
}

/* The text and the one newline that ends it. */
static void add_body(struct buf *out, const char *text)
{
	size_t n = strlen(text), len;
	const char *from = text, *line;

	buf_grow(out, n + 1);
	while (text_line(&text, &n, &line, &len)) {
		if (!needs_escape(line, len))
			continue;
		buf_add(out, from, (size_t)(line - from));
		buf_addc(out, '\\');
		from = line;
	}
	buf_add(out, from, (size_t)(text - from));
	buf_addc(out, '\n');
}

/* '%', controls, and what would end the marker, as %XX. An id has no blanks either. */
static void add_encoded(struct buf *out, const char *s, bool is_id)
{
	for (size_t i = 0; s[i]; i++) {
		unsigned char c = (unsigned char)s[i];
		bool ends_mark = c == '>' && i >= 2 && s[i - 1] == '-' && s[i - 2] == '-';

		if (c < ' ' || c == 0x7f || c == '%' || ends_mark || (is_id && c == ' '))
			buf_addf(out, "%%%02X", c);
		else
			buf_addc(out, (char)c);
	}
}

/* "" is "-"; a string that would read as a number, or as "", gives its first byte away. */
static void add_comment_id(struct buf *out, const struct comment *c)
{
	bool like_other = !strcmp(c->id, "-") || record_int_id(c->id);

	if (!*c->id) {
		buf_addc(out, '-');
	} else if (!c->int_id && like_other) {
		buf_addf(out, "%%%02X", (unsigned char)*c->id);
		add_encoded(out, c->id + 1, true);
	} else {
		add_encoded(out, c->id, true);
	}
}

/* JSON in a marker: what could end it can only stand in a string. */
static void add_extra_mark(struct buf *out, const char *json)
{
	buf_adds(out, RECORD_MARK " extra ");
	for (; *json; json++) {
		if (*json == '>')
			buf_adds(out, "\\u003e");
		else
			buf_addc(out, *json);
	}
	buf_adds(out, " -->\n");
}

static void add_comment(struct buf *out, const struct comment *c)
{
	char time[CLOCK_TEXT];

	buf_adds(out, RECORD_MARK " comment ");
	add_comment_id(out, c);
	buf_addc(out, ' ');
	buf_adds(out, c->created_at ? clock_format_us(c->created_at, time) : "-");
	if (*c->author) {
		buf_addc(out, ' ');
		add_encoded(out, c->author, false);
	}
	buf_adds(out, " -->\n");
	if (*c->extra)
		add_extra_mark(out, c->extra);
	add_body(out, c->text);
}

static bool has_body(const struct issue *is)
{
	return *is->description || *is->design || *is->acceptance || *is->notes || is->ncomments;
}

void record_write(const struct issue *is, struct buf *out)
{
	buf_adds(out, "---\n");
	for (size_t i = 0; i < RECORD_FIELDS; i++)
		add_field(out, &record_fields[i], is);
	for (size_t i = 0; i < is->nextras; i++)
		add_extra(out, &is->extras[i]);
	buf_adds(out, is->unknown);
	if (*is->unknown && out->s[out->len - 1] != '\n')
		buf_addc(out, '\n');
	buf_adds(out, "---\n");
	if (has_body(is))
		buf_addc(out, '\n');
	if (*is->description)
		add_body(out, is->description);
	for (size_t i = 0; i < RECORD_SECTIONS; i++) {
		const char *text = text_at(is, record_sections[i].at);

		if (!*text)
			continue;
		buf_addf(out, RECORD_MARK " %s -->\n", record_sections[i].key);
		add_body(out, text);
	}
	for (size_t i = 0; i < is->ncomments; i++)
		add_comment(out, &is->comments[i]);
}
