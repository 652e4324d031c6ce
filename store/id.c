#include "store/id.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/base/text.h"

enum {
	/* of 255: leaves room for ".md" and for an attempt's ".verify.12345" */
	NAME_LEN_MAX = 230,
	HASH_LEN_MAX = 8,
	PREFIX_LEN_MAX = 100,
};

/* White space, controls and invisible characters: what would split an id, or hide in it. s is
 * valid UTF-8. */
static bool is_odd(const unsigned char *s)
{
	unsigned cp;

	if (s[0] < 0x80)
		return s[0] <= ' ' || s[0] == 0x7f;
	if (s[0] < 0xe0) {
		cp = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
		return cp <= 0xa0;
	}
	if (s[0] >= 0xf0)
		return false;
	cp = (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
	return cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202f) ||
	       (cp >= 0x205f && cp <= 0x2064) || cp == 0x3000 || cp == 0xfeff || cp >= 0xfff0;
}

int id_check_target(const char *id, struct err *e)
{
	size_t n = strlen(id);

	if (!n)
		return err_set(e, ERR_USAGE, "an issue id cannot be empty");
	if (n > ID_MAX)
		return err_set(e, ERR_USAGE, "the issue id is too long (%zu bytes, at most %d)",
			       n, ID_MAX);
	if (text_utf8_bad(id, n) >= 0)
		return err_set(e, ERR_USAGE, "an issue id must be valid UTF-8");
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)id[i] & 0xc0) != 0x80 && is_odd((const unsigned char *)id + i))
			return err_set(e, ERR_USAGE,
				       "an issue id cannot hold white space or control characters");
	return 0;
}

/* Is byte i written as %XX? Dots are where git or the shell would read something into them. */
static bool is_escaped(const char *id, size_t i, size_t n)
{
	unsigned char c = (unsigned char)id[i];

	if (c != '.')
		return !((c < 0x80 && isalnum(c)) || c == '_' || c == '-');
	return i == 0 || i == n - 1 || id[i - 1] == '.' || !strcmp(id + i, ".lock");
}

int id_check(const char *id, struct err *e)
{
	size_t n = strlen(id), name_len = 0;
	const char *hyphen = strchr(id, '-');
	int rc = id_check_target(id, e);

	if (rc < 0)
		return rc;
	if (!hyphen || hyphen == id || !hyphen[1])
		return err_set(e, ERR_USAGE,
			       "invalid ID format '%s' (expected format: prefix-hash or "
			       "prefix-hash.number, e.g., 'bd-a3f8e9' or 'bd-a3f8e9.1')", id);
	for (size_t i = 0; i < n; i++)
		name_len += is_escaped(id, i, n) ? 3 : 1;
	if (name_len > NAME_LEN_MAX)
		return err_set(e, ERR_USAGE, "the issue id '%s' is too long for a file name", id);
	return 0;
}

unsigned id_shard(const char *id)
{
	return hash_fnv1a(id, strlen(id)) & 0xff;
}

void id_file_name(const char *id, struct buf *out)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++) {
		if (is_escaped(id, i, n))
			buf_addf(out, "%%%02X", (unsigned char)id[i]);
		else
			buf_addc(out, id[i]);
	}
}

bool id_file_text(const char *name, size_t n, struct buf *out)
{
	BUF_AUTO again = BUF_INIT;
	size_t from = out->len;

	buf_add(out, name, n);
	text_unescape(out->s + from);
	buf_cut(out, from + strlen(out->s + from));
	/* one id, one file: a name that is spelled otherwise would be a second home of the same
	 * issue */
	id_file_name(out->s + from, &again);
	if (n && again.len == n && !memcmp(again.s, name, n))
		return true;
	buf_cut(out, from);
	return false;
}

bool id_from_file_name(const char *name, size_t n, struct buf *out)
{
	size_t from = out->len;

	if (!id_file_text(name, n, out))
		return false;
	if (id_check(out->s + from, NULL) == 0)
		return true;
	buf_cut(out, from);
	return false;
}

static void add_path(const char *folder, const char *id, const char *suffix, struct buf *out)
{
	buf_addf(out, "%s/%02x/", folder, id_shard(id));
	id_file_name(id, out);
	buf_adds(out, suffix);
}

void id_issue_path(const char *id, struct buf *out)
{
	add_path("issue", id, ".md", out);
}

void id_work_path(const char *id, struct buf *out)
{
	add_path("work", id, ".ini", out);
}

size_t id_prefix_len(const char *id)
{
	const char *hyphen = strrchr(id, '-');

	return hyphen ? (size_t)(hyphen - id) : 0;
}

unsigned long id_child_number(const char *id)
{
	const char *dot = strrchr(id, '.');
	long long n;

	if (!dot || !memchr(id, '-', (size_t)(dot - id)) || dot[1] < '1' || dot[1] > '9')
		return 0;
	return text_int(dot + 1, 1, 999999999, &n) < 0 ? 0 : (unsigned long)n;
}

size_t id_parent_len(const char *id)
{
	return id_child_number(id) ? (size_t)(strrchr(id, '.') - id) : 0;
}

