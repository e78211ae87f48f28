/* SPDX-License-Identifier: Apache-2.0 */
/* Each place in the program fails in every way that its kind of call can. */
#include "tests/torture/point.h"

#include "core/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

enum { WAYS = 4 };

/* What calls fail with; 0: nothing more. Those that are not listed fail like the last row. */
static const struct {
    int64_t number;
    const char *name;
    int error[WAYS];
} kinds[] = {
    {TORTURE_ALLOCATION, "allocation", {ENOMEM}},
    {SYS_openat, "openat", {EMFILE, EIO, EINTR}},
    {SYS_read, "read", {EIO, EINTR, TORTURE_SHORT}},
    {SYS_pread64, "pread", {EIO, EINTR, TORTURE_SHORT}},
    {SYS_write, "write", {ENOSPC, EIO, EINTR, TORTURE_SHORT}},
    {SYS_pwrite64, "pwrite", {ENOSPC, EIO, EINTR, TORTURE_SHORT}},
    {SYS_close, "close", {EIO, EINTR}},
    {SYS_fsync, "fsync", {EIO, ENOSPC, EINTR}},
    {SYS_fdatasync, "fdatasync", {EIO, ENOSPC, EINTR}},
    {SYS_ftruncate, "ftruncate", {EIO, ENOSPC, EINTR}},
    {SYS_mmap, "mmap", {ENOMEM}},
    {SYS_newfstatat, "stat", {EIO, ESTALE}},
    {SYS_getdents64, "getdents", {EIO}},
    {SYS_lseek, "lseek", {EIO}},
    {SYS_flock, "flock", {EINTR, ENOLCK}},
#ifdef SYS_open
    {SYS_rename, "rename", {EIO, ENOSPC}},
    {SYS_mkdir, "mkdir", {EIO, ENOSPC}},
    {SYS_symlink, "symlink", {EIO, ENOSPC}},
    {SYS_unlink, "unlink", {EIO}},
    {SYS_rmdir, "rmdir", {EIO}},
    {SYS_readlink, "readlink", {EIO}},
#endif
    {-1, "call", {EIO}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int kind_of(const TorturePlace *place)
{
    int kind = 0;
    while (kind < KINDS - 1 && kinds[kind].number != place->number) kind++;
    return kind;
}

static void add(Points *p, Point point)
{
    p->at = mem_realloc(p->at, (p->count + 1) * sizeof *p->at);
    p->at[p->count++] = point;
}

static void add_all(Points *p, const TorturePlan *plan)
{
    for (int64_t i = 0; i < plan->places; i++) {
        const int *error = kinds[kind_of(&plan->place[i])].error;
        for (int k = 0; k < WAYS && error[k]; k++) {
            add(p, (Point){plan->place[i], false, error[k]});
            /* Whoever is interrupted tries again, for ever. */
            if (error[k] != EINTR) add(p, (Point){plan->place[i], true, error[k]});
        }
    }
}

void points_draw(Points *p, const TorturePlan *plan, size_t n, Rng *rng)
{
    Points all = {0};
    add_all(&all, plan);
    for (; n > 0 && all.count > 0; n--) {
        const size_t i = (size_t)rng_below(rng, (int64_t)all.count);
        add(p, all.at[i]);
        all.at[i] = all.at[--all.count];
    }
    mem_free(all.at);
}

void point_plan(const Point *p, TorturePlan *out)
{
    memset(out, 0, sizeof *out);
    out->allocations = p->place.number == TORTURE_ALLOCATION;
    out->at = p->place.call;
    out->ever = p->ever;
    out->error = p->error;
}

void point_name(const Point *p, char out[static POINT_NAME])
{
    const char *kind = kinds[kind_of(&p->place)].name;
    snprintf(out, POINT_NAME, "%s%s %ld fails%s: %s",
             p->place.number == TORTURE_ALLOCATION ? "" : "call of ", kind, p->place.call,
             p->ever ? " and all later ones" : "",
             p->error == TORTURE_SHORT ? "half of the bytes" : strerror(p->error));
}
