/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of replies that faults are made of. */
#ifndef RAMPLUS_TESTS_SERVER_MAKE_H
#define RAMPLUS_TESTS_SERVER_MAKE_H

#include "tests/server/fault.h"

MakeReply make_good;       /* as asked for, with what f->choice says */
MakeReply make_bad;        /* the same, but of no use: no text of the book */
MakeReply make_one_bad;    /* all but one of the book, and a bad one in the middle */
MakeReply make_most;       /* f->number choices at most */
MakeReply make_count;      /* f->number choices */
MakeReply make_half;       /* half of the choices, at least one */
MakeReply make_more;       /* f->number choices more than asked for */
MakeReply make_long;       /* contents are f->text again and again, f->number bytes in all */
MakeReply make_key;        /* every content has the client's key in it */
MakeReply make_cut;        /* JSON that ends in the middle, of the length said */
MakeReply make_tail;       /* JSON followed by f->text */
MakeReply make_error;      /* status f->number, f->text as message, f->header */
MakeReply make_escaped;    /* the same with every character of the message as \uXXXX */
MakeReply make_body;       /* status f->number (0: 200), f->text as body */
MakeReply make_many;       /* f->text as body, f->number times */
MakeReply make_huge_error; /* status 500, f->text again and again, f->number bytes */

#endif
