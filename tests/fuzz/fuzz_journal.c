/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes journals of `describe`, which a job resumes and finishes. Answers that are restored
 * are read again, and a journal that was finished has all answers.
 *
 * Parsers: data/describe/journal.c data/describe/resume.c data/describe/plan.c */
#include "core/mem.h"
#include "data/describe/resume.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>

enum { ANSWERS = 3 };

/* Prompts and settings are those of the journals in the corpus. */
static DescribeJob job_new(const DescribeOptions *opt)
{
    static char host[] = "h";
    DescribeJob job = {.opt = opt,
                       .chat = {.model = "m", .role = "user", .max_tokens = 77},
                       .address = {.host = host}};
    lines_parse("prompts", "What is {}?\nHow does {} look?\n", &job.prompts, NULL);
    tags_parse("tags", "cat\ndog\ncat\n", &job.tags, NULL);
    return job;
}

static void read_again(Journal *journal, const Plan *plan)
{
    json_t *none;
    CHECK(journal_read(journal, 1 << 30, &none, NULL) != 0, "a line behind the end");
    for (int64_t i = 0; i < plan->records; i++) {
        json_t *line = NULL;
        Error err = {0};
        CHECK(journal_read(journal, plan->record[i].offset, &line, &err) == 0, "%s", err.text);
        json_decref(line);
    }
}

static void check(const Plan *plan)
{
    CHECK(plan->kept >= 0 && plan->kept <= plan_wanted(plan), "%ld answers", plan->kept);
    for (int64_t i = 0; i < plan_items(plan); i++)
        CHECK(plan->item[i].have >= 0 && plan->item[i].have <= ANSWERS, "item %ld: %d", i,
              (int)plan->item[i].have);
}

static int64_t append(Journal *journal, Text *line)
{
    int64_t offset;
    Error err = {0};
    CHECK(journal_append(journal, line, &offset, &err) == 0, "%s", err.text);
    text_free(line);
    return offset;
}

/* A whole answer, a truncated one, an empty one, and so on. */
static void answer(Plan *plan, Journal *journal, int64_t item, int round)
{
    static char whole[] = "It is furry.", cut[] = "It is", none[] = "";
    ChatChoice choice[] = {{.text = whole},
                           {.text = cut, .finish = CHAT_CUT},
                           {.text = round % 2 ? none : whole, .finish = CHAT_STOP}};
    const int64_t n = plan_request_size(plan, item, ANSWERS);
    CHECK(n >= 1 && n <= ANSWERS, "%ld answers", n);
    const ChatAnswer reply = {.count = round % 3 ? n : 1, .choice = choice, .tokens_in = 1};
    Text line = {0};
    plan_take(plan, item, n, &reply, NULL, &line);
    plan_recorded(plan, item, append(journal, &line));
}

static void finish(const DescribeJob *job, Plan *plan, Journal *journal)
{
    Text line = {0};
    describe_section_line(job, &line);
    append(journal, &line);
    describe_traits_line(job, &(ServerTraits){2, true}, &line);
    append(journal, &line);
    for (int64_t item; (item = plan_next(plan)) >= 0;)
        for (int round = 0; plan_needs(plan, item); round++) {
            CHECK(round < 1000, "item %ld is not finished", item);
            answer(plan, journal, item, round);
        }
    CHECK(journal_sync(journal, 0, NULL) == 0, "sync");
}

/* Returns the number of answers, or -1 if the journal is refused. */
static int64_t resume(const DescribeJob *job, const char *path, bool reading)
{
    Journal *journal;
    Resumed resumed = {0};
    Plan plan = plan_new(&job->tags, 2, ANSWERS, 5, 4096);
    CHECK(journal_open(path, reading, &journal, NULL) == 0, "%s", path);
    const int status = describe_resume(job, journal, &plan, &resumed, NULL);
    check(&plan);
    if (status == 0) read_again(journal, &plan);
    if (status == 0 && !reading) finish(job, &plan, journal);
    const int64_t kept = plan.kept;
    text_free(&resumed.changed);
    journal_close(journal);
    plan_free(&plan);
    return status == 0 ? kept : -1;
}

/* Neither a folder nor the journal of a run in progress is opened. */
static void check_refusals(const char *path)
{
    Journal *first, *second;
    char *folder = fuzz_path("");
    CHECK(journal_open(path, false, &first, NULL) == 0, "%s", path);
    CHECK(journal_open(path, false, &second, NULL) != 0 && !second, "%s: opened twice", path);
    CHECK(journal_open(folder, true, &second, NULL) != 0 && !second, "%s: opened", folder);
    journal_close(first);
    mem_free(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const DescribeOptions opt = {.count = ANSWERS};
    DescribeJob job = job_new(&opt);
    char *path = fuzz_file("d.journal", (FuzzPart){data, size});
    check_refusals(path);
    if (resume(&job, path, true) >= 0) {
        const int64_t finished = resume(&job, path, false), again = resume(&job, path, true);
        CHECK(again == finished, "%ld answers of %ld", again, finished);
    }
    mem_free(path);
    lines_free(&job.prompts);
    tags_free(&job.tags);
    return 0;
}
