/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/annotations.h"
#include "data/caption.h"
#include "data/synth/synth_draw.h"
#include "data/synth/synth_text.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Whether the text names the pair: color word, optional texture, shape word ("red circle",
 * "red striped circles"). */
static bool names_pair(const char *text, int color, int shape)
{
    static const char *const texture[] = {"", "striped ", "dotted "};
    char pattern[64];
    for (int t = 0; t < 3; t++) {
        snprintf(pattern, sizeof pattern, "%s %s%s", synth_color(color), texture[t],
                 synth_shape(shape, false));
        if (strstr(text, pattern)) return true;
    }
    return false;
}

static bool shows_pair(const SynthScene *s, int color, int shape)
{
    for (int i = 0; i < s->count; i++)
        if (s->object[i].color == color && (int)s->object[i].shape == shape) return true;
    return false;
}

START_TEST(captions_are_true_and_name_no_unseen_pair)
{
    int shown = 0, named = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        Rng rng = rng_new(5, 0, i, RNG_TEST);
        const SynthScene s = synth_scene(&rng, SYNTH_OBJECTS);
        const SynthCaption c = synth_caption(&s, i % 2 ? SYNTH_ARRANGED : SYNTH_LISTED, &rng);
        ck_assert_uint_lt(strlen(c.text), SYNTH_CAPTION - 1);
        char *clean = caption_clean(c.text);
        ck_assert_uint_eq(strlen(clean), strlen(c.text)); /* no marks */
        for (int pair = 0; pair < SYNTH_PAIRS; pair++) {
            const int color = pair / SYNTH_SHAPES, shape = pair % SYNTH_SHAPES;
            const bool says = names_pair(c.text, color, shape),
                       has = shows_pair(&s, color, shape);
            shown += has && synth_unseen(color, shape);
            named += says;
            ck_assert_msg(says == (has && !synth_unseen(color, shape)), "%s: %s %s", c.text,
                          synth_color(color), synth_shape(shape, false));
        }
        mem_free(clean);
    }
    ck_assert_int_gt(shown, 500); /* unseen pairs do occur in images */
    ck_assert_int_gt(named, 3000);
}
END_TEST

/* Two or three plain objects at given positions. */
typedef struct Arranged {
    int count;
    double x[3], y[3];
    const char *want[3]; /* accepted captions; unused entries are NULL */
} Arranged;

static const Arranged arranged[] = {
    {1, {0.5}, {0.5}, {"a red circle in the middle"}},
    {1, {0.8}, {0.2}, {"a red circle in the top right corner"}},
    {2,
     {0.5, 0.52},
     {0.2, 0.8},
     {"a red circle above a green star", "a green star below a red circle"}},
    {2,
     {0.8, 0.2},
     {0.5, 0.52},
     {"a red circle to the right of a green star", "a green star to the left of a red circle"}},
    {3,
     {0.5, 0.3, 0.7},
     {0.2, 0.25, 0.7},
     {"a blue ring below a red circle and a green star",
      "a green star to the left of a red circle and a blue ring"}},
    {3,
     {0.2, 0.5, 0.8},
     {0.5, 0.55, 0.52},
     {"a red circle to the left of a green star and a blue ring",
      "a blue ring to the right of a red circle and a green star",
      "a red circle, a green star and a blue ring from left to right"}},
};

static SynthScene scene_of(const Arranged *a)
{
    static const int color[] = {0, 3, 4};
    static const enum SynthShape shape[] = {SYNTH_CIRCLE, SYNTH_STAR, SYNTH_RING};
    SynthScene s = {.count = a->count};
    for (int i = 0; i < a->count; i++)
        s.object[i] = (SynthObject){
            .color = color[i], .shape = shape[i], .x = a->x[i], .y = a->y[i], .radius = 0.1};
    return s;
}

START_TEST(captions_say_where_things_are)
{
    const Arranged *a = &arranged[_i];
    const SynthScene s = scene_of(a);
    for (uint64_t seed = 0; seed < 20; seed++) {
        Rng rng = rng_new(seed, 0, 0, RNG_TEST);
        const SynthCaption c = synth_caption(&s, SYNTH_ARRANGED, &rng);
        bool found = false;
        for (int k = 0; k < 3 && a->want[k]; k++) found |= strcmp(c.text, a->want[k]) == 0;
        ck_assert_msg(found, "%s", c.text);
    }
}
END_TEST

START_TEST(equal_objects_are_counted)
{
    SynthScene s = scene_of(&arranged[2]);
    s.object[1] = s.object[0];
    s.object[1].x = 0.8;
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    const SynthCaption c = synth_caption(&s, SYNTH_ARRANGED, &rng);
    ck_assert_str_eq(c.text, "two red circles side by side");
    ck_assert_int_eq(c.tags, 3);
    ck_assert_int_eq(c.tag[0], 0);
    ck_assert_int_eq(c.tag[1], SYNTH_COLORS);
    ck_assert_int_eq(c.tag[2], synth_pair_tag(0, SYNTH_CIRCLE));
}
END_TEST

