/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out what the images of each file are relative to, and adds record after record. */
#include "data/folder/json_records.h"

#include "core/io/file.h"
#include "core/io/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/folder/image_name.h"
#include "data/folder/json_words.h"
#include "data/folder/split_role.h"

#include <string.h>

typedef struct Source {
    const char *path;  /* of the file */
    char *folder;      /* absolute, without links */
    const char *below; /* the folder below the root, with a slash at its end, or "" */
    enum OwnRole role;
} Source;

typedef struct Records {
    const JsonRecordsConfig *config;
    JsonRecordsCounts *counts;
    Source *source; /* [sources] */
    int64_t sources;
    char *root; /* of the images, absolute */
    TagList names;
    JsonKeys keys[JSON_PARTS];
    OwnSet own;
} Records;

/* ---- what names are relative to ---------------------------------------------------------- */

/* Cuts the path so that it is the folder itself or one above it. */
static void cut_to_common(char *path, const char *folder)
{
    size_t same = 0;
    while (path[same] && path[same] == folder[same]) same++;
    const bool whole =
        (!path[same] || path[same] == '/') && (!folder[same] || folder[same] == '/');
    while (!whole && same > 0 && path[same - 1] != '/') same--;
    while (same > 1 && path[same - 1] == '/') same--;
    path[same] = 0;
}

static int find_folder(Source *s, Error *err)
{
    char *folder = file_folder(s->path);
    int status = file_real(folder, &s->folder, err);
    if (status == 0 && !s->folder)
        status = error_set(err, ERROR_DATA, "%s: no such folder", folder);
    mem_free(folder);
    return status;
}

/* The folders of several files may be splits: all of them, and not only training. */
static void find_roles(Records *r)
{
    bool any[3] = {false};
    for (int64_t i = 0; i < r->sources; i++) {
        Source *s = &r->source[i];
        s->role = split_role(s->below, strcspn(s->below, "/"));
        any[s->role] = true;
    }
    if (!any[OWN_ROLE_DRAWN] && any[OWN_ROLE_TEST]) {
        log_info("%s: divided by its folders; --test is not used", r->root);
        return;
    }
    for (int64_t i = 0; i < r->sources; i++) r->source[i].role = OWN_ROLE_DRAWN;
}

static int find_root(Records *r, Error *err)
{
    for (int64_t i = 0; i < r->sources; i++) {
        if (find_folder(&r->source[i], err) != 0) return -1;
        if (!r->root) r->root = mem_strdup(r->source[i].folder);
        cut_to_common(r->root, r->source[i].folder);
    }
    for (int64_t i = 0; i < r->sources; i++) {
        char *below = r->source[i].folder + strlen(r->root);
        below += *below == '/';
        r->source[i].below = mem_format("%s%s", below, *below ? "/" : "");
    }
    log_info("images are relative to the folder of their file; --images DIR states another");
    find_roles(r);
    return 0;
}

static int given_root(Records *r, Error *err)
{
    const char *images = r->config->rules.images;
    if (file_need_dir(images, "", err) != 0 || file_real(images, &r->root, err) != 0) return -1;
    return r->root ? 0 : error_set(err, ERROR_DATA, "%s: no such folder", images);
}

static int start(Records *r, char *const *file, int64_t files, Error *err)
{
    const JsonRecordsConfig *c = r->config;
    r->source = mem_calloc((size_t)files, sizeof *r->source);
    r->sources = files;
    for (int64_t i = 0; i < files; i++) r->source[i] = (Source){.path = file[i]};
    for (int i = 0; i < JSON_PARTS; i++)
        r->keys[i] = json_keys_new((enum JsonPart)i, &c->key[i]);
    if (c->names && tags_read(c->names, &r->names, err) != 0) return -1;
    return c->rules.images ? given_root(r, err) : find_root(r, err);
}

static void end(Records *r)
{
    for (int i = 0; i < JSON_PARTS; i++) json_keys_free(&r->keys[i]);
    for (int64_t i = 0; i < r->sources; i++) {
        mem_free(r->source[i].folder);
        mem_free((char *)r->source[i].below);
    }
    mem_free(r->source);
    mem_free(r->root);
    tags_free(&r->names);
}

/* ---- records ----------------------------------------------------------------------------- */

