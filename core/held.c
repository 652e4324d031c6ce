#include "core/held.h"

#include <stdbool.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/err.h"
#include "store/gitcmd.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool in_path(char c)
{
	return is_letter(c) || is_digit(c) || (c && strchr("./-+@", c));
}

/* The path that ends at the colon p, or NULL. */
static const char *path_before(const char *text, const char *p)
{
	const char *from = p;
	bool looks = false;

	while (from > text && in_path(from[-1]))
		looks |= *--from == '.' || *from == '/';
	return looks && *from != '-' ? from : NULL;
}

size_t held_places(const char *text, struct held_place **out, struct arena *a)
{
	size_t n = 0, room = 1;

	for (const char *p = text; *p; p++)
		room += *p == ':';
	*out = arena_alloc(a, room * sizeof(**out));
	for (const char *p = strchr(text, ':'); p; p = strchr(p + 1, ':')) {
		const char *path = path_before(text, p), *end = p + 1;

		if (!path || !is_letter(p[1]))
			continue;
		while (is_letter(*end) || is_digit(*end))
			end++;
		(*out)[n++] = (struct held_place){
			.path = arena_strndup(a, path, (size_t)(p - path)),
			.symbol = arena_strndup(a, p + 1, (size_t)(end - p - 1)),
		};
	}
	return n;
}

int held_settled(const char *repo, const char *rev, const char *text, struct err *e)
{
	ARENA_AUTO a = ARENA_INIT;
	struct held_place *place;
	size_t n = held_places(text, &place, &a);

	for (size_t k = 0; k < n; k++) {
		int rc = git_try(repo, NULL, NULL, e, "--literal-pathspecs", "grep", "--quiet",
				 "--word-regexp", "--fixed-strings", "-e", place[k].symbol, rev,
				 "--", place[k].path, NULL);

		if (rc)		/* 1: not there */
			return rc == 1 ? 0 : rc < 0 ? rc : ERR_IO;
	}
	return n > 0;
}
