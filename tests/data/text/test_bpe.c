/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/text.h"
#include "core/mem.h"
#include "core/rng.h"
#include "data/text/bpe.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static Bpe *read_text(const char *text)
{
    Bpe *b = NULL;
    Error err = {0};
    scratch_text(&scratch, "merges.txt", text);
    ck_assert_msg(bpe_read(scratch.path, &b, &err) == 0, "%s", err.text);
    return b;
}

/* Expected entries of a word, as `1 22 333`. */
static void expect(const Bpe *b, const char *word, const char *want)
{
    int32_t entry[64];
    char got[512] = "";
    const size_t n = bpe_encode(b, (const uint8_t *)word, strlen(word), entry, 64);
    for (size_t i = 0; i < n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), i ? " %d" : "%d", (int)entry[i]);
    ck_assert_msg(strcmp(got, want) == 0, "%s: %s, want %s", word, got, want);
}

/* Bytes: '!' is 0, 'a' is 64; the others follow the 188 printable bytes; at the end of a
 * word add 256. */
START_TEST(numbers_bytes_and_merges)
{
    Bpe *b = read_text("#version\na b\nab c</w>\nb c\n");
    ck_assert_int_eq(bpe_size(b), 515);
    expect(b, "", "");
    expect(b, "!", "256");
    expect(b, "a", "320");
    expect(b, "~\xa1\xac\xae\xff", "93 94 105 106 443");
    expect(b, "\x01 \x7f\xa0\xad\x01", "189 220 221 254 255 445");
    expect(b, "ab", "64 321"); /* the b that ends the word differs from the `b` of the merge */
    expect(b, "abc", "513");
    expect(b, "abca", "512 66 320");
    expect(b, "bcbc", "514 65 322");
    bpe_free(b);
    bpe_free(NULL);
}
END_TEST

START_TEST(merges_by_rank_not_by_position)
{
    Bpe *b = read_text("#\nb c\na b\nbc d\na bc\n");
    expect(b, "abcx", "515 343");     /* b c before a b */
    expect(b, "abcdx", "64 514 343"); /* bc d before a bc */
    bpe_free(b);
}
END_TEST

START_TEST(joins_repeats_from_the_left)
{
    Bpe *b = read_text("#\na a\naa aa\naa a</w>\n");
    expect(b, "aax", "512 343");
    expect(b, "aaax", "512 64 343");
    expect(b, "aaaax", "513 343");
    expect(b, "aaaaax", "513 64 343");
    expect(b, "aaa", "514");
    expect(b, "aaaaaaa", "513 514"); /* aa aa first, then the rest with the last */
    bpe_free(b);
}
END_TEST

/* Two merges that produce one text: the text has the number of the later merge, and further
 * merges with it apply to both. */
START_TEST(one_text_is_one_symbol)
{
    Bpe *b = read_text("#\na b\nab c\nb c\na bc\nabc d\n");
    ck_assert_int_eq(bpe_size(b), 517);
    expect(b, "abcx", "515 343");
    expect(b, "abcdx", "516 343");
    bpe_free(b);
}
END_TEST

START_TEST(counts_beyond_its_room)
{
    Bpe *b = read_text("#\na b\n");
    int32_t entry[3] = {-1, -1, -1};
    ck_assert_uint_eq(bpe_encode(b, (const uint8_t *)"abxyz", 5, entry, 2), 4);
    ck_assert_int_eq(entry[0], 512);
    ck_assert_int_eq(entry[1], 87);
    ck_assert_int_eq(entry[2], -1);
    bpe_free(b);
}
END_TEST

/* A word as a list of pieces, and the algorithm by its definition: join the lowest rank,
 * everywhere. */
enum { MERGES = 60, WORD = 150 };
typedef struct Naive {
    char merge[MERGES][2][WORD];
    int merges;
    char piece[WORD][WORD];
    int n;
} Naive;

static int rank_of(const Naive *m, int at)
{
    for (int r = 0; r < m->merges; r++)
        if (strcmp(m->merge[r][0], m->piece[at]) == 0 &&
            strcmp(m->merge[r][1], m->piece[at + 1]) == 0)
            return r;
    return MERGES;
}

