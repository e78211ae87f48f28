/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the list of a split, then the file of each class. */
#include "data/benchmarks/voc.h"

#include "core/hash_map.h"
#include "core/io/file.h"
#include "core/io/gather.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "data/folder/dataset_yaml.h"
#include "data/folder/record_out.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = 2 }; /* no line gives the label */

/* The labels of one split. */
typedef struct Split {
    const char *name;
    int64_t first, images; /* in the set */
    HashMap image;         /* name -> 1 + image of the set; 0: left out */
    int8_t *label;         /* [images, classes] as in the files, or NONE */
} Split;

typedef struct Work {
    const char *out;
    const VocConfig *config;
    VocCounts *counts;
    LabelSet set;
    RecordList bad;
    char *lists, *images; /* ImageSets/Main, JPEGImages; NULL: not looked for */
} Work;

static void reject(Work *w, Error *why)
{
    w->counts->bad++;
    record_list_add_error(&w->bad, why);
}

/* ---- images ------------------------------------------------------------------------------ */

static void key_of(const char *name, uint8_t key[static HASH_BYTES])
{
    hash_of(name, strlen(name), key);
}

static bool is_name(const char *name)
{
    return *name && !strchr(name, '/') && !printable_find_fault(name) && *name != '.';
}

/* Whether JPEGImages, if there is one, has the file. */
static int find_image(const Work *w, const char *file, const char *path, int64_t line,
                      Error *why)
{
    bool found = true;
    char *full = w->images ? file_join(w->images, file) : NULL;
    int status = full ? file_find(full, &found, why) : 0;
    if (status == 0 && !found)
        status =
            error_set(why, ERROR_DATA, "%s: line %ld: %s: no such image", path, line, full);
    mem_free(full);
    return status;
}

/* Adds image NAME.jpg. */
static int add_image(Work *w, Split *s, const char *path, int64_t line, const char *name,
                     Error *why)
{
    uint8_t key[HASH_BYTES];
    if (!is_name(name))
        return error_set(why, ERROR_DATA, "%s: line %ld: '%.40s': not the name of an image",
                         path, line, name);
    key_of(name, key);
    hash_map_make_room(&s->image);
    if (hash_map_has(&s->image, key))
        return error_set(why, ERROR_DATA, "%s: line %ld: %s: given twice", path, line, name);
    char *file = mem_format("%s.jpg", name);
    const int status = find_image(w, file, path, line, why);
    hash_map_add(&s->image, key, status == 0 ? 1 + label_set_add_image(&w->set, file) : 0);
    mem_free(file);
    return status;
}

/* Cuts `NAME VALUE` or `NAME` into its words. */
static char *cut(char **rest) { return strtok_r(*rest, " \t", rest); }

static int take_images(Work *w, Split *s, const char *path, const Lines *lines, Error *err)
{
    for (size_t i = 0; i < lines->count; i++) {
        Error why = {0};
        char *rest = lines->line[i], *image = cut(&rest);
        if (!image || add_image(w, s, path, (int64_t)i + 1, image, &why) == 0) continue;
        if (why.code == ERROR_RUNTIME) return error_move(err, &why);
        reject(w, &why);
    }
    return 0;
}

static int read_images(Work *w, Split *s, Error *err)
{
    Lines lines = {0};
    char *name = mem_format("%s.txt", s->name), *path = file_join(w->lists, name);
    int status = lines_read(path, &lines, err);
    s->first = w->set.images;
    if (status == 0) status = take_images(w, s, path, &lines, err);
    s->images = w->set.images - s->first;
    lines_free(&lines);
    mem_free(path);
    mem_free(name);
    return status;
}

/* ---- classes ----------------------------------------------------------------------------- */

static int parse_label(const char *word, int8_t *label)
{
    static const char *const words[] = {"-1", "0", "1"};
    for (int i = 0; word && i < 3; i++)
        if (strcmp(word, words[i]) == 0) return *label = (int8_t)(i - 1), 0;
    return -1;
}

/* Reads `IMAGE LABEL`. *image: its index, -1 if it is left out. */
static int read_line(const Split *s, char *text, int64_t *image, int8_t *label)
{
    uint8_t key[HASH_BYTES];
    char *rest = text, *name = cut(&rest);
    if (parse_label(cut(&rest), label) != 0 || cut(&rest)) return -1;
    key_of(name, key);
    *image = (s->image.slot ? hash_map_get(&s->image, key) : -1) - 1;
    return *image >= -1 ? 0 : -1;
}

