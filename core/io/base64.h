/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as printable text (RFC 4648, section 4). */
#ifndef RAMPLUS_CORE_IO_BASE64_H
#define RAMPLUS_CORE_IO_BASE64_H

#include "core/io/text.h"

#include <stdint.h>

/* Appends n bytes as 4 characters per 3 bytes, padded with '='. */
void base64_put(Text *out, const uint8_t *bytes, size_t n);

#endif
