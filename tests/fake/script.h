/* tests/fake/script.h - reading the scripts of tests/fake/agent.c, and finding the entry that
 * plays */
#ifndef TESTS_FAKE_SCRIPT_H
#define TESTS_FAKE_SCRIPT_H
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/vec.h"

enum { BAD_SCRIPT = 99, FAILED = 98 };
enum { MAX_WORDS = 3 };

struct line;
struct action {
	const char *name;
	int words;		/* that stand before the text */
	enum { TEXT_NONE, TEXT_MAY, TEXT_MUST } text;
	void (*play)(const struct line *l);
};

struct line {
	const char *file;
	int no;
	const struct action *action;
	char *word[MAX_WORDS];	/* as written; expanded when played */
	char *text;
};

struct entry {
	char *issue, *role;
	long number;		/* 0: counts on */
	VEC(struct line) lines;
};

static struct {
	const struct action *actions;	/* all there are; ends with one without a name */
	VEC(struct entry) entries;
} script;
static const char *issue, *role, *reviewer;	/* what this attempt is */
static long attempt;

__attribute__((noreturn, format(printf, 4, 5)))
static void die(int code, const char *file, int no, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("agent: ", stderr);
	if (file)
		fprintf(stderr, "%s:%d: ", file, no);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(stderr);
	_exit(code);
}

static const char *env(const char *name, const char *otherwise)
{
	const char *s = getenv(name);

	return s && *s ? s : otherwise;
}

/* What the agent was asked; read once. */
static const struct buf *prompt(void)
{
	static struct buf text = BUF_INIT;
	static bool done;
	const char *path = getenv("BDW_PROMPT_FILE");
	char chunk[65536];
	ssize_t n;

	if (done)
		return &text;
	done = true;
	if (path && !fsx_read(AT_FDCWD, path, &text, NULL))
		return &text;
	while ((n = read(0, chunk, sizeof(chunk))) > 0)
		buf_add(&text, chunk, (size_t)n);
	return &text;
}

/* The next word of *s, NULL at its end. The caller's to free. */
static char *take_word(const char **s, size_t *n)
{
	const char *begin;

	text_trim(s, n);
	begin = *s;
	while (*n && **s != ' ' && **s != '\t')
		(*s)++, (*n)--;
	return *s == begin ? NULL : xstrndup(begin, (size_t)(*s - begin));
}

static void read_header(const char *file, int no, const char *s, size_t n)
{
	struct entry e = { 0 };
	char *num, *more;
	long long k = 0;

	if (s[n - 1] != ']')
		die(BAD_SCRIPT, file, no, "a header ends with ']'");
	s++, n -= 2;
	e.issue = take_word(&s, &n);
	e.role = take_word(&s, &n);
	num = take_word(&s, &n);
	more = take_word(&s, &n);
	if (more || (num && strcmp(num, "*") && text_int(num, 1, 1000000, &k) < 0))
		die(BAD_SCRIPT, file, no, "a header is [ISSUE ROLE ATTEMPT]");
	free(num);
	e.number = (long)k;
	e.issue = e.issue ? e.issue : xstrdup("*");
	e.role = e.role ? e.role : xstrdup("*");
	vec_add(&script.entries, e);
}

/* The lines up to WORD, without the last newline. */
static char *here_document(const char *file, int *no, const char *end, const char **s, size_t *n)
{
	struct buf out = BUF_INIT;
	const char *line;
	size_t len;
	int from = *no;

	while (text_line(s, n, &line, &len)) {
		const char *t = line;
		size_t tn = len;

		(*no)++;
		text_trim(&t, &tn);
		if (tn == strlen(end) && !strncmp(t, end, tn)) {
			buf_cut(&out, out.len ? out.len - 1 : 0);
			return buf_detach(&out);
		}
		buf_add(&out, line, len);
		buf_addc(&out, '\n');
	}
	die(BAD_SCRIPT, file, from, "no '%s' ends what begins here", end);
}

static const struct action *find_action(const char *file, int no, const char *name)
{
	VEC(const char *) names = { 0 };
	const char *near;

	for (const struct action *a = script.actions; a->name; a++) {
		if (!strcmp(name, a->name)) {
			vec_free(&names);
			return a;
		}
		vec_add(&names, a->name);
	}
	near = text_nearest(name, names.v, names.n);
	die(BAD_SCRIPT, file, no, "no action '%s'%s%s", name, near ? "; did you mean " : "",
	    near ? near : "");
}

