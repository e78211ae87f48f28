/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when a page of a mapped file cannot be had: the file has become shorter, or its
 * disk or server fails. */
#ifndef RAMPLUS_CORE_IO_MAP_FAULT_H
#define RAMPLUS_CORE_IO_MAP_FAULT_H

/* From now on, such an access ends the program like core/mem.h does when memory runs out: with
 * one message that names the file, without the files that are being written, and with
 * ERROR_CHECKPOINT if the file has become shorter, otherwise ERROR_RUNTIME. */
void map_fault_guard(void);

#endif
