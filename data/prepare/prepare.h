/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of `ramplus prepare`: rows of the table in cmd_prepare.c. */
#ifndef RAMPLUS_DATA_PREPARE_PREPARE_H
#define RAMPLUS_DATA_PREPARE_PREPARE_H

#include "core/options/cli.h"

extern const CliCommand prepare_synth, prepare_openclipart, prepare_emoji, prepare_stamps;
extern const CliCommand prepare_triplets, prepare_captions, prepare_stats;
extern const CliCommand prepare_csv, prepare_folder, prepare_jsonl, prepare_coco,
    prepare_shards, prepare_pack;
extern const CliCommand prepare_voc, prepare_nuswide;

#endif
