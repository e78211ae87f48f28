/* SPDX-License-Identifier: Apache-2.0 */
/* One label bank for all checkpoints of a folder. */
#include "train/run/checkpoint_bank.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/labels/bank_file.h"

#include <string.h>
#include <sys/stat.h>

/* Reads the whole file: its checksums match, and it has this content. */
static bool verify(const char *path, const char *content)
{
    Error why = {0};
    H5File *f = NULL;
    char have[HASH_HEX] = "";
    if (!file_exists(path)) return false;
    const bool intact = h5_open(path, &f, &why) == 0 && h5_content(f, have, &why) == 0 &&
                        strcmp(have, content) == 0;
    h5_close(f);
    if (!intact)
        log_warn("%s: the next checkpoint replaces this file", why.code ? why.text : path);
    return intact;
}

/* The file's size and modification time; false when it cannot be found. */
static bool read_times(const CheckpointBank *b, int64_t *bytes, struct timespec *changed)
{
    struct stat s;
    if (stat(b->path, &s) != 0) return false;
    *bytes = s.st_size;
    *changed = s.st_mtim;
    return true;
}

CheckpointBank checkpoint_bank_open(const char *run, const Labels *labels,
                                    const char content[static HASH_HEX])
{
    CheckpointBank b = {.labels = labels};
    memcpy(b.content, content, HASH_HEX);
    b.name = mem_format("bank_%s.h5", b.content);
    b.path = file_join(run, b.name);
    b.intact = verify(b.path, b.content) && read_times(&b, &b.bytes, &b.changed);
    return b;
}

void checkpoint_bank_close(CheckpointBank *b)
{
    mem_free(b->name);
    mem_free(b->path);
    *b = (CheckpointBank){0};
}

static bool is_unchanged(const CheckpointBank *b)
{
    int64_t bytes;
    struct timespec changed;
    return b->intact && read_times(b, &bytes, &changed) && bytes == b->bytes &&
           changed.tv_sec == b->changed.tv_sec && changed.tv_nsec == b->changed.tv_nsec;
}

int64_t checkpoint_bank_needs(const CheckpointBank *b)
{
    return b->intact ? 0 : (int64_t)label_bank_bytes(b->labels->bank);
}

int checkpoint_bank_write(CheckpointBank *b, Error *err)
{
    if (is_unchanged(b)) return 0;
    if (b->intact) log_warn("%s: changed during the run; writing it again", b->path);
    if (bank_file_write(b->path, b->labels, err) != 0) return -1;
    if (label_bank_check(b->labels->bank, err) != 0) return -1;
    b->intact = read_times(b, &b->bytes, &b->changed);
    return 0;
}
