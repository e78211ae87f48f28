/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the program. */
#ifndef RAMPLUS_CORE_VERSION_H
#define RAMPLUS_CORE_VERSION_H

#define RAMPLUS_VERSION "0.1.0"

#endif
