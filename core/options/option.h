/* SPDX-License-Identifier: Apache-2.0 */
/* The typed option table: rows drive YAML files, key=value overrides, help and the dump of the
 * resolved configuration. The values are fields of plain structs that the caller owns; rows are
 * defined next to the struct that they fill.
 *
 *   static const OptionRow rows[] = {
 *       {"train.batch", "batch_size", OPTION_INT, offsetof(TrainOptions, batch), "32", 1,
 *        65536, .unit = "images", .help = "images per step"},
 *   };
 *   const OptionTable train_options = {.row = rows, .rows = sizeof rows / sizeof *rows};
 *
 * A struct of such structs has a table of sections, one for each of them:
 *
 *   static const OptionSection sections[] = {{&train_options, offsetof(Config, train)}};
 *   const OptionTable table = {.section = sections, .sections = 1};
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

enum { OPTION_CHOICE_NAME = 32 }; /* bytes that hold the name of any choice */

enum OptionType {
    OPTION_BOOL,   /* bool: true/false/yes/no/on/off/1/0, any case */
    OPTION_INT,    /* int64_t in [lo, hi] */
    OPTION_FLOAT,  /* double in [lo, hi], finite */
    OPTION_STRING, /* char * or const char *, owned by the struct, never NULL */
    OPTION_CHOICE, /* int: which of the row's choices, counted from 0 */
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
    char **value; /* owned; NULL: never assigned, not even an empty list */
} OptionStrings;

/* Appends a text, of which the list becomes the owner. */
void option_strings_add(OptionStrings *list, char *text);
void option_strings_free(OptionStrings *list); /* leaves an empty list */

typedef struct OptionRow {
    const char *name;  /* dotted; nested YAML maps give the same name */
    const char *alias; /* names in the reference project, separated by "|"; NULL */
    enum OptionType type;
    size_t offset;        /* in the struct */
    const char *fallback; /* default, as text */
    double lo, hi; /* numbers and elements of lists; both 0: any; hi = HUGE_VAL: at least lo */
    const char *choices; /* "drop|white", or NULL: by `choice` */
    /* The names of choices that another table defines: name i, "" where value i is not a
     * choice of this option, NULL past the last. */
    const char *(*choice)(int i);
    const char *unit; /* "pixels", "steps", ...; NULL */
    const char *help;
    /* Old names, "|" between several, and old names of the choices: that of choice i in
     * place i, which may be empty ("|balanced"). They still work; on a command line and in a
     * YAML file they cause one line on stderr that names the new one. NULL: none. */
    const char *formerly, *choices_formerly;
    /* Why the option has no effect: other values than the default cause one line on stderr.
     * NULL: it has. */
    const char *ignored;
} OptionRow;

typedef struct OptionTable OptionTable;

/* A struct that lies inside a larger one. */
typedef struct OptionSection {
    const OptionTable *table;
    size_t offset; /* of the struct in the larger one */
} OptionSection;

/* The options of one struct, in the order of the dump: its rows, then the structs inside it.
 * These are given as an array, or by a function where they belong to the rows of another
 * table. */
struct OptionTable {
    const OptionRow *row;
    size_t rows;
    const OptionSection *section;
    size_t sections;
    bool (*nested)(size_t i, OptionSection *out); /* section i; false past the last */
    const char *hint; /* where to find all names, for errors without a similar name; NULL */
};

/* One option of a table and of all tables below it. */
typedef struct Option {
    const OptionRow *row;
    size_t at; /* of its field, in the outermost struct */
} Option;

/* Option i in the order of the dump; false past the last. */
bool option_at(const OptionTable *t, size_t i, Option *out);

void option_defaults(const OptionTable *t, void *config);
void option_free(const OptionTable *t, void *config);
/* Gives a struct that was copied by assignment texts of its own. Owned: option_free. */
void option_own(const OptionTable *t, void *config);
/* Whether an option has the same value in two structs. */
bool option_equal(Option option, const void *a, const void *b);

/* The row of the option that a `key=value` names; NULL: none. */
const OptionRow *option_of(const OptionTable *t, const char *assignment);

/* `key=value`. ERROR_USAGE with the nearest real name when the key or choice is unknown. */
int option_set(const OptionTable *t, void *config, const char *assignment, Error *err);

/* A YAML file (at most 1 MiB, nesting at most 8); errors are `FILE:LINE: key: why`,
 * ERROR_USAGE. */
int option_load_yaml(const OptionTable *t, void *config, const char *path, Error *err);
/* Loads YAML from memory; messages use `name` as the file name. This is for stored
 * configurations: old names in them cause no message. */
int option_load_yaml_text(const OptionTable *t, void *config, const char *name,
                          const char *text, Error *err);

/* The resolved configuration as YAML that option_load_yaml reads back to the same values.
 * Owned. */
char *option_dump(const OptionTable *t, const void *config);
/* Prints a line for each option whose name or other name has the part in it ("" is in all):
 * default, help, type, range, unit, other names. Returns the number of lines. */
size_t option_help(const OptionTable *t, const char *part, FILE *out);

/* The name of choice `value` of a row; NULL past the last, "" where the value is not a
 * choice. Borrowed until the next call with the same out. */
const char *option_choice(const OptionRow *row, int value, char out[static OPTION_CHOICE_NAME]);

/* The name, of n, with the smallest edit distance to what was typed; NULL when none is
 * similar. */
const char *option_nearest(const char *typed, const char *const *name, size_t n);

/* `NAME: unknown option; did you mean ...`. Returns -1. */
int option_unknown(const OptionTable *t, const char *name, Error *err);

/* `; did you mean 'NEAR'?`, or "" for NULL. */
enum { OPTION_HINT = 160 };
const char *option_hint(const char *near, char out[static OPTION_HINT]);

#endif
