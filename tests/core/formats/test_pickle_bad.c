/* SPDX-License-Identifier: Apache-2.0 */
/* Pickles that would run code in Python, and inconsistent pickles: each is rejected with the
 * opcode, its offset and, if there is one, the requested name, by the library and by the
 * program. */
#include "core/formats/pth.h"
#include "core/mem.h"
#include "tests/core/formats/pth_build.h"
#include "tests/support/sanitized.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct Bad {
    Pkl pickle;
    const char *message;
} bad[] = {
    /* names that run code: by every way to mention one */
    {PKL(PROTO GLOBAL("os", "system") "X\x02\0\0\0id\x85R."), "byte 2: GLOBAL: 'os.system': refused"},
    {PKL(PROTO GLOBAL("posix", "system") "X\x02\0\0\0id\x85R."), "'posix.system': refused"},
    {PKL(PROTO GLOBAL("nt", "system") ")R."), "'nt.system': refused"},
    {PKL(PROTO GLOBAL("builtins", "eval") TEXT1("1") "\x85R."), "'builtins.eval': refused"},
    {PKL(PROTO GLOBAL("builtins", "exec") TEXT1("1") "\x85R."), "'builtins.exec': refused"},
    {PKL(PROTO GLOBAL("__builtin__", "eval") TEXT1("1") "\x85R."), "'__builtin__.eval': refused"},
    {PKL(PROTO GLOBAL("builtins", "getattr") ")R."), "holds an object of 'builtins.getattr', not a dictionary of tensors: save"},
    {PKL(PROTO GLOBAL("builtins", "__import__") TEXT1("a") "\x85R."), "'builtins.__import__': refused"},
    {PKL(PROTO GLOBAL("builtins", "open") TEXT1("a") "\x85R."), "'builtins.open': refused"},
    {PKL(PROTO GLOBAL("subprocess", "Popen") TEXT1("a") "\x85R."), "'subprocess.Popen': refused"},
    {PKL(PROTO GLOBAL("runpy", "run_path") TEXT1("a") "\x85R."), "'runpy.run_path': refused"},
    {PKL(PROTO GLOBAL("importlib", "import_module") ")R."), "'importlib.import_module': refused"},
    {PKL(PROTO GLOBAL("pickle", "loads") "C\0\x85R."), "'pickle.loads': refused"},
    {PKL(PROTO GLOBAL("torch", "load") TEXT1("a") "\x85R."), "'torch.load': refused"},
    {PKL(PROTO GLOBAL("torch.hub", "load") ")R."), "'torch.hub.load': refused"},
    {PKL(PROTO GLOBAL("torch.storage", "_load_from_bytes") "C\0\x85R."),
     "holds an object of 'torch.storage._load_from_bytes'"},
    {PKL(PROTO GLOBAL("torch._utils", "_rebuild_tensor_v3") ")R."), "tensor: expected 7 or 8 arguments"},
    {PKL(PROTO GLOBAL("torch._tensor", "_rebuild_from_type_v2") ")R."), "tensor: expected a function, a class, arguments and attributes"},
    {PKL(PROTO GLOBAL("torch.nn.modules.linear", "Linear") ")\x81."), "holds an object of 'torch.nn.modules.linear.Linear', not"},
    {PKL(PROTO GLOBAL("__torc__.m", "Net") ")\x81."), "holds an object of '__torc__.m.Net'"},
    {PKL(PROTO GLOBAL("collections", "OrderedDict.__class__") ")R."), "holds an object of 'collections.OrderedDict.__class__'"},
    {PKL(PROTO GLOBAL("collections", "defaultdict") ")R."), "no tensors in its dictionary"},
    {PKL(PROTO GLOBAL("numpy.core.multiarray", "_reconstruct") ")R."), "holds an object of 'numpy.core.multiarray._reconstruct'"},
    {PKL(PROTO GLOBAL("_codecs", "encode") ")R."), "holds an object of '_codecs.encode'"},
    {PKL(PROTO GLOBAL("torch", "FloatStorage\0x") ")R."), "holds an object of 'torch.FloatStorage'"},
    {PKL(PROTO GLOBAL("os\x1b[2J", "system") "."), "holds an object of 'os?[2J.system'"},
    {PKL(PROTO GLOBAL("", "") "."), "holds an object of '.'"},
    {PKL("\x80\x04" "\x8c\x02os\x8c\x06system\x93."), "byte 14: STACK_GLOBAL: 'os.system': refused"},
    {PKL("\x80\x04\x95\x17\0\0\0\0\0\0\0" "\x8c\x08" "builtins\x94\x8c\x04" "exec\x94\x93\x94)R."),
     "STACK_GLOBAL: 'builtins.exec': refused"},
    {PKL(PROTO "(ios\nsystem\n."), "byte 3: INST: refused: it could run code"},
    {PKL(PROTO "(" GLOBAL("collections", "OrderedDict") "o."), "OBJ: refused: it could run code"},
    {PKL("\x80\x04" GLOBAL("argparse", "Namespace") ")}\x92."), "holds no dictionary of tensors"},
    {PKL(PROTO "\x82\x01."), "byte 2: EXT1: refused: it could run code"},
    {PKL(PROTO "\x83\x01\x01."), "byte 2: EXT2: refused"},
    {PKL(PROTO "\x84\x01\x01\0\0."), "byte 2: EXT4: refused"},
    /* calling what is no callable, building what is no class */
    {PKL(PROTO TEXT1("f") ")R."), "REDUCE: expected a known name"},
    {PKL(PROTO GLOBAL("torch", "float32") ")R."), "REDUCE: 'torch.float32': not callable"},
    {PKL(PROTO GLOBAL("torch", "FloatStorage") ")R."), "REDUCE: 'torch.FloatStorage': not callable"},
    {PKL(PROTO GLOBAL("collections", "OrderedDict") "]R."), "REDUCE: expected a tuple of arguments"},
    {PKL(PROTO GLOBAL("collections", "OrderedDict") "K\1\x85R."), "holds an object of 'collections.OrderedDict'"},
    {PKL(PROTO REBUILD ")\x81."), "NEWOBJ: expected a class"},
    {PKL(PROTO GLOBAL("torch", "Size") ")\x81."), "NEWOBJ: expected a class"},
    {PKL(DICT_OF(PAIR "}b")), "BUILD: the value has no attributes to set"},
    {PKL(PROTO TEXT1("x") "}b."), "BUILD: the value has no attributes to set"},
    {PKL(PROTO GLOBAL("os", "system") "}b."), "'os.system': refused"},
    {PKL(PROTO REBUILD "}b."), "BUILD: the value has no attributes to set"},
    {PKL(PROTO "K\1Q."), "BINPERSID: storage: expected 5 fields"},
    {PKL(PROTO "(X\x06\0\0\0module" GLOBAL("torch", "FloatStorage") TEXT1("0") TEXT1("c") "K\1tQ."),
     "BINPERSID: persistent id: not the id of a storage"},
    {PKL(PROTO "(X\x07\0\0\0storage" REBUILD TEXT1("0") TEXT1("c") "K\1tQ."), "storage: its type is not a storage type"},
    {PKL(PROTO "(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") "K\0" TEXT1("c") "K\1tQ."),
     "storage: key and location: expected texts"},
    {PKL(PROTO "(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("\0") TEXT1("c") "K\1tQ."),
     "storage: key: a NUL byte inside"},
    {PKL(PROTO "(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("0") TEXT1("c") "J\xff\xff\xff\xfftQ."),
     "storage: length: not a whole number >= 0"},
    /* the text opcodes of protocol 0, and what torch.save does not write */
    {PKL("cos\nsystem\n(S'id'\ntR."), "byte 0: not a pickle of protocol 2 to 5"},
    {PKL(PROTO "Pid\n."), "PERSID: refused: part of protocol 0"},
    {PKL(PROTO "S'a'\n."), "STRING: refused: part of protocol 0"},
    {PKL(PROTO "Va\n."), "UNICODE: refused"},
    {PKL(PROTO "I1\n."), "INT: refused"},
    {PKL(PROTO "L1L\n."), "LONG: refused"},
    {PKL(PROTO "F1\n."), "FLOAT: refused"},
    {PKL(PROTO "}p0\n."), "PUT: refused"},
    {PKL(PROTO "g0\n."), "GET: refused"},
    {PKL(PROTO "}2."), "DUP: refused: torch.save does not write it"},
    {PKL("\x80\x05\x97."), "NEXT_BUFFER: refused"},
    {PKL("\x80\x05}\x98."), "READONLY_BUFFER: refused"},
    {PKL(PROTO "\xff."), "byte 2: 0xff: no such opcode"},
    {PKL("\x80\x01}."), "PROTO: protocol 1: expected 2 to 5"},
    {PKL("\x80\x06}."), "PROTO: protocol 6: expected 2 to 5"},
    {PKL(PROTO PROTO "}."), "byte 2: PROTO: not at the start"},
    /* programs that end early or late, or leave the stack wrong */
    {PKL(""), "byte 0: truncated"},
    {PKL(PROTO), "byte 2: truncated"},
    {PKL(PROTO "}"), "byte 3: truncated"},
    {PKL(PROTO "."), "STOP: the stack is empty"},
    {PKL(PROTO "}}."), "STOP: values left on the stack"},
    {PKL(PROTO "(}."), "STOP: values left on the stack"},
    {PKL(PROTO "}.}"), "STOP: bytes left after the end"},
    {PKL(PROTO "(."), "STOP: the stack is empty"},
    {PKL(PROTO "0."), "POP: the stack is empty"},
    {PKL(PROTO "}1."), "POP_MARK: no mark on the stack"},
    {PKL(PROTO "}t."), "TUPLE: no mark on the stack"},
    {PKL(PROTO "K\1\x86."), "TUPLE2: the stack is empty"},
    {PKL(PROTO "K\1(\x85."), "TUPLE1: the stack is empty"},
    {PKL(PROTO "X\xff\xff\xff\xff" "a."), "BINUNICODE: truncated"},
    {PKL("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff" "a."), "BINUNICODE8: truncated"},
    {PKL("\x80\x04\x8e\0\0\0\0\0\0\0\x80" "a."), "BINBYTES8: truncated"},
    {PKL("\x80\x04\x95\xff\0\0\0\0\0\0\0}."), "FRAME: longer than the pickle"},
    {PKL(PROTO "\x8b\xff\xff\xff\xff."), "LONG4: truncated"},
    {PKL(PROTO "\x8a\x09" "12345678."), "byte 13: truncated"},
    {PKL(PROTO "ctorch\nFloatStorage"), "GLOBAL: truncated"},
    {PKL(PROTO "ctorch"), "GLOBAL: truncated"},
    /* the memo */
    {PKL(PROTO "h\0."), "BINGET: memo 0: not stored before"},
    {PKL(PROTO "}q\1."), "BINPUT: memo 1: only 0 are stored so far"},
    {PKL(PROTO "}r\xff\xff\xff\xff."), "LONG_BINPUT: memo 4294967295: only 0"},
    {PKL(PROTO "}q\0j\1\0\0\0."), "LONG_BINGET: memo 1: not stored before"},
    {PKL(PROTO "(q\0."), "BINPUT: the stack is empty"},
    /* containers of the wrong kind */
    {PKL(PROTO "}K\1a."), "APPEND: expected a list"},
    {PKL(PROTO "}(K\1e."), "APPENDS: expected a list"},
    {PKL(PROTO "]K\1K\2s."), "SETITEM: expected a dictionary"},
    {PKL(PROTO ")(K\1K\2u."), "SETITEMS: expected a dictionary"},
    {PKL(PROTO "}(K\1u."), "SETITEMS: a key without a value"},
    {PKL(PROTO "(K\1d."), "DICT: a key without a value"},
    {PKL("\x80\x04}(K\1\x90."), "ADDITEMS: expected a set"},
    /* tensors that reach outside their storage of 24 numbers */
    {PKL(DICT_OF(TENSOR("K\x17", "K\2\x85", "K\1\x85"))), "reach element 24: its storage '0' has 24"},
    {PKL(DICT_OF(TENSOR("K\x19", "K\0\x85", "K\1\x85"))), "offset 25: its storage '0' has 24"},
    {PKL(DICT_OF(TENSOR("J\xff\xff\xff\xff", "K\2\x85", "K\1\x85"))), "offset: not a whole number >= 0"},
    {PKL(DICT_OF(TENSOR("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "K\2\x85", "K\1\x85"))),
     "tensor: shape and strides overflow"},
    {PKL(DICT_OF(TENSOR("\x8a\x01\xff", "K\2\x85", "K\1\x85"))), "offset: not a whole number >= 0"},
    {PKL(DICT_OF(TENSOR("\x8a\x02\xff\0", "K\2\x85", "K\1\x85"))), "offset 255: its storage '0' has 24"},
    {PKL(DICT_OF(TENSOR("\x8a\x09\0\0\0\0\0\0\0\0\x01", "K\2\x85", "K\1\x85"))), "offset: not a whole number"},
    {PKL(DICT_OF(TENSOR("K\0", "K\x19\x85", "K\1\x85"))), "reach element 24"},
    {PKL(DICT_OF(TENSOR("K\0", "K\2\x85", "K\x18\x85"))), "reach element 24"},
    {PKL(DICT_OF(TENSOR("K\0", "K\4K\6\x86", "K\7K\1\x86"))), "reach element 26"},
    {PKL(DICT_OF(TENSOR("K\0", "K\2\x85", "J\xff\xff\xff\xff\x85"))), "strides: not whole numbers >= 0"},
    {PKL(DICT_OF(TENSOR("K\0", "J\xfe\xff\xff\xff\x85", "K\1\x85"))), "shape: not whole numbers >= 0"},
    {PKL(DICT_OF(TENSOR("K\0", "K\3\x85", "\x8a\x08\0\0\0\0\0\0\0\x40\x85"))), "shape and strides overflow"},
    {PKL(DICT_OF(TENSOR("K\0", "\x8a\x08\0\0\0\0\x01\0\0\0\x8a\x08\0\0\0\0\x01\0\0\0\x86", "K\0K\0\x86"))),
     "shape and strides overflow"},
    {PKL(DICT_OF(TENSOR("K\0", "\x8a\x08\0\0\0\0\0\x01\0\0\x85", "K\0\x85"))),
     "tensor 'a': with it, views of more than"},
    {PKL(DICT_OF(TENSOR("K\0", "K\2\x85", "K\1K\1\x86"))), "shape and strides of different lengths"},
    {PKL(DICT_OF(TENSOR("K\0", "(K\1K\1K\1K\1K\1K\1K\1K\1K\1t", "K\1\x85"))), "shape: 9 axes, at most 8"},
    {PKL(DICT_OF(TENSOR("K\0", "K\2", "K\1\x85"))), "shape: not a tuple"},
    {PKL(DICT_OF(TENSOR("K\0", "N\x85", "K\1\x85"))), "shape: not whole numbers >= 0"},
    {PKL(DICT_OF(REBUILD "(K\0K\0K\2\x85K\1\x85" NO_HOOKS "tR")), "tensor: its first argument is not a storage"},
    {PKL(DICT_OF(REBUILD "(" FLOATS "tR")), "tensor: expected 6 or 7 arguments"},
    {PKL(DICT_OF(GLOBAL("torch._utils", "_rebuild_parameter") "K\1\x88)\x87R")), "parameter: expected a tensor"},
    {PKL(DICT_OF(GLOBAL("torch", "Size") "K\1\x85R")), "torch.Size: expected one tuple"},
    /* storages that are not there, or of another length */
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("1") TEXT1("c") "K\1tQ")),
     "storage '1': no such record"},
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") "X\x0c\0\0\0../byteorder" TEXT1("c")
                 "K\1tQ")), "storage '../byteorder': no such record"},
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("0") TEXT1("c") "K\x19tQ")),
     "storage '0': 25 elements of F32: its record has 96 bytes"},
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("0") TEXT1("c") "K\x17tQ")),
     "storage '0': 23 elements of F32: its record has 96 bytes"},
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "DoubleStorage") TEXT1("0") TEXT1("c") "K\x18tQ")),
     "storage '0': 24 elements of F64: its record has 96 bytes"},
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "FloatStorage") TEXT1("0") TEXT1("c")
                 "\x8a\x08\x18\0\0\0\0\0\0\x40tQ")), "its record has 96 bytes"},
    {PKL(DICT_OF("(X\x07\0\0\0storage" GLOBAL("torch", "QInt8Storage") TEXT1("0") TEXT1("c") "K\1tQ")),
     "holds an object of 'torch.QInt8Storage'"},
    /* no weights */
    {PKL(PROTO "}."), "no tensors in its dictionary"},
    {PKL(PROTO PAIR "."), "holds no dictionary of tensors"},
    {PKL(PROTO "]" PAIR "a."), "holds no dictionary of tensors"},
    {PKL(PROTO "}K\1" PAIR "s."), "the key of a tensor is empty, not a string"},
    {PKL(PROTO "}X\0\0\0\0" PAIR "s."), "the key of a tensor is empty"},
    {PKL(PROTO "}" TEXT1("\0") PAIR "s."), "a NUL byte"},
    {PKL(PROTO "}(" TEXT1("a") PAIR TEXT1("a") PAIR "u."), "tensor 'a': duplicate name"},
};
/* clang-format on */
enum { BAD = sizeof bad / sizeof *bad };

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

