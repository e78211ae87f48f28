/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the command line, and those that a run folder has from before. */
#include "train/train_config.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <string.h>

/* The last value that the command line gives an option, by any of its names; NULL: none. */
static const char *value_of(const Cli *cli, const char *key)
{
    const OptionRow *row = option_of(config_table(), key);
    for (int64_t i = cli->assignments; i-- > 0;)
        if (option_of(config_table(), cli->assignment[i]) == row)
            return strchr(cli->assignment[i], '=') + 1;
    return NULL;
}

/* config.yaml of a run: earlier versions kept resume=never in it. */
static int load_own(const Cli *cli, char *path, Config *out, Error *err)
{
    log_info("settings: %s, and those of the command line", path);
    if (config_load(&path, 1, cli->assignment, cli->assignments, out, err) != 0) return -1;
    return value_of(cli, "resume") ? 0 : option_set(config_table(), out, "resume=auto", err);
}

int train_config_load(const Cli *cli, Config *out, Error *err)
{
    const char *run = cli->files == 0 ? value_of(cli, "run") : NULL;
    char *own = run && *run ? file_join(run, "config.yaml") : NULL;
    const int status =
        own && file_exists(own)
            ? load_own(cli, own, out, err)
            : config_load(cli->file, cli->files, cli->assignment, cli->assignments, out, err);
    mem_free(own);
    return status;
}
