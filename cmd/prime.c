/* cmd/prime.c - bdw prime: what an agent must know at the start of a session. Never fails a
 * hook. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/guide.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/memory.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/store.h"

struct prime { bool full, mcp, stealth, export, memories_only, hook_json; };

static const char notice[] =
	"[@ prime] If your host cut this text, read the rest before you go on: project memories "
	"and rules of this session may stand there.\n\n";

static const char close_protocol[] =
	"# SESSION CLOSE PROTOCOL\n"
	"\n"
	"Before you say \"done\" or \"complete\", go through this list:\n"
	"\n"
	"```\n"
	"[ ] @ close <id1> <id2> ...   (every issue you completed)\n"
	"[ ] @ create \"...\"            (what you found and did not do)\n"
	"```\n"
	"\n";

static const char rules[] =
	"## Core Rules\n"
	"- Track all work here (`@ create`, `@ ready`, `@ close`); do NOT use TodoWrite, "
	"TaskCreate or\n"
	"  markdown lists\n"
	"- Write the issue BEFORE the code; claim it when you start\n"
	"- Keep what should outlast the session with `@ remember \"insight\"`; do NOT use "
	"MEMORY.md files\n"
	"- An issue you do not need costs little, a lost thread costs much\n"
	"- Issues are committed by `@` itself, on a branch of their own: never commit "
	"`.beadwave/`\n"
	"\n";

static const char commands[] =
	"## Essential Commands\n"
	"\n"
	"### Finding Work\n"
	"- `@ ready` - issues nothing blocks\n"
	"- `@ list --status=open` - all open issues; `--status=in_progress` - work under way\n"
	"- `@ show <id>` - one issue with its dependencies and comments\n"
	"- `@ search <words>` - by title and id\n"
	"\n"
	"### Creating & Updating\n"
	"- `@ create --title=\"What\" --description=\"Why, and what to do\" "
	"--type=task|bug|feature --priority=2`\n"
	"  - priority 0-4 or P0-P4 (0 critical, 2 medium, 4 some day), NOT high/medium/low\n"
	"- `@ create ... --parent <epic>` - a child; `--deps <id>` - waits for it\n"
	"- `@ update <id> --claim` - take it: yours and in progress, or refused\n"
	"- `@ update <id> --title/--description/--notes/--design ...` - change fields\n"
	"- `@ comments add <id> \"text\"` - report on it\n"
	"- `@ close <id1> <id2> ...` - done, several at once; `--reason=\"what came of it\"`\n"
	"- Do NOT use `@ edit`: it opens an editor and waits for a person\n"
	"\n"
	"### Dependencies & Blocking\n"
	"- `@ dep add <issue> <depends-on>` - issue waits for depends-on\n"
	"- `@ blocked` - what waits, and for what; `@ dep tree <id>`\n"
	"- `@ close <id> --suggest-next` - and say what this set free\n"
	"\n"
	"### Close Reason Format\n"
	"- `@ close <id> --reason=\"what changed; how it was checked; commit\"` - one line, read "
	"by later sessions\n"
	"\n"
	"### Quality Tools\n"
	"- `@ lint` - issues without the sections their type wants; `@ create --validate` checks "
	"a new one\n"
	"- `@ create --acceptance=\"...\" --design=\"...\" --notes=\"...\"` - the fields that "
	"lint looks for\n"
	"- `@ doctor` - is the store in order; `@ doctor --check=conventions` - are the issues\n"
	"- `@ human list` - issues that wait for a person's decision\n"
	"\n"
	"### Lifecycle & Hygiene\n"
	"- `@ stats` - counts; `@ stale` - long untouched; `@ orphans` - in commits but still "
	"open\n"
	"- `@ defer <id> --until=\"next monday\"`, `@ undefer <id>` - later\n"
	"- `@ supersede <id> --with=<new-id>`, `@ duplicate <id> --of=<id>`, `@ reopen <id>`\n"
	"\n"
	"### Structured Workflows\n"
	"- An epic, its children and what they wait for are the plan; `@ swarm validate <epic>` "
	"shows its waves\n"
	"- `@ formula list`, `@ mol` and `@ preflight` of beads are not here: do not call them\n"
	"\n";

static const char workflows[] =
	"## Common Workflows\n"
	"\n"
	"**Starting work:**\n"
	"```bash\n"
	"@ ready                    # what can be done\n"
	"@ show <id>                # read it\n"
	"@ update <id> --claim      # take it\n"
	"```\n"
	"\n"
	"**Completing work:**\n"
	"```bash\n"
	"@ close <id1> <id2> ...    # everything that is done\n"
	"```\n"
	"\n"
	"**Creating dependent work:**\n"
	"```bash\n"
	"@ create --title=\"Implement X\" --description=\"Why\" --type=feature\n"
	"@ create --title=\"Test X\" --description=\"Why\" --type=task\n"
	"@ dep add <test-id> <implement-id>     # the test waits for the code\n"
	"```\n";

static const char brief[] =
	"# SESSION CLOSE PROTOCOL\n"
	"\n"
	"Before saying \"done\": @ close <completed-ids>\n"
	"\n"
	"## Core Rules\n"
	"- Track all work as issues; do NOT use TodoWrite, TaskCreate or markdown lists\n"
	"- Write the issue BEFORE the code; claim it when you start\n"
	"- Keep what should outlast the session with `@ remember`; do NOT use MEMORY.md files\n"
	"\n"
	"Start: ask the `ready` tool for work.\n";

static void add_memories(struct ctx *c, const struct prime *o, struct buf *out)
{
	STRS_AUTO keys = { 0 };

	memory_keys(c->store, &keys);
	if (keys.n)
		buf_addf(out, "## Persistent Memories (%zu)\n\n", keys.n);
	if (keys.n && !o->mcp)
		guide_fill(c, "Kept with `@ remember --key <key> \"text\"`, searched with `@ "
			      "memories <word>`, "
			   "removed with `@ forget <key>`.\n\n", out);
	for (size_t i = 0; i < keys.n; i++) {
		BUF_AUTO text = BUF_INIT;

		if (memory_read(c->store, keys.v[i], &text, NULL) == 0)
			buf_addf(out, o->mcp ? "- **%s**: %s\n" : "### %s\n%s\n\n",
				 keys.v[i], text.s);
	}
	buf_adds(out, keys.n && o->mcp ? "\n" : "");
}

static void add_default(struct ctx *c, const struct prime *o, struct buf *out)
{
	guide_fill(c, notice, out);
	guide_fill(c, o->mcp ? "# Issue Tracker Active\n\n" : "# Issue Tracking Context\n\n"
		   "> Run `@ prime` again after compaction, clear, or in a new session\n\n", out);
	add_memories(c, o, out);
	if (o->mcp) {
		guide_fill(c, brief, out);
		return;
	}
	guide_fill(c, close_protocol, out);
	guide_fill(c, rules, out);
	guide_fill(c, commands, out);
	guide_fill(c, workflows, out);
}

/* A text of the user's own replaces all of ours: here, in the store, or for all repositories. */
static bool add_own(struct ctx *c, struct buf *out)
{
	const struct store_paths *p = store_paths(c->store);
	const char *home = getenv("HOME"), *conf = getenv("XDG_CONFIG_HOME");
	const char *places[] = {
		".beads/PRIME.md",
		arena_printf(&c->arena, "%s/.beads/PRIME.md", p->worktree),
		arena_printf(&c->arena, "%s/PRIME.md", p->tree),
		conf && *conf ? arena_printf(&c->arena, "%s/beads/PRIME.md", conf) : NULL,
		home && *home ? arena_printf(&c->arena, "%s/.config/beads/PRIME.md", home) : NULL,
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i] && fsx_read(AT_FDCWD, places[i], out, NULL) == 0)
			return true;
	return false;
}

