/* SPDX-License-Identifier: Apache-2.0 */
/* Joins characters of CLDR with the bitmaps of a font. */
#include "data/collections/emoji.h"

#include "core/hash_map.h"
#include "core/io/progress.h"
#include "core/mem.h"
#include "data/collections/cldr.h"
#include "data/collections/emoji_font.h"
#include "data/folder/pixel_hash.h"
#include "data/folder/xml.h"
#include "data/image/fit.h"

#include <string.h>

typedef struct Emoji {
    const EmojiConfig *config;
    EmojiReport *report;
    EmojiFont *font;
    HashMap pixels; /* hashes of the images that were kept */
    const DataFolder *folder;
    LabeledSet *set;
} Emoji;

static void to_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
}

/* Splits at `|`; white space is collapsed already, so that one blank at either end remains. */
static void add_keywords(LabeledImage *image, const char *list)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, "|");
        const char *next = p + n + (p[n] == '|');
        if (n > 0 && *p == ' ') p++, n--;
        if (n > 0 && p[n - 1] == ' ') n--;
        char *tag = mem_format("%.*s", (int)n, p);
        to_lower(tag);
        labeled_add_tag(image, tag);
        p = next;
    }
}

/* The first name and the first keywords of the character whose notes begin at `first`. Returns
 * the index past its last note. */
static int64_t label(const CldrNotes *notes, int64_t first, LabeledImage *out)
{
    const int32_t rune = notes->note[first].rune;
    int64_t i = first;
    for (; i < notes->count && notes->note[i].rune == rune; i++) {
        const CldrNote *note = &notes->note[i];
        if (note->is_name && out->captions == 0)
            labeled_add_caption(out, mem_strdup(note->text));
        else if (!note->is_name && out->tags == 0)
            add_keywords(out, note->text);
    }
    return i;
}

static int save(Emoji *e, Image *pixels, LabeledImage *image, Error *err)
{
    uint8_t hash[HASH_BYTES];
    pixel_hash(pixels, hash);
    if (!hash_map_add(&e->pixels, hash, 0)) {
        e->report->duplicates++;
        return 0;
    }
    image_fit(pixels, FIT_LONGEST, e->config->size, RESIZE_BILINEAR);
    char *path = mem_format("images/%s", image->path);
    const int status = folder_image(e->folder, path, pixels, err);
    mem_free(path);
    if (status != 0) return -1;
    e->report->kept++;
    labeled_set_add(e->set, image);
    return 0;
}

static int draw(Emoji *e, int32_t rune, LabeledImage *image, Error *err)
{
    Image pixels = {0};
    bool found;
    e->report->characters++;
    if (emoji_font_image(e->font, rune, &found, &pixels, NULL) != 0) {
        e->report->bad_bitmap++;
        return 0;
    }
    if (!found) {
        e->report->no_bitmap++;
        return 0;
    }
    image->path = mem_format("%04x.png", (unsigned)rune);
    const int status = save(e, &pixels, image, err);
    image_free(&pixels);
    return status;
}

static int draw_all(Emoji *e, const CldrNotes *notes, Error *err)
{
    Progress progress = progress_start("reading emoji", notes->count);
    int status = 0;
    for (int64_t i = 0; i < notes->count && status == 0;) {
        const int32_t rune = notes->note[i].rune;
        LabeledImage image = {0};
        i = label(notes, i, &image);
        if (image.captions > 0 && image.tags > 0) status = draw(e, rune, &image, err);
        labeled_free(&image);
        progress_step(&progress, i, NULL);
    }
    if (status == 0) progress_end(&progress, notes->count);
    return status;
}

static int read_notes(const char *cldr, CldrNotes *notes, Error *err)
{
    static const char *const name[] = {"common/annotations/en.xml",
                                       "common/annotationsDerived/en.xml"};
    int status = 0;
    xml_start();
    for (size_t i = 0; i < sizeof name / sizeof *name && status == 0; i++) {
        char *path = file_join(cldr, name[i]);
        status = cldr_read(path, notes, err);
        mem_free(path);
    }
    cldr_sort(notes);
    return status;
}

static int collect(void *context, const DataFolder *folder, LabeledSet *set, Error *err)
{
    Emoji *e = context;
    CldrNotes notes = {0};
    e->folder = folder;
    e->set = set;
    int status = read_notes(e->config->cldr, &notes, err);
    if (status == 0) status = emoji_font_open(e->config->font, &e->font, err);
    e->report->sequences = notes.sequences;
    e->pixels = hash_map_new(notes.count);
    if (status == 0) status = draw_all(e, &notes, err);
    hash_map_free(&e->pixels);
    emoji_font_free(e->font);
    cldr_free(&notes);
    return status;
}

int emoji_prepare(const char *out, const EmojiConfig *config, EmojiReport *report, Error *err)
{
    *report = (EmojiReport){0};
    Emoji e = {.config = config, .report = report};
    const AnnotateRules rules = {
        .source = config->font, .min_images = config->min_images, .seen = config->seen};
    return annotate_folder(out, &rules, collect, &e, &report->set, err);
}
