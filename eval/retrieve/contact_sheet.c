/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing thumbnails and score bars in a grid. */
#include "eval/retrieve/contact_sheet.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "core/strings/strings.h"
#include "data/image/fit.h"

#include <math.h>
#include <string.h>

enum { PITCH_X = SHEET_CELL + SHEET_GAP, PITCH_Y = SHEET_CELL + SHEET_BAR + 2 * SHEET_GAP };
enum { MAX_SIDE = 65535, MAX_PIXELS = 1 << 28 }; /* limits of an image: data/image/image.h */

static const uint8_t GROUND[3] = {255, 255, 255}, MISSING[3] = {200, 200, 200},
                     EMPTY[3] = {228, 232, 238}, FULL[3] = {37, 99, 235};

int contact_sheet_check(int64_t rows, int64_t columns, Error *err)
{
    if (columns <= MAX_SIDE / PITCH_X - 1 && rows <= MAX_SIDE / PITCH_Y - 1 &&
        (columns * PITCH_X + SHEET_GAP) * (rows * PITCH_Y + SHEET_GAP) <= MAX_PIXELS)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--sheet: %ld text%s, %ld image%s each: too large for one image", rows,
                     strings_s(rows), columns, strings_s(columns));
}

static void fill(Image *sheet, Box box, const uint8_t rgb[static 3])
{
    for (int64_t y = box.top; y < box.top + box.height; y++)
        for (int64_t x = box.left; x < box.left + box.width; x++)
            memcpy(sheet->rgb + (y * sheet->width + x) * 3, rgb, 3);
}

/* Scales the image to fit into the cell and centers it. */
static void paste(Image *sheet, const Image *image, Box cell)
{
    Image small;
    image_scale(image, FIT_LONGEST, SHEET_CELL, RESIZE_BICUBIC, &small);
    const int64_t left = cell.left + (cell.width - small.width) / 2;
    const int64_t top = cell.top + (cell.height - small.height) / 2;
    for (int64_t y = 0; y < small.height; y++)
        memcpy(sheet->rgb + ((top + y) * sheet->width + left) * 3,
               small.rgb + y * small.width * 3, (size_t)small.width * 3);
    image_free(&small);
}

typedef struct Work {
    Image *sheet;
    const Ranking *ranking;
    const Scorer *scorer;
    const ImagePaths *images;
    Error *error; /* of each cell */
} Work;

/* Draws cell i; the cells are numbered row by row. */
static void draw_cell(int64_t i, void *context)
{
    const Work *w = context;
    const int64_t row = i / w->ranking->columns, column = i % w->ranking->columns;
    if (column >= w->ranking->count[row]) return;
    const Ranked *p = &w->ranking->place[i];
    const Box cell = {column * PITCH_X + SHEET_GAP, row * PITCH_Y + SHEET_GAP, SHEET_CELL,
                      SHEET_CELL};
    Box bar = {cell.left, cell.top + SHEET_CELL + SHEET_GAP / 2, SHEET_CELL, SHEET_BAR};
    Image image = {0};
    if (scorer_read(w->scorer, w->images->path[p->at], &image, NULL, &w->error[i]) == 0)
        paste(w->sheet, &image, cell);
    else
        fill(w->sheet, cell, MISSING);
    fill(w->sheet, bar, EMPTY);
    bar.width = lround(SHEET_CELL * (double)p->score);
    fill(w->sheet, bar, FULL);
    image_free(&image);
}

/* Fails if the machine could not read an image; a bad one has become a gray cell. */
static int report(const Work *w, int64_t cells, Error *err)
{
    for (int64_t i = 0; i < cells; i++) {
        const Error *e = &w->error[i];
        if (e->code && e->code != ERROR_DATA) return error_move(err, e);
        if (e->code) log_warn("%s: shown as a gray cell", e->text);
    }
    return 0;
}

int contact_sheet_write(const char *path, const Ranking *r, const Scorer *s,
                        const ImagePaths *images, Error *err)
{
    Image sheet = image_new(r->columns * PITCH_X + SHEET_GAP, r->texts * PITCH_Y + SHEET_GAP);
    fill(&sheet, (Box){0, 0, sheet.width, sheet.height}, GROUND);
    const int64_t cells = r->texts * r->columns;
    Work w = {&sheet, r, s, images, mem_calloc((size_t)cells, sizeof(Error))};
    parallel_for(cells, draw_cell, &w);
    int status = report(&w, cells, err);
    if (status == 0) status = image_write_png(path, &sheet, err);
    mem_free(w.error);
    image_free(&sheet);
    return status;
}
