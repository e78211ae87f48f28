/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing files, and comparing configurations. */
#include "train/ablate/identity.h"

#include "core/hash.h"
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/file_walk.h"
#include "core/io/link.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/version.h"
#include "model/weights/model_file.h"
#include "train/run/run_changes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- hashes of files --------------------------------------------------------------------- */

void file_hashes_free(FileHashes *h)
{
    for (int64_t i = 0; i < h->count; i++) {
        mem_free(h->path[i]);
        mem_free(h->hash[i]);
    }
    mem_free(h->path);
    mem_free(h->hash);
    *h = (FileHashes){0};
}

static int add_file(Hash *hash, const char *path, Error *err)
{
    static const size_t CHUNK = 1 << 20;
    FILE *f = file_stream(path, err);
    if (!f) return -1;
    char *buffer = mem_alloc(CHUNK);
    for (size_t n; (n = fread(buffer, 1, CHUNK, f)) > 0;) hash_add(hash, buffer, n);
    const int failed = ferror(f) ? errno : 0;
    mem_free(buffer);
    fclose(f);
    if (!failed) return 0;
    return error_set(err, file_fault_code(failed), "%s: cannot read: %s", path,
                     strerror(failed));
}

/* The files in a folder, not those below; of an evaluation set the lists alone. */
static int add_folder(Hash *hash, const char *folder, bool lists, Error *err)
{
    Lines files;
    int status = file_walk(folder, &files, err);
    for (size_t i = 0; status == 0 && i < files.count; i++) {
        const char *name = files.line[i];
        if (strchr(name, '/')) continue;
        if (lists && !strings_end_in(name, ".txt") && !strings_end_in(name, ".json")) continue;
        char *path = file_join(folder, name);
        hash_add_text(hash, name);
        status = add_file(hash, path, err);
        mem_free(path);
    }
    lines_free(&files);
    return status;
}

/* The hash of a file or folder as hex digits. Borrowed from the table. */
static const char *hash_path(FileHashes *h, const char *path, bool lists, Error *err)
{
    for (int64_t i = 0; i < h->count; i++)
        if (strcmp(h->path[i], path) == 0) return h->hash[i];
    uint8_t value[HASH_BYTES];
    char hex[HASH_HEX];
    Hash *hash = hash_new();
    const int status =
        file_is_dir(path) ? add_folder(hash, path, lists, err) : add_file(hash, path, err);
    hash_result(hash, value);
    hash_free(hash);
    if (status != 0) return NULL;
    hash_hex(value, hex);
    h->path = mem_realloc(h->path, (size_t)(h->count + 1) * sizeof *h->path);
    h->hash = mem_realloc(h->hash, (size_t)(h->count + 1) * sizeof *h->hash);
    h->path[h->count] = mem_strdup(path);
    h->hash[h->count] = mem_strdup(hex);
    return h->hash[h->count++];
}

/* ---- identity ---------------------------------------------------------------------------- */

enum FileKind {
    FILE_ONE,   /* a text */
    FILE_LIST,  /* OptionStrings */
    FILE_PLACE, /* a folder that counts by its absolute path, not by its contents */
};

/* Options that name files, and those that change no number of a run. */
static const struct {
    const char *key;
    size_t at; /* in Config */
    enum FileKind kind;
} files[] = {
    {"data.root", offsetof(Config, data.root), FILE_PLACE},
    {"eval.root", offsetof(Config, eval.root), FILE_PLACE},
    {"data.train", offsetof(Config, data.train), FILE_LIST},
    {"data.eval", offsetof(Config, data.eval), FILE_LIST},
    {"model.tags", offsetof(Config, model.tags), FILE_ONE},
    {"model.descriptions", offsetof(Config, model.descriptions), FILE_ONE},
    {"model.bank", offsetof(Config, model.bank), FILE_ONE},
    {"model.init", offsetof(Config, model.init), FILE_ONE},
    {"text_table", offsetof(Config, text.table), FILE_ONE},
    {"clip.weights", offsetof(Config, clip.weights), FILE_ONE},
    {"clip.vocab", offsetof(Config, clip.vocabulary), FILE_ONE},
};