START_TEST(the_vocabulary_is_balanced)
{
    int of_color[SYNTH_COLORS] = {0}, of_shape[SYNTH_SHAPES] = {0}, all = 0;
    for (int pair = 0; pair < SYNTH_PAIRS; pair++) {
        const int color = pair / SYNTH_SHAPES, shape = pair % SYNTH_SHAPES;
        if (!synth_unseen(color, shape)) continue;
        of_color[color]++, of_shape[shape]++, all++;
    }
    ck_assert_int_eq(all, SYNTH_UNSEEN);
    for (int i = 0; i < SYNTH_COLORS; i++) {
        ck_assert(of_color[i] == 1 || of_color[i] == 2);
        ck_assert(of_shape[i] == 1 || of_shape[i] == 2);
    }
    for (int u = 0; u < 2; u++)
        for (int k = 0; k < (u ? SYNTH_UNSEEN : SYNTH_SEEN); k++)
            for (int j = 0; j < k; j++) {
                char a[SYNTH_NAME], b[SYNTH_NAME];
                synth_tag_name(u, k, a);
                synth_tag_name(u, j, b);
                ck_assert_str_ne(a, b);
            }
}
END_TEST

static double area(enum SynthShape shape)
{
    const int64_t size = 200;
    const SynthObject o = {.shape = shape, .x = 0.5, .y = 0.5, .radius = 0.45, .angle = 0.7};
    double sum = 0;
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++) sum += synth_cover(&o, size, x, y);
    return sum / (double)(size * size) / (0.45 * 0.45);
}

/* Area of the intersection of two discs. */
static double lens(double a, double b, double d)
{
    const double x = (d * d + a * a - b * b) / (2 * d), y = sqrt(a * a - x * x);
    return a * a * acos(x / a) + b * b * acos((d - x) / b) - d * y;
}

/* Areas computed geometrically, with the circle around the shape as the unit. */
START_TEST(shapes_have_the_areas_of_their_geometry)
{
    const double pi = acos(-1.0);
    const double want[SYNTH_SHAPES] = {
        [SYNTH_CIRCLE] = pi * 0.81,
        [SYNTH_SQUARE] = 2,
        [SYNTH_TRIANGLE] = 3 * sqrt(3.0) / 4,
        [SYNTH_STAR] = 5 * 0.42 * sin(pi / 5),
        [SYNTH_CROSS] = 2 * 0.58 * 1.86 - 0.58 * 0.58,
        [SYNTH_HEART] = (0.5 + pi / 8) / 0.36,
        [SYNTH_RING] = pi * (0.92 * 0.92 - 0.48 * 0.48),
        [SYNTH_MOON] = pi * 0.94 * 0.94 - lens(0.94, 0.76, 0.46),
    };
    for (int s = 0; s < SYNTH_SHAPES; s++)
        ck_assert_msg(fabs(area((enum SynthShape)s) / want[s] - 1) < 0.01, "%s: %g, want %g",
                      synth_shape(s, false), area((enum SynthShape)s), want[s]);
}
END_TEST

static double visible(const SynthScene *s, int k, double *inside)
{
    const int64_t size = 64;
    double all = 0, seen = 0;
    for (int64_t y = -16; y < size + 16; y++)
        for (int64_t x = -16; x < size + 16; x++) {
            double cover = synth_cover(&s->object[k], size, x, y);
            all += cover;
            if (x < 0 || y < 0 || x >= size || y >= size) continue;
            *inside += cover;
            for (int j = k + 1; cover > 0 && j < s->count; j++)
                cover *= 1 - synth_cover(&s->object[j], size, x, y);
            seen += cover;
        }
    *inside /= all;
    return seen / all;
}

START_TEST(shapes_stay_visible)
{
    int counts[SYNTH_OBJECTS + 1] = {0};
    for (uint64_t i = 0; i < 400; i++) {
        Rng rng = rng_new(6, 0, i, RNG_TEST);
        const SynthScene s = synth_scene(&rng, SYNTH_OBJECTS);
        counts[s.count]++;
        for (int k = 0; k < s.count; k++) {
            double inside = 0;
            ck_assert(s.object[k].radius > 0.08);
            ck_assert_msg(visible(&s, k, &inside) > 0.7, "scene %lu", i);
            ck_assert_msg(inside > 0.97, "scene %lu", i);
        }
    }
    for (int n = 1; n <= SYNTH_OBJECTS; n++) ck_assert_int_gt(counts[n], 60);
}
END_TEST

START_TEST(an_object_has_its_color)
{
    SynthScene s = {.count = 1, .noise = 0};
    s.object[0] = (SynthObject){.shape = SYNTH_SQUARE,
                                .texture = SYNTH_PLAIN,
                                .x = 0.5,
                                .y = 0.5,
                                .radius = 0.3,
                                .rgb = {200, 100, 50}};
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    Image image = synth_draw(&s, 33, &rng);
    const uint8_t *middle = image.rgb + 3 * (16 * 33 + 16);
    ck_assert(middle[0] == 200 && middle[1] == 100 && middle[2] == 50);
    ck_assert(image.rgb[0] == 0 && image.rgb[3 * 33 * 33 - 1] == 0);
    image_free(&image);
}
END_TEST

Suite *test_synth_draw_suite(void);
Suite *test_synth_draw_suite(void)
{
    Suite *s = suite_create("synth_draw");
    TCase *t = tcase_create("synth_draw");
    tcase_add_test(t, the_vocabulary_is_balanced);
    tcase_add_test(t, captions_are_true_and_name_no_unseen_pair);
    tcase_add_loop_test(t, captions_say_where_things_are, 0,
                        sizeof arranged / sizeof *arranged);
    tcase_add_test(t, equal_objects_are_counted);
    tcase_add_test(t, shapes_have_the_areas_of_their_geometry);
    tcase_add_test(t, shapes_stay_visible);
    tcase_add_test(t, an_object_has_its_color);
    suite_add_tcase(s, t);
    return s;
}
