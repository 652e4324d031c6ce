#include "store/trust.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/repo.h"
#include "store/store.h"

#define TRUST_FILE "trust"
enum { LOCK_WAIT_MS = 5000 };

static struct trust_item *add(struct trust_list *l, const char *path)
{
	struct trust_item it = { .path = xstrdup(path), .text = BUF_INIT, .names = BUF_INIT };

	vec_add(l, it);
	return &l->v[l->n - 1];
}

void trust_list_free(struct trust_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].path);
		buf_release(&l->v[i].text);
		buf_release(&l->v[i].names);
	}
	vec_free(l);
}

static struct trust_item *find(const struct trust_list *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].path, path))
			return &l->v[i];
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	const struct trust_item *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void sort(struct trust_list *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_path);
}

/* "path blob-oid", the path up to the last blank. A line that is not so approves nothing. */
static void take_line(struct trust_list *l, const char *line, size_t n)
{
	AUTO_FREE char *copy = xstrndup(line, n);
	char *space = strrchr(copy, ' ');
	struct trust_item *it;
	struct oid oid;

	if (!space || space == copy || strlen(space + 1) != OID_HEX - 1 ||
	    oid_parse(&oid, space + 1) < 0)
		return;
	*space = 0;
	it = find(l, copy);
	it = it ? it : add(l, copy);
	it->oid = oid;
	it->approved = true;
}

int trust_stored(struct store *s, struct trust_list *out, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	const char *p, *line;
	size_t left, n;
	int rc;

	if (faccessat(store_priv_fd(s), TRUST_FILE, F_OK, 0) < 0)
		return 0;
	if ((rc = fsx_read(store_priv_fd(s), TRUST_FILE, &text, e)) < 0)
		return rc;
	p = text.s;
	left = text.len;
	while (text_line(&p, &left, &line, &n))
		take_line(out, line, n);
	sort(out);
	return 0;
}

static int write_stored(struct store *s, const struct trust_list *l, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	char hex[OID_HEX];

	for (size_t i = 0; i < l->n; i++)
		buf_addf(&text, "%s %s\n", l->v[i].path, oid_hex(&l->v[i].oid, hex));
	return fsx_write_atomic(store_priv_fd(s), TRUST_FILE, text.s, text.len, 0600, FSX_SYNC, e);
}

/* What a setting asks approval for, by the file it stands in. */
struct asking { struct buf project, workflow; };

static void take_command(void *arg, const char *name, const char *value, enum config_origin origin)
{
	struct asking *a = arg;

	buf_addf(origin == ORIGIN_PROJECT ? &a->project : &a->workflow, "%s=%s\n", name, value);
}

static void add_settings(struct trust_list *l, const char *path, struct buf *names,
			 const struct buf *text)
{
	struct trust_item *it;

	if (!names->len) {
		buf_release(names);
		return;
	}
	it = add(l, path);
	it->names = *names;
	buf_add(&it->text, text->s, text->len);
}

static void add_config(struct trust_list *l, const struct config *c)
{
	AUTO_FREE char *workflow = xasprintf("workflow/%s.ini", config_str(c, "run.workflow"));
	struct asking a = { BUF_INIT, BUF_INIT };

	config_commands(c, take_command, &a);
	add_settings(l, "config.ini", &a.project, config_text(c, ORIGIN_PROJECT));
	add_settings(l, workflow, &a.workflow, config_text(c, ORIGIN_WORKFLOW));
}

/* Names the store would keep (decisions A1), which a line of the trust file can hold. */
static bool is_prompt(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return *name != '.' && text_ends(name, ".md");
}

