/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes unfinished label banks. What is resumed is completed, and the result is resumed as a
 * whole.
 *
 * Parsers: model/labels/bank_partial.c */
#include "core/mem.h"
#include "model/labels/bank_partial.h"
#include "model/labels/label_texts.h"
#include "tests/fuzz/fuzz.h"

enum { TEXTS = LABEL_TEXTS_BLOCK + 2 };

static const BankIdentity identity = {.encoder = "clip",
                                      .fingerprint = "0123456789abcdef0123456789abcdef",
                                      .texts = "fedcba9876543210fedcba9876543210"};

/* Returns the number of texts that were finished, or -1. */
static int64_t finish(const char *path)
{
    BankPartial *p;
    float rows[TEXTS] = {0};
    int64_t done;
    Error err = {0};
    if (bank_partial_open(path, &identity, TEXTS, 1, rows, &done, &p, NULL) != 0) return -1;
    CHECK(done == 0 || done == LABEL_TEXTS_BLOCK || done == TEXTS, "%ld texts", done);
    for (int64_t at = done, n; at < TEXTS; at += n) {
        n = TEXTS - at < LABEL_TEXTS_BLOCK ? TEXTS - at : LABEL_TEXTS_BLOCK;
        CHECK(bank_partial_add(p, rows + at, n, &err) == 0, "%s", err.text);
    }
    bank_partial_close(p);
    return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("bank.h5.part", (FuzzPart){data, size});
    if (finish(path) >= 0) CHECK(finish(path) == TEXTS, "a finished bank is not");
    mem_free(path);
    return 0;
}
