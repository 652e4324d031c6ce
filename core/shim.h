/* core/shim.h - the keeper of one attempt: starts the agent, ends it in time, leaves no process
 * of it alive */
#ifndef CORE_SHIM_H
#define CORE_SHIM_H

/*
 * `bdw shim FOLDER` (DESIGN 3, decisions A9, A10). Takes DIR/lock and leaves at once, with 0,
 * when it is held or DIR/exit.json is there: a second copy is harmless. When started.json is
 * there but nobody holds the lock, an earlier shim was killed: its agent is killed too and
 * recorded as lost, never started again.
 *
 * Else: new session, subreaper, started.json, then the agent in its own process group with stdin
 * from a file, its output in stdout.log and stderr.log, nothing else open, nothing inherited. It
 * is ended (SIGTERM to the whole tree, grace, SIGKILL to the whole tree) by the deadline, by
 * silence, or by SIGTERM or SIGINT to the shim; a second of these skips the grace. When the
 * agent has ended, what is left of its tree is killed. Last comes exit.json.
 *
 * Output goes straight into the files unless it is limited or its silence matters: then through
 * the shim. Returns an exit status: 0, or 1 when the folder cannot be used, so that nothing
 * could be recorded. With "-" it forks shims, see core/keepers.h.
 */
int shim_main(const char *dir);

#endif
