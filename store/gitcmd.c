#include "store/gitcmd.h"

#include <stdarg.h>

#include "store/base/err.h"
#include "store/base/proc.h"
#include "store/base/vec.h"

/* a lock that nobody frees must not hold a run for ever */
enum { GIT_TIMEOUT_MS = 10 * 60 * 1000 };

static void add_who(struct strs *env, const struct git_who *who)
{
	static const char *const role[] = { "AUTHOR", "COMMITTER" };

	env->n--;	/* replaces the NULL at the end */
	for (int i = 0; i < 2; i++) {
		vec_add(env, xasprintf("GIT_%s_NAME=%s", role[i], who->name));
		vec_add(env, xasprintf("GIT_%s_EMAIL=%s", role[i], who->email));
	}
	vec_add(env, NULL);
}

static int run(const char *dir, const struct git_who *who, struct buf *out, struct err *e,
	       va_list ap)
{
	const char *argv[40] = { "git", "-c", "core.hooksPath=/dev/null", "-C", dir };
	STRS_AUTO env = { 0 };
	BUF_AUTO errout = BUF_INIT;
	size_t n = 5;
	int rc;

	while (n < 39 && (argv[n] = va_arg(ap, const char *)))
		n++;
	proc_git_env(&env);
	if (who)
		add_who(&env, who);
	rc = proc_run(&(struct proc){ .argv = (char *const *)argv, .env = env.v,
				      .timeout_ms = GIT_TIMEOUT_MS }, out,
		      &errout, e);
	if (rc > 0) {
		while (errout.len && errout.s[errout.len - 1] == '\n')
			buf_cut(&errout, errout.len - 1);
		err_set(e, ERR_IO, "git %s: %s", argv[5], errout.len ? errout.s :
			"it failed without a word");
	}
	return rc;
}

int git_try(const char *dir, const struct git_who *who, struct buf *out, struct err *e, ...)
{
	va_list ap;
	int rc;

	va_start(ap, e);
	rc = run(dir, who, out, e, ap);
	va_end(ap);
	return rc;
}

int git_do(const char *dir, const struct git_who *who, struct buf *out, struct err *e, ...)
{
	va_list ap;
	int rc;

	va_start(ap, e);
	rc = run(dir, who, out, e, ap);
	va_end(ap);
	if (!rc && out && out->len && out->s[out->len - 1] == '\n')
		buf_cut(out, out->len - 1);
	return rc > 0 ? ERR_IO : rc;
}
