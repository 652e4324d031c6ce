/* cmd/config.h - bdw config: what its files share */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H
#include <stdbool.h>
struct config; struct ctx;

/* A key of bd that this program acts on. */
struct bd_key {
	const char *name;
	const char *otherwise;	/* its value when nothing sets it; "": none */
};
extern const struct bd_key bd_keys[];	/* sorted; ends with a name of NULL */

/* The value bd's key has when nothing sets it; NULL where it is none of bd_keys. */
const char *bd_key_otherwise(const char *key);
/* Does bd keep this key in config.yaml? Here it is stored as all others are. */
bool bd_key_in_yaml(const char *key);
/* " in config.yaml" where bd says so of the key, else "". */
const char *bd_key_place(const struct ctx *c, const char *key);
/* {"key": key, "value": value}, as bd with "location" where it has one. */
void bd_key_print(struct ctx *c, const char *key, const char *value);
/* Says on stderr that a key is no known one, with the one that was probably meant. */
void bd_key_warn(struct ctx *c, const char *key);

/* Everything that holds here, from all places; the caller's to config_free(). */
int config_cmd_load(struct ctx *c, struct config **out);

extern const struct cmd config_get_cmd, config_list_cmd, config_show_cmd;	/* config_show.c */

#endif
