/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps, one image at a time: reads the image, runs the model again for the chosen tags,
 * and draws the maps. */
#include "eval/tag/heatmap_files.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/option.h"
#include "core/parallel.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "data/image/fit.h"
#include "eval/tag/heatmap.h"
#include "model/attention_map.h"

#include <string.h>

/* maximum number of bytes taken from the name of the image and from the tag */
enum { NAME = 100 };

static int check_tags(const HeatmapOptions *o, const TagList *list, Error *err)
{
    for (int64_t i = 0; i < o->tags; i++) {
        if (tags_find(list, o->tag[i]) >= 0) continue;
        const char *near =
            option_nearest(o->tag[i], (const char *const *)list->name, (size_t)list->count);
        char hint[OPTION_HINT];
        return error_set(err, ERROR_USAGE, "--heatmap-tag %s: not in the tag list%s", o->tag[i],
                         option_hint(near, hint));
    }
    return 0;
}

int heatmap_files_open(const HeatmapOptions *o, const Recognizer *r, const TagChoice *choice,
                       int64_t images, HeatmapFiles *out, Error *err)
{
    const int64_t K = r->labels.tags.count;
    const int64_t most = o->tags > 0 ? o->tags : o->max_tags < K ? o->max_tags : K;
    if (!r->model)
        return error_set(err, ERROR_USAGE,
                         "--heatmap: only RAM++ has a decoder whose attention can be drawn");
    *out = (HeatmapFiles){.options = *o, .recognizer = r, .choice = choice};
    if (check_tags(o, &r->labels.tags, err) != 0 || file_mkdirs(o->folder, err) != 0) return -1;
    out->names = hash_map_new(images * most);
    out->found = mem_alloc((size_t)K * sizeof *out->found);
    out->tag = mem_alloc((size_t)most * sizeof *out->tag);
    return 0;
}

void heatmap_files_close(HeatmapFiles *h)
{
    if (h->tag)
        log_info("%s: %ld heat map%s", h->options.folder, h->files, strings_s(h->files));
    hash_map_free(&h->names);
    mem_free(h->found);
    mem_free(h->tag);
}

/* ---- names ------------------------------------------------------------------------------- */

static bool plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '-' || (unsigned char)c >= 0x80;
}

/* "images/a cat.jpg", "black & white" -> "a cat.black___white" */
static char *file_stem(const char *image, const char *tag)
{
    const char *slash = strrchr(image, '/'), *base = slash ? slash + 1 : image;
    const char *dot = strrchr(base, '.');
    const size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char *safe = mem_strdup(tag);
    printable_make(safe, "");
    for (char *p = safe; *p; p++)
        if (!plain(*p)) *p = '_';
    char *stem = mem_format("%.*s.%.*s", (int)utf8_cut(base, len, NAME), base,
                            (int)utf8_cut(safe, strlen(safe), NAME), safe);
    mem_free(safe);
    return stem;
}

/* FOLDER/IMAGE.TAG.png, or with the first unused number as a suffix. Owned. */
static char *file_name(const char *folder, const char *image, const char *tag, HashMap *taken)
{
    char *stem = file_stem(image, tag), *name = mem_format("%s.png", stem);
    uint8_t hash[HASH_BYTES];
    hash_of(name, strlen(name), hash);
    for (int64_t i = 2; hash_map_has(taken, hash); i++) {
        mem_free(name);
        name = mem_format("%s-%ld.png", stem, i);
        hash_of(name, strlen(name), hash);
    }
    hash_map_add(taken, hash, 0);
    char *path = file_join(folder, name);
    mem_free(name);
    mem_free(stem);
    return path;
}

/* ---- one image --------------------------------------------------------------------------- */

/* The maps of one image, and the files to write. */
typedef struct Drawing {
    Image image;
    int64_t side, count; /* cells per side of a map; number of maps */
    float *map;          /* [count, side, side] */
    char **path;         /* [count] */
    Error *error;        /* [count] */
} Drawing;

