/* SPDX-License-Identifier: Apache-2.0 */
/* Where the weights stand in a file of PyTorch, and values beside them that are no weights. */
#include "core/formats/pth.h"
#include "core/formats/tensor_set.h"
#include "tests/core/formats/pth_build.h"

#include <check.h>
#include <string.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* clang-format off */
#define KEY(length, text) "X" length "\0\0\0" text
#define ONE(letter) "}" TEXT1(letter) PAIR "s"            /* {letter: tensor} */
#define TWO "}(" TEXT1("x") PAIR TEXT1("y") PAIR "u"      /* {x: tensor, y: tensor} */

/* The names that are found, separated by blanks, and what is said about the place. */
static const struct Place {
    Pkl pickle;
    const char *names, *where;
} places[] = {
    {PKL(PROTO "}" KEY("\x10", "model_state_dict") ONE("a") "s."), "a", NULL},
    {PKL(PROTO "}" KEY("\3", "net") ONE("a") "s."), "a", NULL},
    {PKL(PROTO "}" KEY("\6", "module") ONE("a") "s."), "a", NULL},
    {PKL(PROTO "}" KEY("\5", "my_w!") ONE("a") "s."), "a", NULL}, /* the only one, whatever its key */
    {PKL(PROTO "}" KEY("\1", "c") "}" KEY("\1", "d") "}" KEY("\5", "model") ONE("a") "sss."), "a", NULL},
    {PKL(PROTO "}(" KEY("\5", "model") ONE("a") KEY("\x0e", "state_dict_ema") ONE("b") "u."), "a",
     "weights under 'model'; left out: 'state_dict_ema'"},
    {PKL(PROTO "}(" KEY("\x0e", "state_dict_ema") ONE("b") KEY("\x0a", "state_dict") ONE("a") TEXT1("o") ONE("c") "u."), "a",
     "weights under 'state_dict'; left out: 'state_dict_ema' and 1 more"},
    {PKL(PROTO "}(" TEXT1("c") "}(" KEY("\3", "ema") ONE("b") KEY("\3", "net") ONE("a") "u" TEXT1("e") "K\1u."), "a",
     "weights under 'c.net'; left out: 'ema'"},
    /* none is the usual one: all, under their keys */
    {PKL(PROTO "}(" TEXT1("G") ONE("a") TEXT1("D") ONE("a") "u."), "G.a D.a", NULL},
    {PKL(PROTO "}" KEY("\5", "model") "}(" TEXT1("e") ONE("a") TEXT1("d") ONE("b") "us."), "e.a d.b", NULL},
    /* a tensor beside the weights, and a dictionary in them */
    {PKL(PROTO "}(" TEXT1("r") PAIR TEXT1("w") TWO "u."), "x y", NULL},
    {PKL(PROTO "}(" TEXT1("r") PAIR TEXT1("s") PAIR TEXT1("e") ONE("a") "u."), "r s", NULL},
    {PKL(PROTO "}(K\3" PAIR TEXT1("a") PAIR "u."), "a", NULL},
    /* a number is no key of weights: the state of an optimizer */
    {PKL(PROTO "}(" TEXT1("o") "}" TEXT1("s") "}K\0" TWO "ss" TEXT1("w") ONE("a") "u."), "a", NULL},
    /* shared and circular dictionaries */
    {PKL(PROTO "}q\0(" TEXT1("b") "h\0" TEXT1("a") PAIR "u."), "a", NULL},
    {PKL(PROTO "}q\0(" KEY("\5", "model") "h\0" TEXT1("w") ONE("a") "u."), "a",
     "weights under 'model.model.model.model.w'; left out: 'w'; left out: 'w'; left out: 'w'; left out: 'w'"},
};
enum { PLACES = sizeof places / sizeof *places };
/* clang-format on */

