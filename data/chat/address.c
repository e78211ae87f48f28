/* SPDX-License-Identifier: Apache-2.0 */
/* Names of this machine, and addresses without a scheme. */
#include "data/chat/address.h"

#include "core/mem.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_own_v4(const unsigned char *byte)
{
    static const unsigned char any[4] = {0};
    return byte[0] == 127 || memcmp(byte, any, 4) == 0;
}

/* ::1, ::, or an address of version 4 in one of version 6. */
static bool is_own_v6(const unsigned char *byte)
{
    static const unsigned char zero[15] = {0}, mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(byte, zero, 15) == 0) return byte[15] <= 1;
    return memcmp(byte, mapped, 12) == 0 && is_own_v4(byte + 12);
}

bool address_is_own(const char *host)
{
    unsigned char v4[4], v6[16];
    char inner[64] = "";
    const size_t n = strlen(host);
    if (inet_pton(AF_INET, host, v4) == 1) return is_own_v4(v4);
    if (host[0] == '[' && n - 2 < sizeof inner) memcpy(inner, host + 1, n - 2);
    if (inet_pton(AF_INET6, inner, v6) == 1) return is_own_v6(v6);
    return strcasecmp(host, "localhost") == 0;
}

char *address_with_scheme(const char *base)
{
    if (strstr(base, "://") || strncasecmp(base, "http:", 5) == 0 ||
        strncasecmp(base, "https:", 6) == 0)
        return mem_strdup(base);
    char *host = mem_strdup(base);
    host[*base == '[' ? strcspn(base, "]") + (strchr(base, ']') != NULL)
                      : strcspn(base, ":/?#")] = 0;
    char *whole = mem_format("%s%s", address_is_own(host) ? "http://" : "https://", base);
    mem_free(host);
    return whole;
}
