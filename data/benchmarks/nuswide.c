/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lists of images and tags, then the labels, which are matched by line number. */
#include "data/benchmarks/nuswide.h"

#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/mem.h"
#include "core/printable.h"
#include "data/benchmarks/bit_rows.h"
#include "data/folder/dataset_yaml.h"
#include "data/folder/record_out.h"
#include "data/tags.h"

#include <string.h>

/* A list of images. */
typedef struct List {
    int64_t lines, first, images; /* images first .. first+images-1 of the set are its own */
    int32_t *image;               /* [lines] image of the set, or -1: left out */
} List;

typedef struct Work {
    const char *out;
    const NuswideConfig *config;
    NuswideCounts *counts;
    LabelSet set; /* the seen tags, then the concepts */
    RecordList bad;
    List train, test;
    TagList concepts, tags;
    int32_t *seen;    /* [tags.count] tag of the set, or -1: a concept */
    int64_t concept0; /* the first concept of the set */
} Work;

/* Lists what is wrong, unless the machine is at fault. */
static int reject(Work *w, Error *why, Error *err)
{
    if (why->code != ERROR_DATA) return error_move(err, why);
    w->counts->bad++;
    record_list_add_error(&w->bad, why);
    return 0;
}

/* ---- lists ------------------------------------------------------------------------------- */

static int read_tags(const Work *w, const char *const *name, TagList *out, Error *err)
{
    char *path = file_first_of(w->config->root, name);
    if (!path) path = file_join(w->config->root, name[0]); /* says that it is missing */
    const int status = tags_read(path, out, err);
    mem_free(path);
    return status;
}

static int read_vocabulary(Work *w, Error *err)
{
    static const char *const concepts[] = {"ConceptsList/Concepts81.txt", "Concepts81.txt",
                                           NULL};
    static const char *const tags[] = {"NUS_WID_Tags/TagList1k.txt", NULL};
    if (read_tags(w, concepts, &w->concepts, err) != 0) return -1;
    if (read_tags(w, tags, &w->tags, err) != 0) return -1;
    w->seen = mem_alloc((size_t)w->tags.count * sizeof *w->seen);
    for (int64_t k = 0; k < w->tags.count; k++) {
        const char *name = w->tags.name[k];
        const bool seen = tags_find(&w->concepts, name) < 0;
        w->seen[k] = seen ? (int32_t)label_set_add_tag(&w->set, name) : -1;
    }
    w->concept0 = w->set.tags;
    for (int64_t k = 0; k < w->concepts.count; k++)
        label_set_add_tag(&w->set, w->concepts.name[k]);
    return 0;
}

/* Checks the name of an image, whose parts Windows divides by `\`, and that it is there. */
static int check_image(const Work *w, const char *path, int64_t line, char *name, Error *why)
{
    Error fault = {0};
    bool found = true;
    for (char *p = name; *p; p++)
        if (*p == '\\') *p = '/';
    if (!*name || printable_find_fault(name))
        return error_set(why, ERROR_DATA, "%s: line %ld: not the name of an image", path, line);
    if (!w->config->images) return 0;
    char *full = path_below(w->config->images, name, false, &fault);
    if (full) file_find(full, &found, &fault);
    mem_free(full);
    if (found && !fault.code) return 0;
    return error_set(why, fault.code ? fault.code : ERROR_DATA, "%s: line %ld: %s: %s", path,
                     line, name, fault.code ? fault.text : "no such image");
}

static int take_images(Work *w, const char *path, const Lines *lines, List *list, Error *err)
{
    list->lines = (int64_t)lines->count;
    list->first = w->set.images;
    list->image = mem_alloc((lines->count + 1) * sizeof *list->image);
    for (int64_t i = 0; i < list->lines; i++) {
        Error why = {0};
        char *name = lines->line[i];
        name[strcspn(name, " \t")] = 0;
        const bool good = check_image(w, path, i + 1, name, &why) == 0;
        list->image[i] = good ? (int32_t)label_set_add_image(&w->set, name) : -1;
        if (!good && reject(w, &why, err) != 0) return -1;
    }
    list->images = w->set.images - list->first;
    return 0;
}

static int read_images(Work *w, const char *name, List *list, Error *err)
{
    Lines lines = {0};
    char *path = file_join(w->config->root, name);
    int status = lines_read(path, &lines, err);
    if (status == 0) status = take_images(w, path, &lines, list, err);
    lines_free(&lines);
    mem_free(path);
    return status;
}

/* ---- labels ------------------------------------------------------------------------------ */

static int fail_length(const BitRows *r, int64_t lines, Error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: %s lines than images in the list (%ld): not of this list", r->path,
                     r->row < lines ? "fewer" : "more", lines);
}

/* Adds a label where a row has a 1; tag [columns]: of the set, or -1. */
static int read_rows(Work *w, BitRows *r, const List *list, const int32_t *tag, Error *err)
{
    int status;
    for (;;) {
        Error why = {0};
        status = bit_rows_next(r, &why);
        if (status == 0 || r->row > list->lines) break;
        if (status < 0 && reject(w, &why, err) != 0) return -1;
        const int32_t image = list->image[r->row - 1];
        for (int64_t k = 0; status > 0 && image >= 0 && k < r->columns; k++)
            if (r->bit[k] && tag[k] >= 0) label_set_add_label(&w->set, image, tag[k]);
    }
    return status == 0 && r->row == list->lines ? 0 : fail_length(r, list->lines, err);
}

