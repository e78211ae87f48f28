/* SPDX-License-Identifier: Apache-2.0 */
/* Reads Dublin Core metadata: rdf:RDF / cc:Work / dc:title, dc:description, dc:subject //
 * rdf:li. */
#include "data/prepare/clipart_svg.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <string.h>

static const char RDF[] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
static const char DC[] = "http://purl.org/dc/elements/1.1/";

void clipart_svg_start(void) { xmlInitParser(); }

static bool is_element(const xmlNode *node, const char *space, const char *name)
{
    if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, name) != 0)
        return false;
    return node->ns && node->ns->href && strcmp((const char *)node->ns->href, space) == 0;
}

/* Depth-first search of the subtree of `root`, including `root`. */
static xmlNode *find(xmlNode *root, const char *space, const char *name)
{
    for (xmlNode *node = root; node;) {
        if (is_element(node, space, name)) return node;
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            continue;
        }
        while (node && node != root && !node->next) node = node->parent;
        node = !node || node == root ? NULL : node->next;
    }
    return NULL;
}

/* Collapses white space to single spaces and trims the ends, in place. */
static char *collapse(char *text)
{
    char *out = text;
    bool gap = false;
    for (const char *p = text; *p;) {
        const size_t n = utf8_space(p);
        if (n > 0) {
            gap = out > text;
            p += n;
            continue;
        }
        if (gap) *out++ = ' ';
        gap = false;
        *out++ = *p++;
    }
    *out = 0;
    return text;
}

static char *text_of(xmlNode *node)
{
    xmlChar *raw = node ? xmlNodeGetContent(node) : NULL;
    char *text = mem_strdup(raw ? (const char *)raw : "");
    xmlFree(raw);
    return collapse(text);
}

static xmlNode *child(xmlNode *parent, const char *space, const char *name)
{
    for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next)
        if (is_element(node, space, name)) return node;
    return NULL;
}

static void add_tag(ClipartInfo *info, xmlNode *node)
{
    char *text = text_of(node);
    if (!*text) {
        mem_free(text);
        return;
    }
    info->tag = mem_realloc(info->tag, (size_t)(info->tags + 1) * sizeof *info->tag);
    info->tag[info->tags++] = text;
}

static void read_subject(ClipartInfo *info, xmlNode *subject)
{
    for (xmlNode *bag = subject->children; bag; bag = bag->next)
        for (xmlNode *item = bag->children; item; item = item->next)
            if (is_element(item, RDF, "li")) add_tag(info, item);
}

static void read_work(ClipartInfo *info, xmlNode *work)
{
    info->title = text_of(child(work, DC, "title"));
    info->description = text_of(child(work, DC, "description"));
    for (xmlNode *node = work ? work->children : NULL; node; node = node->next)
        if (is_element(node, DC, "subject")) read_subject(info, node);
}

/* The first child element of rdf:RDF, which describes the work. */
static xmlNode *work_of(xmlNode *rdf)
{
    xmlNode *node = rdf->children;
    while (node && node->type != XML_ELEMENT_NODE) node = node->next;
    return node;
}

static int read_document(xmlDoc *doc, ClipartInfo *out, Error *err)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *rdf = root ? find(root, RDF, "RDF") : NULL;
    if (!rdf) return error_set(err, ERROR_DATA, "no RDF metadata");
    read_work(out, work_of(rdf));
    return 0;
}

static int not_well_formed(xmlParserCtxt *parser, Error *err)
{
    const xmlError *why = xmlCtxtGetLastError(parser);
    return error_set(err, ERROR_DATA, "line %d: not well-formed XML: %s", why ? why->line : 0,
                     why && why->message ? why->message : "unknown");
}

static int parse(const Bytes *file, ClipartInfo *out, Error *err)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();
    CHECK(parser, "no XML parser");
    xmlDoc *doc = NULL;
    if (file->len <= INT32_MAX)
        doc = xmlCtxtReadMemory(parser, (const char *)file->data, (int)file->len, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    int status = doc && parser->nsWellFormed ? read_document(doc, out, err)
                                             : not_well_formed(parser, err);
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(parser);
    return status;
}

int clipart_svg_read(const char *path, ClipartInfo *out, Error *err)
{
    *out = (ClipartInfo){0};
    Bytes file;
    if (file_read(path, &file, err) != 0) return -1;
    int status = parse(&file, out, err);
    bytes_free(&file);
    return status == 0 ? 0 : error_prefix(err, "%s", path);
}

void clipart_info_free(ClipartInfo *info)
{
    mem_free(info->title);
    mem_free(info->description);
    for (int64_t i = 0; i < info->tags; i++) mem_free(info->tag[i]);
    mem_free(info->tag);
    *info = (ClipartInfo){0};
}
