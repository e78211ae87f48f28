/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes configuration files: two of them, one after the other. What is accepted is written so
 * that it reads back.
 *
 * Parsers: core/options/option_yaml.c */
#include "core/mem.h"
#include "tests/core/options/option_table.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* As in a configuration, whose options are in sections. */
static const OptionSection section = {&option_case_table, 0};
static const OptionTable table = {.section = &section, .sections = 1};

static int load(OptionCase *c, const char *path, const char *text)
{
    return path ? option_load_yaml(&table, c, path, NULL)
                : option_load_yaml_text(&table, c, "dump", text, NULL);
}

static void check_dump(const OptionCase *c)
{
    OptionCase again = {0};
    char *text = option_dump(&table, c);
    option_defaults(&table, &again);
    CHECK(load(&again, NULL, text) == 0, "'%s' is refused", text);
    char *second = option_dump(&table, &again);
    CHECK(strcmp(text, second) == 0, "'%s' differs from '%s'", text, second);
    mem_free(second);
    mem_free(text);
    option_free(&table, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OptionCase c = {0};
    FuzzPart part[2];
    fuzz_cut(data, size, part, 2);
    char *a = fuzz_file("a.yaml", part[0]), *b = fuzz_file("b.yaml", part[1]);
    option_defaults(&table, &c);
    if (load(&c, a, NULL) == 0 && load(&c, b, NULL) == 0) check_dump(&c);
    option_free(&table, &c);
    mem_free(b);
    mem_free(a);
    return 0;
}
