/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch files: number types, views, the search for weights, and the writer. Rejected files
 * are in test_pickle_bad.c and test_zip.c. */
#include "core/formats/pth.h"
#include "core/formats/tensor_set.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/core/formats/pth_build.h"
#include "tests/core/formats/zip_build.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static PthFile *open_good(const char *path)
{
    Error err = {0};
    PthFile *f = NULL;
    ck_assert_msg(pth_open(path, &f, &err) == 0, "%s", err.text);
    return f;
}

static const PthEntry *find(const PthFile *f, const char *name)
{
    for (int64_t i = 0; i < pth_count(f); i++)
        if (strcmp(pth_entry(f, i)->name, name) == 0) return pth_entry(f, i);
    ck_abort_msg("%s is missing", name);
}

static void expect(PthFile *f, const char *name, int64_t n, const float *want)
{
    float out[64];
    Error err = {0};
    const PthEntry *e = find(f, name);
    ck_assert_int_eq(e->len, n);
    ck_assert_msg(pth_read_f32(f, e, out, &err) == 0, "%s", err.text);
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(out[i] == want[i], "%s[%d]: %g, expected %g", name, (int)i,
                      (double)out[i], (double)want[i]);
}

static void expect_shape(const PthFile *f, const char *name, const char *dtype, int ndim,
                         const int64_t *shape)
{
    const PthEntry *e = find(f, name);
    ck_assert_str_eq(e->dtype, dtype);
    ck_assert_int_eq(e->ndim, ndim);
    for (int i = 0; i < ndim; i++) ck_assert_int_eq(e->shape[i], shape[i]);
}

/* A file written by PyTorch: a 4 x 6 matrix of 0..23, a block of it, its transpose, a number,
 * integers, an empty tensor, doubles. */
START_TEST(views_of_a_real_file)
{
    float want[24];
    PthFile *f = open_good("tests/golden/weights/views.pth");
    for (int i = 0; i < 24; i++) want[i] = (float)i;
    expect(f, "a", 24, want);
    expect(f, "b", 6, (float[]){8, 9, 10, 14, 15, 16});
    for (int r = 0; r < 6; r++)
        for (int c = 0; c < 4; c++) want[r * 4 + c] = (float)(6 * c + r);
    expect(f, "c", 24, want);
    expect_shape(f, "c", "F32", 2, (int64_t[]){6, 4});
    expect(f, "d", 1, (float[]){3.5f});
    expect_shape(f, "d", "F32", 0, NULL);
    expect(f, "e", 3, (float[]){1, 2, 3});
    expect_shape(f, "e", "I64", 1, (int64_t[]){3});
    expect(f, "f", 0, NULL);
    expect_shape(f, "f", "F32", 2, (int64_t[]){0, 3});
    expect(f, "g", 6, (float[]){0, 1, 2, 3, 4, 5});
    expect_shape(f, "g", "F64", 1, (int64_t[]){6});
    ck_assert_int_eq(pth_others(f), 0);
    pth_close(f);
}
END_TEST

