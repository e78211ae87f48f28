/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is left out. */
#include "data/folder/bad_list.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <string.h>

enum { SHOWN = 20 };

int bad_list_open(const char *out, BadList *list, Error *err)
{
    char *path = file_join(out, "bad.txt");
    *list = (BadList){.out = out};
    const int status = file_writer_new(path, &list->file, err);
    mem_free(path);
    return status;
}

void bad_list_add(BadList *list, Error *why)
{
    file_writer_put(list->file, why->text, strlen(why->text));
    file_writer_put(list->file, "\n", 1);
    if (++list->count <= SHOWN) log_warn("%s", why->text);
    if (list->count == SHOWN + 1) log_warn("more such records: see %s/bad.txt", list->out);
    *why = (Error){0};
}

int bad_list_close(BadList *list, int status, Error *err)
{
    FileWriter *file = list->file;
    list->file = NULL;
    if (!file) return status;
    if (status == 0) return file_writer_commit(file, err);
    file_writer_abandon(file);
    return status;
}
