/* SPDX-License-Identifier: Apache-2.0 */
/* Creates the synthetic data set. */
#include "data/synth/synth.h"

#include "core/io/progress.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "data/folder/folder.h"
#include "data/synth/synth_draw.h"
#include "data/synth/synth_text.h"

#include <stdio.h>

enum Set { TRAIN, TEST };

/* Purpose of a random stream of image i, used in place of the epoch. Training streams are
 * even; adding TEST gives the odd test streams. */
enum Stream { SCENE = 0, NOISE = 2, CAPTIONS = 4, OMISSIONS = 6 };

enum { BLOCK = 256, PATH = 48, CAPTION_COUNT = 2 };

static Rng stream(const SynthConfig *c, enum Set set, enum Stream what, int64_t i)
{
    return rng_new(c->seed, (uint32_t)what + (uint32_t)set, (uint64_t)i, RNG_SYNTH);
}

static SynthScene scene(const SynthConfig *c, enum Set set, int64_t i)
{
    Rng rng = stream(c, set, SCENE, i);
    return synth_scene(&rng, (int)c->objects);
}

static void image_name(enum Set set, int64_t i, char out[static PATH])
{
    snprintf(out, PATH, "images/%s/%06ld.png", set == TRAIN ? "train" : "test", i);
}

/* ---- images, one block at a time on all threads ----------------------------------------- */

typedef struct Block {
    const SynthConfig *config;
    const DataFolder *folder;
    enum Set set;
    int64_t first;
    Error err[BLOCK];
} Block;

static void draw_image(int64_t i, void *context)
{
    Block *b = context;
    char name[PATH];
    const int64_t number = b->first + i;
    const SynthScene s = scene(b->config, b->set, number);
    Rng noise = stream(b->config, b->set, NOISE, number);
    Image image = synth_draw(&s, b->config->size, &noise);
    image_name(b->set, number, name);
    folder_image(b->folder, name, &image, &b->err[i]);
    image_free(&image);
}

/* The error of the first failed image is reported. */
static int draw_block(Block *b, int64_t count, Error *err)
{
    parallel_for(count, draw_image, b);
    for (int64_t i = 0; i < count; i++)
        if (error_move(err, &b->err[i]) != 0) return -1;
    return 0;
}

static int draw_set(const SynthConfig *c, const DataFolder *f, enum Set set, Error *err)
{
    const int64_t total = set == TRAIN ? c->train : c->test;
    if (folder_make(f, set == TRAIN ? "images/train" : "images/test", err) != 0) return -1;
    Block *b = mem_calloc(1, sizeof *b);
    *b = (Block){.config = c, .folder = f, .set = set};
    Progress progress =
        progress_start(set == TRAIN ? "drawing training images" : "drawing test images", total);
    int status = 0;
    for (; b->first < total && status == 0; b->first += BLOCK) {
        const int64_t rest = total - b->first;
        status = draw_block(b, rest < BLOCK ? rest : BLOCK, err);
        progress_step(&progress, b->first + (rest < BLOCK ? rest : BLOCK), NULL);
    }
    if (status == 0) progress_end(&progress, total);
    mem_free(b);
    return status;
}

/* ---- annotations ------------------------------------------------------------------------ */

static int omit_tags(const SynthConfig *c, int64_t i, int32_t *tag, int count)
{
    Rng rng = stream(c, TRAIN, OMISSIONS, i);
    int kept = 0;
    for (int k = 0; k < count; k++)
        if (rng_uniform(&rng) >= c->missing) tag[kept++] = tag[k];
    return kept;
}

/* Keeps those of the named tags that are annotated. Both lists are ascending. */
static int64_t intersect(int32_t *named, int64_t count, const int32_t *kept, int64_t tags)
{
    int64_t both = 0;
    for (int64_t i = 0, k = 0; i < count; i++) {
        while (k < tags && kept[k] < named[i]) k++;
        if (k < tags && kept[k] == named[i]) named[both++] = named[i];
    }
    return both;
}

