/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a journal into a plan. */
#include "data/describe/resume.h"

#include "core/json/json.h"
#include "core/mem.h"
#include "core/version.h"

#include <string.h>

typedef struct Reader {
    const DescribeJob *job;
    json_t *settings;
    Plan *plan;
    Resumed *out;
    bool usable;  /* the current section has the job's settings */
    bool current; /* and also the job's server */
} Reader;

static bool has_server(const DescribeJob *job, const json_t *line)
{
    const char *host = json_string_value(json_object_get(line, "endpoint"));
    return host && strcmp(host, job->address.host) == 0;
}

static void note_difference(Reader *r, const char *name)
{
    text_add(&r->out->changed, "%s%.40s", r->out->changed.len ? ", " : "", name);
}

/* Compares the settings of a section with the job's; notes the names of those that differ or
 * are missing on either side. */
static void compare(Reader *r, const json_t *line)
{
    static const char *const metadata[] = {"kind", "version", "endpoint"};
    const char *name;
    json_t *value;
    json_t *theirs = json_copy((json_t *)(uintptr_t)line); /* shallow: leaves line unchanged */
    text_free(&r->out->changed);
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        json_object_del(theirs, metadata[i]);
    json_object_foreach(r->settings, name, value)
    {
        if (!json_equal(value, json_object_get(theirs, name))) note_difference(r, name);
    }
    json_object_foreach(theirs, name, value)
    {
        if (!json_object_get(r->settings, name)) note_difference(r, name);
    }
    json_decref(theirs);
    r->usable = r->out->changed.len == 0;
    r->current = r->usable && has_server(r->job, line);
}

static void take_traits(Reader *r, const json_t *line)
{
    ServerTraits *t = &r->out->traits;
    const json_int_t max_answers = json_integer_value(json_object_get(line, "most"));
    if (max_answers >= 1 && max_answers < t->max_answers) t->max_answers = max_answers;
    t->newer_limit = t->newer_limit || json_is_true(json_object_get(line, "newer_limit"));
}

static void take_line(Reader *r, const json_t *line, int64_t offset)
{
    const char *kind = json_string_value(json_object_get(line, "kind"));
    if (strcmp(kind, "section") == 0) compare(r, line);
    if (strcmp(kind, "server") == 0 && r->current && has_server(r->job, line))
        take_traits(r, line);
    if (strcmp(kind, "answer") != 0) return;
    if (!r->usable)
        r->out->unused++;
    else if (!plan_restore(r->plan, line, offset))
        r->out->misplaced++;
}

int describe_resume(const DescribeJob *job, Journal *journal, Plan *plan, Resumed *out,
                    Error *err)
{
    *out = (Resumed){.traits.max_answers = job->opt->count};
    Reader r = {.job = job, .settings = describe_settings(job), .plan = plan, .out = out};
    json_t *line;
    int64_t offset;
    int status;
    while ((status = journal_next(journal, &line, &offset, err)) == 0 && line) {
        take_line(&r, line, offset);
        json_decref(line);
    }
    out->current = r.current;
    json_decref(r.settings);
    return status;
}

void describe_section_line(const DescribeJob *job, Text *line)
{
    json_t *section = json_object(), *settings = describe_settings(job);
    json_object_set_new(section, "kind", json_text("section"));
    json_object_set_new(section, "version", json_text(RAMPLUS_VERSION));
    json_object_set_new(section, "endpoint", json_text(job->address.host));
    json_object_update(section, settings);
    json_put(line, section);
    json_decref(settings);
}

void describe_traits_line(const DescribeJob *job, const ServerTraits *traits, Text *line)
{
    json_t *server = json_object();
    json_object_set_new(server, "kind", json_text("server"));
    json_object_set_new(server, "endpoint", json_text(job->address.host));
    json_object_set_new(server, "most", json_integer(traits->max_answers));
    json_object_set_new(server, "newer_limit", json_boolean(traits->newer_limit));
    json_put(line, server);
}
