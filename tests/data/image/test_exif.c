/* SPDX-License-Identifier: Apache-2.0 */
/* The orientation in EXIF data, in both byte orders, and data that lie about their size. */
#include "data/image/exif.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LITTLE                                                                                 \
    "Exif\0\0II*\0\x08\0\0\0\2\0"                                                              \
    "\x0f\1\2\0\1\0\0\0A\0\0\0"                                                                \
    "\x12\1\3\0\1\0\0\0"
#define BIG                                                                                    \
    "Exif\0\0MM\0*\0\0\0\x08\0\1"                                                              \
    "\1\x12\0\3\0\0\0\1"

#define DATA(text) text, sizeof(text) - 1

static const struct {
    const char *data;
    size_t len;
    bool rotates;
} CASE[] = {
    {DATA(LITTLE "\6\0\0\0"), true},
    {DATA(LITTLE "\1\0\0\0"), false},
    {DATA(LITTLE "\0\0\0\0"), false},
    {DATA(LITTLE "\x09\0\0\0"), false},
    {DATA(BIG "\0\x08\0\0"), true},
    {DATA(BIG "\0\1\0\0"), false},
    {DATA("http://ns.adobe.com/xap/1.0/"), false},
    {DATA("Exif\0\0II*\0\x08\0\0\0\0\0"), false},
    {DATA("Exif\0\0II*\0\xff\xff\xff\xff\0\0"), false},
    {DATA("Exif\0\0II*\0\x08\0\0\0\xff\xff"), false},
};

/* Also without its last bytes, in a block whose end the address sanitizer watches. */
START_TEST(orientation)
{
    ck_assert_int_eq(exif_rotates((const uint8_t *)CASE[_i].data, CASE[_i].len),
                     CASE[_i].rotates);
    for (size_t n = 0; n < CASE[_i].len; n++) {
        uint8_t *copy = malloc(n ? n : 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, CASE[_i].data, n);
        const bool rotates = exif_rotates(copy, n);
        ck_assert(!rotates || n + 4 > CASE[_i].len);
        free(copy);
    }
}
END_TEST

Suite *test_exif_suite(void);
Suite *test_exif_suite(void)
{
    Suite *s = suite_create("exif");
    TCase *t = tcase_create("exif");
    tcase_add_loop_test(t, orientation, 0, sizeof CASE / sizeof *CASE);
    suite_add_tcase(s, t);
    return s;
}
