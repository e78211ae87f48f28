/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of the estimate, and advice that holds. */
#include "train/memory_need.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MIB = 0x1p20;

/* A model of 4 shards: an image takes 3 MiB for the first and 2 MiB for each further one. */
static MemoryFacts facts(void)
{
    const ShardBytes one = {.images = 1, .kept = 3e6, .inner = 1e5, .row = 1000, .grad = 100};
    const ShardBytes three = {.images = 3, .kept = 7e6, .inner = 3e5, .row = 7, .grad = 7};
    return (MemoryFacts){.program = 5e6,
                         .model = 80e6,
                         .labels = 6e6,
                         .view = 1000,
                         .prepared = 1500,
                         .decoding = 2e6,
                         .decoded = 9e6,
                         .teacher = 4e6,
                         .shards = 4,
                         .tags = 100,
                         .train = {{one, three}, {{.images = 1, .kept = 1e6}}}};
}

static Config config(int64_t batch)
{
    return (Config){.train.batch = batch,
                    .optim.accumulate = 1,
                    .model.tile = 64,
                    .loss.weight_tag = 1,
                    .loader.prefetch = 2,
                    .eval.batch = 8};
}

/* Batches, and the images of their shards. */
static const struct {
    int64_t batch, tile, shard[4];
} shards[] = {{1, 64, {0, 0, 0, 1}},  {3, 64, {0, 1, 1, 1}},           {4, 64, {1, 1, 1, 1}},
              {10, 64, {2, 2, 3, 3}}, {400, 64, {100, 100, 100, 100}}, {10, 4096, {2, 2, 3, 3}},
              {10, 1, {2, 2, 3, 3}}};
enum { SHARDS = sizeof shards / sizeof *shards };

START_TEST(shards_add_up)
{
    const MemoryFacts f = facts();
    Config c = config(shards[_i].batch);
    c.model.tile = shards[_i].tile;
    double images = 4e6, tile = 0;
    for (int i = 0; i < 4; i++) {
        const int64_t b = shards[_i].shard[i];
        if (b == 0) continue;
        int64_t tags = c.model.tile / b;
        if (tags < 1) tags = 1;
        if (tags > 100) tags = 100;
        const double inner = 1e5 * (double)b, pairs = (double)(b * tags);
        images += 3e6 + (double)(b - 1) * 2e6 + inner;
        tile += 1000 * pairs > inner ? 1000 * pairs - inner : 0;
        tile += 100 * pairs;
    }
    const MemoryNeed need = memory_need(&f, &c);
    ck_assert_double_eq_tol(need.part[MEMORY_IMAGES], images, 1);
    ck_assert_double_eq_tol(need.part[MEMORY_TILE], tile, 1);
    ck_assert_double_eq_tol(need.part[MEMORY_LOADER], 3.0 * (double)c.train.batch * 1500 + 2e6,
                            1);
    ck_assert_double_eq(need.part[MEMORY_MODEL], 80e6);
    ck_assert_double_eq(need.part[MEMORY_LABELS], 6e6);
    ck_assert_double_eq(need.part[MEMORY_PROGRAM], 5e6);
    ck_assert_double_eq(need.part[MEMORY_EVALUATION], 0);
    double sum = 0;
    for (int i = 0; i < MEMORY_PARTS; i++) sum += need.part[i];
    ck_assert_double_eq(need.total, sum);
}
END_TEST

/* Captions are decoded all at once, without tags if their loss is off. */
START_TEST(captions)
{
    const MemoryFacts f = facts();
    Config c = config(40);
    c.loss.weight_align = 1;
    const double pairs = 10 * 40;
    double tile = memory_need(&f, &c).part[MEMORY_TILE];
    ck_assert_double_eq_tol(tile, 4 * (100 * pairs), 1);
    c.train.batch = 400;
    tile = memory_need(&f, &c).part[MEMORY_TILE];
    ck_assert_double_eq_tol(tile, 4 * (1000 * 40000.0 - 100 * 1e5 + 100 * 40000.0), 1);
    c.loss.weight_align = c.loss.weight_tag = 0;
    ck_assert_double_eq(memory_need(&f, &c).part[MEMORY_TILE], 0);
}
END_TEST

START_TEST(the_cache_takes_at_most_what_there_is)
{
    const MemoryFacts f = facts();
    Config c = config(1);
    const double none = memory_need(&f, &c).part[MEMORY_LOADER];
    c.loader.cache = 3;
    ck_assert_double_eq(memory_need(&f, &c).part[MEMORY_LOADER], none + 3 * MIB);
    c.loader.cache = 1000;
    ck_assert_double_eq(memory_need(&f, &c).part[MEMORY_LOADER], none + 9e6);
}
END_TEST

