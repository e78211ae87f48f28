/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a library's products have the same bits in any tiles. Kernels that add the terms of
 * each number in one order, wherever it stands, have this property. Then threads can share a
 * product as suits their number, and results still do not depend on it. */
#ifndef RAMPLUS_CORE_MATH_TILE_CHECK_H
#define RAMPLUS_CORE_MATH_TILE_CHECK_H

#include "core/math/gemm.h"
#include "core/math/tiles.h"

enum { RNG_TILE_CHECK = 11 };

/* c [M, N] = alpha op(a) op(b) + beta c, tile by tile; all matrices dense. */
typedef void TiledProduct(Tiles tiles, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                          Real *c);

/* The limits of the tiles for factors of these shapes, whose data may be missing. */
typedef TileLimits TiledLimits(Matrix a, Matrix b);

/* n numbers in [-1, 1), always the same. Owned (mem_free). */
Real *tile_check_numbers(int64_t n);

/* Tries products of many shapes in the tiles of one thread and of many: 30 to 40 ms. Only
 * products that are as large as the smallest tile count. */
bool tile_check(TiledProduct *multiply, TiledLimits *limits);

#endif
