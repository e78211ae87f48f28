/* SPDX-License-Identifier: Apache-2.0 */
/* Reads ldml / annotations / annotation. */
#include "data/collections/cldr.h"

#include "core/array.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/folder/xml.h"

#include <stdlib.h>
#include <string.h>

/* The code point of a text that has only one; -1 otherwise. */
static int32_t only_rune(const char *text)
{
    const int32_t rune = utf8_next(&text);
    return rune > 0 && !*text ? rune : -1;
}

static void add(CldrNotes *notes, int32_t rune, bool is_name, char *text)
{
    notes->note = array_grow(notes->note, sizeof *notes->note, notes->count, &notes->room);
    notes->note[notes->count] = (CldrNote){rune, is_name, notes->count, text};
    notes->count++;
}

static void add_element(CldrNotes *notes, const XmlNode *node)
{
    char *character = xml_attribute(node, "cp"), *type = xml_attribute(node, "type"),
         *text = xml_text(node);
    const bool is_name = type && strcmp(type, "tts") == 0, is_known = is_name || !type;
    const int32_t rune = character ? only_rune(character) : -1;
    if (rune < 0)
        notes->sequences += character && *character && is_name;
    else if (is_known && *text && !printable_find_fault(text))
        add(notes, rune, is_name, mem_strdup(text));
    mem_free(text);
    mem_free(type);
    mem_free(character);
}

static int read_document(const XmlDocument *doc, CldrNotes *notes, Error *err)
{
    const XmlNode *root = xml_root(doc), *list = NULL;
    if (xml_is(root, NULL, "ldml")) list = xml_child(root, NULL, "annotations");
    if (!list) return error_set(err, ERROR_DATA, "no annotations of CLDR");
    for (const XmlNode *node = xml_first(list); node; node = xml_next(node))
        if (xml_is(node, NULL, "annotation")) add_element(notes, node);
    return 0;
}

int cldr_read(const char *path, CldrNotes *notes, Error *err)
{
    XmlDocument *doc;
    if (xml_read(path, &doc, err) != 0) return -1;
    const int status = read_document(doc, notes, err);
    xml_free(doc);
    return status == 0 ? 0 : error_prefix(err, "%s", path);
}

static int by_rune(const void *a, const void *b)
{
    const CldrNote *x = a, *y = b;
    if (x->rune != y->rune) return x->rune < y->rune ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void cldr_sort(CldrNotes *notes)
{
    if (notes->count) qsort(notes->note, (size_t)notes->count, sizeof *notes->note, by_rune);
}

void cldr_free(CldrNotes *notes)
{
    for (int64_t i = 0; i < notes->count; i++) mem_free(notes->note[i].text);
    mem_free(notes->note);
    *notes = (CldrNotes){0};
}
