/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for one test, and checks of errors. */
#include "tests/support/scratch.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

void scratch_new(Scratch *s)
{
    snprintf(s->dir, sizeof s->dir, "/tmp/ramplus-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s->dir));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

void scratch_free(Scratch *s) { nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

const char *scratch_path(Scratch *s, const char *name)
{
    snprintf(s->path, sizeof s->path, "%s/%s", s->dir, name);
    return s->path;
}

static void make_folder(const char *path)
{
    char *folder = mem_strdup(path);
    *strrchr(folder, '/') = 0;
    ck_assert_int_eq(file_mkdirs(folder, NULL), 0);
    mem_free(folder);
}

const char *scratch_write(Scratch *s, const char *name, const void *data, size_t len)
{
    make_folder(scratch_path(s, name));
    FILE *f = fopen(s->path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    return s->path;
}

const char *scratch_text(Scratch *s, const char *name, const char *text)
{
    return scratch_write(s, name, text, strlen(text));
}

char *scratch_read(Scratch *s, const char *name)
{
    Bytes b;
    Error err = {0};
    ck_assert_msg(file_read(scratch_path(s, name), &b, &err) == 0, "%s", err.text);
    return (char *)b.data;
}

void scratch_contains(Scratch *s, const char *name, const char *want)
{
    char *have = scratch_read(s, name);
    ck_assert_str_eq(have, want);
    mem_free(have);
}

void expect_error(const Error *err, int code, const char *text)
{
    ck_assert_msg(err->code != 0, "no error, want '%s'", text);
    ck_assert_msg(strstr(err->text, text) != NULL, "'%s' lacks '%s'", err->text, text);
    ck_assert_msg(err->code == code, "code %d, want %d: %s", err->code, code, err->text);
    for (const char *p = err->text; *p; p++) ck_assert((unsigned char)*p >= 0x20);
}

static char *take(Scratch *s, const char *name)
{
    Bytes b;
    ck_assert_int_eq(file_read(scratch_path(s, name), &b, NULL), 0);
    return (char *)b.data;
}

int run_program(Scratch *s, const char *arguments, char **out, char **messages)
{
    const char *program = getenv("RAMPLUS");
    char *line =
        mem_format("%s %s > %s/stdout 2> %s/stderr", program ? program : "build/fast/ramplus",
                   arguments, s->dir, s->dir);
    int status = system(line);
    mem_free(line);
    if (out) *out = take(s, "stdout");
    if (messages) *messages = take(s, "stderr");
    ck_assert_msg(WIFEXITED(status), "%s: killed by signal", arguments);
    return WEXITSTATUS(status);
}
