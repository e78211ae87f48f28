/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "core/math/reexec.h"

#include "core/math/gemm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Threads that wait for each other should sleep soon instead of spinning: on a machine that does anything
 * else (data loading threads, other programs) spinning costs up to ten times the speed. */
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
    char self[4096]; /* the link's target: by the link, `top` would call the program "exe" */
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return;
    self[n] = 0;
    execv(self, argv);
}
