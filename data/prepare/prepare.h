/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of `ramplus prepare`: rows of the table in cmd_prepare.c. */
#ifndef RAMPLUS_DATA_PREPARE_PREPARE_H
#define RAMPLUS_DATA_PREPARE_PREPARE_H

#include "core/options/cli.h"

extern const CliCommand prepare_synth, prepare_openclipart, prepare_triplets, prepare_emoji,
    prepare_stamps, prepare_captions, prepare_stats;
extern const CliCommand prepare_csv, prepare_folder;
extern const CliCommand prepare_coco, prepare_voc, prepare_nuswide;

#endif
