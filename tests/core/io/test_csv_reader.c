/* SPDX-License-Identifier: Apache-2.0 */
/* Records of CSV: RFC 4180, the habits of Excel and pandas, faulty records between good
 * ones. */
#include "core/io/csv_reader.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static CsvReader *opened(const char *bytes, size_t n, char separator)
{
    CsvReader *r;
    Error err = {0};
    const char *path = scratch_write(&scratch, "a.csv", bytes, n);
    ck_assert_msg(csv_reader_open(path, separator, &r, &err) == 0, "%s", err.text);
    return r;
}

/* All records, as "<a><b>\n", faults as "!LINE: WHY\n". Owned. */
static char *read_all(const char *bytes, size_t n, char separator)
{
    Text t = {0};
    CsvReader *r = opened(bytes, n, separator);
    for (;;) {
        const CsvRecord *record;
        Error why = {0};
        const int status = csv_reader_next(r, &record, &why);
        if (status == 0 && !record) break;
        ck_assert_int_eq(status != 0, record == NULL);
        if (status != 0) text_add(&t, "!%s\n", strstr(why.text, "(line ") + 6);
        for (int64_t i = 0; record && i < record->fields; i++)
            text_add(&t, "<%s>", record->field[i]);
        if (record) text_put(&t, "\n");
    }
    csv_reader_close(r);
    text_put(&t, "");
    return t.data;
}

static void expect(const char *text, const char *want)
{
    char *have = read_all(text, strlen(text), 0);
    ck_assert_str_eq(have, want);
    text_free(&(Text){.data = have});
}

static const struct {
    const char *text, *want;
} good[] = {
    {"a,b\n1,2\n", "<a><b>\n<1><2>\n"},
    {"a,b\r\n1,2", "<a><b>\n<1><2>\n"},
    {"a,b\r1,2\r", "<a><b>\n<1><2>\n"}, /* Excel for Mac of old */
    {"a,b,\n,,\n", "<a><b><>\n<><><>\n"},
    {"\xef\xbb\xbf\"a\",b\n", "<a><b>\n"},
    {"a,b\n\"x,y\",\"p\nq\"\n\"r\r\ns\",2\n", "<a><b>\n<x,y><p\nq>\n<r\r\ns><2>\n"},
    {"a,b\n\"\"\"q\"\"\",\"\"\n\"\"\"\",1\n", "<a><b>\n<\"q\"><>\n<\"><1>\n"},
    {"a,b\n1, \"x, y\" \n", "<a><b>\n<1><x, y>\n"},
    {"a,b\n5\" disk,it's \"so\"\n", "<a><b>\n<5\" disk><it's \"so\">\n"},
    {"a;b,c\n1;2,3\n", "<a><b,c>\n<1><2,3>\n"},
    {"a\tb;c\n1\t\"2\t3\"\n", "<a><b;c>\n<1><2\t3>\n"},
    {"a|b\n1|2\n", "<a><b>\n<1><2>\n"},
    {"\"a,b\";c\n1;2\n", "<a,b><c>\n<1><2>\n"}, /* not the comma in quotes */
    {"sep=;\na,b;c\n", "<a,b><c>\n"},
    {"\"sep=\t\"\r\na,b\tc\n", "<a,b><c>\n"},
    {"sep=x,b\n", "<sep=x><b>\n"},
    {"a\n\n  \n\r\nb\n", "<a>\n<b>\n"},
    {"\xc3\xa9,\xe2\x82\xac\n", "<\xc3\xa9><\xe2\x82\xac>\n"},
    {"  a , b  \n", "<  a >< b  >\n"},
};

START_TEST(reads) { expect(good[_i].text, good[_i].want); }
END_TEST

