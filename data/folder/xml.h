/* SPDX-License-Identifier: Apache-2.0 */
/* XML files as trees, by libxml2. */
#ifndef RAMPLUS_DATA_FOLDER_XML_H
#define RAMPLUS_DATA_FOLDER_XML_H

#include "core/error.h"

#include <stdbool.h>

/* A node, which may be NULL where a function has found none: every function accepts NULL and
 * gives nothing for it. Nodes belong to their document. */
typedef struct _xmlNode XmlNode;
typedef struct _xmlDoc XmlDocument;

/* Initializes the library. Call it once before any thread reads. */
void xml_start(void);

/* Reads a file. The caller owns *out (xml_free). ERROR_DATA if it is missing or not
 * well-formed, namespaces included. External entities and DTDs are never fetched. */
int xml_read(const char *path, XmlDocument **out, Error *err);
void xml_free(XmlDocument *doc);

const XmlNode *xml_root(const XmlDocument *doc);
/* The first child of any kind, and the next node with the same parent. */
const XmlNode *xml_first(const XmlNode *node);
const XmlNode *xml_next(const XmlNode *node);

/* Whether the node is an element of this name in the namespace `space`; NULL: in none. */
bool xml_is(const XmlNode *node, const char *space, const char *name);
bool xml_is_element(const XmlNode *node); /* of any name */
/* The first child element of this name, and the first one of the subtree, the node included. */
const XmlNode *xml_child(const XmlNode *node, const char *space, const char *name);
const XmlNode *xml_find(const XmlNode *node, const char *space, const char *name);

/* All text below the node, empty for NULL; an attribute without namespace, NULL if there is
 * none. White space is collapsed and trimmed. The caller owns the result (mem_free). */
char *xml_text(const XmlNode *node);
char *xml_attribute(const XmlNode *node, const char *name);

#endif