/* Views over 0..23: offset, shape and strides as opcodes, and the expected elements. */
static const struct View {
    Pkl pickle;
    int n;
    float want[12];
} views[] = {
    {PKL(DICT_OF(TENSOR("K\0", "K\3\x85", "K\1\x85"))), 3, {0, 1, 2}},
    {PKL(DICT_OF(TENSOR("K\x15", "K\3\x85", "K\1\x85"))), 3, {21, 22, 23}},
    {PKL(DICT_OF(TENSOR("K\1", "K\3\x85", "K\5\x85"))), 3, {1, 6, 11}},
    {PKL(DICT_OF(TENSOR("K\2", "K\2K\3\x86", "K\1K\4\x86"))), 6, {2, 6, 10, 3, 7, 11}},
    {PKL(DICT_OF(TENSOR("K\7", "K\2K\3\x86", "K\0K\1\x86"))), 6, {7, 8, 9, 7, 8, 9}},
    {PKL(DICT_OF(TENSOR("K\0", "K\3K\2\x86", "K\1K\1\x86"))), 6, {0, 1, 1, 2, 2, 3}},
    {PKL(DICT_OF(TENSOR("K\x17", ")", ")"))), 1, {23}},
    {PKL(DICT_OF(TENSOR("K\x18", "K\0\x85", "K\1\x85"))), 0, {0}},
    {PKL(DICT_OF(TENSOR("K\0", "K\0K\3\x86", "K\x7fK\x7f\x86"))), 0, {0}},
    /* an axis of one may have any stride */
    {PKL(DICT_OF(
         TENSOR("K\5", "K\1K\2\x86", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\3\x86"))),
     2,
     {5, 8}},
    {PKL(DICT_OF(
         TENSOR("K\5", "K\2K\1K\2\x87", "K\4\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\1\x87"))),
     4,
     {5, 6, 9, 10}},
    {PKL(DICT_OF(TENSOR("K\0", "(K\1K\2K\1K\1K\1K\1K\1K\2t", "(K\0K\2K\0K\0K\0K\0K\0K\1t"))),
     4,
     {0, 1, 2, 3}},
};
enum { VIEWS = sizeof views / sizeof *views };

START_TEST(views_are_laid_out)
{
    PthFile *f = open_good(pth_build(&scratch, "x.pth", views[_i].pickle));
    expect(f, "a", views[_i].n, views[_i].want);
    uint8_t raw[64];
    ck_assert_int_eq(pth_read_raw(f, find(f, "a"), raw, NULL), 0);
    ck_assert_mem_eq(raw, views[_i].want, (size_t)views[_i].n * sizeof(float));
    pth_close(f);
}
END_TEST

/* A transposed matrix of more than one block, in a type that is converted. */
START_TEST(a_large_view_is_laid_out)
{
    enum { ROWS = 1100, COLUMNS = 701 };
    static const char pickle[] =
        PROTO "}" TEXT1("a") REBUILD "((X\x07\0\0\0storage" GLOBAL("torch", "DoubleStorage")
            TEXT1("0") TEXT1("c") "J\x1c\xc4\x0b\0tQ" /* 771,100 */
                                  "K\0M\xbd\2M\x4c\4\x86K\1M\xbd\2\x86" NO_HOOKS "tRs.";
    double *numbers = mem_alloc(ROWS * COLUMNS * sizeof *numbers);
    float *out = mem_alloc(ROWS * COLUMNS * sizeof *out);
    for (int i = 0; i < ROWS * COLUMNS; i++) numbers[i] = i;
    const ZipPart part[] = {
        {.name = "t/data.pkl", .data = pickle, .len = sizeof pickle - 1},
        {.name = "t/data/0", .data = numbers, .len = ROWS * COLUMNS * sizeof *numbers}};
    size_t len;
    uint8_t *bytes = zip_build(part, 2, &(ZipEnd){0}, &len);
    PthFile *f = open_good(scratch_write(&scratch, "x.pth", bytes, len));
    expect_shape(f, "a", "F64", 2, (int64_t[]){COLUMNS, ROWS});
    ck_assert_int_eq(pth_read_f32(f, find(f, "a"), out, NULL), 0);
    for (int c = 0; c < COLUMNS; c++)
        for (int r = 0; r < ROWS; r++) ck_assert(out[c * ROWS + r] == (float)(r * COLUMNS + c));
    pth_close(f);
    mem_free(bytes);
    mem_free(out);
    mem_free(numbers);
}
END_TEST

/* All forms in which picklers write the same dictionary, and values that are ignored. */
static const Pkl same[] = {
    PKL(DICT_OF(PAIR)),
    PKL(PROTO "(" TEXT1("a") PAIR "d."),
    PKL(PROTO "}(" TEXT1("a") PAIR TEXT1("b") "NK\1NU\1xNT\1\0\0\0xNu."),
    PKL(PROTO GLOBAL("collections", "OrderedDict") ")Rq\0" TEXT1("a") PAIR
        "s}X\x09\0\0\0_metadata}sb."),
    PKL(PROTO "}X\5\0\0\0model}" TEXT1("a") PAIR "ss."),
    PKL(PROTO "}(X\x0a\0\0\0state_dict}" TEXT1("a") PAIR "sX\5\0\0\0epochK\4u."),
    PKL(PROTO "}X\5\0\0\0model" GLOBAL("collections", "OrderedDict") ")R" TEXT1("a") PAIR
        "ss."),
    PKL(DICT_OF(GLOBAL("torch._utils", "_rebuild_parameter") "(" PAIR "\x88)tR")),
    PKL(DICT_OF(TENSOR("K\0", GLOBAL("torch", "Size") "K\2\x85\x85R", "K\1\x85"))),
    PKL(PROTO "}(" TEXT1("n") GLOBAL("argparse", "Namespace") ")\x81}" TEXT1("x") "]sb" TEXT1(
        "d") GLOBAL("torch", "device") TEXT1("c") "\x85R" TEXT1("t") GLOBAL("torch", "float16")
            TEXT1("f") "G@\t!\xfbTD-\x18" TEXT1("l") "](K\1K\2e" TEXT1("m") "(K\1l" TEXT1(
                "i") "\x8a\x09"
                     "123456789" TEXT1("a") PAIR "u."),
    PKL("\x80\x04\x95\x02\0\0\0\0\0\0\0"
        "}\x94\x8c\x01"
        "a\x94\x8c\x0c"
        "torch._utils\x94\x8c\x12"
        "_rebuild_tensor_v2\x94\x93\x94(" FLOATS "K\0K\2\x85K\1\x85" NO_HOOKS "tRs."),
    PKL("\x80\x05}(\x8d\1\0\0\0\0\0\0\0"
        "a" PAIR "C\1bB\2\0\0\0bb\x8e\1\0\0\0\0\0\0\0b"
        "\x96\1\0\0\0\0\0\0\0b(K\1\x91\x8f(K\1K\2\x90u."),
    /* a number of the memo used twice */
    PKL(PROTO "}q\0]r\0\0\0\0"
              "0j\0\0\0\0"
              "0" TEXT1("a") PAIR "s."),
};
enum { SAME = sizeof same / sizeof *same };

START_TEST(pickles_of_one_tensor)
{
    PthFile *f = open_good(pth_build(&scratch, "x.pth", same[_i]));
    ck_assert_int_eq(pth_count(f), 1);
    ck_assert_int_eq(pth_others(f), 0);
    expect(f, "a", 2, (float[]){0, 1});
    pth_close(f);
}
END_TEST

START_TEST(tensors_outside_the_weights_are_counted)
{
    PthFile *f =
        open_good(pth_build(&scratch, "x.pth",
                            (Pkl)PKL(PROTO "}(X\x09\0\0\0optimizer}(K\0" PAIR "K\1]" PAIR
                                           "auX\5\0\0\0model}" TEXT1("a") PAIR "su.")));
    ck_assert_int_eq(pth_count(f), 1);
    ck_assert_int_eq(pth_others(f), 2);
    pth_close(f);
}
END_TEST

/* A dictionary that contains itself, and one that many others contain: no function traverses
 * them. */
START_TEST(cycles_do_no_harm)
{
    PthFile *f = open_good(pth_build(
        &scratch, "x.pth", (Pkl)PKL(PROTO "}q\0(" TEXT1("b") "h\0" TEXT1("a") PAIR "u.")));
    ck_assert_int_eq(pth_count(f), 1);
    pth_close(f);
}
END_TEST

static const struct Order {
    const char *text, *message;
} orders[] = {
    {"big", "byteorder 'big': expected 'little'"},
    {"", "byteorder '': expected 'little'"},
    {"littlebutverylong", "byteorder 'littlebutverylo': expected"},
};

START_TEST(other_byte_orders_are_refused)
{
    static const char pickle[] = DICT_OF(PAIR);
    const ZipPart part[] = {
        {.name = "t/data.pkl", .data = pickle, .len = sizeof pickle - 1},
        {.name = "t/data/0", .data = (char[96]){0}, .len = 96},
        {.name = "t/byteorder", .data = orders[_i].text, .len = strlen(orders[_i].text)}};
    size_t len;
    Error err = {0};
    PthFile *f = NULL;
    uint8_t *bytes = zip_build(part, 3, &(ZipEnd){0}, &len);
    ck_assert_int_eq(pth_open(scratch_write(&scratch, "x.pth", bytes, len), &f, &err), -1);
    expect_error(&err, ERROR_DATA, orders[_i].message);
    mem_free(bytes);
}
END_TEST

static void refuse_archive(const ZipPart *part, int parts, const char *message)
{
    size_t len;
    Error err = {0};
    PthFile *f = NULL;
    uint8_t *bytes = zip_build(part, parts, &(ZipEnd){0}, &len);
    ck_assert_int_eq(pth_open(scratch_write(&scratch, "x.pth", bytes, len), &f, &err), -1);
    expect_error(&err, ERROR_DATA, message);
    mem_free(bytes);
}

START_TEST(other_archives_are_refused)
{
    static const char pickle[] = DICT_OF(PAIR);
    const ZipPart p = {.name = "t/data.pkl", .data = pickle, .len = sizeof pickle - 1};
    const ZipPart wrong = {.name = "t/data.pkl", .data = "x", .len = 1, .crc = 1};
    const ZipPart elsewhere[] = {{.name = "a/x", .data = "", .len = 0}, p};
    refuse_archive(NULL, 0, "no data.pkl inside: not written by torch.save");
    refuse_archive(elsewhere, 2, "no data.pkl inside");
    refuse_archive(&p, 1, "storage '0': no such record");
    refuse_archive(&wrong, 1, "entry 't/data.pkl': corrupt: the CRC-32 does not match");
}
END_TEST

START_TEST(other_files_are_refused)
{
    Error err = {0};
    PthFile *f = NULL;
    const char *path = scratch_write(&scratch, "x.pth", "\x80\x02\x8a\nl\xfc\x9c\x46\xf9", 9);
    ck_assert_int_eq(pth_open(path, &f, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "x.pth: written by PyTorch before 1.6: load it with a newer");
    err = (Error){0};
    ck_assert_int_eq(pth_open("/nonexistent/x", &f, &err), -1);
    expect_error(&err, ERROR_DATA, "/nonexistent/x: cannot open");
    err = (Error){0};
    ck_assert_int_eq(pth_open("/tmp", &f, &err), -1);
    expect_error(&err, ERROR_DATA, "/tmp: not a regular file");
}
END_TEST

/* A changed byte of the numbers is detected by reading them and by pth_verify. */
START_TEST(damaged_numbers)
{
    Bytes b;
    bool all;
    float out[64];
    Error err = {0};
    const StWrite t = {"a", 1, {3}, NULL};
    PthWriter *w = NULL;
    const char *path = scratch_path(&scratch, "x.pth");
    ck_assert_int_eq(pth_create(path, &t, 1, &w, NULL), 0);
    ck_assert_int_eq(pth_put(w, (float[]){1, 2, 3}, NULL), 0);
    ck_assert_int_eq(pth_commit(w, NULL), 0);
    PthFile *f = open_good(path);
    ck_assert_int_eq(pth_verify(f, &all, NULL), 0);
    ck_assert(all);
    pth_close(f);
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    for (size_t i = 0; i + 12 <= b.len; i++)
        if (memcmp(b.data + i, (float[]){1, 2, 3}, 12) == 0) b.data[i] ^= 1;
    f = open_good(scratch_write(&scratch, "x.pth", b.data, b.len));
    ck_assert_int_eq(pth_read_f32(f, find(f, "a"), out, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "entry 'archive/data/0': corrupt: the CRC-32 does not match");
    err = (Error){0};
    ck_assert_int_eq(pth_verify(f, &all, &err), -1);
    expect_error(&err, ERROR_DATA, "corrupt");
    pth_close(f);
    bytes_free(&b);
    f = open_good("tests/golden/weights/views.pth");
    ck_assert_int_eq(pth_verify(f, &all, NULL), 0);
    ck_assert(all);
    pth_close(f);
    f = open_good(pth_build(&scratch, "y.pth", (Pkl)PKL(DICT_OF(PAIR))));
    ck_assert_int_eq(pth_verify(f, &all, NULL), 0);
    ck_assert(!all);
    pth_close(f);
}
END_TEST

START_TEST(round_trip)
{
    const float a[6] = {1, -2, 3.5f, 0, INFINITY, -1e-40f}, s = 7;
    const StWrite t[] = {{"b.weight", 2, {2, 3}, NULL},
                         {"\xc3\xa4 \"q\" \\", 0, {0}, NULL},
                         {"none", 2, {0, 5}, NULL},
                         {"eight", 8, {1, 1, 2, 1, 1, 1, 3, 1}, NULL}};
    Error err = {0};
    PthWriter *w = NULL;
    const char *path = scratch_path(&scratch, "x.pth");
    ck_assert_int_eq(pth_create(path, t, 4, &w, &err), 0);
    const float *data[] = {a, &s, a, a};
    for (int i = 0; i < 4; i++) ck_assert_int_eq(pth_put(w, data[i], &err), 0);
    ck_assert_int_eq(pth_commit(w, &err), 0);
    PthFile *f = open_good(path);
    ck_assert_int_eq(pth_count(f), 4);
    for (int i = 0; i < 4; i++) {
        expect_shape(f, t[i].name, "F32", t[i].ndim, t[i].shape);
        ck_assert_str_eq(pth_entry(f, i)->name, t[i].name);
        expect(f, t[i].name, pth_entry(f, i)->len, data[i]);
    }
    pth_close(f);
}
END_TEST

START_TEST(write_failures)
{
    const StWrite twice[] = {{"a", 1, {1}, NULL}, {"b", 1, {1}, NULL}, {"a", 1, {1}, NULL}};
    const StWrite odd = {"\xff", 1, {1}, NULL};
    PthWriter *w = NULL;
    Error err = {0};
    ck_assert_int_eq(pth_create(scratch_path(&scratch, "x.pth"), twice, 3, &w, &err), -1);
    expect_error(&err, ERROR_DATA, "x.pth: tensor 'a': duplicate name");
    err = (Error){0};
    ck_assert_int_eq(pth_create(scratch.path, &odd, 1, &w, &err), -1);
    expect_error(&err, ERROR_DATA, "not UTF-8");
    err = (Error){0};
    ck_assert_int_eq(pth_create(scratch_path(&scratch, "no/x.pth"), twice, 2, &w, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "no/x.pth: cannot write: No such file");
    ck_assert_int_eq(pth_create("/dev/full/x", twice, 0, &w, NULL), -1);
    ck_assert_ptr_null(w);
}
END_TEST

/* A safetensors header of 640 bytes begins like a pickle; the following bytes distinguish the
 * two. */
START_TEST(kinds_are_distinguished)
{
    char bytes[8 + 640];
    const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    TensorSet set;
    Error err = {0};
    memset(bytes, ' ', sizeof bytes);
    memcpy(bytes, "\x80\x02\0\0\0\0\0\0", 8);
    memcpy(bytes + 8, header, sizeof header - 1);
    const char *path = scratch_write(&scratch, "x.bin", bytes, sizeof bytes);
    ck_assert_msg(tensor_set_open(path, &set, &err) == 0, "%s", err.text);
    ck_assert(!set.verify);
    tensor_set_close(&set);
    path = pth_build(&scratch, "x.safetensors", (Pkl)PKL(DICT_OF(PAIR)));
    ck_assert_msg(tensor_set_open(path, &set, &err) == 0, "%s", err.text);
    ck_assert_str_eq(set.entry[0].name, "a");
    ck_assert(set.verify);
    tensor_set_close(&set);
    ck_assert_int_eq(tensor_set_open(scratch_write(&scratch, "y.pth", "", 0), &set, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "y.pth: not a file of weights (.pth, .safetensors or .h5): an empty file");
    tensor_set_close(&set);
}
END_TEST

Suite *test_pth_suite(void);
Suite *test_pth_suite(void)
{
    Suite *s = suite_create("pth");
    TCase *c = tcase_create("pth");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, views_of_a_real_file);
    tcase_add_loop_test(c, views_are_laid_out, 0, VIEWS);
    tcase_add_test(c, a_large_view_is_laid_out);
    tcase_add_loop_test(c, pickles_of_one_tensor, 0, SAME);
    tcase_add_test(c, tensors_outside_the_weights_are_counted);
    tcase_add_test(c, cycles_do_no_harm);
    tcase_add_loop_test(c, other_byte_orders_are_refused, 0, 3);
    tcase_add_test(c, other_archives_are_refused);
    tcase_add_test(c, other_files_are_refused);
    tcase_add_test(c, damaged_numbers);
    tcase_add_test(c, round_trip);
    tcase_add_test(c, write_failures);
    tcase_add_test(c, kinds_are_distinguished);
    suite_add_tcase(s, c);
    return s;
}
