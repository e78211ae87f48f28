/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading training checkpoints. */
#include "train/run/checkpoint.h"

#include "core/hdf5/h5_companion.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/weights/weight_set.h"

#include <math.h>
#include <string.h>

enum { COUNTERS = 7 };
_Static_assert(sizeof(Real) == sizeof(float), "parameters are written as they are");

/* Writes one array per parameter, taken from a flat array with the layout of the ParamSet. */
static int put_flat(H5Writer *w, const char *prefix, const ParamSet *ps, const float *flat,
                    Error *err)
{
    for (int64_t i = 0; i < ps->count; i++) {
        const Param *p = ps->param[i];
        char *name = mem_format("%s%s", prefix, p->name);
        const int status =
            h5_put(w, name, H5_F32, p->tensor.ndim, p->tensor.shape, flat + p->offset, err);
        mem_free(name);
        if (status != 0) return -1;
    }
    return 0;
}

static int64_t longest(const ParamSet *ps)
{
    int64_t len = 0;
    for (int64_t i = 0; i < ps->count; i++)
        if (ps->param[i]->len > len) len = ps->param[i]->len;
    return len;
}

/* Moments are float32 in the file, which holds those of bfloat16 exactly. */
static int put_moments(H5Writer *w, const char *prefix, const ParamSet *ps, const Moments *m,
                       Error *err)
{
    if (m->full) return put_flat(w, prefix, ps, m->full, err);
    float *numbers = mem_alloc((size_t)longest(ps) * sizeof *numbers);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < ps->count; i++) {
        const Param *p = ps->param[i];
        char *name = mem_format("%s%s", prefix, p->name);
        moments_get(m, p->offset, p->len, numbers);
        status = h5_put(w, name, H5_F32, p->tensor.ndim, p->tensor.shape, numbers, err);
        mem_free(name);
    }
    mem_free(numbers);
    return status;
}

static int put_state(H5Writer *w, const RunState *s, int64_t adam_step, Error *err)
{
    const int64_t counters[COUNTERS + 1] = {s->step,        s->batches,    s->epoch,
                                            s->next,        s->bad_in_row, s->bad,
                                            s->epoch_steps, adam_step};
    if (h5_put(w, "state/counters", H5_I64, 1, (int64_t[]){COUNTERS + 1}, counters, err) != 0)
        return -1;
    if (h5_put(w, "state/epoch_sum", H5_F64, 1, (int64_t[]){RUN_STATE_SUMS}, s->epoch_sum,
               err) != 0)
        return -1;
    if (loss_balance_begun(&s->balance) &&
        h5_put(w, "state/balance", H5_F64, 1, (int64_t[]){LOSS_TERMS}, s->balance.norm, err) !=
            0)
        return -1;
    /* The best mAP depends on the steps at which the run was evaluated, not on what the model
     * learned. Names that start with info/ are not part of the content hash. */
    return h5_put(w, "info/best", H5_F64, 1, (int64_t[]){1}, &s->best, err);
}

/* The labels themselves are in the bank that all checkpoints of the folder share. */
static int put_labels(H5Writer *w, const CheckpointBank *b, Error *err)
{
    char *folder = mem_format("%.*s", (int)(strlen(b->path) - strlen(b->name)), b->path);
    const int status = h5_put_companion(w, b->name, folder, b->content, err);
    mem_free(folder);
    if (status != 0) return -1;
    return labels_put_identity(w, &b->labels->identity, err);
}

int checkpoint_write(const char *path, const CheckpointParts *parts, CheckpointBank *bank,
                     Error *err)
{
    H5Writer *w = NULL;
    if (checkpoint_bank_write(bank, err) != 0) return -1;
    if (h5_create(path, "checkpoint", &w, err) != 0) return -1;
    int status = h5_put_text(w, "info/config.yaml", parts->config, err);
    if (status == 0) status = h5_put_text(w, "info/inputs", parts->inputs, err);
    if (status == 0) status = put_flat(w, "param/", parts->params, parts->params->data, err);
    if (status == 0) status = put_moments(w, "optim/m/", parts->params, &parts->adamw->m, err);
    if (status == 0) status = put_moments(w, "optim/v/", parts->params, &parts->adamw->v, err);
    if (status == 0 && parts->ema)
        status = put_flat(w, "ema/", parts->params, parts->ema->shadow, err);
    if (status == 0) status = put_labels(w, bank, err);
    if (status == 0) status = put_state(w, parts->state, parts->adamw->step, err);
    if (status == 0) return h5_commit(w, err);
    h5_abandon(w);
    return -1;
}

