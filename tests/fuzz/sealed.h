/* SPDX-License-Identifier: Apache-2.0 */
/* Files of this program whose checksums fit, whatever else they hold. */
#ifndef RAMPLUS_TESTS_FUZZ_SEALED_H
#define RAMPLUS_TESTS_FUZZ_SEALED_H

#include "tests/fuzz/fuzz.h"

/* Writes a checksum block and the bytes into a file of this name, as fuzz_file does. If the
 * bytes end in a catalog, the checksums of its entries are made to fit too. */
char *sealed_file(const char *name, FuzzPart content);

#endif
