/* SPDX-License-Identifier: Apache-2.0 */
/* Distributions of numbers, and pairs of tags. */
#include "core/error.h"
#include "core/mem.h"
#include "core/rng.h"
#include "data/stats/distribution.h"
#include "data/stats/pair_counts.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 501 };

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(equals_sorting)
{
    Rng rng = rng_new(3, 0, 0, 0);
    Distribution d = {0};
    int64_t v[NUMBERS], sum = 0, between = 0;
    ck_assert(isnan(distribution_mean(&d)));
    ck_assert_int_eq(distribution_quantile(&d, 0.5), 0);
    for (int i = 0; i < NUMBERS; i++) {
        v[i] = rng_below(&rng, i % 3 ? 20 : 40000);
        distribution_add(&d, v[i]);
        sum += v[i];
        between += v[i] >= 5 && v[i] <= 700;
    }
    qsort(v, NUMBERS, sizeof *v, by_value);
    ck_assert(fabs(distribution_mean(&d) - (double)sum / NUMBERS) < 1e-9);
    ck_assert_int_eq(distribution_quantile(&d, 0.5), v[250]);
    ck_assert_int_eq(distribution_quantile(&d, 0.05), v[25]);
    ck_assert_int_eq(distribution_quantile(&d, 1), v[NUMBERS - 1]);
    ck_assert_int_eq(distribution_between(&d, 5, 700), between);
    ck_assert_int_eq(d.max, v[NUMBERS - 1]);
    distribution_free(&d);
}
END_TEST

START_TEST(caps_large_numbers)
{
    Distribution d = {0};
    distribution_add(&d, INT64_C(1) << 40);
    distribution_add(&d, 0);
    ck_assert_int_eq(d.max, INT64_C(1) << 40);
    ck_assert_int_eq(distribution_quantile(&d, 1), DISTRIBUTION_MAX);
    ck_assert_int_eq(distribution_between(&d, 0, 0), 1);
    distribution_free(&d);
}
END_TEST

enum { TAGS = 70, RECORDS = 3000 };

/* Counts of all pairs in a square table. */
static void fill(PairCounts *p, int64_t alone[TAGS], int64_t table[TAGS][TAGS])
{
    Rng rng = rng_new(5, 0, 0, 0);
    for (int r = 0; r < RECORDS; r++) {
        TagIds set = {0};
        for (int64_t n = rng_below(&rng, 8); n > 0; n--)
            tag_ids_add(&set, (int32_t)(rng_below(&rng, TAGS) * rng_below(&rng, TAGS) / TAGS));
        set.count = tag_ids_sort(set.id, set.count);
        for (int64_t i = 0; i < set.count; i++) {
            alone[set.id[i]]++;
            for (int64_t k = i + 1; k < set.count; k++) table[set.id[i]][set.id[k]]++;
        }
        pair_counts_add(p, &set);
        tag_ids_free(&set);
    }
}

START_TEST(counts_pairs)
{
    static int64_t alone[TAGS], table[TAGS][TAGS];
    PairCounts p = {0};
    TagPair top[20];
    int64_t pairs = 0, most = 0;
    double best = -100;
    ck_assert_int_eq(pair_counts_get(&p, 0, 1), 0);
    fill(&p, alone, table);
    for (int32_t a = 0; a < TAGS; a++)
        for (int32_t b = a + 1; b < TAGS; b++) {
            ck_assert_int_eq(pair_counts_get(&p, a, b), table[a][b]);
            ck_assert_int_eq(pair_counts_get(&p, b, a), table[a][b]);
            pairs += table[a][b] > 0;
            if (table[a][b] > most) most = table[a][b];
            const double pmi = log2((double)table[a][b] / RECORDS /
                                    ((double)alone[a] / RECORDS * (double)alone[b] / RECORDS));
            if (table[a][b] >= 5 && pmi > best) best = pmi;
        }
    ck_assert_int_eq(p.pairs, pairs);
    ck_assert_int_eq(pair_counts_top(&p, alone, RECORDS, false, 0, top, 20), 20);
    ck_assert_int_eq(top[0].count, most);
    for (int i = 1; i < 20; i++) {
        ck_assert(top[i].a < top[i].b && top[i].count <= top[i - 1].count);
        ck_assert_int_eq(table[top[i].a][top[i].b], top[i].count);
    }
    ck_assert_int_eq(pair_counts_top(&p, alone, RECORDS, true, 5, top, 20), 20);
    ck_assert(fabs(top[0].pmi - best) < 1e-9);
    for (int i = 1; i < 20; i++) ck_assert(top[i].pmi <= top[i - 1].pmi && top[i].count >= 5);
    ck_assert_int_eq(pair_counts_top(&p, alone, RECORDS, true, RECORDS, top, 20), 0);
    ck_assert_int_eq(pair_counts_top(&p, alone, RECORDS, true, 1, NULL, 0), 0);
    pair_counts_free(&p);
}
END_TEST

/* The ends of the range of pairs, and sets that are too large. */
START_TEST(knows_its_limits)
{
    PairCounts p = {0};
    TagIds set = {0};
    TagPair top[4];
    int64_t *alone = mem_calloc(PAIR_TAGS, sizeof *alone);
    for (int64_t k = 0; k < PAIR_TAGS; k++) alone[k] = 1;
    tag_ids_add(&set, 0);
    tag_ids_add(&set, PAIR_TAGS - 2);
    tag_ids_add(&set, PAIR_TAGS - 1);
    pair_counts_add(&p, &set);
    ck_assert_int_eq(pair_counts_top(&p, alone, 1, false, 0, top, 4), 3);
    ck_assert_int_eq(top[0].b, PAIR_TAGS - 2);
    ck_assert_int_eq(top[2].a, PAIR_TAGS - 2);
    ck_assert_int_eq(top[2].b, PAIR_TAGS - 1);
    set.count = 0;
    for (int32_t k = 0; k <= PAIR_RECORD; k++) tag_ids_add(&set, k);
    pair_counts_add(&p, &set);
    ck_assert_int_eq(p.crowded, 1);
    ck_assert_int_eq(p.pairs, 3);
    mem_free(alone);
    tag_ids_free(&set);
    pair_counts_free(&p);
}
END_TEST

Suite *test_counts_suite(void);
Suite *test_counts_suite(void)
{
    Suite *s = suite_create("counts");
    TCase *t = tcase_create("counts");
    tcase_add_test(t, equals_sorting);
    tcase_add_test(t, caps_large_numbers);
    tcase_add_test(t, counts_pairs);
    tcase_add_test(t, knows_its_limits);
    suite_add_tcase(s, t);
    return s;
}
