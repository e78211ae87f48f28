/* SPDX-License-Identifier: Apache-2.0 */
/* Compares decoded, resized, cropped, augmented and normalized images with images.safetensors,
 * byte for byte. The names of the tensors select the operation: decode.FILE, resizeN.FILE,
 * evalN.FILE, crop.K, augment.K, augment.NAME.OPERATION (on augment.NAME.input); the sizes are
 * their shapes. */
#include "tests/reference/golden.h"

#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "data/image/augment.h"
#include "data/image/transform.h"
#include "tests/reference/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double imagenet_mean[3] = {0.485, 0.456, 0.406};
static const double imagenet_std[3] = {0.229, 0.224, 0.225};

typedef struct Set {
    Golden *g;
    Fixture f;
    char *folder; /* folder of the images */
} Set;

/* Reads the bytes of a tensor, which the caller frees with mem_free; NULL with an error. */
static uint8_t *stored(Set *s, const StEntry *e)
{
    uint8_t *bytes = mem_alloc((size_t)(e->end - e->begin) + 1);
    if (st_read_raw(s->f.tensors, e, bytes, &s->f.err) == 0) return bytes;
    mem_free(bytes);
    return NULL;
}

static bool is_image(const StEntry *e)
{
    return strcmp(e->dtype, "U8") == 0 && e->ndim == 3 && e->shape[2] == 3 && e->len > 0;
}

/* Reads a tensor [height, width, 3] as an image. */
static int stored_image(Set *s, const char *name, Image *out)
{
    *out = (Image){0};
    const StEntry *e = st_find(s->f.tensors, name);
    if (!e || !is_image(e))
        return error_set(&s->f.err, ERROR_DATA, "%s: no [height, width, 3] of bytes", name);
    *out = image_new(e->shape[1], e->shape[0]);
    return st_read_raw(s->f.tensors, e, out->rgb, &s->f.err);
}

static void compare_image(Set *s, const StEntry *e, const Image *got)
{
    if (!is_image(e) || e->shape[0] != got->height || e->shape[1] != got->width) {
        golden_fail(s->g, e->name, "%ld x %ld here", got->width, got->height);
        return;
    }
    uint8_t *want = stored(s, e);
    if (want) golden_bytes(s->g, e->name, got->rgb, want, e->len);
    mem_free(want);
}

/* Decodes an image of the folder; a failure counts against the tensor. */
static int decoded(Set *s, const StEntry *e, const char *file, Image *out)
{
    Error err = {0};
    char *path = file_join(s->folder, file);
    int status = image_read(path, NULL, out, NULL, &err);
    if (status != 0) golden_fail(s->g, e->name, "%s", err.text);
    mem_free(path);
    return status;
}

static void compare_decode(Set *s, const StEntry *e, const char *file)
{
    Image image;
    if (decoded(s, e, file, &image) != 0) return;
    compare_image(s, e, &image);
    image_free(&image);
}

static void compare_resize(Set *s, const StEntry *e, const char *file)
{
    Image image, small;
    if (!is_image(e)) {
        golden_fail(s->g, e->name, "not [height, width, 3] of bytes");
        return;
    }
    if (decoded(s, e, file, &image) != 0) return;
    const Box whole = {0, 0, image.width, image.height};
    resize_crop(&image, whole, e->shape[1], e->shape[0], RESIZE_BILINEAR, &small);
    compare_image(s, e, &small);
    image_free(&small);
    image_free(&image);
}

static void compare_eval(Set *s, const StEntry *e, const char *file)
{
    Image image;
    const int64_t side = e->shape[1];
    if (strcmp(e->dtype, "F32") != 0 || e->ndim != 3 || e->len != 3 * side * side || side < 1) {
        golden_fail(s->g, e->name, "not [3, S, S] of float32");
        return;
    }
    if (decoded(s, e, file, &image) != 0) return;
    float *got = mem_alloc((size_t)e->len * sizeof *got);
    transform_eval(&image, side, imagenet_mean, imagenet_std, got);
    uint8_t *want = stored(s, e);
    if (want) golden_bytes(s->g, e->name, (const uint8_t *)got, want, e->len * 4);
    mem_free(want);
    mem_free(got);
    image_free(&image);
}

/* Record K of a list of the JSON, or NULL with an error. */
static const json_t *record(Set *s, const char *list, const char *number)
{
    char *end;
    const size_t k = strtoul(number, &end, 10);
    const json_t *r = json_array_get(json_object_get(s->f.json, list), k);
    if (!r || *end) error_set(&s->f.err, ERROR_DATA, "%s: no record %s", list, number);
    return *end ? NULL : r;
}

