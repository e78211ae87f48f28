/* SPDX-License-Identifier: Apache-2.0 */
/* The DevTools protocol: JSON messages that end with a NUL, to descriptor 3 of the browser and
 * from descriptor 4. */
#include "tests/support/browser.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MS = 60000, PIECE = 1600, PIECES = 12 };

struct Browser {
    pid_t process;
    int to, from;
    int64_t id; /* of the last message */
    Text input; /* read, but not yet a whole message */
    char *session;
    json_t *complaints, *requests;
    bool loaded;
};

const char *browser_program(void)
{
    static const char *const path[] = {"/usr/bin/chromium", "/usr/bin/chromium-browser",
                                       "/usr/bin/google-chrome"};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        if (access(path[i], X_OK) == 0) return path[i];
    return NULL;
}

/* ---- messages ---------------------------------------------------------------------------- */

static void note(Browser *b, const char *method, const json_t *params)
{
    const char *url;
    json_t *text = NULL;
    if (strcmp(method, "Runtime.exceptionThrown") == 0 ||
        strcmp(method, "Runtime.consoleAPICalled") == 0)
        text = json_incref((json_t *)(uintptr_t)params);
    else if (strcmp(method, "Log.entryAdded") == 0)
        text = json_incref(json_object_get(params, "entry"));
    else if (strcmp(method, "Page.loadEventFired") == 0)
        b->loaded = true;
    else if (strcmp(method, "Network.requestWillBeSent") == 0) {
        url = json_string_value(json_object_get(json_object_get(params, "request"), "url"));
        if (url && strncmp(url, "file:", 5) != 0 && strncmp(url, "data:", 5) != 0)
            json_array_append_new(b->requests, json_string(url));
    }
    if (!text) return;
    Text line = {0};
    json_put(&line, text);
    json_array_append_new(b->complaints, json_text(line.data));
    text_free(&line);
}

/* The next message. Owned. */
static json_t *receive(Browser *b)
{
    size_t end = 0;
    for (;;) {
        while (end < b->input.len && b->input.data[end]) end++;
        if (end < b->input.len) break;
        char bytes[65536];
        struct pollfd ready = {.fd = b->from, .events = POLLIN};
        ck_assert_msg(poll(&ready, 1, ANSWER_MS) == 1, "the browser does not answer");
        const ssize_t n = read(b->from, bytes, sizeof bytes);
        ck_assert_msg(n > 0, "the browser has ended");
        text_put_bytes(&b->input, bytes, (size_t)n);
    }
    json_t *message = json_loads(b->input.data, 0, NULL);
    ck_assert_ptr_nonnull(message);
    memmove(b->input.data, b->input.data + end + 1, b->input.len - end - 1);
    b->input.len -= end + 1;
    return message;
}

/* Takes the next message: an event is noted, an answer returned. */
static json_t *next(Browser *b)
{
    json_t *message = receive(b);
    const char *method = json_string_value(json_object_get(message, "method"));
    if (!method) return message;
    note(b, method, json_object_get(message, "params"));
    json_decref(message);
    return NULL;
}

/* Sends a command, takes ownership of params, and returns its result; owned. */
static json_t *call(Browser *b, const char *method, json_t *params)
{
    json_t *message = json_pair("id", json_integer(++b->id)), *answer = NULL;
    json_object_set_new(message, "method", json_string(method));
    json_object_set_new(message, "params", params ? params : json_object());
    if (b->session) json_object_set_new(message, "sessionId", json_string(b->session));
    Text line = {0};
    json_put(&line, message);
    ck_assert_int_eq(file_write_all(b->to, line.data, line.len + 1), 0);
    text_free(&line);
    while (!answer || json_integer_value(json_object_get(answer, "id")) != b->id) {
        json_decref(answer);
        answer = next(b);
    }
    json_t *result = json_incref(json_object_get(answer, "result"));
    ck_assert_msg(
        result != NULL, "%s: %s", method,
        json_string_value(json_object_get(json_object_get(answer, "error"), "message")));
    json_decref(answer);
    return result;
}

static void command(Browser *b, const char *method, json_t *params)
{
    json_decref(call(b, method, params));
}

/* ---- the process ------------------------------------------------------------------------- */

static void run(const char *profile, const int *in, const int *out)
{
    char *data = mem_format("--user-data-dir=%s", profile);
    const int quiet = open("/dev/null", O_RDWR);
    dup2(quiet, STDERR_FILENO);
    dup2(quiet, STDOUT_FILENO);
    /* First out of the way of 3 and 4. */
    const int from = fcntl(in[0], F_DUPFD, 10), to = fcntl(out[1], F_DUPFD, 10);
    dup2(from, 3);
    dup2(to, 4);
    execl(browser_program(), "chromium", "--headless", "--remote-debugging-pipe", data,
          "--disable-gpu", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
          geteuid() == 0 ? "--no-sandbox" : "--mute-audio", "about:blank", (char *)NULL);
    _exit(127);
}

