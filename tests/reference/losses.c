/* SPDX-License-Identifier: Apache-2.0 */
/* losses.json: value and gradient of every loss, with options, on ordinary and extreme
 * logits. */
#include "core/mem.h"
#include "core/ops/ops.h"
#include "tests/reference/golden.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* 1e-5 relative to max(1, |value|). */
static GoldenTolerance tolerance(double want)
{
    return (GoldenTolerance){.absolute = 1e-5 * fmax(1, fabs(want))};
}

/* Reads a list of rows of equal length: writes its sizes to shape and returns its numbers, row
 * by row, in arena memory. NULL with an error if it has another form. */
static double *read_rows(Tape *tape, const json_t *one, const char *key, int64_t shape[2],
                         Error *err)
{
    const json_t *rows = json_object_get(one, key);
    const size_t B = json_array_size(rows), K = json_array_size(json_array_get(rows, 0));
    if (B == 0 || K == 0) return error_set(err, ERROR_DATA, "\"%s\" is empty", key), NULL;
    double *out = tape_alloc(tape, B * K * sizeof *out);
    for (size_t i = 0; i < B * K; i++) {
        const json_t *row = json_array_get(rows, i / K), *v = json_array_get(row, i % K);
        if (json_array_size(row) != K || !json_is_number(v))
            return error_set(err, ERROR_DATA, "\"%s\": row %zu: not %zu numbers", key, i / K,
                             K),
                   NULL;
        out[i] = json_number_value(v);
    }
    shape[0] = (int64_t)B;
    shape[1] = (int64_t)K;
    return out;
}

/* Reads such a list as a tensor. */
static Tensor *read_tensor(Tape *tape, const json_t *one, const char *key, Error *err)
{
    int64_t shape[2];
    const double *value = read_rows(tape, one, key, shape, err);
    if (!value) return NULL;
    Tensor *x = tape_tensor(tape, 2, shape);
    for (int64_t i = 0; i < tensor_len(x); i++) x->data[i] = (Real)value[i];
    return x;
}

/* The constants of every loss: those of the papers unless a case sets them. */
typedef struct Constants {
    AslOptions asl;
    HillOptions hill;
    SplcOptions splc;
} Constants;

/* Sets the option that a fixture calls `key`. An unknown one is an error. */
static int set_option(Constants *c, const char *key, const json_t *value)
{
    const struct {
        const char *key;
        double *number[2];
        bool *flag;
    } table[] = {
        {"gneg", {&c->asl.gamma_neg}, NULL},
        {"gpos", {&c->asl.gamma_pos}, NULL},
        {"clip", {&c->asl.clip}, NULL},
        {"focal_grad", {NULL}, &c->asl.focal_grad},
        {"lamb", {&c->hill.lambda}, NULL},
        {"margin", {&c->hill.margin, &c->splc.margin}, NULL},
        {"gamma", {&c->hill.gamma, &c->splc.gamma}, NULL},
        {"tau", {&c->splc.tau}, NULL},
        {"corrected", {NULL}, &c->splc.correct},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].key, key) != 0) continue;
        if (table[i].flag) *table[i].flag = json_is_true(value);
        for (int n = 0; n < 2; n++)
            if (table[i].number[n]) *table[i].number[n] = json_number_value(value);
        return 0;
    }
    return -1;
}

static int read_options(Constants *c, json_t *options, Error *err)
{
    for (void *at = json_object_iter(options); at; at = json_object_iter_next(options, at)) {
        const char *key = json_object_iter_key(at);
        if (set_option(c, key, json_object_iter_value(at)) != 0)
            return error_set(err, ERROR_DATA, "unknown option \"%s\"", key);
    }
    return 0;
}

static double row_log_sum_exp(int64_t K, const Real *x)
{
    double top = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < K; k++) top = fmax(top, (double)x[k]);
    for (int64_t k = 0; k < K; k++) sum += exp((double)x[k] - top);
    return top + log(sum);
}

/* All columns as one tile. */
static Tensor *ce_tag(Tape *tape, Tensor *x, Tensor *y)
{
    const int64_t B = x->shape[0], K = x->shape[1];
    double *lse = tape_alloc(tape, (size_t)B * sizeof *lse);
    double *y_sum = tape_alloc(tape, (size_t)B * sizeof *y_sum);
    for (int64_t b = 0; b < B; b++) {
        lse[b] = row_log_sum_exp(K, x->data + b * K);
        y_sum[b] = 0;
        for (int64_t k = 0; k < K; k++) y_sum[b] += (double)y->data[b * K + k];
    }
    return op_loss_ce_tag(tape, x, y, y_sum, lse);
}

