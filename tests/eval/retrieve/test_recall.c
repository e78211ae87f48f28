/* SPDX-License-Identifier: Apache-2.0 */
/* recall@k against counting on the whole matrix of scores, and what must hold for any
 * scores. */
#include "eval/retrieve/recall.h"

#include "core/mem.h"
#include "core/rng.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>

/* Images with their captions; score [images, captions]. */
typedef struct Case {
    int64_t images, captions, *first;
    float *score;
} Case;

/* Image i has 1 + i % captions captions. values: how many different scores there are; 0: any
 * number. */
static Case case_new(int64_t images, int64_t captions, int64_t values, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    Case c = {.images = images, .first = mem_calloc((size_t)images + 1, sizeof *c.first)};
    for (int64_t i = 0; i < images; i++) c.first[i + 1] = c.first[i] + 1 + i % captions;
    c.captions = c.first[images];
    c.score = mem_alloc((size_t)(images * c.captions) * sizeof *c.score);
    for (int64_t i = 0; i < images * c.captions; i++)
        c.score[i] = values ? (float)rng_below(&rng, values) : (float)rng_normal(&rng);
    return c;
}

static void case_free(Case *c)
{
    mem_free(c->score);
    mem_free(c->first);
}

/* ---- the oracle -------------------------------------------------------------------------- */

/* The same as recall_chance by going through all arrangements of the equal ones. */
static double chance(int64_t k, int64_t above, int64_t equal, int64_t own)
{
    const int64_t n = equal + own;
    int64_t all = 0, hits = 0;
    ck_assert_int_lt(n, 20);
    for (int64_t mask = 0; mask < INT64_C(1) << n; mask++) {
        bool hit = false;
        if (__builtin_popcountll((unsigned long long)mask) != own) continue;
        for (int64_t place = 0; place < n; place++)
            hit = hit || (mask >> place & 1 && above + place < k);
        all++;
        hits += hit;
    }
    return (double)hits / (double)all;
}

static double text_to_image(const Case *c, const bool *there, int64_t k)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t own = 0; own < c->images; own++)
        for (int64_t t = c->first[own]; there[own] && t < c->first[own + 1]; t++, n++) {
            int64_t above = 0, equal = 0;
            for (int64_t i = 0; i < c->images; i++) {
                const float a = c->score[i * c->captions + t],
                            b = c->score[own * c->captions + t];
                above += there[i] && a > b;
                equal += there[i] && i != own && a == b;
            }
            sum += above >= k ? 0 : equal > 18 ? -1e9 : chance(k, above, equal, 1);
        }
    return sum / (double)n;
}

static double image_to_text(const Case *c, const bool *there, int64_t k)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < c->images; i++) {
        const float *score = c->score + i * c->captions;
        int64_t above = 0, equal = 0, own = 0;
        float best = -1e30F;
        if (!there[i]) continue;
        for (int64_t t = c->first[i]; t < c->first[i + 1]; t++)
            if (score[t] > best) best = score[t];
        for (int64_t t = 0; t < c->captions; t++) {
            const bool mine = t >= c->first[i] && t < c->first[i + 1];
            above += score[t] > best;
            equal += score[t] == best && !mine;
            own += score[t] == best && mine;
        }
        sum += above >= k ? 0 : chance(k, above, equal, own);
        n++;
    }
    return sum / (double)n;
}

/* ---- tests ------------------------------------------------------------------------------- */

/* Adds the images in an order of its own; their number is no multiple of 7. */
static RecallResult result_of(const Case *c, const bool *there)
{
    Recall *r = recall_new(c->images, c->first);
    for (int64_t n = 0; n < c->images; n++) {
        const int64_t i = (n * 7 + 3) % c->images;
        if (!there || there[i]) recall_add(r, i, c->score + i * c->captions);
    }
    const RecallResult x = recall_result(r);
    recall_free(r);
    return x;
}

static const struct {
    int64_t images, captions, values;
} sizes[] = {{23, 1, 0},  {23, 5, 0}, {1, 1, 0}, {5, 3, 0},    {29, 4, 40},
             {20, 3, 12}, {12, 2, 4}, {8, 2, 2}, {30, 1, 1000}};
enum { SIZES = sizeof sizes / sizeof *sizes, SEEDS = 4 };

static const bool all_there[32] = {true, true, true, true, true, true, true, true,
                                   true, true, true, true, true, true, true, true,
                                   true, true, true, true, true, true, true, true,
                                   true, true, true, true, true, true, true, true};

static void equals_oracle(const Case *c, const bool *there)
{
    const RecallResult x = result_of(c, there);
    for (int i = 0; i < RECALL_KS; i++) {
        ck_assert_double_eq_tol(x.text_to_image[i], text_to_image(c, there, recall_k[i]),
                                1e-12);
        ck_assert_double_eq_tol(x.image_to_text[i], image_to_text(c, there, recall_k[i]),
                                1e-12);
    }
}

START_TEST(counting_on_the_matrix)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        Case c = case_new(sizes[_i].images, sizes[_i].captions, sizes[_i].values, seed);
        const RecallResult x = result_of(&c, all_there);
        ck_assert(x.images == c.images && x.captions == c.captions);
        equals_oracle(&c, all_there);
        case_free(&c);
    }
}
END_TEST

