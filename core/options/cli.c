/* SPDX-License-Identifier: Apache-2.0 */
/* One parser for the command lines of all commands. */
#include "core/options/cli.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli_mistake.h"
#include "core/options/cli_text.h"
#include "core/options/option_value.h"

#include <string.h>

static bool is_assignment(const char *arg)
{
    static const char key[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const size_t n = strspn(arg, key);
    return n > 0 && arg[n] == '=';
}

/* Whether arg is --NAME or --NAME=VALUE. */
static bool is_long(const char *arg, const char *name)
{
    const size_t len = strcspn(arg, "=");
    return name && strncmp(arg, "--", 2) == 0 && strlen(name) + 2 == len &&
           strncmp(arg + 2, name, len - 2) == 0;
}

static bool is_option(const char *arg, const CliOption *o)
{
    return is_long(arg, o->name) || is_long(arg, o->formerly) ||
           (o->letter && arg[0] == '-' && arg[1] == o->letter && arg[2] == 0);
}

static const CliOption *find(const CliCommand *c, const char *arg)
{
    for (size_t i = 0; i < c->options; i++)
        if (is_option(arg, &c->option[i])) return &c->option[i];
    return NULL;
}

/* ---- values ------------------------------------------------------------------------------ */

/* Stores text in the field of o; numbers, flags and choices as an option table does. */
static int store(const CliCommand *c, const CliOption *o, void *options, char *text, Error *err)
{
    void *field = (char *)options + o->offset;
    if (o->type == OPTION_STRINGS) return option_strings_add(field, text), 0;
    if (o->type == OPTION_STRING) return *(const char **)field = text, 0;
    char *name = mem_format("%s: --%s", c->name, o->name);
    OptionRow row = cli_row(o);
    row.name = name;
    const int status =
        option_assign((Option){&row, o->offset}, options, (OptionValue){false, 1, &text}, err);
    mem_free(name);
    return status;
}

static void set_defaults(const CliCommand *c, void *options)
{
    if (c->size) memset(options, 0, c->size);
    for (size_t i = 0; i < c->options; i++) {
        const CliOption *o = &c->option[i];
        Error err = {0};
        char *text = (char *)(uintptr_t)o->fallback;
        CHECK(!text || store(c, o, options, text, &err) == 0, "default of %s", err.text);
    }
}

/* ---- words ------------------------------------------------------------------------------- */

/* The value of the option at argv[*i]; *i moves past it. NULL if there is none. */
static char *value_at(int argc, char **argv, int *i)
{
    char *equals = strchr(argv[*i], '=');
    if (equals) return equals + 1;
    return *i + 1 < argc ? argv[++*i] : NULL;
}

static int take(Cli *cli, int argc, char **argv, int *i, const CliOption *o, Error *err)
{
    const char *typed = argv[*i];
    const CliCommand *c = cli->command;
    char yes[] = "true";
    if (is_long(typed, o->formerly))
        log_warn("--%s: deprecated name; use --%s", o->formerly, o->name);
    if (!o->argument && strchr(typed, '='))
        return error_set(err, ERROR_USAGE, "%s: --%s takes no value", c->name, o->name);
    char *value = o->argument ? value_at(argc, argv, i) : yes;
    if (!value) return error_set(err, ERROR_USAGE, "%s: %s: needs a value", c->name, typed);
    if (o->argument && value == argv[*i] && find(c, value))
        return error_set(err, ERROR_USAGE, "%s: %s: needs a value; '%s' is an option", c->name,
                         typed, value);
    cli->given[cli->givens++] = (CliGiven){o, o->argument ? value : "true"};
    if (!o->setting) return store(c, o, cli->options, value, err);
    char *made = mem_format("%s=%s", o->setting, value);
    cli->made[cli->mades++] = cli->assignment[cli->assignments++] = made;
    return 0;
}

static int take_file(Cli *cli, int argc, char **argv, int *i, Error *err)
{
    const CliCommand *c = cli->command;
    const char *typed = argv[*i];
    if (!c->files)
        return error_set(err, ERROR_USAGE, "%s: -c: this command reads no configuration file",
                         c->name);
    char *file = value_at(argc, argv, i);
    if (!file) return error_set(err, ERROR_USAGE, "%s: %s: needs a file", c->name, typed);
    cli->file[cli->files++] = file;
    return 0;
}

/* A word that is no option. */
static int take_word(Cli *cli, char *word, bool setting, Error *err)
{
    const CliCommand *c = cli->command;
    const int64_t most = !c->arguments ? 0 : c->max_arguments ? c->max_arguments : INT64_MAX;
    if (setting && c->settings) {
        cli->assignment[cli->assignments++] = word;
        return 0;
    }
    if (setting || cli->arguments == most) return cli_unexpected(cli, word, err);
    cli->argument[cli->arguments++] = word;
    return 0;
}

static int take_any(Cli *cli, int argc, char **argv, int *i, Error *err)
{
    char *word = argv[*i];
    const CliOption *o = find(cli->command, word);
    if (cli_check_blanks(cli, argv + *i, err) != 0) return -1;
    if (o) return take(cli, argc, argv, i, o, err);
    if (word[0] != '-' || word[1] == 0) return take_word(cli, word, is_assignment(word), err);
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) return cli->help = true, 0;
    if (strcmp(word, "-c") == 0 || is_long(word, "config"))
        return take_file(cli, argc, argv, i, err);
    return cli_unknown_option(cli, word, *i + 1 < argc ? argv[*i + 1] : NULL, err);
}

