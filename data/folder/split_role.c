/* SPDX-License-Identifier: Apache-2.0 */
/* The names that torchvision, Hugging Face and COCO's users give to splits. */
#include "data/folder/split_role.h"

#include <string.h>
#include <strings.h>

enum OwnRole split_role(const char *name, size_t len)
{
    static const char *const split[] = {
        "train", "training", "trn",     "restval", "val",        "valid",     "dev",
        "test",  "tst",      "testing", "eval",    "validation", "evaluation"};
    enum { TRAINS = 4 };
    for (size_t i = 0; i < sizeof split / sizeof *split; i++)
        if (strlen(split[i]) == len && strncasecmp(name, split[i], len) == 0)
            return i < TRAINS ? OWN_ROLE_TRAIN : OWN_ROLE_TEST;
    return OWN_ROLE_DRAWN;
}