static void compare_crop(Set *s, const StEntry *e, const char *number)
{
    const json_t *r = record(s, "crops", number);
    if (!r) return;
    const Box box = {fixture_int(&s->f, r, "left"), fixture_int(&s->f, r, "top"),
                     fixture_int(&s->f, r, "width"), fixture_int(&s->f, r, "height")};
    const int64_t side = fixture_int(&s->f, r, "size");
    const char *file = fixture_text(&s->f, r, "file");
    const bool cubic = strcmp(fixture_text(&s->f, r, "filter"), "bicubic") == 0;
    Image image, view;
    if (s->f.err.code || decoded(s, e, file, &image) != 0) return;
    resize_crop(&image, box, side, side, cubic ? RESIZE_BICUBIC : RESIZE_BILINEAR, &view);
    compare_image(s, e, &view);
    image_free(&view);
    image_free(&image);
}

static void compare_operation(Set *s, const StEntry *e, const char *input, const char *op,
                              double value, bool pillow)
{
    Image image;
    if (stored_image(s, input, &image) == 0) {
        if (augment_apply(&image, op, value, pillow) != 0)
            golden_fail(s->g, e->name, "unknown operation %s", op);
        else
            compare_image(s, e, &image);
    }
    image_free(&image);
}

/* what: K, NAME.OPERATION, NAME.input or autocontrast_pillow. */
static void compare_augment(Set *s, const StEntry *e, const char *what)
{
    const char *dot = strchr(what, '.');
    if (strcmp(what, "input") == 0 || (dot && strcmp(dot, ".input") == 0)) return;
    if (dot) {
        char *input = mem_format("augment.%.*s.input", (int)(dot - what), what);
        compare_operation(s, e, input, dot + 1, 0.0, false);
        mem_free(input);
    } else if (strcmp(what, "autocontrast_pillow") == 0) {
        compare_operation(s, e, "augment.input", "AutoContrast", 0.0, true);
    } else {
        const json_t *r = record(s, "augment", what);
        const char *op = r ? fixture_text(&s->f, r, "op") : NULL;
        const double value = json_number_value(json_object_get(r, "value")); /* null: 0 */
        if (op) compare_operation(s, e, "augment.input", op, value, false);
    }
}

/* The part of a name after PREFIX, an optional number and a dot; NULL if the name has another
 * form. */
static const char *after(const char *name, const char *prefix)
{
    const size_t n = strlen(prefix);
    if (strncmp(name, prefix, n) != 0) return NULL;
    name += n + strspn(name + n, "0123456789");
    return *name == '.' ? name + 1 : NULL;
}

static void compare_tensor(Set *s, const StEntry *e)
{
    static const struct {
        const char *prefix;
        void (*compare)(Set *s, const StEntry *e, const char *what);
    } kind[] = {{"decode", compare_decode},
                {"resize", compare_resize},
                {"eval", compare_eval},
                {"crop", compare_crop},
                {"augment", compare_augment}};
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        const char *what = after(e->name, kind[i].prefix);
        if (!what) continue;
        kind[i].compare(s, e, what);
        return;
    }
    golden_fail(s->g, e->name, "nothing here makes this");
}

/* Checks that every record of the JSON has a tensor. */
static void check_records(Set *s)
{
    static const char *const list[][2] = {{"crops", "crop"}, {"augment", "augment"}};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < json_array_size(json_object_get(s->f.json, list[i][0])); k++) {
            char *name = mem_format("%s.%zu", list[i][1], k);
            if (!st_find(s->f.tensors, name)) golden_fail(s->g, name, "not stored");
            mem_free(name);
        }
}

/* Reports the images without a stored value. */
static void check_images(Set *s)
{
    Lines files;
    if (file_walk(s->folder, &files, &s->f.err) != 0) return;
    for (size_t i = 0; i < files.count; i++) {
        char *name = mem_format("decode.%s", files.line[i]);
        if (!st_find(s->f.tensors, name)) golden_skip(s->g, name, "no value is stored");
        mem_free(name);
    }
    lines_free(&files);
}

void golden_images(Golden *g, const char *path)
{
    Set s = {.g = g, .f = fixture_open(path)};
    s.folder = mem_format("%.*s", (int)(strrchr(path, '.') - path), path);
    if (!s.f.err.code && !s.f.tensors)
        error_set(&s.f.err, ERROR_DATA, "%s: no .safetensors in its folder", path);
    if (!s.f.err.code) {
        for (int64_t i = 0; i < st_count(s.f.tensors); i++)
            compare_tensor(&s, st_entry(s.f.tensors, i));
        check_records(&s);
        check_images(&s);
    }
    if (s.f.err.code) golden_fail(g, "fixture", "%s", s.f.err.text);
    mem_free(s.folder);
    fixture_close(&s.f);
}
