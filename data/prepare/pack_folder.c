/* SPDX-License-Identifier: Apache-2.0 */
/* Marks, copies, settings. */
#include "data/prepare/pack_folder.h"

#include "core/io/file.h"
#include "core/io/gather.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/folder/dataset_yaml.h"

#include <unistd.h>

#define MARK "pack.part"

/* Whether the folder holds no tar file, or those of an unfinished pack, which are removed. */
static int clear_tars(const char *out, bool unfinished, Error *err)
{
    Gathered g;
    int status = gather_own_files(out, &g, err);
    for (int64_t i = 0; status == 0 && i < g.count; i++) {
        if (!strings_end_in(g.path[i], ".tar")) continue;
        if (unfinished)
            unlink(g.path[i]);
        else
            status = error_set(err, ERROR_USAGE,
                               "%s: is there already: choose a folder without tar files, or "
                               "remove them first",
                               g.path[i]);
    }
    gathered_free(&g);
    return status;
}

int pack_folder_begin(const char *out, Error *err)
{
    char *mark = file_join(out, MARK);
    const int status = clear_tars(out, file_exists(mark), err);
    mem_free(mark);
    if (status != 0) return -1;
    file_remove_in(out, "train.json");
    return text_write_in(
        out, MARK, "ramplus prepare pack has not finished this folder: run it again.\n", err);
}

void pack_folder_end(const char *out) { file_remove_in(out, MARK); }

/* Copies a file into the folder OUT/BELOW. */
static int copy_file(const char *out, const char *below, const char *path, Error *err)
{
    Bytes file;
    if (file_read(path, &file, err) != 0) return -1;
    char *last = file_last_part(path), *folder = file_join(out, below);
    char *to = file_join(folder, last);
    int status = file_mkdirs(folder, err);
    if (status == 0) status = file_write(to, file.data, file.len, err);
    mem_free(to);
    mem_free(folder);
    mem_free(last);
    bytes_free(&file);
    return status;
}

/* Copies the lists of an evaluation set, not its images. */
static int copy_set(const char *out, const char *set, Error *err)
{
    Gathered g;
    if (gather_own_files(set, &g, err) != 0) return -1;
    char *name = file_last_part(set);
    int status = 0;
    for (int64_t i = 0; i < g.count && status == 0; i++)
        if (strings_end_in(g.path[i], ".txt") || strings_end_in(g.path[i], ".json"))
            status = copy_file(out, name, g.path[i], err);
    mem_free(name);
    gathered_free(&g);
    return status;
}

static int write_settings(const char *out, const PackSource *s, bool captions, Error *err)
{
    char *eval[PACK_EVALS];
    for (int i = 0; i < s->evals; i++) eval[i] = file_last_part(s->eval[i]);
    const DatasetYaml yaml = {.root = out,
                              .eval_root = s->evals ? s->eval_root : NULL,
                              .train = true,
                              .captions = captions,
                              .descriptions = s->descriptions ? "descriptions.json" : NULL,
                              .eval = (const char *const *)eval,
                              .evals = s->evals};
    const int status = dataset_yaml_write(out, &yaml, err);
    for (int i = 0; i < s->evals; i++) mem_free(eval[i]);
    return status;
}

int pack_folder_fill(const char *out, const PackSource *s, bool captions, Error *err)
{
    if (s->descriptions && copy_file(out, "", s->descriptions, err) != 0) return -1;
    for (int i = 0; i < s->evals; i++)
        if (copy_set(out, s->eval[i], err) != 0) return -1;
    return write_settings(out, s, captions, err);
}
