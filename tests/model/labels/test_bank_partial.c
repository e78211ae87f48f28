/* SPDX-License-Identifier: Apache-2.0 */
/* Partial label banks on disk: complete blocks are read back, incomplete and corrupt ones are
 * not. */
#include "model/labels/bank_partial.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "model/labels/label_texts.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIM = 3, TEXTS = 2 * LABEL_TEXTS_BLOCK + 10, FLOATS = TEXTS * DIM };

static const BankIdentity identity = {.encoder = "clip",
                                      .fingerprint = "0123456789abcdef0123456789abcdef",
                                      .texts = "fedcba9876543210fedcba9876543210"};

static Scratch scratch;
static float want[FLOATS];

static void setup(void)
{
    scratch_new(&scratch);
    for (int i = 0; i < FLOATS; i++) want[i] = (float)(i + 1);
}

static void teardown(void) { scratch_free(&scratch); }

static const char *path(void) { return scratch_path(&scratch, "b.h5.part"); }

static BankPartial *opened(const BankIdentity *id, int64_t dim, float *rows, int64_t *done)
{
    BankPartial *p;
    Error err = {0};
    ck_assert_msg(bank_partial_open(path(), id, TEXTS, dim, rows, done, &p, &err) == 0, "%s",
                  err.text);
    return p;
}

/* Adds the blocks from `done` to `end`. */
static void add(BankPartial *p, int64_t done, int64_t end)
{
    Error err = {0};
    while (done < end) {
        const int64_t n = TEXTS - done < LABEL_TEXTS_BLOCK ? TEXTS - done : LABEL_TEXTS_BLOCK;
        ck_assert_msg(bank_partial_add(p, want + done * DIM, n, &err) == 0, "%s", err.text);
        done += n;
    }
}

static void make(int64_t end)
{
    float rows[FLOATS];
    int64_t done;
    BankPartial *p = opened(&identity, DIM, rows, &done);
    ck_assert_int_eq(done, 0);
    add(p, 0, end);
    bank_partial_close(p);
}

/* Opens the file, expects a number of rows and adds the rest; the file must then be complete.
 */
static void expect_done(int64_t rows_there)
{
    float rows[FLOATS] = {0};
    int64_t done;
    BankPartial *p = opened(&identity, DIM, rows, &done);
    ck_assert_int_eq(done, rows_there);
    ck_assert_mem_eq(rows, want, (size_t)(done * DIM) * sizeof *rows);
    add(p, done, TEXTS);
    bank_partial_close(p);
    memset(rows, 0, sizeof rows);
    p = opened(&identity, DIM, rows, &done);
    ck_assert_int_eq(done, TEXTS);
    ck_assert_mem_eq(rows, want, sizeof rows);
    bank_partial_remove(p);
    ck_assert(!file_exists(path()));
}

START_TEST(goes_on_from_any_block)
{
    const int64_t ends[] = {LABEL_TEXTS_BLOCK, 2 * LABEL_TEXTS_BLOCK, TEXTS};
    for (int i = 0; i < 3; i++) {
        make(ends[i]);
        expect_done(ends[i]);
    }
}
END_TEST

START_TEST(nothing_made_nothing_left)
{
    make(0);
    ck_assert(!file_exists(path()));
    bank_partial_close(NULL);
}
END_TEST

/* If the file is truncated anywhere, its complete blocks are used. */
START_TEST(truncated)
{
    make(TEXTS);
    const int64_t all = file_bytes(path()),
                  last = HASH_BYTES + 10 * DIM * (int64_t)sizeof(float),
                  block = HASH_BYTES + LABEL_TEXTS_BLOCK * DIM * (int64_t)sizeof(float),
                  header = all - last - 2 * block;
    Bytes file;
    ck_assert_int_eq(file_read(path(), &file, NULL), 0);
    for (int64_t n = 0; n <= all; n += n < header ? 1 : 61) {
        scratch_write(&scratch, "b.h5.part", file.data, (size_t)n);
        const int64_t whole = n < header ? 0 : (n - header) / block;
        expect_done(n == all     ? TEXTS
                    : whole >= 2 ? 2 * LABEL_TEXTS_BLOCK
                                 : whole * LABEL_TEXTS_BLOCK);
    }
    bytes_free(&file);
}
END_TEST

/* After a flipped bit, the block that contains it and all later blocks are recomputed; after
 * one in the header, all blocks. A page of zeros, which a crash may leave, is not a block. */
START_TEST(damaged)
{
    make(TEXTS);
    Bytes file;
    ck_assert_int_eq(file_read(path(), &file, NULL), 0);
    const size_t block = HASH_BYTES + LABEL_TEXTS_BLOCK * DIM * sizeof(float),
                 header = file.len - 2 * block - HASH_BYTES - 10 * DIM * sizeof(float);
    for (size_t i = 8; i < file.len; i += 37) {
        file.data[i] ^= 16;
        scratch_write(&scratch, "b.h5.part", file.data, file.len);
        file.data[i] ^= 16;
        expect_done(i < header ? 0 : (int64_t)((i - header) / block) * LABEL_TEXTS_BLOCK);
    }
    memset(file.data + header + block, 0, file.len - header - block);
    scratch_write(&scratch, "b.h5.part", file.data, file.len);
    expect_done(LABEL_TEXTS_BLOCK);
    memset(file.data, 0, file.len);
    scratch_write(&scratch, "b.h5.part", file.data, file.len);
    expect_done(0);
    bytes_free(&file);
}
END_TEST

