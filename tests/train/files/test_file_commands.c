/* SPDX-License-Identifier: Apache-2.0 */
/* `info`, `verify` and `convert` as a user runs them: output, exit codes, messages. */
#include "core/formats/safetensors.h"
#include "core/formats/tensor_set.h"
#include "core/hdf5/h5_write.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "model/weights/weight_set.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define WEIGHTS "tests/golden/weights/"
#define GOLDEN  WEIGHTS "ram_plus_tiny_bf16.safetensors"
#define NEWEST  "@/run/checkpoints/step_00000002.h5"

static Scratch scratch;
static const float ten[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void write_checkpoint(const char *name, float change)
{
    H5Writer *w;
    const float ema[2] = {-1, change};
    ck_assert_int_eq(h5_create(scratch_path(&scratch, name), "checkpoint", &w, NULL), 0);
    h5_put(w, "param/fc.weight", H5_F32, 2, (int64_t[]){1, 2}, ten, NULL);
    h5_put(w, "ema/fc.weight", H5_F32, 2, (int64_t[]){1, 2}, ema, NULL);
    h5_put(w, "optim/m/fc.weight", H5_F32, 2, (int64_t[]){1, 2}, ten, NULL);
    h5_put(w, "label_embed", H5_F32, 2, (int64_t[]){4, 2}, ten, NULL);
    h5_put_text(w, "tags", "a\nb\n", NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

/* Creates ckpt.h5, bad.h5 (a damaged copy), link (to a file without its first bytes), and run/
 * with two checkpoints. */
static void setup(void)
{
    Bytes b;
    scratch_new(&scratch);
    write_checkpoint("ckpt.h5", -2);
    ck_assert_int_eq(file_read(scratch.path, &b, NULL), 0);
    b.data[b.len / 2] ^= 4;
    scratch_write(&scratch, "bad.h5", b.data, b.len);
    bytes_free(&b);
    scratch_write(&scratch, "none.h5", (char[600]){0}, 600);
    ck_assert_int_eq(file_read(WEIGHTS "views.pth", &b, NULL), 0);
    scratch_write(&scratch, "cut.pth", b.data, b.len / 2);
    scratch_write(&scratch, "empty.pth", "", 0);
    bytes_free(&b);
    ck_assert_int_eq(symlink("none.h5", scratch_path(&scratch, "link")), 0);
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "run/checkpoints"), NULL), 0);
    write_checkpoint("run/checkpoints/step_00000001.h5", 1);
    write_checkpoint("run/checkpoints/step_00000002.h5", 2);
}

static void teardown(void) { scratch_free(&scratch); }

/* Runs ARGUMENTS, in which every @ is replaced by the scratch folder. */
static int run(const char *arguments, char **out, char **messages)
{
    char line[1024];
    size_t n = 0;
    for (const char *p = arguments; *p && n < sizeof line - sizeof scratch.dir; p++) {
        if (*p == '@')
            n += (size_t)snprintf(line + n, sizeof line - n, "%s", scratch.dir);
        else
            line[n++] = *p;
    }
    line[n] = 0;
    return run_program(&scratch, line, out, messages);
}

/* The same from a format, for commands that must succeed. */
__attribute__((format(printf, 1, 2))) static void succeed(const char *format, ...)
{
    va_list values;
    char line[512], *messages;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    const int code = run(line, NULL, &messages);
    ck_assert_msg(code == 0, "%s: %d: %s", line, code, messages);
    mem_free(messages);
}

static json_t *parse(const char *text)
{
    json_error_t why;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json != NULL, "%s: %s", text, why.text);
    return json;
}

