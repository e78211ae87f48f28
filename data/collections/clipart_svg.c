/* SPDX-License-Identifier: Apache-2.0 */
/* Reads Dublin Core metadata: rdf:RDF / cc:Work / dc:title, dc:description, dc:subject //
 * rdf:li. */
#include "data/collections/clipart_svg.h"

#include "core/mem.h"
#include "data/folder/xml.h"

static const char RDF[] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
static const char DC[] = "http://purl.org/dc/elements/1.1/";

static void add_tag(ClipartInfo *info, const XmlNode *node)
{
    char *text = xml_text(node);
    if (!*text) {
        mem_free(text);
        return;
    }
    info->tag = mem_realloc(info->tag, (size_t)(info->tags + 1) * sizeof *info->tag);
    info->tag[info->tags++] = text;
}

static void read_subject(ClipartInfo *info, const XmlNode *subject)
{
    for (const XmlNode *bag = xml_first(subject); bag; bag = xml_next(bag))
        for (const XmlNode *item = xml_first(bag); item; item = xml_next(item))
            if (xml_is(item, RDF, "li")) add_tag(info, item);
}

static void read_work(ClipartInfo *info, const XmlNode *work)
{
    info->title = xml_text(xml_child(work, DC, "title"));
    info->description = xml_text(xml_child(work, DC, "description"));
    for (const XmlNode *node = xml_first(work); node; node = xml_next(node))
        if (xml_is(node, DC, "subject")) read_subject(info, node);
}

/* The first child element of rdf:RDF, which describes the work. */
static const XmlNode *work_of(const XmlNode *rdf)
{
    const XmlNode *node = xml_first(rdf);
    while (node && !xml_is_element(node)) node = xml_next(node);
    return node;
}

static int read_document(const XmlDocument *doc, ClipartInfo *out, Error *err)
{
    const XmlNode *rdf = xml_find(xml_root(doc), RDF, "RDF");
    if (!rdf) return error_set(err, ERROR_DATA, "no RDF metadata");
    read_work(out, work_of(rdf));
    return 0;
}

int clipart_svg_read(const char *path, ClipartInfo *out, Error *err)
{
    *out = (ClipartInfo){0};
    XmlDocument *doc;
    if (xml_read(path, &doc, err) != 0) return -1;
    const int status = read_document(doc, out, err);
    xml_free(doc);
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
