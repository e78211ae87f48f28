/* SPDX-License-Identifier: Apache-2.0 */
/* Making a checkpoint from weights as a user does: the commands that accept it, and errors that
 * say what to do. */
#include "core/error.h"
#include "core/formats/safetensors.h"
#include "core/formats/tensor_set.h"
#include "core/hdf5/h5_file.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "model/backbone/position_bias.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define SWIN "tests/golden/weights/swin_tiny_window3.pth"
#define SIZES                                                                                  \
    " model.image_size=128 swin.width=8 swin.depths=2,2,2,2 swin.heads=1,2,2,4 swin.window=4"  \
    " model.hidden=48 model.ffn=96 "

/* A copy of FROM as a safetensors file, without one of its tensors. */
static void write_without(const char *from, const char *to, const char *name)
{
    char *in = tiny_path(from), *out = tiny_path(to);
    TensorSet set;
    ck_assert_int_eq(tensor_set_open(in, &set, NULL), 0);
    StWrite *list = mem_calloc((size_t)set.count, sizeof *list);
    int64_t n = 0;
    for (int64_t i = 0; i < set.count; i++) {
        const TensorEntry *e = &set.entry[i];
        if (strcmp(e->name, name) == 0) continue;
        float *data = mem_alloc((size_t)e->len * sizeof *data);
        ck_assert_int_eq(set.read(set.store, i, data, NULL), 0);
        list[n] = (StWrite){.name = e->name, .ndim = e->ndim, .data = data};
        memcpy(list[n++].shape, e->shape, sizeof e->shape);
    }
    ck_assert_int_eq(n, set.count - 1);
    ck_assert_int_eq(st_write(out, NULL, 0, list, n, NULL), 0);
    for (int64_t i = 0; i < n; i++) mem_free((void *)(uintptr_t)list[i].data);
    mem_free(list);
    tensor_set_close(&set);
    mem_free(out);
    mem_free(in);
}

/* A copy of a safetensors file in which a tensor has a type that nobody knows. */
static void write_untyped(const char *from, const char *to, const char *name)
{
    char *in = tiny_path(from), *out = tiny_path(to);
    Bytes b;
    ck_assert_int_eq(file_read(in, &b, NULL), 0);
    char *type = strstr(strstr((char *)b.data + 8, name), "\"F32\"");
    memcpy(type, "\"X32\"", 5);
    ck_assert_int_eq(file_write(out, b.data, b.len, NULL), 0);
    bytes_free(&b);
    mem_free(out);
    mem_free(in);
}

/* A run, its weights as a PyTorch file, as weights without a configuration, and as a checkpoint
 * again. */
static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "train.max_steps=4"));
    mem_free(tiny_messages(0, "convert @/m/checkpoints/latest @/m.pth"));
    mem_free(tiny_messages(0, "convert @/m.pth @/weights.h5"));
    mem_free(tiny_messages(0, "convert -c @/tiny.yaml @/m.pth @/c.h5"));
    write_without("@/m.pth", "@/no_labels.safetensors", "label_embed");
    write_without("@/m.pth", "@/no_bias.safetensors", "fc.bias");
    mem_free(tiny_messages(0, "convert @/m.pth @/m.safetensors"));
    write_untyped("@/m.safetensors", "@/untyped.safetensors", "label_embed");
    tiny_write("@/three.txt", "red\ngreen\nblue\n");
}

static void expect_message(const char *messages, const char *words)
{
    ck_assert_msg(strstr(messages, words) != NULL, "no \"%s\" in: %s", words, messages);
}

static char *text_of(const char *arguments, const char *key)
{
    json_t *json = tiny_json(arguments);
    const char *value = json_string_value(json_object_get(json, key));
    ck_assert_msg(value != NULL, "%s: no %s", arguments, key);
    char *copy = mem_strdup(value);
    json_decref(json);
    return copy;
}

static void expect_same(char *a, char *b)
{
    ck_assert_str_eq(a, b);
    mem_free(a);
    mem_free(b);
}

