/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an image has a tag, as a byte. */
#ifndef RAMPLUS_DATA_TRUTH_H
#define RAMPLUS_DATA_TRUTH_H

/* UNKNOWN, which is -1 as a signed byte: nobody annotated the tag of this image. */
enum Truth { TRUTH_ABSENT, TRUTH_PRESENT, TRUTH_UNKNOWN = 255 };

#endif
