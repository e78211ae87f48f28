/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus report: one HTML page about one run or several. */
#include "core/io/file.h"
#include "core/log.h"
#include "core/strings/strings.h"
#include "train/commands.h"
#include "train/report/report.h"

typedef struct Options {
    const char *out, *images;
} Options;

static const CliOption rows[] = {
    {"out", 'o', "FILE.html", OPTION_STRING, offsetof(Options, out), .required = true,
     .help = "the page to write"},
    {"images", 0, "DIR", OPTION_STRING, offsetof(Options, images), .last_wins = true,
     .help = "folder of images that are neither in RUN nor in an evaluation set"},
};

/* A file that is no page may be one of the run's own. */
static int check_out(const char *path, Error *err)
{
    if (!file_exists(path) || strings_end_in(path, ".html") || strings_end_in(path, ".htm"))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "report: --out: %s: exists and is not an .html file: choose another name",
                     path);
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    if (check_out(o->out, err) != 0) return -1;
    if (report_write((const char *const *)cli->argument, cli->arguments, o->images, o->out,
                     err) != 0)
        return -1;
    log_info("wrote %s", o->out);
    return EXIT_OK;
}

const CliCommand cmd_report = {
    .name = "report",
    .summary = "write curves, tables and images of runs or ablations to one HTML file",
    .arguments = "RUN...",
    .min_arguments = 1,
    .prose =
        "Writes one HTML page of at most 2 MiB that needs no network: curves of the losses and "
        "mAP by step, epoch or hour, AP of every tag, precision and recall, histograms of the "
        "scores, the images that an evaluation ranked best and worst, and settings of each run "
        "folder RUN; for several runs also a table that compares them and the settings in "
        "which "
        "they differ. For the folder of an ablation, each cell is shown by its name as the "
        "mean "
        "over its seeds, with a heat map of the grid and the paired differences between cells. "
        "A run that is still training works too.\n\n"
        "Tagged images also come from RUN/eval/examples.json, if it exists: the output of "
        "`ramplus tag --json`, to which \"truth\": [\"tag\", ...] may be added next to "
        "\"tags\". The page holds only images from RUN itself, from the folder --images, and "
        "those that the list of an evaluation set on this machine names.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus report runs/asl runs/bce -o compare.html\n"
               "ramplus report runs/losses -o losses.html",
    .size = sizeof(Options),
    .run = run,
};
