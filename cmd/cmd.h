/* cmd/cmd.h - what a command is, what it runs in, and the few calls every command makes */
#ifndef CMD_CMD_H
#define CMD_CMD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/vec.h"
struct batch; struct bdconf; struct cmd; struct ctx; struct issue; struct opt; struct settings; struct store; struct txn; struct view;

/* What cmd_begin() sets up after the flags were parsed. */
enum cmd_need {
	NEED_STORE = 1 << 0,		/* c->store is open; without one the command fails */
	NEED_STORE_MAYBE = 1 << 1,	/* c->store is NULL where there is none */
	NEED_WRITE = 1 << 2,		/* refused with --readonly */
	NEED_OPERATOR = 1 << 3,		/* refused inside a run (BDW_RUN set): decisions A18 */
};

enum cmd_flags {
	/* not a verb of bd: errors begin "bdw: ", exit codes of DESIGN 4 */
	CMD_OWN = 1 << 0,
	CMD_HIDDEN = 1 << 1,		/* works, is not listed */
	CMD_ERR_STDERR = 1 << 2,	/* as bd: with --json the error object goes to stderr */
	CMD_ERR_PLAIN = 1 << 3,		/* as bd: with --json errors stay text (import, rename) */
	CMD_ALONE = 1 << 4,		/* does more than write issues: no line of a batch */
};

enum cmd_group { GROUP_ISSUES, GROUP_VIEWS, GROUP_DEPS, GROUP_RUN, GROUP_DATA, GROUP_SETUP,
		 GROUP_N };

/*
 * run() returns 0, a negative error code with c->err filled (main prints it), or a positive exit
 * code when all was said already. argv holds what stands behind the command's name, flags
 * included; cmd_begin() takes them out.
 */
struct cmd {
	const char *name;
	const char *aliases;		/* "new" or "rm del"; NULL none */
	const char *args;		/* "<id>..." */
	const char *brief;		/* "Close one or more issues" */
	const char *help;		/* more for -h, NULL none */
	const char *example;		/* lines without the program's name; NULL none */
	enum cmd_group group;
	unsigned need, flags;
	int min_args, max_args;		/* operands; max_args < 0: any number (0 means none) */
	int (*run)(struct ctx *c, int argc, char **argv);
	const struct cmd *const *subs;	/* NULL-terminated; NULL none */
};

enum { CMD_DONE = 1000 };	/* cmd_begin() answered -h itself: return it as it is */

/* One invocation. Everything is released by cmd_main(). */
struct ctx {
	const char *prog;		/* "bdw" or "bd": for messages */
	bool bd;			/* called as bd: bd's texts to the letter */
	const struct cmd *cmd;		/* the command that runs */
	char path[96];			/* its full name: "dep add" */
	const char *called;		/* the name or alias that was typed: "done" */
	FILE *in, *out, *errs;
	struct err err;
	/* shown after the error: filled when flags or operands were wrong */
	struct buf usage;
	struct arena arena;		/* for what must live until the command ends */
	int64_t now_us;			/* the time of this command */

	/* global flags */
	bool json, quiet, readonly, help, version, batch_flag;
	/* --json=..., --readonly=... were typed: bd's files say no more to it */
	bool json_given, readonly_given;
	int verbose;
	const char *actor_flag, *dir, *db, *format;
	bool ignored;			/* --sandbox and other flags of bd that mean nothing here */
	const char *ignored_text;
	bool envelope;			/* json-envelope: BD_JSON_ENVELOPE=1 */
	enum colors { COLORS_UNKNOWN, COLORS_OFF, COLORS_ON } colors;	/* by out_colored() */

	struct store *store;		/* see NEED_STORE */
	struct view *view;		/* use cmd_view() */
	bool view_quick;		/* it was opened with VIEW_QUICK */
	struct bdconf *bdconf;		/* bd's variables and files: settings outside of the store */
	bool view_told;			/* its warnings were printed */
	struct settings *settings;	/* use cmd_settings() */
	const char *actor, *owner;	/* use cmd_actor(), cmd_owner() */
	/* the transaction shared by the lines of --batch; NULL outside one */
	struct batch *batch;