/* An evaluation counts where it takes more than a step, and with the images that there are. */
START_TEST(evaluation)
{
    MemoryFacts f = facts();
    Config c = config(1);
    const double step =
        memory_need(&f, &c).part[MEMORY_IMAGES] - 4e6 + memory_need(&f, &c).part[MEMORY_TILE];
    f.eval[0] = f.eval[1] = (ShardBytes){.images = 1, .kept = 2e6, .row = 500};
    f.eval_images = 6;
    f.eval_tags = 10;
    const double four = 4 * 2e6 + 6 * 2e6 - 4 * 2e6, pairs = 6 * 10;
    const double all = four + 500 * pairs + 6 * 1000 + (6 + 6) * 10 * 5;
    ck_assert_double_eq_tol(memory_need(&f, &c).part[MEMORY_EVALUATION], all - step, 1);
    c.train.batch = 100;
    ck_assert_double_eq(memory_need(&f, &c).part[MEMORY_EVALUATION], 0);
}
END_TEST

/* The labels of a checkpoint are gone before anything else is allocated. */
START_TEST(resuming)
{
    MemoryFacts f = facts();
    const Config c = config(1);
    const MemoryNeed fresh = memory_need(&f, &c);
    const double later = fresh.total - f.model - f.labels - f.program;
    f.resumed = later - 1;
    ck_assert_double_eq(memory_need(&f, &c).total, fresh.total);
    f.resumed = later + 1000;
    ck_assert_double_eq_tol(memory_need(&f, &c).part[MEMORY_RESUMING], 1000, 1);
    ck_assert_double_eq_tol(memory_need(&f, &c).total, fresh.total + 1000, 1);
}
END_TEST

START_TEST(parts_are_named_by_size)
{
    const MemoryNeed need = {.part = {[MEMORY_MODEL] = 3 * MIB,
                                      [MEMORY_IMAGES] = 2048 * MIB,
                                      [MEMORY_TILE] = 3 * MIB,
                                      [MEMORY_LOADER] = MIB - 1}};
    char *text = memory_need_text(&need);
    ck_assert_str_eq(text,
                     "images of the batch 2.0 GiB, model and optimizer 3.0 MiB, tile 3.0 MiB");
    mem_free(text);
}
END_TEST

/* ---- advice ---- */