/* Neither an image without scores nor its captions count, but these are candidates. */
START_TEST(images_left_out)
{
    static bool there[32];
    for (int i = 0; i < 32; i++) there[i] = i % 5 != 2;
    Case c = case_new(22, 3, 9, 5);
    const RecallResult x = result_of(&c, there);
    ck_assert_int_eq(x.images, 18);
    ck_assert_int_lt(x.captions, c.captions);
    equals_oracle(&c, there);
    case_free(&c);
}
END_TEST

START_TEST(perfect_scores)
{
    Case c = case_new(40, 5, 0, 1);
    for (int64_t i = 0; i < c.images; i++)
        for (int64_t t = 0; t < c.captions; t++)
            c.score[i * c.captions + t] = t >= c.first[i] && t < c.first[i + 1] ? 1 : 0;
    const RecallResult x = result_of(&c, NULL);
    for (int i = 0; i < RECALL_KS; i++) {
        ck_assert_double_eq(x.text_to_image[i], 1);
        ck_assert_double_eq(x.image_to_text[i], 1);
    }
    for (int64_t i = 0; i < c.images * c.captions; i++) c.score[i] = -c.score[i];
    const RecallResult worst = result_of(&c, NULL);
    for (int i = 0; i < RECALL_KS; i++) {
        ck_assert_double_eq(worst.text_to_image[i], 0);
        ck_assert_double_eq(worst.image_to_text[i], 0);
    }
    case_free(&c);
}
END_TEST

/* Equal scores find what chance finds: k of N images, exactly; with one caption per image also
 * k of N captions. So do random scores, on average. */
START_TEST(chance_level)
{
    enum { N = 50, DRAWS = 200 };
    Case c = case_new(N, 1, 1, 0);
    RecallResult x = result_of(&c, NULL);
    for (int i = 0; i < RECALL_KS; i++) {
        ck_assert_double_eq_tol(x.text_to_image[i], (double)recall_k[i] / N, 1e-12);
        ck_assert_double_eq_tol(x.image_to_text[i], (double)recall_k[i] / N, 1e-12);
    }
    case_free(&c);
    double sum[2][RECALL_KS] = {{0}};
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        c = case_new(N, 1, 0, seed);
        x = result_of(&c, NULL);
        for (int i = 0; i < RECALL_KS; i++) sum[0][i] += x.text_to_image[i] / DRAWS;
        for (int i = 0; i < RECALL_KS; i++) sum[1][i] += x.image_to_text[i] / DRAWS;
        case_free(&c);
    }
    for (int i = 0; i < RECALL_KS; i++) /* standard deviations below 0.004 */
        for (int d = 0; d < 2; d++)
            ck_assert_double_eq_tol(sum[d][i], (double)recall_k[i] / N, 0.016);
}
END_TEST

/* More ties than the best ones that are kept, before and after a better score comes. */
START_TEST(many_ties)
{
    enum { N = 40 };
    Case c = case_new(N, 1, 1, 0);
    for (int64_t i = 0; i < N; i++) c.score[i * N] = i < 20 ? 1 : i < 24 ? 2 : 0;
    /* caption 0: image 0 shares places 5 to 24 with 19 others */
    const RecallResult x = result_of(&c, NULL);
    const double others = (N - 1) * 10.0 / N; /* of the other captions, all of equal scores */
    ck_assert_double_eq_tol(x.text_to_image[2], (others + 6.0 / 20) / N, 1e-12);
    ck_assert_double_eq_tol(x.text_to_image[1], ((N - 1) * 5.0 / N + 1.0 / 20) / N, 1e-12);
    ck_assert_double_eq_tol(x.text_to_image[0], (N - 1) * 1.0 / N / N, 1e-12);
    case_free(&c);
}
END_TEST

START_TEST(chances)
{
    for (int64_t k = 1; k <= 10; k++)
        for (int64_t above = 0; above < 12; above++)
            for (int64_t equal = 0; equal < 8; equal++)
                for (int64_t own = 1; own < 6; own++)
                    ck_assert_double_eq_tol(recall_chance(k, above, equal, own),
                                            chance(k, above, equal, own), 1e-12);
}
END_TEST

START_TEST(an_image_added_twice)
{
    Case c = case_new(3, 1, 0, 0);
    Recall *r = recall_new(c.images, c.first);
    recall_add(r, 1, c.score);
    recall_add(r, 1, c.score);
}
END_TEST

Suite *test_recall_suite(void);
Suite *test_recall_suite(void)
{
    Suite *s = suite_create("recall");
    TCase *t = tcase_create("recall");
    tcase_add_loop_test(t, counting_on_the_matrix, 0, SIZES);
    tcase_add_test(t, images_left_out);
    tcase_add_test(t, perfect_scores);
    tcase_add_test(t, chance_level);
    tcase_add_test(t, many_ties);
    tcase_add_test(t, chances);
    tcase_add_test_raise_signal(t, an_image_added_twice, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