static int add_path(Text *out, const char *key, const char *path, FileHashes *hashes,
                    Error *err)
{
    if (!*path) return 0;
    char *found = strcmp(key, "model.init") == 0 ? model_file_find(path) : mem_strdup(path);
    const char *hash = hash_path(hashes, found, strcmp(key, "data.eval") == 0, err);
    if (hash) text_add(out, " %s", hash);
    mem_free(found);
    return hash ? 0 : -1;
}

static void add_place(Text *out, const char *folder)
{
    char *real = link_real(folder);
    text_add(out, " %s", real);
    mem_free(real);
}

static int add_files(Text *out, const Config *c, size_t i, FileHashes *hashes, Error *err)
{
    const void *field = (const char *)c + files[i].at;
    int status = 0;
    text_add(out, "%s:", files[i].key);
    if (files[i].kind == FILE_PLACE) {
        add_place(out, *(char *const *)field);
    } else if (files[i].kind == FILE_ONE) {
        status = add_path(out, files[i].key, *(char *const *)field, hashes, err);
    } else {
        const OptionStrings *list = field;
        for (int64_t p = 0; status == 0 && p < list->count; p++)
            status = add_path(out, files[i].key, list->value[p], hashes, err);
    }
    text_put(out, "\n");
    return status;
}

/* Whether the line of a dump says nothing about the numbers, or names files. */
static bool is_left_out(const char *line)
{
    char *key = mem_format("%.*s", (int)strcspn(line, ":"), line);
    bool out = run_changes_neutral(key);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        out = out || strcmp(files[i].key, key) == 0;
    mem_free(key);
    return out;
}

int cell_identity(const Config *c, FileHashes *hashes, char **out, Error *err)
{
    Text text = {0};
    char *dump = option_dump(config_table(), c), *rest = dump;
    int status = 0;
    text_put(&text, "version: " RAMPLUS_VERSION "\n");
    for (char *line; (line = strtok_r(rest, "\n", &rest));)
        if (!is_left_out(line)) text_add(&text, "%s\n", line);
    for (size_t i = 0; status == 0 && i < sizeof files / sizeof *files; i++)
        status = add_files(&text, c, i, hashes, err);
    mem_free(dump);
    *out = status == 0 ? text.data : NULL;
    if (status != 0) text_free(&text);
    return status;
}

/* The value in the line of an identity that begins with `key:`, or NULL. */
static const char *value_of(const Lines *identity, const char *key, size_t n)
{
    for (size_t i = 0; i < identity->count; i++)
        if (strncmp(identity->line[i], key, n) == 0 && identity->line[i][n] == ':')
            return identity->line[i] + n + 1;
    return NULL;
}

static void describe(Text *out, const char *key, size_t n, const char *then, const char *now)
{
    bool contents = false;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        contents |= files[i].kind != FILE_PLACE && strlen(files[i].key) == n &&
                    strncmp(files[i].key, key, n) == 0;
    text_add(out, "%s%.*s:", out->len ? "; " : "", (int)n, key);
    if (contents)
        text_put(out, " other contents");
    else
        text_add(out, "%.90s, now%.90s", then ? then : " not set", now);
}

char *cell_difference(const char *then, const char *now)
{
    enum { NAMED = 4 };
    Lines old, new;
    Text text = {0};
    int64_t different = 0;
    if (strcmp(then, now) == 0) return NULL;
    if (lines_parse("identity", then, &old, NULL) != 0) return mem_strdup("unreadable");
    if (lines_parse("identity", now, &new, NULL) != 0) new = (Lines){0};
    for (size_t i = 0; i < new.count; i++) {
        const char *key = new.line[i];
        const size_t n = strcspn(key, ":");
        const char *before = value_of(&old, key, n), *after = key + n + (key[n] == ':');
        if (before && strcmp(before, after) == 0) continue;
        if (different++ < NAMED) describe(&text, key, n, before, after);
    }
    if (different > NAMED) text_put(&text, "; ...");
    if (!different) text_put(&text, "an option that this version does not have");
    lines_free(&new);
    lines_free(&old);
    return text.data;
}
