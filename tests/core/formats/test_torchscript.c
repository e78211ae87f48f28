/* SPDX-License-Identifier: Apache-2.0 */
/* TorchScript archives: the tensors of their modules have the names of a state_dict, their
 * programs are not read, and archives that would list tensors without end are rejected. */
#include "core/formats/pth.h"
#include "core/mem.h"
#include "tests/core/formats/pth_build.h"
#include "tests/core/formats/zip_build.h"

#include <check.h>
#include <string.h>

/* An empty object of a class; the dictionary after it holds its attributes. */
#define OBJECT(name)             GLOBAL("__torch__.net", name) ")\x81"
#define OBJECT_OF(name, content) OBJECT(name) "}(" content "ub"

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* Writes an archive like torch.jit.save: a compressed program, constants, a version. `change`
 * replaces one part. */
static const char *build(Pkl pickle, int which, ZipPart change)
{
    float numbers[24];
    size_t len;
    for (int i = 0; i < 24; i++) numbers[i] = (float)i;
    ZipPart part[] = {
        {.name = "t/data.pkl", .data = pickle.bytes, .len = pickle.len},
        {.name = "t/code/__torch__/net.py",
         .data = "deflated",
         .len = 8,
         .size = 99,
         .method = 8},
        {.name = "t/code/__torch__/net.py.debug_pkl", .data = "x", .len = 1, .method = 8},
        {.name = "t/data/0", .data = numbers, .len = sizeof numbers},
        {.name = "t/constants.pkl", .data = "\x80\x02).", .len = 4},
        {.name = "t/version", .data = "3\n", .len = 2},
    };
    if (which >= 0) part[which] = change;
    uint8_t *bytes = zip_build(part, 6, &(ZipEnd){0}, &len);
    const char *path = scratch_write(&scratch, "x.pt", bytes, len);
    mem_free(bytes);
    return path;
}

