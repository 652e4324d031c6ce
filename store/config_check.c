/* Names and values of settings: is there such a key, and can it have this value? */
#include "store/config_priv.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"

const char *config_tier(const char *name)
{
	return !strcmp(name, "pro/api") || !strcmp(name, "pro-api") ? "pro" : name;
}

bool config_choice(const char *choices, const char *word)
{
	size_t n = strlen(word);

	if (!n || strchr(word, '|'))
		return false;
	for (const char *p = choices; p; p = strchr(p, '|')) {
		p += *p == '|';
		if (!strncmp(p, word, n) && (p[n] == '|' || !p[n]))
			return true;
	}
	return false;
}

int config_parse_bool(const char *s, bool *out)
{
	static const char yes[] = "true|yes|on|1", no[] = "false|no|off|0";

	*out = config_choice(yes, s);
	return *out || config_choice(no, s) ? 0 : -1;
}

/* "; did you mean 'x'?" behind the message when a name is near. */
static int unknown(struct err *e, struct strs *names, const char *word, const char *what)
{
	const char *near = text_nearest(word, (const char *const *)names->v, names->n);

	return near ? err_set(e, ERR_PARSE, "unknown %s; did you mean '%s'?", what, near)
		    : err_set(e, ERR_PARSE, "unknown %s", what);
}

static int unknown_section(struct err *e, const char *word, const char *section)
{
	STRS_AUTO names = { 0 };
	char what[128];

	for (size_t i = 0; i < config_nsections; i++)
		strs_add(&names, config_sections[i].name);
	snprintf(what, sizeof(what), "section [%.80s]", section);
	return unknown(e, &names, word, what);
}

static int unknown_key(struct err *e, const char *key, const struct config_section *sec,
		       const char *section)
{
	STRS_AUTO names = { 0 };
	char what[256];

	for (size_t i = 0; i < config_nkeys; i++)
		if (!strcmp(config_keys[i].section, sec->name))
			strs_add(&names, config_keys[i].key);
	snprintf(what, sizeof(what), "key '%.80s' in [%.80s]", key, section);
	return unknown(e, &names, key, what);
}

static const struct config_section *find_section(const char *s, size_t n)
{
	for (size_t i = 0; i < config_nsections; i++)
		if (strlen(config_sections[i].name) == n && !memcmp(config_sections[i].name, s, n))
			return &config_sections[i];
	return NULL;
}

static const struct config_key *find_key(const struct config_section *sec, const char *key)
{
	for (size_t i = 0; i < config_nkeys; i++)
		if (!strcmp(config_keys[i].section, sec->name) && !strcmp(config_keys[i].key, key))
			return &config_keys[i];
	return NULL;
}

static int check_name(const struct config_section *sec, const char *name, const char *section,
		      struct err *e)
{
	STRS_AUTO names = { 0 };
	char what[128];

	if (sec->named && !*name)
		return err_set(e, ERR_PARSE, "section [%s] needs a name: [%s NAME]", section,
			       sec->name);
	if (!sec->named && *name)
		return err_set(e, ERR_PARSE, "section [%s] takes no name", sec->name);
	if (name[strcspn(name, "=\t\n\r")])
		return err_set(e, ERR_PARSE,
			       "section [%s] has a name with '=' or a tab in it", section);
	if (!sec->names || config_choice(sec->names, name))
		return 0;
	text_split(sec->names, '|', &names);
	snprintf(what, sizeof(what), "%s '%.80s'", sec->name, name);
	return unknown(e, &names, name, what);
}

int config_resolve(struct config_name *out, const char *section, const char *key, struct err *e)
{
	size_t n = strcspn(section, " \t.");	/* [tier pro], and git's tier.pro */
	const char *name = section + n + (section[n] == '.' ? 1 : strspn(section + n, " \t"));
	const struct config_section *sec = find_section(section, n);
	int len, rc;

	if (!*section)
		return err_set(e, ERR_PARSE, "key '%s' stands before the first [section]", key);
	if (!sec) {
		char word[64];

		snprintf(word, sizeof(word), "%.*s", (int)n, section);
		return unknown_section(e, word, section);
	}
	if ((rc = check_name(sec, name, section, e)) < 0)
		return rc;
	if (!strcmp(sec->name, "tier"))
		name = config_tier(name);
	*out = (struct config_name){ .section = sec, .key = find_key(sec, key) };
	if (!out->key)
		return unknown_key(e, key, sec, section);
	len = snprintf(out->text, sizeof(out->text), "%s%s%s.%s", sec->name, sec->named ? " " : "",
		       name, key);
	return len < (int)sizeof(out->text) ? 0 : err_set(e, ERR_PARSE, "a name that is too long");
}

/* Where the key begins in "tier max-5x.impl.simple" or "price gpt-5.1.input": the longest known
 * key at the end. */
static const char *split_path(const char *path)
{
	size_t n = strcspn(path, " ."), len = strlen(path), best = 0;

	for (size_t i = 0; i < config_nkeys; i++) {
		size_t k = strlen(config_keys[i].key);

		if (strncmp(config_keys[i].section, path, n) || config_keys[i].section[n])
			continue;
		if (k > best && len > k + 1 && path[len - k - 1] == '.' &&
		    !strcmp(path + len - k, config_keys[i].key))
			best = k;
	}
	if (best)
		return path + len - best;
	return strrchr(path, '.') ? strrchr(path, '.') + 1 : NULL;
}

