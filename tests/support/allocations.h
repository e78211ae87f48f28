/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the allocations of core/mem: the linker redirects its calls of the C library to
 * allocations.c (--wrap in the Makefile). Allocations of other libraries are not counted. */
#ifndef RAMPLUS_TESTS_SUPPORT_ALLOCATIONS_H
#define RAMPLUS_TESTS_SUPPORT_ALLOCATIONS_H

#include <stdint.h>

/* Number of allocations and reallocations of all threads since the start of the program. */
int64_t allocations_count(void);

#endif
