/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes key=value overrides, one per line. The values that they set are written so that they
 * read back.
 *
 * Parsers: core/options/option.c core/options/option_choice.c */
#include "core/mem.h"
#include "tests/core/options/option_table.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_dump(const OptionCase *c)
{
    OptionCase again = {0};
    Error err = {0};
    char *text = option_dump(&option_case_table, c);
    option_defaults(&option_case_table, &again);
    CHECK(option_load_yaml_text(&option_case_table, &again, "dump", text, &err) == 0, "%s",
          err.text);
    char *second = option_dump(&option_case_table, &again);
    CHECK(strcmp(text, second) == 0, "'%s' differs from '%s'", text, second);
    mem_free(second);
    mem_free(text);
    option_free(&option_case_table, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    OptionCase c = {0};
    char *text = fuzz_text((FuzzPart){data, size}), *rest = text;
    int set = 0;
    option_defaults(&option_case_table, &c);
    for (char *line; (line = strtok_r(rest, "\n", &rest));)
        if (option_set(&option_case_table, &c, line, NULL) == 0) set++;
    if (set) check_dump(&c);
    option_free(&option_case_table, &c);
    mem_free(text);
    return 0;
}