static json_t *run_json(const char *arguments, int want)
{
    char *out, *messages;
    const int code = run(arguments, &out, &messages);
    ck_assert_msg(code == want, "%s: %d, want %d: %s", arguments, code, want, messages);
    json_t *json = parse(out);
    mem_free(out);
    mem_free(messages);
    return json;
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

START_TEST(info_of_a_data_folder)
{
    static const char record[] =
        "[{\"image_path\": \"images/a.jpg\", \"union_label_id\": [0], \"caption\": [\"x\"],"
        " \"parse_label_id\": [[0]]}]";
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "data/images"), NULL), 0);
    scratch_write(&scratch, "data/train.json", record, sizeof record - 1);
    scratch_write(&scratch, "data/train_tags.txt", "a\nb", 3);
    scratch_write(&scratch, "data/images/a.jpg", "1", 1);
    json_t *first = run_json("info --json @/data", 0);
    ck_assert_str_eq(text_of(first, "kind"), "data");
    ck_assert_uint_eq(json_array_size(json_object_get(first, "entries")), 3);
    scratch_write(&scratch, "data/images/a.jpg", "2", 1);
    json_t *second = run_json("info --json @/data", 0);
    ck_assert_str_ne(text_of(first, "content"), text_of(second, "content"));
    json_decref(first);
    json_decref(second);
}
END_TEST

/* The evaluation sets in a folder: sizes and hashes, without their images. */
START_TEST(info_of_evaluation_sets)
{
    scratch_text(&scratch, "eval/few_taglist.txt", "red\nblue\nred\n");
    scratch_text(&scratch, "eval/few_annots.txt", "x,red,green\ny\nz,blue\n");
    scratch_text(&scratch, "eval/seen/tags.txt", "red\n");
    scratch_text(&scratch, "eval/seen/annotations.txt", "x,red\n");
    json_t *info = run_json("info --json @/eval", 0),
           *list = json_object_get(info, "evaluation");
    ck_assert_uint_eq(json_array_size(list), 2);
    const json_t *first = json_array_get(list, 0);
    static const struct {
        const char *key;
        int64_t value;
    } want[] = {{"images", 3}, {"tags", 3}, {"positives", 3}, {"unknown_labels", 1}};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(json_integer_value(json_object_get(first, want[i].key)),
                         want[i].value);
    ck_assert_str_eq(text_of(first, "folder"), ".");
    ck_assert_uint_eq(strlen(text_of(first, "benchmark")), 32);
    ck_assert_str_eq(text_of(json_array_get(list, 1), "folder"), "seen");
    char *out;
    ck_assert_int_eq(run("info @/eval", &out, NULL), 0);
    char *line = mem_format("\nevaluation set: 3 images, 3 tags, 3 positives, benchmark %s\n",
                            text_of(first, "benchmark"));
    ck_assert_ptr_nonnull(strstr(out, line));
    mem_free(line);
    mem_free(out);
    json_decref(info);
    scratch_text(&scratch, "eval/few_annots.txt", "x,green\n");
    ck_assert_int_eq(run("info @/eval", NULL, &out), ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(out, "few_annots.txt: no label is in the tag list"));
    mem_free(out);
}
END_TEST

START_TEST(verify_files)
{
    char *messages;
    ck_assert_int_eq(run("verify @/ckpt.h5 @/bad.h5 " GOLDEN, NULL, &messages),
                     ERROR_CHECKPOINT);
    ck_assert_ptr_nonnull(
        strstr(messages, "bad.h5: checksum of the whole file: does not match\n"));
    ck_assert_ptr_eq(strchr(messages, '\n'), messages + strlen(messages) - 1);
    mem_free(messages);
}
END_TEST

/* The kind of a file counts, not its name, which a copy may have lost. */
static void verify_copy_without_ending(void)
{
    Bytes b;
    ck_assert_int_eq(file_read(scratch_path(&scratch, "bad.h5"), &b, NULL), 0);
    scratch_write(&scratch, "run/checkpoints/copy", b.data, b.len);
    json_t *bad = run_json("verify --json @/run", ERROR_CHECKPOINT);
    ck_assert(json_is_false(json_object_get(bad, "ok")));
    ck_assert_str_ne(text_of(bad, "content"), "");
    json_decref(bad);
    unlink(scratch_path(&scratch, "run/checkpoints/copy"));
    bytes_free(&b);
}

START_TEST(verify_runs)
{
    ck_assert_int_eq(
        symlink("step_00000002.h5", scratch_path(&scratch, "run/checkpoints/latest")), 0);
    json_t *good = run_json("verify --json @/run", 0);
    ck_assert_uint_eq(json_array_size(json_object_get(good, "files")), 2);
    json_decref(good);
    verify_copy_without_ending();
    scratch_write(&scratch, "run/checkpoints/step_00000002.h5", "x", 1);
    json_t *bad = run_json("verify --json @/run", ERROR_CHECKPOINT);
    ck_assert(json_is_false(json_object_get(bad, "ok")));
    ck_assert(json_is_null(json_object_get(bad, "content")));
    json_decref(bad);
}
END_TEST

