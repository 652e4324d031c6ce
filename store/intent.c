#include "store/intent.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/repo.h"
#include "store/store_priv.h"

enum { REF_LOCK_WAIT_MS = 2000, REF_LOCK_STEP_MS = 10 };

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Not synced: it is for killed processes. After a power loss an unreadable intent still says
 * that there was one. */
int intent_begin(struct store *s, const struct oid *new_oid, struct err *e)
{
	char hex[OID_HEX], text[96];
	int n = snprintf(text, sizeof(text), "%s %d\n", oid_hex(new_oid, hex), (int)getpid());

	return fsx_write_atomic(s->priv_fd, PRIV_INTENT, text, (size_t)n, 0666, 0, e);
}

void intent_clear(struct store *s)
{
	unlinkat(s->priv_fd, PRIV_INTENT, 0);
}

bool intent_left(struct store *s)
{
	return !faccessat(s->priv_fd, PRIV_INTENT, F_OK, 0);
}

int intent_move_ref(struct store *s, const struct oid *new_oid, const struct oid *old,
		    const char *log, struct err *e)
{
	int64_t until = clock_mono_ms() + REF_LOCK_WAIT_MS;
	int rc = intent_begin(s, new_oid, e);

	if (rc < 0)
		return rc;
	fsx_crash_point("intent");
	while ((rc = repo_ref_cas(s->repo, s->p.ref, new_oid, old, log, e)) == ERR_BUSY &&
	       clock_mono_ms() < until)
		pause_ms(REF_LOCK_STEP_MS);
	if (rc < 0) {
		intent_clear(s);
		if (rc == ERR_BUSY)
			err_hint(e, "if no git command runs, remove it: rm '%s/%s.lock'",
				 s->p.common, s->p.ref);
		return rc;
	}
	fsx_crash_point("ref");
	return 0;
}

/* Age of a file in ms; -1 when it is not there. */
static int64_t file_age_ms(const char *path)
{
	struct timespec now;
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - st.st_mtim.tv_sec) * 1000 +
		(now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
}

/* Waits until the file is old enough that a live git would have finished with it; false when it
 * has gone. */
static bool outlives_git(const char *path)
{
	for (int waited = 0; waited <= REF_LOCK_WAIT_MS; waited += REF_LOCK_STEP_MS) {
		int64_t age = file_age_ms(path);

		if (age < 0)
			return false;
		if (age >= REF_LOCK_WAIT_MS)
			break;
		pause_ms(REF_LOCK_STEP_MS);
	}
	return file_age_ms(path) >= 0;
}

void intent_recover(struct store *s)
{
	AUTO_FREE char *path = xasprintf("%s/%s.lock", s->p.common, s->p.ref);
	AUTO_FREE char *packs = xasprintf("%s/objects/pack", s->p.common);
	BUF_AUTO intent = BUF_INIT, held = BUF_INIT;
	bool ours;

	fsx_sweep_temp(AT_FDCWD, packs);
	if (fsx_read(s->priv_fd, PRIV_INTENT, &intent, NULL) < 0 ||
	    fsx_read(AT_FDCWD, path, &held, NULL) < 0)
		return;
	if (held.len >= OID_HEX - 1)
		ours = intent.len >= OID_HEX - 1 && !strncmp(intent.s, held.s, OID_HEX - 1);
	/* killed before its 41 bytes were there: a live git's looks the same for a moment */
	else
		ours = !strncmp(intent.s, held.s, held.len) && outlives_git(path);
	if (ours)
		unlink(path);
}
