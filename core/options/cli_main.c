/* SPDX-License-Identifier: Apache-2.0 */
/* From the program's name to one of its commands. */
#include "core/options/cli.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"

#include <string.h>

int cli_fail(const Error *err)
{
    log_error("%s", err->text);
    return err->code;
}

int cli_run(const CliProgram *program, const CliCommand *command, int argc, char **argv)
{
    Cli cli;
    Error err = {0};
    void *options = mem_calloc(command->size + 1, 1);
    int status = cli_parse(program, command, argc, argv, options, &cli, &err);
    if (status == 0 && cli.help)
        cli_help(program, command, stdout);
    else if (status == 0)
        status = command->run(&cli, options, &err);
    cli_free(&cli);
    mem_free(options);
    return status < 0 ? cli_fail(&err) : status;
}

/* The last word of a name: "synth" of "prepare synth". */
static const char *last_word(const char *name)
{
    const char *blank = strrchr(name, ' ');
    return blank ? blank + 1 : name;
}

static const CliCommand *find(const CliCommand *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(last_word((*list)->name), name) == 0) return *list;
    return NULL;
}

/* `above`: the command that `typed` is a kind of, or NULL. */
static int unknown(const CliProgram *p, const CliCommand *above, const char *typed)
{
    const CliCommand *const *list = above ? above->kind : p->command;
    size_t n = 0;
    Error err = {0};
    while (list[n]) n++;
    const char **name = mem_alloc((n + 2) * sizeof *name);
    for (size_t i = 0; i < n; i++) name[i] = last_word(list[i]->name);
    if (!above) name[n++] = "--help", name[n++] = "--version";
    const char *near = option_nearest(typed, name, n);
    char hint[OPTION_HINT],
        *see = mem_format("%s; see %s %s%s--help",
                          *typed == '-' && !above ? ": the command comes first" : "", p->name,
                          above ? above->name : "", above ? " " : "");
    error_set(&err, ERROR_USAGE, "%s%s%.80s: no such %s%s", above ? above->name : "",
              above ? ": " : "", typed, above ? "kind" : "command",
              near ? option_hint(near, hint) : see);
    mem_free(see);
    mem_free(name);
    return cli_fail(&err);
}

static int missing_kind(const CliProgram *p, const CliCommand *c)
{
    Error err = {0};
    Text t = {0};
    for (int i = 0; c->kind[i]; i++)
        text_add(&t, "%s%s",
                 i == 0           ? ""
                 : c->kind[i + 1] ? ", "
                                  : " or ",
                 last_word(c->kind[i]->name));
    error_set(&err, ERROR_USAGE, "%s: KIND is missing: %s; see %s %s --help", c->name, t.data,
              p->name, c->name);
    text_free(&t);
    return cli_fail(&err);
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0) return true;
    return false;
}

static const char *const help_words[] = {"--help", "-h", "help", NULL};
static const char *const version_words[] = {"--version", "-v", "-V", "version", NULL};

/* argv[0] is the name of c. */
static int run_any(const CliProgram *p, const CliCommand *c, int argc, char **argv)
{
    if (!c->kind) return cli_run(p, c, argc, argv);
    if (argc < 2) return missing_kind(p, c);
    if (is_one_of(argv[1], help_words)) return cli_help(p, c, stdout), EXIT_OK;
    const CliCommand *kind = find(c->kind, argv[1]);
    return kind ? cli_run(p, kind, argc - 1, argv + 1) : unknown(p, c, argv[1]);
}

static int usage(const CliProgram *p, FILE *out, int status)
{
    fprintf(out,
            "%s %s: %s\n\n"
            "usage: %s COMMAND [-c FILE.yaml]... [key=value]... [OPTIONS] [ARGUMENTS]\n\n",
            p->name, p->version, p->summary, p->name);
    for (const CliCommand *const *c = p->command; *c; c++)
        fprintf(out, "  %-10s  %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n`%s COMMAND --help` explains a command and gives an example.\n", p->name);
    return status;
}

static int run_words(const CliProgram *program, int argc, char **argv)
{
    if (argc < 2) return usage(program, stderr, ERROR_USAGE);
    char help[] = "--help";
    if (is_one_of(argv[1], help_words)) {
        if (argc == 2) return usage(program, stdout, EXIT_OK);
        memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof *argv); /* "help COMMAND" */
        argv[argc - 1] = help;
    }
    if (is_one_of(argv[1], version_words))
        return printf("%s %s\n", program->name, program->version), EXIT_OK;
    if (strcmp(argv[1], "--man") == 0) return cli_man(program, stdout), EXIT_OK;
    const CliCommand *c = find(program->command, argv[1]);
    return c ? run_any(program, c, argc - 1, argv + 1) : unknown(program, NULL, argv[1]);
}

int cli_main(const CliProgram *program, int argc, char **argv)
{
    const CliCommand *c = argc > 1 ? find(program->command, argv[1]) : NULL;
    stop_open(c && c->resumes);
    return run_words(program, argc, argv);
}