static void print_hook(struct ctx *c, const struct buf *text)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_key(&w, "hookSpecificOutput");
	js_open(&w, '{');
	js_put_str(&w, "hookEventName", "SessionStart");
	js_key(&w, "additionalContext");
	js_add_strn(&w, text->s, text->len);
	js_close(&w, '}');
	js_close(&w, '}');
	fprintf(c->out, "%s\n", o.s);
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct prime o = { .full = false };
	const struct opt opts[] = {
		{ 0, "full", OPT_BOOL, &o.full, NULL, "the whole text, as is the default", 0 },
		{ 0, "mcp", OPT_BOOL, &o.mcp, NULL, "the short text, for clients with tools", 0 },
		{ 0, "stealth", OPT_BOOL, &o.stealth, NULL, "without a word about git",
		  OPT_HIDDEN },
		{ 0, "export", OPT_BOOL, &o.export, NULL,
		  "the built-in text, even where a PRIME.md replaces it", 0 },
		{ 0, "memories-only", OPT_BOOL, &o.memories_only, NULL, "only the memories", 0 },
		{ 0, "hook-json", OPT_BOOL, &o.hook_json, NULL,
		  "as the JSON of a session-start hook", 0 },
		{ 0 },
	};
	BUF_AUTO text = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (o.full)
		o.mcp = false;
	if (c->store && o.memories_only)
		add_memories(c, &o, &text);
	else if (c->store && (o.export || !add_own(c, &text)))
		add_default(c, &o, &text);
	if (o.hook_json)
		print_hook(c, &text);
	else
		out_text(c, "%s", text.s);
	return 0;
}

const struct cmd cmd_prime = {
	.name = "prime", .brief = "Print what an agent must know at the start of a session",
	.help = "A PRIME.md in .beads/, in the store's folder or in ~/.config/beads/ replaces the "
		"text.",
	.example = "prime\nprime --hook-json\nprime --export > .beads/PRIME.md",
	.group = GROUP_SETUP, .need = NEED_STORE_MAYBE, .run = run,
};
