/* SPDX-License-Identifier: Apache-2.0 */
/* Sends replies on a socket in ways that no correct server would. */
#ifndef RAMPLUS_TESTS_SERVER_WIRE_H
#define RAMPLUS_TESTS_SERVER_WIRE_H

#include "core/io/text.h"

/* Sends a valid body incorrectly; the caller closes the socket afterwards. */
typedef void WireSend(int fd, const Text *body, int number);

WireSend wire_close;         /* nothing, then an orderly close */
WireSend wire_reset;         /* nothing, then a reset */
WireSend wire_reset_headers; /* headers, then a reset */
WireSend wire_half;          /* half of the body, then an orderly close */
WireSend wire_length;        /* Content-Length is wrong by `number` */
WireSend wire_chunk_cut;     /* chunks without the last one */
WireSend wire_chunk_bad;     /* a chunk whose length is not a number */
WireSend wire_headers;       /* headers of `number` bytes */
WireSend wire_garbage;       /* something other than HTTP */
WireSend wire_slow;          /* headers, then one byte every `number` ms, endlessly */
WireSend wire_silence;       /* nothing until the client disconnects */
WireSend wire_silence_half;  /* half of the body, then nothing until the client disconnects */

#endif
