/* SPDX-License-Identifier: Apache-2.0 */
/* The only allocator. It never returns NULL: when memory runs out, it prints the size of the
 * request, the peak size of the process and the advice of the program, removes the files that
 * are being written, and exits with ERROR_RUNTIME. So does malloc, for libraries
 * (mem_libraries.c). */
#ifndef RAMPLUS_CORE_MEM_H
#define RAMPLUS_CORE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* The advice at the end of that message. It is empty unless the program defines it: the linker
 * prefers a definition elsewhere to the weak one in core/mem.c. */
extern const char mem_advice[];

void *mem_alloc(size_t bytes);               /* uninitialized, 64-byte aligned */
void *mem_calloc(size_t count, size_t size); /* zeroed, checked product, 64-byte aligned */
void *mem_realloc(void *old, size_t bytes);  /* old from mem_realloc or NULL; 16-byte aligned */
char *mem_strdup(const char *text);
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *p); /* accepts NULL */

/* Ends the program like these functions do when a system call reports that memory is short.
 * bytes: what was wanted; 0: unknown. */
_Noreturn void mem_exhausted(size_t bytes);

/* Whether an array of so many bytes (1 or more) could be allocated now. */
bool mem_has(size_t bytes);

/* Gives what was freed back to the system, as far as the C library can. */
void mem_trim(void);

/* Peak resident memory of this process in bytes. */
size_t mem_peak(void);

#endif
