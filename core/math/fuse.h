/* SPDX-License-Identifier: Apache-2.0 */
/* x * y + z is one rounding in files with this header, with clang in functions that begin with
 * FUSE: that compilers may fuse it is what makes a vector type enough. */
#ifndef RAMPLUS_CORE_MATH_FUSE_H
#define RAMPLUS_CORE_MATH_FUSE_H

#ifdef __clang__
#define FUSE _Pragma("clang fp contract(fast)")
#else
#define FUSE
#pragma GCC optimize("fp-contract=fast")
#endif

#endif
