/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in several files, as Hugging Face publishes large models: an index, such as
 * model.safetensors.index.json or pytorch_model.bin.index.json, maps every name to a file
 * beside it. Also: which file holds the weights of a folder. */
#ifndef RAMPLUS_CORE_FORMATS_TENSOR_SHARDS_H
#define RAMPLUS_CORE_FORMATS_TENSOR_SHARDS_H

#include "core/formats/tensor_set.h"

/* Opens an index and all its files as one set. ERROR_DATA for a name that its file lacks, for a
 * file outside the folder of the index, and as for tensor_set_open. */
int tensor_set_shards(const char *path, TensorSet *out, Error *err);

/* The file of weights that a path refers to: the usual one in a folder (model.safetensors,
 * pytorch_model.bin, those of open_clip, or an index of several), the index of a file that is
 * one of several, or the path itself. NULL for a folder without weights. Owned (mem_free). */
char *tensor_shards_resolve(const char *path);

#endif
