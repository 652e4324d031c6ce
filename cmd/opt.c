#include "cmd/opt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/refused.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"

struct parse {
	const struct opt *const *tables;
	size_t ntables;
	int argc, at;		/* at: the next argument to look at */
	char **argv;
	struct err *e;
};

static bool takes_value(const struct opt *o)
{
	return o->kind != OPT_BOOL && o->kind != OPT_COUNT;
}

static bool is_end(const struct opt *o)
{
	return !o->letter && !o->name;
}

/* name has len bytes; *negated is set for --no-NAME of an option that allows it. */
static const struct opt *find_long(const struct parse *p, const char *name, size_t len,
				   bool *negated)
{
	*negated = false;
	for (size_t t = 0; t < p->ntables; t++)
		for (const struct opt *o = p->tables[t]; !is_end(o); o++) {
			if (!o->name)
				continue;
			if (strlen(o->name) == len && !strncmp(o->name, name, len))
				return o;
			if ((o->flags & OPT_NEGATE) && len > 3 && !strncmp(name, "no-", 3) &&
			    strlen(o->name) == len - 3 && !strncmp(o->name, name + 3, len - 3)) {
				*negated = true;
				return o;
			}
		}
	return NULL;
}

static const struct opt *find_short(const struct parse *p, char letter)
{
	for (size_t t = 0; t < p->ntables; t++)
		for (const struct opt *o = p->tables[t]; !is_end(o); o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

/* No flag has a blank for a letter: "- first item" is the text of a comment, whatever cobra
 * makes of it. */
static bool is_flag(const char *arg)
{
	return arg[0] == '-' && arg[1] && !strchr(" \t\n", arg[1]);
}

static int bad_value(const struct parse *p, const struct opt *o, const char *value,
		     const char *func)
{
	char names[80];

	if (o->letter)
		snprintf(names, sizeof(names), "-%c, --%s", o->letter, o->name);
	else
		snprintf(names, sizeof(names), "--%s", o->name);
	return err_set(p->e, ERR_USAGE,
		       "invalid argument \"%s\" for \"%s\" flag: strconv.%s: parsing \"%s\": "
		       "invalid syntax", value, names, func, value);
}

static int bool_value(const char *s, bool *out)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!strcmp(s, yes[i]) || !strcmp(s, no[i])) {
			*out = !strcmp(s, yes[i]);
			return 0;
		}
	}
	return -1;
}

static int store_value(const struct parse *p, const struct opt *o, const char *value)
{
	long long n;

	switch (o->kind) {
	case OPT_BOOL:
		return bool_value(value, o->value) < 0 ? bad_value(p, o, value, "ParseBool") : 0;
	case OPT_STR:
		*(const char **)o->value = value;
		return 0;
	case OPT_INT:
		if (text_int(value, LONG_MIN, LONG_MAX, &n) < 0)
			return bad_value(p, o, value, "ParseInt");
		*(long *)o->value = (long)n;
		return 0;
	case OPT_LIST:
		if (!*value && (o->flags & OPT_GIVEN_EMPTY))
			strs_add(o->value, "");
		text_split(value, ',', o->value);
		return 0;
	case OPT_MULTI:
		strs_add(o->value, value);
		return 0;
	case OPT_COUNT:
		if (text_int(value, 0, INT_MAX, &n) < 0)
			return bad_value(p, o, value, "ParseInt");
		*(int *)o->value = (int)n;
		return 0;
	}
	return 0;
}

static void store_flag(const struct opt *o, bool value)
{
	if (o->kind == OPT_COUNT)
		++*(int *)o->value;
	else
		*(bool *)o->value = value;
}

static int unknown_long(const struct parse *p, const char *name, size_t len)
{
	struct { const char **v; size_t n, cap; } names = { 0 };
	char given[80];
	const char *near, *instead;

	snprintf(given, sizeof(given), "%.*s", (int)len, name);
	for (size_t t = 0; t < p->ntables; t++)
		for (const struct opt *o = p->tables[t]; !is_end(o); o++)
			if (o->name && !(o->flags & OPT_HIDDEN))
				vec_add(&names, o->name);
	near = text_nearest(given, names.v, names.n);
	err_set(p->e, ERR_USAGE, "unknown flag: --%s", given);
	if ((instead = refused_flag(given)))
		err_hint(p->e, "it is left out: %s", instead);
	else if (near)
		err_hint(p->e, "did you mean --%s?", near);
	vec_free(&names);
	return ERR_USAGE;
}

