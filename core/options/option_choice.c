/* SPDX-License-Identifier: Apache-2.0 */
/* Names in lists, and the choices of an option. */
#include "core/options/option_value.h"

#include "core/log.h"
#include "core/mem.h"

#include <string.h>
#include <strings.h>

/* ---- lists of names ---------------------------------------------------------------------- */

bool option_in_list(const char *list, const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || strchr(name, '|')) return false;
    for (const char *p = list; p; p = strchr(p, '|'), p = p ? p + 1 : NULL)
        if (strncmp(p, name, n) == 0 && (p[n] == '|' || p[n] == 0)) return true;
    return false;
}

size_t option_cut_list(char *list, const char **name)
{
    size_t n = 0;
    for (char *p = list; p; n++) {
        char *bar = strchr(p, '|');
        if (bar) *bar++ = 0;
        if (name) name[n] = p;
        p = bar;
    }
    return n;
}

size_t option_count_list(const char *list)
{
    size_t n = list != NULL;
    for (const char *p = list; p && *p; p++) n += *p == '|';
    return n;
}

/* ---- choices ----------------------------------------------------------------------------- */

const char *option_choice(const OptionRow *row, int value, char out[static OPTION_CHOICE_NAME])
{
    if (row->choice) return row->choice(value);
    const char *p = row->choices;
    for (; value > 0 && p; value--) p = strchr(p, '|'), p = p ? p + 1 : NULL;
    if (!p || value < 0) return NULL;
    const size_t len = strcspn(p, "|");
    CHECK(len < OPTION_CHOICE_NAME, "%s: a choice of %zu letters", row->name, len);
    memcpy(out, p, len);
    out[len] = 0;
    return out;
}

char *option_choices(const OptionRow *row)
{
    char name[OPTION_CHOICE_NAME];
    Text list = {0};
    text_put(&list, "");
    for (int i = 0; option_choice(row, i, name); i++) {
        const char *one = option_choice(row, i, name);
        if (*one) text_add(&list, "%s%s", list.len ? "|" : "", one);
    }
    return list.data;
}

/* The choice that text is an old name of, or -1. */
static int former_choice(const OptionRow *row, const char *text)
{
    if (row->type != OPTION_CHOICE || !row->choices_formerly) return -1;
    const OptionRow former = {.name = row->name, .choices = row->choices_formerly};
    char name[OPTION_CHOICE_NAME];
    const char *one;
    for (int i = 0; *text && (one = option_choice(&former, i, name)); i++)
        if (strcmp(one, text) == 0) return i;
    return -1;
}

void option_note(const OptionRow *row, const char *name, OptionValue v)
{
    char now[OPTION_CHOICE_NAME];
    const int choice = v.list ? -1 : former_choice(row, v.text[0]);
    if (option_in_list(row->formerly, name))
        log_warn("%s: deprecated name; use %s", name, row->name);
    if (choice >= 0)
        log_warn("%s=%s: deprecated name; use %s=%s", row->name, v.text[0], row->name,
                 option_choice(row, choice, now));
    if (row->ignored && (v.list || strcasecmp(v.text[0], row->fallback) != 0))
        log_warn("%s: has no effect: %s", name, row->ignored);
}

int option_parse_choice(const OptionRow *row, const char *text, int *out, Error *err)
{
    char name[OPTION_CHOICE_NAME];
    const char *one;
    const int former = former_choice(row, text);
    if (former >= 0) return *out = former, 0;
    for (int i = 0; *text && (one = option_choice(row, i, name)); i++)
        if (strcmp(one, text) == 0) return *out = i, 0;
    char *list = option_choices(row), *cut = mem_strdup(list);
    const char **all = mem_alloc(option_count_list(list) * sizeof *all);
    const char *near = option_nearest(text, all, option_cut_list(cut, all));
    char hint[OPTION_HINT];
    error_set(err, ERROR_USAGE, "%s: '%.80s': expected %s%s", row->name, text, list,
              option_hint(near, hint));
    mem_free(all);
    mem_free(cut);
    mem_free(list);
    return -1;
}