static void naive_merge(Naive *m)
{
    for (;;) {
        int best = MERGES;
        for (int i = 0; i + 1 < m->n; i++)
            if (rank_of(m, i) < best) best = rank_of(m, i);
        if (best == MERGES) return;
        for (int i = 0; i + 1 < m->n; i++) {
            if (rank_of(m, i) != best) continue;
            strcat(m->piece[i], m->piece[i + 1]);
            memmove(m->piece[i + 1], m->piece[i + 2], (size_t)(m->n - i - 2) * WORD);
            m->n--;
        }
    }
}

/* Merges of a, b and earlier merges, at most 8 letters, without repeated pairs. */
static void make_merges(Naive *m, Rng *rng)
{
    char part[MERGES + 2][WORD] = {"a", "b"};
    m->merges = 0;
    for (int parts = 2, tries = 0; m->merges < MERGES && tries < 4000; tries++) {
        const char *x = part[rng_below(rng, parts)];
        const char *y = part[rng_below(rng, parts)];
        strcpy(m->piece[0], x);
        strcpy(m->piece[1], y);
        if (strlen(x) + strlen(y) > 8 || rank_of(m, 0) != MERGES) continue;
        strcpy(m->merge[m->merges][0], x);
        strcpy(m->merge[m->merges++][1], y);
        strcat(strcpy(part[parts++], m->piece[0]), m->piece[1]);
    }
}

/* The entry of a text: that of the last merge that produces it. */
static int entry_of(const Naive *m, const char *text)
{
    for (int r = m->merges - 1; r >= 0; r--) {
        char joined[2 * WORD];
        snprintf(joined, sizeof joined, "%s%s", m->merge[r][0], m->merge[r][1]);
        if (strcmp(joined, text) == 0) return 512 + r;
    }
    return 64 + text[0] - 'a';
}

static void compare_word(const Bpe *b, Naive *m, Rng *rng)
{
    char word[WORD] = "";
    int32_t got[WORD];
    const int letters = 1 + (int)rng_below(rng, WORD - 3);
    for (int i = 0; i < letters; i++) word[i] = rng_below(rng, 3) ? 'a' : 'b';
    m->n = letters;
    for (int i = 0; i < letters; i++) snprintf(m->piece[i], WORD, "%c", word[i]);
    naive_merge(m);
    strcat(word, "x"); /* the last letter, which occurs in no merge */
    ck_assert_uint_eq(bpe_encode(b, (const uint8_t *)word, strlen(word), got, WORD),
                      (size_t)m->n + 1);
    for (int i = 0; i < m->n; i++) ck_assert_int_eq(got[i], entry_of(m, m->piece[i]));
}

START_TEST(equals_the_plain_algorithm)
{
    Naive *m = mem_calloc(1, sizeof *m);
    Rng rng = rng_new(1, 0, (uint64_t)_i, RNG_TEST);
    make_merges(m, &rng);
    Text file = {0};
    text_put(&file, "#version\n");
    for (int r = 0; r < m->merges; r++)
        text_add(&file, "%s %s\n", m->merge[r][0], m->merge[r][1]);
    Bpe *b = read_text(file.data);
    for (int i = 0; i < 40; i++) compare_word(b, m, &rng);
    bpe_free(b);
    text_free(&file);
    mem_free(m);
}
END_TEST

/* CLIP's file has 262,145 lines; the first 48,894 merges are used and the rest is ignored. */
START_TEST(stops_at_the_size_of_clip)
{
    Text file = {0};
    text_put(&file, "#version\n");
    int merges = 0; /* every pair of printable characters, then triples of those */
    for (int x = '!'; x <= '~'; x++)
        for (int y = '!'; y <= '~'; y++, merges++) text_add(&file, "%c %c\n", x, y);
    for (int x = '!'; x <= '~' && merges < BPE_MAX_MERGES; x++)
        for (int y = '!'; y <= '~' && merges < BPE_MAX_MERGES; y++)
            for (int z = '!'; z <= '~' && merges < BPE_MAX_MERGES; z++, merges++)
                text_add(&file, "%c%c %c\n", x, y, z);
    ck_assert_int_eq(merges, BPE_MAX_MERGES);
    Bpe *b = read_text(file.data);
    ck_assert_int_eq(bpe_size(b), 49406);
    bpe_free(b);
    text_put(&file, "~ ~~\nno merge at all\n\n");
    b = read_text(file.data);
    ck_assert_int_eq(bpe_size(b), 49406);
    bpe_free(b);
    text_free(&file);
}
END_TEST