static void expect_tensor(const char *name, const char *tensor, const float *want, int64_t len)
{
    StFile *f;
    float out[16];
    ck_assert_int_eq(st_open(scratch_path(&scratch, name), &f, NULL), 0);
    ck_assert_ptr_nonnull(st_find(f, tensor));
    ck_assert_int_eq(st_find(f, tensor)->len, len);
    ck_assert_int_eq(st_count(f), 2);
    ck_assert_int_eq(st_read_f32(f, st_find(f, tensor), out, NULL), 0);
    ck_assert_mem_eq(out, want, (size_t)len * sizeof *out);
    st_close(f);
}

/* Numbers that are not finite: info names the array, what uses the weights stops. */
START_TEST(not_a_number)
{
    static const float x[] = {1, 2, 3};
    char *out;
    StWrite t[] = {{"a", 1, {3}, x},
                   {"fc.weight", 1, {2}, (float[]){1, NAN}},
                   {"z", 1, {1}, (float[]){INFINITY}}};
    ck_assert_int_eq(st_write(scratch_path(&scratch, "nan.safetensors"), NULL, 0, t, 3, NULL),
                     0);
    ck_assert_int_eq(run("info @/nan.safetensors", &out, NULL), 0);
    ck_assert_ptr_nonnull(
        strstr(out, "NaN or infinite numbers in fc.weight and 1 more arrays\n"));
    mem_free(out);
    ck_assert_int_eq(run("info --json @/nan.safetensors", &out, NULL), 0);
    ck_assert_ptr_nonnull(strstr(out, "\"not_finite\": 2"));
    mem_free(out);
    ck_assert_int_eq(run("convert @/nan.safetensors @/y.h5", NULL, &out), ERROR_NUMERIC);
    ck_assert_ptr_nonnull(
        strstr(out, "nan.safetensors: tensor 'fc.weight': 1 of 2 numbers are NaN"));
    ck_assert(!file_exists(scratch_path(&scratch, "y.h5")));
    mem_free(out);
}
END_TEST

/* Names in a file are not commands to a terminal. */
START_TEST(names_with_control_characters)
{
    char *messages;
    const StWrite t[] = {{"\x1b[31m.visual_encoder.a", 1, {1}, ten},
                         {"a\x1b]0;b\a\x7f", 1, {1}, ten}};
    ck_assert_int_eq(st_write(scratch_path(&scratch, "odd.safetensors"), NULL, 0, t, 2, NULL),
                     0);
    ck_assert_int_eq(run("convert @/odd.safetensors @/y.h5", NULL, &messages), 0);
    ck_assert_ptr_nonnull(strstr(messages, "odd.safetensors: names without '?[31m.'\n"));
    ck_assert_ptr_null(strpbrk(messages, "\x1b\a\x7f"));
    mem_free(messages);
}
END_TEST

START_TEST(convert_a_checkpoint)
{
    char *messages;
    const float average[] = {-1, -2};
    ck_assert_int_eq(run("convert @/ckpt.h5 @/w.safetensors", NULL, &messages), 0);
    ck_assert_ptr_nonnull(strstr(messages, "2 arrays written, 3 of "));
    ck_assert_ptr_nonnull(strstr(messages, "the parameters are their moving average\n"));
    mem_free(messages);
    expect_tensor("w.safetensors", "fc.weight", average, 2);
    expect_tensor("w.safetensors", "label_embed", ten, 8);
    succeed("convert --ema @/ckpt.h5 @/w.safetensors");
    expect_tensor("w.safetensors", "fc.weight", average, 2);
    ck_assert_int_eq(run("convert --raw @/ckpt.h5 @/w.safetensors", NULL, &messages), 0);
    ck_assert_ptr_null(strstr(messages, "moving average"));
    mem_free(messages);
    expect_tensor("w.safetensors", "fc.weight", ten, 2);
}
END_TEST

/* Conversions one after another, and files that must then have equal bytes or contents: the
 * content hash does not depend on the format. */
