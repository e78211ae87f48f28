/* SPDX-License-Identifier: Apache-2.0 */
/* The table of faults. */
#include "tests/server/fault.h"

#include "core/error.h"
#include "tests/server/make.h"

#include <string.h>

#define NO_N "Invalid 'n': integer above maximum value. Expected a value <= 1"
#define NO_MAX                                                                                 \
    "Unsupported parameter: 'max_tokens' is not supported with this model. "                   \
    "Use 'max_completion_tokens' instead."
#define QUOTA                                                                                  \
    "{\"error\":{\"message\":\"You exceeded your current "                                     \
    "quota\",\"code\":\"insufficient_quota\"}}"
#define FLAGGED                                                                                \
    "{\"error\":{\"code\":403,\"message\":\"Not this input\",\"metadata\":"                    \
    "{\"flagged_input\":\"...\"}}}"
#define FILTERED                                                                               \
    "{\"error\":{\"message\":\"The prompt triggered a policy\",\"code\":\"content_filter\"}}"
#define CANDIDATES                                                                             \
    "[{\"error\":{\"code\":400,\"message\":\"The candidateCount is too large: the range is "   \
    "from "                                                                                    \
    "1 (inclusive) to 9 (exclusive).\"}}]"
#define LIMIT     "Rate limit reached for requests"
#define REPEAT(x) x x x x x x x x
#define CHOICE(message)                                                                        \
    "{\"choices\":[{\"index\":0,\"message\":" message ",\"finish_reason\":\"stop\"}]}"

