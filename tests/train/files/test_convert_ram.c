/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of RAM: one vector per tag, no reweight_scale, the older name of the decoder, and the
 * networks that write captions. */
#include "core/formats/safetensors.h"
#include "core/formats/tensor_set.h"
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

enum { CHECKPOINT = 6, OTHERS = 3 };

/* The name that RAM's first release gives a tensor of ours; NULL: it has none. Owned. */
static char *name_of(const char *name)
{
    static const char head[] = "tagging_head.";
    const size_t n = strlen(head);
    if (strcmp(name, "reweight_scale") == 0) return NULL;
    if (strncmp(name, head, n) == 0) return mem_format("vision_multi.%s", name + n);
    return mem_strdup(name);
}

/* A copy of FROM as RAM has it. */
static void write_ram(const char *from, const char *to)
{
    static const float others[OTHERS][4];
    static const char *const name[OTHERS] = {
        "tag_encoder.embeddings.word_embeddings.weight",
        "tag_encoder.encoder.layer.0.attention.self.query.weight",
        "text_decoder.cls.predictions.decoder.weight"};
    char *in = tiny_path(from), *out = tiny_path(to);
    TensorSet set;
    int64_t n = 0;
    ck_assert_int_eq(tensor_set_open(in, &set, NULL), 0);
    StWrite *list = mem_calloc((size_t)set.count + OTHERS, sizeof *list);
    for (int64_t i = 0; i < set.count; i++) {
        const TensorEntry *e = &set.entry[i];
        char *old = name_of(e->name);
        if (!old) continue;
        float *data = mem_alloc((size_t)e->len * sizeof *data);
        ck_assert_int_eq(set.read(set.store, i, data, NULL), 0);
        list[n] = (StWrite){.name = old, .ndim = e->ndim, .data = data};
        memcpy(list[n++].shape, e->shape, sizeof e->shape);
    }
    ck_assert_int_eq(n, set.count - 1);
    for (int i = 0; i < OTHERS; i++) list[n + i] = (StWrite){name[i], 2, {2, 2}, others[i]};
    ck_assert_int_eq(st_write(out, NULL, 0, list, n + OTHERS, NULL), 0);
    for (int64_t i = 0; i < n; i++) {
        mem_free((void *)(uintptr_t)list[i].data);
        mem_free((void *)(uintptr_t)list[i].name);
    }
    mem_free(list);
    tensor_set_close(&set);
    mem_free(out);
    mem_free(in);
}

#define CONVERT                                                                                \
    "convert -c @/tiny.yaml model.tags=@/data/train_tags.txt @/ram.safetensors @/ram.h5"

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "train.max_steps=3 model.texts=template data.eval="));
    mem_free(tiny_messages(0, "convert @/m/checkpoints/latest @/m.safetensors"));
    write_ram("@/m.safetensors", "@/ram.safetensors");
}

static Scores *scores_with(const char *checkpoint)
{
    Scores *s;
    Error err = {0};
    char *line = mem_format("eval --checkpoint %s --data @/data/unseen -o @/out "
                            "eval.texts=template",
                            checkpoint);
    char *path = tiny_path("@/out/scores.h5");
    mem_free(tiny_out(0, line));
    ck_assert_msg(scores_read(path, &s, &err) == 0, "%s", err.text);
    mem_free(path);
    mem_free(line);
    return s;
}

/* With one vector per tag, re-weighting changes nothing: RAM gives what the same weights give
 * as RAM++. */
START_TEST(the_same_scores)
{
    char *messages = tiny_messages(0, CONVERT " model.reweight=none");
    ck_assert_ptr_nonnull(strstr(messages, "0 missing, 0 unexpected, 0 of another shape"));
    ck_assert_ptr_nonnull(strstr(messages, "checkpoint of 67 tags, 67 descriptions"));
    mem_free(messages);
    Scores *have = scores_with("@/ram.h5"), *want = scores_with("@/m");
    for (int64_t i = 0; i < have->images * have->tags; i++)
        ck_assert_double_eq_tol((double)have->score[i], (double)want->score[i], 1e-6);
    scores_free(want);
    scores_free(have);
    mem_free(tiny_out(0, "tag --checkpoint @/ram.h5 --top 5 @/data/images/test"));
}
END_TEST

START_TEST(says_what_is_missing)
{
    tiny_refused(CHECKPOINT, CONVERT,
                 "1 parameter of the model missing: give the configuration of the weights (of "
                 "RAM: model.reweight=none)");
    mem_free(tiny_messages(0, CONVERT " model.reweight=mean"));
    tiny_refused(CHECKPOINT, "tag --checkpoint @/ram.h5 model.reweight=auto @/data/images/test",
                 "reweight_scale is missing");
}
END_TEST

/* Training starts from RAM's weights, with descriptions and re-weighting that it did not
 * have. */
START_TEST(training_starts_from_it)
{
    char *messages = tiny_train(0, "more", "train.max_steps=1 model.init=@/ram.safetensors");
    ck_assert_ptr_nonnull(strstr(messages, "1 missing (reweight_scale), 0 unexpected"));
    mem_free(messages);
}
END_TEST

Suite *test_convert_ram_suite(void);
Suite *test_convert_ram_suite(void)
{
    Suite *suite = suite_create("convert_ram");
    TCase *c = tcase_create("convert_ram");
    tcase_set_timeout(c, 60);
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, the_same_scores);
    tcase_add_test(c, says_what_is_missing);
    tcase_add_test(c, training_starts_from_it);
    suite_add_tcase(suite, c);
    return suite;
}
