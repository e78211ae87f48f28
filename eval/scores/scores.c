/* SPDX-License-Identifier: Apache-2.0 */
/* Stored scores and their file. */
#include "eval/scores/scores.h"

#include "core/hdf5/h5_file.h"
#include "core/hdf5/h5_write.h"
#include "core/io/text.h"
#include "core/mem.h"

#include <string.h>

static size_t total_length(const char *const *name, int64_t n)
{
    size_t bytes = 0;
    for (int64_t i = 0; i < n; i++) bytes += strlen(name[i]) + 1;
    return bytes;
}

static char *copy_names(const char *const *from, int64_t n, char *to, char **name)
{
    for (int64_t i = 0; i < n; i++) {
        name[i] = to;
        for (const char *p = from[i]; *p; p++)
            *to++ = (char)((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
        *to++ = 0;
    }
    return to;
}

Scores *scores_new(const char *const *image, int64_t images, const char *const *tag,
                   int64_t tags)
{
    CHECK(images >= 0 && tags >= 0, "%ld images, %ld tags", images, tags);
    Scores *s = mem_calloc(1, sizeof *s);
    const size_t cells = (size_t)images * (size_t)tags;
    *s = (Scores){.images = images,
                  .tags = tags,
                  .image = mem_calloc((size_t)images, sizeof *s->image),
                  .tag = mem_calloc((size_t)tags, sizeof *s->tag),
                  .score = mem_calloc(cells, sizeof *s->score),
                  .truth = mem_calloc(cells, 1),
                  .threshold = mem_calloc((size_t)tags, sizeof *s->threshold),
                  .storage = mem_alloc(total_length(image, images) + total_length(tag, tags))};
    copy_names(tag, tags, copy_names(image, images, s->storage, s->image), s->tag);
    for (int64_t k = 0; k < tags; k++) s->threshold[k] = 0.5F;
    return s;
}

void scores_free(Scores *s)
{
    if (!s) return;
    mem_free(s->storage);
    mem_free(s->threshold);
    mem_free(s->truth);
    mem_free(s->score);
    mem_free(s->tag);
    mem_free(s->image);
    mem_free(s);
}

Scores *scores_select(const Scores *s, const bool *keep)
{
    const char **image = mem_alloc((size_t)s->images * sizeof *image);
    int64_t n = 0;
    for (int64_t i = 0; i < s->images; i++)
        if (keep[i]) image[n++] = s->image[i];
    Scores *part = scores_new(image, n, (const char *const *)s->tag, s->tags);
    n = 0;
    for (int64_t i = 0; i < s->images; i++) {
        if (!keep[i]) continue;
        memcpy(part->score + n * s->tags, s->score + i * s->tags,
               (size_t)s->tags * sizeof(float));
        memcpy(part->truth + n++ * s->tags, s->truth + i * s->tags, (size_t)s->tags);
    }
    memcpy(part->threshold, s->threshold, (size_t)s->tags * sizeof *s->threshold);
    part->softmax = s->softmax;
    part->cosine = s->cosine;
    memcpy(part->benchmark, s->benchmark, sizeof part->benchmark);
    mem_free(image);
    return part;
}

MetricsInput scores_input(const Scores *s)
{
    return (MetricsInput){s->images, s->tags, s->score, s->truth};
}

const char *scores_function(const Scores *s)
{
    return s->cosine ? "cosine" : s->softmax ? "softmax" : "sigmoid";
}

static void put_names(H5Writer *w, const char *name, char *const *text, int64_t n, Error *err)
{
    Text all = {0};
    text_put(&all, "");
    for (int64_t i = 0; i < n; i++) text_add(&all, "%s\n", text[i]);
    h5_put_text(w, name, all.data, err);
    text_free(&all);
}

int scores_write(const Scores *s, const char *path, Error *err)
{
    H5Writer *w;
    if (h5_create(path, "scores", &w, err) != 0) return -1;
    const int64_t shape[] = {s->images, s->tags};
    h5_put(w, "scores", H5_F32, 2, shape, s->score, err);
    h5_put(w, "truth", H5_U8, 2, shape, s->truth, err);
    h5_put(w, "thresholds", H5_F32, 1, &shape[1], s->threshold, err);
    put_names(w, "images", s->image, s->images, err);
    put_names(w, "tags", s->tag, s->tags, err);
    h5_put_text(w, "score_function", scores_function(s), err);
    if (s->benchmark[0]) h5_put_text(w, "benchmark", s->benchmark, err);
    return h5_commit(w, err); /* reports the first failure of all calls */
}

static int64_t count_lines(const char *text)
{
    int64_t n = 0;
    for (; *text; n++) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return n;
}

/* The names of one axis; *text owns them. The axis of an array without elements may have any
 * length, so it is compared before it is used. */
static int read_names(H5File *f, const char *what, int64_t n, char **text, const char ***name,
                      Error *err)
{
    if (h5_read_text(f, what, text, err) != 0) return -1;
    const int64_t found = count_lines(*text);
    if (found != n)
        return error_set(err, ERROR_DATA, "\"%s\": expected %ld names, got %ld", what, n,
                         found);
    char *at = *text;
    *name = mem_calloc((size_t)n, sizeof **name);
    for (int64_t i = 0; i < n; i++) (*name)[i] = strsep(&at, "\n");
    return 0;
}

static int read_array(H5File *f, const char *name, enum H5Type type, int64_t len, void *out,
                      Error *err)
{
    const H5Entry *e = h5_find(f, name);
    if (!e || e->type != type || e->len != len)
        return error_set(err, ERROR_DATA,
                         "\"%s\": missing, or not of the expected type and size", name);
    return h5_read(f, e, out, err);
}

static int read_function(H5File *f, Scores *s, Error *err)
{
    char *function = NULL;
    if (!h5_find(f, "score_function")) return 0;
    if (h5_read_text(f, "score_function", &function, err) != 0) return -1;
    s->softmax = strcmp(function, "softmax") == 0;
    s->cosine = strcmp(function, "cosine") == 0;
    const bool known = strcmp(function, scores_function(s)) == 0;
    mem_free(function);
    if (known) return 0;
    return error_set(err, ERROR_DATA,
                     "\"score_function\": expected sigmoid, softmax or cosine");
}

/* Files of earlier versions have no hash of the evaluation set. */
static int read_benchmark(H5File *f, Scores *s, Error *err)
{
    char *text = NULL;
    if (!h5_find(f, "benchmark")) return 0;
    if (h5_read_text(f, "benchmark", &text, err) != 0) return -1;
    const bool whole = strlen(text) == HASH_HEX - 1;
    if (whole) memcpy(s->benchmark, text, HASH_HEX);
    mem_free(text);
    return whole ? 0 : error_set(err, ERROR_DATA, "\"benchmark\": not a hash");
}

static int check_ranges(const Scores *s, Error *err)
{
    const int64_t cells = s->images * s->tags;
    for (int64_t i = 0; i < cells; i++)
        if (!(s->score[i] >= 0 && s->score[i] <= 1) ||
            (s->truth[i] > TRUTH_PRESENT && s->truth[i] != TRUTH_UNKNOWN))
            return error_set(err, ERROR_DATA, "image %ld, tag %ld (from 0): outside 0..1",
                             (i / s->tags), (i % s->tags));
    for (int64_t k = 0; k < s->tags; k++)
        if (!(s->threshold[k] >= 0 && s->threshold[k] <= 1))
            return error_set(err, ERROR_DATA, "threshold %ld (from 0): outside 0..1", k);
    return 0;
}

/* Reads everything from an open file. *out is set before the arrays are read. */
static int read_all(H5File *f, Scores **out, Error *err)
{
    char *image_text = NULL, *tag_text = NULL;
    const char **image = NULL, **tag = NULL;
    int status = -1;
    const H5Entry *e = h5_find(f, "scores");
    if (!e || e->ndim != 2) {
        error_set(err, ERROR_DATA, "\"scores\": missing: not a file of scores");
        goto done;
    }
    const int64_t images = e->shape[0], tags = e->shape[1];
    if (read_names(f, "images", images, &image_text, &image, err) != 0) goto done;
    if (read_names(f, "tags", tags, &tag_text, &tag, err) != 0) goto done;
    Scores *s = *out = scores_new(image, images, tag, tags);
    if (read_array(f, "scores", H5_F32, images * tags, s->score, err) != 0) goto done;
    if (read_array(f, "truth", H5_U8, images * tags, s->truth, err) != 0) goto done;
    if (read_array(f, "thresholds", H5_F32, tags, s->threshold, err) != 0) goto done;
    if (read_function(f, s, err) != 0) goto done;
    if (read_benchmark(f, s, err) != 0) goto done;
    status = check_ranges(s, err);
done:
    mem_free((void *)tag);
    mem_free((void *)image);
    mem_free(tag_text);
    mem_free(image_text);
    return status;
}

int scores_read(const char *path, Scores **out, Error *err)
{
    *out = NULL;
    H5File *f;
    if (h5_open(path, &f, err) != 0) return -1;
    int status = read_all(f, out, err);
    h5_close(f);
    if (status == 0) return 0;
    scores_free(*out);
    *out = NULL;
    return error_prefix(err, "%s", path);
}
