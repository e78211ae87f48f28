/* SPDX-License-Identifier: Apache-2.0 */
/* Files in the folder of CLIP's weights. */
#include "model/clip/clip_folder.h"

#include "core/formats/tensor_shards.h"
#include "core/io/file.h"
#include "core/mem.h"

static const char *const merge_names[] = {"merges.txt", "bpe_simple_vocab_16e6.txt.gz", NULL};

int clip_folder_weights(const char *path, char **out, Error *err)
{
    *out = NULL;
    if (!path || !*path)
        return error_set(
            err, ERROR_USAGE,
            "clip.weights: not set: name the file of CLIP's weights (.safetensors, "
            ".pth, .pt) or its folder");
    char first;
    if (!file_is_dir(path) && file_head(path, &first, 1, err) != 0) return -1;
    *out = tensor_shards_resolve(path);
    if (*out) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: neither model.safetensors nor pytorch_model.bin in this folder, an "
                     "index of several files, or weights of open_clip",
                     path);
}

char *clip_folder_merges(const char *weights)
{
    char *folder = file_folder(weights), *merges = file_first_of(folder, merge_names);
    mem_free(folder);
    return merges;
}
