/* SPDX-License-Identifier: Apache-2.0 */
/* YAML into the option table, event by event: no tree is built, nothing is expanded. Anchors,
 * aliases, tags and further documents have no use in a configuration and are refused. */
#include "core/options/option.h"

#include "core/error.h"
#include "core/io/file_open.h"
#include "core/io/first_bytes.h"
#include "core/mem.h"
#include "core/options/option_value.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

enum { FILE_MAX = 1 << 20, DEPTH_MAX = 8 };

typedef struct Loader {
    const OptionTable *table;
    void *config;
    const char *file;
    const char *text; /* the whole input, without a byte-order mark */
    size_t len;
    size_t *line; /* [rows] where each option was set; 0: not yet */
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool stored;        /* written by this program: old names in it cause no message */
    Error *err;
} Loader;

static size_t line_of(const Loader *l) { return l->event.start_mark.line + 1; }

/* `FILE:LINE: KEY: WHY`, without the key when it is empty. */
static int refuse(const Loader *l, const char *key, const char *why)
{
    return error_set(l->err, ERROR_USAGE, "%s:%zu: %.80s%s%s", l->file, line_of(l), key,
                     *key ? ": " : "", why);
}

/* The reader reports a byte offset, the scanner and the parser a line. Bytes that are not text
 * are the reader's: what they are instead says more than its message. */
static int refuse_syntax(const Loader *l)
{
    const yaml_parser_t *p = &l->parser;
    const char *other = NULL;
    size_t line = p->problem_mark.line + 1;
    if (p->error == YAML_READER_ERROR) {
        line = 1;
        for (size_t i = 0; i < p->problem_offset; i++) line += l->text[i] == '\n';
        if (p->problem_offset < FIRST_BYTES) other = first_bytes_name(l->text, l->len);
    }
    if (!other) other = p->problem;
    return error_set(l->err, ERROR_USAGE, "%s:%zu: not YAML: %s", l->file, line,
                     other ? other : "unreadable");
}

/* Why an event must not be in a configuration; NULL: it may. */
static const char *fault(const yaml_event_t *e)
{
    const void *anchor = NULL, *tag = NULL;
    if (e->type == YAML_ALIAS_EVENT) anchor = e;
    if (e->type == YAML_SCALAR_EVENT) anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
    if (e->type == YAML_SEQUENCE_START_EVENT)
        anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
    if (e->type == YAML_MAPPING_START_EVENT)
        anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
    if (anchor) return "anchors and aliases are not allowed";
    if (tag) return "tags (!) are not allowed";
    if (e->type == YAML_SCALAR_EVENT && memchr(e->data.scalar.value, 0, e->data.scalar.length))
        return "a text holds a NUL byte";
    return NULL;
}

static int next(Loader *l)
{
    yaml_event_delete(&l->event);
    if (!yaml_parser_parse(&l->parser, &l->event)) return refuse_syntax(l);
    const char *why = fault(&l->event);
    return why ? refuse(l, "", why) : 0;
}

static const char *scalar(const Loader *l) { return (const char *)l->event.data.scalar.value; }