START_TEST(reads_other_line_ends)
{
    Bpe *b = read_text("#version: 0.2\r\na b\r\nab c");
    ck_assert_int_eq(bpe_size(b), 514);
    bpe_free(b);
    b = read_text("\"bpe_simple_vocab_16e6.txt#version: 0.2\na b\n\n"); /* empty last line */
    ck_assert_int_eq(bpe_size(b), 513);
    bpe_free(b);
    b = read_text("\na b\n");
    ck_assert_int_eq(bpe_size(b), 513);
    bpe_free(b);
}
END_TEST

typedef struct Bad {
    const char *text, *why;
} Bad;

static const Bad bad[] = {
    {"", "merges.txt: no merges: empty file"},
    {"#version: 0.2\n", "merges.txt: no merges"},
    {"a b\nab c\n", "line 1: expected the header '#version: ...', got a merge: 'a b'"},
    {"#\na b\nab\n", "line 3: expected two parts separated by one space: 'ab'"},
    {"#\na b c\n", "line 2: expected two parts separated by one space: 'a b c'"},
    {"#\na  b\n", "line 2: expected two parts"},
    {"#\n a\n", "line 2: expected two parts"},
    {"#\na \n", "line 2: expected two parts"},
    {"#\n\na b\n", "line 2: expected two parts separated by one space: ''"},
    {"#\na\tb\n", "line 2: expected two parts separated by one space: 'a?b'"},
    {"#\na b\nac b\n", "line 3: first part is neither a byte nor an earlier merge: 'ac b'"},
    {"#\na b\nb ac\n", "line 3: second part is neither"},
    {"#\nab c\na b\n", "line 2: first part is neither"}, /* only earlier merges count */
    {"#\na b</w\n", "line 2: second part is neither"},
    {"#\na </w>\n", "line 2: second part is neither"},
    {"#\na b\nb a\na b\n", "line 4: repeated pair: 'a b'"},
    {"#\na \xff\n", "line 2: second part is neither"},
    {"#\n\u4e00 a\n", "line 2: first part is neither"},
    {"{\"a\": 1}\n{\"b\": 2}\n", "line 2: first part is neither"},
    {"\x1f\x8b\x08", "merges.txt: gzip: offset 3: the file ends too early"},
};

START_TEST(refuses_bad_files)
{
    Bpe *b = (Bpe *)&scratch;
    Error err = {0};
    scratch_text(&scratch, "merges.txt", bad[_i].text);
    ck_assert_int_eq(bpe_read(scratch.path, &b, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].why);
    ck_assert_ptr_null(b);
}
END_TEST

START_TEST(refuses_nul_and_long_lines)
{
    Bpe *b;
    Error err = {0};
    scratch_write(&scratch, "merges.txt", "#\na b\na\0b c\n", 13);
    ck_assert_int_eq(bpe_read(scratch.path, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "line 3: contains a NUL byte");
    Text file = {0};
    text_put(&file, "#\n");
    for (int i = 0; i < 600; i++) text_put(&file, "\u4e00\u4e00");
    err = (Error){0};
    scratch_text(&scratch, "merges.txt", file.data);
    ck_assert_int_eq(bpe_read(scratch.path, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "line 2: too long for a merge: '\u4e00");
    ck_assert_ptr_nonnull(strstr(err.text, "\u4e00...'")); /* truncated between characters */
    text_free(&file);
}
END_TEST

Suite *test_bpe_suite(void);
Suite *test_bpe_suite(void)
{
    Suite *s = suite_create("bpe");
    TCase *t = tcase_create("bpe");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, numbers_bytes_and_merges);
    tcase_add_test(t, merges_by_rank_not_by_position);
    tcase_add_test(t, joins_repeats_from_the_left);
    tcase_add_test(t, one_text_is_one_symbol);
    tcase_add_test(t, counts_beyond_its_room);
    tcase_add_loop_test(t, equals_the_plain_algorithm, 0, 10);
    tcase_add_test(t, stops_at_the_size_of_clip);
    tcase_add_test(t, reads_other_line_ends);
    tcase_add_loop_test(t, refuses_bad_files, 0, sizeof bad / sizeof *bad);
    tcase_add_test(t, refuses_nul_and_long_lines);
    suite_add_tcase(s, t);
    return s;
}