	/* When set, cmd_begin() hands the option table here instead of running (completion,
	 * schema). */
	void (*describe)(struct ctx *c, const struct opt *opts, void *arg);
	void *describe_arg;
};

/* The sorted list of all commands, NULL-terminated (cmd/table.c). */
extern const struct cmd *const cmd_table[];
/* by name or alias; NULL */
const struct cmd *cmd_find(const struct cmd *const *list, const char *name);

/*
 * First call of every run(): parses opts and the global flags, answers -h, counts operands,
 * opens what the command needs. Afterwards argv[0..*argc-1] are the operands. 0; < 0; CMD_DONE.
 * Anything but 0 is run()'s result:
 * 	if ((rc = cmd_begin(c, opts, &argc, argv)) != 0)
 * 		return rc;
 */
int cmd_begin(struct ctx *c, const struct opt *opts, int *argc, char **argv);

/* The whole program: finds and runs a command, prints its error, answers the exit code. argv is
 * argv[] of main. */
int cmd_main(int argc, char **argv);
/* As cmd_main, within a ctx whose streams are set (tests, other front ends). argv without the
 * program's name. */
int cmd_dispatch(struct ctx *c, int argc, char **argv);
void cmd_release(struct ctx *c);

/* Opens c->store as the flags say, and reads bd's files; set-up does it for every command that
 * needs a store. */
int cmd_open_store(struct ctx *c);
/* All issues; opened at the first call with these flags, borrowed until the command ends. Prints
 * warnings about files that do not parse. */
int cmd_view(struct ctx *c, unsigned view_flags, struct view **out);
/* Issues have changed: the next cmd_view() opens it anew, without those warnings again. */
void cmd_forget_view(struct ctx *c);
/* A transaction by the command's actor, which ends with cmd_commit() or cmd_abort(). Within
 * --batch it is the one of all lines, and its end is left to the batch. */
int cmd_txn(struct ctx *c, struct txn **out);
int cmd_commit(struct ctx *c, struct txn *t, const char *message);
void cmd_abort(struct ctx *c, struct txn *t);
/* The whole of a change to settings or memories: what stage puts into a transaction is
 * committed, or nothing of it. */
typedef int (*cmd_stage_fn)(struct ctx *c, struct txn *t, const void *arg);
int cmd_change(struct ctx *c, cmd_stage_fn stage, const void *arg, const char *message);
/* The settings of the store (prefix, custom statuses and types, bd's config); borrowed. Never
 * fails: a broken file is warned about. Without a store: the built-in ones. */
const struct settings *cmd_settings(struct ctx *c);
/* Who does it: --actor, BDW_ACTOR, BEADS_ACTOR, BD_ACTOR, "actor" of bd's files, git user.name,
 * $USER, "unknown". Borrowed. */
const char *cmd_actor(struct ctx *c);
/* E-mail of new issues' owner: GIT_AUTHOR_EMAIL, git user.email, "". Borrowed. */
const char *cmd_owner(struct ctx *c);

/* The issue that the user's word means, its file looked at; *out is borrowed from v. Errors as
 * view_resolve(). */
int cmd_resolve(struct ctx *c, struct view *v, const char *part, const struct issue **out);
/* Reads a whole file, "-" is stdin; appends. ERR_IO names it. */
int cmd_read_file(struct ctx *c, const char *name, struct buf *out);
/* The id last created, updated or claimed; NULL when there is none. Lives in c->arena. */
const char *cmd_last_touched(struct ctx *c);
void cmd_touch(struct ctx *c, const char *id);

/* cmd/help.c */
/* usage and flags */
void help_usage(struct ctx *c, const struct cmd *cmd, const struct opt *opts, struct buf *out);
/* all of -h */
void help_command(struct ctx *c, const struct cmd *cmd, const struct opt *opts, struct buf *out);
void help_overview(struct ctx *c, struct buf *out);	/* `bdw help` */
/* The global flags, bound to c; table must hold GLOBAL_OPTS entries. */
enum { GLOBAL_OPTS = 20 };
void cmd_global_opts(struct ctx *c, struct opt *table);

#endif
