#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/batch.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/refused.h"
#include "core/settings.h"
#include "store/base/clock.h"
#include "store/base/text.h"
#include "store/base/trace.h"
#include "store/bdconf.h"
#include "store/store.h"
#include "store/view.h"

enum { BUSY_EXIT = 75, INTR_EXIT = 130 };

void cmd_global_opts(struct ctx *c, struct opt *table)
{
	const struct opt all[] = {
		{ 0, "actor", OPT_STR, &c->actor_flag, "<name>",
		  "who does this (default: $BEADS_ACTOR, git user.name, $USER)", 0 },
		{ 0, "db", OPT_STR, &c->db, "<path>", "use the store at this path", 0 },
		{ 'C', "directory", OPT_STR, &c->dir, "<dir>",
		  "change to this directory first", 0 },
		{ 0, "json", OPT_BOOL, &c->json, NULL, "output as JSON", 0 },
		{ 0, "format", OPT_STR, &c->format, "<format>", "json: the same as --json",
		  OPT_HIDDEN },
		{ 'q', "quiet", OPT_BOOL, &c->quiet, NULL, "say only what went wrong", 0 },
		{ 'v', "verbose", OPT_COUNT, &c->verbose, NULL, "say more", 0 },
		{ 0, "readonly", OPT_BOOL, &c->readonly, NULL, "refuse to change anything", 0 },
		{ 0, "batch", OPT_BOOL, &c->batch_flag, NULL,
		  "read commands from standard input, one a line, and do all of them or none", 0 },
		{ 'h', "help", OPT_BOOL, &c->help, NULL, "help for this command", 0 },
		{ 'V', "version", OPT_BOOL, &c->version, NULL, "print the version", OPT_HIDDEN },
		{ 0, "sandbox", OPT_BOOL, &c->ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "global", OPT_BOOL, &c->ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "ignore-schema-skew", OPT_BOOL, &c->ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "profile", OPT_BOOL, &c->ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "dolt-auto-commit", OPT_STR, &c->ignored_text, "<mode>", NULL, OPT_HIDDEN },
		{ 0 },
	};

	_Static_assert(sizeof(all) / sizeof(all[0]) <= GLOBAL_OPTS, "GLOBAL_OPTS is too small");
	memcpy(table, all, sizeof(all));
}

static bool has_word(const char *words, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = n ? words : NULL; p && (p = strstr(p, name)); p += n)
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

const struct cmd *cmd_find(const struct cmd *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp((*list)->name, name) || has_word((*list)->aliases, name))
			return *list;
	return NULL;
}

