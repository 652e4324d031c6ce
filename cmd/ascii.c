#include "cmd/ascii.h"

#include <string.h>

#include "store/base/buf.h"

static const struct { const char *symbol, *ascii; } table[] = {
	{ "○", "o" }, { "◐", "~" }, { "●", "*" }, { "✓", "+" }, { "✗", "x" }, { "❄", "z" },
	{ "📌", "^" }, { "◇", "h" },
	{ "◊", "?" }, { "├── ", "|-- " }, { "└── ", "`-- " }, { "│", "|" }, { "─", "-" },
	{ "┌", "+" }, { "┐", "+" },
	{ "└", "+" }, { "┘", "+" }, { "▼", "v" }, { "→", "->" }, { "←", "<-" }, { "↑", "^" },
	{ "↳", ">" }, { "↔", "<->" },
	{ "↻", "@" }, { "—", "-" }, { "·", "-" }, { "•", "*" }, { "…", "..." }, { "⚠", "!" },
	{ "🚫 ", "" }, { "📋 ", "" },
	{ "📊 ", "" }, { "📈 ", "" }, { "🌲 ", "" }, { "✨ ", "" }, { "🔍 ", "" }, { "⏳", "..." },
	{ "⏰ ", "" }, { "📎 ", "" },
	{ "📜 ", "" },
};

void ascii_add(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		const char *ascii = NULL;

		for (len = 0; i + len < n && !(text[i + len] & 0x80); len++)
			;
		buf_add(out, text + i, len);
		i += len;
		len = i < n;
		for (size_t k = 0; i < n && !ascii && k < sizeof(table) / sizeof(table[0]); k++)
			if (!strncmp(text + i, table[k].symbol, strlen(table[k].symbol))) {
				ascii = table[k].ascii;
				len = strlen(table[k].symbol);
			}
		if (ascii)
			buf_adds(out, ascii);
		else
			buf_add(out, text + i, len);
	}
}
