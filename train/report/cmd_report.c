/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus report: one HTML page about one run or several. */
#include "core/error.h"
#include "core/log.h"
#include "core/options/cli.h"
#include "train/commands.h"
#include "train/report/report.h"

#include <stdio.h>

static const char help[] =
    "usage: ramplus report RUN... -o FILE.html\n"
    "\n"
    "Writes one HTML page that needs no network: loss and mAP curves, AP of every tag, "
    "settings\n"
    "and tagged images of a run; with several runs also a table that compares them and the\n"
    "settings in which they differ. A run that is still training can be looked at, too.\n"
    "\n"
    "  RUN               folder of a run (run=DIR of `ramplus train`)\n"
    "  -o, --out FILE    the page to write (required)\n"
    "  -h, --help        this text\n"
    "\n"
    "Images come from RUN/eval/examples.json, when it exists: the output of\n"
    "`ramplus tag --json`, in which \"truth\": [\"tag\", ...] may stand beside \"tags\".\n"
    "\n"
    "example: ramplus report runs/asl runs/bce -o compare.html\n";

int cmd_report(int argc, char **argv)
{
    const char *out = NULL;
    const CliOption table[] = {{"out", 'o', &out, NULL}};
    Cli cli;
    Error err = {0};
    if (cli_parse(argc, argv, table, 1, &cli, &err) != 0) return cli_fail(&err);
    int status = 0;
    if (cli.help)
        fputs(help, stdout);
    else if (cli.assignments + cli.files > 0)
        status = error_set(&err, ERROR_USAGE, "report: takes no configuration; see --help");
    else if (cli.arguments == 0)
        status = error_set(&err, ERROR_USAGE, "report: which run? see --help");
    else if (!out)
        status = error_set(&err, ERROR_USAGE, "report: -o: missing; see --help");
    else
        status = report_write((const char *const *)cli.argument, cli.arguments, out, &err);
    if (status == 0 && !cli.help) log_info("wrote %s", out);
    cli_free(&cli);
    return status == 0 ? EXIT_OK : cli_fail(&err);
}
