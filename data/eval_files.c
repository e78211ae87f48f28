/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the files of an evaluation folder. */
#include "data/eval_files.h"

#include "core/io/file.h"
#include "core/io/gather.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <string.h>

static int find_ending(const char *folder, const char *ending, char **out, Error *err)
{
    Gathered files = {0};
    int status = 0;
    Error why = {0};
    if (gather_own_files(folder, &files, &why) != 0 && why.code != ERROR_DATA)
        status = error_move(err, &why);
    for (int64_t i = 0; status == 0 && i < files.count; i++) {
        if (!strings_end_in(files.path[i], ending)) continue;
        if (*out)
            status = error_set(err, ERROR_DATA, "%s and %s: which one? name it, or leave one",
                               *out, strrchr(files.path[i], '/') + 1);
        else
            *out = mem_strdup(files.path[i]);
    }
    gathered_free(&files);
    return status;
}

int eval_files_find(const char *folder, const char *own, const char *ending, char **out,
                    Error *err)
{
    *out = file_join(folder, own);
    if (file_exists(*out)) return 0;
    mem_free(*out);
    *out = NULL;
    return ending ? find_ending(folder, ending, out, err) : 0;
}

int eval_files_tags(const char *folder, char **out, Error *err)
{
    return eval_files_find(folder, "tags.txt", "_taglist.txt", out, err);
}

int eval_files_annotations(const char *folder, char **out, Error *err)
{
    return eval_files_find(folder, "annotations.txt", "_annots.txt", out, err);
}

int eval_files_unknown(const char *folder, char **out, Error *err)
{
    return eval_files_find(folder, "unknown.txt", NULL, out, err);
}
