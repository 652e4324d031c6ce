#include "store/id.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/base/text.h"

int id_check(const char *id, struct err *e)
{
	size_t n = strlen(id);
	const char *hyphen = strchr(id, '-');

	if (!n)
		return err_set(e, ERR_USAGE, "an issue ID must not be empty");
	if (n > ID_MAX)
		return err_set(e, ERR_USAGE, "issue ID '%.40s...' is longer than %d bytes", id, ID_MAX);
	if (text_utf8_bad(id, n) >= 0)
		return err_set(e, ERR_USAGE, "issue ID is not valid UTF-8");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)id[i] <= ' ' || id[i] == 0x7f || id[i] == '/' || id[i] == '\\')
			return err_set(e, ERR_USAGE, "issue ID '%s' holds a character that is not allowed", id);
	if (!hyphen || hyphen == id || !hyphen[1])
		return err_set(e, ERR_USAGE,
			       "invalid ID format '%s' (expected format: prefix-hash or prefix-hash.number, e.g., "
			       "'bd-a3f8e9' or 'bd-a3f8e9.1')", id);
	return 0;
}

unsigned id_shard(const char *id)
{
	return hash_fnv1a(id, strlen(id)) & 0xff;
}

/* Must byte i of the id be written as %XX? A pure function of the id, so that names agree everywhere. */
static bool must_escape(const char *id, size_t n, size_t i)
{
	unsigned char c = (unsigned char)id[i];

	if (!isalnum(c) && c != '.' && c != '_' && c != '-')
		return true;
	if (c >= 0x80)
		return true;
	if (c == '.' && (i == 0 || id[i - 1] == '.'))
		return true;	/* hidden files; ".." is no ref name */
	return c == '.' && (i + 1 == n || (n >= 5 && i == n - 5 && !strcmp(id + i, ".lock")));
}

void id_file_name(const char *id, struct buf *out)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++) {
		if (must_escape(id, n, i))
			buf_addf(out, "%%%02X", (unsigned char)id[i]);
		else
			buf_addc(out, id[i]);
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool id_from_file_name(const char *name, size_t n, struct buf *out)
{
	size_t from = out->len;
	BUF_AUTO again = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (name[i] != '%') {
			buf_addc(out, name[i]);
			continue;
		}
		if (i + 2 >= n || hex_digit(name[i + 1]) < 0 || hex_digit(name[i + 2]) < 0)
			goto no;
		buf_addc(out, (char)(hex_digit(name[i + 1]) * 16 + hex_digit(name[i + 2])));
		i += 2;
	}
	if (out->len == from || strlen(out->s + from) != out->len - from)
		goto no;
	id_file_name(out->s + from, &again);
	if (again.len == n && !memcmp(again.s, name, n))
		return true;
no:
	buf_cut(out, from);
	return false;
}

static void path(const char *dir, const char *id, const char *ext, struct buf *out)
{
	buf_addf(out, "%s/%02x/", dir, id_shard(id));
	id_file_name(id, out);
	buf_adds(out, ext);
}

void id_issue_path(const char *id, struct buf *out)
{
	path("issue", id, ".md", out);
}

void id_work_path(const char *id, struct buf *out)
{
	path("work", id, ".ini", out);
}

/* Length of the id without its ".1.2" child numbers. */
static size_t root_len(const char *id)
{
	size_t n = strlen(id), k;

	while ((k = id_parent_len(id)) && k < n) {
		char copy[ID_MAX + 1];

		if (k > ID_MAX)
			break;
		memcpy(copy, id, k);
		copy[k] = 0;
		n = k;
		if (!id_parent_len(copy))
			break;
		return root_len(copy);
	}
	return n;
}

size_t id_prefix_len(const char *id)
{
	size_t n = root_len(id);

	while (n && id[n - 1] != '-')
		n--;
	return n ? n - 1 : 0;
}

