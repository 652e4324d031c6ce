#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <sys/syscall.h>

#include "store/base/sha1.h"
#include "store/repo.h"
#include "tests/unit/openrepo.h"

static struct row { const char *what, *text; int times; const char *hex; } rows[] = {
	{ "empty", "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "short", "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "two_blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "million", "aaaaaaaaaa", 100000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
	{ "repeated", "0123456701234567012345670123456701234567012345670123456701234567", 10,
	  "dea356a2cddd90c7a7ecedc5ebb563934f460452" },
};

static void sum(void **state)
{
	const struct row *r = *state;
	char hex[OID_HEX];
	struct sha1 s;
	struct oid out;

	sha1_init(&s);
	for (int i = 0; i < r->times; i++)
		sha1_add(&s, r->text, strlen(r->text));
	sha1_end(&s, out.b);
	assert_string_equal(oid_hex(&out, hex), r->hex);
}

static int setup(void **state)
{
	return open_repo(state, true);
}

/* How many packs of ours of a level stand there, every one of them whole for git. */
static size_t packs(struct fix *f, int level)
{
	char *dir = xasprintf("%s/objects/pack", f->git), *prefix = xasprintf("pack-bead%d", level);
	DIR *d = opendir(dir);
	struct dirent *de;
	size_t n = 0;

	while ((de = readdir(d))) {
		char *path = xasprintf("%s/%s", dir, de->d_name);

		if (!strncmp(de->d_name, prefix, strlen(prefix)) && strstr(de->d_name, ".idx")) {
			assert_int_equal(git_run(f->dir, NULL, "verify-pack", path, NULL), 0);
			n++;
		}
		free(path);
	}
	closedir(d);
	free(prefix);
	free(dir);
	return n;
}

static struct oid put(struct fix *f, const char *text, size_t n)
{
	struct oid o;

	assert_int_equal(repo_blob_write(f->r, text, n, &o, NULL), 0);
	return o;
}

/* Empty, tiny, just over what is stored as it is, larger than a stored block, incompressible. */
static void sizes(void **state)
{
	static const size_t size[] = { 0, 1, 15, 16, 99, 100, 2047, 2048, 65535, 65536, 300000 };
	struct fix *f = *state;
	char *text = xmalloc(300000), hex[OID_HEX];
	struct oid id[11];

	for (size_t i = 0; i < 300000; i++)
		text[i] = (char)(i * 2654435761u >> 13);
	for (size_t i = 0; i < 11; i++)
		id[i] = put(f, text, size[i]);
	put(f, text, 99);	/* once more: stands there once */
	assert_int_equal(packs(f, 0), 0);
	assert_int_equal(repo_flush(f->r, NULL), 0);
	assert_int_equal(repo_flush(f->r, NULL), 0);
	assert_int_equal(packs(f, 0), 1);
	for (size_t i = 0; i < 11; i++) {
		struct buf out = BUF_INIT;

		assert_int_equal(git_run(f->dir, &out, "cat-file", "blob", oid_hex(&id[i], hex),
					 NULL), 0);
		assert_int_equal(out.len, size[i]);
		assert_memory_equal(out.s, text, size[i]);
		buf_reset(&out);
		assert_int_equal(repo_blob_read(f->r, &id[i], &out, NULL), 0);
		assert_int_equal(out.len, size[i]);
		buf_release(&out);
	}
	free(text);
}

/* A tree of more than a stored block. */
static void large_tree(void **state)
{
	struct fix *f = *state;
	struct repo_change *c = xcalloc(3000, sizeof(*c));
	struct oid blob = put(f, "x", 1), tree;
	char hex[OID_HEX];

	for (int i = 0; i < 3000; i++)
		c[i] = (struct repo_change){ xasprintf("dir/a-file-number-%d", i), &blob };
	assert_int_equal(repo_tree_update(f->r, NULL, c, 3000, &tree, NULL), 0);
	assert_int_equal(repo_flush(f->r, NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "ls-tree", "-r", oid_hex(&tree, hex), NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "fsck", "--strict", NULL), 0);
	for (int i = 0; i < 3000; i++)
		free((char *)(uintptr_t)c[i].path);
	free(c);
}

static struct oid numbered(struct fix *f, int i)
{
	char text[200];

