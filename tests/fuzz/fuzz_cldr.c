/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes annotations of CLDR. Notes are sorted, and each has a text that can be printed.
 *
 * Parsers: data/collections/cldr.c data/folder/xml.c */
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/collections/cldr.h"
#include "data/folder/xml.h"
#include "tests/fuzz/fuzz.h"

static void check(const CldrNotes *notes)
{
    for (int64_t i = 0; i < notes->count; i++) {
        const CldrNote *n = &notes->note[i];
        CHECK(n->rune > 0 && n->rune < 0x110000, "%d", n->rune);
        CHECK(i == 0 || n[-1].rune <= n->rune, "%d after %d", n->rune, n[-1].rune);
        CHECK(*n->text && utf8_valid(n->text) && !printable_find_fault(n->text), "'%s'",
              n->text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    CldrNotes notes = {0};
    char *path = fuzz_file("a.xml", (FuzzPart){data, size});
    if (!started) xml_start();
    started = true;
    if (cldr_read(path, &notes, NULL) == 0) {
        cldr_sort(&notes);
        check(&notes);
    }
    cldr_free(&notes);
    mem_free(path);
    return 0;
}
