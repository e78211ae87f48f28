/* SPDX-License-Identifier: Apache-2.0 */
/* What exists is counted, what will exist is computed from its size, and the values of a step
 * are measured in a rehearsal. */
#include "train/memory_check.h"

#include "core/autograd/shards.h"
#include "core/io/memory_free.h"
#include "core/json/file_info.h"
#include "core/mem.h"
#include "data/loader_need.h"
#include "model/labels/label_texts.h"

#include <math.h>

/* What libraries take when they are first used, in later steps: threads, decoders, HDF5. */
static const double LATER = 12 << 20;

/* Parameters, gradients, two moments, the moving average, and the gradients of shards: what
 * exists before the first step. */
static double built_bytes(const Config *c, const RunModel *m)
{
    const int64_t shards = shards_wanted(m->params->len);
    const int64_t arrays = 2 + (c->optim.ema > 0) + (shards > 1 ? shards : 0);
    const bool half = c->optim.moments == MOMENTS_BFLOAT16;
    const size_t moment = half ? sizeof(uint16_t) : sizeof(float);
    return (double)((size_t)m->params->len * ((size_t)arrays * sizeof(Real) + 2 * moment));
}

/* With the weights that are packed in bfloat16, for both directions: nearly all parameters. */
static double model_bytes(const Config *c, const RunModel *m)
{
    const size_t packed = config_bf16(c) ? 2 * sizeof(uint16_t) : 0;
    return built_bytes(c, m) + (double)((size_t)m->params->len * packed);
}

static int64_t rows_of(const Labels *l, const Descriptions *texts)
{
    return l && l->bank ? l->bank->offset[l->bank->tags] : texts->offset[texts->tags];
}

static double vector_bytes(const Config *c, int64_t rows)
{
    return (double)(rows * c->model.text_width) * sizeof(float);
}

/* Of the bank that exists already. */
static double bank_bytes(const RunInputs *in)
{
    return in->labels.bank ? (double)label_bank_bytes(in->labels.bank) : 0;
}

/* Of the bank that exists, or will. */
static double own_bytes(const RunInputs *in)
{
    return in->labels.bank ? bank_bytes(in)
                           : vector_bytes(in->config, rows_of(NULL, &in->texts));
}

static double label_bytes(const RunInputs *in)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < in->eval_sets; i++)
        rows += rows_of(&in->eval_set[i].labels, &in->eval_set[i].texts);
    return own_bytes(in) + vector_bytes(in->config, rows);
}

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* What is known without a rehearsal. built: bytes of the model that exist already. */
static MemoryFacts count(const RunInputs *in, const RunModel *m, double built)
{
    mem_trim(); /* what was freed is there for what comes */
    MemoryFacts f = {.program = (double)memory_resident() - built - bank_bytes(in) + LATER,
                     .model = model_bytes(in->config, m),
                     .labels = label_bytes(in),
                     .shards = shards_wanted(m->params->len),
                     .tags = in->labels.tags.count};
    for (int64_t i = 0; i < in->eval_sets; i++) {
        f.eval_images = most(f.eval_images, in->eval_set[i].benchmark.images);
        f.eval_tags = most(f.eval_tags, in->eval_set[i].labels.tags.count);
    }
    return f;
}

/* 0: unknown. */
static double available(void)
{
    const int64_t left = memory_free("");
    return left > 0 ? (double)(left + memory_resident()) : 0;
}

int memory_check_model(const RunInputs *in, const RunModel *m, Error *err)
{
    MemoryFacts f = count(in, m, 0);
    const double have = available();
    f.eval_images = 0;
    if (have == 0 || memory_need(&f, in->config).total <= have) return 0;
    return memory_need_refuse(&f, in->config, have, err);
}

/* ---- rehearsals ---- */

/* What is left of all memory is not for a rehearsal: it would leave nothing to others. */
static size_t limit_of(int64_t left)
{
    return left > 0 ? (size_t)(left - left / 16) : SIZE_MAX / 2;
}

static ShardBytes try(const Rehearsal *r, int64_t B)
{
    ShardBytes out;
    if (rehearse(r, B, &out)) return out;
    return (ShardBytes){.images = B, .kept = (double)r->limit * 16 / 15, .more = true};
}

