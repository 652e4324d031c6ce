/* store/yaml.h - the little of YAML that issue files use: one-line values that YAML 1.1 and 1.2
 * read alike */
#ifndef STORE_YAML_H
#define STORE_YAML_H
#include <stdbool.h>
struct buf;

/* Appends s bare where every YAML parser reads the same text back (decisions B22), else in
 * double quotes. */
void yaml_add_scalar(struct buf *out, const char *s);
/* Appends s in double quotes: a JSON string that is a YAML string too. */
void yaml_add_quoted(struct buf *out, const char *s);
/* Appends compact JSON so that it is a YAML flow value on one line. */
void yaml_add_json(struct buf *out, const char *json);

/*
 * Reading works in place: s is a NUL-terminated line without its newline; values are unescaped
 * where they stand. Each returns NULL, or why it cannot be read ("quote is not closed").
 */
/* One value, bare or quoted, to the end of the line. *comment: "# ..." that follows it, or "". A
 * bare null or nothing reads as "". */
const char *yaml_read_scalar(char *s, const char **value, char **comment);
/* The quoted string at *s, which moves behind it. */
const char *yaml_read_quoted(char **s, const char **value);
/* The next element of "[a, b]": *s stands behind the '[' or the element before, and moves on.
 * *value is NULL at the closing bracket, and *s then behind that. */
const char *yaml_read_element(char **s, const char **value);
/* Skips blanks. */
char *yaml_skip(char *s);

#endif
