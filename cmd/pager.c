/* Long text on a terminal goes through a pager, as git does it: only when somebody is looking. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/ascii.h"
#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/buf.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/bdconf.h"

extern char **environ;

static bool fits(struct ctx *c, const struct buf *text)
{
	struct winsize size;
	int width = out_width(c);
	const char *s = text->s, *line;
	size_t n = text->len, len, lines = 0;

	if (ioctl(fileno(c->out), TIOCGWINSZ, &size) < 0 || !size.ws_row)
		return true;
	while (text_line(&s, &n, &line, &len))
		/* bytes, colours included: a guess is enough */
		lines += 1 + len / (size_t)(width * 2);
	return lines < size.ws_row;
}

/* As git: the first that is set counts, and one that is empty or cat means none. NULL: none. */
static const char *choose(struct ctx *c)
{
	static const char *const names[] = { "BDW_PAGER", "BD_PAGER", "GIT_PAGER", "PAGER" };
	const char *off = bdconf_get(c->bdconf, "no-pager"), *command = NULL;

	if (off && strcasecmp(off, "false") && strcmp(off, "0"))
		return NULL;
	for (size_t i = 0; !command && i < sizeof(names) / sizeof(names[0]); i++)
		command = getenv(names[i]);
	if (!command)
		return "less";
	return *command && strcmp(command, "cat") ? command : NULL;
}

static const int pager_signals[] = { SIGPIPE, SIGINT, SIGQUIT };
enum { NSIGNALS = sizeof(pager_signals) / sizeof(pager_signals[0]) };

/* Ctrl-C is for the pager: it stays on the terminal until it is left. */
static void ignore_signals(struct sigaction *was, bool on)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < NSIGNALS; i++)
		sigaction(pager_signals[i], on ? &ignore : &was[i], on ? &was[i] : NULL);
}

/* Starts the pager with its stdin at *fd. 0 when it cannot be started. */
static pid_t start(const char *command, int *fd)
{
	STRS_AUTO words = { 0 };
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int ends[2], rc;
	pid_t pid = 0;

	if (text_words(command, &words, NULL) < 0 || !words.n || pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	vec_add(&words, NULL);	/* ends argv; strs_free_all may meet it: free(NULL) */
	setenv("LESS", "FRX", 0);
	sigemptyset(&defaults);
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaddset(&defaults, pager_signals[i]);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, ends[0], 0);
	rc = posix_spawnp(&pid, words.v[0], &acts, &attr, words.v, environ);
	posix_spawn_file_actions_destroy(&acts);
	posix_spawnattr_destroy(&attr);
	close(ends[0]);
	*fd = ends[1];
	if (rc == 0)
		return pid;
	close(ends[1]);
	return 0;
}

static void feed(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->s + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return;		/* the reader has seen enough */
		done += n < 0 ? 0 : (size_t)n;
	}
}

static bool page(const char *command, const struct buf *text)
{
	struct sigaction was[NSIGNALS];
	int fd, status;
	pid_t pid;

	ignore_signals(was, true);
	if ((pid = start(command, &fd))) {
		feed(fd, text);
		close(fd);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	ignore_signals(was, false);
	return pid != 0;
}

/* Fitting lines to the terminal */

enum { TITLE_LEAST = 12 };	/* columns: shorter ones say nothing */

struct title { size_t at, len; int width; };
enum { TITLES = 4 };

static size_t find_titles(const char *line, size_t len, struct title *t)
{
	size_t n = 0;

	for (size_t i = 0; n < TITLES && i < len; i++) {
		const char *end = line[i] == RENDER_TITLE[0] ?
			memchr(line + i, RENDER_TITLE_END[0], len - i) : NULL;

		if (!end)
			continue;
		t[n] = (struct title){ .at = i + 1, .len = (size_t)(end - line) - i - 1 };
		t[n].width = render_width(line + t[n].at, t[n].len);
		n++;
	}
	return n;
}

/* The last title gives way first: it is that of another issue. */
static void fit_line(struct buf *out, const char *line, size_t len, int width, bool ascii)
{
	struct title t[TITLES];
	size_t n = find_titles(line, len, t), at = 0;
	int over = n ? render_width(line, len) - width : 0;

	for (size_t i = n; over > 0 && i-- > 0;) {
		int keep = t[i].width - over > TITLE_LEAST ? t[i].width - over : TITLE_LEAST;

		if (keep >= t[i].width)
			continue;
		over -= t[i].width - keep;
		t[i].width = keep;
	}
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *title = xstrndup(line + t[i].at, t[i].len);

		buf_add(out, line + at, t[i].at - at);
		text_fit(out, title, t[i].width, ascii);
		at = t[i].at + t[i].len;
	}
	buf_add(out, line + at, len - at);
	buf_addc(out, '\n');
}

/* width 0: a line may be as long as it is. The marks are control characters, and go with all
 * others. */
static void settle(struct ctx *c, struct buf *out, const struct buf *text, int width)
{
	const char *s = text->s, *line;
	size_t n = text->len, len;
	BUF_AUTO plain = BUF_INIT;
	BUF_AUTO fitted = BUF_INIT;
	bool ascii = out_ascii(c);

	if (ascii) {
		ascii_add(&plain, text->s, text->len);
		s = plain.s;
		n = plain.len;
	}
	if (!width || !memchr(s, RENDER_TITLE[0], n)) {
		out_clean(c, out, s);
		return;
	}
	while (text_line(&s, &n, &line, &len))
		fit_line(&fitted, line, len, width, ascii);
	out_clean(c, out, fitted.s);
}

int render_columns(struct ctx *c)
{
	int fd = fileno(c->out);

	return fd >= 0 && isatty(fd) ? out_width(c) : 0;
}

void render_print(struct ctx *c, const struct buf *text, int pager)
{
	int width = render_columns(c);
	const char *command = pager && width && c->out == stdout ? choose(c) : NULL;
	BUF_AUTO shown = BUF_INIT;

	settle(c, &shown, text, width);
	fflush(c->out);
	if (!command || fits(c, &shown) || !page(command, &shown))
		fwrite(shown.s, 1, shown.len, c->out);
}