/* The name of the image below the root; NULL on failure. Owned. */
static char *find_image(const Records *r, const Source *s, const JsonArray *a,
                        const char *image, Error *why)
{
    Error fault = {0};
    char *below = mem_format("%s%s", s->below && *image != '/' ? s->below : "", image);
    char *name =
        image_name_below(r->root, below, !r->config->unchecked, &r->counts->missing, &fault);
    mem_free(below);
    if (name) return name;
    if (fault.code == ERROR_RUNTIME) return error_move(why, &fault), NULL;
    json_array_fail(a, why, "%.200s: %s", image, fault.text);
    return NULL;
}

static int take_record(Records *r, const Source *s, const JsonArray *a, const json_t *record,
                       Error *why)
{
    JsonWords w;
    bool added;
    const JsonWordsRules rules = {.names = r->config->names ? &r->names : NULL,
                                  .path = r->config->path,
                                  .underscores = r->config->underscores};
    if (json_words_take(&rules, r->keys, a, record, &w, why) != 0) return -1;
    char *name = find_image(r, s, a, w.image, why);
    int status = name ? 0 : -1;
    if (name) {
        const int64_t image = own_set_image(&r->own, name, &added);
        if (own_set_role(&r->own, image, w.role == OWN_ROLE_DRAWN ? s->role : w.role))
            own_set_lists(&r->own, image, w.tags, w.unknown, w.captions);
        else
            status = json_array_fail(a, why,
                                     "%.200s: is for training in one record and for testing "
                                     "in another",
                                     name);
        r->counts->repeated += !added;
    }
    mem_free(name);
    json_words_free(&w);
    return status;
}

/* Takes the next record. Returns 1 after the last one. */
static int next(Records *r, const Source *s, JsonArray *a, Error *err)
{
    json_t *record;
    Error why = {0};
    int status = json_array_next(a, &record, &why);
    if (status == 0 && !record) return 1;
    if (status == 0) status = take_record(r, s, a, record, &why);
    json_decref(record);
    if (why.code == ERROR_RUNTIME) return error_move(err, &why);
    r->counts->records++;
    r->counts->bad += status != 0;
    if (status != 0) record_list_add_error(&r->own.bad, &why);
    if (!json_array_lost(a)) return 0;
    r->counts->lost++;
    return 1;
}

/* The key of the image in the first record, which helps to find the records behind a fault.
 * NULL if it is not known: a pipe cannot be read twice. */
static const char *first_key(const Records *r, const char *path)
{
    JsonArray *a;
    json_t *record;
    const json_t *value;
    const JsonKeys *keys = &r->keys[JSON_PART_IMAGE];
    if (file_bytes(path) == 0 || json_array_open_lines(path, NULL, &a, NULL) != 0) return NULL;
    json_array_next(a, &record, NULL);
    const char *key = json_keys_find(keys, record, &value);
    json_decref(record);
    json_array_close(a);
    return key;
}

static int read_file(Records *r, const Source *s, Error *err)
{
    JsonArray *a;
    int status = 0;
    if (json_array_open_lines(s->path, first_key(r, s->path), &a, err) != 0) return -1;
    Progress progress = progress_start(s->path, 0);
    for (int64_t n = 0; status == 0; n++) {
        status = next(r, s, a, err);
        if (n % 1024 == 0) progress_step(&progress, n, NULL);
    }
    progress_end(&progress, json_array_record(a));
    json_array_close(a);
    return status < 0 ? -1 : 0;
}

static int prepare(Records *r, char *const *file, int64_t files, Error *err)
{
    if (start(r, file, files, err) != 0) return -1;
    for (int64_t i = 0; i < files; i++)
        if (read_file(r, &r->source[i], err) != 0) return -1;
    image_name_warn(r->counts->missing, r->root);
    for (int i = 0; i < JSON_PARTS; i++)
        if (i != JSON_PART_SPLIT || r->keys[i].given || r->keys[i].key[0].records)
            json_keys_log(&r->keys[i]);
    r->own.rules.images = r->root;
    return own_set_write(&r->own, &r->counts->own, err);
}

int json_records_prepare(const char *out, char *const *file, int64_t files,
                         const JsonRecordsConfig *config, JsonRecordsCounts *counts, Error *err)
{
    *counts = (JsonRecordsCounts){0};
    Records r = {.config = config, .counts = counts};
    int status = own_set_begin(out, &config->rules, &r.own, err);
    if (status == 0) status = prepare(&r, file, files, err);
    status = own_set_end(&r.own, status, err);
    end(&r);
    return status;
}
