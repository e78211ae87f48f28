/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces core/math/onednn.c in builds without oneDNN and in double precision. */
#include "core/math/onednn.h"

#include "core/math/bf16.h"
#include "core/math/int8.h"

#include "core/error.h"

#include <string.h>

bool onednn_gemm_is_fast(void) { return false; }
void onednn_open(void) {}
void onednn_gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc)
{
    (void)M, (void)N, (void)K, (void)alpha, (void)a, (void)b, (void)beta, (void)c, (void)ldc;
    CHECK(false, "this program was built without oneDNN");
}
void onednn_int8_gemm(const Int8 *m, int64_t M, int64_t N, int64_t K, const uint8_t *a,
                      const int8_t *b, Real *c, int64_t ldc)
{
    (void)m, (void)M, (void)N, (void)K, (void)a, (void)b, (void)c, (void)ldc;
    CHECK(false, "%s", int8_missing());
}
const char *int8_missing(void)
{
    return "this program was built without oneDNN 2 (Debian 12: libdnnl-dev)";
}
Int8 *int8_new(void)
{
    CHECK(false, "%s", int8_missing());
    return NULL;
}
void int8_free(Int8 *m) { CHECK(!m, "%s", int8_missing()); }
bool onednn_is_version(int major, int minor)
{
    (void)major, (void)minor;
    return false;
}
void onednn_name(char out[static 32]) { strcpy(out, "none"); }
const char *bf16_missing(void)
{
    return "this program was built without oneDNN 2 (Debian 12: libdnnl-dev)";
}
Bf16 *bf16_new(void)
{
    CHECK(false, "%s", bf16_missing());
    return NULL;
}
void bf16_free(Bf16 *m) { CHECK(!m, "%s", bf16_missing()); }
void bf16_gemm(const Bf16 *m, int64_t M, int64_t N, int64_t K, HalfMatrix a, HalfMatrix b,
               Finish finish, bool add, Real *c)
{
    (void)m, (void)M, (void)N, (void)K, (void)a, (void)b, (void)finish, (void)add, (void)c;
    CHECK(false, "%s", bf16_missing());
}
