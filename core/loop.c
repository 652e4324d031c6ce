#include "core/loop.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <uv.h>

#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/mem.h"

enum item_kind { ITEM_TIMER, ITEM_SIGNAL, ITEM_FD, ITEM_WATCH };

struct loop_item {
	union {			/* first: what libuv hands back is the item */
		uv_handle_t any;
		uv_timer_t timer;
		uv_signal_t signal;
		uv_poll_t poll;
	} h;
	enum item_kind kind;
	struct loop *loop;
	struct loop_item *next;	/* of loop->watches */
	int fd;			/* ITEM_WATCH: the watch descriptor */
	bool removed;
	union {
		void (*plain)(void *arg);
		void (*number)(void *arg, int n);
		void (*name)(void *arg, const char *name);
	} fn;
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_poll_t inotify;
	int inotify_fd;			/* -1: nothing was ever watched */
	struct loop_item *watches;
	/* callbacks are being made: removed ones are freed afterwards */
	bool in_watches;
	void (*before_sleep)(void *arg);
	void *before_sleep_arg;
};

struct work {
	uv_work_t req;
	void (*fn)(void *arg), (*done)(void *arg);
	void *arg;
};

static int fail(struct err *e, int uv, const char *what)
{
	return err_set(e, ERR_IO, "cannot %s: %s", what, uv_strerror(uv));
}

static void on_prepare(uv_prepare_t *p)
{
	struct loop *l = p->data;

	if (!l->before_sleep)
		return;
	l->before_sleep(l->before_sleep_arg);
	uv_update_time(p->loop);	/* so that what the hook took does not make timers late */
}

int loop_new(struct loop **out, struct err *e)
{
	struct loop *l = xcalloc(1, sizeof(*l));
	int rc = uv_loop_init(&l->uv);

	*out = NULL;
	if (rc < 0) {
		free(l);
		return fail(e, rc, "make an event loop");
	}
	l->inotify_fd = -1;
	uv_prepare_init(&l->uv, &l->prepare);
	l->prepare.data = l;
	uv_prepare_start(&l->prepare, on_prepare);
	uv_unref((uv_handle_t *)&l->prepare);
	*out = l;
	return 0;
}

static void free_item(uv_handle_t *h)
{
	free(h);
}

static void close_left(uv_handle_t *h, void *arg)
{
	struct loop *l = arg;

	if (!uv_is_closing(h))
		uv_close(h, h == (uv_handle_t *)&l->prepare || h == (uv_handle_t *)&l->inotify ?
			 NULL : free_item);
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	while (l->watches)
		loop_remove(l->watches);
	uv_walk(&l->uv, close_left, l);
	/* one that was stopped before it ran returns at once, and only then forgets that */
	do
		uv_run(&l->uv, UV_RUN_DEFAULT);
	while (uv_loop_close(&l->uv) == UV_EBUSY);
	if (l->inotify_fd >= 0)
		close(l->inotify_fd);
	free(l);
}

void loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

void loop_before_sleep(struct loop *l, void (*fn)(void *arg), void *arg)
{
	l->before_sleep = fn;
	l->before_sleep_arg = arg;
}

static struct loop_item *new_item(struct loop *l, enum item_kind kind, void *arg)
{
	struct loop_item *i = xcalloc(1, sizeof(*i));

	i->kind = kind;
	i->loop = l;
	i->arg = arg;
	return i;
}

static void on_timer(uv_timer_t *t)
{
	struct loop_item *i = (struct loop_item *)t;

	i->removed = true;
	i->fn.plain(i->arg);
	uv_close(&i->h.any, free_item);
}

/* libuv's time is clock_mono_ms(), perhaps a little behind: measured against that, a timer never
 * comes early. */
static void arm(struct loop_item *i, int64_t mono_ms)
{
	int64_t left = mono_ms - (int64_t)uv_now(&i->loop->uv);

	uv_timer_start(&i->h.timer, on_timer, left > 0 ? (uint64_t)left : 0, 0);
}

struct loop_item *loop_at(struct loop *l, int64_t mono_ms, void (*fn)(void *arg), void *arg)
{
	struct loop_item *i = new_item(l, ITEM_TIMER, arg);

	i->fn.plain = fn;
	uv_timer_init(&l->uv, &i->h.timer);
	arm(i, mono_ms);
	return i;
}

void loop_move(struct loop_item *timer, int64_t mono_ms)
{
	if (!timer->removed)
		arm(timer, mono_ms);
}

static void keep_pace(void *arg)
{
	struct loop_pace *p = arg;

	p->due = NULL;
	p->next = clock_mono_ms() + p->ms;
	p->fn(p->arg);
}

void loop_pace(struct loop_pace *p)
{
	if (p->due)
		return;
	if (clock_mono_ms() >= p->next)
		keep_pace(p);
	else
		p->due = loop_at(p->loop, p->next, keep_pace, p);
}

void loop_pace_end(struct loop_pace *p)
{
	if (!p->due)
		return;
	loop_remove(p->due);
	keep_pace(p);
}

static void on_signal(uv_signal_t *s, int sig)
{
	struct loop_item *i = (struct loop_item *)s;

	i->fn.number(i->arg, sig);
}

struct loop_item *loop_signal(struct loop *l, int sig, void (*fn)(void *arg, int sig), void *arg,
			      struct err *e)
{
	struct loop_item *i = new_item(l, ITEM_SIGNAL, arg);
	int rc = uv_signal_init(&l->uv, &i->h.signal);