/* One faulty record costs one line. */
static const struct {
    const char *text, *want;
} bad[] = {
    {"a,b\n1,\"x\n2,y\n3,z\n",
     "<a><b>\n!2): field 2: the quote of line 2 is not closed\n<2><y>\n<3><z>\n"},
    {"a,b\n\"x\ny\",\"z\n3,4\n", "<a><b>\n!2): field 2: the quote of line 3 is not closed\n"
                                 "!3): field 2: the quote of line 3 is not closed\n<3><4>\n"},
    {"a,b\n1,\"x\n2,\"y\"\n3,z\n",
     "<a><b>\n!2): field 2: text follows the closing quote in line 3; a quote in quotes is "
     "written \"\"\n<2><y>\n<3><z>\n"},
    {"a,b\n\"x\"y,2\n3,4\n",
     "<a><b>\n!2): field 1: text follows the closing quote in line 2; a "
     "quote in quotes is written \"\"\n<3><4>\n"},
    {"a,b\ncaf\xe9,2\n3,4\n",
     "<a><b>\n!2): field 1: not UTF-8 (byte 0xE9); if the file is Latin-1: iconv -f "
     "WINDOWS-1252 -t UTF-8 FILE > NEW\n<3><4>\n"},
    {"a,b\n\"p\nq\",\xff\n3,4\n", /* the second line is read as one of its own */
     "<a><b>\n!2): field 2: not UTF-8 (byte 0xFF); if the file is Latin-1: iconv -f "
     "WINDOWS-1252 -t UTF-8 FILE > NEW\n!3): field 2: not UTF-8 (byte 0xFF); if the file is "
     "Latin-1: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW\n<3><4>\n"},
};

START_TEST(names_faulty_records) { expect(bad[_i].text, bad[_i].want); }
END_TEST

START_TEST(names_nul_bytes)
{
    char *have = read_all("a,b\n1\0,2\n\"x\0\",y\n3,4\n", 20, 0);
    ck_assert_str_eq(have, "<a><b>\n!2): NUL bytes\n!3): NUL bytes\n<3><4>\n");
    text_free(&(Text){.data = have});
}
END_TEST

START_TEST(the_option_wins)
{
    char *have = read_all("sep=;\na,b;c\n", 12, ',');
    ck_assert_str_eq(have, "<a><b;c>\n");
    text_free(&(Text){.data = have});
}
END_TEST

START_TEST(numbers_and_lines)
{
    static const int64_t number[] = {1, 3, 4, 5}, line[] = {2, 4, 6, 8};
    const char text[] = "sep=,\na,b\n\n\"x\ny\",2\n\"p\r\nq\",\"r\"\n3,4";
    CsvReader *r = opened(text, strlen(text), 0);
    const CsvRecord *record;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(csv_reader_next(r, &record, NULL), 0);
        ck_assert_int_eq(record->line, line[i]);
        ck_assert_int_eq(record->number, number[i]);
    }
    ck_assert(csv_reader_next(r, &record, NULL) == 0 && !record);
    ck_assert(csv_reader_next(r, &record, NULL) == 0 && !record);
    csv_reader_close(r);
}
END_TEST

/* ---- files that are no tables ------------------------------------------------------------ */

static const struct {
    const char *bytes;
    size_t n;
    const char *why;
} refused[] = {
    {"", 0, "a.csv: not CSV: looks like an empty file"},
    {"\xff\xfe"
     "a\0,\0",
     6, "looks like UTF-16 text: iconv -f UTF-16 -t UTF-8 FILE > NEW"},
    {"\xfe\xff\0a", 4, "looks like UTF-16 text"},
    {"a\0,\0b\0c\0", 8, "looks like UTF-16 text"},
    {"PK\3\4....", 8, "looks like a workbook or another zip archive: save the sheet as CSV"},
    {"\x1f\x8b\10\0", 4, "looks like gzip data: unpack it first"},
    {"[{\"image\": 1}]", 14, "looks like JSON text"},
    {"PAR1....", 8, "looks like a Parquet file"},
};