START_TEST(the_weights_are_found)
{
    const struct Place *c = &places[_i];
    Error err = {0};
    PthFile *f = NULL;
    char names[64] = "";
    const int status = pth_open(pth_build(&scratch, "x.pth", c->pickle), &f, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    for (int64_t i = 0; i < pth_count(f); i++) {
        if (i) strcat(names, " ");
        strcat(names, pth_entry(f, i)->name);
    }
    ck_assert_str_eq(names, c->names);
    ck_assert_pstr_eq(pth_where(f), c->where);
    pth_close(f);
}
END_TEST

/* A root, or a value under a key of weights, that is no dictionary. */
static const struct {
    Pkl pickle;
    const char *message;
} roots[] = {
    {PKL(PROTO "}" TEXT1("a") PAIR "sK\3\x86."), "holds no dictionary of tensors"},
    {PKL(PROTO PAIR "."), "holds no dictionary of tensors"},
    {PKL(PROTO "]."), "holds no dictionary of tensors"},
    {PKL(PROTO ")."), "holds no dictionary of tensors"},
    {PKL(PROTO "K\7."), "holds no dictionary of tensors"},
    {PKL(PROTO "N."), "holds no dictionary of tensors"},
    {PKL(PROTO "X\x0d\0\0\0a long string."), "holds no dictionary of tensors"},
    {PKL(PROTO FLOATS "."), "holds no dictionary of tensors"},
    {PKL(PROTO GLOBAL("torch", "float32") "."), "holds an object of 'torch.float32'"},
    {PKL(PROTO "}X\5\0\0\0modelX\x0d\0\0\0a long strings."), "it has 'model'"},
    {PKL(PROTO "}X\5\0\0\0model" PAIR "K\1\x86s."), "it has 'model'"},
    {PKL(PROTO "}(X\5\0\0\0modelNK\1" PAIR "]" TEXT1("x") "u."),
     "the key of a tensor is empty, not a string"},
    {PKL(PROTO "}" TEXT1("w") GLOBAL("numpy", "make") ")Rs."),
     "holds an object of 'numpy.make'"},
};

START_TEST(no_dictionary_of_tensors)
{
    PthFile *f = NULL;
    Error err = {0};
    ck_assert_int_eq(pth_open(pth_build(&scratch, "x.pth", roots[_i].pickle), &f, &err), -1);
    expect_error(&err, ERROR_DATA, roots[_i].message);
}
END_TEST

/* clang-format off */
#define BUILTIN(name) GLOBAL("__builtin__", name)
#define BYTES_OF(name) "(" KEY("\7", "storage") GLOBAL("torch.storage", name) TEXT1("0") TEXT1("c") "K\x60tQ"
#define TYPED(type, shape) GLOBAL("torch._utils", "_rebuild_tensor_v3") "(" BYTES_OF("UntypedStorage") \
    "K\0" shape "\x85K\1\x85" NO_HOOKS type "tR"
#define WITH(value) PROTO "}(" TEXT1("b") value TEXT1("a") PAIR "u."

/* Values of "b" beside the weights "a"; what b is called where it is read, NULL: it is no
 * entry. */
static const struct Beside {
    Pkl pickle;
    const char *unreadable;
} beside[] = {
    {PKL(WITH(BUILTIN("set") "](K\1K\2e\x85R")), NULL},
    {PKL(WITH(BUILTIN("frozenset") "](K\1e\x85R")), "__builtin__.frozenset"},
    {PKL(WITH(BUILTIN("complex") "G\0\0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0\x86R")), NULL},
    {PKL(WITH(BUILTIN("bytearray") TEXT1("x") "\x85R")), NULL},
    {PKL(WITH(GLOBAL("collections", "Counter") "}K\1K\2s\x85R")), NULL},
    {PKL(WITH(GLOBAL("collections", "defaultdict") BUILTIN("list") "\x85R" TEXT1("k") "]s")), NULL},
    {PKL(WITH(GLOBAL("collections", "OrderedDict") "](](K\1K\2ee\x85R")), "collections.OrderedDict"},
    {PKL(WITH(GLOBAL("collections", "deque") ")R(K\1K\2e")), "collections.deque"},
    {PKL(WITH(GLOBAL("my.module", "Config") ")\x81}" TEXT1("k") "K\1sb")), "my.module.Config"},
    {PKL(WITH(GLOBAL("my", "Dict") ")\x81" TEXT1("k") "K\1s")), "my.Dict"},
    {PKL(WITH(GLOBAL("my", "Named") ")}\x92")), "my.Named"},
    {PKL(WITH(GLOBAL("my", "maker") ")R)R")), "my.maker"}, /* what is made is called */
    {PKL(WITH(GLOBAL("my", "Class"))), NULL},              /* a class alone */
    {PKL(WITH(GLOBAL("numpy._core.multiarray", "scalar") GLOBAL("numpy", "dtype") TEXT1("f") "\x89\x88\x87R(K\3tb"
              "C\x01x\x86R")), "numpy._core.multiarray.scalar"},
    {PKL(WITH(GLOBAL("torch._utils", "_rebuild_qtensor") "((" KEY("\7", "storage") GLOBAL("torch", "QInt8Storage")
              TEXT1("9") TEXT1("c") "K\1tQK\0tR")), "torch._utils._rebuild_qtensor"},
    {PKL(WITH(GLOBAL("torch._utils", "_rebuild_sparse_tensor") "N(" PAIR PAIR "t\x86R")), "torch._utils._rebuild_sparse_tensor"},
    {PKL(WITH(TYPED(GLOBAL("torch", "float8_e4m3fn"), "K\2"))), "F8_E4M3"},
    {PKL(WITH(TYPED(GLOBAL("torch", "float8_e4m3fnuz"), "K\2"))), "torch.float8_e4m3fnuz"},
    {PKL(WITH(REBUILD "((" KEY("\7", "storage") GLOBAL("torch", "ComplexFloatStorage") TEXT1("0") TEXT1("c")
              "K\x0ctQK\0K\2\x85K\1\x85" NO_HOOKS "tR")), "C64"},
    {PKL(WITH(GLOBAL("torch._tensor", "_rebuild_from_type_v2") "(" GLOBAL("torch._utils", "_rebuild_wrapper")
              GLOBAL("my", "Tensor") ")}tR")), "torch._utils._rebuild_wrapper"},
};
enum { BESIDE = sizeof beside / sizeof *beside };
/* clang-format on */

START_TEST(values_beside_weights)
{
    TensorSet set;
    Error err = {0};
    float out[2];
    const struct Beside *c = &beside[_i];
    const char *path = pth_build(&scratch, "x.pth", c->pickle);
    ck_assert_msg(tensor_set_open(path, &set, &err) == 0, "%s", err.text);
    const int64_t a = tensor_set_find(&set, "a"), b = tensor_set_find(&set, "b");
    ck_assert_int_eq(tensor_set_read(&set, a, out, NULL), 0);
    ck_assert(out[0] == 0 && out[1] == 1);
    ck_assert_int_eq(b >= 0, c->unreadable != NULL);
    if (b >= 0) {
        ck_assert_str_eq(tensor_set_unreadable(&set.entry[b]), c->unreadable);
        ck_assert_int_eq(tensor_set_read(&set, b, out, &err), -1);
        expect_error(&err, ERROR_DATA, "x.pth: tensor 'b': ");
        expect_error(&err, ERROR_DATA, c->unreadable);
    }
    tensor_set_close(&set);
}
END_TEST

/* clang-format off */
/* Types that only the newer builder of tensors writes, over the bytes of 0, 1, 2, ... */
static const struct Typed {
    Pkl pickle;
    float want[3];
} typed[] = {
    {PKL(DICT_OF(TYPED(GLOBAL("torch", "float32"), "K\3"))), {0, 1, 2}},
    {PKL(DICT_OF(TYPED(GLOBAL("torch", "uint16"), "K\4"))), {0, 0, 0}},
    {PKL(DICT_OF(TYPED(GLOBAL("torch", "uint32"), "K\2"))), {0, 0x3f800000, 0}},
    {PKL(DICT_OF(TYPED(GLOBAL("torch", "uint64"), "K\1"))), {0x1.fcp61f, 0, 0}},
    {PKL(DICT_OF(GLOBAL("torch._tensor", "_rebuild_from_type_v2") "(" REBUILD GLOBAL("my", "Tensor")
                 "(" FLOATS "K\1K\2\x85K\1\x85" NO_HOOKS "t}tR")), {1, 2, 0}},
    {PKL(DICT_OF(GLOBAL("torch._utils", "_rebuild_parameter_with_state") "(" PAIR "\x88)}tR")), {0, 1, 0}},
};
enum { TYPED_ROWS = sizeof typed / sizeof *typed };
/* clang-format on */

START_TEST(newer_builders_of_tensors)
{
    TensorSet set;
    Error err = {0};
    float out[4] = {0};
    const char *path = pth_build(&scratch, "x.pth", typed[_i].pickle);
    ck_assert_msg(tensor_set_open(path, &set, &err) == 0, "%s", err.text);
    ck_assert_int_eq(tensor_set_read(&set, 0, out, NULL), 0);
    for (int i = 0; i < 3; i++) ck_assert_double_eq((double)out[i], (double)typed[_i].want[i]);
    tensor_set_close(&set);
}
END_TEST

Suite *test_pth_places_suite(void);
Suite *test_pth_places_suite(void)
{
    Suite *s = suite_create("pth_places");
    TCase *c = tcase_create("pth_places");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, the_weights_are_found, 0, PLACES);
    tcase_add_loop_test(c, no_dictionary_of_tensors, 0, sizeof roots / sizeof *roots);
    tcase_add_loop_test(c, values_beside_weights, 0, BESIDE);
    tcase_add_loop_test(c, newer_builders_of_tensors, 0, TYPED_ROWS);
    suite_add_tcase(s, c);
    return s;
}