START_TEST(test_a_checkpoint)
{
    char *messages = tiny_messages(0, "convert -c @/tiny.yaml @/weights.h5 @/again.h5");
    expect_message(messages,
                   "again.h5: checkpoint of 67 tags, 335 descriptions: 159 arrays written");
    mem_free(messages);
    mem_free(tiny_messages(0, "convert @/m/checkpoints/latest @/slim.h5"));
    const char *const info[] = {"info --json @/c.h5", "info --json @/again.h5",
                                "info --json @/slim.h5"};
    for (int i = 0; i < 3; i++) {
        expect_same(text_of(info[i], "kind"), mem_strdup("checkpoint"));
        expect_same(text_of(info[i], "content"), text_of(info[0], "content"));
    }
    mem_free(tiny_messages(0, "verify @/c.h5 @/again.h5 @/slim.h5"));
}
END_TEST

/* tag and eval use the moving average of a run, and convert writes it. */
START_TEST(test_tag_and_eval)
{
    mem_free(tiny_messages(0, "convert @/m @/ema.pth"));
    mem_free(tiny_messages(0, "convert -c @/tiny.yaml @/ema.pth @/ema.h5"));
    expect_same(tiny_out(0, "tag --json --checkpoint @/ema.h5 --top 3 @/data/images/test"),
                tiny_out(0, "tag --json --checkpoint @/m --top 3 @/data/images/test"));
    expect_same(tiny_out(0, "eval --json --checkpoint @/ema.h5 --data @/data/unseen -o @/a"),
                tiny_out(0, "eval --json --checkpoint @/m --data @/data/unseen -o @/b"));
}
END_TEST

START_TEST(test_train)
{
    char *messages = tiny_train(0, "start", "train.max_steps=1 model.init=@/c.h5");
    expect_message(messages, "c.h5: 158 parameters loaded, 0 missing, 0 unexpected\n");
    mem_free(messages);
    messages = tiny_train(0, "partly",
                          "train.max_steps=1 model.init=" SWIN " swin.heads=1,2,2,4 "
                          "model.image_size=128");
    expect_message(messages, SWIN ": ");
    expect_message(messages,
                   " missing (image_proj.weight, image_proj.bias, reweight_scale, ...), "
                   "0 unexpected\n");
    mem_free(messages);
    messages = tiny_train(6, "resumed", "resume=@/c.h5");
    expect_message(
        messages,
        "/c.h5: contains no optimizer state: initialize a run from it with model.init=/");
    mem_free(messages);
    messages = tiny_train(6, "resumed", "resume=@/weights.h5");
    expect_message(
        messages,
        "/weights.h5: contains no optimizer state: initialize a run from it with model.init=/");
    mem_free(messages);
}
END_TEST

/* With another configuration a checkpoint keeps its tags; if tensors do not fill the model, the
 * result is weights. */
START_TEST(test_another_configuration)
{
    mem_free(tiny_messages(0, "convert -c @/tiny.yaml model.tile=9 @/c.h5 @/tile.h5"));
    H5File *f;
    char *path = tiny_path("@/tile.h5"), *yaml;
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    ck_assert_str_eq(h5_kind(f), "checkpoint");
    ck_assert_int_eq(h5_read_text(f, "info/config.yaml", &yaml, NULL), 0);
    expect_message(yaml, "\nmodel.tile: 9\n");
    mem_free(yaml);
    h5_close(f);
    mem_free(path);
    mem_free(
        tiny_messages(0, "convert -c @/tiny.yaml data.root= model.layers=3 @/c.h5 @/three.h5"));
    expect_same(text_of("info --json @/three.h5", "kind"), mem_strdup("weights"));
}
END_TEST

