/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus verify: every checksum of files and run folders. */
#include "core/formats/file_kind.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "model/weights/run_checkpoint.h"
#include "train/commands.h"
#include "train/files/inspect.h"

#include <stdio.h>
#include <string.h>

typedef struct Options {
    bool json;
} Options;

static const CliOption rows[] = {
    {"json", .offset = offsetof(Options, json),
     .help =
         "print one JSON document: one object per file, in an array when there are several"},
};

typedef struct Report {
    json_t *files; /* an object for each */
    Text lines;
    int code; /* of the first bad file */
} Report;

static void report_bad(Report *r, const char *path, const Error *err)
{
    if (!r->code) r->code = err->code;
    json_t *file = json_pair("file", json_text(path));
    json_object_set_new(file, "ok", json_false());
    json_object_set_new(file, "content", json_null());
    json_object_set_new(file, "error", json_text(err->text));
    json_array_append_new(r->files, file);
    cli_fail(err);
}

static void report_good(Report *r, const char *path, const FileInfo *info)
{
    json_t *file = file_info_json(path, info);
    json_object_set_new(file, "ok", json_true());
    json_array_append_new(r->files, file);
    text_put_name(&r->lines, path);
    text_put(&r->lines, ": ok, ");
    text_put_name(&r->lines, info->kind);
    text_add(&r->lines, ", %ld %s, content %s%s\n", info->count,
             info->count == 1 ? "entry" : "entries", info->content,
             info->checksums ? "" : " (no checksums in this format: structure only)");
}

/* Whether the file is valid; content becomes its hash, or "" if it is not. */
static bool verify_file(Report *r, const char *path, char content[static 33])
{
    Error err = {0};
    FileInfo info;
    int status = inspect(path, &info, &err);
    if (status == 0)
        report_good(r, path, &info);
    else
        report_bad(r, path, &err);
    strcpy(content, status == 0 ? info.content : "");
    file_info_free(&info);
    return status == 0;
}

/* A file in the folder of a run: whether it is valid, or none of ours. content as verify_file,
 * or untouched. */
static bool verify_part(Report *r, const char *path, char content[static 33])
{
    Error err = {0};
    enum FileKind kind;
    if (file_kind(path, &kind, &err) == 0)
        return kind != FILE_H5 || verify_file(r, path, content);
    report_bad(r, path, &err);
    return false;
}

/* Every HDF5 file below the folder: checkpoints and stored scores. Returns how many are bad;
 * content gets the hash of the newest checkpoint. */
static int64_t verify_files(Report *r, const char *run, const Lines *files,
                            char content[static 33])
{
    int64_t bad = 0;
    for (size_t i = 0; i < files->count; i++) {
        const char *name = files->line[i];
        char last[33] = "";
        if (run_checkpoint_is_link(name)) continue;
        char *path = file_join(run, name);
        bad += !verify_part(r, path, last);
        if (strncmp(name, "checkpoints/step_", 17) == 0) strcpy(content, last);
        mem_free(path);
    }
    return bad;
}

/* Returns how many links lead to no checkpoint. */
static int64_t verify_links(Report *r, const char *run)
{
    static const char *const name[] = {"latest", "best"};
    int64_t bad = 0;
    for (int i = 0; i < 2; i++) {
        Error err = {0};
        if (run_checkpoint_check_link(run, name[i], &err) == 0) continue;
        char *link = run_checkpoint_link(run, name[i]);
        report_bad(r, link, &err);
        mem_free(link);
        bad++;
    }
    return bad;
}

static void verify_run(Report *r, const char *run)
{
    Error err = {0};
    Lines files;
    char content[33] = "";
    if (file_walk(run, &files, &err) != 0) {
        report_bad(r, run, &err);
        return;
    }
    Report inner = {.code = r->code, .files = json_array()};
    int64_t bad = verify_links(&inner, run) + verify_files(&inner, run, &files, content);
    r->code = inner.code;
    json_t *object = json_pair("file", json_text(run));
    json_object_set_new(object, "kind", json_text("run"));
    json_object_set_new(object, "ok", json_boolean(bad == 0));
    json_object_set_new(object, "content", json_text(*content ? content : NULL));
    json_object_set_new(object, "files", inner.files);
    json_array_append_new(r->files, object);
    text_put(&r->lines, inner.lines.data ? inner.lines.data : "");
    text_put_name(&r->lines, run);
    text_put(&r->lines, bad ? ": damaged\n" : ": ok\n");
    text_free(&inner.lines);
    lines_free(&files);
}

static void verify_any(Report *r, const char *path)
{
    Error err = {0};
    enum FileKind kind;
    char content[33];
    if (file_kind(path, &kind, &err) != 0)
        report_bad(r, path, &err);
    else if (kind == FILE_RUN)
        verify_run(r, path);
    else
        verify_file(r, path, content);
}

static int verify_all(char *const *path, int64_t n, bool json)
{
    Report r = {.files = json_array()};
    Text out = {0};
    for (int64_t i = 0; i < n; i++) verify_any(&r, path[i]);
    json_put_rows(&out, json_incref(n > 1 ? r.files : json_array_get(r.files, 0)), 2);
    printable_print(json ? out.data : r.lines.data ? r.lines.data : "");
    json_decref(r.files);
    text_free(&out);
    text_free(&r.lines);
    return r.code;
}

static int run(const Cli *cli, void *options, Error *err)
{
    (void)err;
    return verify_all(cli->argument, cli->arguments, ((const Options *)options)->json);
}

const CliCommand cmd_verify = {
    .name = "verify",
    .summary = "compare every checksum of files and run folders",
    .arguments = "FILE-or-FOLDER...",
    .min_arguments = 1,
    .prose = "Reads checkpoints, weights, label banks, scores and whole run folders and "
             "compares every "
             "checksum. All of them are read even when one is bad; the exit code is that of "
             "the first "
             "bad one: 6 for a damaged checkpoint or bank, 3 for other data. `content` is the "
             "hash that "
             "`ramplus info` explains.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus verify runs/synth && echo ok",
    .size = sizeof(Options),
    .run = run,
};
