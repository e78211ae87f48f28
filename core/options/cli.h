/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and their options as rows: one row per option drives parsing, checks, --help and the
 * man page.
 *
 *   typedef struct Options { const char *out; int64_t top; bool json; } Options;
 *   static const CliOption rows[] = {
 *       {"out", 'o', "FILE", OPTION_STRING, offsetof(Options, out), .required = true,
 *        .help = "the result"},
 *       {"top", 0, "K", OPTION_INT, offsetof(Options, top), "10", 1, HUGE_VAL,
 *        .help = "images per text"},
 *       {"json", .offset = offsetof(Options, json), .help = "print one JSON document"},
 *   };
 *   static int run(const Cli *cli, void *options, Error *err);
 *   const CliCommand cmd_rank = {
 *       .name = "rank", .summary = "rank images", .arguments = "IMAGE...", .min_arguments = 1,
 *       .option = rows, .options = sizeof rows / sizeof *rows, .size = sizeof(Options),
 *       .run = run, .prose = "...", .example = "..."};
 *
 * A command line has the form
 *   PROGRAM COMMAND [-c FILE.yaml]... [key=value]... [OPTIONS] [ARGUMENTS]. */
#ifndef RAMPLUS_CORE_OPTIONS_CLI_H
#define RAMPLUS_CORE_OPTIONS_CLI_H

#include "core/error.h"
#include "core/io/text.h"
#include "core/options/option.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct CliOption {
    const char *name; /* "checkpoint": --checkpoint X or --checkpoint=X */
    char letter;      /* 'o': -o X; 0: none */
    const char
        *argument; /* what the value is, "FILE" or "N"; NULL for a flag, which is OPTION_BOOL */
    /* The type of the field, as in an option table, except that texts are borrowed from
     * argv: OPTION_STRING is a const char *, NULL when it is not given and has no default;
     * OPTION_STRINGS is an option that may be repeated, an OptionStrings with the values in
     * order, valid until cli_free. */
    enum OptionType type;
    size_t offset;        /* in the struct of the command */
    const char *fallback; /* default, as text; NULL: 0, false or NULL */
    double lo, hi;        /* range of numbers; both 0: any; hi = HUGE_VAL: at least lo */
    const char *choices;  /* "drop|white" */
    const char *unit;     /* "pixels", "seconds", ...; NULL */
    const char *help;     /* a phrase without a final period */
    bool required;
    bool last_wins; /* may be given again, so that a script can set a default */
    /* An old name, or NULL: it still works and logs one line that names the new one. */
    const char *formerly;
    const char *heading; /* begins a group of options in the help; NULL */
    /* --NAME VALUE is short for SETTING=VALUE: no field is filled; NULL. */
    const char *setting;
} CliOption;

/* An option that was given. Twice with different values only if it is an OPTION_STRINGS or the
 * last one wins. */
typedef struct CliGiven {
    const CliOption *option;
    const char *value; /* "true" for a flag */
} CliGiven;

typedef struct Cli Cli;
typedef struct CliCommand CliCommand;

struct CliCommand {
    const char *name;      /* "tag", "prepare synth" */
    const char *summary;   /* one line for the list of commands */
    const char *arguments; /* the positional arguments, "IMAGE-or-FOLDER..."; NULL: none */
    int64_t min_arguments;
    int64_t max_arguments; /* 0: any number */
    bool files, settings;  /* accepts -c FILE, accepts key=value */
    bool resumes;          /* the same command goes on after a signal (core/stop.h) */
    /* Whether an option of the configuration has an effect; others cause one line on stderr.
     * NULL: all have. */
    bool (*reads)(const char *option);
    const char *prose; /* paragraphs, with an empty line between them; wrapped when printed */
    const CliOption *option;
    size_t options;
    const char *instead; /* an option with which the required ones may be left out; NULL */
    const char *notes;   /* paragraphs after the options; NULL */
    const char *example; /* lines, printed as they are */
    size_t size;         /* bytes of the struct that the options fill */
    /* Returns an exit code, or -1 with *err set. */
    int (*run)(const Cli *cli, void *options, Error *err);
    const CliCommand *const
        *kind; /* NAME is followed by the last word of one of these; NULL past the last;
                                      then only name, summary, prose and example are used */
};

/* A section of the man page. */
typedef struct CliTopic {
    const char *heading, *text; /* paragraphs, with an empty line between them */
} CliTopic;

typedef struct CliProgram {
    const char *name, *version, *summary;
    const CliCommand *const *command; /* NULL past the last */
    const char *settings;             /* help of key=value */
    const OptionTable *table;         /* what key=value and -c FILE set, for the man page */
    const CliTopic *topic;            /* of the man page; ends with a NULL heading */
} CliProgram;

/* A command line, taken apart. The texts point into argv. */
struct Cli {
    const CliProgram *program;
    const CliCommand *command;
    void *options; /* the struct that was filled */
    char **file;   /* of -c, in order */
    int64_t files;
    char **assignment; /* key=value, of options with a setting, too */
    int64_t assignments;
    char **made; /* those of options; owned */
    int64_t mades;
    char **argument;
    int64_t arguments;
    CliGiven *given; /* options in the order in which they were given */
    int64_t givens;
    bool help; /* --help or -h was there: nothing is checked for completeness */
};

/* The whole program: finds the command, prints help, runs the command, prints `error: TEXT`.
 * Returns the exit code. */
int cli_main(const CliProgram *program, int argc, char **argv);
/* One command; argv[0] is not looked at. Returns the exit code. */
int cli_run(const CliProgram *program, const CliCommand *command, int argc, char **argv);

/* Fills `options`, a struct of command->size bytes, with defaults and then from
 * argv[1..argc), which NULL follows. `key=value` is an assignment when the key consists of
 * letters, digits, dots and underscores; every word after `--` is an argument. ERROR_USAGE for
 * an unknown option (with the nearest real one), a bad value, a missing or a superfluous
 * argument. Owned: cli_free, also after a failure. */
int cli_parse(const CliProgram *program, const CliCommand *command, int argc, char **argv,
              void *options, Cli *out, Error *err);
void cli_free(Cli *cli);

/* Whether a list such as "threads|eval.batch|clip." has the option, or its group, which ends
 * with a dot: for CliCommand.reads. */
bool cli_lists(const char *list, const char *option);

/* Whether the option was given, as opposed to having its default. */
bool cli_given(const Cli *cli, const char *name);

/* ERROR_USAGE `COMMAND: WHY; see PROGRAM COMMAND --help`. Returns -1. */
int cli_refuse(const Cli *cli, Error *err, const char *why);

/* `COMMAND: WORD: unexpected argument`; a YAML file may lack its -c. Returns -1. */
int cli_unexpected(const Cli *cli, const char *word, Error *err);

/* Appends `; see PROGRAM COMMAND --help` to an error. Returns -1. */
int cli_see_help(const Cli *cli, Error *err);

/* Prints `error: TEXT` on stderr. Returns the error's exit code. */
int cli_fail(const Error *err);

/* The help of one command, generated from its rows. */
void cli_help(const CliProgram *program, const CliCommand *command, FILE *out);
/* The man page of the program (roff, macros of man(7)), generated from all rows. */
void cli_man(const CliProgram *program, FILE *out);

#endif
