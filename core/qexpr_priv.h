/* core/qexpr_priv.h - a query as a tree; shared only among core/qexpr*.c */
#ifndef CORE_QEXPR_PRIV_H
#define CORE_QEXPR_PRIV_H
#include <stddef.h>
#include "core/qexpr.h"

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };
enum kind { KIND_COMPARE, KIND_AND, KIND_OR, KIND_NOT };

/* How a field is compared. */
enum field_kind {
	FIELD_EXACT,		/* status, type: a known word */
	FIELD_GLOB,		/* * and ? match */
	FIELD_CONTAINS,
	FIELD_PRIORITY,
	FIELD_TIME,
	FIELD_LABEL,
	FIELD_PARENT,
	FIELD_FLAG,		/* an extra that is true */
	FIELD_METADATA,
	FIELD_METADATA_KEY,
};

struct field { const char *name; enum field_kind kind; size_t offset; };

struct qexpr {
	enum kind kind;
	const struct qexpr *left, *right;	/* right only for AND and OR */
	const struct field *field;		/* KIND_COMPARE from here on */
	const char *key;			/* behind "metadata." */
	enum op op;
	const char *value;
	bool none;				/* the value is the bare word none */
	bool yes;				/* FIELD_FLAG */
	int priority;
	/* FIELD_TIME: the moment, or the first and last of a day for = */
	int64_t from, to;
};

#endif