/* clang-format off: one row per line */
static const Fault fault_table[] = {
    {"none", .make = make_good},
    /* requests to wait */
    {"429", make_error, .number = 429, .text = LIMIT, .drawn = true},
    {"429-seconds", make_error, .number = 429, .text = LIMIT, .header = "Retry-After: 1"},
    {"429-date", make_error, .number = 429, .text = LIMIT, .header = "Retry-After: ~"},
    {"429-past", make_error, .number = 429, .text = LIMIT, .header = "Retry-After: -5",
     .drawn = true},
    {"429-word", make_error, .number = 429, .text = LIMIT, .header = "Retry-After: soon",
     .drawn = true},
    {"429-quota", make_body, .number = 429, .text = QUOTA},
    {"503-seconds", make_error, .number = 503, .text = "Overloaded",
     .header = "Retry-After: 1"},
    /* transient errors */
    {"500", make_error, .number = 500, .text = "The server had an error", .drawn = true},
    {"502", make_body, .number = 502, .text = "<html><h1>502 Bad Gateway</h1></html>",
     .drawn = true},
    {"503", make_error, .number = 503, .text = "Overloaded", .drawn = true},
    {"504", make_body, .number = 504, .text = "", .drawn = true},
    /* refusals */
    {"400", make_error, .number = 400, .text = "This prompt is not welcome"},
    {"401", make_error, .number = 401, .text = "You did not say who you are"},
    {"403", make_error, .number = 403, .text = "This country is not served"},
    {"404", make_error, .number = 404, .text = "The model does not exist"},
    {"422", make_error, .number = 422, .text = "This is not understood"},
    {"403-moderation", make_body, .number = 403, .text = FLAGGED},
    {"200-moderation", make_body, .text = FLAGGED},
    {"400-filter", make_body, .number = 400, .text = FILTERED},
    {"400-page", make_body, .number = 400, .text = "<h1>Bad request</h1>"},
    {"n-at-most-8", make_body, .number = 400, .text = CANDIDATES, .beyond = 8},
    {"n-over-4", make_error, .number = 400, .text = "Bad request", .beyond = 4},
    {"n-unclear", make_error, .number = 400, .text = "Bad request", .beyond = 1},
    {"no-n", make_error, .number = 400, .text = NO_N, .beyond = 1},
    {"no-max-tokens", make_error, .number = 400, .text = NO_MAX},
    {"redirect", make_body, .number = 302, .text = "elsewhere",
     .header = "Location: /elsewhere"},
    {"redirect-307", make_body, .number = 307, .text = "elsewhere",
     .header = "Location: /elsewhere"},
    {"error-ansi", make_error, .number = 400, .text = "\x1b[31mred\x1b[0m\nsecond line\x07"},
    {"error-200", make_body, .text = "{\"error\":{\"message\":\"out of memory\"}}",
     .drawn = true},
    {"error-huge", make_huge_error, .number = 10 << 20, .text = "It failed because "},
    /* replies that contain the key */
    {"echo-400", make_error, .number = 400, .text = "Bad request by @."},
    {"echo-401", make_error, .number = 401, .text = "Incorrect API key provided: @."},
    {"echo-404", make_body, .number = 404, .text = "no such model for Bearer @"},
    {"echo-500", make_error, .number = 500, .text = "Cannot serve @"},
    {"echo-escaped", make_escaped, .number = 401, .text = "Incorrect API key: @@"},
    {"echo-redirect", make_body, .number = 302, .text = "@", .header = "Location: /@"},
    {"echo-200", make_body, .text = "{\"error\":{\"message\":\"@ @\"}}"},
    {"echo-long", make_error, .number = 400, .text = REPEAT(REPEAT("@, ")) "@"},
    {"echo-body", make_body, .text = "not JSON but @"},
    {"echo-answer", .make = make_key},
    {"echo-finish", .make = make_key_finish},
    {"echo-wait", make_error, .number = 429, .text = "Slow down, @",
     .header = "Retry-After: @"},
    /* broken connections */
    {"close", make_bad, wire_close, .drawn = true},
    {"reset", make_bad, wire_reset, .drawn = true},
    {"reset-headers", make_bad, wire_reset_headers, .drawn = true},
    {"half", make_bad, wire_half, .drawn = true},
    {"length-short", make_bad, wire_length, .number = -9, .drawn = true},
    {"length-long", make_bad, wire_length, .number = 9, .drawn = true},
    {"chunk-cut", make_bad, wire_chunk_cut, .drawn = true},
    {"chunk-bad", make_bad, wire_chunk_bad, .drawn = true},
    {"headers-huge", make_bad, wire_headers, .number = 1 << 20, .drawn = true},
    {"no-http", make_bad, wire_garbage, .drawn = true},
    {"slow", make_bad, wire_slow, .number = 50},
    {"silence", make_bad, .wire = wire_silence},
    {"silence-half", make_bad, .wire = wire_silence_half},
    /* bodies that are not an answer in JSON */
    {"json-html", make_body, .text = "<!DOCTYPE html><p>Welcome</p>", .drawn = true},
    {"json-empty", make_body, .text = "", .drawn = true},
    {"json-cut", make_cut, .drawn = true},
    {"json-tail", make_tail, .text = "]}", .drawn = true},
    {"json-deep", make_many, .number = 100000, .text = "[", .drawn = true},
    {"json-deep-object", make_many, .number = 100000, .text = "{\"a\":", .drawn = true},
    {"json-real", make_body, .text = "{\"choices\":1e999}", .drawn = true},
    {"huge", make_long, .number = 10 << 20, .text = "x"},
    /* wrong types */
    {"type-top", make_body, .text = "[1,2,3]", .drawn = true},
    {"type-choices", make_body, .text = "{\"choices\":\"many\"}", .drawn = true},
    {"type-choices-null", make_body, .text = "{\"choices\":null}", .drawn = true},
    {"type-choices-object", make_body, .text = "{\"choices\":{\"0\":1}}", .drawn = true},
    {"type-choice", make_body, .text = "{\"choices\":[1,null,\"x\"]}", .drawn = true},
    {"type-message", make_body, .text = CHOICE("7"), .drawn = true},
    {"type-message-list", make_body, .text = CHOICE("[\"content\",\"x\"]"), .drawn = true},
    {"type-content", make_bad, .choice.content = "7", .drawn = true},
    {"type-content-list", make_bad, .choice.content = "[7]", .drawn = true},
    {"type-content-object", make_bad, .choice.content = "{\"text\":7}", .drawn = true},
    {"type-content-true", make_bad, .choice.content = "true", .drawn = true},
    {"type-finish", make_bad, .choice.finish = "3", .drawn = true},
    {"type-index", make_good, .choice.index = "\"first\""},
    {"type-index-huge", make_good, .choice.index = "-9223372036854775808"},
    {"type-usage", make_good, .choice.usage = "\"much\""},
    {"type-usage-fields", make_good,
     .choice.usage = "{\"prompt_tokens\":\"1\",\"completion_tokens\":[2]}"},
    {"type-usage-less", make_good,
     .choice.usage = "{\"prompt_tokens\":-5,\"completion_tokens\":-7}"},
    {"type-usage-huge", make_good,
     .choice.usage =
         "{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":9223372036854775807}"},
    /* a different number of choices */
    {"no-chat", make_body,
     .text = "{\"error\":\"Unexpected endpoint or method. (POST /chat)\"}"},
    {"no-choices", make_body, .text = "{\"status\":\"running\"}"},
    {"zero", make_count, .number = 0, .drawn = true},
    {"one", make_most, .number = 1, .drawn = true, .beyond = 1},
    {"four", make_most, .number = 4, .drawn = true},
    {"fewer", make_half, .drawn = true, .beyond = 1},
    {"more", make_more, .number = 3, .drawn = true},
    /* unusable answers */
    {"empty", make_bad, .choice.content = "\"\"", .drawn = true},
    {"blank", make_bad, .choice.content = "\" \\n\\t \"", .drawn = true},
    {"null", make_bad, .choice.content = "null", .drawn = true},
    {"refusal", make_bad,
     .choice = {"null", .more = ",\"refusal\":\"I cannot help with that.\""}, .drawn = true},
    {"filter", make_bad, .choice = {"\"\"", .finish = "\"content_filter\""}, .drawn = true},
    {"length", make_bad, .choice = {"\"It is a\"", .finish = "\"length\""}, .drawn = true},
    {"one-empty", make_one_bad, .choice.content = "\"\"", .drawn = true},
    {"one-length", make_one_bad, .choice = {"\"It is a\"", .finish = "\"length\""},
     .drawn = true},
    /* compressed */
    {"gzip", make_compressed, .number = 31, .header = "Content-Encoding: gzip"},
    {"deflate", make_compressed, .number = 15, .header = "Content-Encoding: deflate"},
    {"gzip-not", make_body, .text = "{\"choices\":[]}", .header = "Content-Encoding: gzip",
     .drawn = true},
    {"gzip-bomb", make_bomb, .number = 10 << 20, .text = "xxxxxxxx",
     .header = "Content-Encoding: gzip"},
    /* thoughts of reasoning models, and other forms of good answers */
    {"think", make_good, .choice.before = "<think>\nHm. The user wants it.\n</think>\n\n"},
    {"think-tail", make_good, .choice.before = "Hm. The user wants it.\n</think>\n\n"},
    {"think-channel", make_good,
     .choice.before = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant"
                      "<|channel|>final<|message|>"},
    {"think-parts", make_good,
     .choice.content =
         "[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"Hm.\"}]},"
         "{\"type\":\"text\",\"text\":@}]"},
    {"parts", make_good, .choice.content = "[{\"type\":\"text\",\"text\":{\"value\":@}}]"},
    {"reasoning", make_good, .choice.more = ",\"reasoning_content\":\"Hm.\""},
    {"finish-end-turn", make_good, .choice.finish = "\"end_turn\""},
    {"think-cut", make_bad, .choice = {"\"<think>\\nHm. The user\"", .finish = "\"length\""},
     .drawn = true},
    {"think-field", make_bad,
     .choice = {"null", .finish = "\"length\"", .more = ",\"reasoning\":\"Hm.\""},
     .drawn = true},
    {"finish-error", make_bad, .choice = {"\"It is a\"", .finish = "\"error\""}, .drawn = true},
    {"finish-none", make_bad, .choice = {"\"It is a\"", .finish = "null"}, .drawn = true},
    /* hostile texts */
    {"utf8", make_bad, .choice.content = "\"bad \xff\xfe bytes\"", .drawn = true},
    {"utf8-overlong", make_bad, .choice.content = "\"a \xc0\xaf slash\"", .drawn = true},
    {"surrogate", make_bad, .choice.content = "\"half \\ud800 a pair\""},
    {"nul", make_bad, .choice.content = "\"be\\u0000fore\""},
    {"control", make_bad, .choice.content = "\"a\\u0007b\\tc\\u007fd\\u0085e\\u009bf\""},
    {"ansi", make_bad,
     .choice.content = "\"\\u001b[31mred\\u001b[0m\\u001b]0;title\\u0007 end\""},
    {"brackets", make_bad, .choice.content = "\"]}]}, {\\\"x\\\": [\\\"y\\\"\""},
    {"quotes", make_bad, .choice.content = "\"say \\\"hi\\\" \\\\ back\\/slash\""},
    {"unicode", make_bad,
     .choice.content = "\"fo\\u0308rr\\ud83e\\udd8a \\u200d\xf0\x9f\x90\xba e\xcc\x81\""},
    {"unicode-long", make_long, .number = 10 << 17, .text = "\xf0\x9f\xa6\x8a"},
};
/* clang-format on */
enum { FAULTS = sizeof fault_table / sizeof *fault_table };

const Fault *fault_find(const char *name)
{
    for (int i = 0; i < FAULTS; i++)
        if (strcmp(name, fault_table[i].name) == 0) return &fault_table[i];
    return NULL;
}

const Fault *fault_draw(uint32_t random)
{
    int drawn = 0, i = 0;
    for (i = 0; i < FAULTS; i++) drawn += fault_table[i].drawn;
    int left = (int)(random % (uint32_t)drawn);
    for (i = 0; !fault_table[i].drawn || left-- > 0;) i++;
    return &fault_table[i];
}

void fault_list(void (*print)(const char *))
{
    for (int i = 0; i < FAULTS; i++) print(fault_table[i].name);
}

const Fault *fault_for(const Fault *f, const Request *request)
{
    const bool applies = strcmp(f->name, "no-max-tokens") != 0 || request->limited;
    return applies && request->n > f->beyond ? f : fault_table;
}