static void write_one(int64_t i, void *context)
{
    const Drawing *d = context;
    Image drawn = heatmap_draw(&d->image, d->side, d->map + i * d->side * d->side);
    image_write_png(d->path[i], &drawn, &d->error[i]);
    image_free(&drawn);
}

static int write_drawing(const Drawing *d, Error *err)
{
    parallel_for(d->count, write_one, (void *)(uintptr_t)d);
    for (int64_t i = 0; i < d->count; i++)
        if (error_move(err, &d->error[i]) != 0) return -1;
    return 0;
}

/* Runs the model on the image and fills the maps of its tags. */
static void compute_maps(const Scorer *s, const Image *image, int64_t n, const int64_t *tag,
                         float *map)
{
    const int64_t S = ram_plus_shape(s->model).image_size;
    float *pixels = mem_alloc((size_t)(3 * S * S) * sizeof *pixels);
    Tape *tape = s->shards->joint;
    const TapeMark mark = tape_mark(tape);
    scorer_view(s, image, pixels);
    Tensor *x = tape_input(tape, 4, (int64_t[]){1, 3, S, S}, pixels);
    const RamPlusImage encoded = ram_plus_image(tape, s->model, x);
    attention_map(tape, s->model, &encoded, s->bank, n, tag, map);
    tape_rewind(tape, mark);
    mem_free(pixels);
}

static int draw(HeatmapFiles *h, const char *path, int64_t n, Error *err)
{
    const Recognizer *r = h->recognizer;
    const Scorer scorer = recognizer_scorer(r);
    Drawing d = {.side = attention_map_side(r->model), .count = n};
    if (scorer_read(&scorer, path, &d.image, NULL, err) != 0) return -1;
    d.map = mem_alloc((size_t)(n * d.side * d.side) * sizeof *d.map);
    d.path = mem_alloc((size_t)n * sizeof *d.path);
    d.error = mem_calloc((size_t)n, sizeof *d.error);
    compute_maps(&scorer, &d.image, n, h->tag, d.map);
    image_fit(&d.image, FIT_LONGEST, HEATMAP_SIDE, RESIZE_BICUBIC);
    for (int64_t i = 0; i < n; i++)
        d.path[i] =
            file_name(h->options.folder, path, r->labels.tags.name[h->tag[i]], &h->names);
    int status = label_bank_check(scorer.bank, err);
    if (status == 0) status = write_drawing(&d, err);
    for (int64_t i = 0; i < n; i++) mem_free(d.path[i]);
    mem_free(d.error);
    mem_free(d.path);
    mem_free(d.map);
    image_free(&d.image);
    return status;
}

/* Writes the tags to draw to h->tag and returns their number. */
static int64_t choose(const HeatmapFiles *h, const float *score)
{
    const HeatmapOptions *o = &h->options;
    const TagList *list = &h->recognizer->labels.tags;
    for (int64_t i = 0; i < o->tags; i++) h->tag[i] = tags_find(list, o->tag[i]);
    if (o->tags > 0) return o->tags;
    int64_t n = tag_choice_apply(h->choice, list->count, score, h->found);
    if (n > o->max_tags) n = o->max_tags;
    for (int64_t i = 0; i < n; i++) h->tag[i] = h->found[i].at;
    return n;
}

int heatmap_files_draw(HeatmapFiles *h, const char *path, const float *score, Error *err)
{
    Tape *tape = h->recognizer->shards->joint;
    const bool recording = tape_recording(tape), training = tape_training(tape);
    const int64_t n = choose(h, score);
    if (n == 0) return 0;
    tape_set_recording(tape, false);
    tape_set_training(tape, false);
    const int status = draw(h, path, n, err);
    tape_set_recording(tape, recording);
    tape_set_training(tape, training);
    h->files += n;
    return status;
}
