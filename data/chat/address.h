/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of servers in the spellings that people use. Pure. */
#ifndef RAMPLUS_DATA_CHAT_ADDRESS_H
#define RAMPLUS_DATA_CHAT_ADDRESS_H

#include <stdbool.h>

/* Does the host of an address name this machine: localhost, 127.x.x.x, 0.0.0.0, [::1], [::]? */
bool address_is_own(const char *host);

/* The address with a scheme: if it has none, http:// for this machine and https:// for others.
 * Owned: mem_free. */
char *address_with_scheme(const char *base);

#endif
