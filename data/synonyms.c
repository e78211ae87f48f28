/* SPDX-License-Identifier: Apache-2.0 */
/* Reads synonyms line by line. */
#include "data/synonyms.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/csv.h"
#include "core/strings/utf8.h"

#include <string.h>

/* Lines about tags that the list lacks. */
typedef struct Unknown {
    int64_t lines, first;
    char *name;
} Unknown;

static void add(Synonyms *s, int64_t tag, const char *phrase)
{
    s->at = array_grow(s->at, sizeof *s->at, s->count, &s->room);
    s->at[s->count++] = (Synonym){tag, strings_add(&s->pool, phrase, strlen(phrase))};
}

static int fail(const char *path, int64_t number, const char *why, Error *err)
{
    return error_set(err, ERROR_DATA, "%s: line %ld: %s", path, number, why);
}

static int add_phrases(Synonyms *s, const char *path, int64_t number, int64_t tag, char *rest,
                       Error *err)
{
    while (rest) {
        const char *phrase = csv_cut(&rest);
        if (!phrase) return fail(path, number, "a quote is not closed", err);
        if (utf8_blank(phrase)) return fail(path, number, "an empty phrase", err);
        if (tag >= 0) add(s, tag, phrase);
    }
    return 0;
}

static int add_line(Synonyms *s, const char *path, int64_t number, char *line,
                    const TagList *tags, Unknown *unknown, Error *err)
{
    if (utf8_blank(line) || *line == '#') return 0;
    if (!utf8_valid(line)) return fail(path, number, "not UTF-8", err);
    char *colon = strchr(line, ':');
    if (!colon || colon == line) return fail(path, number, "expected 'tag: word, word'", err);
    *colon = 0;
    const int64_t tag = tags_find(tags, line);
    if (tag < 0 && unknown->lines++ == 0) {
        unknown->first = number;
        unknown->name = line;
    }
    return add_phrases(s, path, number, tag, colon + 1, err);
}

int synonyms_read(const char *path, const TagList *tags, Synonyms *out, Error *err)
{
    *out = (Synonyms){0};
    Lines lines;
    Unknown unknown = {0};
    if (lines_read_plain(path, "lines of 'tag: word, word'", &lines, err) != 0) return -1;
    int status = 0;
    for (size_t i = 0; i < lines.count && status == 0; i++)
        status = add_line(out, path, (int64_t)i + 1, lines.line[i], tags, &unknown, err);
    if (status == 0 && unknown.lines)
        log_warn("%s: skipped %ld line%s of tags not in the list, the first one '%.80s' (line "
                 "%ld)",
                 path, unknown.lines, strings_s(unknown.lines), unknown.name, unknown.first);
    lines_free(&lines);
    if (status != 0) synonyms_free(out);
    return status;
}

void synonyms_free(Synonyms *s)
{
    mem_free(s->at);
    strings_free(&s->pool);
    *s = (Synonyms){0};
}