/* One image, and as many as the largest shard has or as take little time and memory. */
static void measure(const Rehearsal *r, int64_t largest, ShardBytes out[static 2])
{
    static const double LITTLE = 256 << 20;
    out[0] = out[1] = try(r, 1);
    const double few = fmax(2, LITTLE / (out[0].kept + out[0].inner));
    if (largest > 1) out[1] = try(r, few < (double)largest ? (int64_t)few : largest);
}

static int64_t largest_shard(const MemoryFacts *f, int64_t B)
{
    return (B + f->shards - 1) / f->shards;
}

static Rehearsal rehearsal_of(const RunInputs *in, const RunModel *m, const MemoryFacts *f)
{
    const Config *c = in->config;
    const int64_t left = memory_free(""), rows = rows_of(&in->labels, &in->texts);
    return (Rehearsal){.model = m->model,
                       .params = m->params,
                       .tags = f->tags,
                       .descriptions = (rows + f->tags - 1) / f->tags,
                       .training = true,
                       .bf16 = config_bf16(c),
                       .shard = f->shards > 1,
                       .recompute = (enum Recompute)c->model.recompute,
                       .limit = limit_of(left)};
}

/* The work memory of a costly text encoder exists once it has encoded a block. */
static void encode_block(const RunInputs *in, const Descriptions *texts)
{
    if (texts->tags == 0 || !text_encoder_costly(in->encoder)) return;
    float *rows =
        mem_alloc(LABEL_TEXTS_BLOCK * (size_t)in->config->model.text_width * sizeof *rows);
    label_texts_block(in->encoder, texts, 0, rows, NULL);
    mem_free(rows);
}

/* Everything, for the settings of the run. */
static MemoryFacts facts_of(const RunInputs *in, const RunModel *m, const Rehearsal *r,
                            MemoryFacts f)
{
    const Config *c = in->config;
    const LoaderConfig loader = run_inputs_loader(in);
    const LoaderNeed need = loader_need(&loader);
    Rehearsal eval = *r;
    eval.training = false;
    f.prepared = need.prepared;
    f.decoding = need.decoding;
    f.decoded = need.decoded;
    f.view = 3 * sizeof(float) * (double)loader.transform.size * (double)loader.transform.size;
    if (in->teacher) f.teacher = teacher_bytes(in->teacher, c->train.batch);
    encode_block(in, in->eval_sets > 0 ? &in->eval_set[0].texts : &in->texts);
    measure(r, largest_shard(&f, c->train.batch), f.train[r->recompute]);
    if (f.eval_images > 0) measure(&eval, largest_shard(&f, c->eval.batch), f.eval);
    f.program = count(in, m, built_bytes(c, m)).program; /* with the work memory of libraries */
    return f;
}

static int refuse(const RunInputs *in, const Rehearsal *r, MemoryFacts *f, double have,
                  Error *err)
{
    Rehearsal other = *r;
    for (other.recompute++; other.recompute <= RECOMPUTE_STAGES; other.recompute++)
        measure(&other, 1, f->train[other.recompute]);
    return memory_need_refuse(f, in->config, have, err);
}

int memory_check(const RunInputs *in, const RunModel *m, bool resumes, MemoryEstimate *out,
                 Error *err)
{
    MemoryFacts f = count(in, m, built_bytes(in->config, m));
    const Rehearsal r = rehearsal_of(in, m, &f);
    if (resumes) f.resumed = own_bytes(in);
    f = facts_of(in, m, &r, f);
    *out = (MemoryEstimate){memory_need(&f, in->config), available()};
    int status = 0;
    if (out->available > 0 && (out->need.more || out->need.total > out->available))
        status = refuse(in, &r, &f, out->available, err);
    param_set_zero_grad(m->params);
    return status;
}

char *memory_text(const MemoryEstimate *e)
{
    char need[24], have[24];
    char *parts = memory_need_text(&e->need);
    char *text = mem_format(
        "about %s (%s), %s available", file_info_size((int64_t)e->need.total, need), parts,
        e->available > 0 ? file_info_size((int64_t)e->available, have) : "unknown");
    mem_free(parts);
    return text;
}
