/* SPDX-License-Identifier: Apache-2.0 */
/* Names out of data reach only what lies below their root. */
#include "core/io/path_below.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *root, *name, *want; /* want: with absolute = false */
} good[] = {
    {"r", "a.jpg", "r/a.jpg"},
    {"r/", "a.jpg", "r/a.jpg"},
    {"", "a/b.jpg", "a/b.jpg"},
    {"r", "a//b/./c.jpg", "r/a/b/c.jpg"},
    {"r", "./a.jpg", "r/a.jpg"},
    {"r", "a/../b.jpg", "r/b.jpg"},
    {"r", "a/b/../../c/d.jpg", "r/c/d.jpg"},
    {"r", "a/link/../b.jpg", "r/a/b.jpg"},
    {"r", "~/a.jpg", "r/~/a.jpg"},
    {"r", "...", "r/..."},
    {"r", "..a/b..", "r/..a/b.."},
    {"../up", "a.jpg", "../up/a.jpg"}, /* the user chose the root */
    {"/r", "/r/a.jpg", "/r/a.jpg"},
    {"/r/", "/r/b/../a.jpg", "/r/a.jpg"},
    {"/", "/r/a.jpg", "/r/a.jpg"},
    {"/dev/shm/r", "/dev/shm/r/a.jpg", "/dev/shm/r/a.jpg"},
};

START_TEST(below_the_root)
{
    Error err = {0};
    char *path = path_below(good[_i].root, good[_i].name, false, &err);
    ck_assert_msg(path, "%s: %s", good[_i].name, err.text);
    ck_assert_str_eq(path, good[_i].want);
    mem_free(path);
}
END_TEST

static const struct {
    const char *root, *name, *why, *allowed; /* allowed: with absolute = true, or NULL */
} bad[] = {
    {"r", "../a.jpg", "../a.jpg: leaves the folder r", NULL},
    {"", "../a.jpg", "leaves the folder that it is relative to", NULL},
    {"r", "a/../../b.jpg", "leaves the folder r", NULL},
    {"r", "a/./../../r/b.jpg", "leaves the folder r", NULL},
    {"r", "..", "names no file", NULL},
    {"r", "a/", "names no file", NULL},
    {"r", "a/.", "names no file", NULL},
    {"r", "a/b/..", "names no file", NULL},
    {"r", "", "names no file", NULL},
    {"r", "/a.jpg", "an absolute path, not below r; to allow these: data.absolute=true",
     "/a.jpg"},
    {"", "/a.jpg", "not below the current folder", "/a.jpg"},
    {"/r", "/rest/a.jpg", "not below /r", "/rest/a.jpg"},
    {"/r", "/r/../a.jpg", "not below /r", "/a.jpg"},
    {"r", "//b/./a.jpg", "an absolute path", "/b/a.jpg"},
    {"/r", "/../a.jpg", "leaves the folder /r", NULL},
    {"r", "/dev/zero", "a file of the system", NULL},
    {"/", "/dev/stdin", "a file of the system", NULL},
    {"r", "//tmp/../proc/self/environ", "a file of the system", NULL},
    {"r", "/sys/kernel/notes", "a file of the system", NULL},
    {"/", "dev/stdin", "a file of the system", NULL},
    {"/dev/shm/r", "/dev/zero", "a file of the system", NULL},
};

START_TEST(outside_the_root)
{
    Error err = {0};
    ck_assert_ptr_null(path_below(bad[_i].root, bad[_i].name, false, &err));
    expect_error(&err, ERROR_DATA, bad[_i].why);
    char *path = path_below(bad[_i].root, bad[_i].name, true, NULL);
    ck_assert_pstr_eq(path, bad[_i].allowed);
    mem_free(path);
}
END_TEST

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* scratch/real is the root, scratch/root a link to it. `file` and `folder` lie in it, "outside"
 * beside it. */
static const struct {
    const char *name, *target; /* a link in the root, and where it leads */
    const char *opened;        /* the name that stands in the data */
    const char *why;           /* NULL: allowed */
    bool never;                /* also with absolute = true */
} links[] = {
    {"link", "file", "link", NULL, false},
    {"link", "../real/file", "link", NULL, false},
    {"link", "@/real/file", "link", NULL, false},
    {"link", "folder", "link/file", NULL, false},
    {"link", "../outside/file", "link", "link: a link leads out of the folder ", false},
    {"link", "../outside", "link/file", "link/file: a link leads out of the folder ", false},
    {"link", "@/outside/file", "link", "to allow these: data.absolute=true", false},
    {"link", "..", "link/outside/file", "a link leads out of", false},
    {"folder/link", "../..", "folder/link/outside/file", "a link leads out of", false},
    {"link", "/proc/self/environ", "link", "link: a file of the system", true},
    {"link", "/proc/self/root@/real/file", "link", NULL, false},
    {"link", "/proc/self/root@/outside/file", "link", "a link leads out of", false},
    {"link", "/proc", "link", "link: a file of the system", true},
    {"link", "/dev/zero", "link", "link: a file of the system", true},
    {"link", "/", "link/dev/null", "link/dev/null: a file of the system", true},
    {"link", "../outside/x.tar", "link/x", NULL, false}, /* no name of a tar file: not opened */
    {"x.tar", "../outside/x.tar", "x.tar/1.jpg", "x.tar/1.jpg: a link leads out of", false},
    {"x.tar", "/proc/self/environ", "x.tar/1.jpg", "a file of the system", true},
    {"x.tar", "file", "x.tar/1.jpg", NULL, false},
    {"x.tar", "folder", "x.tar/file", NULL, false},
    {"link", "missing", "link", NULL, false}, /* whoever opens it says so */
    {"link", "link", "link", NULL, false},
};

static char *put_scratch(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at) return mem_strdup(text);
    char *real = realpath(scratch.dir, NULL);
    char *all = mem_format("%.*s%s%s", (int)(at - text), text, real, at + 1);
    free(real);
    return all;
}

static void make_link(const char *target, const char *name)
{
    char *path = file_join(scratch.dir, name), *to = put_scratch(target);
    ck_assert_int_eq(symlink(to, path), 0);
    mem_free(to);
    mem_free(path);
}

START_TEST(links_stay_below_the_root)
{
    Error err = {0};
    scratch_text(&scratch, "real/file", "x");
    scratch_text(&scratch, "real/folder/file", "x");
    scratch_text(&scratch, "outside/file", "x");
    scratch_text(&scratch, "outside/x.tar", "x");
    make_link("real", "root");
    char *name = file_join("real", links[_i].name);
    make_link(links[_i].target, name);
    char *root = mem_strdup(scratch_path(&scratch, "root"));
    char *path = path_below(root, links[_i].opened, false, &err);
    ck_assert_msg(!path == !!links[_i].why, "%s", err.text);
    if (links[_i].why) expect_error(&err, ERROR_DATA, links[_i].why);
    mem_free(path);
    path = path_below(root, links[_i].opened, true, NULL);
    ck_assert_int_eq(!path, links[_i].never);
    mem_free(path);
    mem_free(root);
    mem_free(name);
}
END_TEST

Suite *test_path_below_suite(void);
Suite *test_path_below_suite(void)
{
    Suite *s = suite_create("path_below");
    TCase *t = tcase_create("path_below");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, below_the_root, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(t, outside_the_root, 0, sizeof bad / sizeof *bad);
    tcase_add_loop_test(t, links_stay_below_the_root, 0, sizeof links / sizeof *links);
    suite_add_tcase(s, t);
    return s;
}
