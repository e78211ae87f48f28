/* SPDX-License-Identifier: Apache-2.0 */
/* Reads each array of a file in a pass of its own, since they come in any order. */
#include "data/benchmarks/coco_file.h"

#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/tags.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

typedef struct Reader {
    CocoFiles *files;
    const char *path, *root;
    HashMap category; /* id -> tag */
    const JsonArray *array;
} Reader;

/* ---- values of a record ------------------------------------------------------------------ */

/* A whole number, which may be written as 17.0. */
static int get_id(const Reader *r, const json_t *record, const char *key, int64_t *id,
                  Error *why)
{
    const json_t *value = json_object_get(record, key);
    const char *odd = json_array_odd(r->array, key);
    const double number = json_number_value(value);
    if (odd) return json_array_fail(r->array, why, "%s: %s", key, odd);
    if (!value) return json_array_fail(r->array, why, "no %s", key);
    *id = json_integer_value(value);
    if (json_is_integer(value)) return 0;
    *id = fabs(number) < 1e15 ? (int64_t)number : 0;
    if (json_is_real(value) && (double)*id == number) return 0;
    return json_array_fail(r->array, why, "%s: expected a whole number", key);
}

/* A text that is not blank. */
static int get_text(const Reader *r, const json_t *record, const char *key, const char **text,
                    Error *why)
{
    const json_t *value = json_object_get(record, key);
    const char *odd = json_array_odd(r->array, key);
    if (odd) return json_array_fail(r->array, why, "%s: %s", key, odd);
    if (!value) return json_array_fail(r->array, why, "no %s", key);
    *text = json_string_value(value);
    if (!*text) return json_array_fail(r->array, why, "%s: expected a string", key);
    return utf8_blank(*text) ? json_array_fail(r->array, why, "%s: blank", key) : 0;
}

/* A name that stands in lists, one per line. */
static int get_name(const Reader *r, const json_t *record, const char *key, const char **name,
                    Error *why)
{
    if (get_text(r, record, key, name, why) != 0) return -1;
    if (!printable_find_fault(*name)) return 0;
    return json_array_fail(r->array, why, "%s: has characters that cannot be printed", key);
}

static void key_of(int64_t id, uint8_t key[static HASH_BYTES]) { hash_of(&id, sizeof id, key); }

static int64_t find(const HashMap *m, int64_t id)
{
    uint8_t key[HASH_BYTES];
    key_of(id, key);
    return m->slot ? hash_map_get(m, key) : -1;
}

/* Stores the value; fails if the map already has the id. */
static int add(const Reader *r, HashMap *m, int64_t id, int64_t value, Error *why)
{
    uint8_t key[HASH_BYTES];
    key_of(id, key);
    hash_map_make_room(m);
    if (hash_map_add(m, key, value)) return 0;
    return json_array_fail(r->array, why, "id %ld: given twice", id);
}

/* ---- records ----------------------------------------------------------------------------- */

static int take_category(Reader *r, const json_t *record, Error *why)
{
    int64_t id;
    const char *name;
    if (get_id(r, record, "id", &id, why) != 0) return -1;
    if (get_name(r, record, "name", &name, why) != 0) return -1;
    if (find(&r->category, id) >= 0)
        return json_array_fail(r->array, why, "id %ld: given twice", id);
    const int64_t tag = own_set_find_tag(&r->files->own, name, why);
    return tag < 0 ? -1 : add(r, &r->category, id, tag, why);
}

/* Fails if the file is not there. */
static int find_image(const Reader *r, const char *name, Error *why)
{
    bool found = false;
    Error fault = {0};
    char *path = r->root ? path_below(r->root, name, false, &fault) : NULL;
    if (path) file_find(path, &found, &fault);
    mem_free(path);
    if (!r->root || found) return 0;
    if (fault.code == ERROR_RUNTIME) return error_move(why, &fault);
    return json_array_fail(r->array, why, "%s: %s", name,
                           fault.code ? fault.text : "no such image");
}

