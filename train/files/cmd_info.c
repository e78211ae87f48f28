/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus info: what a file or folder is. */
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "train/commands.h"
#include "train/files/inspect.h"

#include <stdio.h>
#include <string.h>

typedef struct Options {
    bool json;
} Options;

static const CliOption rows[] = {
    {"json", .offset = offsetof(Options, json),
     .help = "print one JSON document: file, kind, bytes, content, checksums, entries"},
};

static void put_shape(Text *out, const FileEntry *e)
{
    text_put(out, "[");
    for (int i = 0; i < e->ndim; i++) text_add(out, "%s%ld", i ? ", " : "", e->shape[i]);
    text_put(out, "]");
}

static json_t *entry_json(const FileEntry *e)
{
    json_t *o = json_pair("name", json_text(e->name)), *shape = json_array();
    for (int i = 0; i < e->ndim; i++) json_array_append_new(shape, json_integer(e->shape[i]));
    json_object_set_new(o, "type", json_text(e->type));
    json_object_set_new(o, "shape", shape);
    return o;
}

static void put_json(Text *out, const char *path, const FileInfo *info)
{
    json_t *o = file_info_json(path, info), *entries = json_array();
    for (int64_t i = 0; i < info->count; i++)
        json_array_append_new(entries, entry_json(&info->entry[i]));
    json_object_set_new(o, "entries", entries);
    json_put_rows(out, o, 1);
}

static void put_lines(Text *out, const char *path, const FileInfo *info)
{
    char size[24];
    int width = 0;
    for (int64_t i = 0; i < info->count; i++) {
        int n = (int)strlen(info->entry[i].name);
        if (n > width && n <= 72) width = n;
    }
    text_put_name(out, path);
    text_put(out, ": ");
    text_put_name(out, info->kind);
    text_add(out, ", %s, %ld %s, content %s\n", file_info_size(info->bytes, size), info->count,
             info->count == 1 ? "entry" : "entries", info->content[0] ? info->content : "none");
    if (info->about) text_add(out, "%s\n", info->about);
    for (int64_t i = 0; i < info->count; i++) {
        const size_t start = out->len;
        text_put(out, "  ");
        text_put_name(out, info->entry[i].name);
        const int used = (int)(out->len - start) - 2;
        text_add(out, "%*s  %-8s  ", used < width ? width - used : 0, "", info->entry[i].type);
        put_shape(out, &info->entry[i]);
        text_put(out, "\n");
    }
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    FileInfo info = {0};
    Text out = {0};
    const int status = inspect(cli->argument[0], &info, err);
    if (status == 0) {
        (o->json ? put_json : put_lines)(&out, cli->argument[0], &info);
        printable_print(out.data);
    }
    text_free(&out);
    file_info_free(&info);
    return status;
}

const CliCommand cmd_info = {
    .name = "info",
    .summary = "identify a file or folder and list its arrays",
    .arguments = "FILE-or-FOLDER",
    .min_arguments = 1,
    .max_arguments = 1,
    .prose =
        "Identifies a checkpoint, weights, a label bank, stored scores, a run folder or a data "
        "folder, and lists every array with name, type and shape. `content` is a hash of all "
        "names "
        "and numbers, independent of time and machine: equal contents have equal hashes. For a "
        "run "
        "it is the hash of the newest checkpoint. Checksums are verified on the way. For "
        "evaluation "
        "sets, a data folder's or a benchmark's, it prints the number of images, tags and "
        "positive labels and a hash of them; images need not be there.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus info runs/synth/checkpoints/latest",
    .size = sizeof(Options),
    .run = run,
};