static const struct {
    const char *convert[5];
    const char *bytes[2], *content[2];
} chains[] = {
    {.convert = {GOLDEN " @/a.safetensors", "@/a.safetensors @/b.h5", "@/b.h5 @/c.safetensors",
                 "@/c.safetensors @/d.h5", "@/d.h5 @/e.safetensors"},
     .bytes = {"c.safetensors", "e.safetensors"},
     .content = {"info --json @/b.h5", "info --json @/c.safetensors"}},
    {.convert = {WEIGHTS "ram_plus_tiny.pth @/a.h5", "@/a.h5 @/b.safetensors",
                 "@/b.safetensors @/c.pth", "@/c.pth @/d.pth"},
     .bytes = {"c.pth", "d.pth"}},
    {.convert = {GOLDEN " @/a.pth", "@/a.pth @/b.h5"},
     .content = {"info --json @/a.pth", "info --json @/b.h5"}},
    {.content = {"info --json @/run", "info --json " NEWEST}},
    {.content = {"verify --json @/run", "info --json " NEWEST}},
    {.content = {"verify --json @/ckpt.h5", "info --json @/ckpt.h5"}},
};
enum { CHAINS = sizeof chains / sizeof *chains };

START_TEST(convert_there_and_back)
{
    for (int i = 0; i < 5 && chains[_i].convert[i]; i++)
        succeed("convert %s", chains[_i].convert[i]);
    if (chains[_i].bytes[0]) {
        Bytes file[2];
        for (int k = 0; k < 2; k++)
            ck_assert_int_eq(
                file_read(scratch_path(&scratch, chains[_i].bytes[k]), &file[k], NULL), 0);
        ck_assert_uint_eq(file[0].len, file[1].len);
        ck_assert_mem_eq(file[0].data, file[1].data, file[0].len);
        for (int k = 0; k < 2; k++) bytes_free(&file[k]);
    }
    if (chains[_i].content[0]) {
        json_t *json[2];
        for (int k = 0; k < 2; k++) json[k] = run_json(chains[_i].content[k], 0);
        ck_assert_uint_eq(strspn(text_of(json[0], "content"), "0123456789abcdef"), 32);
        ck_assert_str_eq(text_of(json[0], "content"), text_of(json[1], "content"));
        for (int k = 0; k < 2; k++) json_decref(json[k]);
    }
}
END_TEST

/* From PyTorch through both other formats and back to it: equal shapes and numbers. */
START_TEST(convert_keeps_numbers)
{
    for (int i = 0; i < 3; i++) succeed("convert %s", chains[1].convert[i]);
    TensorSet from, to;
    ck_assert_int_eq(weight_set_open(WEIGHTS "ram_plus_tiny.pth", "param/", &from, NULL, NULL),
                     0);
    ck_assert_int_eq(tensor_set_open(scratch_path(&scratch, "c.pth"), &to, NULL), 0);
    ck_assert_int_eq(from.count, to.count);
    for (int64_t i = 0; i < from.count; i++) {
        const TensorEntry *e = &from.entry[i], *o = &to.entry[tensor_set_find(&to, e->name)];
        const size_t bytes = (size_t)e->len * sizeof(float);
        float *x = mem_alloc(bytes), *y = mem_alloc(bytes);
        ck_assert(e->ndim == o->ndim && memcmp(e->shape, o->shape, sizeof e->shape) == 0);
        ck_assert_int_eq(from.read(from.store, i, x, NULL), 0);
        ck_assert_int_eq(to.read(to.store, o - to.entry, y, NULL), 0);
        ck_assert_mem_eq(x, y, bytes);
        mem_free(x);
        mem_free(y);
    }
    tensor_set_close(&from);
    tensor_set_close(&to);
}
END_TEST

#define SIZES                                                                                  \
    " swin.width=8 swin.depths=2,2,2,2 swin.heads=1,2,2,4 swin.window=4 model.hidden=48 "      \
    "model.image_size="