static int take_image(Reader *r, const json_t *record, Error *why)
{
    int64_t id;
    const char *name;
    CocoFiles *files = r->files;
    if (get_id(r, record, "id", &id, why) != 0) return -1;
    if (find(&files->image, id) >= 0)
        return json_array_fail(r->array, why, "id %ld: given twice", id);
    int status = get_name(r, record, "file_name", &name, why);
    if (status == 0) status = find_image(r, name, why);
    if (status != 0) return add(r, &files->image, id, 0, why), -1;
    files->report->images++;
    return add(r, &files->image, id, 1 + label_set_add_image(&files->own.set, name), why);
}

/* *image: -1 for one that is left out. */
static int get_image(const Reader *r, const json_t *record, int64_t *image, Error *why)
{
    int64_t id;
    if (get_id(r, record, "image_id", &id, why) != 0) return -1;
    *image = find(&r->files->image, id) - 1;
    if (*image >= -1) return 0;
    return json_array_fail(r->array, why, "image_id %ld: no such image", id);
}

static bool is_crowd(const json_t *record)
{
    const json_t *value = json_object_get(record, "iscrowd");
    return json_is_true(value) || json_number_value(value) > 0;
}

static int take_label(Reader *r, const json_t *record, Error *why)
{
    int64_t image, category;
    CocoReport *report = r->files->report;
    if (get_image(r, record, &image, why) != 0) return -1;
    if (get_id(r, record, "category_id", &category, why) != 0) return -1;
    const int64_t tag = find(&r->category, category);
    if (tag < 0)
        return json_array_fail(r->array, why, "category_id %ld: no such category", category);
    report->orphan += image < 0;
    if (image < 0) return 0;
    report->annotations++;
    report->crowd += is_crowd(record);
    label_set_add_label(&r->files->own.set, image, tag);
    return 0;
}

static int take_caption(Reader *r, const json_t *record, Error *why)
{
    int64_t image;
    const char *text;
    if (get_image(r, record, &image, why) != 0) return -1;
    if (get_text(r, record, "caption", &text, why) != 0) return -1;
    r->files->report->orphan += image < 0;
    if (image < 0) return 0;
    r->files->report->captions++;
    own_set_caption(&r->files->own, image, text);
    return 0;
}

/* ---- arrays ------------------------------------------------------------------------------ */

typedef int Take(Reader *r, const json_t *record, Error *why);

/* Takes the next record. Returns 1 after the last one. */
static int next(Reader *r, JsonArray *a, Take *take, Error *err)
{
    json_t *record;
    Error why = {0};
    int status = json_array_next(a, &record, &why);
    if (status == 0 && !record) return 1;
    if (json_array_lost(a)) return error_move(err, &why);
    if (status == 0) status = take(r, record, &why);
    json_decref(record);
    if (why.code == ERROR_RUNTIME) return error_move(err, &why);
    if (status != 0) record_list_add_error(&r->files->own.bad, &why);
    r->files->report->bad += status != 0;
    return 0;
}

static int read_array(Reader *r, const char *member, Take *take, Error *err)
{
    JsonArray *a;
    int status = 0;
    if (json_array_open_member(r->path, member, NULL, &a, err) != 0) return -1;
    r->array = a;
    Progress progress = progress_start(member, 0);
    for (int64_t n = 0; status == 0; n++) {
        status = next(r, a, take, err);
        if (n % 1024 == 0) progress_step(&progress, n, NULL);
    }
    progress_end(&progress, json_array_record(a));
    json_array_close(a);
    return status < 0 ? -1 : 0;
}

int coco_file_instances(CocoFiles *files, const char *path, const char *root, Error *err)
{
    Reader r = {.files = files, .path = path, .root = root};
    hash_map_free(&files->image);
    int status = read_array(&r, "categories", take_category, err);
    if (status == 0) status = read_array(&r, "images", take_image, err);
    if (status == 0) status = read_array(&r, "annotations", take_label, err);
    hash_map_free(&r.category);
    files->report->categories = files->own.set.tags;
    return status;
}

int coco_file_captions(CocoFiles *files, const char *path, Error *err)
{
    Reader r = {.files = files, .path = path};
    return read_array(&r, "annotations", take_caption, err);
}
