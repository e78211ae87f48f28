/* SPDX-License-Identifier: Apache-2.0 */
/* Reading lines of CSV (RFC 4180); text_csv (core/io/text.h) writes fields. */
#ifndef RAMPLUS_CORE_STRINGS_CSV_H
#define RAMPLUS_CORE_STRINGS_CSV_H

/* Cuts the first field off the line *rest, in place: without white space and byte-order marks
 * at both ends, or, in quotes, as it stands between them, where "" is a quote. *rest moves
 * behind its comma and becomes NULL after the last field. NULL if a quote is not closed or text
 * follows it. */
char *csv_cut(char **rest);

#endif
