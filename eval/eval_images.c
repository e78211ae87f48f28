/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the image files of an evaluation list, before anything is computed. */
#include "eval/eval_images.h"

#include "configs/config.h"
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

/* Missing images that are named, and images that are looked for in each place. */
enum { NAMED = 10, SAMPLE = 64 };

/* Whether the folder holds one of SAMPLE images all over the list. If the machine cannot tell,
 * they are looked for there, and that says why. */
static bool holds_one(const char *root, const Benchmark *b)
{
    const int64_t stride = b->images > SAMPLE ? b->images / SAMPLE : 1;
    bool found = false;
    for (int64_t i = 0; !found && i < b->images; i += stride) {
        Error why = {0};
        char *path = benchmark_image_path(root, b, i, &why);
        found = path || why.code == ERROR_RUNTIME;
        mem_free(path);
    }
    return found;
}

char *eval_images_root(const char *folder, const char *root, const char *data_root,
                       const Benchmark *b)
{
    enum { OWN, STATED, ABOVE, ITSELF, DATA, PLACES };
    static const char *const said[PLACES] = {[STATED] = "dataset.yaml", [DATA] = "data.root"};
    if (root && *root) return mem_strdup(root);
    char *place[PLACES] = {[OWN] = file_join(folder, "imgs"),
                           [ABOVE] = file_join(folder, ".."),
                           [ITSELF] = mem_strdup(folder),
                           [DATA] = data_root && *data_root ? mem_strdup(data_root) : NULL};
    place[STATED] = config_eval_root(place[ABOVE]);
    int chosen = 0;
    while (chosen < PLACES && !(place[chosen] && holds_one(place[chosen], b))) chosen++;
    if (chosen == PLACES) chosen = file_is_dir(place[OWN]) ? OWN : ABOVE;
    if (said[chosen])
        log_info("%s: its images are in %s (%s)", folder, place[chosen], said[chosen]);
    char *found = mem_strdup(place[chosen]);
    for (int i = 0; i < PLACES; i++) mem_free(place[i]);
    return found;
}

static void name_missing(const char *list, const char *root, const Benchmark *b,
                         char *const *path, int64_t missing)
{
    int64_t named = 0;
    for (int64_t i = 0; i < b->images && named < NAMED; i++)
        if (!path[i]) {
            Error why = {0};
            mem_free(benchmark_image_path(root, b, i, &why));
            log_warn("%s: missing image: %s", list, why.code ? why.text : b->image[i]);
            named++;
        }
    if (missing > named) log_warn("%s: and %ld more", list, missing - named);
}

/* Removes the images without a path. */
static void drop_missing(Benchmark *b, char **path)
{
    bool *keep = mem_calloc((size_t)b->images, sizeof *keep);
    int64_t n = 0;
    for (int64_t i = 0; i < b->images; i++) {
        keep[i] = path[i] != NULL;
        if (keep[i]) path[n++] = path[i];
    }
    benchmark_keep(b, keep);
    mem_free(keep);
}

int eval_images_find(const char *list, const char *root, int64_t allow, Benchmark *b,
                     char ***path, int64_t *missing, Error *err)
{
    const int64_t all = b->images;
    Error first = {0}; /* why a name may not be used */
    *missing = 0;
    *path = mem_calloc((size_t)all + 1, sizeof **path);
    for (int64_t i = 0; i < all; i++) {
        Error why = {0};
        (*path)[i] = benchmark_image_path(root, b, i, &why);
        if (why.code == ERROR_RUNTIME) return error_move(err, &why);
        error_move(&first, &why);
        *missing += !(*path)[i];
    }
    if (*missing == 0) return 0;
    name_missing(list, root, b, *path, *missing);
    if (*missing <= allow && *missing < all) {
        log_warn("%s: %ld of %ld images are missing and left out of every result", list,
                 *missing, all);
        drop_missing(b, *path);
        return 0;
    }
    if (first.code)
        return error_set(err, ERROR_DATA, "%s: %ld of %ld images are missing below %s: %s",
                         list, *missing, all, root, first.text);
    return error_set(err, ERROR_DATA,
                     "%s: %ld of %ld images are missing below %s: name their folder (eval "
                     "--root, eval.root of a run), or leave up to N images out (eval "
                     "--allow-missing N, eval.allow_missing=N of a run)",
                     list, *missing, all, root);
}
