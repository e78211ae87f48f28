/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the records of a CSV file one at a time: RFC 4180, and what Excel and pandas write.
 *
 *   CsvReader *r;
 *   const CsvRecord *record;
 *   if (csv_reader_open("mine.csv", 0, &r, err) != 0) return -1;
 *   while ((status = csv_reader_next(r, &record, &why)) != 0 || record) ...
 *   csv_reader_close(r);
 *
 * Quotes may span lines; "" in them is a quote. A quote inside an unquoted field is itself, and
 * blanks around a quoted field are dropped. Lines end with \n, \r\n or \r. A byte-order mark is
 * skipped, and a first line `sep=;` gives the separator. */
#ifndef RAMPLUS_CORE_IO_CSV_READER_H
#define RAMPLUS_CORE_IO_CSV_READER_H

#include "core/error.h"

#include <stdint.h>

enum { CSV_RECORD_BYTES = 1 << 20 }; /* of the longest record */

typedef struct CsvReader CsvReader;

typedef struct CsvRecord {
    int64_t number, line; /* from 1, also of headers and blank lines; line: its first one */
    int64_t fields;
    char **field; /* [fields] valid UTF-8, which may be changed; until the next read */
} CsvRecord;

/* separator: 0: the first comma, semicolon, tab or | of the file outside quotes; a comma if
 * there is none. ERROR_DATA about a file that is empty or no text in UTF-8 (UTF-16, a workbook,
 * a compressed file); other codes as in core/io/file_open.h. */
int csv_reader_open(const char *path, char separator, CsvReader **out, Error *err);
char csv_reader_separator(const CsvReader *r);
/* *record: the next one that is not a blank line; NULL after the last. -1 and ERROR_DATA about
 * a record that is faulty: a quote that is not closed, text after a closing one, more than
 * CSV_RECORD_BYTES, not UTF-8, NUL bytes; the next call continues with the line after the first
 * one of that record. ERROR_RUNTIME: the file cannot be read. */
int csv_reader_next(CsvReader *r, const CsvRecord **record, Error *why);
/* Fails with ERROR_DATA and `FILE: record N (line L): WHY`, about the record read last. */
int csv_reader_fail(const CsvReader *r, Error *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void csv_reader_close(CsvReader *r); /* accepts NULL */

#endif