static Tensor *run(Tape *tape, const json_t *one, Tensor *x, Tensor *y, Error *err)
{
    const char *name = json_string_value(json_object_get(one, "loss"));
    Constants c = {.asl = {.gamma_neg = 7, .gamma_pos = 0, .clip = 0.05},
                   .hill = {.lambda = 1.5, .margin = 1, .gamma = 2},
                   .splc = {.tau = 0.6, .margin = 1, .gamma = 2}};
    if (!name) name = "";
    if (read_options(&c, json_object_get(one, "options"), err) != 0) return NULL;
    if (strcmp(name, "ce_tag") == 0) return ce_tag(tape, x, y);
    if (strcmp(name, "ce_align") == 0) return op_loss_ce_align(tape, x);
    if (strcmp(name, "bce") == 0) return op_loss_bce(tape, x, y);
    if (strcmp(name, "asl") == 0) return op_loss_asl(tape, x, y, c.asl);
    if (strcmp(name, "hill") == 0) return op_loss_hill(tape, x, y, c.hill);
    if (strcmp(name, "splc") == 0) return op_loss_splc(tape, x, y, c.splc);
    return error_set(err, ERROR_DATA, "unknown loss"), NULL;
}

/* Compares element by element, since the tolerance depends on each value; reports the worst
 * one. */
static void compare_gradient(Golden *g, const char *what, const Tensor *x, const double *want)
{
    int64_t worst = 0;
    double max = -1;
    for (int64_t i = 0; i < tensor_len(x); i++) {
        const double error = fabs((double)x->grad[i] - want[i]);
        const double used = isnan(error) ? HUGE_VAL : error / tolerance(want[i]).absolute;
        if (used > max) max = used, worst = i;
    }
    golden_number(g, what, (double)x->grad[worst], want[worst], tolerance(want[worst]));
}

static void compare_one(Golden *g, Tape *tape, const json_t *one, const char *what, Error *err)
{
    int64_t shape[2];
    Tensor *x = read_tensor(tape, one, "logits", err);
    Tensor *y = read_tensor(tape, one, "targets", err);
    const double *grad = read_rows(tape, one, "grad", shape, err);
    const json_t *value = json_object_get(one, "value");
    if (!json_is_number(value)) error_set(err, ERROR_DATA, "\"value\" is not a number");
    if (err->code == 0 && memcmp(shape, x->shape, sizeof shape) != 0)
        error_set(err, ERROR_DATA, "\"grad\" has another shape than \"logits\"");
    if (err->code) return;
    x->needs_grad = true;
    Tensor *loss = run(tape, one, x, y, err);
    if (!loss) return;
    tape_seed(tape, loss, 1);
    tape_backward(tape);
    char line[192];
    snprintf(line, sizeof line, "%s: value", what);
    const double want = json_number_value(value);
    golden_number(g, line, (double)loss->data[0], want, tolerance(want));
    snprintf(line, sizeof line, "%s: gradient", what);
    compare_gradient(g, line, x, grad);
}

/* "asl {"gneg": 7.0}" */
static void describe(const json_t *one, size_t i, char *out, size_t size)
{
    const char *name = json_string_value(json_object_get(one, "loss"));
    char *options =
        json_dumps(json_object_get(one, "options"), JSON_COMPACT | JSON_REAL_PRECISION(6));
    snprintf(out, size, "%zu %s %s", i, name ? name : "?", options ? options : "");
    free(options);
}

void golden_losses(Golden *g, const char *path)
{
    json_error_t why;
    json_t *all = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_array(all)) golden_fail(g, "file", "not a list: %s", why.text);
    for (size_t i = 0; i < json_array_size(all); i++) {
        char what[160];
        Error err = {0};
        Tape *tape = tape_new();
        describe(json_array_get(all, i), i, what, sizeof what);
        compare_one(g, tape, json_array_get(all, i), what, &err);
        if (err.code) golden_fail(g, what, "%s", err.text);
        tape_free(tape);
    }
    json_decref(all);
}
