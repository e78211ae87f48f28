/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 against the vectors of RFC 4648, section 10, and all 256 byte values. */
#include "core/io/base64.h"

#include <check.h>
#include <string.h>

static const char *const vectors[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

START_TEST(published_vectors)
{
    const char *in = vectors[_i][0];
    Text t = {0};
    text_put(&t, ">");
    base64_put(&t, (const uint8_t *)in, strlen(in));
    ck_assert_str_eq(t.data + 1, vectors[_i][1]);
    text_free(&t);
}
END_TEST

static unsigned digit(char c)
{
    if (c >= 'A' && c <= 'Z') return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z') return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9') return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : 63;
}

START_TEST(every_byte_comes_back)
{
    uint8_t in[258];
    Text t = {0};
    for (int i = 0; i < 258; i++) in[i] = (uint8_t)(i * 7 + i / 256);
    base64_put(&t, in, sizeof in);
    ck_assert_uint_eq(t.len, 344);
    for (size_t i = 0; i < sizeof in; i++) {
        const char *g = t.data + i / 3 * 4;
        const unsigned v =
            digit(g[0]) << 18 | digit(g[1]) << 12 | digit(g[2]) << 6 | digit(g[3]);
        ck_assert_uint_eq(v >> (16 - 8 * (i % 3)) & 255, in[i]);
    }
    text_free(&t);
}
END_TEST

Suite *test_base64_suite(void);
Suite *test_base64_suite(void)
{
    Suite *s = suite_create("base64");
    TCase *t = tcase_create("base64");
    tcase_add_loop_test(t, published_vectors, 0, sizeof vectors / sizeof *vectors);
    tcase_add_test(t, every_byte_comes_back);
    suite_add_tcase(s, t);
    return s;
}