static bool is_null(const Loader *l)
{
    if (l->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    return strcmp(scalar(l), "") == 0 || strcmp(scalar(l), "~") == 0 ||
           strcmp(scalar(l), "null") == 0;
}

/* An unknown key is an error unless it is a group without entries. */
static int unknown(const Loader *l, const char *key, size_t line, bool empty)
{
    if (option_is_group(l->table, key))
        return empty ? 0
                     : error_set(l->err, ERROR_USAGE, "%s:%zu: %s: a group of options, not one",
                                 l->file, line, key);
    Error why = {0};
    option_unknown(l->table, key, &why);
    return error_set(l->err, ERROR_USAGE, "%s:%zu: %s", l->file, line, why.text);
}

static int assign(const Loader *l, const char *key, size_t line, OptionValue value, bool empty)
{
    Option o;
    size_t index;
    if (!option_find(l->table, key, &o, &index)) return unknown(l, key, line, empty);
    size_t *seen = &l->line[index];
    if (*seen)
        return error_set(l->err, ERROR_USAGE, "%s:%zu: %s: set twice, first on line %zu",
                         l->file, line, o.row->name, *seen);
    *seen = line;
    Error why = {0};
    if (option_assign(o, l->config, value, &why) == 0) {
        if (!l->stored) option_note(o.row, key, value);
        return 0;
    }
    return error_set(l->err, ERROR_USAGE, "%s:%zu: %s", l->file, line, why.text);
}

static int load_scalar(const Loader *l, const char *key, size_t line)
{
    char nothing[] = "";
    bool empty = is_null(l);
    char *text = empty ? nothing : (char *)l->event.data.scalar.value;
    return assign(l, key, line, (OptionValue){false, 1, &text}, empty);
}

static int load_sequence(Loader *l, const char *key, size_t line)
{
    OptionStrings list = {0};
    int status;
    while ((status = next(l)) == 0 && l->event.type == YAML_SCALAR_EVENT)
        option_strings_add(&list, mem_strdup(scalar(l)));
    if (status == 0 && l->event.type != YAML_SEQUENCE_END_EVENT)
        status = refuse(l, key, "a list in a list: expected plain values");
    if (status == 0)
        status = assign(l, key, line, (OptionValue){true, list.count, list.value}, false);
    option_strings_free(&list);
    return status;
}

static int load_map(Loader *l, const char *prefix, int depth);

/* The event is a key; its value follows. */
static int load_pair(Loader *l, const char *prefix, int depth)
{
    if (l->event.type != YAML_SCALAR_EVENT) return refuse(l, prefix, "a key must be a name");
    size_t line = line_of(l);
    char *key = mem_format("%s%s%s", prefix, *prefix ? "." : "", scalar(l));
    int status = next(l);
    if (status == 0) switch (l->event.type) {
        case YAML_SCALAR_EVENT:
            status = load_scalar(l, key, line);
            break;
        case YAML_SEQUENCE_START_EVENT:
            status = load_sequence(l, key, line);
            break;
        default:
            status = load_map(l, key, depth + 1);
        }
    mem_free(key);
    return status;
}

static int load_map(Loader *l, const char *prefix, int depth)
{
    int status;
    if (depth > DEPTH_MAX) return refuse(l, prefix, "nested deeper than 8");
    while ((status = next(l)) == 0 && l->event.type != YAML_MAPPING_END_EVENT)
        if ((status = load_pair(l, prefix, depth)) != 0) break;
    return status;
}

static int load_stream(Loader *l)
{
    if (next(l) != 0 || next(l) != 0) return -1; /* stream, document */
    if (l->event.type == YAML_STREAM_END_EVENT) return 0;
    if (next(l) != 0) return -1;
    if (l->event.type == YAML_MAPPING_START_EVENT) {
        if (load_map(l, "", 1) != 0) return -1;
    } else if (l->event.type != YAML_SCALAR_EVENT || !is_null(l)) {
        return refuse(l, "", "expected lines of `key: value`");
    }
    if (next(l) != 0 || next(l) != 0) return -1; /* end of the document, what follows */
    if (l->event.type != YAML_STREAM_END_EVENT) return refuse(l, "", "a second document");
    return 0;
}

static int load(const OptionTable *t, void *config, const char *name, const char *text,
                size_t len, bool stored, Error *err)
{
    const size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    Loader l = {t, config, name, text + mark, len - mark, .stored = stored, .err = err};
    if (len > FILE_MAX)
        return error_set(err, ERROR_USAGE, "%s: larger than 1 MiB: not a configuration", name);
    CHECK(yaml_parser_initialize(&l.parser), "%s: no YAML parser", name);
    l.line = mem_calloc(option_count(t), sizeof *l.line);
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)l.text, l.len);
    int status = load_stream(&l);
    yaml_event_delete(&l.event);
    yaml_parser_delete(&l.parser);
    mem_free(l.line);
    return status;
}

int option_load_yaml_text(const OptionTable *t, void *config, const char *name,
                          const char *text, Error *err)
{
    return load(t, config, name, text, strlen(text), true, err);
}

int option_load_yaml(const OptionTable *t, void *config, const char *path, Error *err)
{
    Error why = {0};
    FILE *file = file_stream(path, &why);
    if (!file) return error_move_as(err, &why, ERROR_USAGE);
    char *text = mem_alloc(FILE_MAX + 1);
    size_t len = fread(text, 1, FILE_MAX + 1, file);
    int status = ferror(file) ? error_set(err, file_fault_code(errno), "%s: cannot read: %s",
                                          path, strerror(errno))
                              : load(t, config, path, text, len, false, err);
    fclose(file);
    mem_free(text);
    return status;
}