static int add_prompts(struct trust_list *l, int tree_fd, struct err *e)
{
	int rc = 0, fd = openat(tree_fd, "prompt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (fd < 0)
		return 0;
	if (!dir) {
		close(fd);
		return err_errno(e, "cannot read 'prompt'");
	}
	while (rc == 0 && (de = readdir(dir))) {
		AUTO_FREE char *path = xasprintf("prompt/%s", de->d_name);

		if (is_prompt(de->d_name))
			rc = fsx_read(tree_fd, path, &add(l, path)->text, e);
	}
	closedir(dir);
	return rc;
}

/* Compares with what was approved. */
static int judge(struct store *s, struct trust_list *l, struct err *e)
{
	TRUST_AUTO stored = { 0 };
	struct repo *repo;
	int rc;

	if (!l->n)
		return 0;
	if ((rc = trust_stored(s, &stored, e)) < 0 || (rc = store_repo(s, &repo, e)) < 0)
		return rc;
	for (size_t i = 0; i < l->n; i++) {
		struct trust_item *it = &l->v[i], *was = find(&stored, it->path);

		if ((rc = repo_blob_hash(repo, it->text.s, it->text.len, &it->oid, e)) < 0)
			return rc;
		it->approved = was && oid_equal(&was->oid, &it->oid);
		it->had = was && !it->approved;
		if (!it->had)
			continue;
		it->was = was->oid;
		/* the other end of the difference; where nothing can be written, all of the text
		 * is shown */
		if (repo_blob_write(repo, it->text.s, it->text.len, &it->oid, NULL) == 0)
			repo_flush(repo, NULL);
	}
	return 0;
}

int trust_check(struct store *s, const struct config *c, struct trust_list *out, struct err *e)
{
	const struct trust_item *bad = NULL;
	size_t more = 0;
	int rc;

	add_config(out, c);
	if ((rc = add_prompts(out, store_tree_fd(s), e)) < 0 || (rc = judge(s, out, e)) < 0)
		return rc;
	sort(out);
	for (size_t i = 0; i < out->n; i++) {
		more += bad && !out->v[i].approved;
		if (!bad && !out->v[i].approved)
			bad = &out->v[i];
	}
	if (!bad)
		return 0;
	err_set(e, ERR_UNTRUSTED, "'%s/%s' %s, and %s%s", strrchr(store_paths(s)->tree, '/') + 1,
		bad->path, bad->names.len ? "names commands" : "instructs agents",
		bad->had ? "has changed since this clone approved it" :
		"is not approved in this clone", more ? "; others too" : "");
	err_hint(e, "bdw trust shows what it says and approves it");
	return ERR_UNTRUSTED;
}

int trust_approve(struct store *s, const struct trust_item *it, struct err *e)
{
	TRUST_AUTO stored = { 0 };
	struct trust_item *mine;
	struct repo *repo;
	struct oid oid;
	int fd, rc;

	/* kept as a blob, so that the next change can be shown as a difference */
	if ((rc = store_repo(s, &repo, e)) < 0 ||
	    (rc = repo_blob_write(repo, it->text.s, it->text.len, &oid, e)) < 0 ||
	    (rc = repo_flush(repo, e)) < 0 ||
	    (rc = fsx_lock(store_priv_fd(s), TRUST_FILE ".lock", FSX_LOCK_EX, LOCK_WAIT_MS,
			   &fd, e)) < 0)
		return rc;
	if ((rc = trust_stored(s, &stored, e)) == 0) {
		mine = find(&stored, it->path);
		mine = mine ? mine : add(&stored, it->path);
		mine->oid = oid;
		sort(&stored);
		rc = write_stored(s, &stored, e);
	}
	close(fd);
	return rc;
}

int trust_revoke(struct store *s, const char *path, struct err *e)
{
	TRUST_AUTO stored = { 0 };
	TRUST_AUTO kept = { 0 };
	int fd, rc = fsx_lock(store_priv_fd(s), TRUST_FILE ".lock", FSX_LOCK_EX,
			      LOCK_WAIT_MS, &fd, e);

	if (rc < 0)
		return rc;
	if ((rc = trust_stored(s, &stored, e)) == 0) {
		for (size_t i = 0; i < stored.n; i++)
			if (strcmp(stored.v[i].path, path))
				add(&kept, stored.v[i].path)->oid = stored.v[i].oid;
		rc = kept.n == stored.n ? err_set(e, ERR_NOTFOUND, "'%s' is not approved", path)
					: write_stored(s, &kept, e);
	}
	close(fd);
	return rc;
}
