/* SPDX-License-Identifier: Apache-2.0 */
/* Reading schedules and picking faults. */
#include "tests/server/schedule.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/rng.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_rule(const char *line, Rule *rule)
{
    char which[64], name[64];
    int64_t times = INT64_MAX;
    const int fields = sscanf(line, "%63s %63s %ld", which, name, &times);
    *rule = (Rule){.first = 1, .last = INT64_MAX, .left = times};
    if (fields < 2 || !(rule->fault = fault_find(name))) return -1;
    if (strcmp(which, "*") == 0) return 0;
    if (*which == '~') {
        rule->prompt = mem_strdup(which + 1);
        return 0;
    }
    char *end;
    rule->first = rule->last = strtoll(which, &end, 10);
    if (*end == '-') rule->last = end[1] ? strtoll(end + 1, &end, 10) : (end++, INT64_MAX);
    return *end ? -1 : 0;
}

static int read_rules(const char *path, Schedule *s, Error *err)
{
    Lines lines;
    int status = 0;
    if (lines_read(path, &lines, err) != 0) return -1;
    s->rule = mem_calloc(lines.count + 1, sizeof *s->rule);
    for (size_t i = 0; i < lines.count && status == 0; i++)
        if (read_rule(lines.line[i], &s->rule[s->rules++]) != 0)
            status = error_set(err, ERROR_USAGE, "%s: line %zu: not a rule: %s", path, i + 1,
                               lines.line[i]);
    lines_free(&lines);
    return status;
}

static void choose_standing(Schedule *s)
{
    static const char *const about_n[] = {"none", "no-n", "none", "one", "none", "fewer"};
    s->standing[0] = fault_find(about_n[s->seed % 6]);
    s->standing[1] = fault_find(s->seed % 4 == 3 ? "no-max-tokens" : "none");
}

int schedule_read(const char *spec, double rate, Schedule *out, Error *err)
{
    *out = (Schedule){.rate = rate};
    pthread_mutex_init(&out->lock, NULL);
    if (!spec) return 0;
    if (spec[strspn(spec, "0123456789")]) return read_rules(spec, out, err);
    out->random = true;
    out->seed = strtoull(spec, NULL, 10);
    choose_standing(out);
    return 0;
}

void schedule_free(Schedule *s)
{
    for (int i = 0; i < s->rules; i++) mem_free(s->rule[i].prompt);
    mem_free(s->rule);
    pthread_mutex_destroy(&s->lock);
}

static bool matches(const Rule *rule, const Request *request)
{
    return request->number >= rule->first && request->number <= rule->last && rule->left > 0 &&
           (!rule->prompt || fnmatch(rule->prompt, request->prompt, 0) == 0) &&
           fault_for(rule->fault, request) == rule->fault;
}

static const Fault *draw(const Schedule *s, const Request *request)
{
    Rng rng = rng_new(s->seed, 0, (uint64_t)request->number, RNG_TEST);
    if (rng_uniform(&rng) < s->rate || request->number == 1)
        return fault_for(fault_draw(rng_u32(&rng)), request);
    const Fault *limit = fault_for(s->standing[1], request);
    return strcmp(limit->name, "none") != 0 ? limit : fault_for(s->standing[0], request);
}

const Fault *schedule_pick(Schedule *s, const Request *request)
{
    const Fault *found = fault_find("none");
    if (s->random) return draw(s, request);
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->rules; i++)
        if (matches(&s->rule[i], request)) {
            s->rule[i].left--;
            found = s->rule[i].fault;
            break;
        }
    pthread_mutex_unlock(&s->lock);
    return found;
}
