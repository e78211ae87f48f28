/* SPDX-License-Identifier: Apache-2.0 */
/* The projection of texts where the decoder is as wide as they are: new models have none, as in
 * the reference; files with one, which earlier versions wrote, keep it in every command. */
#include "core/formats/safetensors.h"
#include "core/formats/tensor_set.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

enum { WIDTH = 64 };

/* A copy of FROM with the projection `scale` times the identity. */
static void write_with(const char *from, const char *to, float scale)
{
    static float matrix[WIDTH * WIDTH], zeros[WIDTH];
    char *in = tiny_path(from), *out = tiny_path(to);
    TensorSet set;
    for (int i = 0; i < WIDTH; i++) matrix[i * WIDTH + i] = scale;
    ck_assert_int_eq(tensor_set_open(in, &set, NULL), 0);
    ck_assert_int_eq(tensor_set_find(&set, "wordvec_proj.weight"), -1);
    StWrite *list = mem_calloc((size_t)set.count + 2, sizeof *list);
    for (int64_t i = 0; i < set.count; i++) {
        const TensorEntry *e = &set.entry[i];
        float *data = mem_alloc((size_t)e->len * sizeof *data);
        ck_assert_int_eq(set.read(set.store, i, data, NULL), 0);
        list[i] = (StWrite){.name = e->name, .ndim = e->ndim, .data = data};
        memcpy(list[i].shape, e->shape, sizeof e->shape);
    }
    list[set.count] = (StWrite){"wordvec_proj.weight", 2, {WIDTH, WIDTH}, matrix};
    list[set.count + 1] = (StWrite){"wordvec_proj.bias", 1, {WIDTH}, zeros};
    ck_assert_int_eq(st_write(out, NULL, 0, list, set.count + 2, NULL), 0);
    for (int64_t i = 0; i < set.count; i++) mem_free((void *)(uintptr_t)list[i].data);
    mem_free(list);
    tensor_set_close(&set);
    mem_free(out);
    mem_free(in);
}

#define EQUAL "model.hidden=64 "

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", EQUAL "train.max_steps=1"));
    mem_free(tiny_messages(0, "convert @/m @/m.safetensors"));
    write_with("@/m.safetensors", "@/same.safetensors", 1);
    write_with("@/m.safetensors", "@/other.safetensors", 3);
    mem_free(tiny_messages(0, "convert -c @/tiny.yaml " EQUAL "@/same.safetensors @/same.h5"));
    mem_free(
        tiny_messages(0, "convert -c @/tiny.yaml " EQUAL "@/other.safetensors @/other.h5"));
}

static char *tags_of(const char *checkpoint)
{
    char *line =
        mem_format("tag --json --top 3 --checkpoint %s @/data/images/test", checkpoint);
    char *out = tiny_out(0, line);
    mem_free(line);
    return out;
}

/* An identity changes nothing; another projection is applied. */
START_TEST(test_tag)
{
    char *none = tags_of("@/m"), *same = tags_of("@/same.h5"), *other = tags_of("@/other.h5");
    ck_assert_str_eq(none, same);
    ck_assert_str_ne(none, other);
    mem_free(none);
    mem_free(same);
    mem_free(other);
}
END_TEST

static void expect_loaded(const char *run, const char *settings, const char *words)
{
    char *messages = tiny_train(0, run, settings);
    ck_assert_msg(strstr(messages, words) != NULL, "no \"%s\" in: %s", words, messages);
    mem_free(messages);
}

/* fan_in scales the queries by the projection; a file of a whole model decides in any case. */
START_TEST(test_fan_in)
{
    mem_free(tiny_train(0, "fan", EQUAL "model.init_scheme=fan_in train.max_steps=1"));
    mem_free(tiny_messages(0, "convert @/fan @/fan.safetensors"));
    char *list = tiny_out(0, "info @/fan.safetensors");
    ck_assert_ptr_nonnull(strstr(list, "wordvec_proj.weight"));
    mem_free(list);
    expect_loaded("fan2",
                  EQUAL "model.init_scheme=fan_in train.max_steps=1 model.init=@/m.safetensors",
                  "parameters loaded, 0 missing, 0 unexpected");
}
END_TEST

/* A run that starts from such a file has the projection, and keeps it when it is resumed. */
START_TEST(test_train)
{
    const char *rest = "parameters loaded, 0 missing, 0 unexpected";
    expect_loaded("new", EQUAL "train.max_steps=1 model.init=@/m.safetensors", rest);
    expect_loaded("old", EQUAL "train.max_steps=1 model.init=@/other.safetensors", rest);
    expect_loaded("old", EQUAL "train.max_steps=2", "resuming from ");
    expect_loaded("next", EQUAL "train.max_steps=1 model.init=@/old", rest);
    char *messages = tiny_messages(0, "convert @/old @/old.safetensors");
    mem_free(messages);
    char *list = tiny_out(0, "info @/old.safetensors");
    ck_assert_ptr_nonnull(strstr(list, "wordvec_proj.weight"));
    mem_free(list);
}
END_TEST

Suite *test_word_proj_suite(void);
Suite *test_word_proj_suite(void)
{
    Suite *s = suite_create("word_proj");
    TCase *c = tcase_create("word_proj");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, test_tag);
    tcase_add_test(c, test_fan_in);
    tcase_add_test(c, test_train);
    suite_add_tcase(s, c);
    return s;
}
