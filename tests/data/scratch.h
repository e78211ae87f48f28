/* A folder under /tmp for one test, and files in it. */
#ifndef RAMPLUS_TESTS_DATA_SCRATCH_H
#define RAMPLUS_TESTS_DATA_SCRATCH_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Scratch {
    char dir[64], path[512];
} Scratch;

/* Removes a folder with everything in it; only ever called on a mkdtemp folder. */
static inline void scratch_remove(const Scratch *s)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    ck_assert_int_eq(system(command), 0);
}

static inline Scratch scratch_new(void)
{
    Scratch s = {.dir = "/tmp/ramplus-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(s.dir));
    return s;
}

/* DIR/NAME, valid until the next call. */
static inline const char *scratch_path(Scratch *s, const char *name)
{
    snprintf(s->path, sizeof s->path, "%s/%s", s->dir, name);
    return s->path;
}

static inline const char *scratch_bytes(Scratch *s, const char *name, const void *data,
                                        size_t len)
{
    FILE *f = fopen(scratch_path(s, name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    return s->path;
}

static inline const char *scratch_text(Scratch *s, const char *name, const char *text)
{
    return scratch_bytes(s, name, text, strlen(text));
}

#endif
