/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus config: the resolved configuration, or the whole option table. */
#include "configs/commands.h"
#include "configs/config.h"
#include "core/mem.h"

typedef struct Options {
    bool options;
} Options;

static const CliOption rows[] = {
    {"options", .offset = offsetof(Options, options),
     .help =
         "instead list all options, or those with NAME in their names: default, meaning, type, "
         "range, unit"},
};

/* One option may be in the lists of several names. */
static int list(const Cli *cli, Error *err)
{
    if (cli->files || cli->assignments)
        return cli_refuse(cli, err, "either --options or files and settings");
    if (cli->arguments == 0) return option_help(config_table(), "", stdout), EXIT_OK;
    for (int64_t i = 0; i < cli->arguments; i++)
        if (option_help(config_table(), cli->argument[i], stdout) == 0)
            return option_unknown(config_table(), cli->argument[i], err);
    return EXIT_OK;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    Config config;
    if (o->options) return list(cli, err);
    if (cli->arguments) return cli_unexpected(cli, cli->argument[0], err);
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, &config, err) !=
        0)
        return -1;
    if (config_complete(&config, err) != 0) return config_free(&config), -1;
    char *text = option_dump(config_table(), &config);
    fputs(text, stdout);
    mem_free(text);
    config_free(&config);
    return EXIT_OK;
}

const CliCommand cmd_config = {
    .name = "config",
    .summary = "print the resolved configuration, or all options",
    .files = true,
    .settings = true,
    .arguments = "[NAME]...",
    .prose = "Prints, as YAML, the configuration that these files and settings result in.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus config -c configs/synth.yaml optim.lr=3e-4\n"
               "ramplus config --options optim",
    .size = sizeof(Options),
    .run = run,
};
