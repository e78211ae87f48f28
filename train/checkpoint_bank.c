/* SPDX-License-Identifier: Apache-2.0 */
/* One label bank for all checkpoints of a folder. */
#include "train/checkpoint_bank.h"

#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/labels/bank_file.h"

#include <string.h>

char *checkpoint_bank_name(const char *content) { return mem_format("bank_%s.h5", content); }

/* Whether the file has this content and its seal is whole. */
static bool is_sound(const char *path, const char *content)
{
    Error why = {0};
    H5File *f = NULL;
    char have[HASH_HEX] = "";
    if (!file_exists(path)) return false;
    const bool sound = h5_open(path, &f, &why) == 0 && h5_content(f, have, &why) == 0 &&
                       strcmp(have, content) == 0;
    h5_close(f);
    if (!sound) log_warn("%s: written again", why.code ? why.text : path);
    return sound;
}

int checkpoint_bank_write(const char *checkpoint, const Labels *l,
                          char content[static HASH_HEX], Error *err)
{
    labels_content(l, content);
    const char *slash = strrchr(checkpoint, '/');
    char *name = checkpoint_bank_name(content);
    char *path = slash ? mem_format("%.*s/%s", (int)(slash - checkpoint), checkpoint, name)
                       : mem_strdup(name);
    const int status = is_sound(path, content) ? 0 : bank_file_write(path, l, err);
    mem_free(path);
    mem_free(name);
    return status;
}