	i->fn.number = fn;
	if (rc < 0) {
		free(i);
		fail(e, rc, "watch signals");
		return NULL;
	}
	if ((rc = uv_signal_start(&i->h.signal, on_signal, sig)) < 0) {
		loop_remove(i);
		fail(e, rc, "watch signals");
		return NULL;
	}
	uv_unref(&i->h.any);
	return i;
}

static void on_readable(uv_poll_t *p, int status, int events)
{
	struct loop_item *i = (struct loop_item *)p;

	(void)status, (void)events;	/* an error shows when the callback reads */
	i->fn.number(i->arg, i->fd);
}

struct loop_item *loop_fd(struct loop *l, int fd, void (*fn)(void *arg, int fd), void *arg,
			  struct err *e)
{
	struct loop_item *i = new_item(l, ITEM_FD, arg);
	int rc = uv_poll_init(&l->uv, &i->h.poll, fd);

	i->fn.number = fn;
	i->fd = fd;
	if (rc < 0) {
		free(i);
		fail(e, rc, "watch a descriptor");
		return NULL;
	}
	uv_poll_start(&i->h.poll, UV_READABLE | UV_DISCONNECT, on_readable);
	return i;
}

/* Frees what was removed, unless callbacks are being made. */
static void sweep(struct loop *l)
{
	struct loop_item **p = &l->watches;

	while (*p && !l->in_watches) {
		struct loop_item *i = *p;

		if (i->removed) {
			*p = i->next;
			free(i);
		} else {
			p = &i->next;
		}
	}
	if (!l->watches)
		uv_unref((uv_handle_t *)&l->inotify);
}

static void deliver(struct loop *l, const struct inotify_event *ev)
{
	const char *name = ev->mask & IN_Q_OVERFLOW ? NULL : ev->len ? ev->name : "";

	for (struct loop_item *i = l->watches; i; i = i->next)
		if (!i->removed && (i->fd == ev->wd || !name) && !(ev->mask & IN_IGNORED))
			i->fn.name(i->arg, name);
}

static void on_inotify(uv_poll_t *p, int status, int events)
{
	struct loop *l = p->data;
	_Alignas(struct inotify_event) char some[16384];
	ssize_t n = read(l->inotify_fd, some, sizeof(some));

	(void)status, (void)events;
	l->in_watches = true;
	for (char *at = some; n > 0 && at < some + n;) {
		const struct inotify_event *ev = (const struct inotify_event *)(void *)at;

		deliver(l, ev);
		at += sizeof(*ev) + ev->len;
	}
	l->in_watches = false;
	sweep(l);
}

static int open_inotify(struct loop *l, struct err *e)
{
	int rc;

	if (l->inotify_fd >= 0)
		return 0;
	l->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->inotify_fd < 0)
		return err_errno(e, "cannot watch files");
	if ((rc = uv_poll_init(&l->uv, &l->inotify, l->inotify_fd)) < 0) {
		close(l->inotify_fd);
		l->inotify_fd = -1;
		return fail(e, rc, "watch files");
	}
	l->inotify.data = l;
	uv_poll_start(&l->inotify, UV_READABLE, on_inotify);
	return 0;
}

struct loop_item *loop_watch(struct loop *l, const char *path, unsigned what,
			     void (*fn)(void *arg, const char *name), void *arg, struct err *e)
{
	/* the same folder may be watched twice, under one descriptor */
	uint32_t mask = IN_MASK_ADD;
	struct loop_item *i;
	int wd;

	mask |= what & LOOP_PLACED ? IN_MOVED_TO | IN_CLOSE_WRITE : 0;
	mask |= what & LOOP_REMOVED ? IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF : 0;
	mask |= what & LOOP_WRITTEN ? IN_MODIFY : 0;
	if (open_inotify(l, e) < 0)
		return NULL;
	wd = inotify_add_watch(l->inotify_fd, path, mask);
	if (wd < 0) {
		err_errno(e, "cannot watch '%s'", path);
		return NULL;
	}
	i = new_item(l, ITEM_WATCH, arg);
	i->fn.name = fn;
	i->fd = wd;
	i->next = l->watches;
	l->watches = i;
	uv_ref((uv_handle_t *)&l->inotify);
	return i;
}

static void remove_watch(struct loop_item *gone)
{
	struct loop *l = gone->loop;
	bool shared = false;

	gone->removed = true;
	for (struct loop_item *i = l->watches; i; i = i->next)
		shared |= !i->removed && i->fd == gone->fd;
	if (!shared)
		inotify_rm_watch(l->inotify_fd, gone->fd);
	sweep(l);
}

void loop_remove(struct loop_item *i)
{
	if (!i || i->removed)
		return;
	if (i->kind == ITEM_WATCH) {
		remove_watch(i);
		return;
	}
	i->removed = true;
	uv_close(&i->h.any, free_item);
}

static void on_work(uv_work_t *req)
{
	struct work *w = (struct work *)req;

	w->fn(w->arg);
}

static void on_work_done(uv_work_t *req, int status)
{
	struct work *w = (struct work *)req;

	(void)status;	/* never cancelled */
	w->done(w->arg);
	free(w);
}

void loop_work(struct loop *l, void (*fn)(void *arg), void (*done)(void *arg), void *arg)
{
	struct work *w = xcalloc(1, sizeof(*w));

	w->fn = fn;
	w->done = done;
	w->arg = arg;
	uv_queue_work(&l->uv, &w->req, on_work, on_work_done);
}
