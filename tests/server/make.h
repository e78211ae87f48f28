/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of replies that faults consist of. */
#ifndef RAMPLUS_TESTS_SERVER_MAKE_H
#define RAMPLUS_TESTS_SERVER_MAKE_H

#include "tests/server/fault.h"

MakeReply make_good;       /* n choices of the book, changed as f->choice says */
MakeReply make_bad;        /* the same without any text of the book */
MakeReply make_one_bad;    /* all but one of the book, and a bad one in the middle */
MakeReply make_most;       /* at most f->number choices */
MakeReply make_count;      /* f->number choices */
MakeReply make_half;       /* half of the choices, at least one */
MakeReply make_more;       /* f->number more choices than requested */
MakeReply make_long;       /* contents that repeat f->text, f->number bytes in total */
MakeReply make_key;        /* every content contains the client's key */
MakeReply make_key_finish; /* every finish_reason is the client's key */
MakeReply make_cut;        /* JSON that ends in the middle, with a matching length */
MakeReply make_tail;       /* JSON followed by f->text */
MakeReply make_error;      /* status f->number, f->text as message, f->header */
MakeReply make_escaped;    /* the same with every character of the message as \uXXXX */
MakeReply make_body;       /* status f->number (0: 200), f->text as body */
MakeReply make_many;       /* f->text as body, repeated f->number times */
MakeReply make_huge_error; /* status 500, f->text repeated up to f->number bytes */
MakeReply make_compressed; /* make_good, compressed; number: 31 for gzip, 15 for deflate */
MakeReply make_bomb;       /* make_many, compressed to a thousandth */

#endif