static char *refusal(const MemoryFacts *f, const Config *c, double available)
{
    Error err = {0};
    ck_assert_int_eq(memory_need_refuse(f, c, available, &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_uint_lt(strlen(err.text), sizeof err.text - 1); /* not cut */
    return mem_strdup(err.text);
}

/* Sets the options of "train.batch=3 optim.accumulate=2 (...)"; *last is the last one before a
 * parenthesis. */
static void apply(const char *advice, Config *c)
{
    char *copy = mem_strdup(advice), *rest = copy;
    for (char *one; (one = strtok_r(rest, " ", &rest)) && *one != '(';) {
        Error err = {0};
        ck_assert_msg(option_set(config_table(), c, one, &err) == 0, "%s: %s", one, err.text);
    }
    mem_free(copy);
}

/* As an advice has it, which leaves a hundredth free. */
static bool fits(const MemoryFacts *f, const Config *c, double available)
{
    return memory_need(f, c).total <= 0.99 * available;
}

/* Not even the smallest batch with the smallest of everything fits. */
static void check_no_advice(const MemoryFacts *f, const Config *c, double available)
{
    Config k = *c;
    k.train.batch = k.eval.batch = k.loader.prefetch = 1;
    k.loader.cache = 0;
    k.model.tile = c->model.tile < 256 ? c->model.tile : 256;
    k.model.recompute = RECOMPUTE_BLOCKS;
    ck_assert(!fits(f, &k, available));
}

/* Every setting that the message names fits by itself; and one more than a number does not. */
static int check_advice(const MemoryFacts *f, const Config *c, double available)
{
    int n = 0;
    char *text = refusal(f, c, available), *rest = strstr(text, "what fits: ");
    if (!rest) check_no_advice(f, c, available);
    if (rest) rest += strlen("what fits: ");
    for (char *one; rest && (one = strtok_r(rest, ";", &rest)); n++) {
        Config k = *c;
        apply(one, &k);
        ck_assert_msg(fits(f, &k, available), "%s: does not fit", one);
        ck_assert(k.train.batch * k.optim.accumulate <= c->train.batch * c->optim.accumulate);
        const bool whole = strchr(one, '(') != NULL;
        ck_assert(!whole ||
                  k.train.batch * k.optim.accumulate == c->train.batch * c->optim.accumulate);
        if (whole) continue;
        if (k.train.batch < c->train.batch) k.train.batch++;
        if (k.model.tile < c->model.tile) k.model.tile++;
        if (k.loader.prefetch < c->loader.prefetch) k.loader.prefetch++;
        if (k.loader.cache < c->loader.cache) k.loader.cache++;
        if (k.eval.batch < c->eval.batch) k.eval.batch++;
        ck_assert_msg(k.model.recompute != c->model.recompute || !fits(f, &k, available),
                      "%s: not the largest", one);
    }
    mem_free(text);
    return n;
}

START_TEST(every_advice_holds)
{
    uint64_t random = 88172645463325252u + (uint64_t)_i;
    int advice = 0;
    for (int i = 0; i < 300; i++) {
        MemoryFacts f = facts();
        Config c = config(1 + (int64_t)(200 * tiny_random(&random)));
        c.optim.accumulate = 1 + (int64_t)(3 * tiny_random(&random));
        c.model.tile = (int64_t)exp(12 * tiny_random(&random));
        c.loss.weight_align = tiny_random(&random) < 0.5;
        c.loader.prefetch = 1 + (int64_t)(300 * tiny_random(&random));
        c.loader.cache = (int64_t)(20 * tiny_random(&random));
        f.prepared *= 1 + 30 * tiny_random(&random);
        f.eval[0] = f.eval[1] = (ShardBytes){.images = 1, .kept = 9e7 * tiny_random(&random)};
        f.eval_images = (int64_t)(20 * tiny_random(&random));
        f.eval_tags = 10;
        const double need = memory_need(&f, &c).total;
        const double available = 95e6 + (need - 95e6) * (0.3 + 0.69 * tiny_random(&random));
        if (need > 100e6) advice += check_advice(&f, &c, available);
    }
    ck_assert_int_gt(advice, 300);
}
END_TEST

/* The whole text, once. */
START_TEST(the_message)
{
    MemoryFacts f = facts();
    Config c = config(52);
    f.shards = 1;
    f.model = 1024 * MIB;
    f.program = f.labels = f.teacher = f.decoding = f.prepared = 0;
    f.train[0][0] = (ShardBytes){.images = 1, .kept = 100 * MIB};
    f.train[0][1] = (ShardBytes){.images = 2, .kept = 200 * MIB};
    f.train[1][0] = f.train[1][1] = (ShardBytes){.images = 1, .kept = 10 * MIB};
    char *text = refusal(&f, &c, 4096 * MIB);
    ck_assert_str_eq(
        text, "memory: the run needs about 6.1 GiB, and 4.0 GiB are available: images of the "
              "batch 5.1 GiB, model and optimizer 1.0 GiB; what fits: train.batch=30; "
              "train.batch=26 optim.accumulate=2 (as many images per step); "
              "model.recompute=blocks");
    mem_free(text);
}
END_TEST

/* If no setting is enough, several are. */
START_TEST(all_settings_together)
{
    MemoryFacts f = facts();
    Config c = config(6);
    c.loader.prefetch = 1000;
    c.loader.cache = 1000;
    c.model.tile = 40000;
    f.prepared = 1e6;
    f.train[1][0] = f.train[1][1] = (ShardBytes){.images = 1, .kept = 1e6, .row = 1000};
    char *text = refusal(&f, &c, 110e6);
    ck_assert_ptr_nonnull(
        strstr(text, "; what fits: model.recompute=blocks model.tile=256 loader.prefetch=1 "
                     "loader.cache=0 eval.batch=1 train.batch="));
    Config k = c;
    apply(strstr(text, "what fits: ") + strlen("what fits: "), &k);
    ck_assert(fits(&f, &k, 110e6));
    mem_free(text);
}
END_TEST

START_TEST(nothing_fits)
{
    const MemoryFacts f = facts();
    const Config c = config(6);
    char *text = refusal(&f, &c, 50e6);
    ck_assert(strings_end_in(
        text, "; no batch fits: choose a smaller model.encoder or a larger machine"));
    mem_free(text);
}
END_TEST

Suite *test_memory_need_suite(void);
Suite *test_memory_need_suite(void)
{
    Suite *s = suite_create("memory_need");
    TCase *c = tcase_create("memory_need");
    tcase_add_loop_test(c, shards_add_up, 0, SHARDS);
    tcase_add_test(c, captions);
    tcase_add_test(c, the_cache_takes_at_most_what_there_is);
    tcase_add_test(c, evaluation);
    tcase_add_test(c, resuming);
    tcase_add_test(c, parts_are_named_by_size);
    tcase_add_loop_test(c, every_advice_holds, 0, 3);
    tcase_add_test(c, the_message);
    tcase_add_test(c, all_settings_together);
    tcase_add_test(c, nothing_fits);
    suite_add_tcase(s, c);
    return s;
}
