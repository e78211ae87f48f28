/* SPDX-License-Identifier: Apache-2.0 */
/* The only allocator. Never returns NULL: when memory runs out it says how much was asked for,
 * how much the process holds and what the program advises, then exits with ERROR_RUNTIME. */
#ifndef RAMPLUS_CORE_MEM_H
#define RAMPLUS_CORE_MEM_H

#include <stddef.h>

/* Ends the message of exhausted memory. Empty, unless the program defines it: a definition outside
 * core/mem.c replaces the weak one there when the program is linked. */
extern const char mem_advice[];

void *mem_alloc(size_t bytes);               /* uninitialized, 64-byte aligned */
void *mem_calloc(size_t count, size_t size); /* zeroed, checked product, 64-byte aligned */
void *mem_realloc(void *old, size_t bytes);  /* old from mem_realloc or NULL; 16-byte aligned */
char *mem_strdup(const char *text);
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *p); /* accepts NULL */

/* Peak resident memory of this process in bytes. */
size_t mem_peak(void);

#endif
