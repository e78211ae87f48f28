/* The typed option table: one table of rows drives YAML files, key=value overrides, --help and the
 * dump of the resolved configuration. The values live in a plain struct of the caller.
 *
 *   static const OptionRow rows[] = {
 *       {"train.batch", "batch_size", OPTION_INT, offsetof(Config, train_batch), "32", 1, 65536, NULL,
 *        "images", "pictures per step"},
 *   };
 *   OptionTable table = {rows, ARRAY_LENGTH(rows)};
 *   option_defaults(&table, &config);
 *   option_load_yaml(&table, &config, path, &err);
 *   option_set(&table, &config, "train.batch=16", &err);
 *   option_free(&table, &config);
 */
#ifndef RAMPLUS_CORE_OPTIONS_OPTION_H
#define RAMPLUS_CORE_OPTIONS_OPTION_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum OptionType {
    OPTION_BOOL,   /* bool: true/false/yes/no/on/off/1/0, any case */
    OPTION_INT,    /* int64_t in [lo, hi] */
    OPTION_FLOAT,  /* double in [lo, hi], finite */
    OPTION_STRING, /* char *, owned by the struct, never NULL */
    OPTION_CHOICE, /* char *, one of `choices` ("asl|bce|ce") */
    OPTION_INTS,   /* OptionInts: a YAML sequence, or "2,2,6,2" */
    OPTION_FLOATS, /* OptionFloats */
    OPTION_STRINGS /* OptionStrings: a YAML sequence, or "a.json,b.json" */
};

typedef struct OptionInts {
    int64_t count;
    int64_t value[8];
} OptionInts;

typedef struct OptionFloats {
    int64_t count;
    double value[8];
} OptionFloats;

typedef struct OptionStrings {
    int64_t count;
    char **value; /* owned */
} OptionStrings;

typedef struct OptionRow {
    const char *name;  /* dotted; nested YAML maps give the same name */
    const char *alias; /* names of the reference project, "|" between several; NULL */
    enum OptionType type;
    size_t offset;        /* in the struct */
    const char *fallback; /* default, as text */
    double lo, hi;        /* numbers and elements of lists; both 0: any */
    const char *choices;
    const char *unit; /* "pixels", "steps", ...; NULL */
    const char *help;
} OptionRow;

typedef struct OptionTable {
    const OptionRow *row;
    size_t count;
    const char *hint; /* where a user finds all names, for errors without a near name; NULL */
} OptionTable;

void option_defaults(const OptionTable *t, void *config);
void option_free(const OptionTable *t, void *config);

/* `key=value`. EXIT_USAGE with the nearest real name when the key or choice is unknown. */
int option_set(const OptionTable *t, void *config, const char *assignment, Error *err);

/* A YAML file (at most 1 MiB, nesting at most 8); errors are `FILE:LINE: key: why`, EXIT_USAGE. Keys of
 * the reference that mean nothing here are named in a warning, not refused: they are listed, "|"
 * between them, in `ignored` (may be NULL). */
int option_load_yaml(const OptionTable *t, void *config, const char *path, const char *ignored,
                     Error *err);
/* The same from text; `name` stands for the file in messages. */
int option_load_yaml_text(const OptionTable *t, void *config, const char *name,
                          const char *text, const char *ignored, Error *err);

/* The resolved configuration as YAML that option_load_yaml reads back to the same values. Owned. */
char *option_dump(const OptionTable *t, const void *config);
/* The whole table for people: name, type, default, range, unit, help, other names. */
void option_help(const OptionTable *t, FILE *out);

/* The nearest of n names to what was typed, or NULL when none is near (edit distance). */
const char *option_nearest(const char *typed, const char *const *name, size_t n);

#endif
