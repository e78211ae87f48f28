/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a member of the outermost object of a JSON document, byte by byte; nothing of the
 * document is kept. */
#ifndef RAMPLUS_CORE_JSON_JSON_MEMBER_H
#define RAMPLUS_CORE_JSON_JSON_MEMBER_H

enum JsonMember { JSON_MEMBER_FOUND, JSON_MEMBER_NONE, JSON_MEMBER_BROKEN };

typedef int JsonNext(void *from); /* the next byte of the document, or EOF */

/* first: the first visible byte of the document, already read. Stops after the first visible
 * byte of the member's value, which becomes *value; for JSON_MEMBER_BROKEN, where the bytes are
 * no object of members, *value is the byte at fault (EOF: the document ends too early). Keys
 * are compared as they are written, so `key` is found only if it needs no escapes. */
enum JsonMember json_member_find(JsonNext *next, void *from, int first, const char *key,
                                 int *value);

/* The same in the members after a value that has been read to its end. JSON_MEMBER_NONE: the
 * object ended, at its closing bracket. */
enum JsonMember json_member_find_next(JsonNext *next, void *from, const char *key, int *value);

#endif
