/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the command line: what was probably meant by words that cannot be what they are. Used
 * by core/options/cli.c alone. */
#ifndef RAMPLUS_CORE_OPTIONS_CLI_MISTAKE_H
#define RAMPLUS_CORE_OPTIONS_CLI_MISTAKE_H

#include "core/options/cli.h"

/* `COMMAND: --NAME: no such option`, with the nearest option of the command or, as
 * `optim.lr=1e-3`, of the configuration; next: the word after it, or NULL. Returns -1. */
int cli_unknown_option(const Cli *cli, const char *word, const char *next, Error *err);

/* Refuses a setting with blanks around its "=", or with a colon in place of it: the words from
 * word[0] on, NULL past the last, are `optim.lr = 1e-3`, `optim.lr: 1e-3` or the like. */
int cli_check_blanks(const Cli *cli, char *const *word, Error *err);

/* Refuses options and settings that are given twice with different values, although only one
 * value can have an effect. */
int cli_check_twice(const Cli *cli, Error *err);

/* One line on stderr for each setting that has no effect in this command. */
void cli_note_unread(const Cli *cli);

#endif