static const char *env_text(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* --db, then the environment, as bd looks. */
static const char *store_dir(const struct ctx *c)
{
	static const char *const names[] = { "BEADS_DIR", "BEADS_DB", "BD_DB" };
	const char *dir = c->db;

	for (size_t i = 0; !dir && i < sizeof(names) / sizeof(names[0]); i++)
		dir = env_text(names[i]);
	return dir;
}

static int open_store(struct ctx *c)
{
	unsigned flags = c->readonly ? STORE_READ_ONLY : 0;
	int rc;

	if (c->cmd && (c->cmd->need & NEED_STORE_MAYBE))
		flags |= STORE_NO_SETUP;
	rc = store_open(&c->store, NULL, store_dir(c), flags, &c->err);
	if (rc != ERR_NOTFOUND)
		return rc;
	if (c->cmd && (c->cmd->need & NEED_STORE_MAYBE)) {
		c->err = (struct err)ERR_INIT;
		return 0;
	}
	if (!c->bd)
		return rc;
	err_set(&c->err, ERR_NOTFOUND, "no beads database found");
	err_hint(&c->err, "run 'bd where' to inspect the resolved workspace, or 'bd init' to "
			  "create a new database\n"
		 "      or set BEADS_DIR to point to your .beads directory");
	return rc;
}

/* A flag that was given stands over all else. */
static void take_conf(struct ctx *c)
{
	c->json |= !c->json_given && text_true(bdconf_get(c->bdconf, "json"));
	c->readonly |= !c->readonly_given && text_true(bdconf_get(c->bdconf, "readonly"));
	c->envelope |= text_true(bdconf_get(c->bdconf, "json-envelope"));
}

int cmd_open_store(struct ctx *c)
{
	int opened = open_store(c), rc;
	struct err e = ERR_INIT;

	rc = bdconf_read(c->bdconf, c->store ? store_paths(c->store)->worktree : NULL, &e);
	take_conf(c);
	if (opened < 0)
		return opened;
	if (rc < 0 && c->cmd && (c->cmd->need & NEED_STORE_MAYBE)) {
		out_warn(c, "warning: %s", e.msg);	/* the start of a session goes on */
		rc = 0;
	}
	if (rc < 0)
		c->err = e;
	return rc;
}

/* What the command's need flags ask for. */
static int set_up(struct ctx *c)
{
	unsigned need = c->cmd->need;
	int rc;

	if (c->batch_flag)
		return err_set(&c->err, ERR_USAGE,
			       "--batch takes its commands from standard input: '%s' goes there",
			       c->path);
	if (c->batch)
		return batch_accepts(c);
	if (c->dir && chdir(c->dir) < 0)
		return err_errno(&c->err, "cannot change to '%s'", c->dir);
	if ((need & NEED_OPERATOR) && env_text("BDW_RUN"))
		return err_set(&c->err, ERR_REFUSED,
			       "'%s' is not for agents: it is refused inside a run (BDW_RUN is "
			       "set)",
			       c->path);
	if ((need & (NEED_STORE | NEED_STORE_MAYBE)) && (rc = cmd_open_store(c)) < 0)
		return rc;
	if ((need & NEED_WRITE) && c->readonly)
		return err_set(&c->err, ERR_REFUSED,
			       "operation '%s' is not allowed in read-only mode", c->path);
	return 0;
}

/* cobra's three sentences about the number of operands */
static int check_count(struct ctx *c, int n)
{
	int min = c->cmd->min_args, max = c->cmd->max_args;

	if (max < 0 && n < min)
		return err_set(&c->err, ERR_USAGE,
			       "requires at least %d arg(s), only received %d", min, n);
	if (max >= 0 && min == max && n != min)
		return err_set(&c->err, ERR_USAGE, "accepts %d arg(s), received %d", min, n);
	if (max >= 0 && (n < min || n > max) && min > 0)
		return err_set(&c->err, ERR_USAGE, "accepts between %d and %d arg(s), received %d",
			       min, max, n);
	if (max >= 0 && n > max)
		return err_set(&c->err, ERR_USAGE,
			       "accepts at most %d arg(s), received %d", max, n);
	return 0;
}

/* The name in list that is nearest to what was typed; NULL none. */
static const char *nearest_command(const struct cmd *const *list, const char *typed)
{
	struct { const char **v; size_t n, cap; } names = { 0 };
	const char *near;

	for (; *list; list++)
		if (!((*list)->flags & CMD_HIDDEN))
			vec_add(&names, (*list)->name);
	near = text_nearest(typed, names.v, names.n);
	vec_free(&names);
	return near;
}

int cmd_begin(struct ctx *c, const struct opt *opts, int *argc, char **argv)
{
	struct opt globals[GLOBAL_OPTS];
	const struct opt *tables[] = { opts, globals };
	int rc;

	if (c->describe) {
		c->describe(c, opts, c->describe_arg);
		return CMD_DONE;
	}
	cmd_global_opts(c, globals);
	rc = opt_parse(tables, 2, argc, argv, &c->err);
	if (rc == 0 && c->help) {
		BUF_AUTO text = BUF_INIT;

		help_command(c, c->cmd, opts, &text);
		fputs(text.s, c->out);
		return CMD_DONE;
	}
	if (rc == 0 && (rc = check_count(c, *argc)) < 0 && c->cmd->subs && *argc > 0) {
		const char *near = nearest_command(c->cmd->subs, argv[0]);

		if (near)
			err_hint(&c->err, "did you mean '%s %s %s'?", c->prog, c->path, near);
	}
	if (rc < 0) {
		help_usage(c, c->cmd, opts, &c->usage);
		return rc;
	}
	if (c->format && !strcmp(c->format, "json"))
		c->json = true;
	return set_up(c);
}

/* Finding the command */

static void add_to_path(struct ctx *c, const char *name)
{
	size_t n = strlen(c->path);

	snprintf(c->path + n, sizeof(c->path) - n, "%s%s", n ? " " : "", name);
}

static int unknown_command(struct ctx *c, const struct cmd *const *list, const char *name)
{
	const char *full = arena_printf(&c->arena, "%s%s%s", c->path, *c->path ? " " : "", name);
	const char *near, *instead = refused_instead(full);

	if (instead)
		return err_set(&c->err, ERR_USAGE, "'%s %s' is left out: %s", c->prog,
			       full, instead);
	near = nearest_command(list, name);
	err_set(&c->err, ERR_USAGE, "unknown command \"%s\" for \"%s%s%s\"", name, c->prog,
		*c->path ? " " : "", c->path);
	if (near)
		buf_addf(&c->usage, "Did you mean '%s%s%s %s'?\n", c->prog, *c->path ? " " : "",
			 c->path, near);
	buf_addf(&c->usage, "Run '%s%s%s --help' for usage.\n", c->prog, *c->path ? " " :
		 "", c->path);
	return ERR_USAGE;
}

/* No command was named: --version, --help or nothing. */
static int run_without_command(struct ctx *c, int argc, char **argv)
{
	struct opt globals[GLOBAL_OPTS];
	const struct opt *tables[] = { globals };
	BUF_AUTO text = BUF_INIT;
	char *version[] = { "--json", NULL };
	int rc;

	cmd_global_opts(c, globals);
	if ((rc = opt_parse(tables, 1, &argc, argv, &c->err)) < 0) {
		buf_addf(&c->usage, "Run '%s --help' for usage.\n", c->prog);
		return rc;
	}
	if (c->version) {
		c->cmd = cmd_find(cmd_table, "version");
		return c->cmd->run(c, c->json, version);
	}
	if (c->batch_flag && !c->help)
		return batch_run(c);
	help_overview(c, &text);
	fputs(text.s, c->out);
	return 0;
}

int cmd_dispatch(struct ctx *c, int argc, char **argv)
{
	const struct cmd *const *list = cmd_table;
	struct opt globals[GLOBAL_OPTS];
	int at;

	for (int i = 0; i < argc; i++) {
		c->json_given |= text_starts(argv[i], "--json=");
		c->readonly_given |= text_starts(argv[i], "--readonly=");
	}
	cmd_global_opts(c, globals);
	while (list && (at = opt_first_operand(globals, argc, argv)) < argc) {
		const struct cmd *found = cmd_find(list, argv[at]);

		if (!found) {
			if (c->cmd && c->cmd->run)
				break;
			return unknown_command(c, list, argv[at]);
		}
		c->called = argv[at];
		memmove(argv + at, argv + at + 1, (size_t)(argc - at) * sizeof(*argv));
		argc--;
		c->cmd = found;
		add_to_path(c, found->name);
		list = found->subs;
	}
	if (!c->cmd)
		return run_without_command(c, argc, argv);
	if (!c->cmd->run) {
		BUF_AUTO text = BUF_INIT;
		static const struct opt none[] = { { 0 } };

		help_command(c, c->cmd, none, &text);
		fputs(text.s, c->out);
		return 0;
	}
	return c->cmd->run(c, argc, argv);
}

/* Saying what went wrong */

static bool own_verb(const struct ctx *c)
{
	return c->cmd && (c->cmd->flags & CMD_OWN);
}

static void print_error_text(struct ctx *c)
{
	out_warn(c, "%s: %s", own_verb(c) ? c->prog : "Error", c->err.msg);
	if (c->err.hint[0])
		out_warn(c, "%s: %s", own_verb(c) ? "hint" : "Hint", c->err.hint);
	fwrite(c->usage.s, 1, c->usage.len, c->errs);
}

/*
 * Under the name bd the JSON error goes where bd's goes, which differs by command, and nowhere
 * else; as bdw it is always on stdout, and the text on stderr as well: clients read the object only
 * after exit 0, and show stderr after any other.
 */
static void print_error(struct ctx *c)
{
	unsigned flags = c->cmd ? c->cmd->flags : 0;
	bool no_store = c->err.code == ERR_NOTFOUND && !c->store && c->cmd &&
		(c->cmd->need & NEED_STORE);
	bool readonly = c->readonly && c->err.code == ERR_REFUSED;

	if (!c->json || !c->cmd || (c->usage.len && c->err.code == ERR_USAGE && c->bd)) {
		print_error_text(c);
	} else if (!c->bd) {
		json_error(c, c->out, c->err.msg, c->err.hint);
		print_error_text(c);
	} else if (no_store || (flags & CMD_ERR_PLAIN)) {
		print_error_text(c);
	} else if ((flags & CMD_ERR_STDERR) || readonly) {
		json_error(c, c->errs, c->err.msg, c->err.hint);
	} else {
		json_error(c, c->out, c->err.msg, c->err.hint);
	}
}

static int exit_code(const struct ctx *c, int rc)
{
	if (rc == CMD_DONE)
		return 0;
	if (rc >= 0)
		return rc;
	if (!own_verb(c))
		return 1;
	switch (rc) {
	case ERR_USAGE:
	case ERR_PARSE:
	case ERR_UNTRUSTED:
		return 2;
	case ERR_BUSY:
		return BUSY_EXIT;
	case ERR_INTR:
		return INTR_EXIT;
	default:
		return 1;
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool reader_is_gone(FILE *out)
{
	struct pollfd p = { .fd = fileno(out), .events = POLLOUT };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}

/* A full disk or a reader that went away shows only when the buffer is written out. Why an earlier
 * write failed is forgotten by now: one more byte tells. */
static int close_output(struct ctx *c, int code)
{
	bool bad = ferror(c->out) != 0;

	if (bad && reader_is_gone(c->out))
		return code ? code : 1;
	errno = 0;
	if (bad)
		fputc('\n', c->out);
	if (fflush(c->out) == 0 && !bad)
		return code;
	if (errno != EPIPE)
		fprintf(c->errs, "%s: cannot write to standard output%s%s\n", c->prog,
			errno ? ": " : "", errno ? strerror(errno) : "");
	return code ? code : 1;
}

void cmd_release(struct ctx *c)
{
	view_close(c->view);
	settings_free(c->settings);
	bdconf_free(c->bdconf);
	store_close(c->store);
	buf_release(&c->usage);
	arena_release(&c->arena);
}

/* A closed pipe is an error of write(2), never a death between two steps. A handler and not
 * SIG_IGN, so that children get the default. */
static void on_pipe(int sig)
{
	(void)sig;
}

/*
 * Where a standard stream is closed, the next file opened would take its number, and what is
 * printed would go into it. For reading only, so that printing fails as it did.
 */
static void fill_std_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int cmd_main(int argc, char **argv)
{
	struct sigaction pipe_action = { .sa_handler = on_pipe, .sa_flags = SA_RESTART };
	const char *name = argc > 0 ? base_name(argv[0]) : "bdw";
	struct ctx c = {
		.bd = !strcmp(name, "bd"), .in = stdin, .out = stdout, .errs = stderr,
		.usage = BUF_INIT, .bdconf = bdconf_env(),
	};
	char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	int rc;

	fill_std_streams();
	c.prog = c.bd ? "bd" : "bdw";
	for (int i = 1; i < argc; i++)
		args[i - 1] = argv[i];
	sigaction(SIGPIPE, &pipe_action, NULL);
	trace_open();
	take_conf(&c);
	c.now_us = clock_now_us();
	rc = cmd_dispatch(&c, argc > 0 ? argc - 1 : 0, args);
	if (rc < 0)
		print_error(&c);
	rc = close_output(&c, exit_code(&c, rc));
	cmd_release(&c);
	free(args);
	return rc;
}
