/* SPDX-License-Identifier: Apache-2.0 */
/* The map of hashes. */
#include "core/hash_map.h"

#include <check.h>
#include <signal.h>
#include <string.h>

enum { KEYS = 3000 };

static void key_of(int64_t i, uint8_t key[static HASH_BYTES]) { hash_of(&i, sizeof i, key); }

START_TEST(keeps_every_value)
{
    HashMap m = hash_map_new(KEYS);
    uint8_t key[HASH_BYTES];
    for (int64_t i = 0; i < KEYS; i++) {
        key_of(i, key);
        ck_assert(!hash_map_has(&m, key));
        ck_assert(hash_map_add(&m, key, 7 * i));
    }
    for (int64_t i = 0; i < 2 * KEYS; i++) {
        key_of(i, key);
        ck_assert_int_eq(hash_map_get(&m, key), i < KEYS ? 7 * i : -1);
        ck_assert_int_eq(hash_map_has(&m, key), i < KEYS);
    }
    hash_map_free(&m);
    ck_assert_ptr_null(m.slot);
}
END_TEST

START_TEST(grows)
{
    HashMap m = {0};
    uint8_t key[HASH_BYTES];
    for (int64_t i = 0; i < KEYS; i++) {
        key_of(i, key);
        hash_map_make_room(&m);
        ck_assert_int_gt(m.max_keys, m.count);
        ck_assert(hash_map_add(&m, key, i));
    }
    ck_assert_int_lt(m.max_keys, 3 * KEYS);
    for (int64_t i = 0; i < KEYS; i++) {
        key_of(i, key);
        ck_assert_int_eq(hash_map_get(&m, key), i);
    }
    hash_map_free(&m);
}
END_TEST

/* Keys with the same first 8 bytes share their first slot, here the last one: probing wraps
 * around. */
START_TEST(separates_colliding_keys)
{
    HashMap m = hash_map_new(4);
    uint8_t key[HASH_BYTES] = {8};
    for (uint8_t i = 0; i < 4; i++) {
        key[HASH_BYTES - 1] = i;
        ck_assert(hash_map_add(&m, key, i));
    }
    for (uint8_t i = 0; i < 6; i++) {
        key[HASH_BYTES - 1] = i;
        ck_assert_int_eq(hash_map_get(&m, key), i < 4 ? i : -1);
    }
    hash_map_free(&m);
}
END_TEST

START_TEST(keeps_the_first_value)
{
    HashMap m = hash_map_new(1);
    const uint8_t key[HASH_BYTES] = {1};
    ck_assert(hash_map_add(&m, key, 0));
    ck_assert(!hash_map_add(&m, key, 5));
    ck_assert_int_eq(hash_map_get(&m, key), 0);
    ck_assert_int_eq(m.count, 1);
    hash_map_free(&m);
}
END_TEST

START_TEST(empty_map_has_nothing)
{
    HashMap m = hash_map_new(0);
    const uint8_t key[HASH_BYTES] = {0};
    ck_assert_int_eq(hash_map_get(&m, key), -1);
    hash_map_free(&m);
}
END_TEST

START_TEST(rejects_a_key_too_many)
{
    HashMap m = hash_map_new(1);
    const uint8_t first[HASH_BYTES] = {1}, second[HASH_BYTES] = {2};
    hash_map_add(&m, first, 0);
    ck_assert_int_eq(hash_map_get(&m, first), 0);
    hash_map_add(&m, second, 1);
}
END_TEST

START_TEST(rejects_a_negative_value)
{
    HashMap m = hash_map_new(1);
    const uint8_t key[HASH_BYTES] = {1};
    hash_map_add(&m, key, -1);
}
END_TEST

Suite *test_hash_map_suite(void);
Suite *test_hash_map_suite(void)
{
    Suite *s = suite_create("hash_map");
    TCase *c = tcase_create("hash_map");
    tcase_add_test(c, keeps_every_value);
    tcase_add_test(c, grows);
    tcase_add_test(c, separates_colliding_keys);
    tcase_add_test(c, keeps_the_first_value);
    tcase_add_test(c, empty_map_has_nothing);
    tcase_add_test_raise_signal(c, rejects_a_key_too_many, SIGABRT);
    tcase_add_test_raise_signal(c, rejects_a_negative_value, SIGABRT);
    suite_add_tcase(s, c);
    return s;
}
