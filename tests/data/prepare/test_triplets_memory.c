/* SPDX-License-Identifier: Apache-2.0 */
/* `prepare triplets` writes its results as they come: its memory does not grow with the file,
 * and what does not come to an end leaves the former results as they were. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static Scratch scratch;

static void setup(void)
{
    scratch_new(&scratch);
    scratch_text(&scratch, "tags.txt", "red\nblue\n");
}

static void teardown(void) { scratch_free(&scratch); }

/* Writes `records` records with captions of so many bytes; label is that of all. */
static void write_records(const char *name, int records, int bytes, int label)
{
    FILE *f = fopen(scratch_path(&scratch, name), "w");
    for (int i = 0; i < records; i++)
        fprintf(f,
                "%s{\"image_path\":\"%d.png\",\"union_label_id\":[%d],\"caption\":[\"%0*d\"]}",
                i ? ",\n" : "[", i, label, bytes, i);
    fprintf(f, "]\n");
    ck_assert_int_eq(fclose(f), 0);
}

static int prepare(const char *name)
{
    char *line = mem_format("prepare triplets %s/out %s/%s --tags %s/tags.txt --no-images",
                            scratch.dir, scratch.dir, name, scratch.dir);
    const int code = run_program(&scratch, line, NULL, NULL);
    mem_free(line);
    return code;
}

/* The largest memory, in MiB, of the programs that this test has run so far. */
static long peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_maxrss / 1024;
}

static bool is_same(const char *a, const char *b)
{
    Bytes x, y;
    ck_assert_int_eq(file_read(scratch_path(&scratch, a), &x, NULL), 0);
    ck_assert_int_eq(file_read(scratch_path(&scratch, b), &y, NULL), 0);
    const bool same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    bytes_free(&x);
    bytes_free(&y);
    return same;
}

enum { MORE = SANITIZED_MEMORY ? 1000 : 12 };

/* Few and many long records, all of them good, or bad. */
START_TEST(memory_does_not_grow)
{
    const int label = _i == 0 ? 0 : 2, want = _i == 0 ? EXIT_OK : ERROR_DATA;
    write_records("few.json", 100, 100000, label);
    ck_assert_int_eq(prepare("few.json"), want);
    const long before = peak();
    write_records("many.json", 600, 100000, label);
    ck_assert_int_eq(prepare("many.json"), want);
    ck_assert_int_le(peak(), before + MORE);
    if (want == EXIT_OK) ck_assert(is_same("many.json", "out/train.json"));
}
END_TEST

START_TEST(former_results_stay)
{
    write_records("good.json", 3, 1, 0);
    write_records("bad.json", 3, 1, 2);
    ck_assert_int_eq(prepare("good.json"), EXIT_OK);
    ck_assert_int_eq(prepare("bad.json"), ERROR_DATA);
    ck_assert(is_same("good.json", "out/train.json"));
    Lines found;
    ck_assert_int_eq(file_walk(scratch_path(&scratch, "out"), &found, NULL), 0);
    for (size_t i = 0; i < found.count; i++) ck_assert_ptr_null(strstr(found.line[i], ".tmp."));
    lines_free(&found);
}
END_TEST

Suite *test_triplets_memory_suite(void);
Suite *test_triplets_memory_suite(void)
{
    Suite *s = suite_create("triplets_memory");
    TCase *t = tcase_create("triplets_memory");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, memory_does_not_grow, 0, 2);
    tcase_add_test(t, former_results_stay);
    suite_add_tcase(s, t);
    return s;
}
