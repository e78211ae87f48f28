/* SPDX-License-Identifier: Apache-2.0 */
/* Runs commands in a shell. */
#include "tests/support/story.h"

#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdlib.h>

int story_shell(const char *command, char **out)
{
    char *line = mem_format("cd @ && PATH=@/bin:$PATH && { %s\n} > @/said 2>&1", command);
    char *full = tiny_path(line);
    const int status = system(full);
    if (out) *out = tiny_read("@/said");
    mem_free(full);
    mem_free(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void story_must(const char *command)
{
    char *said;
    const int code = story_shell(command, &said);
    ck_assert_msg(code == 0, "%s: %d: %s", command, code, said);
    mem_free(said);
}

void story_put_program(void)
{
    const char *program = getenv("RAMPLUS");
    char *real = realpath(program ? program : "build/fast/ramplus", NULL);
    char *link = mem_format("mkdir bin && ln -s '%s' bin/ramplus", real);
    story_must(link);
    mem_free(link);
    free(real);
}
