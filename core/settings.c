#include "core/settings.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/bdconf.h"
#include "store/ini.h"
#include "store/store.h"
#include "store/txn.h"

#define SETTINGS "settings.json"
#define CONFIG "config.ini"

struct settings {
	struct js *json;	/* NULL: nothing set */
	char *prefix;		/* NULL: not set */
	const struct bdconf *over;
};

static int take_prefix(void *arg, const char *section, const char *key, const char *value, int line,
		       struct err *e)
{
	struct settings *s = arg;

	(void)line, (void)e;
	if (!strcmp(section, "project") && !strcmp(key, "prefix") && *value) {
		free(s->prefix);
		s->prefix = xstrdup(value);
	}
	return 0;
}

struct settings *settings_none(const struct bdconf *over)
{
	struct settings *s = xcalloc(1, sizeof(*s));

	s->over = over;
	return s;
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	js_free(s->json);
	free(s->prefix);
	free(s);
}

static int parse_settings(struct js **out, const struct buf *text, struct err *e)
{
	int rc = js_parse(out, text->s, text->len, e);

	if (rc < 0)
		return err_wrap(e, rc, "%s", SETTINGS);
	if (js_kind(*out) == JS_OBJECT)
		return 0;
	js_free(*out);
	*out = NULL;
	return err_set(e, ERR_PARSE, SETTINGS ": not a JSON object");
}

int settings_load(struct settings **out, struct store *st, const struct bdconf *over,
		  struct err *e)
{
	struct settings *s = *out = settings_none(over);
	BUF_AUTO json = BUF_INIT;
	BUF_AUTO ini = BUF_INIT;
	int rc = store_read(st, SETTINGS, &json, e);

	if (rc == 0)
		rc = parse_settings(&s->json, &json, e);
	if (rc == 0 || rc == ERR_NOTFOUND)
		rc = store_read(st, CONFIG, &ini, e);
	if (rc == 0)
		rc = ini_read(ini.s, ini.len, CONFIG, take_prefix, s, e);
	if (rc == 0 || rc == ERR_NOTFOUND)
		return 0;
	settings_free(s);
	*out = NULL;
	return rc;
}

const char *settings_stored(const struct settings *s, const char *key)
{
	if (!strcmp(key, "issue_prefix"))
		return s->prefix;
	return js_str(s->json, key);
}

const char *settings_get(const struct settings *s, const char *key)
{
	const struct bdconf_value *v = bdconf_find(s->over, key, BDCONF_ENV, BDCONF_LOCAL);
	const char *stored = settings_stored(s, key);

	/* ids go on as they began: issue-prefix of bd's files is for init */
	if (!strcmp(key, "issue_prefix"))
		return stored;
	if (!v && !stored)
		v = bdconf_find(s->over, key, BDCONF_PROJECT, BDCONF_HOME);
	return v ? v->value : stored;
}

bool settings_true(const struct settings *s, const char *key)
{
	return text_true(settings_get(s, key));
}

long settings_int(const struct settings *s, const char *key, long dflt)
{
	const char *v = settings_get(s, key);
	long long n;

	return v && text_int(v, -2147483647, 2147483647, &n) == 0 ? (long)n : dflt;
}

const char *settings_prefix(const struct settings *s)
{
	return s->prefix ? s->prefix : "issue";
}

struct vocab settings_vocab(const struct settings *s)
{
	return (struct vocab){ .custom_status = settings_get(s, "status.custom"),
			       .custom_types = settings_get(s, "types.custom") };
}

void settings_keys(const struct settings *s, struct strs *out)
{
	if (s->prefix)
		strs_add(out, "issue_prefix");
	for (void *it = js_iter(s->json); it; it = js_iter_next(s->json, it))
		if (js_text(js_iter_value(it)))
			strs_add(out, js_iter_key(it));
	strs_sort(out);
}

static int put_prefix(struct txn *t, const char *value, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	int rc = txn_read(t, CONFIG, &text, e);

	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	if ((rc = ini_set(&text, "project", "prefix", value, e)) < 0)
		return rc;
	return txn_put(t, CONFIG, text.s, text.len, e);
}

/* Members of old but key, plus key when value is given, sorted, one a line so that line merges
 * work. */
static void rewrite(const struct js *old, const char *key, const char *value, struct buf *out)
{
	BUF_AUTO flat = BUF_INIT;
	BUF_AUTO sorted = BUF_INIT;
	struct jsw w = JSW(&flat, JS_COMPACT), pretty = JSW(out, JS_PRETTY);
	struct js *all;

	w.html = pretty.html = false;
	js_open(&w, '{');
	for (void *it = js_iter(old); it; it = js_iter_next(old, it)) {
		if (!strcmp(js_iter_key(it), key))
			continue;
		js_key(&w, js_iter_key(it));
		js_add_value(&w, js_iter_value(it));
	}
	if (value)
		js_put_str(&w, key, value);
	js_close(&w, '}');
	if (js_parse(&all, flat.s, flat.len, NULL) < 0)
		return;
	js_dump(all, true, &sorted);
	js_free(all);
	js_add_raw(&pretty, sorted.s);
	buf_addc(out, '\n');
}

int settings_put(struct txn *t, const char *key, const char *value, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO out = BUF_INIT;
	struct js *old = NULL;
	int rc;

	if (!strcmp(key, "issue_prefix"))
		return put_prefix(t, value, e);
	if (text_utf8_bad(key, strlen(key)) >= 0 ||
	    (value && text_utf8_bad(value, strlen(value)) >= 0))
		return err_set(e, ERR_USAGE, "not valid UTF-8");
	rc = txn_read(t, SETTINGS, &text, e);
	if (rc == 0)
		rc = parse_settings(&old, &text, e);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	rewrite(old, key, value, &out);
	js_free(old);
	return txn_put(t, SETTINGS, out.s, out.len, e);
}
