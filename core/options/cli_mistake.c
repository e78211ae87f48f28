/* SPDX-License-Identifier: Apache-2.0 */
/* Mistyped options, settings in several words or given twice, settings without effect. */
#include "core/options/cli_mistake.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli_text.h"
#include "core/options/option_value.h"
#include "core/strings/strings.h"

#include <string.h>

static const OptionTable *settings_of(const Cli *cli)
{
    return cli->command->settings ? cli->program->table : NULL;
}

/* ---- options ----------------------------------------------------------------------------- */

/* Whether `name` is the name of an option of the configuration, or its last part. */
static bool is_named(const char *setting, const char *name)
{
    const char *dot = strrchr(setting, '.');
    return strcmp(setting, name) == 0 || (dot && strcmp(dot + 1, name) == 0);
}

/* The option of the configuration with this name, other name, or the most similar one.
 * Owned. */
static char *nearest_setting(const OptionTable *t, const char *name)
{
    Option o;
    return option_find(t, name, &o, NULL) ? mem_strdup(o.row->name)
                                          : option_nearest_name(t, name);
}

static const char *nearest_option(const CliCommand *c, const char *name)
{
    const CliOption *common;
    size_t n = 0;
    const char **all = mem_alloc((c->options + 2) * sizeof *all);
    for (size_t i = 0; i < c->options; i++) all[n++] = c->option[i].name;
    for (size_t i = 0; (common = cli_common(c, i)); i++) all[n++] = common->name;
    const char *near = option_nearest(name, all, n);
    mem_free(all);
    return near;
}

/* What was meant by --NAME VALUE: "--json", "optim.lr=1e-3", or NULL. A setting with exactly
 * this name comes first. Owned. */
static char *meant(const Cli *cli, const char *name, const char *value)
{
    const OptionTable *t = settings_of(cli);
    char *key = mem_strdup(name), *text = NULL;
    for (char *p = key; *p; p++)
        if (*p == '-') *p = '_';
    Option o;
    char *setting = t ? nearest_setting(t, key) : NULL;
    const bool exact = setting && (is_named(setting, key) || option_find(t, key, &o, NULL));
    const char *option = exact ? NULL : nearest_option(cli->command, name);
    if (option)
        text = mem_format("--%s", option);
    else if (setting)
        text = mem_format("%s=%s", setting, value);
    mem_free(setting);
    mem_free(key);
    return text;
}

int cli_unknown_option(const Cli *cli, const char *word, const char *next, Error *err)
{
    const CliCommand *c = cli->command;
    const char *start = word + strspn(word, "-"), *equals = strchr(start, '=');
    const bool takes = next && *next != '-';
    char *name = mem_format("%.*s", (int)strcspn(start, "="), start);
    char *instead = meant(cli, name, equals ? equals + 1 : takes ? next : "VALUE");
    char hint[OPTION_HINT];
    error_set(err, ERROR_USAGE, "%s: %.80s: no such option%s", c->name, word,
              option_hint(instead, hint));
    if (!instead) cli_see_help(cli, err);
    mem_free(instead);
    mem_free(name);
    return -1;
}

/* ---- blanks ------------------------------------------------------------------------------ */

/* The value of a setting whose name ends before word[0] + n and whose "=" or ":" follows, or
 * is missing in a command without arguments; NULL if these words are something else. */
static const char *value_after(const Cli *cli, char *const *word, size_t n)
{
    const char *rest = word[0] + n, *next = word[1];
    if (!next) return NULL;
    if (!*rest && next[0] == '=') return next[1] ? next + 1 : word[2];
    if (strcmp(rest, ":") == 0) return next;
    const bool ends = !*rest || strcmp(rest, "=") == 0;
    return ends && !cli->command->arguments && !strpbrk(next, "=-") ? next : NULL;
}

