/* SPDX-License-Identifier: Apache-2.0 */
/* One parser for the commands that take a configuration. */
#include "core/options/cli.h"

#include "core/mem.h"
#include "core/options/option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_assignment(const char *arg)
{
    static const char key[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const size_t n = strspn(arg, key);
    return n > 0 && arg[n] == '=';
}

static const CliOption *find(const CliOption *option, int64_t n, const char *arg)
{
    const size_t len = strcspn(arg, "=");
    for (int64_t i = 0; i < n; i++) {
        const CliOption *o = &option[i];
        if (strncmp(arg, "--", 2) == 0 && strlen(o->name) + 2 == len &&
            strncmp(arg + 2, o->name, len - 2) == 0)
            return o;
        if (o->letter && arg[0] == '-' && arg[1] == o->letter && arg[2] == 0) return o;
    }
    return NULL;
}

static int unknown(const char *command, const CliOption *option, int64_t n, const char *arg,
                   Error *err)
{
    const char **name = mem_alloc((size_t)(n + 2) * sizeof *name);
    for (int64_t i = 0; i < n; i++) name[i] = option[i].name;
    name[n] = "help";
    name[n + 1] = "config";
    char *typed = mem_format("%.*s", (int)strcspn(arg, "="), arg);
    const char *near =
        strncmp(typed, "--", 2) == 0 ? option_nearest(typed + 2, name, (size_t)n + 2) : NULL;
    error_set(err, ERROR_USAGE, "%s: %s: no such option%s%s; see ramplus %s --help", command,
              arg, near ? ", did you mean --" : "", near ? near : "", command);
    mem_free(typed);
    mem_free(name);
    return -1;
}

/* One option at argv[i]; *i moves past its value. */
static int take(int argc, char **argv, int *i, const CliOption *o, Cli *out, Error *err)
{
    char *equals = strchr(argv[*i], '=');
    if (!o->value) {
        if (equals)
            return error_set(err, ERROR_USAGE, "%s: --%s takes no value", argv[0], o->name);
        *o->flag = true;
        return 0;
    }
    if (!equals && *i + 1 >= argc)
        return error_set(err, ERROR_USAGE, "%s: %s: needs a value", argv[0], argv[*i]);
    *o->value = equals ? equals + 1 : argv[++*i];
    out->given[out->givens++] = (CliGiven){o->name, *o->value};
    return 0;
}

static int take_file(int argc, char **argv, int *i, Cli *out, Error *err)
{
    char *equals = strchr(argv[*i], '=');
    if (!equals && *i + 1 >= argc)
        return error_set(err, ERROR_USAGE, "%s: %s: needs a file", argv[0], argv[*i]);
    out->file[out->files++] = equals ? equals + 1 : argv[++*i];
    return 0;
}

int cli_parse(int argc, char **argv, const CliOption *option, int64_t options, Cli *out,
              Error *err)
{
    *out = (Cli){0};
    out->file = mem_calloc((size_t)argc, sizeof(char *));
    out->assignment = mem_calloc((size_t)argc, sizeof(char *));
    out->argument = mem_calloc((size_t)argc, sizeof(char *));
    out->given = mem_calloc((size_t)argc, sizeof *out->given);
    bool rest = false;
    int status = 0;
    for (int i = 1; status == 0 && i < argc; i++) {
        const CliOption *o = rest ? NULL : find(option, options, argv[i]);
        if (o) {
            status = take(argc, argv, &i, o, out, err);
        } else if (rest || argv[i][0] != '-' || argv[i][1] == 0) {
            if (!rest && is_assignment(argv[i]))
                out->assignment[out->assignments++] = argv[i];
            else
                out->argument[out->arguments++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            rest = true;
        } else if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            out->help = true;
        } else if (strcmp(argv[i], "-c") == 0 || strcmp(argv[i], "--config") == 0 ||
                   strncmp(argv[i], "--config=", 9) == 0) {
            status = take_file(argc, argv, &i, out, err);
        } else {
            status = unknown(argv[0], option, options, argv[i], err);
        }
    }
    if (status != 0) cli_free(out);
    return status;
}

void cli_free(Cli *cli)
{
    mem_free(cli->file);
    mem_free(cli->assignment);
    mem_free(cli->argument);
    mem_free(cli->given);
    *cli = (Cli){0};
}

const char *cli_value(const Cli *cli, const char *name, int64_t i)
{
    for (int64_t g = 0; g < cli->givens; g++)
        if (strcmp(cli->given[g].name, name) == 0 && i-- == 0) return cli->given[g].value;
    return NULL;
}

int cli_count(const char *command, const char *name, const char *text, int64_t *out, Error *err)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (end == text || *end || *out < 1 || errno)
        return error_set(err, ERROR_USAGE, "%s: --%s %s: must be a whole number from 1",
                         command, name, text);
    return 0;
}

int cli_fail(const Error *err)
{
    fprintf(stderr, "error: %s\n", err->text);
    return err->code;
}
