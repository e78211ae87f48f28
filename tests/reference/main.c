/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the program with stored reference values: golden [--full] DIR. Prints one line per
 * comparison and `N passed, N failed` on the last line; exits with 1 if any failed or none
 * ran. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "tests/reference/golden.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Maps fixtures to comparers, or gives the reason why they are not compared. --full runs only
 * the full-size ones. */
typedef struct Comparer {
    const char *glob; /* matches the path relative to DIR */
    void (*compare)(Golden *g, const char *path);
    bool full;
    const char *why_not; /* reason, if there is no comparer */
} Comparer;

static const Comparer comparers[] = {
    {"losses*.json", golden_losses, false, NULL},
    {"metrics*.json", golden_metrics, false, NULL},
    {"images*.json", golden_images, false, NULL},
    {"model_*.json", golden_model, false, NULL},
    {"full_*.json", golden_full, true, NULL},
    {"relative_position*.safetensors", golden_position, false, NULL},
    {"clip_tokens*.json", golden_tokens, false, NULL},
    {"clip_*.json", golden_clip, false, NULL},
    {"weights/*", golden_weights, false, NULL},
    {"*.json", NULL, false, "no comparer knows this kind of fixture"},
};

static const Comparer *find(const char *name)
{
    for (size_t i = 0; i < sizeof comparers / sizeof *comparers; i++)
        if (fnmatch(comparers[i].glob, name, FNM_PATHNAME) == 0) return &comparers[i];
    return NULL; /* data that belongs to another file */
}

static void compare(const Comparer *c, Golden *g, const char *dir, const char *name)
{
    char *path = file_join(dir, name), *stem = mem_strdup(name);
    *strrchr(stem, '.') = '\0';
    g->name = stem;
    c->compare(g, path);
    mem_free(stem);
    mem_free(path);
}

static int run(const char *dir, bool full, Golden *g)
{
    Error err = {0};
    Lines files;
    if (file_walk(dir, &files, &err) != 0) {
        fprintf(stderr, "error: %s\n", err.text);
        return -1;
    }
    for (size_t i = 0; i < files.count; i++) {
        const Comparer *c = find(files.line[i]);
        if (!c || (full && !c->full)) continue;
        if (!c->compare)
            printf("not compared: %s: %s\n", files.line[i], c->why_not);
        else if (c->full != full)
            printf("not compared: %s: full size, see make golden-full\n", files.line[i]);
        else
            compare(c, g, dir, files.line[i]);
    }
    lines_free(&files);
    return 0;
}

int main(int argc, char **argv)
{
    gemm_open();
    const bool full = argc > 1 && strcmp(argv[1], "--full") == 0;
    if (argc != (full ? 3 : 2)) {
        fprintf(stderr, "usage: golden [--full] DIR\n");
        return ERROR_USAGE;
    }
    Golden g = {0};
    if (run(argv[argc - 1], full, &g) != 0) return ERROR_RUNTIME;
    printf("%ld passed, %ld failed\n", g.passed, g.failed);
    return g.failed || !g.passed ? ERROR_RUNTIME : EXIT_OK;
}
