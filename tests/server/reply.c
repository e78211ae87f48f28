/* SPDX-License-Identifier: Apache-2.0 */
/* Chat completions and errors as JSON. */
#include "tests/server/reply.h"

#include "core/json/json.h"
#include "core/rng.h"

static const char *const word[] = {
    "round", "striped", "small", "with four legs", "of dark wood", "shiny", "often red", "tall",
};
enum { WORDS = sizeof word / sizeof *word, TOKENS = 40 };

void reply_text(Text *out, const Request *request, int k)
{
    Rng rng = rng_new(rng_hash(request->prompt), 0, (uint64_t)k, RNG_TEST);
    text_add(out, "%s%s says %d of '%s':", k % 3 == 1 ? "\n\n " : "", request->model, k,
             request->prompt);
    for (int i = 0, n = 3 + (int)rng_below(&rng, 12); i < n; i++)
        text_add(out, "%s%s", i % 5 == 4 ? " \n" : " ", word[rng_below(&rng, WORDS)]);
    text_put(out, k % 2 ? ".  " : ".");
}

static void put_content(Text *out, const Request *request, int k, Choice choice)
{
    Text text = {0}, quoted = {0};
    text_put(&text, choice.before ? choice.before : "");
    reply_text(&text, request, k);
    json_put(&quoted, json_text(text.data));
    for (const char *p = choice.content ? choice.content : "@"; *p; p++)
        *p == '@' ? text_put(out, quoted.data) : text_add(out, "%c", *p);
    text_free(&text);
    text_free(&quoted);
}

static void put_choice(Text *out, const Request *request, int index, int k, Choice choice)
{
    text_add(out, "%s{\"index\":", index ? "," : "");
    choice.index ? text_put(out, choice.index) : text_add(out, "%d", index);
    text_put(out, ",\"message\":{\"role\":\"assistant\",\"content\":");
    put_content(out, request, k, choice);
    text_add(out, "%s},\"finish_reason\":%s,\"logprobs\":null}", choice.more ? choice.more : "",
             choice.finish ? choice.finish : "\"stop\"");
}

void reply_choices(Reply *reply, const Request *request, Choice choice)
{
    Text *out = &reply->body;
    const int *text = reply->text, all = reply->texts + reply->bads;
    reply->status = 200;
    text_add(out,
             "{\"id\":\"chatcmpl-%ld\",\"object\":\"chat.completion\",\"created\":1,\"model\":",
             request->number);
    json_put(out, json_text(request->model));
    text_put(out, ",\"choices\":[");
    for (int i = 0; i < all; i++) {
        const int bad = i - reply->bad;
        if (bad >= 0 && bad < reply->bads)
            put_choice(out, request, i, TEXTS_MAX - 1 - bad, choice);
        else
            put_choice(out, request, i, *text++, reply->bads ? (Choice){0} : choice);
    }
    text_put(out, "],\"usage\":");
    if (choice.usage)
        text_put(out, choice.usage);
    else
        text_add(out, "{\"prompt_tokens\":%d,\"completion_tokens\":%d}", TOKENS, TOKENS * all);
    text_put(out, "}\n");
}

void reply_error(Reply *reply, int status, const char *message)
{
    reply->status = status;
    text_put(&reply->body, "{\"error\":{\"message\":");
    json_put(&reply->body, json_text(message));
    text_add(&reply->body, ",\"type\":\"test\",\"code\":\"%d\"}}\n", status);
}
