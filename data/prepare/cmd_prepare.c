/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare: makes data folders that `train` and `eval` read. */
#include "core/error.h"
#include "core/mem.h"
#include "core/options/option.h"
#include "data/commands.h"
#include "data/prepare/prepare.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: ramplus prepare KIND OUT [OPTIONS]\n"
    "\n"
    "Makes the data folder OUT, which train and eval read: train.json, train_tags.txt, "
    "images/,\n"
    "and seen/ and unseen/ with tags, descriptions and complete annotations for evaluation.\n"
    "\n"
    "  synth OUT                                draws images of colored shapes\n"
    "  openclipart OUT [--png DIR --svg DIR]    reads Debian's clip-art collection\n"
    "  triplets OUT --tags FILE FILE.json...    checks annotations of the reference's format\n"
    "\n"
    "Each kind has its own --help.\n"
    "example: ramplus prepare synth data/synth\n";

typedef struct Kind {
    const char *name;
    int (*run)(int argc, char **argv, Error *err);
} Kind;

static const Kind kinds[] = {{"synth", prepare_synth},
                             {"openclipart", prepare_openclipart},
                             {"triplets", prepare_triplets}};

enum { KINDS = sizeof kinds / sizeof *kinds };

static int unknown(const char *typed, Error *err)
{
    const char *name[KINDS];
    for (int i = 0; i < KINDS; i++) name[i] = kinds[i].name;
    const char *near = option_nearest(typed, name, KINDS);
    return error_set(err, ERROR_USAGE,
                     "prepare: %.80s: no such kind of data%s%s; see ramplus prepare --help",
                     typed, near ? ", did you mean " : "", near ? near : "");
}

/* The kind's own argv[0] is "prepare KIND". */
static int run(const Kind *kind, int argc, char **argv, Error *err)
{
    char **own = mem_calloc((size_t)argc, sizeof *own);
    own[0] = mem_format("prepare %s", kind->name);
    for (int i = 2; i < argc; i++) own[i - 1] = argv[i];
    const int status = kind->run(argc - 1, own, err);
    mem_free(own[0]);
    mem_free(own);
    return status;
}

static int dispatch(int argc, char **argv, Error *err)
{
    if (argc < 2)
        return error_set(err, ERROR_USAGE,
                         "prepare: KIND: missing: synth, openclipart or triplets");
    for (int i = 0; i < KINDS; i++)
        if (strcmp(argv[1], kinds[i].name) == 0) return run(&kinds[i], argc, argv, err);
    return unknown(argv[1], err);
}

int cmd_prepare(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    Error err = {0};
    return dispatch(argc, argv, &err) == 0 ? EXIT_OK : cli_fail(&err);
}