static int get_numbers(H5File *f, const char *path, const char *name, enum H5Type type,
                       int64_t len, void *out, Error *err)
{
    const H5Entry *e = h5_find(f, name);
    if (!e || e->type != type || e->len != len)
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: %s: missing, or not of the expected type and size", path, name);
    return h5_read(f, e, out, err);
}

/* Checkpoints of runs without loss.balance have none. */
static int get_balance(H5File *f, const char *path, LossBalance *b, Error *err)
{
    if (!h5_find(f, "state/balance")) return 0;
    if (get_numbers(f, path, "state/balance", H5_F64, LOSS_TERMS, b->norm, err) != 0) return -1;
    for (int i = 0; i < LOSS_TERMS; i++)
        if (!isfinite(b->norm[i]) || b->norm[i] < 0)
            return error_set(err, ERROR_CHECKPOINT, "%s: state/balance: %g: out of range", path,
                             b->norm[i]);
    return 0;
}

static int get_state(H5File *f, const char *path, RunState *s, int64_t *adam_step, Error *err)
{
    int64_t c[COUNTERS + 1];
    if (get_numbers(f, path, "state/counters", H5_I64, COUNTERS + 1, c, err) != 0) return -1;
    for (int i = 0; i <= COUNTERS; i++)
        if (c[i] < 0 || c[i] > INT32_MAX) /* products of two must not overflow */
            return error_set(err, ERROR_CHECKPOINT, "%s: state/counters: %ld: out of range",
                             path, c[i]);
    *s = (RunState){.step = c[0],
                    .batches = c[1],
                    .epoch = c[2],
                    .next = c[3],
                    .bad_in_row = c[4],
                    .bad = c[5],
                    .epoch_steps = c[6]};
    if (get_numbers(f, path, "state/epoch_sum", H5_F64, RUN_STATE_SUMS, s->epoch_sum, err) != 0)
        return -1;
    if (get_balance(f, path, &s->balance, err) != 0) return -1;
    if (get_numbers(f, path, "info/best", H5_F64, 1, &s->best, err) != 0) return -1;
    *adam_step = c[COUNTERS];
    return 0;
}

static int check_labels(H5File *f, const char *path, const CheckpointParts *parts, Error *err)
{
    Labels have;
    Error why = {0};
    if (labels_read(f, path, false, &have, err) != 0) return -1;
    const int status = labels_same(path, &have, parts->labels, &why);
    labels_free(&have);
    if (status == 0) return 0;
    if (!parts->other_labels)
        return error_set(err, why.code, "%s; resume.allow=model.tags goes on with the new ones",
                         why.text);
    log_warn("%s: going on with the new ones", why.text);
    return 0;
}

/* A file without optimizer state (weights, or a checkpoint converted from weights) can
 * initialize a run but cannot resume one. */
static int check_state(const H5File *f, const char *path, Error *err)
{
    if (h5_find(f, "state/counters")) return 0;
    return error_set(
        err, ERROR_CHECKPOINT,
        "%s: contains no optimizer state: initialize a run from it with model.init=%s", path,
        path);
}

/* Reads the moving average, or starts it at the parameters, which are read already. */
static int read_average(H5File *f, const char *path, const CheckpointParts *parts, Error *err)
{
    const ParamSet *ps = parts->params;
    char *first = mem_format("ema/%s", ps->param[0]->name);
    const bool stored = h5_find(f, first) != NULL;
    mem_free(first);
    if (stored) return weight_set_fill(f, path, "ema/", ps, parts->ema->shadow, err);
    log_info("optim.ema: the checkpoint has no moving average: it starts at the parameters");
    ema_start(parts->ema, ps);
    return 0;
}

static void take_moments(const Param *p, const float *numbers, void *moments)
{
    moments_set(moments, p->offset, p->len, numbers);
}

static int read_moments(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                        Moments *m, Error *err)
{
    if (m->full) return weight_set_fill(f, path, prefix, ps, m->full, err);
    return weight_set_each(f, path, prefix, ps, take_moments, m, err);
}

int checkpoint_read(H5File *f, const char *path, const CheckpointParts *parts, Error *err)
{
    if (check_state(f, path, err) != 0) return -1;
    if (check_labels(f, path, parts, err) != 0) return -1;
    if (weight_set_fill(f, path, "param/", parts->params, parts->params->data, err) != 0)
        return -1;
    if (read_moments(f, path, "optim/m/", parts->params, &parts->adamw->m, err) != 0) return -1;
    if (read_moments(f, path, "optim/v/", parts->params, &parts->adamw->v, err) != 0) return -1;
    if (parts->ema && read_average(f, path, parts, err) != 0) return -1;
    return get_state(f, path, parts->state, &parts->adamw->step, err);
}