START_TEST(refuses)
{
    Error err = {0};
    PthFile *f = NULL;
    const char *path = pth_build(&scratch, "x.pth", bad[_i].pickle);
    ck_assert_msg(pth_open(path, &f, &err) == -1, "opened, expected: %s", bad[_i].message);
    ck_assert_ptr_null(f);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    expect_error(&err, ERROR_DATA, "x.pth: ");
}
END_TEST

/* The program: exit code 3, one line, nothing on stdout. */
START_TEST(program_refuses)
{
    char *out, *messages;
    pth_build(&scratch, "x.pth", bad[_i].pickle);
    char *line = mem_format("info %s/x.pth", scratch.dir);
    ck_assert_int_eq(run_program(&scratch, line, &out, &messages), 3);
    ck_assert_str_eq(out, "");
    ck_assert_msg(strncmp(messages, "error: ", 7) == 0, "%s", messages);
    ck_assert_msg(strstr(messages, bad[_i].message) != NULL, "%s", messages);
    ck_assert_ptr_eq(strchr(messages, '\n'), messages + strlen(messages) - 1);
    mem_free(line);
    mem_free(out);
    mem_free(messages);
}
END_TEST

/* A pickle that repeats one opcode is rejected before it takes much memory. */
static void refuse_flood(const char *opcode, const char *message)
{
    const size_t n = 20 << 20, step = strlen(opcode);
    char *bytes = mem_alloc(n + 2);
    memcpy(bytes, PROTO, 2);
    for (size_t i = 0; i + step <= n; i += step) memcpy(bytes + 2 + i, opcode, step);
    Error err = {0};
    PthFile *f = NULL;
    const char *path = pth_build(&scratch, "x.pth", (Pkl){bytes, n});
    ck_assert_int_eq(pth_open(path, &f, &err), -1);
    expect_error(&err, ERROR_DATA, message);
    mem_free(bytes);
}

