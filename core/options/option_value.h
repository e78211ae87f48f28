/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the option table: rows by name, values from text. Used by core/options alone. */
#ifndef RAMPLUS_CORE_OPTIONS_OPTION_VALUE_H
#define RAMPLUS_CORE_OPTIONS_OPTION_VALUE_H

#include "core/io/text.h"
#include "core/options/option.h"

enum { OPTION_LIST = 8 };

/* One text, or the elements of a list. */
typedef struct OptionValue {
    bool list;
    int64_t count; /* 1 when not a list */
    char *const *text;
} OptionValue;

/* The option of this name or other name; *index, when not NULL, is its place in the table. */
bool option_find(const OptionTable *t, const char *name, Option *out, size_t *index);
/* The same for the name of a `key=value`. */
bool option_find_key(const OptionTable *t, const char *assignment, Option *out, size_t *index);
size_t option_count(const OptionTable *t);
/* The name, or other name, that is most similar; NULL: none. Owned: mem_free. */
char *option_nearest_name(const OptionTable *t, const char *name);
/* Whether some option's name starts with `name.`. */
bool option_is_group(const OptionTable *t, const char *name);
/* Whether name is one of the names in list, with "|" between them; list may be NULL. */
bool option_in_list(const char *list, const char *name);
/* The names in a list, cut apart in place, into name (may be NULL). Returns how many. */
size_t option_cut_list(char *list, const char **name);
/* How many names a list has; NULL: none. */
size_t option_count_list(const char *list);
/* The number of the choice that text names; an old name counts. */
int option_parse_choice(const OptionRow *row, const char *text, int *out, Error *err);
/* The choices of a row with "|" between them. Owned: mem_free. */
char *option_choices(const OptionRow *row);

/* Parses, checks and stores; a text for a list row is split at commas. Errors `NAME: why`. */
int option_assign(Option option, void *config, OptionValue value, Error *err);
/* After an assignment: one line on stderr for each old name that was used, with the new one,
 * and one if the option has no effect. */
void option_note(const OptionRow *row, const char *name, OptionValue value);
void *option_field(Option option, const void *config);

/* The range of a row with its unit: "1 to 1024 images", "at least 1". */
void option_put_range(Text *t, const OptionRow *row);
/* The help of a row, then a line with its type or choices, range, unit and other names. */
void option_put_meaning(Text *t, const OptionRow *row);

#endif
