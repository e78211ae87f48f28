/* SPDX-License-Identifier: Apache-2.0 */
/* The size of pages and their policy. */
#include "tests/train/report/report_case.h"

#include "core/io/base64.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/image/image.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

/* Noise, which JPEG cannot make small. */
static void put_noise(const char *name)
{
    Image image = image_new(320, 320);
    uint32_t state = 1;
    for (int i = 0; i < 320 * 320 * 3; i++) {
        state = state * 1664525 + 1013904223;
        image.rgb[i] = (uint8_t)(state >> 24);
    }
    char *path = report_case_path(&scratch, name);
    ck_assert_int_eq(image_write_png(path, &image, NULL), 0);
    mem_free(path);
    image_free(&image);
}

/* With too many images, they become smaller, and the page says so. */
START_TEST(a_page_is_at_most_two_mebibytes)
{
    Text examples = {0};
    report_case_run(&scratch, "run", report_case_records);
    put_noise("run/a.png");
    for (int i = 0; i < 48; i++)
        text_add(&examples, "%s{\"image\": \"a.png\", \"tags\": []}", i ? "," : "[");
    text_put(&examples, "]");
    scratch_text(&scratch, "run/eval/examples.json", examples.data);
    text_free(&examples);
    const char *const name[] = {"run"};
    char *page = report_case_page(&scratch, name, 1);
    ck_assert_uint_le(strlen(page), 2 << 20);
    ck_assert_uint_gt(strlen(page), 1 << 20);
    ck_assert_int_eq(report_case_count(page, "<img "), 48);
    ck_assert_ptr_nonnull(strstr(page, "Images are smaller than usual"));
    mem_free(page);
}
END_TEST

/* A browser runs the two scripts of this program, whose hashes the page names, and no other. */
START_TEST(the_policy_names_the_scripts)
{
    report_case_run(&scratch, "run", report_case_records);
    const char *const name[] = {"run"};
    char *page = report_case_page(&scratch, name, 1);
    const char *p = strstr(page, "<script>");
    for (int i = 0; i < 2; i++, p = strstr(p, "<script>")) {
        const char *end = strstr(p, "</script>");
        const char *file = scratch_write(&scratch, "script", p + 8, (size_t)(end - p - 8));
        char *command = mem_format("sha256sum %s", file);
        FILE *pipe = popen(command, "r");
        uint8_t hash[32];
        for (int k = 0; k < 32; k++) ck_assert_int_eq(fscanf(pipe, "%2hhx", &hash[k]), 1);
        pclose(pipe);
        mem_free(command);
        Text want = {0};
        text_put(&want, "'sha256-");
        base64_put(&want, hash, 32);
        text_put(&want, "'");
        ck_assert_msg(strstr(page, want.data), "%s", want.data);
        text_free(&want);
        p = end;
    }
    ck_assert_int_eq(report_case_count(page, "'sha256-"), 2);
    ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
    mem_free(page);
}
END_TEST

Suite *test_report_page_suite(void);
Suite *test_report_page_suite(void)
{
    Suite *s = suite_create("report_page");
    TCase *t = tcase_create("report_page");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_page_is_at_most_two_mebibytes);
    tcase_add_test(t, the_policy_names_the_scripts);
    suite_add_tcase(s, t);
    return s;
}
