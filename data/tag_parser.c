/* SPDX-License-Identifier: Apache-2.0 */
/* A map from phrases and their beginnings to tags. At each word of a caption the longest phrase
 * wins; of its readings the one that changes the fewest words does. */
#include "data/tag_parser.h"

#include "core/array.h"
#include "core/error.h"
#include "core/hash_map.h"
#include "core/mem.h"
#include "data/text/function_words.h"
#include "data/text/negation.h"

#include <string.h>

/* How much a reading changes: the word of the caption, then the words of the tag. The lowest
 * sum wins, so exact words come before forms of nouns, and those before forms of verbs. */
enum {
    EXACT = 0,
    BASE_OF_NOUN = 1,
    BASE_OF_VERB = 2,
    CHANGED_TAG = 4,
    SKIPPED_WORD = 8,
    NO_READING = 100
};

enum { PHRASE_WORDS = 16, PHRASE_BYTES = 512 }; /* longer names match nothing */

typedef struct Entry {
    int32_t tag;
    int8_t cost;  /* EXACT or CHANGED_TAG */
    int32_t next; /* entry of the same phrase; -1: none */
} Entry;

typedef struct Node {
    int32_t entry; /* first of the phrase; -1: it only begins others */
    bool longer;   /* other phrases begin with it */
} Node;

struct TagParser {
    const TagList *tags;
    const Inflection *inflection;
    HashMap map; /* hash of a phrase, words separated by blanks -> node */
    Node *node;
    Entry *entry;
    int64_t nodes, entries, node_room, entry_room;
};

/* ---- phrases ----------------------------------------------------------------------------- */

typedef struct Phrase {
    char text[PHRASE_BYTES];
    size_t len;
} Phrase;

/* Appends a word; false if the phrase would be too long. */
static bool put(Phrase *p, const char *word, size_t len, bool closed)
{
    if (p->len + len + 2 > PHRASE_BYTES) return false;
    if (p->len && !closed) p->text[p->len++] = ' ';
    memcpy(p->text + p->len, word, len);
    p->len += len;
    return true;
}

static int64_t find(const TagParser *p, const Phrase *phrase)
{
    uint8_t key[HASH_BYTES];
    hash_of(phrase->text, phrase->len, key);
    return hash_map_get(&p->map, key);
}

/* The map doubles when it is full. */
static void make_room(TagParser *p)
{
    if (p->map.count < p->map.max_keys) return;
    HashMap larger = hash_map_new(2 * p->map.max_keys);
    for (int64_t i = 0; i < 2 * p->map.max_keys + 1; i++) {
        const HashSlot *s = &p->map.slot[i];
        if (s->value_plus_1) hash_map_add(&larger, s->key, s->value_plus_1 - 1);
    }
    hash_map_free(&p->map);
    p->map = larger;
}

static int64_t node_of(TagParser *p, const Phrase *phrase)
{
    uint8_t key[HASH_BYTES];
    const int64_t known = find(p, phrase);
    if (known >= 0) return known;
    make_room(p);
    hash_of(phrase->text, phrase->len, key);
    hash_map_add(&p->map, key, p->nodes);
    p->node = array_grow(p->node, sizeof *p->node, p->nodes, &p->node_room);
    p->node[p->nodes] = (Node){-1, false};
    return p->nodes++;
}

static void add_entry(TagParser *p, int64_t node, int64_t tag, int8_t cost)
{
    for (int32_t i = p->node[node].entry; i >= 0; i = p->entry[i].next)
        if (p->entry[i].tag == tag) {
            if (cost < p->entry[i].cost) p->entry[i].cost = cost;
            return;
        }
    p->entry = array_grow(p->entry, sizeof *p->entry, p->entries, &p->entry_room);
    p->entry[p->entries] = (Entry){(int32_t)tag, cost, p->node[node].entry};
    p->node[node].entry = (int32_t)p->entries++;
}

/* ---- index ------------------------------------------------------------------------------- */

/* Adds all words but the last, whose nodes lead on. False if the phrase is too long. */
static bool add_beginning(TagParser *p, const Words *w, Phrase *phrase)
{
    for (int64_t i = 0; i + 1 < w->count; i++) {
        if (!put(phrase, words_at(w, i), w->word[i].len, false)) return false;
        const int64_t node = node_of(p, phrase); /* may move the nodes */
        p->node[node].longer = true;
    }
    return true;
}

