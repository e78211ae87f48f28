/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes sent on a socket as no proper server would. */
#ifndef RAMPLUS_TESTS_SERVER_WIRE_H
#define RAMPLUS_TESTS_SERVER_WIRE_H

#include "core/text.h"

/* Sends a good body badly; the caller closes the socket afterwards. */
typedef void WireSend(int fd, const Text *body, int number);

WireSend wire_close;         /* nothing, then an orderly end */
WireSend wire_reset;         /* nothing, then a reset */
WireSend wire_reset_headers; /* headers, then a reset */
WireSend wire_half;          /* half of the body, then an orderly end */
WireSend wire_length;        /* Content-Length is wrong by `number` */
WireSend wire_chunk_cut;     /* chunks without the last one */
WireSend wire_chunk_bad;     /* a chunk whose length is no number */
WireSend wire_headers;       /* headers of `number` bytes */
WireSend wire_garbage;       /* no HTTP at all */
WireSend wire_slow;          /* headers, then a byte every `number` ms, without end */
WireSend wire_silence;       /* nothing, until the client goes */
WireSend wire_silence_half;  /* half of the body, then nothing until the client goes */

#endif
