/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes addresses of servers. Unencrypted requests go to this machine only, and a user name is
 * no part of any address.
 *
 * Parsers: data/chat/address.c */
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/chat/http.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char tail[] = "/chat/completions";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HttpAddress a;
    char *base = fuzz_text((FuzzPart){data, size});
    if (http_address(base, tail, false, &a, NULL) == 0) {
        CHECK(a.url && a.host && *a.host, "'%s': no host", base);
        CHECK(strstr(a.url, tail), "%s", a.url);
        CHECK(strncmp(a.url, a.encrypted ? "https://" : "http://", 7 + a.encrypted) == 0, "%s",
              a.url);
        CHECK(a.encrypted || a.own, "%s: unencrypted", a.url);
        CHECK(!strchr(base, '@'), "%s: a user", base);
        http_address_free(&a);
    }
    mem_free(base);
    return 0;
}