	snprintf(text, sizeof(text), "number %d %0150d", i, i);
	return put(f, text, strlen(text));
}

static void joined(void **state)
{
	struct fix *f = *state;
	struct buf out = BUF_INIT;
	char hex[OID_HEX];

	for (int i = 0; i < 109; i++) {
		numbered(f, i / 2);	/* every object but the last stands in two packs */
		assert_int_equal(repo_flush(f->r, NULL), 0);
	}
	assert_true(packs(f, 0) < 10);
	assert_true(packs(f, 1) < 10);
	assert_true(packs(f, 0) + packs(f, 1) + packs(f, 2) <= 15);
	for (int i = 0; i < 55; i++) {
		struct oid id = numbered(f, i);

		assert_int_equal(git_run(f->dir, NULL, "cat-file", "-e", oid_hex(&id, hex),
					 NULL), 0);
		assert_int_equal(repo_blob_read(f->r, &id, &out, NULL), 0);
	}
	assert_int_equal(git_run(f->dir, NULL, "fsck", "--strict", NULL), 0);
	buf_release(&out);
}

/* Damage is not given a good sum: the packs stay as they are, and git can say which is broken. */
static void damage_stays(void **state)
{
	struct fix *f = *state;
	char *dir = xasprintf("%s/objects/pack", f->git), *path = NULL;
	struct dirent *de;
	DIR *d;
	int fd;

	numbered(f, 0);
	assert_int_equal(repo_flush(f->r, NULL), 0);
	d = opendir(dir);
	while ((de = readdir(d)) && !path)
		path = strstr(de->d_name, ".pack") ? xasprintf("%s/%s", dir, de->d_name) : NULL;
	closedir(d);
	assert_int_equal(chmod(path, 0644), 0);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "?", 1, 20), 1);
	close(fd);
	for (int i = 1; i < 12; i++) {
		numbered(f, i);
		assert_int_equal(repo_flush(f->r, NULL), 0);
	}
	assert_int_equal(access(path, F_OK), 0);
	assert_int_not_equal(git_run(f->dir, NULL, "fsck", NULL), 0);
	free(path);
	free(dir);
}

/* Stands in for libc's, and counts the calls for the folder of packs. */
static int folder_syncs;
int fsync(int fd)
{
	char link[64], to[4096] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, to, sizeof(to) - 1) > 0 && strstr(to, "/objects/pack") &&
	    !strcmp(strrchr(to, '/'), "/pack"))
		folder_syncs++;
	return (int)syscall(SYS_fsync, fd);
}

/* A ref that is held by another: whoever tries again may not forget the names of the packs. */
static void busy_ref(void **state)
{
	struct fix *f = *state;
	char *lock = xasprintf("%s/refs/heads/topic.lock", f->git);
	const struct repo_sig who = { "A", "a@example.com", 1000000 };
	struct oid id, tree, c;
	const struct repo_change change = { "a", &id };

	assert_int_equal(repo_blob_write(f->r, "a", 1, &id, NULL), 0);
	assert_int_equal(repo_tree_update(f->r, &(struct oid){ .b = { 0 } }, &change, 1, &tree,
					  NULL), 0);
	assert_int_equal(repo_commit_write(f->r, &tree, NULL, 0, &who, &who, "m", &c, NULL), 0);
	file_write(f->git, "refs/heads/topic.lock", "");
	folder_syncs = 0;
	assert_int_equal(repo_ref_cas(f->r, "refs/heads/topic", &c, NULL, "m", NULL), ERR_BUSY);
	assert_int_equal(folder_syncs, 0);
	unlink(lock);
	assert_int_equal(repo_ref_cas(f->r, "refs/heads/topic", &c, NULL, "m", NULL), 0);
	assert_int_equal(folder_syncs, 1);
	assert_int_equal(repo_ref_cas(f->r, "refs/heads/topic", &c, &c, "m", NULL), 0);
	assert_int_equal(folder_syncs, 1);
	free(lock);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, close_repo)

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 5] = {
		[N] = CASE(sizes), CASE(large_tree), CASE(joined), CASE(damage_stays),
		CASE(busy_ref),
	};
	int rc;

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = sum,
					    .initial_state = &rows[i] };
	tmp_begin();
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = cmocka_run_group_tests(t, NULL, NULL);
	tmp_end();
	return rc;
}