/* Swapped blocks have valid rows but are rejected. */
START_TEST(swapped_blocks)
{
    make(2 * LABEL_TEXTS_BLOCK);
    Bytes file;
    ck_assert_int_eq(file_read(path(), &file, NULL), 0);
    const size_t block = HASH_BYTES + LABEL_TEXTS_BLOCK * DIM * sizeof(float);
    uint8_t *first = file.data + file.len - 2 * block, *room = mem_alloc(block);
    memcpy(room, first, block);
    memcpy(first, first + block, block);
    memcpy(first + block, room, block);
    scratch_write(&scratch, "b.h5.part", file.data, file.len);
    expect_done(0);
    mem_free(room);
    bytes_free(&file);
}
END_TEST

START_TEST(of_something_else)
{
    static const char words[] =
        "notes of someone, longer than a header would be, and not to be "
        "lost because of their name: "
        "........................................................";
    float rows[FLOATS];
    int64_t done;
    BankIdentity other[3] = {identity, identity, identity};
    strcpy(other[0].encoder, "hash");
    other[1].fingerprint[3] = 'f';
    other[2].texts[31] = 'f';
    for (int i = 0; i < 3; i++) {
        make(TEXTS);
        BankPartial *p = opened(&other[i], DIM, rows, &done);
        ck_assert_int_eq(done, 0); /* started over */
        bank_partial_close(p);
        ck_assert(!file_exists(path()));
    }
    make(TEXTS);
    float *wide = mem_alloc(TEXTS * 4 * sizeof *wide);
    bank_partial_close(opened(&identity, 4, wide, &done));
    ck_assert_int_eq(done, 0);
    mem_free(wide);
    BankPartial *p;
    Error err = {0};
    scratch_text(&scratch, "b.h5.part", words);
    ck_assert_int_eq(bank_partial_open(path(), &identity, TEXTS, DIM, rows, &done, &p, &err),
                     -1);
    ck_assert_ptr_null(p);
    expect_error(&err, ERROR_DATA, "b.h5.part: not a partial label bank");
    Bytes file;
    ck_assert_int_eq(file_read(path(), &file, NULL), 0);
    ck_assert_str_eq((char *)file.data, words); /* untouched */
    bytes_free(&file);
}
END_TEST

START_TEST(one_writer)
{
    float rows[FLOATS];
    int64_t done;
    BankPartial *p = opened(&identity, DIM, rows, &done), *second;
    Error err = {0};
    ck_assert_int_eq(
        bank_partial_open(path(), &identity, TEXTS, DIM, rows, &done, &second, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "b.h5.part: another process is writing it");
    add(p, 0, LABEL_TEXTS_BLOCK);
    bank_partial_close(p);
    expect_done(LABEL_TEXTS_BLOCK);
    err = (Error){0};
    ck_assert_int_eq(bank_partial_open(scratch_path(&scratch, "none/b.part"), &identity, TEXTS,
                                       DIM, rows, &done, &second, &err),
                     -1);
    expect_error(&err, ERROR_RUNTIME, "none/b.part: cannot write: No such file");
}
END_TEST

static void expect_refused(const char *why)
{
    float rows[FLOATS];
    int64_t done;
    BankPartial *p;
    Error err = {0};
    ck_assert_int_eq(bank_partial_open(path(), &identity, TEXTS, DIM, rows, &done, &p, &err),
                     -1);
    expect_error(&err, ERROR_RUNTIME, why);
}

/* Neither writes where a link leads, nor waits for the reader of a pipe. */
START_TEST(link_or_pipe)
{
    const char *to = scratch_path(&scratch, "elsewhere");
    ck_assert_int_eq(symlink(to, path()), 0);
    expect_refused("b.h5.part: cannot write: Too many levels of symbolic links");
    ck_assert_int_ne(access(to, F_OK), 0);
    ck_assert_int_eq(unlink(path()), 0);
    ck_assert_int_eq(mkfifo(path(), 0600), 0);
    expect_refused("b.h5.part: cannot write: No such device or address");
}
END_TEST

/* If the file cannot grow beyond its second block, that is an error, and the complete blocks
 * remain. */
START_TEST(no_room)
{
    float rows[FLOATS];
    int64_t done;
    Error err = {0};
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlim_t before = limit.rlim_cur;
    BankPartial *p = opened(&identity, DIM, rows, &done);
    add(p, 0, LABEL_TEXTS_BLOCK);
    limit.rlim_cur = 2000;
    const int limited = setrlimit(RLIMIT_FSIZE, &limit); /* also for check's own files */
    int status = bank_partial_add(p, want + LABEL_TEXTS_BLOCK * DIM, LABEL_TEXTS_BLOCK, &err);
    bank_partial_close(p);
    limit.rlim_cur = before;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(limited, 0);
    ck_assert_int_eq(status, -1);
    expect_error(&err, ERROR_RUNTIME, "b.h5.part: cannot write: File too large");
    expect_done(LABEL_TEXTS_BLOCK);
}
END_TEST

START_TEST(wrong_block)
{
    float rows[FLOATS];
    int64_t done;
    bank_partial_add(opened(&identity, DIM, rows, &done), want, 5, NULL);
}
END_TEST

Suite *test_bank_partial_suite(void);
Suite *test_bank_partial_suite(void)
{
    Suite *s = suite_create("bank_partial");
    TCase *c = tcase_create("bank_partial");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, goes_on_from_any_block);
    tcase_add_test(c, nothing_made_nothing_left);
    tcase_add_test(c, truncated);
    tcase_add_test(c, damaged);
    tcase_add_test(c, swapped_blocks);
    tcase_add_test(c, of_something_else);
    tcase_add_test(c, one_writer);
    tcase_add_test(c, link_or_pipe);
    tcase_add_test(c, no_room);
    tcase_add_test_raise_signal(c, wrong_block, 6);
    suite_add_tcase(s, c);
    return s;
}