static void refused(const char *path, const char *why)
{
    Error err = {0};
    PthFile *f = NULL;
    ck_assert_int_eq(pth_open(path, &f, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_msg(strstr(err.text, why), "%s: expected %s", err.text, why);
    ck_assert(strncmp(err.text, path, strlen(path)) == 0);
}

static const char net[] = PROTO OBJECT_OF(
    "Net", TEXT1("w") PAIR TEXT1("t") "\x88" /* training */
    TEXT1("l") GLOBAL("torch.jit._pickle", "build_intlist") "](K\1K\2e\x85R" TEXT1("m")
        OBJECT_OF("___torch_mangle_0.Inner",
                  TEXT1("b") PAIR TEXT1("n") OBJECT_OF("Inner", TEXT1("c") PAIR)) TEXT1("e")
            OBJECT_OF("Empty", "")) ".";

START_TEST(names_of_a_state_dict)
{
    static const char *const want[] = {"w", "m.b", "m.n.c"};
    Error err = {0};
    PthFile *f = NULL;
    const char *path = build((Pkl)PKL(net), -1, (ZipPart){0});
    ck_assert_msg(pth_open(path, &f, &err) == 0, "%s", err.text);
    ck_assert_int_eq(pth_count(f), 3);
    for (int i = 0; i < 3; i++) {
        float value[2];
        const PthEntry *e = pth_entry(f, i);
        ck_assert_str_eq(e->name, want[i]);
        ck_assert_int_eq(pth_read_f32(f, e, value, NULL), 0);
        ck_assert(value[0] == 0 && value[1] == 1);
    }
    bool all = true;
    ck_assert_int_eq(pth_verify(f, &all, NULL), 0);
    ck_assert(!all); /* as the archive was written here */
    pth_close(f);
}
END_TEST

/* net.pt was made by PyTorch 2.15, without its debugging records:
 *   fc = Linear(3, 2), inner = Sequential(Linear(2, 2, bias=False), ReLU()), scale: a half,
 *   count: a buffer */
START_TEST(a_real_file)
{
    static const struct {
        const char *name, *dtype;
        int64_t len;
        float value[6];
    } want[] = {
        {"scale", "F16", 1, {2.5F}},
        {"count", "I64", 2, {7, 8}},
        {"fc.weight", "F32", 6, {0, 1, 2, 3, 4, 5}},
        {"fc.bias", "F32", 2, {-1, 0.5F}},
        {"inner.0.weight", "F32", 4, {1, 3, 2, 4}},
    };
    Error err = {0};
    PthFile *f = NULL;
    ck_assert_msg(pth_open("tests/core/formats/net.pt", &f, &err) == 0, "%s", err.text);
    ck_assert_int_eq(pth_count(f), 5);
    for (int i = 0; i < 5; i++) {
        float value[6];
        const PthEntry *e = pth_entry(f, i);
        ck_assert_str_eq(e->name, want[i].name);
        ck_assert_str_eq(e->dtype, want[i].dtype);
        ck_assert_int_eq(e->len, want[i].len);
        ck_assert_int_eq(pth_read_f32(f, e, value, NULL), 0);
        ck_assert_mem_eq(value, want[i].value, (size_t)e->len * sizeof *value);
    }
    bool all = false;
    ck_assert_int_eq(pth_verify(f, &all, &err), 0);
    ck_assert(all); /* everything that is ever read */
    pth_close(f);
}
END_TEST

/* Only the program may be compressed, and both headers must say so. */
START_TEST(compressed_elsewhere)
{
    static const struct {
        int which;
        ZipPart part;
        const char *why;
    } row[] = {
        {0,
         {.name = "t/data.pkl", .data = net, .len = sizeof net - 1, .method = 8},
         "entry 't/data.pkl': compressed (method 8)"},
        {3,
         {.name = "t/data/0", .data = net, .len = 96, .method = 8},
         "entry 't/data/0': compressed (method 8)"},
        {4,
         {.name = "t/codec/x", .data = "x", .len = 1, .method = 8},
         "entry 't/codec/x': compressed"},
        {4,
         {.name = "code/x", .data = "x", .len = 1, .method = 8},
         "entry 'code/x': compressed"},
        {1,
         {.name = "t/code/x", .data = "x", .len = 1, .method = 12},
         "entry 't/code/x': compressed (method 12)"},
        {1,
         {.name = "t/code/x", .data = "x", .len = 1, .method = 8, .packed = 1 << 20},
         "entry 't/code/x': 1048576 bytes: extend past the end"},
        {1,
         {.name = "t/code/x", .data = "x", .len = 1, .method = 8, .packed = 60},
         "overlaps the entry before it"},
        {1,
         {.name = "t/code/x", .data = "x", .len = 1, .method = 8, .flags = 1},
         "entry 't/code/x': encrypted"},
        {1,
         {.name = "t/code/x", .data = "x", .len = 1, .local_method = 8},
         "entry 't/code/x': compressed by its own header"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        refused(build((Pkl)PKL(net), row[i].which, row[i].part), row[i].why);
}
END_TEST

#define SELF PROTO OBJECT("Net") "q\0}" TEXT1("s") "h\0sb."

START_TEST(inconsistent_objects)
{
    static const struct {
        Pkl pickle;
        const char *why;
    } row[] = {
        {PKL(SELF), "objects: nested too deeply"},
        {PKL(PROTO OBJECT("Net") "."), "no tensors in its module"},
        {PKL(PROTO OBJECT("Net") ")b."), "no tensors"}, /* a __getstate__ of its own */
        {PKL(PROTO OBJECT_OF("Net", "K\1" PAIR) "."),
         "the name of an attribute is not a string"},
        {PKL(PROTO OBJECT_OF("Net", TEXT1("\0") PAIR) "."), "an attribute has a NUL byte"},
        {PKL(PROTO OBJECT_OF("Net", "X\0\0\0\0" PAIR) "."), "the key of a tensor is empty"},
        {PKL(PROTO OBJECT_OF("Net", TEXT1("a") PAIR TEXT1("a") PAIR) "."),
         "tensor 'a': duplicate name"},
        {PKL(PROTO OBJECT_OF("Net", TEXT1("a") PAIR) "}" TEXT1("b") "K\1sb."),
         "BUILD: the object has its attributes already"},
        {PKL(PROTO GLOBAL("__torch__.net", "Net") ")R."),
         "REDUCE: '__torch__.*': not callable"},
        {PKL(PROTO GLOBAL("__torch__x", "Net") ")\x81."),
         "holds an object of '__torch__x.Net'"},
        {PKL(PROTO GLOBAL("torch.jit._pickle", "build_other") ")R."),
         "holds an object of 'torch.jit._pickle.build_other'"},
        {PKL(PROTO OBJECT("Net") "K\1" TEXT1("a") "s."), "expected a dictionary"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        refused(build(row[i].pickle, -1, (ZipPart){0}), row[i].why);
}
END_TEST

typedef struct Program {
    char bytes[8192];
    size_t len;
} Program;

static void put(Program *p, const char *bytes, size_t n)
{
    ck_assert_uint_le(p->len + n, sizeof p->bytes);
    memcpy(p->bytes + p->len, bytes, n);
    p->len += n;
}

/* Twelve levels of objects, each contained 30 times in the next: 30^12 tensors in a few
 * kilobytes. */
START_TEST(endless_sharing)
{
    static const char inner[] = PROTO OBJECT_OF("Net", TEXT1("a") PAIR) "q\0";
    static const char head[] = "0" OBJECT("Net") "}(";
    Program p = {.len = 0};
    put(&p, inner, sizeof inner - 1);
    for (char level = 0; level < 12; level++) {
        put(&p, head, sizeof head - 1);
        for (char i = 0; i < 30; i++)
            put(&p, (const char[]){'X', 1, 0, 0, 0, (char)('0' + i), 'h', level}, 8);
        put(&p, (const char[]){'u', 'b', 'q', (char)(level + 1)}, 4);
    }
    put(&p, ".", 1);
    refused(build((Pkl){p.bytes, p.len}, -1, (ZipPart){0}),
            "its objects have too many attributes");
}
END_TEST

/* A hundred tensors share one key of a megabyte. */
START_TEST(a_long_key_for_many)
{
    static const char head[] = PROTO "X\0\0\x10\0", tensor[] = "q\0" PAIR "q\1"
                                                               "00}(";
    enum { KEY = 1 << 20, MANY = 100 };
    const size_t len = sizeof head - 1 + KEY + sizeof tensor - 1 + 4 * MANY + 2;
    char *bytes = mem_alloc(len), *p = bytes;
    p = (char *)memcpy(p, head, sizeof head - 1) + sizeof head - 1;
    p = (char *)memset(p, 'k', KEY) + KEY;
    p = (char *)memcpy(p, tensor, sizeof tensor - 1) + sizeof tensor - 1;
    for (int i = 0; i < MANY; i++) p = (char *)memcpy(p, "h\0h\1", 4) + 4;
    memcpy(p, "u.", 2);
    refused(build((Pkl){bytes, len}, -1, (ZipPart){0}),
            "names and shapes of its tensors: more than 64 MiB");
    mem_free(bytes);
}
END_TEST

Suite *test_torchscript_suite(void);
Suite *test_torchscript_suite(void)
{
    Suite *s = suite_create("torchscript");
    TCase *t = tcase_create("torchscript");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_real_file);
    tcase_add_test(t, names_of_a_state_dict);
    tcase_add_test(t, compressed_elsewhere);
    tcase_add_test(t, inconsistent_objects);
    tcase_add_test(t, endless_sharing);
    tcase_add_test(t, a_long_key_for_many);
    suite_add_tcase(s, t);
    return s;
}
