/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of values in the text of a grid: "a,b,[1,2],'c, d'" and ranges "1e-4..1e-2:5log". */
#ifndef RAMPLUS_TRAIN_ABLATE_RANGE_H
#define RAMPLUS_TRAIN_ABLATE_RANGE_H

#include "core/error.h"
#include "core/options/option.h"

enum { RANGE_MAX = 256 /* values of a range */ };

/* Appends the values of the text, in order. Commas in brackets or quotes do not separate. The
 * value LO..HI:N is N numbers from LO to HI, evenly spaced (:N or :Nlin) or by equal factors
 * (:Nlog, LO and HI of the same sign), with the fewest digits, six at most, that differ.
 * option: of the command line, for messages. ERROR_USAGE for an empty value and for a
 * range that cannot be. The list owns the values. */
int range_read(const char *option, const char *text, OptionStrings *out, Error *err);

#endif
