/* SPDX-License-Identifier: Apache-2.0 */
/* The table of image encoders, and the names of their weights in files of other projects. */
#include "model/backbone/backbone.h"

#include "core/mem.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(rows_are_complete)
{
    const Backbone *b;
    int choice = 0;
    for (size_t i = 0; (b = backbone_row(i)); i++) {
        ck_assert(b->name && b->size[0] && b->check && b->new && b->free && b->shape);
        ck_assert(b->forward && b->names && !b->adapts == !b->adapt);
        ck_assert(b->options && b->option_bytes > 0);
        for (int64_t k = 0; b->size[k]; k++, choice++) {
            size_t row;
            const BackboneConfig c = backbone_chosen(choice, &row);
            ck_assert_str_eq(backbone_choice(choice), b->size[k]);
            ck_assert(c.kind == b && c.size == k && row == i);
            ck_assert_int_eq(strncmp(b->size[k], b->name, strlen(b->name)), 0);
        }
    }
    ck_assert_ptr_null(backbone_choice(choice));
    ck_assert_ptr_null(backbone_choice(-1));
}
END_TEST

START_TEST(a_choice_too_many)
{
    size_t row;
    backbone_chosen(1000, &row);
}
END_TEST

START_TEST(freeing_nothing)
{
    for (size_t i = 0; backbone_row(i); i++) backbone_row(i)->free(NULL);
}
END_TEST

/* ---- names ---- */

static const struct {
    const char *pattern, *name;
    bool match;
} matches[] = {
    {"a.#.b", "a.0.b", true},
    {"a.#.b", "a.12.b", true},
    {"a.#.b", "a.x.b", false},
    {"a.#.b", "a..b", false},
    {"a.#.b", "a.1.bc", false},
    {"a.#.b", "a.1.", false},
    {"a.*", "a.b.c", true},
    {"a.*", "a.", true},
    {"a.*", "b.a.", false},
    {"*", "", true},
    {"a", "a", true},
    {"a", "", false},
    {"a.#", "a.1234567890", false},
};

START_TEST(patterns_match)
{
    ck_assert_int_eq(names_match(matches[_i].pattern, matches[_i].name), matches[_i].match);
}
END_TEST

static const struct {
    NameRule rule;
    const char *name, *own;
    int piece, pieces;
} owns[] = {
    {{"x.#.y.#.*", "a.#.b.#.c.*"}, "x.3.y.14.weight", "p.a.3.b.14.c.weight", 0, 1},
    {{"*", "*"}, "any.weight", "p.any.weight", 0, 1},
    {{"l.#.down.*", "l.#-1.down.*"}, "l.10.down.bias", "p.l.9.down.bias", 0, 1},
    {{"l.#.key.*", "l.#.qkv.*@2/3"}, "l.0.key.bias", "p.l.0.qkv.bias", 1, 3},
    {{"gone.once", "here"}, "gone.once", "p.here", 0, 1},
};

START_TEST(names_become_ours)
{
    int piece, pieces;
    char *own = names_own(&owns[_i].rule, "p.", owns[_i].name, &piece, &pieces);
    ck_assert_str_eq(own, owns[_i].own);
    ck_assert_int_eq(piece, owns[_i].piece);
    ck_assert_int_eq(pieces, owns[_i].pieces);
    mem_free(own);
}
END_TEST

START_TEST(the_first_rule_counts)
{
    static const NameRule rule[] = {{"head.*", NULL}, {"h*", "H*"}, {NULL, NULL}};
    ck_assert_ptr_eq(names_rule(rule, "head.bias"), &rule[0]);
    ck_assert_ptr_eq(names_rule(rule, "hat"), &rule[1]);
    ck_assert_ptr_null(names_rule(rule, "other"));
}
END_TEST

START_TEST(a_name_that_does_not_match)
{
    static const NameRule rule = {"a.#", "b.#"};
    int piece, pieces;
    names_own(&rule, "", "a.b", &piece, &pieces);
}
END_TEST

Suite *test_backbone_suite(void);
Suite *test_backbone_suite(void)
{
    Suite *s = suite_create("backbone");
    TCase *t = tcase_create("backbone");
    tcase_add_test(t, rows_are_complete);
    tcase_add_test(t, freeing_nothing);
    tcase_add_loop_test(t, patterns_match, 0, sizeof matches / sizeof *matches);
    tcase_add_loop_test(t, names_become_ours, 0, sizeof owns / sizeof *owns);
    tcase_add_test(t, the_first_rule_counts);
    tcase_add_test_raise_signal(t, a_choice_too_many, SIGABRT);
    tcase_add_test_raise_signal(t, a_name_that_does_not_match, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
