/* cmd/trust.c - bdw trust */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/trust.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/gitcmd.h"
#include "store/store.h"
#include "store/trust.h"

/* What changed against the approved version; all of it where none was. Control bytes must not
 * reach the terminal. */
static void show_item(struct ctx *c, const struct trust_item *it)
{
	char was[OID_HEX], now[OID_HEX];
	BUF_AUTO diff = BUF_INIT;
	const char *hunks;

	out_warn(c, "--- .beadwave/%s%s", it->path,
		 it->had ? " (changed since it was approved)" : "");
	if (it->had)
		git_try(store_paths(c->store)->common, NULL, &diff, NULL, "diff", "--no-color",
			oid_hex(&it->was, was), oid_hex(&it->oid, now), NULL);
	hunks = strstr(diff.s, "\n@@");	/* above them git names the blobs */
	if (!hunks)
		buf_add(&diff, it->text.s, it->text.len);
	for (const char *p = hunks ? hunks + 1 : diff.s; p < diff.s + diff.len; p++)
		fputc((unsigned char)*p < ' ' && *p != '\n' && *p != '\t' ? '?' : *p, c->errs);
	if (it->names.len)
		out_warn(c, "\nCommands it names:\n%s", it->names.s);
}

int trust_require(struct ctx *c, const struct config *cfg, struct trust_list *items)
{
	int rc = trust_check(c->store, cfg, items, &c->err);

	if (rc != ERR_UNTRUSTED)
		return rc;
	for (size_t i = 0; i < items->n; i++)
		if (!items->v[i].approved)
			show_item(c, &items->v[i]);
	err_hint(&c->err, "read what is above, then approve it with: bdw trust");
	return rc;
}

static int load(struct ctx *c, struct config **cfg)
{
	const struct store_paths *p = store_paths(c->store);
	struct config_sources src = { .tree = p->tree, .common = p->common, .env = true,
				      .user = true };

	return config_load(cfg, &src, &c->err);
}

static int list(struct ctx *c, const struct trust_list *items)
{
	char hex[OID_HEX];

	if (c->json) {
		BUF_AUTO o = BUF_INIT;
		struct jsw w = JSW(&o, JS_PRETTY);

		js_open(&w, '[');
		for (size_t i = 0; i < items->n; i++) {
			js_open(&w, '{');
			js_put_str(&w, "path", items->v[i].path);
			js_put_str(&w, "oid", oid_hex(&items->v[i].oid, hex));
			js_put_bool(&w, "approved", items->v[i].approved);
			js_close(&w, '}');
		}
		js_close(&w, ']');
		out_text(c, "%s\n", o.s);
		return 0;
	}
	for (size_t i = 0; i < items->n; i++)
		out_text(c, "%s  %s\n", items->v[i].approved ? "approved    " : "not approved",
			 items->v[i].path);
	if (!items->n)
		out_text(c, "Nothing here names a command.\n");
	return 0;
}

/* A file of the store, as it is listed (config.ini) or with the store's folder in front. */
static bool is_path(const char *word, const char *path)
{
	size_t n = strlen(word), k = strlen(path);

	return text_ends(word, path) && (n == k || word[n - k - 1] == '/');
}

static int check_words(struct ctx *c, const struct trust_list *items, int argc, char **argv)
{
	for (int k = 0; k < argc; k++) {
		bool known = false;

		for (size_t i = 0; i < items->n; i++)
			known |= is_path(argv[k], items->v[i].path);
		if (!known)
			return err_set(&c->err, ERR_NOTFOUND,
				       "no '%s' is there that names commands", argv[k]);
	}
	return 0;
}

static int revoke(struct ctx *c, const char *word)
{
	const char *folder = strrchr(store_paths(c->store)->tree, '/') + 1;
	size_t n = strlen(folder);
	int rc;

	if (!strncmp(word, folder, n) && word[n] == '/')
		word += n + 1;
	rc = trust_revoke(c->store, word, &c->err);
	if (!rc && !c->json)
		out_text(c, "No longer approved: %s\n", word);
	return rc;
}

/* Shows before it approves: what is approved is what was shown. */
static int approve(struct ctx *c, struct trust_list *items, int argc, char **argv)
{
	size_t done = 0;
	int rc = check_words(c, items, argc, argv);

	for (size_t i = 0; i < items->n && !rc; i++) {
		struct trust_item *it = &items->v[i];
		bool wanted = argc == 0;

		for (int k = 0; k < argc; k++)
			wanted |= is_path(argv[k], it->path);
		if (it->approved || !wanted)
			continue;
		if (!c->json)
			show_item(c, it);
		rc = trust_approve(c->store, it, &c->err);
		it->approved = rc == 0;
		done++;
		if (!rc && !c->json)
			out_text(c, "Approved %s\n", it->path);
	}
	if (!rc && !done && !c->json)
		out_text(c, "Nothing to approve.\n");
	return rc < 0 || !c->json ? rc : list(c, items);
}

static int run(struct ctx *c, int argc, char **argv)
{
	bool only_list = false;
	const char *unwanted = NULL;
	const struct opt opts[] = {
		{ 'l', "list", OPT_BOOL, &only_list, NULL,
		  "only show what is approved and what is not", 0 },
		{ 0, "revoke", OPT_STR, &unwanted, "<path>", "take an approval back", 0 },
		{ 0 },
	};
	TRUST_AUTO items = { 0 };
	struct config *cfg = NULL;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (unwanted)
		return revoke(c, unwanted);
	if ((rc = load(c, &cfg)) < 0)
		return rc;
	rc = trust_check(c->store, cfg, &items, &c->err);
	if (rc == 0 || rc == ERR_UNTRUSTED)
		rc = only_list ? list(c, &items) : approve(c, &items, argc, argv);
	config_free(cfg);
	return rc;
}

const struct cmd cmd_trust = {
	.name = "trust", .args = "[<path>]...", .brief = "Approve files that name commands",
	.help = "Configuration, workflows and prompts arrive through git. What they name is run "
		"only after this clone has\n"
		"approved the file's content; a changed file must be approved again.",
	.example = "trust --list", .group = GROUP_RUN,
	.need = NEED_STORE | NEED_WRITE | NEED_OPERATOR, .flags = CMD_OWN | CMD_ALONE,
	.max_args = -1, .run = run,
};
