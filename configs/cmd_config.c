/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus config: the resolved configuration, or the whole option table. */
#include "configs/commands.h"
#include "configs/config.h"
#include "core/mem.h"
#include "core/options/cli.h"

#include <stdio.h>

static const char help[] =
    "usage: ramplus config [-c FILE.yaml]... [key=value]... [--options]\n"
    "\n"
    "Prints the configuration that these files and settings add up to, as YAML.\n"
    "\n"
    "  --options    every option instead: name, type, default, range, unit, meaning\n"
    "  -h, --help   this text\n"
    "\n"
    "example: ramplus config -c configs/synth.yaml optim.lr=3e-4\n";

int cmd_config(int argc, char **argv)
{
    bool options = false;
    const CliOption table[] = {{"options", 0, NULL, &options}};
    Error err = {0};
    Cli cli;
    Config config;
    if (cli_parse(argc, argv, table, 1, &cli, &err) != 0) return cli_fail(&err);
    int status = 0;
    if (cli.arguments > 0)
        status =
            error_set(&err, ERROR_USAGE, "config: %s: unexpected argument", cli.argument[0]);
    if (status == 0 && cli.help) {
        fputs(help, stdout);
    } else if (status == 0 && options) {
        option_help(config_table(), stdout);
    } else if (status == 0) {
        status =
            config_load(cli.file, cli.files, cli.assignment, cli.assignments, &config, &err);
        if (status == 0) {
            config_complete(&config);
            char *text = option_dump(config_table(), &config);
            fputs(text, stdout);
            mem_free(text);
            config_free(&config);
        }
    }
    cli_free(&cli);
    return status == 0 ? EXIT_OK : cli_fail(&err);
}