/* Words of stdout and stderr, and the exit code. With --json, stdout must be JSON. */
static const struct {
    const char *arguments;
    int code;
    const char *out[3], *messages[3];
} says[] = {
    {"info --json @/ckpt.h5", 0,
     .out =
         {"\"kind\": \"checkpoint\"", "\"checksums\": true, ",
          "[1, 2]},\n {\"name\": \"label_embed\", \"type\": \"f32\", \"shape\": [4, 2]},\n"}},
    {"info @/ckpt.h5", 0,
     .out = {"ckpt.h5: checkpoint, ", ", 5 entries, ", "  f32       [4, 2]\n"}},
    {"info --json " GOLDEN, 0, .out = {"\"kind\": \"weights\"", "\"checksums\": false, "}},
    {"info " GOLDEN, 0, .out = {", 159 entries, "}},
    {"info --json " WEIGHTS "views.pth", 0,
     .out = {"\"kind\": \"weights\"", "\"checksums\": true, "}},
    {"info --json @/run", 0, .out = {"\"kind\": \"run\""}},
    {"verify --json @/ckpt.h5", 0, .out = {"\"ok\": true}"}},
    {"verify --json " WEIGHTS "views.pth", 0, .out = {"\"ok\": true}"}},
    {"verify --json @/run", 0, .out = {"\"ok\": true", "00001.h5\"", "00002.h5\""}},
    {"verify --json @/ckpt.h5 @/bad.h5", 6,
     .out = {"\"ok\": true},\n {\"file\": ", "\"content\": null, ", "\"ok\": false"}},
    {"convert" SIZES "64 model.ffn=96 " WEIGHTS "ram_plus_tiny.pth @/x.h5", 0,
     .messages = {"0 missing, 0 unexpected, 0 of another"}},
    {"convert" SIZES "64 model.ffn=96 " WEIGHTS "ram_plus_tiny_half_oldnames.pth @/x.h5", 0,
     .messages = {"0 missing, 0 unexpected, 0 of another", "159 arrays written, 10 of "}},
    {"convert" SIZES "128 model.ffn=96 " WEIGHTS "swin_tiny_window3.pth @/x.h5", 0,
     .messages = {"missing: fc.weight\n", " missing, 0 unexpected, 0 of another shape\n",
                  "\n8 position tables resampled to the sizes of the model\n"}},
    {"convert" SIZES "64 model.ffn=64 " WEIGHTS "ram_plus_tiny.pth @/x.h5", 6,
     .messages = {"other shape: tagging_head.encoder.layer.0.intermediate.dense.weight: shape "
                  "[96, 48], the model has [64, 48]\n",
                  "error: " WEIGHTS "ram_plus_tiny.pth: "
                  "tagging_head.encoder.layer.0.intermediate.dense.weight: shape [96, 48], the "
                  "model has",
                  "6 of another shape\n"}},
    {"convert" SIZES "64 model.ffn=96 " WEIGHTS "views.pth @/x.h5", 0,
     .messages = {"unexpected: a\n", "8 unexpected, 0 of another"}},
    {"convert model.encoder=swin_t @/ckpt.h5 @/x.h5", 6,
     .messages = {"missing: wordvec_proj.weight\n",
                  " missing, 0 unexpected, 1 of another shape\n",
                  "/ckpt.h5: fc.weight: shape [1, 2], the model has [1, 768]\n"}},
    {"info --help", 0, .out = {"example: ramplus "}},
    {"verify --help", 0, .out = {"example: ramplus "}},
    {"convert --help", 0, .out = {"example: ramplus "}},
};
enum { SAYS = sizeof says / sizeof *says };

static void expect_words(const char *text, const char *const *words)
{
    for (int i = 0; i < 3 && words[i]; i++)
        ck_assert_msg(strstr(text, words[i]) != NULL, "%s lacks %s", text, words[i]);
}

START_TEST(says_words)
{
    const char *arguments = says[_i].arguments;
    char *out, *messages;
    const int code = run(arguments, &out, &messages);
    ck_assert_msg(code == says[_i].code, "%s: %d: %s", arguments, code, messages);
    expect_words(out, says[_i].out);
    expect_words(messages, says[_i].messages);
    if (strstr(arguments, "--json")) json_decref(parse(out));
    if (strstr(arguments, "@/x.h5"))
        ck_assert_int_eq(file_exists(scratch_path(&scratch, "x.h5")), code == 0);
    mem_free(out);
    mem_free(messages);
}
END_TEST