START_TEST(test_tables_are_resampled)
{
    static const char name[] =
        "visual_encoder.layers.2.blocks.1.attn.relative_position_bias_table";
    enum { HEADS = 2, FROM = 25 * HEADS, TO = 49 * HEADS };
    float table[FROM], want[TO], got[TO];
    TensorSet set;
    H5File *f;
    char *path = tiny_path("@/swin.h5"), *entry = mem_format("param/%s", name);
    mem_free(tiny_messages(0, "convert" SIZES SWIN " @/swin.h5"));
    ck_assert_int_eq(tensor_set_open(SWIN, &set, NULL), 0);
    const int64_t i = tensor_set_find(&set, strchr(name, '.') + 1);
    ck_assert_int_eq(set.read(set.store, i, table, NULL), 0);
    ck_assert_int_eq(position_bias_resize(3, table, HEADS, 4, want, NULL), 0);
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    const H5Entry *e = h5_find(f, entry);
    ck_assert(e && e->ndim == 2 && e->shape[0] == 49 && e->shape[1] == HEADS);
    ck_assert_int_eq(h5_read(f, e, got, NULL), 0);
    ck_assert_mem_eq(got, want, sizeof want);
    h5_close(f);
    tensor_set_close(&set);
    mem_free(entry);
    mem_free(path);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *words;
} bad[] = {
    {6, "tag --checkpoint @/weights.h5 @/data/images/test",
     "/weights.h5: weights without configuration and tags: convert them to a checkpoint: "
     "ramplus "
     "convert -c FILE.yaml model.tags=TAGS.txt /"},
    {6, "tag --checkpoint @/m.pth @/data/images/test", "/m.pth NEW.h5\n"},
    {6, "eval --checkpoint @/weights.h5 --data @/data/seen", "/weights.h5 NEW.h5\n"},
    {6, "convert -c @/tiny.yaml @/no_labels.safetensors @/x.h5",
     "/no_labels.safetensors: label_embed (the vectors of the tags) is missing: "
     "initialize a run from it with model.init=/"},
    {6, "convert -c @/tiny.yaml @/untyped.safetensors @/x.h5",
     "/untyped.safetensors: label_embed: X32 cannot be read: save it as float32\n"},
    {6, "convert -c @/tiny.yaml @/no_bias.safetensors @/x.h5",
     "/no_bias.safetensors: 1 parameter of the model missing: give the configuration of "
     "the weights, or omit model.tags to convert only the tensors in the file\n"},
    {6, "convert -c @/tiny.yaml model.tags=@/three.txt @/m.pth @/x.h5",
     "/m.pth: label_embed: 335 rows are not a multiple of the 3 tags of /"},
    {6, "convert -c @/tiny.yaml model.text_width=32 model.tags=@/three.txt @/m.pth @/x.h5",
     "/m.pth: image_proj.weight: shape [64, 64], the model has [32, 64]\n"},
    {3, "convert -c @/tiny.yaml class_num=66 @/m.pth @/x.h5",
     "/train_tags.txt: 67 tags, but model.class_num is 66\n"},
    {3, "convert -c @/tiny.yaml model.tags=/nowhere.txt @/m.pth @/x.h5",
     "/nowhere.txt: cannot open"},
    {3, "convert -c @/tiny.yaml model.image_size=96 swin.window=6 @/m.pth @/x.h5",
     "relative_position_bias_table: "},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(test_refused)
{
    char *messages = tiny_messages(bad[_i].code, bad[_i].arguments),
         *path = tiny_path("@/x.h5");
    const char *error = strstr(messages, "error: ");
    ck_assert_msg(error && strstr(error, bad[_i].words), "no \"%s\" in: %s", bad[_i].words,
                  messages);
    ck_assert_ptr_eq(strchr(error, '\n'), error + strlen(error) - 1);
    ck_assert(!file_exists(path));
    mem_free(path);
    mem_free(messages);
}
END_TEST

Suite *test_convert_suite(void);
Suite *test_convert_suite(void)
{
    Suite *s = suite_create("convert");
    TCase *c = tcase_create("convert");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, test_a_checkpoint);
    tcase_add_test(c, test_tag_and_eval);
    tcase_add_test(c, test_train);
    tcase_add_test(c, test_another_configuration);
    tcase_add_test(c, test_tables_are_resampled);
    tcase_add_loop_test(c, test_refused, 0, BAD);
    suite_add_tcase(s, c);
    return s;
}
