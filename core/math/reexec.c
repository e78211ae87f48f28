/* SPDX-License-Identifier: Apache-2.0 */
/* One execv with better settings in the environment. */
#include "core/math/reexec.h"

#include "core/math/gemm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Makes threads that wait for each other sleep soon instead of spinning. On a machine with
 * other work (data loading threads, other programs), spinning makes training up to ten times
 * slower. */
static bool shorten_spin(void)
{
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return false;
    return setenv("GOMP_SPINCOUNT", "5000", 1) == 0;
}

static bool choose_kernels(void)
{
    const char *kernels = gemm_better_kernels();
    if (!kernels || getenv("OPENBLAS_CORETYPE")) return false;
    return setenv("OPENBLAS_CORETYPE", kernels, 1) == 0;
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
}