static int read_matrix(Work *w, const char *name, int64_t columns, const List *list,
                       const int32_t *tag, Error *err)
{
    BitRows rows = {0};
    char *path = file_join(w->config->root, name);
    int status = bit_rows_open(path, columns, &rows, err);
    if (status == 0) status = read_rows(w, &rows, list, tag, err);
    bit_rows_close(&rows);
    mem_free(path);
    return status;
}

/* The file of a concept has one column. */
static int read_concepts(Work *w, Error *err)
{
    int status = 0;
    for (int64_t k = 0; status == 0 && k < w->concepts.count; k++) {
        const int32_t tag = (int32_t)(w->concept0 + k);
        char *name =
            mem_format("Groundtruth/TrainTestLabels/Labels_%s_Test.txt", w->concepts.name[k]);
        status = strchr(w->concepts.name[k], '/')
                     ? error_set(err, ERROR_DATA, "%s: not a name of a concept", name)
                     : read_matrix(w, name, 1, &w->test, &tag, err);
        mem_free(name);
    }
    return status;
}

static int read_all(Work *w, Error *err)
{
    const int64_t K = w->tags.count;
    if (read_images(w, "ImageList/TrainImagelist.txt", &w->train, err) != 0) return -1;
    if (read_images(w, "ImageList/TestImagelist.txt", &w->test, err) != 0) return -1;
    w->counts->train_list = w->train.lines;
    w->counts->test_list = w->test.lines;
    if (read_matrix(w, "NUS_WID_Tags/Train_Tags1k.dat", K, &w->train, w->seen, err) != 0)
        return -1;
    if (read_matrix(w, "NUS_WID_Tags/Test_Tags1k.dat", K, &w->test, w->seen, err) != 0)
        return -1;
    return read_concepts(w, err);
}

/* ---- results ----------------------------------------------------------------------------- */

/* The images of a list; with a tag of the part, unless all are kept. Owned. */
static bool *images_of(const Work *w, const List *list, const bool *tag, bool keep)
{
    bool *of = mem_calloc((size_t)w->set.images + 1, sizeof *of);
    bool *has = label_set_having(&w->set, &(LabelPart){.tag = tag});
    for (int64_t i = list->first; i < list->first + list->images; i++) of[i] = keep || has[i];
    mem_free(has);
    return of;
}

static int write_eval(const Work *w, const char *name, const bool *tag, LabelCounts *counts,
                      Error *err)
{
    bool *image = images_of(w, &w->test, tag, w->config->keep_unlabeled);
    const int status = label_set_write_eval(&w->set, &(LabelPart){.image = image, .tag = tag},
                                            w->out, name, counts, err);
    mem_free(image);
    return status;
}

static int write_train(const Work *w, const bool *tag, Error *err)
{
    bool *image = images_of(w, &w->train, tag, false);
    const int status = label_set_write_train(&w->set, &(LabelPart){.image = image, .tag = tag},
                                             w->out, &w->counts->train, err);
    mem_free(image);
    return status;
}

static int write_all(const Work *w, Error *err)
{
    const char *const eval[] = {"seen", "unseen", "all"};
    const size_t K = (size_t)w->set.tags + 1;
    bool *seen = mem_calloc(K, sizeof *seen), *unseen = mem_calloc(K, sizeof *unseen);
    for (int64_t k = 0; k < w->set.tags; k++) {
        seen[k] = k < w->concept0;
        unseen[k] = !seen[k];
    }
    int status = write_eval(w, "seen", seen, &w->counts->seen, err);
    if (status == 0) status = write_eval(w, "unseen", unseen, &w->counts->unseen, err);
    if (status == 0) status = write_eval(w, "all", NULL, &w->counts->all, err);
    if (status == 0) status = write_train(w, seen, err);
    mem_free(unseen);
    mem_free(seen);
    const DatasetYaml yaml = {.root = w->config->images,
                              .eval_root = w->config->images,
                              .train = true,
                              .eval = eval,
                              .evals = 3};
    return status == 0 ? dataset_yaml_write(w->out, &yaml, err) : -1;
}

static void work_free(Work *w)
{
    label_set_free(&w->set);
    tags_free(&w->concepts);
    tags_free(&w->tags);
    mem_free(w->train.image);
    mem_free(w->test.image);
    mem_free(w->seen);
}

int nuswide_prepare(const char *out, const NuswideConfig *config, NuswideCounts *counts,
                    Error *err)
{
    *counts = (NuswideCounts){0};
    Work w = {.out = out, .config = config, .counts = counts};
    int status = file_need_dir(config->root, "", err);
    if (status == 0) status = label_set_begin(out, err);
    if (status == 0) status = record_list_open(out, "bad.txt", &w.bad, err);
    if (status == 0) status = read_vocabulary(&w, err);
    if (status == 0) status = read_all(&w, err);
    if (status == 0) {
        label_set_sort(&w.set);
        status = write_all(&w, err);
    }
    status = record_list_close(&w.bad, status, err);
    work_free(&w);
    return status;
}
