# tests/cli/lib-words.sh - every command and flag of $BDW, from its table and its -h; SOURCE_DIR is the top of the sources
#
# (__complete, which takes any words as they are, is t0414's)
# words_list FOLDER: the commands go to FOLDER/commands, a line each: NAME|OPERAND OPERAND...; an operand in [] need not
# be given. Their flags go to FOLDER/flags: NAME|--FLAG or NAME|--FLAG <value>.
words_list()
{
	words_dir=$1
	: >"$1/flags"
	for words_name in $(sed -n '/cmd_complete,/d; s/^\t&cmd_\(.*\),$/\1/p' "$SOURCE_DIR/cmd/table.c" | tr _ -); do
		"$BDW" "$words_name" -h >"$1/h" || return 1
		words_usage "$words_name"
		for words_sub in $(sed -n '/^Available Commands:/,/^[A-Z].*:$/s/^  \([a-z][a-z-]*\)  *[A-Z].*/\1/p' "$1/h"); do
			"$BDW" "$words_name" "$words_sub" -h >"$1/h" || return 1
			words_usage "$words_name $words_sub"
		done
	done >"$1/commands"
}
words_usage()
{
	sed -n "/^Usage:/,/^\$/s/^  bdw $1\(.*\) \[flags\]\$/$1|\1/p; /^Flags:/,/^\$/s/^ *\(-., \)\{0,1\}\(--\(\[no-\]\)\{0,1\}[a-z-]*\)\( <.*>\)\{0,1\}  .*/$1|\2\4/p" "$words_dir/h" |
		sed "/|--/w $words_dir/flags.new" | sed '/|--/d; s/| /|/'
	cat "$words_dir/flags.new" >>"$words_dir/flags"
}
