#include "store/gitconf.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/vec.h"

/*
 * "[remote \"Origin\"] rest" -> "remote.Origin": section in lower case, subsection as it is.
 * Answers how much of the line the header takes, 0 when it has no end.
 */
static size_t read_section(const char *s, size_t n, struct buf *out)
{
	size_t i = 1;

	buf_reset(out);
	for (; i < n && s[i] != ']' && s[i] != '"' && !isspace((unsigned char)s[i]); i++)
		buf_addc(out, (char)tolower((unsigned char)s[i]));
	while (i < n && isspace((unsigned char)s[i]))
		i++;
	if (i < n && s[i] == '"') {
		buf_addc(out, '.');
		for (i++; i < n && s[i] != '"'; i++) {
			if (s[i] == '\\' && i + 1 < n)
				i++;
			buf_addc(out, s[i]);
		}
		i++;
	}
	return i < n && s[i] == ']' ? i + 1 : 0;
}

/* The value after "=": quotes and backslashes taken off, a comment and blanks at the end
 * dropped. */
static void read_value(const char *s, size_t n, struct buf *out)
{
	bool quoted = false;
	size_t keep = 0;

	buf_reset(out);
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '"') {
			quoted = !quoted;
			keep = out->len;
			continue;
		}
		if (!quoted && (c == '#' || c == ';'))
			break;
		if (c == '\\' && i + 1 < n) {
			c = s[++i];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		} else if (!quoted && isspace((unsigned char)c)) {
			if (out->len)
				buf_addc(out, c);
			continue;
		}
		buf_addc(out, c);
		keep = out->len;
	}
	buf_cut(out, keep);
}

/* A line goes on when it ends in a backslash that is not itself escaped. */
static bool goes_on(const char *s, size_t n)
{
	size_t slashes = 0;

	while (slashes < n && s[n - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2;
}

/* "key = value" behind the section's name; a key without "=" is true. */
static int read_key(const char *s, size_t n, const struct buf *section, int line, gitconf_fn fn,
		    void *arg, struct err *e)
{
	BUF_AUTO name = BUF_INIT, value = BUF_INIT;
	size_t len = 0;

	while (len < n && (isalnum((unsigned char)s[len]) || s[len] == '-'))
		len++;
	if (!len)
		return 0;
	buf_addf(&name, "%s.", section->s);
	for (size_t i = 0; i < len; i++)
		buf_addc(&name, (char)tolower((unsigned char)s[i]));
	s += len;
	n -= len;
	text_trim(&s, &n);
	if (n && *s == '=') {
		s++;
		n--;
		text_trim(&s, &n);
		read_value(s, n, &value);
	} else {
		buf_adds(&value, "true");
	}
	return fn(arg, name.s, value.s, line, e);
}

int gitconf_read(const char *path, gitconf_fn fn, void *arg, struct err *e)
{
	BUF_AUTO text = BUF_INIT, section = BUF_INIT, whole = BUF_INIT;
	int line_no = 0, rc = fsx_read(AT_FDCWD, path, &text, e);
	const char *s = text.s, *line;
	size_t n = text.len, len;

	while (rc == 0 && text_line(&s, &n, &line, &len)) {
		int first = ++line_no;

		text_trim(&line, &len);
		if (!len || *line == '#' || *line == ';')
			continue;
		buf_reset(&whole);
		buf_add(&whole, line, len);
		while (goes_on(whole.s, whole.len) && text_line(&s, &n, &line, &len)) {
			line_no++;
			buf_cut(&whole, whole.len - 1);
			buf_add(&whole, line, len);
		}
		line = whole.s;
		len = whole.len;
		if (*line == '[') {
			size_t used = read_section(line, len, &section);

			line += used;
			len = used ? len - used : 0;
			text_trim(&line, &len);		/* a key may follow on the header's line */
		}
		rc = read_key(line, len, &section, first, fn, arg, e);
	}
	return rc;
}

struct wanted { const char *name; struct buf value; bool found; };

static int take_wanted(void *arg, const char *name, const char *value, int line, struct err *e)
{
	struct wanted *w = arg;

	(void)line, (void)e;
	if (strcmp(name, w->name))
		return 0;
	buf_reset(&w->value);
	buf_adds(&w->value, value);
	w->found = true;
	return 0;
}

int gitconf_get(const char *commondir, const char *name, struct buf *out, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/config", commondir);
	struct wanted w = { .name = name, .value = BUF_INIT };
	int rc = gitconf_read(path, take_wanted, &w, e);

	if (rc == 0 && !w.found)
		rc = err_set(e, ERR_NOTFOUND, "'%s' is not set", name);
	if (rc == 0)
		buf_add(out, w.value.s, w.value.len);
	buf_release(&w.value);
	return rc;
}

struct remotes { const char *branch; struct strs all, covering; };

static int take_remote(void *arg, const char *name, const char *value, int line, struct err *e)
{
	struct remotes *r = arg;
	AUTO_FREE char *remote = NULL, *from = NULL;

	(void)line, (void)e;
	if (!text_starts(name, "remote.") || !text_ends(name, ".fetch") || *value == '^')
		return 0;
	remote = xstrndup(name + 7, strlen(name) - 7 - 6);
	value += *value == '+';
	from = xstrndup(value, strcspn(value, ":"));
	if (!strs_has(&r->all, remote))
		strs_add(&r->all, remote);
	if (text_glob(from, r->branch))
		strs_add(&r->covering, remote);
	return 0;
}

int gitconf_narrow_remote(const char *commondir, const char *branch, struct buf *name)
{
	AUTO_FREE char *path = xasprintf("%s/config", commondir);
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", branch);
	struct remotes r = { .branch = ref };
	int rc = ERR_NOTFOUND;

	gitconf_read(path, take_remote, &r, NULL);
	for (size_t i = 0; i < r.all.n && rc < 0; i++)
		if (!strs_has(&r.covering, r.all.v[i])) {
			buf_adds(name, r.all.v[i]);
			rc = 0;
		}
	strs_free_all(&r.all);
	strs_free_all(&r.covering);
	return rc;
}

int gitconf_check_format(const char *commondir, struct err *e)
{
	BUF_AUTO objects = BUF_INIT, refs = BUF_INIT;

	if (!gitconf_get(commondir, "extensions.objectformat", &objects, NULL) &&
	    strcasecmp(objects.s, "sha1")) {
		err_set(e, ERR_REFUSED, "'%s' uses %s object names, which beadwave cannot read",
			commondir, objects.s);
		err_hint(e,
			 "beadwave needs a repository made with 'git init --object-format=sha1'");
		return ERR_REFUSED;
	}
	if (!gitconf_get(commondir, "extensions.refstorage", &refs, NULL) &&
	    strcasecmp(refs.s, "files")) {
		err_set(e, ERR_REFUSED, "'%s' keeps its refs as %s, which beadwave cannot read",
			commondir, refs.s);
		err_hint(e, "beadwave needs a repository whose refs are files: git refs migrate "
			    "--ref-format=files");
		return ERR_REFUSED;
	}
	return 0;
}
