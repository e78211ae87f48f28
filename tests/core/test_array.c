/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays, and the functions on strings. */
#include "core/array.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>

/* Appending keeps the elements and copies rarely. */
START_TEST(grows)
{
    int64_t count = 0, room = 0, copies = 0, *list = NULL;
    for (int64_t i = 0; i < 5000; i++) {
        const int64_t before = room;
        list = array_grow(list, sizeof *list, count, &room);
        copies += room != before;
        ck_assert_int_gt(room, count);
        list[count++] = 3 * i;
    }
    for (int64_t i = 0; i < count; i++) ck_assert_int_eq(list[i], 3 * i);
    ck_assert_int_le(copies, 8);
    mem_free(list);
}
END_TEST

START_TEST(rejects_a_count_beyond_the_room)
{
    int64_t room = 3;
    array_grow(NULL, 1, 4, &room);
}
END_TEST

START_TEST(ends)
{
    ck_assert(strings_end_in("a.pth", ".pth") && strings_end_in(".pth", ".pth"));
    ck_assert(strings_end_in("a", "") && strings_end_in("", ""));
    ck_assert(!strings_end_in("pth", ".pth") && !strings_end_in("a.pth.tmp", ".pth"));
    ck_assert(!strings_end_in("a.PTH", ".pth"));
}
END_TEST

START_TEST(compares)
{
    const char *list[] = {"b", "\xc3\xa4", "", "ab", "a"};
    static const char *const want[] = {"", "a", "ab", "b", "\xc3\xa4"};
    qsort(list, 5, sizeof *list, strings_compare);
    for (int i = 0; i < 5; i++) ck_assert_str_eq(list[i], want[i]);
}
END_TEST

Suite *test_array_suite(void);
Suite *test_array_suite(void)
{
    Suite *s = suite_create("array");
    TCase *c = tcase_create("array");
    tcase_add_test(c, grows);
    tcase_add_test_raise_signal(c, rejects_a_count_beyond_the_room, SIGABRT);
    tcase_add_test(c, ends);
    tcase_add_test(c, compares);
    suite_add_tcase(s, c);
    return s;
}