/* What must be there and is not. */
static int check_complete(const Cli *cli, Error *err)
{
    const CliCommand *c = cli->command;
    if (c->instead && cli_given(cli, c->instead)) return 0;
    for (size_t i = 0; i < c->options; i++) {
        const CliOption *o = &c->option[i];
        if (!o->required || cli_given(cli, o->name)) continue;
        const char letter[] = {'-', o->letter, 0};
        error_set(err, ERROR_USAGE, "%s: %s%s is missing", c->name, o->letter ? "" : "--",
                  o->letter ? letter : o->name);
        return cli_see_help(cli, err);
    }
    if (cli->arguments >= c->min_arguments) return 0;
    error_set(err, ERROR_USAGE, "%s: expected %s, got %s", c->name, c->arguments,
              cli->arguments ? "too few arguments" : "no argument");
    return cli_see_help(cli, err);
}

int cli_parse(const CliProgram *program, const CliCommand *command, int argc, char **argv,
              void *options, Cli *out, Error *err)
{
    *out = (Cli){.program = program, .command = command, .options = options};
    out->file = mem_calloc((size_t)argc, sizeof *out->file);
    out->assignment = mem_calloc((size_t)argc, sizeof *out->assignment);
    out->argument = mem_calloc((size_t)argc, sizeof *out->argument);
    out->made = mem_calloc((size_t)argc, sizeof *out->made);
    out->given = mem_calloc((size_t)argc, sizeof *out->given);
    set_defaults(command, options);
    bool rest = false; /* past `--` */
    for (int i = 1; i < argc; i++) {
        if (!rest && strcmp(argv[i], "--") == 0)
            rest = true;
        else if ((rest ? take_word(out, argv[i], false, err)
                       : take_any(out, argc, argv, &i, err)) != 0)
            return -1;
    }
    if (out->help) return 0;
    if (cli_check_twice(out, err) != 0 || check_complete(out, err) != 0) return -1;
    cli_note_unread(out);
    return 0;
}

void cli_free(Cli *cli)
{
    for (size_t i = 0; cli->command && i < cli->command->options; i++) {
        const CliOption *o = &cli->command->option[i];
        if (o->type != OPTION_STRINGS) continue;
        OptionStrings *list = (void *)((char *)cli->options + o->offset);
        mem_free(list->value);
        *list = (OptionStrings){0};
    }
    while (cli->mades > 0) mem_free(cli->made[--cli->mades]);
    mem_free(cli->made);
    mem_free(cli->file);
    mem_free(cli->assignment);
    mem_free(cli->argument);
    mem_free(cli->given);
    *cli = (Cli){0};
}

bool cli_given(const Cli *cli, const char *name)
{
    for (int64_t i = 0; i < cli->givens; i++)
        if (strcmp(cli->given[i].option->name, name) == 0) return true;
    return false;
}

int cli_see_help(const Cli *cli, Error *err)
{
    if (!err) return -1;
    const size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, "; see %s %s --help", cli->program->name,
             cli->command->name);
    return -1;
}

int cli_refuse(const Cli *cli, Error *err, const char *why)
{
    error_set(err, ERROR_USAGE, "%s: %s", cli->command->name, why);
    return cli_see_help(cli, err);
}
