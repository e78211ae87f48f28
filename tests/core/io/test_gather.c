/* SPDX-License-Identifier: Apache-2.0 */
/* Folders as people have them: links, loops, what cannot be read, what systems leave behind. */
#include "core/io/file.h"
#include "core/io/gather.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void make_file(const char *name)
{
    char *path = mem_strdup(scratch_path(&scratch, name)), *slash = strrchr(path, '/');
    *slash = 0;
    ck_assert_int_eq(file_mkdirs(path, NULL), 0);
    scratch_text(&scratch, name, "x");
    mem_free(path);
}

static void make_link(const char *target, const char *name)
{
    ck_assert_int_eq(symlink(target, scratch_path(&scratch, name)), 0);
}

/* The files found below scratch/ROOT are exactly these, in this order; NULL ends the list. */
static Gathered expect(const char *root, const char *const *want)
{
    Gathered g;
    Error err = {0};
    char *folder = mem_strdup(scratch_path(&scratch, root));
    ck_assert_msg(gather_files(folder, &g, &err) == 0, "%s", err.text);
    int64_t n = 0;
    for (; want[n]; n++) {
        char *path = file_join(folder, want[n]);
        ck_assert_msg(n < g.count, "%s is missing", path);
        ck_assert_str_eq(g.path[n], path);
        mem_free(path);
    }
    ck_assert_int_eq(g.count, n);
    mem_free(folder);
    return g;
}

START_TEST(hidden_and_foreign_files)
{
    static const char *const files[] = {"r/b",
                                        "r/a/c",
                                        "r/._b",
                                        "r/.hidden/d",
                                        "r/__MACOSX/e",
                                        "r/a/@eaDir/f",
                                        "r/$RECYCLE.BIN/g",
                                        "r/a.b",
                                        "r/@other",
                                        NULL};
    for (int i = 0; files[i]; i++) make_file(files[i]);
    Gathered g = expect("r", (const char *[]){"@other", "a.b", "a/c", "b", NULL});
    ck_assert_int_eq(g.unread, 0);
    gathered_free(&g);
    g = expect("r/.hidden", (const char *[]){"d", NULL}); /* named by the user */
    gathered_free(&g);
}
END_TEST

/* Each folder counts once, without a link in its path if possible. */
START_TEST(links)
{
    make_file("r/z/1");
    make_file("r/z/y/2");
    make_file("out/3");
    make_file("out/deep/4");
    make_file("r5");
    make_link("z", "r/a");        /* to a folder that is found anyway */
    make_link("../out", "r/l");   /* to one outside */
    make_link("../out", "r/m");   /* the same again */
    make_link("deep", "out/n");   /* inside it */
    make_link("../r/z", "out/o"); /* back */
    make_link("..", "r/z/up");    /* loops */
    make_link(".", "r/z/here");
    make_link("../..", "r/z/y/top");
    make_link("/", "r/root");
    make_link("../r5", "r/file");
    Gathered g = expect("r", (const char *[]){"file", "l/3", "l/deep/4", "z/1", "z/y/2", NULL});
    ck_assert_int_eq(g.unread, 0);
    gathered_free(&g);
    g = expect("r/l", (const char *[]){"3", "deep/4", "o/1", "o/up/file", "o/y/2", NULL});
    gathered_free(&g);
}
END_TEST

START_TEST(what_cannot_be_read)
{
    const uid_t me = geteuid();
    make_file("r/a");
    make_file("r/lost+found/b");
    make_link("nothing", "r/c.jpg");
    make_link("d.jpg", "r/d.jpg");
    ck_assert_int_eq(chmod(scratch.dir, 0755), 0);
    ck_assert_int_eq(chmod(scratch_path(&scratch, "r/lost+found"), 0), 0);
    if (me == 0) ck_assert_int_eq(seteuid(65534), 0); /* nothing is closed to root */
    Gathered g = expect("r", (const char *[]){"a", NULL});
    Error err = {0};
    Gathered none;
    ck_assert_int_eq(gather_files(scratch_path(&scratch, "r/lost+found"), &none, &err), -1);
    if (me == 0) ck_assert_int_eq(seteuid(0), 0);
    expect_error(&err, ERROR_DATA, "lost+found: cannot list: Permission denied");
    ck_assert_int_eq(none.count, 0);
    ck_assert_int_eq(g.unread, 3);
    ck_assert_ptr_nonnull(strstr(g.first.text, "/r/c.jpg: cannot open: No such file"));
    ck_assert_int_eq(chmod(scratch_path(&scratch, "r/lost+found"), 0700), 0);
    gathered_free(&none);
    gathered_free(&g);
}
END_TEST

/* What stands beside the images is named, and not opened. */
START_TEST(pipes_and_devices)
{
    make_file("r/a");
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "r/c.jpg"), 0600), 0);
    make_link("/dev/zero", "r/d.jpg");
    make_link("/proc/self/environ", "r/e.jpg");
    make_link("/proc", "r/f");
    Gathered g = expect("r", (const char *[]){"a", NULL});
    ck_assert_int_eq(g.unread, 4);
    ck_assert_ptr_nonnull(
        strstr(g.first.text, "/r/c.jpg: not a regular file: a named pipe (FIFO)"));
    gathered_free(&g);
}
END_TEST

Suite *test_gather_suite(void);
Suite *test_gather_suite(void)
{
    Suite *s = suite_create("gather");
    TCase *t = tcase_create("gather");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, hidden_and_foreign_files);
    tcase_add_test(t, links);
    tcase_add_test(t, what_cannot_be_read);
    tcase_add_test(t, pipes_and_devices);
    suite_add_tcase(s, t);
    return s;
}