static void read_action(const char *file, int *no, const char *line, size_t len, const char **s,
			size_t *n)
{
	struct line l = { .file = file, .no = *no };
	AUTO_FREE char *name = take_word(&line, &len);

	l.action = find_action(file, *no, name);
	for (int i = 0; i < l.action->words; i++)
		if (!(l.word[i] = take_word(&line, &len)))
			die(BAD_SCRIPT, file, *no, "'%s' needs %d words", name, l.action->words);
	text_trim(&line, &len);
	if (len > 2 && !strncmp(line, "<<", 2)) {
		AUTO_FREE char *end = xstrndup(line + 2, len - 2);

		l.text = here_document(file, no, end, s, n);
	} else if (len) {
		l.text = xstrndup(line, len);
	}
	if (l.text && l.action->text == TEXT_NONE)
		die(BAD_SCRIPT, file, l.no, "too much after '%s'", name);
	if (!l.text && l.action->text == TEXT_MUST)
		die(BAD_SCRIPT, file, l.no, "'%s' needs a text", name);
	if (!script.entries.n)
		vec_add(&script.entries,
			(struct entry){ .issue = xstrdup("*"), .role = xstrdup("*") });
	vec_add(&script.entries.v[script.entries.n - 1].lines, l);
}

static void read_script(const char *file, const char *s, size_t n)
{
	const char *line;
	size_t len;

	for (int no = 1; text_line(&s, &n, &line, &len); no++) {
		text_trim(&line, &len);
		if (!len || *line == '#')
			continue;
		if (*line == '[')
			read_header(file, no, line, len);
		else
			read_action(file, &no, line, len, &s, &n);
	}
}

/* Collects what the prompt has for us, less the indentation of a block's first line; false when
 * there is nothing. */
static bool script_of_prompt(struct buf *out)
{
	const struct buf *p = prompt();
	const char *s = p->s, *line;
	size_t n = p->len, len, indent = 0;
	bool inside = false;

	while (text_line(&s, &n, &line, &len)) {
		size_t blanks = 0;

		while (blanks < len && (line[blanks] == ' ' || line[blanks] == '\t'))
			blanks++;
		if (len == 3 && !strncmp(line, "fa:", 3)) {
			inside = true;
			indent = 0;
			continue;
		}
		inside &= blanks || !len;
		if (!inside && (len <= 4 || strncmp(line, "fa: ", 4)))
			continue;
		indent = indent ? indent : blanks;
		blanks = !inside ? 4 : blanks < indent ? blanks : indent;
		buf_add(out, line + blanks, len - blanks);
		buf_addc(out, '\n');
	}
	return out->len != 0;
}

/* The file in a script folder that is meant for us. */
static char *file_in(const char *dir)
{
	char *names[] = {
		xasprintf("%s/%s.%s", dir, issue, role), xasprintf("%s/%s", dir, issue),
		xasprintf("%s/%s", dir, role), xasprintf("%s/default", dir),
	};
	char *found = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!found && !access(names[i], R_OK))
			found = names[i];
		else
			free(names[i]);
	}
	if (!found)
		die(BAD_SCRIPT, NULL, 0, "no script for %s %s in '%s'", issue, role, dir);
	return found;
}

/* 0: not meant for us; else the higher the more exactly. */
static int fit(const struct entry *e)
{
	AUTO_FREE char *nth = xasprintf("%s.%s", role, reviewer);
	bool by_issue = !strcmp(e->issue, issue), by_role = !strcmp(e->role, role) ||
		!strcmp(e->role, nth);

	if ((!by_issue && !text_glob(e->issue, issue)) || (!by_role && !text_glob(e->role, role)))
		return 0;
	return 1 + 2 * by_issue + by_role;
}

static const struct entry *choose(void)
{
	for (int class = 4; class >= 1; class--) {
		const struct entry *best = NULL;
		long count = 0, best_number = 0;

		for (size_t i = 0; i < script.entries.n; i++) {
			const struct entry *e = &script.entries.v[i];

			if (fit(e) != class)
				continue;
			count = e->number ? e->number : count + 1;
			if (count <= attempt && count >= best_number) {
				best = e;
				best_number = count;
			}
		}
		if (best)
			return best;
	}
	die(BAD_SCRIPT, NULL, 0, "the script has nothing for %s %s %ld", issue, role, attempt);
}

static void free_script(void)
{
	for (size_t i = 0; i < script.entries.n; i++) {
		struct entry *e = &script.entries.v[i];

		for (size_t k = 0; k < e->lines.n; k++) {
			for (int w = 0; w < MAX_WORDS; w++)
				free(e->lines.v[k].word[w]);
			free(e->lines.v[k].text);
		}
		vec_free(&e->lines);
		free(e->issue);
		free(e->role);
	}
	vec_free(&script.entries);
}

static void load(const char *path)
{
	BUF_AUTO s = BUF_INIT;
	static char *file;	/* named by the lines */
	struct stat st;
	struct err e = ERR_INIT;

	if (!path) {
		if (!script_of_prompt(&s))
			die(BAD_SCRIPT, NULL, 0,
			    "neither --script, BDW_FAKE_SCRIPT nor 'fa:' in the prompt");
		read_script("prompt", s.s, s.len);
		return;
	}
	if (stat(path, &st) < 0)
		die(BAD_SCRIPT, NULL, 0, "no script '%s'", path);
	file = S_ISDIR(st.st_mode) ? file_in(path) : xstrdup(path);
	if (fsx_read(AT_FDCWD, file, &s, &e) < 0)
		die(BAD_SCRIPT, NULL, 0, "%s", e.msg);
	read_script(file, s.s, s.len);
}

#endif
