/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what core/mem allocates: the linker hands its calls of the C library to allocations.c (--wrap in
 * the Makefile). Foreign libraries are not counted. */
#ifndef RAMPLUS_TESTS_SUPPORT_ALLOCATIONS_H
#define RAMPLUS_TESTS_SUPPORT_ALLOCATIONS_H

#include <stdint.h>

/* Allocations and reallocations of all threads since the program started. */
int64_t allocations_count(void);

#endif