static void take_line(Work *w, Split *s, const char *path, int64_t line, char *text, int64_t k)
{
    int64_t image;
    int8_t label;
    Error why = {0};
    if (!text[strspn(text, " \t")]) return;
    if (read_line(s, text, &image, &label) != 0) {
        error_set(&why, ERROR_DATA, "%s: line %ld: expected an image of %s.txt and 1, 0 or -1",
                  path, line, s->name);
        reject(w, &why);
    } else if (image >= 0)
        s->label[(image - s->first) * w->set.tags + k] = label;
}

/* The words of the three names that are written as one. */
static const char *words_of(const char *name)
{
    static const char *const pair[][2] = {{"diningtable", "dining table"},
                                          {"pottedplant", "potted plant"},
                                          {"tvmonitor", "tv monitor"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        if (strcmp(name, pair[i][0]) == 0) return pair[i][1];
    return name;
}

/* The classes that have a file for the split, sorted: [count] names and paths. */
static int find_classes(Work *w, const char *split, Gathered *files, Lines *names, Error *err)
{
    char *ending = mem_format("_%s.txt", split);
    const int status = gather_own_files(w->lists, files, err);
    names->line = mem_calloc((size_t)files->count + 1, sizeof *names->line);
    for (int64_t i = 0; status == 0 && i < files->count; i++) {
        const char *last = strrchr(files->path[i], '/') + 1;
        const size_t n = strlen(last) - strlen(ending);
        if (!strings_end_in(last, ending) || n == 0) continue;
        char *path = files->path[names->count];
        files->path[names->count] = files->path[i];
        files->path[i] = path;
        names->line[names->count++] = mem_format("%.*s", (int)n, last);
    }
    if (status == 0 && names->count == 0)
        error_set(err, ERROR_DATA, "%s: no CLASS%s", w->lists, ending);
    mem_free(ending);
    return names->count ? status : -1;
}

static void free_names(Lines *names)
{
    for (size_t i = 0; i < names->count; i++) mem_free(names->line[i]);
    mem_free(names->line);
}

/* The first split defines the classes, the next one must have the same. */
static int add_classes(Work *w, const Lines *names, const char *split, Error *err)
{
    const bool first = w->set.tags == 0;
    bool same = first || (int64_t)names->count == w->set.tags;
    for (size_t k = 0; same && k < names->count; k++) {
        const char *name = w->config->words ? words_of(names->line[k]) : names->line[k];
        if (first) label_set_add_tag(&w->set, name);
        same = strcmp(w->set.tag[k], name) == 0;
    }
    if (same) return 0;
    return error_set(err, ERROR_DATA, "%s: the classes of %s and %s differ", w->lists,
                     w->config->test, split);
}

static int read_class(Work *w, Split *s, const char *path, int64_t k, Error *err)
{
    Lines lines;
    if (lines_read(path, &lines, err) != 0) return -1;
    for (size_t i = 0; i < lines.count; i++)
        take_line(w, s, path, (int64_t)i + 1, lines.line[i], k);
    lines_free(&lines);
    for (int64_t i = 0; i < s->images; i++) {
        Error why = {0};
        if (s->label[i * w->set.tags + k] != NONE) continue;
        error_set(&why, ERROR_DATA, "%s: no line for %s", path,
                  w->set.image[s->first + i].name);
        reject(w, &why);
    }
    return 0;
}

static int read_labels(Work *w, Split *s, Error *err)
{
    Gathered files = {0};
    Lines names = {0};
    int status = find_classes(w, s->name, &files, &names, err);
    if (status == 0) status = add_classes(w, &names, s->name, err);
    if (status == 0) {
        const size_t cells = (size_t)(s->images * w->set.tags);
        s->label = mem_alloc(cells + 1);
        memset(s->label, NONE, cells);
    }
    for (size_t k = 0; status == 0 && k < names.count; k++)
        status = read_class(w, s, files.path[k], (int64_t)k, err);
    free_names(&names);
    gathered_free(&files);
    return status;
}

static int read_split(Work *w, Split *s, Error *err)
{
    if (read_images(w, s, err) != 0 || read_labels(w, s, err) != 0) return -1;
    const int difficult = w->config->difficult;
    for (int64_t i = 0; i < s->images; i++)
        for (int64_t k = 0; k < w->set.tags; k++) {
            const int8_t label = s->label[i * w->set.tags + k];
            if (label == 1 || (label == 0 && difficult == VOC_DIFFICULT_POSITIVE))
                label_set_add_label(&w->set, s->first + i, k);
            if (label == 0 && difficult == VOC_DIFFICULT_UNKNOWN)
                label_set_add_unknown(&w->set, s->first + i, k);
        }
    return 0;
}

static void split_free(Split *s)
{
    mem_free(s->label);
    hash_map_free(&s->image);
}

/* ---- results ----------------------------------------------------------------------------- */

/* The table of labels with -1 for what is not annotated. */
static int write_truth(const Work *w, const Split *s, Error *err)
{
    static const char *const value[] = {"0", "-1", "1", "-1"}; /* of -1, 0, 1, NONE */
    Text t = {0};
    char *folder = file_join(w->out, "test");
    text_put(&t, "image");
    for (int64_t k = 0; k < w->set.tags; k++) text_put(&t, ","), text_csv(&t, w->set.tag[k]);
    text_put(&t, "\n");
    for (int64_t i = 0; i < s->images; i++) {
        text_csv(&t, w->set.image[s->first + i].name);
        for (int64_t k = 0; k < w->set.tags; k++) {
            const int8_t label = s->label[i * w->set.tags + k];
            w->counts->difficult += label == 0;
            text_add(&t, ",%s", value[label + 1]);
        }
        text_put(&t, "\n");
    }
    const int status = text_write_in(folder, "truth.csv", t.data, err);
    mem_free(folder);
    text_free(&t);
    return status;
}

static int write_all(Work *w, const Split *test, Error *err)
{
    const char *const eval[] = {"test"};
    VocCounts *c = w->counts;
    bool *image = mem_calloc((size_t)w->set.images + 1, sizeof *image);
    for (int64_t i = 0; i < test->images; i++) image[i] = true;
    int status = label_set_write_eval(&w->set, &(LabelPart){.image = image}, w->out, "test",
                                      &c->test, err);
    if (status == 0) status = write_truth(w, test, err);
    for (int64_t i = 0; i < w->set.images; i++) image[i] = !image[i];
    if (status == 0 && w->config->train)
        status = label_set_write_train(&w->set, &(LabelPart){.image = image}, w->out, &c->train,
                                       err);
    mem_free(image);
    const DatasetYaml yaml = {.root = w->images,
                              .eval_root = w->images,
                              .eval = eval,
                              .train = w->config->train != NULL,
                              .evals = 1};
    return status == 0 ? dataset_yaml_write(w->out, &yaml, err) : -1;
}

/* An image to train on that is also one to evaluate on would be seen twice. */
static int check_disjoint(const Work *w, const Split *test, const Split *train, Error *err)
{
    const int64_t i = label_set_repeated(&w->set, train->first);
    if (i < 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: is in %s.txt and in %s.txt: choose splits that share no image",
                     w->set.image[i].name, test->name, train->name);
}

static int prepare(Work *w, Error *err)
{
    Split test = {.name = w->config->test}, train = {.name = w->config->train};
    int status = read_split(w, &test, err);
    if (status == 0 && train.name) status = read_split(w, &train, err);
    if (status == 0 && train.name) status = check_disjoint(w, &test, &train, err);
    w->counts->images = w->set.images;
    w->counts->classes = w->set.tags;
    label_set_sort(&w->set);
    if (status == 0) status = write_all(w, &test, err);
    split_free(&train);
    split_free(&test);
    return status;
}

int voc_prepare(const char *out, const VocConfig *config, VocCounts *counts, Error *err)
{
    *counts = (VocCounts){0};
    Work w = {.out = out, .config = config, .counts = counts};
    w.lists = file_join(config->devkit, "ImageSets/Main");
    w.images = file_join(config->devkit, "JPEGImages");
    int status = file_need_dir(w.lists, ": not the folder of a VOC set", err);
    if (status == 0) status = label_set_begin(out, err);
    if (status == 0) status = record_list_open(out, "bad.txt", &w.bad, err);
    if (status == 0 && !file_is_dir(w.images)) {
        log_warn("%s: no such folder: images are not looked for", w.images);
        mem_free(w.images);
        w.images = NULL;
    }
    if (status == 0) status = prepare(&w, err);
    status = record_list_close(&w.bad, status, err);
    label_set_free(&w.set);
    mem_free(w.images);
    mem_free(w.lists);
    return status;
}
