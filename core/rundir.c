#include "core/rundir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/map.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/store.h"

static const char lock_name[] = "run.lock";
enum { DYING_MS = 5000 };	/* how long children of a killed scheduler may hold its lock */

void run_info_release(struct run_info *r)
{
	free(r->run);
	free(r->target);
	free(r->actor);
	strs_free_all(&r->ids);
	*r = (struct run_info){ 0 };
}

void run_path(struct store *s, const char *run, const char *name, struct buf *out)
{
	buf_addf(out, "%s/run/%s%s%s", store_paths(s)->priv, run, name ? "/" : "",
		 name ? name : "");
}

void run_attempt_path(struct store *s, const char *run, const char *issue, const char *role, long n,
		      struct buf *out)
{
	run_path(s, run, "", out);
	id_file_name(issue, out);
	buf_addf(out, ".%s.%ld", role, n);
}

static void put_time(struct jsw *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT];

	if (us)
		js_put_str(w, key, clock_format_us(us, text));
}

int run_info_write(struct store *s, const struct run_info *r, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_PRETTY);
	int rc;

	js_open(&w, '{');
	js_put_int(&w, "v", 1);
	js_put_str(&w, "run", r->run);
	js_put_strs(&w, "ids", &r->ids);
	js_put_str(&w, "target", r->target);
	js_put_str(&w, "actor", r->actor);
	put_time(&w, "started_at", r->started_us);
	put_time(&w, "ended_at", r->ended_us);
	if (r->ended_us)
		js_put_int(&w, "exit_code", r->exit_code);
	js_put_int(&w, "pid", r->pid);
	js_put_int(&w, "start_time", (long long)r->start_time);
	js_close(&w, '}');
	buf_addc(&text, '\n');
	run_path(s, r->run, "control", &path);
	if ((rc = fsx_mkdirs(AT_FDCWD, path.s, 0700, e)) < 0)
		return rc;
	buf_reset(&path);
	run_path(s, r->run, "run.json", &path);
	return fsx_write_atomic(AT_FDCWD, path.s, text.s, text.len, 0600, FSX_SYNC, e);
}

static int64_t get_time(const struct js *j, const char *key)
{
	const char *text = js_str(j, key);
	int64_t us = 0;

	if (text)
		clock_parse(text, &us);
	return us;
}

int run_info_read(struct store *s, const char *run, struct run_info *out, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct js *j;
	int rc;

	run_path(s, run, "run.json", &path);
	if ((rc = fsx_read(AT_FDCWD, path.s, &text, e)) < 0 ||
	    (rc = js_parse(&j, text.s, text.len, e)) < 0)
		return err_wrap(e, rc, "cannot read run '%s'", run);
	*out = (struct run_info){
		.run = xstrdup(run),
		.target = xstrdup(js_str(j, "target") ? js_str(j, "target") : ""),
		.actor = xstrdup(js_str(j, "actor") ? js_str(j, "actor") : ""),
		.started_us = get_time(j, "started_at"), .ended_us = get_time(j, "ended_at"),
		.exit_code = (int)js_int(j, "exit_code", 0), .pid = (int)js_int(j, "pid", 0),
		.start_time = (unsigned long long)js_int(j, "start_time", 0),
	};
	for (size_t i = 0; i < js_len(js_get(j, "ids")); i++)
		if (js_text(js_at(js_get(j, "ids"), i)))
			strs_add(&out->ids, js_text(js_at(js_get(j, "ids"), i)));
	js_free(j);
	return 0;
}

void run_id_new(struct store *s, int64_t now_us, struct buf *out)
{
	const char *seed = getenv("BDW_SEED");
	STRS_AUTO runs = { 0 };
	char stamp[CLOCK_TEXT];
	uint32_t tail = 0;
	size_t from = out->len;

	if (seed)
		tail = hash_fnv1a(seed, strlen(seed));
	else if (getrandom(&tail, sizeof(tail), 0) != (ssize_t)sizeof(tail))
		tail = (uint32_t)clock_mono_ns();
	buf_addf(out, "%s-%08x", clock_format_stamp(now_us, stamp), tail);
	run_list(s, &runs);
	if (!runs.n || strcmp(runs.v[runs.n - 1], out->s + from) < 0)
		return;
	/* two in one second, or a clock that was set back: the newest must be the last by name */
	buf_cut(out, from);
	buf_addf(out, "%.17s%08x", runs.v[runs.n - 1],
		 (uint32_t)strtoul(runs.v[runs.n - 1] + 17, NULL, 16) + 1);
}

/* Folders of runs, by whether they have a record: without one a run never began. */
static void list_folders(struct store *s, bool recorded, struct strs *out)
{
	AUTO_FREE char *dir = xasprintf("%s/run", store_paths(s)->priv);
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		AUTO_FREE char *info = xasprintf("%s/run.json", de->d_name);

		if (strlen(de->d_name) == 25 && de->d_name[8] == 'T' &&
		    !faccessat(dirfd(d), info, F_OK, 0) == recorded)
			strs_add(out, de->d_name);
	}
	if (d)
		closedir(d);
}

