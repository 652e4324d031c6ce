/*
 * tests/bench/data.c - a project of N issues as issues.jsonl, the same bytes every time
 *
 * data N: groups of 50, each issue with 0 to 3 blockers of its group, descriptions of 1 KB, 30 %
 * closed. data N loose: open issues without text or edges. data N chain: each waits for the one
 * before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 50, TEXT = 1024 };

/* Numerical Recipes' generator: data has to be the same everywhere, not good. */
static unsigned draw(unsigned *state, unsigned below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

static void put_text(unsigned *state)
{
	static const char *const word[] = {
		"parser", "reads", "the", "queue", "before", "a", "commit", "and", "every",
		"branch", "keeps", "its",
		"lock", "until", "timeout", "of", "index", "rows", "is", "rejected", "when",
		"bytes", "differ", "in",
	};
	int n = 0;

	while (n < TEXT)
		n += printf("%s%s", word[draw(state, sizeof(word) / sizeof(word[0]))],
			    n % 11 ? " " : "\\n");
}

static void put_edge(int from, int to, const char *before)
{
	printf("%s{\"issue_id\":\"b-%05d\",\"depends_on_id\":\"b-%05d\",\"type\":\"blocks\","
	       "\"created_at\":\"2026-01-02T03:04:05Z\",\"created_by\":\"bench\"}", before,
	       from, to);
}

static void put_edges(unsigned *state, int i)
{
	int first = i / GROUP * GROUP, n = i == first ? 0 : (int)draw(state, 4), last = -1;

	for (int k = 0; k < n; k++) {
		int on = first + (int)draw(state, (unsigned)(i - first));

		if (on <= last)
			continue;	/* rising, so that none stands twice */
		put_edge(i, on, last < 0 ? "" : ",");
		last = on;
	}
}

static void put_issue(unsigned *state, int i, const char *shape)
{
	int whole = !*shape, closed = whole && draw(state, 10) < 3;

	printf("{\"id\":\"b-%05d\",\"title\":\"Issue %d of the bench\",\"description\":\"", i, i);
	if (whole)
		put_text(state);
	printf("\",\"status\":\"%s\",\"priority\":%u,\"issue_type\":\"task\",",
	       closed ? "closed" : "open", whole ? draw(state, 5) : 2);
	printf("\"created_at\":\"2026-01-01T%02d:%02d:%02dZ\",", i / 3600 % 24,
	       i / 60 % 60, i % 60);
	printf("\"created_by\":\"bench\",\"updated_at\":\"2026-01-03T00:00:00Z\",%s\"dependencies\":[",
	       closed ? "\"closed_at\":\"2026-01-03T00:00:00Z\"," : "");
	if (whole)
		put_edges(state, i);
	else if (i && !strcmp(shape, "chain"))
		put_edge(i, i - 1, "");
	printf("]}\n");
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0;
	unsigned state = 42;

	for (int i = 0; i < n; i++)
		put_issue(&state, i, argc > 2 ? argv[2] : "");
	return n > 0 ? 0 : 2;
}
