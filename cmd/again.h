/* cmd/again.h - a listing that is printed again when issues change: -w of list and show */
#ifndef CMD_AGAIN_H
#define CMD_AGAIN_H
struct ctx;

/*
 * Waits for changes without polling. Returns 0 in a child process, made anew for every change,
 * that goes on as if there were no -w: it prints once and ends. In the process itself it returns
 * only when the child failed (its exit code), when nobody reads what is printed any more
 * (CMD_DONE), or with an error; otherwise Ctrl-C ends it. On a terminal the screen is cleared in
 * between.
 */
int again(struct ctx *c);

#endif
