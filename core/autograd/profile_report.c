/* SPDX-License-Identifier: Apache-2.0 */
/* The two forms of a profile. */
#include "core/autograd/profile_report.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Before a run, not at its end. */
static int check_folder(const char *path, Error *err)
{
    Error why = {0};
    char *folder = file_folder(path);
    file_need_dir(folder, ": make it first, or give --trace another path", &why);
    mem_free(folder);
    return error_move_as(err, &why, ERROR_RUNTIME);
}

int profile_report_open(bool wanted, const char *trace, Profile **out, Error *err)
{
    *out = NULL;
    if (trace && check_folder(trace, err) != 0) return -1;
    if (wanted || trace) *out = profile_new(trace ? PROFILE_REPORT_EVENTS : 0);
    return 0;
}

/* ---- table ------------------------------------------------------------------------------- */

enum { NAME = 32 };

static void put_name(Text *out, const char *name, enum ProfileKind kind)
{
    char text[64];
    snprintf(text, sizeof text, "%s%s", name, kind == PROFILE_BACKWARD ? " backward" : "");
    text_add(out, "%-*s", NAME, text);
}

/* Spaces where nothing was multiplied or written. */
static void put_positive(Text *out, int width, double value)
{
    if (value > 0)
        text_add(out, " %*.*f", width, value < 10 ? 2 : value < 100 ? 1 : 0, value);
    else
        text_add(out, " %*s", width, "");
}

/* The clocks of threads are read a moment before the other one. */
static double idle(const ProfileRow *r)
{
    return fmax(0, 1 - r->thread_seconds_busy / r->thread_seconds);
}

static void put_row(const Profile *p, const ProfileRow *r, Text *out)
{
    const double seconds = r->thread_seconds / profile_threads(p);
    put_name(out, r->name, r->kind);
    text_add(out, " %8ld %9.3f %5.1f%%", r->calls, seconds, 100 * seconds / profile_seconds(p));
    put_positive(out, 8, (double)r->flops / seconds * 1e-9);
    put_positive(out, 8, (double)r->bytes * 0x1p-20);
    if (strcmp(r->name, PROFILE_WAIT) != 0 && r->thread_seconds > 0)
        text_add(out, " %4.0f%%", 100 * idle(r));
    text_put(out, "\n");
}

void profile_report_table(const Profile *p, Text *out)
{
    int64_t count;
    double sum = 0;
    ProfileRow *row = profile_rows(p, &count);
    text_add(out, "%-*s %8s %9s %6s %8s %8s %5s\n", NAME, "operation", "calls", "seconds",
             "share", "GFLOP/s", "MiB out", "idle");
    for (int other = 0; other <= 1; other++)
        for (int64_t i = 0; i < count; i++)
            if ((row[i].kind == PROFILE_OTHER) == other) put_row(p, &row[i], out);
    for (int64_t i = 0; i < count; i++) sum += row[i].thread_seconds / profile_threads(p);
    text_add(out, "%-*s %8s %9.3f %5.1f%%  of %.3f s on %d threads\n", NAME, "all", "", sum,
             100 * sum / profile_seconds(p), profile_seconds(p), profile_threads(p));
    mem_free(row);
}

/* ---- trace ------------------------------------------------------------------------------- */

static const char *const kinds[] = {"forward", "backward", "other"};

/* In nanoseconds first, so that rounding makes no event overlap the next. */
static void put_event(Text *out, int64_t lane, const ProfileEvent *e)
{
    const int64_t start = llround(1e9 * e->start), end = llround(1e9 * (e->start + e->seconds));
    const int64_t length = end - start;
    text_add(out,
             ",\n{\"ph\": \"X\", \"pid\": 1, \"tid\": %ld, \"name\": \"%s%s\", \"cat\": "
             "\"%s\", \"ts\": %ld.%03ld, \"dur\": %ld.%03ld",
             lane, e->name, e->kind == PROFILE_BACKWARD ? " backward" : "", kinds[e->kind],
             start / 1000, start % 1000, length / 1000, length % 1000);
    if (e->kind != PROFILE_OTHER)
        text_add(out, ", \"args\": {\"flop\": %ld, \"bytes\": %ld}", e->flops, e->bytes);
    text_put(out, "}");
}

/* Names the lane. */
static void put_lane(Text *out, int64_t lane)
{
    text_add(out,
             "%s{\"ph\": \"M\", \"pid\": 1, \"tid\": %ld, \"name\": \"thread_name\", \"args\": "
             "{\"name\": \"",
             lane ? ",\n" : "", lane);
    if (lane)
        text_add(out, "shard %ld\"}}", lane);
    else
        text_put(out, "all threads\"}}");
}

void profile_report_trace(const Profile *p, Text *out)
{
    int64_t count, left_out, lost = 0;
    text_put(out, "{\"traceEvents\": [\n");
    for (int64_t i = 0; i < profile_lanes(p); i++) put_lane(out, i);
    for (int64_t i = 0; i < profile_lanes(p); i++) {
        const ProfileEvent *e = profile_events(p, i, &count, &left_out);
        lost += left_out;
        for (int64_t k = 0; k < count; k++) put_event(out, i, &e[k]);
    }
    text_add(
        out,
        "\n],\n\"displayTimeUnit\": \"ms\",\n\"otherData\": {\"threads\": %d, \"seconds\": "
        "%.6f, \"events_left_out\": %ld}}\n",
        profile_threads(p), profile_seconds(p), lost);
}

/* ---- both -------------------------------------------------------------------------------- */

static void log_lines(char *text)
{
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        log_info("%s", line);
}

static int write_trace(const Profile *p, const char *path, Error *err)
{
    Text out = {0};
    profile_report_trace(p, &out);
    const int status = text_write(&out, path, err);
    text_free(&out);
    return status;
}

int profile_report(Profile *p, const char *trace, Error *err)
{
    Text out = {0};
    if (!p) return 0;
    profile_mark(p, PROFILE_REST);
    profile_report_table(p, &out);
    log_lines(out.data);
    text_free(&out);
    return trace ? write_trace(p, trace, err) : 0;
}
