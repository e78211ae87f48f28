/* SPDX-License-Identifier: Apache-2.0 */
/* Base64. */
#include "core/io/base64.h"

void base64_put(Text *out, const uint8_t *bytes, size_t n)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const unsigned v = (unsigned)bytes[i] << 16 |
                           (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                           (left > 2 ? bytes[i + 2] : 0U);
        const char group[] = {digit[v >> 18], digit[v >> 12 & 63],
                              left > 1 ? digit[v >> 6 & 63] : '=',
                              left > 2 ? digit[v & 63] : '=', 0};
        text_put(out, group);
    }
}
