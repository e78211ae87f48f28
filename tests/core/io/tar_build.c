/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of ustar: POSIX.1-1988, 10.1.1. */
#include "tests/core/io/tar_build.h"

#include <stdio.h>
#include <string.h>

enum { RECORD = 512 };

static void put_sum(char head[static RECORD])
{
    unsigned sum = 0;
    memset(head + 148, ' ', 8);
    for (int i = 0; i < RECORD; i++) sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
}

/* Sizes above 8 GiB as GNU tar writes them: in base 256. */
static void put_size(char head[static RECORD], uint64_t bytes)
{
    if (bytes < UINT64_C(1) << 33) {
        snprintf(head + 124, 12, "%011llo", (unsigned long long)bytes);
        return;
    }
    memset(head + 124, 0, 12);
    head[124] = (char)0x80;
    for (int i = 0; i < 8; i++) head[135 - i] = (char)(bytes >> 8 * i);
}

static void put_header(Text *tar, const char *name, char type, uint64_t bytes,
                       const char *target)
{
    char head[RECORD] = "";
    strncpy(head, name, 100);
    memcpy(head + 100, "0000644\0000000000\0000000000\0", 24);
    put_size(head, bytes);
    memcpy(head + 136, "00000000000", 12);
    head[156] = type;
    strncpy(head + 157, target, 100);
    memcpy(head + 257, "ustar\00000", 8);
    put_sum(head);
    text_put_bytes(tar, head, RECORD);
}

int64_t tar_build_add(Text *tar, const char *name, char type, const void *data, size_t bytes)
{
    static const char zeros[RECORD];
    put_header(tar, name, type, bytes, "");
    const int64_t at = (int64_t)tar->len;
    text_put_bytes(tar, data, bytes);
    text_put_bytes(tar, zeros, (RECORD - bytes % RECORD) % RECORD);
    return at;
}

int64_t tar_build_text(Text *tar, const char *name, const char *text)
{
    return tar_build_add(tar, name, '0', text, strlen(text));
}

void tar_build_link(Text *tar, const char *name, char type, const char *target)
{
    put_header(tar, name, type, 0, target);
}

void tar_build_size(Text *tar, const char *name, uint64_t bytes)
{
    put_header(tar, name, '0', bytes, "");
}

void tar_build_end(Text *tar)
{
    static const char zeros[2 * RECORD];
    text_put_bytes(tar, zeros, sizeof zeros);
}