START_TEST(refuses_floods)
{
    refuse_flood("]", "EMPTY_LIST: too many values on the stack");
    refuse_flood("(", "MARK: too many values on the stack");
    refuse_flood("}0", "EMPTY_DICT: more than 4194304 values");
    refuse_flood("]\x94"
                 "0",
                 "MEMOIZE: too many values stored");
    refuse_flood("}]]s0", "SETITEM: more than 256 MiB of values");
    if (SANITIZED_MEMORY)
        fputs("skipped under sanitizers: memory of floods\n", stderr);
    else
        ck_assert_uint_lt(mem_peak() >> 20, 1000);
}
END_TEST

START_TEST(refuses_a_pickle_that_is_too_long)
{
    const size_t n = (64 << 20) + 1;
    char *bytes = mem_calloc(n, 1);
    Error err = {0};
    PthFile *f = NULL;
    const char *path = pth_build(&scratch, "x.pth", (Pkl){bytes, n});
    ck_assert_int_eq(pth_open(path, &f, &err), -1);
    expect_error(&err, ERROR_DATA, "data.pkl: 67108865 bytes: at most 67108864");
    mem_free(bytes);
}
END_TEST

/* A valid pickle that is truncated anywhere is rejected. */
START_TEST(refuses_cut_pickles)
{
    const Pkl good = PKL(DICT_OF(PAIR));
    PthFile *f = NULL;
    ck_assert_int_eq(pth_open(pth_build(&scratch, "x.pth", good), &f, NULL), 0);
    pth_close(f);
    for (size_t n = 0; n < good.len; n++) {
        Error err = {0};
        const char *path = pth_build(&scratch, "x.pth", (Pkl){good.bytes, n});
        ck_assert_int_eq(pth_open(path, &f, &err), -1);
        expect_error(&err, ERROR_DATA, "truncated");
    }
}
END_TEST

Suite *test_pickle_bad_suite(void);
Suite *test_pickle_bad_suite(void)
{
    Suite *s = suite_create("pickle_bad");
    TCase *c = tcase_create("pickle_bad");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_loop_test(c, program_refuses, 0, BAD);
    tcase_add_test(c, refuses_floods);
    tcase_add_test(c, refuses_a_pickle_that_is_too_long);
    tcase_add_test(c, refuses_cut_pickles);
    suite_add_tcase(s, c);
    return s;
}
