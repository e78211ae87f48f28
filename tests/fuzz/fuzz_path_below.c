/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes names of files in data. What they lead to lies below the root, beside which there is a
 * file, and in which there are links out of it.
 *
 * Parsers: core/io/path_below.c core/io/tar_path.c */
#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/tar_path.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *root_new(void)
{
    static const char *const link[][2] = {{"..", "up"},           {"/dev/null", "null"},
                                          {"/", "top"},           {"in/file", "file"},
                                          {"../secret", "x.tar"}, {"loop", "loop"}};
    char *root = fuzz_path("root"), *inside = fuzz_path("root/in");
    CHECK(file_mkdirs(inside, NULL) == 0, "%s", inside);
    mem_free(fuzz_file("secret", (FuzzPart){0}));
    mem_free(fuzz_file("root/in/file", (FuzzPart){0}));
    for (size_t i = 0; i < sizeof link / sizeof *link; i++) {
        char *path = file_join(root, link[i][1]);
        CHECK(symlink(link[i][0], path) == 0, "%s", path);
        mem_free(path);
    }
    mem_free(inside);
    return root;
}

/* A path that is accepted exists nowhere, or below the root; no other in the system's folders.
 * That of a member is opened as far as its tar file. */
static void check(const char *root, const char *name, bool absolute)
{
    char *path = path_below(root, name, absolute, NULL);
    const char *member = path ? tar_path_member(path) : NULL;
    if (member) path[member - path - 1] = 0;
    char *real = path ? realpath(path, NULL) : NULL;
    if (real) {
        const size_t n = strlen(root);
        const bool inside = strncmp(real, root, n) == 0 && real[n] == '/';
        CHECK(inside || (absolute && !path_of_system("/", real)), "'%s' leads to %s", name,
              real);
    }
    free(real);
    mem_free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *root;
    char *name = fuzz_text((FuzzPart){data, size});
    if (!root) root = root_new();
    check(root, name, false);
    check(root, name, true);
    char *inside = mem_format("%s/%s", root, name);
    check(root, inside, false);
    mem_free(inside);
    mem_free(path_below("", name, false, NULL));
    mem_free(name);
    return 0;
}
