/* SPDX-License-Identifier: Apache-2.0 */
/* Which options change nothing, and which entries of resume.allow let labels differ. */
#include "train/run/run_changes.h"

#include "configs/config.h"
#include "core/error.h"

#include <check.h>

static const struct {
    const char *key;
    bool neutral;
} keys[] = {
    {"threads", true},
    {"loader.threads", true},
    {"clip.cache", true},
    {"save.every", true},
    {"run", true},
    {"data.eval", false},
    {"train.epochs", false},
    {"optim.lr", false},
    {"train.max_steps", false},
};

START_TEST(neutral_options)
{
    ck_assert_int_eq(run_changes_neutral(keys[_i].key), keys[_i].neutral);
}
END_TEST

static const struct {
    const char *allow;
    bool labels;
} entries[] = {
    {"resume.allow=model.tags", true},  {"resume.allow=clip.weights", true},
    {"resume.allow=clip", true},        {"resume.allow=text_table", true},
    {"resume.allow=text_*", true},      {"resume.allow=loss", false},
    {"resume.allow=data.train", false}, {"resume.allow=model.dropout", false},
    {"resume.allow=", false},
};

START_TEST(what_allows_other_labels)
{
    Config c;
    Error err = {0};
    char *set[] = {(char *)(uintptr_t)entries[_i].allow};
    ck_assert_msg(config_load(NULL, 0, set, 1, &c, &err) == 0, "%s", err.text);
    ck_assert_int_eq(run_changes_allow_labels(&c), entries[_i].labels);
    config_free(&c);
}
END_TEST

Suite *test_run_changes_suite(void);
Suite *test_run_changes_suite(void)
{
    Suite *s = suite_create("run_changes");
    TCase *c = tcase_create("run_changes");
    tcase_add_loop_test(c, neutral_options, 0, sizeof keys / sizeof *keys);
    tcase_add_loop_test(c, what_allows_other_labels, 0, sizeof entries / sizeof *entries);
    suite_add_tcase(s, c);
    return s;
}
