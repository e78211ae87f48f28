/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare: makes data folders that `train` and `eval` read. */
#include "data/commands.h"
#include "data/prepare/prepare.h"

static const CliCommand *const kinds[] = {
    &prepare_synth,    &prepare_openclipart, &prepare_emoji,   &prepare_stamps,
    &prepare_triplets, &prepare_captions,    &prepare_stats,   &prepare_csv,
    &prepare_folder,   &prepare_jsonl,       &prepare_coco,    &prepare_shards,
    &prepare_pack,     &prepare_voc,         &prepare_nuswide, NULL,
};

const CliCommand cmd_prepare = {
    .name = "prepare",
    .summary = "make data folders, and look at what is in one",
    .prose = "Makes the data folder OUT, which train and eval read: train.json, "
             "train_tags.txt, images/, "
             "and seen/ and unseen/ with tags, descriptions and complete annotations for "
             "evaluation; `stats` describes such a folder. "
             "Each kind has its own --help.",
    .example = "ramplus prepare synth data/synth",
    .kind = kinds,
};