START_TEST(refuses_other_files)
{
    Error err = {0};
    CsvReader *r;
    const char *path = scratch_write(&scratch, "a.csv", refused[_i].bytes, refused[_i].n);
    ck_assert_int_eq(csv_reader_open(path, 0, &r, &err), -1);
    expect_error(&err, ERROR_DATA, refused[_i].why);
    ck_assert_ptr_null(r);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    Error err = {0};
    CsvReader *r;
    ck_assert_int_eq(csv_reader_open(scratch.dir, 0, &r, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    err = (Error){0};
    ck_assert_int_eq(csv_reader_open(scratch_path(&scratch, "none"), 0, &r, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "pipe"), 0600), 0);
    err = (Error){0};
    ck_assert_int_eq(csv_reader_open(scratch_path(&scratch, "pipe"), 0, &r, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
}
END_TEST

/* ---- long records ------------------------------------------------------------------------ */

/* A record with n bytes in one field, a good one before and after; in quotes, or without. */
static char *with_long_record(size_t n, bool quoted)
{
    Text t = {0};
    text_put(&t, "a,b\n");
    char *field = mem_alloc(n + 1);
    memset(field, 'x', n);
    field[n] = 0;
    text_add(&t, quoted ? "1,\"%s\"\n3,4\n" : "1,%s\n3,4\n", field);
    mem_free(field);
    char *have = read_all(t.data, t.len, 0);
    text_free(&t);
    return have;
}

START_TEST(long_records)
{
    for (int quoted = 0; quoted < 2; quoted++) {
        char *have = with_long_record(CSV_RECORD_BYTES - 8, quoted);
        ck_assert_int_eq(strncmp(have, "<a><b>\n<1><xxx", 14), 0);
        ck_assert_ptr_nonnull(strstr(have, "x>\n<3><4>\n"));
        text_free(&(Text){.data = have});
        have = with_long_record(3 * CSV_RECORD_BYTES, quoted);
        ck_assert_str_eq(have, quoted ? "<a><b>\n!2): field 2: the quote of line 2 is not "
                                        "closed\n<3><4>\n"
                                      : "<a><b>\n!2): longer than 1048576 bytes\n<3><4>\n");
        text_free(&(Text){.data = have});
    }
}
END_TEST

/* ---- any text ---------------------------------------------------------------------------- */

static const char alphabet[] = "ab,\"\n\r ;\xc3\xa9";

/* Fields that are written by text_csv are read as they were. */
START_TEST(reads_what_is_written)
{
    enum { ROWS = 3000, FIELDS = 3 };
    Text t = {0}, want = {0};
    uint64_t state = 1;
    text_put(&t, "h1,h2,h3\n");
    text_put(&want, "<h1><h2><h3>\n");
    for (int i = 0; i < ROWS * FIELDS; i++) {
        char field[16] = "q"; /* no blank line */
        for (int k = 1; k < 8; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            field[k] = alphabet[(state >> 33) % 8];
        }
        text_csv(&t, field);
        text_put(&t, i % FIELDS == FIELDS - 1 ? "\r\n" : ",");
        text_add(&want, "<%s>%s", field, i % FIELDS == FIELDS - 1 ? "\n" : "");
    }
    char *have = read_all(t.data, t.len, 0);
    ck_assert_str_eq(have, want.data);
    text_free(&(Text){.data = have});
    text_free(&want);
    text_free(&t);
}
END_TEST

Suite *test_csv_reader_suite(void);
Suite *test_csv_reader_suite(void)
{
    Suite *s = suite_create("csv_reader");
    TCase *t = tcase_create("csv_reader");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, reads, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(t, names_faulty_records, 0, sizeof bad / sizeof *bad);
    tcase_add_test(t, names_nul_bytes);
    tcase_add_test(t, the_option_wins);
    tcase_add_test(t, numbers_and_lines);
    tcase_add_loop_test(t, refuses_other_files, 0, sizeof refused / sizeof *refused);
    tcase_add_test(t, refuses_what_is_no_file);
    tcase_add_test(t, long_records);
    tcase_add_test(t, reads_what_is_written);
    return s;
}
