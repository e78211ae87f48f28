/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the result and the report from the journal, one tag at a time. */
#include "core/io/file_writer.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/describe/describe.h"

#include <stdlib.h>
#include <string.h>

/* The answers about one tag, in the order of the prompts. */
typedef struct Answers {
    const char **text; /* [prompts * count], borrowed from the lines */
    json_t **line;     /* [lines]; owned */
    int64_t texts, lines, cut, duplicates;
} Answers;

static void answers_clear(Answers *a)
{
    for (int64_t i = 0; i < a->lines; i++) json_decref(a->line[i]);
    a->texts = a->lines = a->cut = a->duplicates = 0;
}

static void answers_free(Answers *a)
{
    answers_clear(a);
    mem_free(a->text);
    mem_free(a->line);
}

static void take_line(Answers *a, json_t *line)
{
    const json_t *texts = json_object_get(line, "texts");
    const json_t *finish = json_object_get(line, "finish");
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *how = json_string_value(json_array_get(finish, i));
        a->text[a->texts++] = json_string_value(json_array_get(texts, i));
        a->cut += how && strcmp(how, "length") == 0;
    }
    a->line = mem_realloc(a->line, (size_t)(a->lines + 1) * sizeof *a->line);
    a->line[a->lines++] = line;
}

static int64_t count_duplicates(const Answers *a)
{
    const size_t n = (size_t)a->texts;
    int64_t duplicates = 0;
    const char **sorted = mem_calloc(n, sizeof *sorted);
    memcpy(sorted, a->text, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, strings_compare);
    for (size_t i = 1; i < n; i++) duplicates += strcmp(sorted[i - 1], sorted[i]) == 0;
    mem_free(sorted);
    return duplicates;
}

static int read_answers(const Plan *p, int64_t tag, Journal *journal, Answers *a, Error *err)
{
    answers_clear(a);
    for (int64_t i = tag * p->prompts; i < (tag + 1) * p->prompts; i++)
        for (int32_t at = p->item[i].first; at >= 0; at = p->record[at].next) {
            json_t *line;
            if (journal_read(journal, p->record[at].offset, &line, err) != 0) return -1;
            take_line(a, line);
        }
    if (a->texts > 1) a->duplicates = count_duplicates(a);
    return 0;
}

/* Appends one element of the array, with the comma or opening bracket before it. */
static void put_tag(Text *out, const char *tag, const Answers *a, bool first)
{
    char *sentence = describe_sentence(tag);
    json_t *list = json_array(), *texts = json_array();
    json_array_append_new(texts, json_text(sentence));
    for (int64_t i = 0; i < a->texts; i++) json_array_append_new(texts, json_text(a->text[i]));
    json_array_append_new(list, json_pair(tag, texts));
    char *array = json_dumps(list, JSON_INDENT(2));
    CHECK(array, "%s: cannot encode the answers as JSON", tag);
    array[strlen(array) - strlen("\n]")] = 0;
    text_add(out, "%s%s", first ? "[" : ",", array + 1);
    mem_free(array);
    json_decref(list);
    mem_free(sentence);
}

static void put_row(Text *report, const Plan *p, int64_t tag, const Answers *a)
{
    const TagCounts *c = &p->tag[tag];
    text_add(report, "%s\t%ld\t%d\t%d\t%ld\t%ld\t%d\t%d\n", p->tags->name[tag], a->texts,
             c->retries, c->again, a->cut, a->duplicates, c->empty, c->refused);
}

static void put_head(Text *head, const DescribeJob *job, const Plan *p, const DescribeTotals *t)
{
    text_add(head, "%ld of %ld tags complete, %ld of %ld answers\n", t->complete, t->tags,
             t->answers, plan_wanted(p));
    text_add(head, "this run: %ld requests, %ld retries\n", t->requests, t->retries);
    text_add(head,
             "all runs: %ld cut off, %ld duplicates, %ld empty, %ld refused, %ld tokens in, "
             "%ld out",
             t->cut, t->duplicates, t->empty, t->refused, t->tokens_in, t->tokens_out);
    if (job->priced)
        text_add(head, ", cost %.4f", describe_cost(job, t->tokens_in, t->tokens_out));
    text_put(head, "\n\n");
}

static void put_failures(Text *report, const Plan *p, const DescribeFailures *f)
{
    if (f->count > 0) text_put(report, "\nfailed:\n");
    for (int64_t i = 0; i < f->count; i++)
        text_add(report, "%s: prompt %ld: %s\n", plan_tag(p, f->list[i].item),
                 (f->list[i].item % p->prompts) + 1, f->list[i].why);
}

/* Makes the rows of the report and, unless file is NULL, writes the result. */
static int write_tags(const Plan *p, Journal *journal, FileWriter *file, Text *rows,
                      DescribeTotals *totals, Error *err)
{
    Answers a = {.text = mem_calloc((size_t)(p->prompts * p->count), sizeof *a.text)};
    Text piece = {0};
    int status = 0;
    for (int64_t k = 0; status == 0 && k < p->tags->count; k++) {
        if (plan_repeated(p, k)) continue;
        status = read_answers(p, k, journal, &a, err);
        if (status != 0) break;
        totals->cut += a.cut;
        totals->duplicates += a.duplicates;
        put_row(rows, p, k, &a);
        if (!file) continue;
        piece.len = 0;
        put_tag(&piece, p->tags->name[k], &a, k == 0);
        file_writer_put(file, piece.data, piece.len);
    }
    if (file) file_writer_put(file, "\n]\n", 3);
    text_free(&piece);
    answers_free(&a);
    return status;
}

static int write_result(const DescribeJob *job, const Plan *p, Journal *journal, Text *rows,
                        DescribeTotals *totals, Error *err)
{
    FileWriter *file;
    if (file_writer_new(job->opt->out, &file, err) != 0) return -1;
    if (write_tags(p, journal, file, rows, totals, err) == 0)
        return file_writer_commit(file, err);
    file_writer_abandon(file);
    return -1;
}

static int write_report(const DescribeJob *job, const Plan *p, const Text *rows,
                        const DescribeFailures *failed, const DescribeTotals *totals,
                        Error *err)
{
    Text report = {0};
    char *path = mem_format("%s.report.txt", job->opt->out);
    put_head(&report, job, p, totals);
    text_put(&report, "tag\tanswers\tretries\tagain\tcut\tduplicates\tempty\trefused\n");
    text_put(&report, rows->data ? rows->data : "");
    put_failures(&report, p, failed);
    const int status = text_write(&report, path, err);
    if (status == 0) log_info("report: %s", path);
    mem_free(path);
    text_free(&report);
    return status;
}

int describe_write(const DescribeJob *job, const Plan *plan, Journal *journal,
                   const DescribeFailures *failed, bool ready, DescribeTotals *totals,
                   Error *err)
{
    Text rows = {0};
    int status = ready ? write_result(job, plan, journal, &rows, totals, err)
                       : write_tags(plan, journal, NULL, &rows, totals, err);
    totals->written = ready && status == 0;
    if (totals->written) log_info("wrote %s", job->opt->out);
    if (status == 0) status = write_report(job, plan, &rows, failed, totals, err);
    text_free(&rows);
    return status;
}
