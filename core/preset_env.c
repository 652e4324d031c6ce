/* What an agent may see of its surroundings, and whether it is there at all. */
#include "core/preset.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"

/* contract.md 1; the proxy and CA variables are those that curl, git, Node, Python and Go look
 * at */
static const char *const allowed[] = {
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TERM", "TMPDIR", "TZ", "XDG_*",
	"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
	"NODE_EXTRA_CA_CERTS",
	"GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
};

static bool names_match(const struct strs *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (text_glob(patterns->v[i], name))
			return true;
	return false;
}

static bool may_pass(const struct agent *a, const char *name)
{
	/* settings and the facts of another attempt: the launcher sets its own */
	if (text_starts(name, "BDW_"))
		return false;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (text_glob(allowed[i], name))
			return true;
	return a && names_match(&a->env, name);
}

/* "A=1" of a->env for the variable name; NULL when it is not set there. */
static const char *fixed(const struct agent *a, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = a ? a->env.n : 0; i-- > 0;)
		if (!strncmp(a->env.v[i], name, n) && a->env.v[i][n] == '=')
			return a->env.v[i];
	return NULL;
}

void agent_env(const struct agent *a, char *const *env, struct strs *out)
{
	bool path = false;

	for (; *env; env++) {
		const char *eq = strchr(*env, '=');
		AUTO_FREE char *name = eq ? xstrndup(*env, (size_t)(eq - *env)) : NULL;

		if (!name || fixed(a, name) || !may_pass(a, name))
			continue;
		path |= !strcmp(name, "PATH");
		strs_add(out, *env);
	}
	for (size_t i = 0; a && i < a->env.n; i++) {
		const char *eq = strchr(a->env.v[i], '=');
		AUTO_FREE char *name = eq ?
			xstrndup(a->env.v[i], (size_t)(eq - a->env.v[i])) : NULL;

		if (!name || fixed(a, name) != a->env.v[i])	/* set twice: the last counts */
			continue;
		path |= !strcmp(name, "PATH");
		strs_add(out, a->env.v[i]);
	}
	if (!path)
		strs_add(out, "PATH=/usr/local/bin:/usr/bin:/bin");
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool preset_in_path(const char *program, const char *path)
{
	STRS_AUTO dirs = { 0 };

	if (strchr(program, '/'))
		return is_program(program);
	text_split(path, ':', &dirs);
	for (size_t i = 0; i < dirs.n; i++) {
		AUTO_FREE char *full = xasprintf("%s/%s", dirs.v[i], program);

		if (is_program(full))
			return true;
	}
	return false;
}

void preset_installed(const char *path, struct strs *out)
{
	const struct preset *p;
	size_t n = preset_list(&p);

	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *program = xstrndup(p[i].command, strcspn(p[i].command, " "));

		if (preset_in_path(program, path))
			strs_add(out, p[i].name);
	}
}

int preset_none_configured(const char *path, struct err *e)
{
	STRS_AUTO found = { 0 };
	BUF_AUTO list = BUF_INIT;
	const struct preset *p;
	size_t n = preset_list(&p);

	preset_installed(path, &found);
	text_join(&list, &found, ", ");
	if (found.n) {
		err_set(e, ERR_USAGE, "no agent is configured; found: %s", list.s);
		err_hint(e, "bdw run --agent %s, or once and for all: git config "
			    "beadwave.run.agent %s", found.v[0],
			 found.v[0]);
		return ERR_USAGE;
	}
	for (size_t i = 0; i < n; i++)
		strs_add(&found, p[i].name);
	text_join(&list, &found, ", ");
	err_set(e, ERR_USAGE,
		"no agent is configured, and none is installed that is known (%s)", list.s);
	err_hint(e, "bdw run --agent-command 'PROGRAM ARGUMENTS' takes any program that reads its "
		    "task on stdin");
	return ERR_USAGE;
}

static const char *env_value(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; *env; env++)
		if (!strncmp(*env, name, n) && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

void agent_doubts(const struct agent *a, char *const *env, bool root, struct buf *out)
{
	const char *path = env_value(env, "PATH"), *program = a->command.v[0];
	const struct preset *p = a->preset;
	STRS_AUTO keys = { 0 };
	bool key = false;

	if (!preset_in_path(program, path ? path : ""))
		buf_addf(out, "%s: program '%s' was not found\n", a->name, program);
	if (!p)
		return;
	text_split(p->keys, ',', &keys);
	for (size_t i = 0; i < keys.n; i++) {
		const char *v = env_value(env, keys.v[i]);

		key |= v && *v;
	}
	if (!key)
		buf_addf(out, "%s: %s is not set; it must be logged in\n", a->name, keys.v[0]);
	if (root && p->root_needs && !env_value(env, p->root_needs) && !fixed(a, p->root_needs))
		buf_addf(out, "%s: refuses to work for root; in a container set %s=1\n", a->name,
			 p->root_needs);
}
