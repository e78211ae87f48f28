/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a checkpoint, when a run goes on from it. */
#include "core/mem.h"
#include "tests/support/h5_copy.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", SMALL "train.max_steps=1"));
}

typedef struct Counter {
    int place;
    int64_t value;
} Counter;

static bool set_counter(const H5Entry *e, void *numbers, void *context)
{
    const Counter *c = context;
    if (strcmp(e->name, "state/counters") == 0) ((int64_t *)numbers)[c->place] = c->value;
    return true;
}

/* Counters that no run reaches are a damaged file, not a bug; those that fit another data
 * folder only are taken as far as they go. */
START_TEST(absurd_counters_are_refused)
{
    const int64_t absurd[] = {-1, INT64_MIN, INT64_MAX, 1ll << 31};
    for (int i = 0; i < 32; i++) {
        Counter c = {i % 8, absurd[i / 8]};
        char *words = mem_format("state/counters: %ld: out of range", c.value);
        h5_copy("@/m/checkpoints/latest", "@/absurd.h5", set_counter, &c);
        char *messages = tiny_train(ERROR_CHECKPOINT, "absurd",
                                    SMALL "train.max_steps=8 resume=@/absurd.h5");
        ck_assert_msg(strstr(messages, words), "%s", messages);
        mem_free(messages);
        mem_free(words);
    }
    for (int i = 0; i < 8; i++) {
        Counter c = {i, INT32_MAX};
        char folder[] = {'r', (char)('0' + i), 0};
        h5_copy("@/m/checkpoints/latest", "@/absurd.h5", set_counter, &c);
        mem_free(tiny_train(0, folder, SMALL "train.max_steps=8 resume=@/absurd.h5"));
    }
}
END_TEST

Suite *test_counters_suite(void);
Suite *test_counters_suite(void)
{
    Suite *s = suite_create("counters");
    TCase *c = tcase_create("counters");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, absurd_counters_are_refused);
    suite_add_tcase(s, c);
    return s;
}
