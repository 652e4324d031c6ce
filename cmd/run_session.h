/* cmd/run_session.h - one `run` or `resume`; shared only among cmd/run*.c */
#ifndef CMD_RUN_SESSION_H
#define CMD_RUN_SESSION_H
#include <stdbool.h>
#include "cmd/run_setup.h"
#include "core/rundir.h"
#include "store/ref.h"
#include "store/trust.h"
struct config; struct ctx; struct progress; struct store;

struct session {
	struct ctx *c;
	struct run_flags flags;
	struct config *config;
	struct run_info info;
	struct trust_list trusted;	/* what a new run was allowed to use */
	bool resume;
	bool stuck;		/* it could not begin: a cycle, exit code 4 */
	int lock_fd;
	int ready_fd;		/* --detach: where the parent waits for the run id; -1 */
	struct progress *progress;
	struct oid exported;	/* what .beads/issues.jsonl was last written for */
};

/* The newest run, when it has neither ended nor a scheduler; *info is the caller's then:
 * run_info_release(). */
bool session_interrupted(struct store *s, struct run_info *info);
/* The settings an interrupted run began with, into s->config. */
int session_load(struct session *s);
/* A new run: its settings, whether they are trusted, target and record. Nothing is written. */
int session_begin(struct session *s, int argc, char **argv);
/* Puts it on the disk, before anything else is made: so what is left of a run that was killed has a
 * record. */
int session_record(struct session *s);
/* A run that was refused never was. */
void session_forget(struct session *s);

/* What came of the run, besides its issues; "" where there is nothing to say. */
struct ending { const char *behind, *stopped; };
/* The run's last word: the object of contract.md 5, or a few lines. */
void session_summary(const struct session *s, const struct ending *end);

#endif