static int parse_long(struct parse *p, const char *arg)
{
	const char *eq = strchr(arg, '=');
	size_t len = eq ? (size_t)(eq - arg) : strlen(arg);
	bool negated;
	const struct opt *o = find_long(p, arg, len, &negated);

	if (!o)
		return unknown_long(p, arg, len);
	if (negated && !eq) {
		store_flag(o, false);
		return 0;
	}
	if (eq)
		return store_value(p, o, eq + 1);
	if (!takes_value(o)) {
		store_flag(o, true);
		return 0;
	}
	if (p->at == p->argc)
		return err_set(p->e, ERR_USAGE, "flag needs an argument: --%s", o->name);
	return store_value(p, o, p->argv[p->at++]);
}

/* arg is "-abc" or "-p1": letters until one takes the rest as its value. */
static int parse_short(struct parse *p, const char *arg)
{
	for (const char *s = arg + 1; *s; s++) {
		const struct opt *o = find_short(p, *s);

		if (!o)
			return err_set(p->e, ERR_USAGE,
				       "unknown shorthand flag: '%c' in %s", *s, arg);
		if (s[1] == '=')
			return store_value(p, o, s + 2);
		if (!takes_value(o)) {
			store_flag(o, true);
			continue;
		}
		if (s[1])
			return store_value(p, o, s + 1);
		if (p->at == p->argc)
			return err_set(p->e, ERR_USAGE,
				       "flag needs an argument: '%c' in %s", *s, arg);
		return store_value(p, o, p->argv[p->at++]);
	}
	return 0;
}

int opt_parse(const struct opt *const *tables, size_t ntables, int *argc, char **argv,
	      struct err *e)
{
	struct parse p = { .tables = tables, .ntables = ntables, .argc = *argc,
			   .argv = argv, .e = e };
	int kept = 0, rc = 0;

	while (rc == 0 && p.at < p.argc) {
		char *arg = argv[p.at++];

		if (!is_flag(arg)) {
			argv[kept++] = arg;
		} else if (!strcmp(arg, "--")) {
			while (p.at < p.argc)
				argv[kept++] = argv[p.at++];
		} else if (arg[1] == '-') {
			rc = parse_long(&p, arg + 2);
		} else {
			rc = parse_short(&p, arg);
		}
	}
	*argc = kept;
	return rc;
}

const struct opt *opt_named(const struct opt *const *tables, size_t ntables, const char *word,
			    bool *next)
{
	const struct parse p = { .tables = tables, .ntables = ntables };
	const struct opt *o;
	bool negated, alone;

	if (word[1] == '-') {
		o = find_long(&p, word + 2, strcspn(word + 2, "="), &negated);
		alone = !strchr(word, '=');
	} else {
		o = find_short(&p, word[1]);
		alone = !word[2];
	}
	*next = o && alone && takes_value(o);
	return o;
}

int opt_first_operand(const struct opt *table, int argc, char *const *argv)
{
	bool next;

	for (int i = 0; i < argc; i++) {
		if (!is_flag(argv[i]))
			return i;
		if (!strcmp(argv[i], "--"))
			return argc;
		opt_named(&table, 1, argv[i], &next);
		i += next;
	}
	return argc;
}

static void left_column(const struct opt *o, struct buf *out)
{
	if (o->letter)
		buf_addf(out, "  -%c", o->letter);
	else
		buf_adds(out, "    ");
	if (o->name)
		buf_addf(out, "%s--%s%s", o->letter ? ", " : "  ", o->flags & OPT_NEGATE ? "[no-]" :
			 "", o->name);
	if (o->arg)
		buf_addf(out, " %s", o->arg);
}

void opt_help(const struct opt *table, struct buf *out)
{
	BUF_AUTO left = BUF_INIT;
	int width = 0;

	for (const struct opt *o = table; !is_end(o); o++) {
		buf_reset(&left);
		left_column(o, &left);
		if (!(o->flags & OPT_HIDDEN) && text_width(left.s) > width)
			width = text_width(left.s);
	}
	for (const struct opt *o = table; !is_end(o); o++) {
		if (o->flags & OPT_HIDDEN)
			continue;
		buf_reset(&left);
		left_column(o, &left);
		buf_addf(out, "%s%*s%s\n", left.s, width - text_width(left.s) + 3, "",
			 o->help ? o->help : "");
	}
}
