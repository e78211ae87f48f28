/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing requests, and the book of texts handed out. */
#include "tests/server/request.h"

#include "core/mem.h"

#include <jansson.h>
#include <string.h>

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

void request_read(Request *request, const char *body, const char *authorization)
{
    static const char bearer[] = "Bearer ";
    json_error_t why;
    request->body = json_loads(body, 0, &why);
    const json_t *messages = json_object_get(request->body, "messages");
    const size_t count = json_array_size(messages);
    const json_t *n = json_object_get(request->body, "n");
    request->model = string_of(request->body, "model");
    request->prompt = string_of(json_array_get(messages, count ? count - 1 : 0), "content");
    request->n = n ? (int)json_integer_value(n) : 1;
    request->limited = json_object_get(request->body, "max_tokens") != NULL;
    request->valid =
        *request->model && *request->prompt && request->n >= 1 && request->n <= TEXTS_MAX;
    if (!authorization) return;
    const bool known = strncmp(authorization, bearer, strlen(bearer)) == 0;
    request->key = mem_strdup(authorization + (known ? strlen(bearer) : 0));
}

void request_free(Request *request)
{
    json_decref(request->body);
    mem_free(request->key);
    *request = (Request){0};
}

void book_new(Book *book, int count)
{
    *book = (Book){.pages = json_object(), .count = count};
    pthread_mutex_init(&book->lock, NULL);
}

void book_free(Book *book)
{
    json_decref(book->pages);
    pthread_mutex_destroy(&book->lock);
}

static uint64_t page(const Book *book, const char *prompt)
{
    return (uint64_t)json_integer_value(json_object_get(book->pages, prompt));
}

static void set_page(Book *book, const char *prompt, uint64_t bits)
{
    json_object_set_new(book->pages, prompt, json_integer((json_int_t)bits));
}

void book_take(Book *book, const char *prompt, int asked, int n, int *text)
{
    pthread_mutex_lock(&book->lock);
    uint64_t bits = asked == book->count ? 0 : page(book, prompt);
    int k = 0;
    for (int i = 0; i < n; i++) {
        while (k < TEXTS_MAX - 1 && bits >> k & 1) k++;
        bits |= (uint64_t)1 << k;
        text[i] = book->same ? 0 : k;
    }
    set_page(book, prompt, bits);
    pthread_mutex_unlock(&book->lock);
}

void book_return(Book *book, const char *prompt, int n, const int *text)
{
    pthread_mutex_lock(&book->lock);
    uint64_t bits = page(book, prompt);
    for (int i = 0; i < n; i++) bits &= ~((uint64_t)1 << text[i]);
    set_page(book, prompt, bits);
    pthread_mutex_unlock(&book->lock);
}
