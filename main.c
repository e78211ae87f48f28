/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents of the program. */
#include "configs/commands.h"
#include "core/error.h"
#include "core/math/reexec.h"
#include "core/mem.h"
#include "core/options/option.h"
#include "core/version.h"
#include "data/commands.h"
#include "eval/commands.h"
#include "train/commands.h"

#include <stdio.h>
#include <string.h>

const char mem_advice[] = "; lower train.batch, eval.batch or model.tile";

typedef struct Command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} Command;

static const Command commands[] = {
    {"prepare", cmd_prepare, "make a data folder: synth, openclipart or your own triplets"},
    {"describe", cmd_describe, "descriptions of tags from a language model"},
    {"train", cmd_train, "train on image-tags-text triplets"},
    {"eval", cmd_eval, "mAP, CP, CR, F1 on any tag list"},
    {"tag", cmd_tag, "tag images, known or new tags"},
    {"retrieve", cmd_retrieve, "rank images for free texts"},
    {"embed", cmd_embed, "the label bank of any tag list, for train, eval and tag"},
    {"ablate", cmd_ablate, "train and evaluate every cell of a grid"},
    {"threshold", cmd_threshold, "tune a threshold per tag on stored scores"},
    {"report", cmd_report, "curves, AP per tag and comparison of runs in one HTML file"},
    {"convert", cmd_convert, "weights from one file format to another"},
    {"info", cmd_info, "what a file or folder is, with every array"},
    {"verify", cmd_verify, "compare every checksum of files and run folders"},
    {"config", cmd_config, "the resolved configuration, or all options"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out, int status)
{
    fprintf(out,
            "ramplus %s: train, evaluate and apply the Recognize Anything Plus Model\n\n"
            "usage: ramplus COMMAND [-c FILE.yaml]... [key=value]... [OPTIONS] [ARGUMENTS]\n\n",
            RAMPLUS_VERSION);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s  %s\n", commands[i].name, commands[i].help);
    fprintf(out, "\n`ramplus COMMAND --help` tells more, with an example.\n");
    return status;
}

static int unknown(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    const char *near = option_nearest(name, names, COMMANDS);
    fprintf(stderr, "error: %s: no such command%s%s; see ramplus --help\n", name,
            near ? ", did you mean " : "", near ? near : "");
    return ERROR_USAGE;
}

int main(int argc, char **argv)
{
    reexec_with_settings(argv);
    if (argc < 2) return usage(stderr, ERROR_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return usage(stdout, EXIT_OK);
    if (strcmp(argv[1], "--version") == 0) return printf("ramplus %s\n", RAMPLUS_VERSION) < 0;
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    return unknown(argv[1]);
}
