/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the command line: the texts that --help and the man page share. Used by
 * core/options/cli*.c alone. */
#ifndef RAMPLUS_CORE_OPTIONS_CLI_TEXT_H
#define RAMPLUS_CORE_OPTIONS_CLI_TEXT_H

#include "core/options/cli.h"

/* The row of an option table with the type, range, choices and unit of o. */
OptionRow cli_row(const CliOption *o);

/* "-o, --out FILE". */
void cli_put_label(Text *t, const CliOption *o);
/* The help of an option with its range, unit and default: "images per text (at least 1;
 * default 10)". */
void cli_put_meaning(Text *t, const CliOption *o);
/* The words after the program's name in the synopsis: "tag --checkpoint FILE [OPTIONS]
 * IMAGE-or-FOLDER...". */
void cli_put_synopsis(Text *t, const CliCommand *c);
/* The synopsis with the option that replaces the required ones: "describe --check FILE
 * [OPTIONS]". */
void cli_put_instead(Text *t, const CliCommand *c);

/* The options that commands have in common, as rows: -c for those that read files, --help.
 * Row i, NULL past the last. */
const CliOption *cli_common(const CliCommand *c, size_t i);

#endif
