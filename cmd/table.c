/* cmd/table.c - every command, sorted by name; a new one is its file and two lines here */
#include "cmd/cmd.h"

extern const struct cmd cmd_help, cmd_shim, cmd_version;

const struct cmd *const cmd_table[] = {
	&cmd_help,
	&cmd_shim,
	&cmd_version,
	NULL
};
