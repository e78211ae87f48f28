/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/core/formats/pth_build.h"

#include "core/mem.h"
#include "tests/core/formats/zip_build.h"

const char *pth_build(Scratch *s, const char *name, Pkl pickle)
{
    float numbers[24];
    size_t len;
    for (int i = 0; i < 24; i++) numbers[i] = (float)i;
    const ZipPart part[] = {{.name = "t/data.pkl", .data = pickle.bytes, .len = pickle.len},
                            {.name = "t/byteorder", .data = "little", .len = 6},
                            {.name = "t/data/0", .data = numbers, .len = sizeof numbers},
                            {.name = "t/version", .data = "3\n", .len = 2}};
    uint8_t *bytes = zip_build(part, 4, &(ZipEnd){0}, &len);
    const char *path = scratch_write(s, name, bytes, len);
    mem_free(bytes);
    return path;
}
