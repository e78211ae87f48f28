/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RAMPLUS_CORE_MEM_UNFINISHED_H
#define RAMPLUS_CORE_MEM_UNFINISHED_H

/* Removes the files NAME.tmp.PID that this process is writing. */
void mem_drop_unfinished(void);

#endif
