/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes text files beside images, as tags and as captions: what is accepted is UTF-8 without
 * line ends and white space around it, and tags have no comma.
 *
 * Parsers: data/folder/sidecar.c */
#include "core/error.h"
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/folder/sidecar.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check(const Sidecar *s, enum SidecarKind kind)
{
    for (int64_t i = 0; i < s->texts; i++) {
        char *text = s->text[i].text;
        CHECK(utf8_valid(text) && !utf8_blank(text), "text %ld: '%s'", i, text);
        CHECK(!strchr(text, '\n') && utf8_indent(text) == 0, "text %ld: '%s'", i, text);
        CHECK(i == 0 || s->text[i - 1].line <= s->text[i].line, "text %ld", i);
        if (kind == SIDECAR_CAPTION) continue;
        const size_t len = strlen(text);
        CHECK(!strchr(text, ','), "text %ld: '%s'", i, text);
        sidecar_unscore(text);
        CHECK(strlen(text) == len && utf8_valid(text), "text %ld: '%s'", i, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("a.txt", (FuzzPart){data, size});
    for (int kind = SIDECAR_TAGS; kind <= SIDECAR_CAPTION; kind++) {
        Sidecar s;
        Error err = {0};
        if (sidecar_read(path, (enum SidecarKind)kind, &s, &err) == 0)
            check(&s, (enum SidecarKind)kind);
        else
            CHECK(err.code == ERROR_DATA && !s.text, "%s", err.text);
        sidecar_free(&s);
    }
    mem_free(path);
    return 0;
}
