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

/* "[remote \"Origin\"]" -> "remote.Origin": section in lower case, subsection as it is. */
static void read_section(const char *s, size_t n, struct buf *out)
{
	size_t i = 1;

	buf_reset(out);
	for (; i < n && s[i] != ']' && s[i] != '"' && !isspace((unsigned char)s[i]); i++)
		buf_addc(out, (char)tolower((unsigned char)s[i]));
	while (i < n && isspace((unsigned char)s[i]))
		i++;
	if (i >= n || s[i] != '"')
		return;
	buf_addc(out, '.');
	for (i++; i < n && s[i] != '"'; i++) {
		if (s[i] == '\\' && i + 1 < n)
			i++;
		buf_addc(out, s[i]);
	}
}

/* The value after "=": quotes and backslashes taken off, a comment and blanks at the end dropped. */
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

/* Is this line (trimmed, no header) the wanted key? Then its value is taken. */
static bool read_key(const char *s, size_t n, const char *key, struct buf *value)
{
	const char *eq = memchr(s, '=', n);
	size_t len = eq ? (size_t)(eq - s) : n;

	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	if (len != strlen(key) || strncasecmp(s, key, len))
		return false;
	if (eq) {
		const char *v = eq + 1;
		size_t left = n - (size_t)(v - s);

		text_trim(&v, &left);
		read_value(v, left, value);
	} else {
		buf_reset(value);
		buf_adds(value, "true");
	}
	return true;
}

int gitconf_get(const char *commondir, const char *name, struct buf *out, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/config", commondir);
	AUTO_FREE char *section = xstrdup(name);
	char *key = strrchr(section, '.');
	BUF_AUTO text = BUF_INIT, here = BUF_INIT, value = BUF_INIT;
	bool found = false;
	const char *s, *line;
	size_t n, len;
	int rc = fsx_read(AT_FDCWD, path, &text, e);

	if (rc < 0)
		return rc;
	*key++ = 0;
	s = text.s;
	n = text.len;
	while (text_line(&s, &n, &line, &len)) {
		text_trim(&line, &len);
		if (len && *line == '[') {
			const char *end = memchr(line, ']', len);

			read_section(line, len, &here);
			if (!end)
				continue;
			end++;		/* a key may follow on the header's line */
			len -= (size_t)(end - line);
			line = end;
			text_trim(&line, &len);
		}
		if (len && !strcmp(here.s, section) && read_key(line, len, key, &value))
			found = true;
	}
	if (!found)
		return err_set(e, ERR_NOTFOUND, "'%s' is not set", name);
	buf_add(out, value.s, value.len);
	return 0;
}

int gitconf_check_format(const char *commondir, struct err *e)
{
	BUF_AUTO objects = BUF_INIT, refs = BUF_INIT;

	if (!gitconf_get(commondir, "extensions.objectformat", &objects, NULL) && strcasecmp(objects.s, "sha1")) {
		err_set(e, ERR_REFUSED, "'%s' uses %s object names, which beadwave cannot read", commondir, objects.s);
		err_hint(e, "beadwave needs a repository made with 'git init --object-format=sha1'");
		return ERR_REFUSED;
	}
	if (!gitconf_get(commondir, "extensions.refstorage", &refs, NULL) && strcasecmp(refs.s, "files")) {
		err_set(e, ERR_REFUSED, "'%s' keeps its refs as %s, which beadwave cannot read", commondir, refs.s);
		err_hint(e, "beadwave needs a repository whose refs are files: git refs migrate --ref-format=files");
		return ERR_REFUSED;
	}
	return 0;
}
