/* SPDX-License-Identifier: Apache-2.0 */
/* The machine and the libraries of a run. */
#include "train/run/run_env.h"

#include "core/io/file.h"
#include "core/json/json.h"
#include "core/math/gemm.h"
#include "core/math/onednn.h"
#include "core/mem.h"
#include "core/version.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* "model name : X" of /proc/cpuinfo, without control characters. */
static void processor_name(char out[static 128])
{
    snprintf(out, 128, "unknown");
    Lines lines = {0};
    lines_read("/proc/cpuinfo", &lines, NULL);
    for (size_t i = 0; i < lines.count; i++) {
        const char *colon = strchr(lines.line[i], ':');
        if (strncmp(lines.line[i], "model name", 10) != 0 || !colon) continue;
        snprintf(out, 128, "%.120s", colon + 1 + (colon[1] == ' '));
        break;
    }
    lines_free(&lines);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ') *p = ' ';
}

int run_env_write(const char *run, int threads, bool bf16, Error *err)
{
    char cpu[128], onednn[32];
    struct utsname system;
    char *blas = gemm_library();
    processor_name(cpu);
    onednn_name(onednn);
    if (uname(&system) != 0) memset(&system, 0, sizeof system);
    json_t *env = json_object();
    Text text = {0};
    json_object_set_new(env, "version", json_text(RAMPLUS_VERSION));
    json_object_set_new(env, "cpu", json_text(cpu));
    json_object_set_new(env, "system", json_sprintf("%s %s", system.sysname, system.machine));
    json_object_set_new(env, "blas", json_text(blas));
    json_object_set_new(env, "threads", json_integer(threads));
    json_object_set_new(env, "bf16", json_text(onednn));
    json_object_set_new(env, "precision", json_text(bf16 ? "bfloat16" : "float32"));
    json_put(&text, env);
    text_put(&text, "\n");
    const int status = text_write_in(run, "env.json", text.data, err);
    text_free(&text);
    mem_free(blas);
    return status;
}