static const struct {
    const char *arguments;
    int code;
    const char *message;
} bad[] = {
    {"info", 2, "error: info: expected FILE-or-FOLDER, got no argument"},
    {"info a b", 2, "error: info: b: unexpected argument"},
    {"info --jsno x", 2, "no such option; did you mean '--json'?"},
    {"verify", 2, "error: verify: expected FILE-or-FOLDER..., got no argument"},
    {"verify seed=1", 2, "error: verify: seed=1: unexpected argument"},
    {"convert a.h5", 2, "error: convert: expected IN OUT, got too few arguments"},
    {"convert @/ckpt.h5 @/x.pt", 2, "x.pt: convert writes .safetensors, .pth and .h5 only"},
    {"convert --ema " GOLDEN " @/x.h5", 2, "--ema: only checkpoints hold a moving average"},
    {"convert --ema --raw @/ckpt.h5 @/x.h5", 2, "--ema and --raw: only one of them"},
    {"convert seeed=1 @/ckpt.h5 @/x.h5", 2, "seeed: unknown option; did you mean 'seed'?"},
    {"info /nonexistent", 3, "error: /nonexistent: cannot open: No such file"},
    {"info tests/golden/README.md", 3, "README.md: not a weights file, checkpoint"},
    {"info tests", 3,
     "tests: not a weights file, checkpoint, label bank, run folder or data folder"},
    {"convert /nonexistent @/x.h5", 3, "/nonexistent: cannot open"},
    {"convert tests @/x.h5", 3, "tests: not a run folder: it has no checkpoints"},
    {"info @/cut.pth", 3,
     "no end record of a zip archive: truncated, or not written by PyTorch"},
    {"convert @/cut.pth @/x.h5", 3, "cut.pth: byte "},
    {"verify @/empty.pth", 3,
     "empty.pth: not a file of weights (.pth, .safetensors or .h5): an empty file"},
    {"convert --ema " WEIGHTS "views.pth @/x.h5", 2, "--ema: only checkpoints hold"},
    {"convert " WEIGHTS "views.pth /nonexistent/x.pth", 1, "x.pth: cannot write: No such"},
    {"info @/bad.h5", 6, "bad.h5: checksum of the whole file: does not match"},
    {"info @/link", 6, "link: not a file of ramplus: only zeros"},
    {"convert @/bad.h5 @/x.h5", 6, "bad.h5: checksum of the whole file: does not match"},
    {"convert @/ckpt.h5 /nonexistent/x.h5", 1,
     "/nonexistent/x.h5: cannot create: No such file"},
    {"convert @/ckpt.h5 /nonexistent/x.safetensors", 1, "x.safetensors: cannot write: No such"},
    {"verfy x", 2, "verfy: no such command; did you mean 'verify'?"},
};
enum { BAD = sizeof bad / sizeof *bad };

/* One error line, the documented exit code, nothing on stdout, and no file written. */
START_TEST(refuses)
{
    char *out, *messages;
    int code = run(bad[_i].arguments, &out, &messages);
    ck_assert_msg(code == bad[_i].code, "%s: %d: %s", bad[_i].arguments, code, messages);
    ck_assert_msg(strstr(messages, bad[_i].message) != NULL, "%s", messages);
    ck_assert_msg(strchr(messages, '\n') == messages + strlen(messages) - 1, "%s", messages);
    ck_assert_str_eq(out, "");
    ck_assert(!file_exists(scratch_path(&scratch, "x.h5")));
    mem_free(out);
    mem_free(messages);
}
END_TEST

Suite *test_file_commands_suite(void);
Suite *test_file_commands_suite(void)
{
    Suite *s = suite_create("file_commands");
    TCase *c = tcase_create("file_commands");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, says_words, 0, SAYS);
    tcase_add_test(c, info_of_a_data_folder);
    tcase_add_test(c, info_of_evaluation_sets);
    tcase_add_test(c, verify_files);
    tcase_add_test(c, verify_runs);
    tcase_add_test(c, not_a_number);
    tcase_add_test(c, names_with_control_characters);
    tcase_add_test(c, convert_a_checkpoint);
    tcase_add_loop_test(c, convert_there_and_back, 0, CHAINS);
    tcase_add_test(c, convert_keeps_numbers);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(s, c);
    return s;
}