int cli_check_blanks(const Cli *cli, char *const *word, Error *err)
{
    Option o;
    const OptionTable *t = settings_of(cli);
    const size_t n = strcspn(word[0], "=:");
    const char *value = t ? value_after(cli, word, n) : NULL;
    if (!value) return 0;
    char *name = mem_format("%.*s", (int)n, word[0]), *one = NULL, hint[OPTION_HINT];
    if (option_find(t, name, &o, NULL)) {
        one = mem_format("%s=%s", name, value);
        error_set(err, ERROR_USAGE, "%s: %.80s %.80s: a setting is one word%s",
                  cli->command->name, word[0], word[1], option_hint(one, hint));
    }
    mem_free(name);
    mem_free(one);
    return one ? -1 : 0;
}

int cli_unexpected(const Cli *cli, const char *word, Error *err)
{
    const CliCommand *c = cli->command;
    const bool yaml = strings_end_in(word, ".yaml") || strings_end_in(word, ".yml");
    char *file = c->files && yaml ? mem_format("-c %s", word) : NULL, hint[OPTION_HINT];
    error_set(err, ERROR_USAGE, "%s: %.80s: unexpected argument%s", c->name, word,
              option_hint(file, hint));
    if (!file) cli_see_help(cli, err);
    mem_free(file);
    return -1;
}

/* ---- twice ------------------------------------------------------------------------------- */

/* An address may hold a password before its "@". */
static const char *shown(const char *value) { return strchr(value, '@') ? "..." : value; }

static int check_options(const Cli *cli, Error *err)
{
    const CliGiven *g = cli->given;
    for (int64_t i = 0; i < cli->givens; i++)
        for (int64_t j = 0; j < i; j++)
            if (g[i].option == g[j].option && g[i].option->type != OPTION_STRINGS &&
                !g[i].option->last_wins && strcmp(g[i].value, g[j].value) != 0)
                return error_set(err, ERROR_USAGE, "%s: --%s: given twice: '%.80s' and '%.80s'",
                                 cli->command->name, g[i].option->name, shown(g[j].value),
                                 shown(g[i].value));
    return 0;
}

static int refuse_both(const OptionRow *row, const char *a, const char *b, Error *err)
{
    const bool list = row->type >= OPTION_INTS;
    return error_set(err, ERROR_USAGE, "%s: set twice: '%.80s' and '%.80s'%s", row->name,
                     shown(a), shown(b),
                     list ? "; a list is one setting, with commas between its values" : "");
}

int cli_check_twice(const Cli *cli, Error *err)
{
    const OptionTable *t = settings_of(cli);
    if (check_options(cli, err) != 0) return -1;
    if (!t) return 0;
    const char **first = mem_calloc(option_count(t) + 1, sizeof *first); /* value by place */
    int status = 0;
    for (int64_t i = 0; status == 0 && i < cli->assignments; i++) {
        Option o;
        size_t at;
        const char *value = strchr(cli->assignment[i], '=') + 1;
        if (!option_find_key(t, cli->assignment[i], &o, &at)) continue;
        if (first[at] && strcmp(first[at], value) != 0)
            status = refuse_both(o.row, first[at], value, err);
        first[at] = value;
    }
    mem_free(first);
    return status;
}

/* ---- without effect ---------------------------------------------------------------------- */

bool cli_lists(const char *list, const char *name)
{
    for (const char *p = list; *p; p += strcspn(p, "|"), p += *p == '|') {
        const size_t n = strcspn(p, "|");
        if (strncmp(p, name, n) == 0 && (p[n - 1] == '.' || !name[n])) return true;
    }
    return false;
}

void cli_note_unread(const Cli *cli)
{
    const OptionTable *t = settings_of(cli);
    if (!t || !cli->command->reads) return;
    for (int64_t i = 0; i < cli->assignments; i++) {
        const OptionRow *row = option_of(t, cli->assignment[i]);
        if (row && !cli->command->reads(row->name))
            log_warn("%s: has no effect in %s", cli->assignment[i], cli->command->name);
    }
}
