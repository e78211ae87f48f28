/* SPDX-License-Identifier: Apache-2.0 */
/* A CLIP folder of Hugging Face or open_clip: weights and merges, and the configuration
 * (model/clip/clip_config.h). */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_FOLDER_H
#define RAMPLUS_MODEL_CLIP_CLIP_FOLDER_H

#include "core/error.h"

/* The file that clip.weights refers to (tensor_shards_resolve). Owned (mem_free). ERROR_USAGE
 * if the path is empty, ERROR_DATA if the file does not exist or the folder has neither. */
int clip_folder_weights(const char *path, char **out, Error *err);

/* CLIP's merges in the folder of the weights: merges.txt or bpe_simple_vocab_16e6.txt.gz.
 * Owned; NULL if the folder has neither. */
char *clip_folder_merges(const char *weights);

#endif