void run_sweep(struct store *s)
{
	STRS_AUTO left = { 0 };

	list_folders(s, false, &left);
	for (size_t i = 0; i < left.n; i++) {
		AUTO_FREE char *dir = xasprintf("%s/run/%s", store_paths(s)->priv, left.v[i]);

		fsx_remove_tree(AT_FDCWD, dir, NULL);
	}
}

void run_list(struct store *s, struct strs *out)
{
	list_folders(s, true, out);
	strs_sort(out);
}

int run_find(struct store *s, const char *run, struct buf *out, struct err *e)
{
	STRS_AUTO all = { 0 };
	size_t hits = 0;

	run_list(s, &all);
	if (!run) {
		if (!all.n)
			return err_set(e, ERR_NOTFOUND, "no run yet: start one with 'bdw run'");
		buf_adds(out, all.v[all.n - 1]);
		return 0;
	}
	for (size_t i = 0; i < all.n; i++) {
		if (!text_starts(all.v[i], run))
			continue;
		buf_reset(out);
		buf_adds(out, all.v[i]);
		hits++;
	}
	return hits == 1 ? 0 :
		err_set(e, ERR_NOTFOUND, hits ? "run '%s' is ambiguous" : "no run '%s'", run);
}

/* Is the holder that the lock names dead? Then a child that it was just starting has a copy of
 * it, for a moment. */
static bool holder_dead(const struct buf *who)
{
	const char *pid = strstr(who->s, "pid ");

	return pid && proc_start_time(atoi(pid + 4)) == 0;
}

int run_lock(struct store *s, int *fd, struct err *e)
{
	BUF_AUTO who = BUF_INIT;
	int rc = store_writable(s, e);

	if (rc < 0 ||
	    (rc = fsx_lock(store_priv_fd(s), lock_name, FSX_LOCK_EX, 0, fd, e)) != ERR_BUSY)
		return rc;
	fsx_read(store_priv_fd(s), lock_name, &who, NULL);
	if (holder_dead(&who) &&
	    (rc = fsx_lock(store_priv_fd(s), lock_name, FSX_LOCK_EX, DYING_MS, fd, e)) != ERR_BUSY)
		return rc;
	while (who.len && who.s[who.len - 1] == '\n')
		buf_cut(&who, who.len - 1);
	err_set(e, ERR_BUSY, "a scheduler is at work in this clone already (%s)", who.len ? who.s :
		"just starting");
	err_hint(e, "look at it with 'bdw status', stop it with 'bdw cancel'");
	return ERR_BUSY;
}

void run_lock_note(int fd, const char *run)
{
	AUTO_FREE char *text = xasprintf("run %s, pid %d\n", run, (int)getpid());

	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) < 0)
		return;	/* only for the message of the next one that wants it */
}

bool run_alive(struct store *s, struct buf *run)
{
	BUF_AUTO who = BUF_INIT;
	struct err e = ERR_INIT;
	int fd, rc = fsx_lock(store_priv_fd(s), lock_name, FSX_LOCK_SH, 0, &fd, &e);

	if (rc == ERR_BUSY && !fsx_read(store_priv_fd(s), lock_name, &who, NULL) &&
	    holder_dead(&who))
		rc = fsx_lock(store_priv_fd(s), lock_name, FSX_LOCK_SH, DYING_MS, &fd, &e);
	if (rc == 0)
		close(fd);
	if (rc != ERR_BUSY)
		return false;
	if (run && text_starts(who.s, "run "))
		buf_add(run, who.s + 4, strcspn(who.s + 4, ","));
	return true;
}

int run_request(struct store *s, const char *run, const char *verb, const char *issue,
		struct err *e)
{
	AUTO_FREE char *name = xasprintf("control/%d-%lld.json", (int)getpid(),
					 (long long)clock_mono_ns());
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "verb", verb);
	js_put_str(&w, "issue", issue ? issue : "");
	js_close(&w, '}');
	run_path(s, run, name, &path);
	return fsx_write_atomic(AT_FDCWD, path.s, text.s, text.len, 0600, 0, e);
}

static void take(const char *dir, const char *name, run_request_fn fn, void *arg)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	BUF_AUTO text = BUF_INIT;
	struct js *j;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0 || js_parse(&j, text.s, text.len, NULL) < 0) {
		unlink(path);
		return;
	}
	fn(arg, js_str(j, "verb") ? js_str(j, "verb") : "",
	   js_str(j, "issue") ? js_str(j, "issue") : "");
	js_free(j);
	unlink(path);
}

void run_requests_take(struct store *s, const char *run, run_request_fn fn, void *arg)
{
	STRS_AUTO names = { 0 };
	BUF_AUTO dir = BUF_INIT;
	struct dirent *de;
	DIR *d;

	run_path(s, run, "control", &dir);
	d = opendir(dir.s);
	while (d && (de = readdir(d)))
		if (text_ends(de->d_name, ".json") && de->d_name[0] != '.')
			strs_add(&names, de->d_name);
	if (d)
		closedir(d);
	strs_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		take(dir.s, names.v[i], fn, arg);
}
