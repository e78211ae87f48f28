/* SPDX-License-Identifier: Apache-2.0 */
/* One execv with better settings in the environment. */
#include "core/math/reexec.h"

#include "core/error.h"
#include "core/math/gemm.h"
#include "core/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Without memory the kernels would be others than usual, and so the last bits of results. */
static bool set(const char *name, const char *value)
{
    CHECK(setenv(name, value, 1) == 0, "%s", name);
    return true;
}

/* Makes threads that wait for each other sleep soon instead of spinning. On a machine with
 * other work (data loading threads, other programs), spinning makes training up to ten times
 * slower. */
static bool shorten_spin(void)
{
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return false;
    return set("GOMP_SPINCOUNT", "5000");
}

static bool choose_kernels(void)
{
    const char *kernels = gemm_better_kernels();
    if (!kernels || getenv("OPENBLAS_CORETYPE")) return false;
    return set("OPENBLAS_CORETYPE", kernels);
}

void reexec_with_settings(char **argv)
{
    const bool spin = shorten_spin(), kernels = choose_kernels();
    if (!spin && !kernels) return;
    char self[4096]; /* the link's target: if it ran the link, `top` would show "exe" */
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return;
    self[n] = 0;
    execv(self, argv);
    if (errno == ENOMEM) mem_exhausted(0);
}
