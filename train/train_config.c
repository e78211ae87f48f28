/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the command line, and those that a run folder has from before. */
#include "train/train_config.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <string.h>

static bool is_set(const Cli *cli, const char *key)
{
    const size_t n = strlen(key);
    for (int64_t i = 0; i < cli->assignments; i++)
        if (strncmp(cli->assignment[i], key, n) == 0 && cli->assignment[i][n] == '=')
            return true;
    return false;
}

/* config.yaml of a run: earlier versions kept resume=never in it. */
static int load_own(const Cli *cli, char *path, Config *out, Error *err)
{
    log_info("settings: %s, and those of the command line", path);
    if (config_load(&path, 1, cli->assignment, cli->assignments, out, err) != 0) return -1;
    return is_set(cli, "resume") ? 0 : option_set(config_table(), out, "resume=auto", err);
}

int train_config_load(const Cli *cli, Config *out, Error *err)
{
    char *const *set = cli->assignment;
    if (config_load(cli->file, cli->files, set, cli->assignments, out, err) != 0) return -1;
    if (cli->files > 0 || !*out->run.folder) return 0;
    char *own = file_join(out->run.folder, "config.yaml");
    int status = 0;
    if (file_exists(own)) {
        config_free(out);
        status = load_own(cli, own, out, err);
    }
    mem_free(own);
    return status;
}