static void add_last(TagParser *p, const Phrase *start, const char *word, int64_t tag,
                     int8_t cost)
{
    Phrase phrase = *start;
    if (put(&phrase, word, strlen(word), false)) add_entry(p, node_of(p, &phrase), tag, cost);
}

/* Two words written as one: "hotdog". */
static void add_closed(TagParser *p, const Words *w, int64_t tag)
{
    Phrase phrase = {0};
    if (w->count == 2 && put(&phrase, words_at(w, 0), w->word[0].len, true) &&
        put(&phrase, words_at(w, 1), w->word[1].len, true))
        add_entry(p, node_of(p, &phrase), tag, CHANGED_TAG);
}

/* Adds a name of a tag: as it is, with its last word as a singular noun, and closed. */
static void add_name(TagParser *p, const char *name, int64_t tag, Words *w)
{
    Phrase start = {0};
    InflectionBases bases;
    words_split(name, w);
    if (w->count == 0 || w->count > PHRASE_WORDS || !add_beginning(p, w, &start)) return;
    const char *last = words_at(w, w->count - 1);
    add_last(p, &start, last, tag, EXACT);
    inflection_bases(p->inflection, last, &bases);
    for (int i = 0; i < bases.count; i++)
        if (!bases.base[i].verb) add_last(p, &start, bases.base[i].word, tag, CHANGED_TAG);
    add_closed(p, w, tag);
}

TagParser *tag_parser_new(const TagList *tags, const Synonyms *synonyms,
                          const Inflection *inflection)
{
    TagParser *p = mem_calloc(1, sizeof *p);
    Words w = {0};
    *p = (TagParser){.tags = tags, .inflection = inflection, .map = hash_map_new(1024)};
    for (int64_t k = 0; k < tags->count; k++) add_name(p, tags->name[k], k, &w);
    for (int64_t i = 0; synonyms && i < synonyms->count; i++)
        for (int64_t k = synonyms->at[i].tag; k >= 0; k = tags_next(tags, k))
            add_name(p, synonyms->at[i].phrase, k, &w);
    words_free(&w);
    return p;
}

void tag_parser_free(TagParser *p)
{
    if (!p) return;
    hash_map_free(&p->map);
    mem_free(p->node);
    mem_free(p->entry);
    mem_free(p);
}

/* ---- readings ---------------------------------------------------------------------------- */

/* The best reading of the words from one position on as a phrase of so many words. */
typedef struct Reading {
    int64_t at[PHRASE_WORDS];           /* which words of the caption */
    int64_t node[INFLECTION_BASES + 1]; /* whose entries of this cost are meant */
    int word_cost[INFLECTION_BASES + 1];
    int nodes, cost; /* nodes 0: none */
} Reading;

typedef struct Search {
    const TagParser *p;
    const Words *w;
    const bool *taken; /* words of other tags; NULL: any may be used again */
    int64_t at[PHRASE_WORDS];
    Reading reading[PHRASE_WORDS]; /* by number of words, less one */
} Search;

static int cheapest(const TagParser *p, int64_t node)
{
    int cost = NO_READING;
    for (int32_t i = p->node[node].entry; i >= 0; i = p->entry[i].next)
        if (p->entry[i].cost < cost) cost = p->entry[i].cost;
    return cost;
}

/* Considers a phrase of `words` words, the last of them read as `word` at this cost. */
static void consider(Search *s, const Phrase *start, const char *word, int cost, int64_t words)
{
    Reading *r = &s->reading[words - 1];
    Phrase phrase = *start;
    if (!put(&phrase, word, strlen(word), false)) return;
    const int64_t node = find(s->p, &phrase);
    const int all = node < 0 ? NO_READING : cost + cheapest(s->p, node);
    if (all >= NO_READING || (r->nodes && all > r->cost)) return;
    if (all < r->cost) r->nodes = 0;
    for (int n = 0; n < r->nodes; n++)
        if (r->node[n] == node) return;
    if (r->nodes == INFLECTION_BASES + 1) return;
    r->cost = all;
    r->word_cost[r->nodes] = cost;
    r->node[r->nodes++] = node;
    memcpy(r->at, s->at, sizeof r->at);
}

/* "can", "back": a tag only if a determiner stands before it. */
static bool is_plain_function(const Words *w, int64_t i)
{
    return function_word(words_at(w, i)) &&
           (i == 0 || w->word[i].breaks || !function_word_determiner(words_at(w, i - 1)));
}

