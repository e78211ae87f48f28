/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes a caption with its tag list, synonyms and irregular words. Tags are those of the list,
 * ascending; looser rules find no less.
 *
 * Parsers: data/tag_parser.c data/synonyms.c data/text/words.c data/text/inflection.c
 * data/text/negation.c */
#include "core/mem.h"
#include "data/tag_parser.h"
#include "tests/fuzz/fuzz.h"

static void check_tags(const ParsedTags *p, const TagList *tags)
{
    for (int64_t i = 0; i < p->tags.count; i++)
        CHECK(p->tags.id[i] >= (i ? p->tags.id[i - 1] + 1 : 0) && p->tags.id[i] < tags->count,
              "tag %ld: %d", i, (int)p->tags.id[i]);
    for (int64_t i = 0; i < p->words.count; i++)
        CHECK(p->words.word[i].len > 0 && !words_at(&p->words, i)[p->words.word[i].len],
              "word %ld", i);
}

static void check_more(const ParsedTags *few, const ParsedTags *more)
{
    for (int64_t i = 0; i < few->tags.count; i++)
        CHECK(tag_ids_have(more->tags.id, more->tags.count, few->tags.id[i]), "tag %d is lost",
              (int)few->tags.id[i]);
}

static void parse(const TagParser *p, const TagList *tags, const char *caption)
{
    static const TagParserRules loose[] = {
        {.negated = true}, {.nested = true}, {.nested = true, .negated = true}};
    static const TagParserRules plain = {0}, gaps = {.gap = TAG_PARSER_GAP, .nested = true};
    ParsedTags few = {0}, more = {0};
    tag_parser_parse(p, caption, &plain, &few);
    check_tags(&few, tags);
    for (int i = 0; i < 3; i++) {
        tag_parser_parse(p, caption, &loose[i], &more);
        check_tags(&more, tags);
        check_more(&few, &more);
    }
    tag_parser_parse(p, caption, &gaps, &more);
    check_tags(&more, tags);
    parsed_tags_free(&few);
    parsed_tags_free(&more);
}

/* Files that are refused are left out. */
static void parse_with(const TagList *tags, const char *synonyms, const char *exceptions,
                       const char *caption)
{
    Synonyms s = {0};
    Inflection *m;
    synonyms_read(synonyms, tags, &s, NULL);
    if (inflection_read(&exceptions, 1, true, &m, NULL) != 0)
        inflection_read(NULL, 0, true, &m, NULL);
    TagParser *p = tag_parser_new(tags, &s, m);
    parse(p, tags, caption);
    tag_parser_free(p);
    inflection_free(m);
    synonyms_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzPart part[4];
    TagList tags;
    fuzz_cut(data, size, part, 4);
    char *list = fuzz_file("tags.txt", part[0]), *synonyms = fuzz_file("synonyms.txt", part[1]);
    char *exceptions = fuzz_file("noun.exc", part[2]), *caption = fuzz_text(part[3]);
    if (tags_read(list, &tags, NULL) == 0) {
        parse_with(&tags, synonyms, exceptions, caption);
        tags_free(&tags);
    }
    mem_free(caption);
    mem_free(exceptions);
    mem_free(synonyms);
    mem_free(list);
    return 0;
}
