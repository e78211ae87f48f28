/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces core/math/onednn.c in builds without oneDNN and in double precision. */
#include "core/math/onednn.h"

#include "core/math/bf16.h"
#include "core/math/int8.h"

#include "core/error.h"

#include <string.h>

bool onednn_gemm_is_fast(void) { return false; }
bool onednn_has_amx(void) { return false; }
void onednn_open(void) {}
void onednn_gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc)
{
    (void)M, (void)N, (void)K, (void)alpha, (void)a, (void)b, (void)beta, (void)c, (void)ldc;
    CHECK(false, "this program was built without oneDNN");
}
const char *bf16_missing(void)
{
    return "this program was built without oneDNN 2 (Debian 12: libdnnl-dev)";
}
const char *int8_missing(void) { return bf16_missing(); }
Onednn *onednn_new(void)
{
    CHECK(false, "%s", bf16_missing());
    return NULL;
}
void onednn_free(Onednn *e) { CHECK(!e, "%s", bf16_missing()); }
void onednn_product(const Onednn *e, int64_t M, int64_t N, int64_t K, OnednnMatrix a,
                    OnednnMatrix b, const Real *bias, bool add, Real *c, int64_t ldc)
{
    (void)e, (void)M, (void)N, (void)K, (void)a, (void)b, (void)bias, (void)add, (void)c;
    (void)ldc;
    CHECK(false, "%s", bf16_missing());
}
bool onednn_is_version(int major, int minor)
{
    (void)major, (void)minor;
    return false;
}
void onednn_name(char out[static 32]) { strcpy(out, "none"); }