int config_resolve_path(struct config_name *out, const char *path, struct err *e)
{
	const char *key = split_path(path);
	char section[256];

	if (!key || key - path >= (ptrdiff_t)sizeof(section))
		return err_set(e, ERR_PARSE, "'%s' is not of the form section.key", path);
	snprintf(section, sizeof(section), "%.*s", (int)(key - path - 1), path);
	return config_resolve(out, section, key, e);
}

static bool is_real(const char *s, double min, double max)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(s, &end);
	return *s && !*end && !errno && v >= min && v <= max &&
		s[strspn(s, "0123456789.+-eE")] == 0;
}

static bool is_int(const char *s, double min, double max)
{
	long long v;

	return !text_int(s, (long long)min, (long long)max, &v);
}

static bool is_ms_list(const char *s)
{
	STRS_AUTO part = { 0 };
	int64_t ms;

	text_split(s, ',', &part);
	for (size_t i = 0; i < part.n; i++)
		if (clock_parse_duration(part.v[i], &ms) < 0)
			return false;
	return true;
}

/* Every part has a ':' that is not its first character. */
static bool is_map(const char *s)
{
	STRS_AUTO part = { 0 };

	text_split(s, ',', &part);
	for (size_t i = 0; i < part.n; i++) {
		const char *colon = strchr(part.v[i], ':');

		if (!colon || colon == part.v[i] || !colon[1])
			return false;
	}
	return true;
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n && n <= 100 && !s[n] && *s != '.';
}

static int bad(struct err *e, const struct config_key *k, const char *value, const char *need)
{
	return err_set(e, ERR_PARSE, "bad value '%s' for '%s': %s", value, k->key, need);
}

static int bad_number(struct err *e, const struct config_key *k, const char *value)
{
	const char *what = k->type == TYPE_REAL ? "a number" : "a whole number";
	const char *word = k->choices ? k->choices : "";
	char need[128];

	if (k->max >= 1e15)
		snprintf(need, sizeof(need), "%s of at least %g is needed", what, k->min);
	else
		snprintf(need, sizeof(need), "%s%s%s from %g to %g is needed", word,
			 *word ? " or " : "", what, k->min, k->max);
	return bad(e, k, value, need);
}

static int bad_word(struct err *e, const struct config_key *k, const char *value)
{
	STRS_AUTO names = { 0 };
	BUF_AUTO need = BUF_INIT;

	text_split(k->choices, '|', &names);
	buf_adds(&need, "one of ");
	text_join(&need, &names, ", ");
	buf_adds(&need, " is needed");
	return bad(e, k, value, need.s);
}

static int check_argv(const struct config_key *k, const char *value, struct err *e)
{
	STRS_AUTO words = { 0 };

	return text_words(value, &words, NULL) < 0 ? bad(e, k, value, "a quote is not closed") : 0;
}

/* What would garble a terminal; a command from a flag may well have several lines. */
static bool has_control(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t' && *s != '\n') || *s == 0x7f)
			return true;
	return false;
}

int config_check(const struct config_key *k, const char *value, struct err *e)
{
	int64_t ms;
	bool b;

	if (text_utf8_bad(value, strlen(value)) >= 0)
		return err_set(e, ERR_PARSE, "the value of '%s' is not valid UTF-8", k->key);
	if (has_control(value))
		return err_set(e, ERR_PARSE, "the value of '%s' holds a control character", k->key);
	switch (k->type) {
	case TYPE_TEXT:
	case TYPE_LIST:
		return 0;
	case TYPE_NAME:
		return is_name(value) ? 0 :
			bad(e, k, value, "a name of letters, digits and '._-' is needed");
	case TYPE_PATH_INSIDE:
		return text_path_inside(value) ? 0 :
			bad(e, k, value, "a relative path without '..' is needed");
	case TYPE_INT:
		return is_int(value, k->min, k->max) ? 0 : bad_number(e, k, value);
	case TYPE_INT_OR_WORD:
		return config_choice(k->choices, value) || is_int(value, k->min, k->max) ? 0 :
			bad_number(e, k, value);
	case TYPE_REAL:
		return is_real(value, k->min, k->max) ? 0 : bad_number(e, k, value);
	case TYPE_BOOL:
		return !config_parse_bool(value, &b) ? 0 :
			bad(e, k, value, "true or false is needed");
	case TYPE_MS:
		return !clock_parse_duration(value, &ms)
			       ? 0 : bad(e, k, value,
					 "a time such as 90, 90s, 10m or 2h is needed");
	case TYPE_MS_LIST:
		return is_ms_list(value) ? 0 :
			bad(e, k, value, "times with commas are needed, such as 10m,20m");
	case TYPE_WORD:
		return config_choice(k->choices, value) ? 0 : bad_word(e, k, value);
	case TYPE_ARGV:
		return check_argv(k, value, e);
	case TYPE_MAP:
		return is_map(value) ? 0 : bad(e, k, value, "WORD:STATE,... is needed");
	}
	return err_set(e, ERR_PARSE, "'%s' has a type that is not known", k->key);
}
