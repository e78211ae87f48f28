/* SPDX-License-Identifier: Apache-2.0 */
/* The standard streams of the process, decided once for all commands by main. */
#ifndef RAMPLUS_CORE_IO_STREAMS_H
#define RAMPLUS_CORE_IO_STREAMS_H

#include <stdbool.h>

/* Exit code when the reader of the output has gone, as in `ramplus ... | head`: the one that a
 * shell reports for SIGPIPE. */
enum { STREAMS_NO_READER = 141 };

/* Call it before any file is opened. Opens those of the descriptors 0 to 2 that are closed, so
 * that no file receives what is meant for a stream: a closed stdin is empty, messages to a
 * closed stderr are dropped, and writing to a closed stdout fails. Writing to a pipe without a
 * reader, or past the limit of a file's size, fails from here on instead of ending the
 * process. */
void streams_open(void);

/* Writes out what stdout holds back. Returns false once that failed: nothing printed later
 * would arrive, so that a long command may end. streams_close says why. */
bool streams_take_more(void);

/* Call it last, with the exit code of the command. If something could not be written, says why
 * on stderr, and returns ERROR_RUNTIME in place of EXIT_OK; nothing is said, and the code is
 * STREAMS_NO_READER, when the reader has gone. */
int streams_close(int status);

#endif