static void annotate_training(const SynthConfig *c, DataFolder *f, int64_t i, SynthReport *r)
{
    char name[PATH];
    int32_t tag[SYNTH_NAMED];
    const SynthScene s = scene(c, TRAIN, i);
    r->unseen += synth_scene_tags(&s, true, tag);
    const int all = synth_scene_tags(&s, false, tag), kept = omit_tags(c, i, tag, all);
    r->true_tags += all;
    r->left_out += all - kept;
    Rng rng = stream(c, TRAIN, CAPTIONS, i);
    SynthCaption caption[CAPTION_COUNT];
    FolderCaption view[CAPTION_COUNT];
    for (int k = 0; k < CAPTION_COUNT; k++) {
        caption[k] = synth_caption(&s, k == 0 ? SYNTH_ARRANGED : SYNTH_LISTED, &rng);
        caption[k].tags = intersect(caption[k].tag, caption[k].tags, tag, kept);
        view[k] = (FolderCaption){caption[k].text, caption[k].tag, caption[k].tags};
    }
    image_name(TRAIN, i, name);
    folder_training(f, name, tag, kept, view, CAPTION_COUNT);
}

static int annotate_test(DataFolder *f, const SynthScene *s, enum FolderSplit split,
                         const char *image)
{
    int32_t tag[SYNTH_NAMED];
    char text[SYNTH_NAMED][SYNTH_NAME];
    const char *name[SYNTH_NAMED];
    const bool unseen = split == FOLDER_UNSEEN;
    const int count = synth_scene_tags(s, unseen, tag);
    for (int k = 0; k < count; k++) {
        synth_tag_name(unseen, tag[k], text[k]);
        name[k] = text[k];
    }
    folder_test(f, split, image, name, count);
    return count;
}

static void annotate(const SynthConfig *c, DataFolder *f, SynthReport *r)
{
    char name[PATH];
    for (int64_t i = 0; i < c->train; i++) annotate_training(c, f, i, r);
    for (int64_t i = 0; i < c->test; i++) {
        const SynthScene s = scene(c, TEST, i);
        image_name(TEST, i, name);
        r->test_seen += annotate_test(f, &s, FOLDER_SEEN, name);
        r->test_unseen += annotate_test(f, &s, FOLDER_UNSEEN, name);
    }
}

static const char *grain(bool unseen, int k)
{
    if (unseen || k >= SYNTH_COLORS + SYNTH_SHAPES) return "color + shape";
    return k < SYNTH_COLORS ? "color" : "shape";
}

static int list_tags(DataFolder *f, enum FolderSplit split, Error *err)
{
    const bool unseen = split == FOLDER_UNSEEN;
    for (int k = 0; k < (unseen ? SYNTH_UNSEEN : SYNTH_SEEN); k++) {
        char name[SYNTH_NAME], text[SYNTH_DESCRIPTIONS][SYNTH_DESCRIPTION];
        const char *view[SYNTH_DESCRIPTIONS];
        synth_tag_name(unseen, k, name);
        for (int i = 0; i < SYNTH_DESCRIPTIONS; i++) {
            synth_description(unseen, k, i, text[i]);
            view[i] = text[i];
        }
        if (folder_tag(f, split, name, grain(unseen, k), view, SYNTH_DESCRIPTIONS, err) != 0)
            return -1;
    }
    return 0;
}

int synth_prepare(const char *out, const SynthConfig *c, SynthReport *report, Error *err)
{
    CHECK(c->train >= 1 && c->test >= 1 && c->size >= 16 && c->objects >= 1 &&
              c->objects <= SYNTH_OBJECTS,
          "%ld + %ld images of %ld pixels", c->train, c->test, c->size);
    *report = (SynthReport){0};
    DataFolder f;
    int status = folder_begin(out, &f, err);
    if (status == 0) status = draw_set(c, &f, TRAIN, err);
    if (status == 0) status = draw_set(c, &f, TEST, err);
    if (status == 0) status = list_tags(&f, FOLDER_SEEN, err);
    if (status == 0) status = list_tags(&f, FOLDER_UNSEEN, err);
    if (status == 0) {
        annotate(c, &f, report);
        status = folder_finish(&f, err);
    }
    folder_free(&f);
    return status;
}