/* Is the part a number without leading zeros? */
static bool is_number(const char *s, size_t n)
{
	size_t digits = 0;

	while (digits < n && isdigit((unsigned char)s[digits]))
		digits++;
	return n && digits == n && (*s != '0' || n == 1);
}

/* Numbers stand before words, smaller numbers first, words bytewise. */
static int compare_part(const char *a, size_t alen, const char *b, size_t blen)
{
	bool anum = is_number(a, alen), bnum = is_number(b, blen);
	int diff;

	if (anum != bnum)
		return anum ? -1 : 1;
	if (anum && alen != blen)
		return alen < blen ? -1 : 1;
	diff = memcmp(a, b, alen < blen ? alen : blen);
	return diff ? diff : (alen > blen) - (alen < blen);
}

int id_compare_natural(const char *a, const char *b)
{
	for (;;) {
		size_t alen = strcspn(a, "."), blen = strcspn(b, ".");
		int diff = compare_part(a, alen, b, blen);

		if (diff)
			return diff;
		a += alen;
		b += blen;
		if (!*a || !*b)
			return (*a != 0) - (*b != 0);
		a++;
		b++;
	}
}

/* -ln(1-p), by its series: libm would be one more library to load at every start. */
static double minus_ln_rest(double p)
{
	double sum = 0, power = p;

	for (int k = 1; power > 1e-17; k++, power *= p)
		sum += power / k;
	return sum;
}

int id_hash_len(size_t n, int min_len, int max_len, double prob)
{
	double room = 1, count = (double)n, bound = 2 * minus_ln_rest(prob < 0.99 ? prob : 0.99);
	int len = 0;

	if (max_len > HASH_LEN_MAX)
		max_len = HASH_LEN_MAX;
	while (len < max_len && (len < min_len || count * count > room * bound)) {
		room *= 36;
		len++;
	}
	return len;
}

static uint64_t mix_in(uint64_t h, const void *p, size_t n)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ c[i]) * 0x100000001b3u;
	return (h ^ 0xff) * 0x100000001b3u;	/* 0xff is in no text: "ab","c" is not "a","bc" */
}

static uint64_t mix_text(uint64_t h, const char *s)
{
	return mix_in(h, s, strlen(s));
}

/* The last step of splitmix64: FNV alone leaves the high bits of short texts alike. */
static uint64_t mix_end(uint64_t h)
{
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

/* Random bytes, or BDW_SEED where a test wants the same ids again. */
static uint64_t mix_chance(uint64_t h)
{
	const char *seed = getenv("BDW_SEED");
	unsigned char chance[16] = { 0 };

	if (seed)
		return mix_text(h, seed);
	if (getrandom(chance, sizeof(chance), 0) < 0)
		abort();	/* cannot happen on a kernel that has the call */
	return mix_in(h, chance, sizeof(chance));
}

static const uint64_t fnv_start = 0xcbf29ce484222325u;

void id_new(const char *prefix, const char *title, const char *description, const char *actor,
	    int64_t now_us, int len, unsigned nonce, struct buf *out)
{
	static const char digit[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint64_t h = mix_text(mix_text(mix_text(fnv_start, title), description), actor);

	h = mix_in(h, &now_us, sizeof(now_us));
	h = mix_in(h, &nonce, sizeof(nonce));
	h = mix_end(mix_chance(h));
	buf_adds(out, prefix);
	buf_addc(out, '-');
	for (int i = 0; i < len; i++, h /= 36)
		buf_addc(out, digit[h % 36]);
}

void id_new_uuid(int64_t now_us, unsigned seq, char out[37])
{
	uint64_t ms = (uint64_t)(now_us / 1000), h, a, b;

	h = mix_in(mix_in(fnv_start, &now_us, sizeof(now_us)), &seq, sizeof(seq));
	h = mix_chance(h);
	a = mix_end(h);
	b = mix_end(h + 0x9e3779b97f4a7c15u);
	snprintf(out, 37, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16 & 0xffffffff),
		 (unsigned)(ms & 0xffff), (unsigned)(a & 0xfff),
		 (unsigned)(a >> 12 & 0x3fff) | 0x8000u, (unsigned long long)(b & 0xffffffffffffu));
}

void id_prefix_from_dir(const char *dir, struct buf *out)
{
	size_t end = strlen(dir), at, from = out->len;

	while (end && dir[end - 1] == '/')
		end--;
	for (at = end; at && dir[at - 1] != '/'; )
		at--;
	/* an id that begins with a hyphen would read as a flag */
	while (at < end && dir[at] == '-')
		at++;
	for (; at < end && out->len - from < PREFIX_LEN_MAX; at++) {
		unsigned char c = (unsigned char)dir[at];

		if ((c & 0xc0) == 0x80)
			continue;	/* one '_' for a character, however many bytes it has */
		buf_addc(out, c < 0x80 && (isalnum(c) || c == '-') ? (char)c : '_');
	}
	while (out->len > from && out->s[out->len - 1] == '-')
		buf_cut(out, out->len - 1);
	if (out->len == from)
		buf_adds(out, "issue");
}
