/* SPDX-License-Identifier: Apache-2.0 */
/* Reads XML with libxml2 and walks its trees. */
#include "data/folder/xml.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

void xml_start(void) { xmlInitParser(); }

static int not_well_formed(xmlParserCtxt *parser, Error *err)
{
    const xmlError *why = xmlCtxtGetLastError(parser);
    return error_set(err, ERROR_DATA, "line %d: not well-formed XML: %s", why ? why->line : 0,
                     why && why->message ? why->message : "unknown");
}

static int parse(const Bytes *file, XmlDocument **out, Error *err)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();
    CHECK(parser, "no XML parser");
    if (file->len <= INT32_MAX)
        *out = xmlCtxtReadMemory(parser, (const char *)file->data, (int)file->len, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const int status = *out && parser->nsWellFormed ? 0 : not_well_formed(parser, err);
    xmlFreeParserCtxt(parser);
    return status;
}

int xml_read(const char *path, XmlDocument **out, Error *err)
{
    *out = NULL;
    Bytes file;
    if (file_read(path, &file, err) != 0) return -1;
    const int status = parse(&file, out, err);
    bytes_free(&file);
    if (status == 0) return 0;
    xml_free(*out);
    *out = NULL;
    return error_prefix(err, "%s", path);
}

void xml_free(XmlDocument *doc) { xmlFreeDoc(doc); }

const XmlNode *xml_root(const XmlDocument *doc) { return xmlDocGetRootElement(doc); }

bool xml_is_element(const XmlNode *node) { return node && node->type == XML_ELEMENT_NODE; }

const XmlNode *xml_first(const XmlNode *node)
{
    return xml_is_element(node) ? node->children : NULL;
}

const XmlNode *xml_next(const XmlNode *node) { return node ? node->next : NULL; }

bool xml_is(const XmlNode *node, const char *space, const char *name)
{
    if (!xml_is_element(node) || strcmp((const char *)node->name, name) != 0) return false;
    if (!node->ns || !node->ns->href) return !space;
    return space && strcmp((const char *)node->ns->href, space) == 0;
}

const XmlNode *xml_child(const XmlNode *node, const char *space, const char *name)
{
    for (const XmlNode *n = xml_first(node); n; n = n->next)
        if (xml_is(n, space, name)) return n;
    return NULL;
}

const XmlNode *xml_find(const XmlNode *root, const char *space, const char *name)
{
    for (const XmlNode *node = root; node;) { /* depth first */
        if (xml_is(node, space, name)) return node;
        if (xml_is_element(node) && node->children) {
            node = node->children;
            continue;
        }
        while (node && node != root && !node->next) node = node->parent;
        node = !node || node == root ? NULL : node->next;
    }
    return NULL;
}

/* A copy of the library's string in our memory, collapsed; the string is freed. */
static char *take(xmlChar *raw)
{
    char *text = mem_strdup(raw ? (const char *)raw : "");
    xmlFree(raw);
    utf8_collapse(text);
    return text;
}

char *xml_text(const XmlNode *node) { return take(node ? xmlNodeGetContent(node) : NULL); }

char *xml_attribute(const XmlNode *node, const char *name)
{
    xmlChar *raw = xml_is_element(node) ? xmlGetNoNsProp(node, (const xmlChar *)name) : NULL;
    return raw ? take(raw) : NULL;
}
