/* Long text on a terminal goes through a pager, as git does it: only when somebody is looking. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/buf.h"
#include "store/base/text.h"
#include "store/base/vec.h"

extern char **environ;

static const char *setting(const char *name)
{
	const char *s = getenv(name);

	return s && *s ? s : NULL;
}

static bool fits(struct ctx *c, const struct buf *text)
{
	struct winsize size;
	int width = out_width(c);
	const char *s = text->s, *line;
	size_t n = text->len, len, lines = 0;

	if (ioctl(fileno(c->out), TIOCGWINSZ, &size) < 0 || !size.ws_row)
		return true;
	while (text_line(&s, &n, &line, &len))
		lines += 1 + len / (size_t)(width * 2);	/* bytes, colours included: a guess is enough */
	return lines < size.ws_row;
}

/* Starts the pager with its stdin at *fd. 0 when it cannot be started. */
static pid_t start(const char *command, int *fd)
{
	STRS_AUTO words = { 0 };
	posix_spawn_file_actions_t acts;
	int ends[2], rc;
	pid_t pid = 0;

	if (text_words(command, &words, NULL) < 0 || !words.n || pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	vec_add(&words, NULL);	/* ends argv; strs_free_all may meet it: free(NULL) */
	setenv("LESS", "FRX", 0);
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, ends[0], 0);
	rc = posix_spawnp(&pid, words.v[0], &acts, NULL, words.v, environ);
	posix_spawn_file_actions_destroy(&acts);
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

static bool page(const struct buf *text)
{
	const char *command = setting("BD_PAGER");
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	pid_t pid;
	int fd, status;

	if (!command && !(command = setting("PAGER")))
		command = "less";
	if (!strcmp(command, "cat") || !(pid = start(command, &fd)))
		return false;
	sigaction(SIGPIPE, &ignore, &was);
	feed(fd, text);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGPIPE, &was, NULL);
	return true;
}

void render_print(struct ctx *c, const struct buf *text, int pager)
{
	bool terminal = pager && !setting("BD_NO_PAGER") && c->out == stdout && isatty(fileno(c->out));

	fflush(c->out);
	if (!terminal || fits(c, text) || !page(text))
		fwrite(text->s, 1, text->len, c->out);
}