/* Reads word i as the last one of a phrase. */
static void read_word(Search *s, const Phrase *start, int64_t i, int64_t words, int cost)
{
    InflectionBases bases;
    const char *word = words_at(s->w, i);
    if (words == 1 && is_plain_function(s->w, i)) return;
    consider(s, start, word, cost + EXACT, words);
    inflection_bases(s->p->inflection, word, &bases);
    for (int b = 0; b < bases.count; b++)
        consider(s, start, bases.base[b].word,
                 cost + (bases.base[b].verb ? BASE_OF_VERB : BASE_OF_NOUN), words);
}

/* Reads the phrases that continue `start`, whose last word stands before word i: the next word
 * may be i or stand up to `gap` words after it. */
static void extend(Search *s, const Phrase *start, int64_t i, int64_t words, int cost,
                   int64_t gap)
{
    const Words *w = s->w;
    for (; i < w->count && words < PHRASE_WORDS; i++, gap--, cost += SKIPPED_WORD) {
        if ((words && w->word[i].breaks) || (s->taken && s->taken[i])) return;
        Phrase phrase = *start;
        s->at[words] = i;
        read_word(s, start, i, words + 1, cost);
        const bool fits = put(&phrase, words_at(w, i), w->word[i].len, false);
        const int64_t node = fits ? find(s->p, &phrase) : -1;
        if (node >= 0 && s->p->node[node].longer)
            extend(s, &phrase, i + 1, words + 1, cost, gap);
        if (words == 0 || gap == 0 || function_word(words_at(w, i))) return;
    }
}

static void read_at(Search *s, int64_t i, int64_t gap)
{
    const Phrase empty = {0};
    for (int n = 0; n < PHRASE_WORDS; n++)
        s->reading[n].nodes = 0, s->reading[n].cost = NO_READING;
    extend(s, &empty, i, 0, 0, gap);
}

/* ---- parsing ----------------------------------------------------------------------------- */

static void clear(ParsedTags *out)
{
    const Words *w = &out->words;
    if (w->count > out->covered_room) {
        out->covered_room = 2 * w->count;
        out->covered =
            mem_realloc(out->covered, (size_t)out->covered_room * sizeof *out->covered);
    }
    for (int64_t i = 0; i < w->count; i++) out->covered[i] = false;
    out->tags.count = out->left_out = 0;
}

static void add_tags(const TagParser *p, const Reading *r, ParsedTags *out)
{
    for (int n = 0; n < r->nodes; n++)
        for (int32_t i = p->node[r->node[n]].entry; i >= 0; i = p->entry[i].next)
            if (r->word_cost[n] + p->entry[i].cost == r->cost)
                tag_ids_add(&out->tags, p->entry[i].tag);
}

/* Takes a reading of n words. "A dog without a red collar" has no red collar; of a phrase that
 * begins before the cue ("no parking sign") the cue is a part. */
static void take(const Search *s, int n, ParsedTags *out)
{
    const Reading *r = &s->reading[n - 1];
    const Words *w = s->w;
    const bool negated = w->word[r->at[0]].negated && w->word[r->at[n - 1]].negated;
    for (int k = 0; k < n; k++) out->covered[r->at[k]] = true;
    out->left_out += negated;
    if (!negated) add_tags(s->p, r, out);
}

/* The longest reading, or, nested, all of them. */
static void take_readings(const Search *s, bool nested, ParsedTags *out)
{
    for (int n = PHRASE_WORDS; n > 0; n--) {
        if (!s->reading[n - 1].nodes) continue;
        take(s, n, out);
        if (!nested) return;
    }
}

void tag_parser_parse(const TagParser *p, const char *caption, const TagParserRules *rules,
                      ParsedTags *out)
{
    Search s = {.p = p, .w = &out->words};
    words_split(caption, &out->words);
    clear(out);
    if (!rules->negated) negation_mark(&out->words);
    if (!rules->nested) s.taken = out->covered;
    for (int64_t i = 0; i < out->words.count; i++) {
        read_at(&s, i, rules->gap);
        take_readings(&s, rules->nested, out);
    }
    out->tags.count = tag_ids_sort(out->tags.id, out->tags.count);
}

void parsed_tags_free(ParsedTags *t)
{
    tag_ids_free(&t->tags);
    mem_free(t->covered);
    words_free(&t->words);
    *t = (ParsedTags){0};
}