Browser *browser_open(const char *profile)
{
    int in[2], out[2];
    ck_assert_int_eq(pipe(in), 0);
    ck_assert_int_eq(pipe(out), 0);
    Browser *b = mem_calloc(1, sizeof *b);
    b->complaints = json_array();
    b->requests = json_array();
    b->process = fork();
    if (b->process == 0) run(profile, in, out);
    close(in[0]);
    close(out[1]);
    b->to = in[1];
    b->from = out[0];
    json_t *made = call(b, "Target.createTarget", json_pair("url", json_string("about:blank")));
    json_t *which = json_pair("targetId", json_incref(json_object_get(made, "targetId")));
    json_object_set_new(which, "flatten", json_true());
    json_t *attached = call(b, "Target.attachToTarget", which);
    b->session = mem_strdup(json_string_value(json_object_get(attached, "sessionId")));
    static const char *const domain[] = {"Page.enable", "Runtime.enable", "Log.enable",
                                         "Network.enable"};
    for (size_t i = 0; i < sizeof domain / sizeof *domain; i++) command(b, domain[i], NULL);
    json_decref(attached);
    json_decref(made);
    return b;
}

void browser_close(Browser *b)
{
    close(b->to);
    close(b->from);
    kill(b->process, SIGTERM);
    waitpid(b->process, NULL, 0);
    json_decref(b->complaints);
    json_decref(b->requests);
    text_free(&b->input);
    mem_free(b->session);
    mem_free(b);
}

/* ---- pages ------------------------------------------------------------------------------- */

static void set_view(Browser *b, const BrowserView *view)
{
    json_t *size = json_pair("width", json_integer(view->width));
    json_object_set_new(size, "height", json_integer(view->height));
    json_object_set_new(size, "deviceScaleFactor", json_integer(1));
    json_object_set_new(size, "mobile", json_boolean(view->width < 600));
    command(b, "Emulation.setDeviceMetricsOverride", size);
    json_t *feature = json_pair("name", json_string("prefers-color-scheme"));
    json_object_set_new(feature, "value", json_string(view->dark ? "dark" : "light"));
    json_t *features = json_array();
    json_array_append_new(features, feature);
    command(b, "Emulation.setEmulatedMedia", json_pair("features", features));
    command(b, "Emulation.setScriptExecutionDisabled",
            json_pair("value", json_boolean(view->no_scripts)));
}

void browser_load(Browser *b, const char *file, const BrowserView *view)
{
    set_view(b, view);
    char *url = mem_format("file://%s", file);
    b->loaded = false;
    command(b, "Page.navigate", json_pair("url", json_text(url)));
    while (!b->loaded) json_decref(next(b));
    /* Two frames later everything has its size. */
    if (!view->no_scripts)
        json_decref(browser_value(b, "new Promise(done => requestAnimationFrame(() => "
                                     "requestAnimationFrame(() => done(1))))"));
    mem_free(url);
}

json_t *browser_value(Browser *b, const char *expression)
{
    json_t *params = json_pair("expression", json_text(expression));
    json_object_set_new(params, "returnByValue", json_true());
    json_object_set_new(params, "awaitPromise", json_true());
    json_t *result = call(b, "Runtime.evaluate", params);
    ck_assert_msg(!json_object_get(result, "exceptionDetails"), "%s: %s", expression,
                  json_dumps(result, 0));
    json_t *value = json_incref(json_object_get(json_object_get(result, "result"), "value"));
    json_decref(result);
    return value;
}

bool browser_true(Browser *b, const char *expression)
{
    json_t *value = browser_value(b, expression);
    const bool is = json_is_true(value);
    json_decref(value);
    return is;
}

const json_t *browser_complaints(const Browser *b) { return b->complaints; }
const json_t *browser_requests(const Browser *b) { return b->requests; }

/* ---- pictures ---------------------------------------------------------------------------- */

static int digit(char c)
{
    static const char all[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(all, c);
    return at ? (int)(at - all) : 0;
}

static void write_decoded(const char *path, const char *text)
{
    Text bytes = {0};
    for (; strlen(text) >= 4; text += 4) {
        const int word =
            digit(text[0]) << 18 | digit(text[1]) << 12 | digit(text[2]) << 6 | digit(text[3]);
        const char three[] = {(char)(word >> 16), (char)(word >> 8), (char)word};
        text_put_bytes(&bytes, three, text[2] == '=' ? 1 : text[3] == '=' ? 2 : 3);
    }
    ck_assert_int_eq(file_write(path, bytes.data, bytes.len, NULL), 0);
    text_free(&bytes);
}

static void shoot(Browser *b, const char *path, int y, int width, int height)
{
    const struct {
        const char *key;
        int value;
    } side[] = {{"x", 0}, {"y", y}, {"width", width}, {"height", height}, {"scale", 1}};
    json_t *clip = json_object();
    for (size_t i = 0; i < sizeof side / sizeof *side; i++)
        json_object_set_new(clip, side[i].key, json_integer(side[i].value));
    json_t *params = json_pair("clip", clip);
    json_object_set_new(params, "captureBeyondViewport", json_true());
    json_t *result = call(b, "Page.captureScreenshot", params);
    write_decoded(path, json_string_value(json_object_get(result, "data")));
    json_decref(result);
}

void browser_shots(Browser *b, const char *prefix)
{
    json_t *metrics = call(b, "Page.getLayoutMetrics", NULL);
    const json_t *size = json_object_get(metrics, "cssContentSize");
    const int width = (int)json_number_value(json_object_get(size, "width"));
    const int height = (int)json_number_value(json_object_get(size, "height"));
    for (int i = 0; i < PIECES && i * PIECE < height; i++) {
        const int rest = height - i * PIECE;
        char *path = mem_format("%s-%d.png", prefix, i);
        shoot(b, path, i * PIECE, width, rest < PIECE ? rest : PIECE);
        mem_free(path);
    }
    json_decref(metrics);
}