size_t id_parent_len(const char *id)
{
	const char *dot = strrchr(id, '.');

	if (!dot || dot == id || !dot[1] || strspn(dot + 1, "0123456789") != strlen(dot + 1))
		return 0;
	return (size_t)(dot - id);
}

unsigned long id_child_number(const char *id)
{
	size_t n = id_parent_len(id);

	return n ? strtoul(id + n + 1, NULL, 10) : 0;
}

int id_compare_natural(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			size_t n = strspn(a, "0123456789"), m = strspn(b, "0123456789");
			const char *x = a, *y = b;

			while (n && *x == '0')
				x++, n--;
			while (m && *y == '0')
				y++, m--;
			if (n != m)
				return n < m ? -1 : 1;
			if (memcmp(x, y, n))
				return memcmp(x, y, n);
			a = x + n;
			b = y + m;
		} else if (*a != *b) {
			return (unsigned char)*a - (unsigned char)*b;
		} else {
			a++;
			b++;
		}
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int id_hash_len(size_t n, int min_len)
{
	for (int len = min_len < 3 ? 3 : min_len; len < 8; len++)
		if (1 - exp(-((double)n * (double)n) / (2 * pow(36, len))) <= 0.25)
			return len;
	return 8;
}

static void mix(uint64_t *h, const void *p, size_t n)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		*h = (*h ^ c[i]) * 1099511628211ull;	/* FNV-1a, 64 bits */
}

/* Random bytes, or those of BDW_SEED: the same every time. */
static void add_entropy(uint64_t *h)
{
	const char *seed = getenv("BDW_SEED");
	unsigned char bytes[16] = { 0 };

	if (seed)
		mix(h, seed, strlen(seed));
	else if (getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes))
		mix(h, bytes, sizeof(bytes));
}

/* The low bits of FNV move little for inputs that differ little. splitmix64's finaliser. */
static uint64_t finish(uint64_t h)
{
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebull;
	return h ^ (h >> 31);
}

void id_new(const char *prefix, const char *title, const char *description, const char *actor, int64_t now_us, int len,
	    unsigned nonce, struct buf *out)
{
	uint64_t h = 14695981039346656037ull;
	char hash[16];

	mix(&h, title, strlen(title) + 1);
	mix(&h, description, strlen(description) + 1);
	mix(&h, actor, strlen(actor) + 1);
	mix(&h, &now_us, sizeof(now_us));
	mix(&h, &nonce, sizeof(nonce));
	add_entropy(&h);
	h = finish(h);
	for (int i = 0; i < len && i < 15; i++, h /= 36)
		hash[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[h % 36];
	buf_addf(out, "%s-%.*s", prefix, len, hash);
}

void id_new_uuid(int64_t now_us, unsigned seq, char out[37])
{
	uint64_t ms = (uint64_t)now_us / 1000, a = 14695981039346656037ull, b;

	mix(&a, &now_us, sizeof(now_us));
	mix(&a, &seq, sizeof(seq));
	add_entropy(&a);
	a = finish(a);
	b = finish(a + 0x9e3779b97f4a7c15ull);
	/* RFC 9562 version 7: 48 bits of milliseconds, version, random, variant, random */
	snprintf(out, 37, "%08llx-%04llx-7%03llx-%04llx-%012llx", (unsigned long long)(ms >> 16) & 0xffffffffull,
		 (unsigned long long)ms & 0xffff, (unsigned long long)a & 0xfff,
		 0x8000 | ((unsigned long long)(a >> 12) & 0x3fff), (unsigned long long)b & 0xffffffffffffull);
}

void id_prefix_from_dir(const char *dir, struct buf *out)
{
	size_t from = out->len;

	for (; *dir; dir++)
		buf_addc(out, isalnum((unsigned char)*dir) || *dir == '-' || *dir == '_' ? *dir : '_');
	if (out->len == from)
		buf_adds(out, "issue");
}
