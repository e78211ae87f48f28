/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the example program. */
#include "tests/core/options/cli_example.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define AT(field) offsetof(ExampleOptions, field)

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRING, AT(checkpoint), .last_wins = true,
     .help = "weights"},
    {"out", 'o', "FILE", OPTION_STRING, AT(out), .help = "result"},
    {"top", 0, "K", OPTION_INT, AT(top), "10", 1, HUGE_VAL, .unit = "images",
     .help = "how many"},
    {"share", 0, "X", OPTION_FLOAT, AT(share), "0.5", 0, 1, .help = "a share",
     .heading = "numbers"},
    {"color", 0, "NAME", OPTION_CHOICE, AT(color), "red", .choices = "red|blue",
     .help = "a color"},
    {"word", 'w', "WORD", OPTION_STRINGS, AT(words), .formerly = "expression",
     .help =
         "a word long enough to be wrapped in the column of the help, where it then goes on "
         "below its own first letter"},
    {"json", .offset = AT(json), .formerly = "as-json", .help = "JSON"},
};
static const CliOption required[] = {
    {"scores", 0, "FILE", OPTION_STRING, AT(checkpoint), .required = true, .help = "scores"},
    {"out", 'o', "FILE", OPTION_STRING, AT(out), .required = true, .help = "result"},
    {"check", 0, "FILE", OPTION_STRING, AT(words), .help = "check"},
};

static int run_nothing(const Cli *cli, void *options, Error *err)
{
    const ExampleOptions *o = options;
    if (o->json) return error_set(err, ERROR_DATA, "no JSON");
    return (int)cli->arguments;
}

const CliCommand example_tag = {.name = "tag",
                                .summary = "tag images",
                                .arguments = "IMAGE...",
                                .files = true,
                                .settings = true,
                                .prose = "Tags.\n\nWell.",
                                .option = rows,
                                .options = sizeof rows / sizeof *rows,
                                .notes = "Note.",
                                .example = "prog tag a.png\nprog tag b.png",
                                .size = sizeof(ExampleOptions),
                                .run = run_nothing};
static const CliCommand plain = {.name = "plain",
                                 .summary = "no settings",
                                 .arguments = "IN OUT",
                                 .min_arguments = 2,
                                 .max_arguments = 2,
                                 .prose = "Plain.",
                                 .example = "prog plain a b",
                                 .run = run_nothing};
static const CliCommand strict = {.name = "strict",
                                  .summary = "options that must be there",
                                  .prose = "Strict.",
                                  .option = required,
                                  .options = 3,
                                  .instead = "check",
                                  .example = "prog strict",
                                  .size = sizeof(ExampleOptions),
                                  .run = run_nothing};
static const CliCommand one = {.name = "make one",
                               .summary = "the first",
                               .arguments = "OUT...",
                               .prose = "One.",
                               .option = rows,
                               .options = sizeof rows / sizeof *rows,
                               .example = "prog make one x",
                               .size = sizeof(ExampleOptions),
                               .run = run_nothing};
static const CliCommand *const kinds[] = {&one, NULL};
static const CliCommand make = {.name = "make",
                                .summary = "makes",
                                .prose = "Makes.",
                                .example = "prog make one x",
                                .kind = kinds};
/* Nothing reads the values: only names and places matter. */
static const OptionRow setting[] = {
    {"loss.gr.epochs", NULL, OPTION_INT, 0, "1", 1, 9, .help = "epochs"},
    {"train.epochs", "max_epoch", OPTION_INT, 0, "1", 1, 9, .help = "epochs"},
    {"optim.lr", "init_lr", OPTION_FLOAT, 0, "1", 0, 9, .help = "rate"},
    {"data.eval", NULL, OPTION_STRINGS, 0, "", .help = "lists"},
};
static const OptionTable table = {.row = setting, .rows = sizeof setting / sizeof *setting};
static const CliOption set_rows[] = {
    {"rate", 0, "X", OPTION_STRING, .setting = "optim.lr", .help = "short for optim.lr=X"},
    {"top", 0, "K", OPTION_INT, AT(top), "10", .help = "how many"},
};
static bool reads(const char *option) { return cli_lists("optim.|train.epochs", option); }
static const CliCommand set = {.name = "set",
                               .summary = "settings",
                               .settings = true,
                               .reads = reads,
                               .prose = "Set.",
                               .option = set_rows,
                               .options = 2,
                               .example = "prog set optim.lr=1",
                               .size = sizeof(ExampleOptions),
                               .run = run_nothing};
static const CliCommand *const commands[] = {&example_tag, &plain, &strict, &make, &set, NULL};
const CliProgram example_program = {.name = "prog",
                                    .version = "1.0",
                                    .summary = "a program",
                                    .command = commands,
                                    .settings = "a setting",
                                    .table = &table};

void example_cut(ExampleLine *line, const char *text)
{
    char *rest = line->text;
    line->words = 0;
    ck_assert_uint_lt(strlen(text), sizeof line->text);
    strcpy(line->text, text);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        ck_assert_int_lt(line->words, WORDS);
        line->word[line->words++] = word;
    }
    line->word[line->words] = NULL;
}
