/* SPDX-License-Identifier: Apache-2.0 */
/* --help, generated from rows. */
#include "core/options/cli_text.h"

#include <string.h>

enum { WIDTH = 96, LABEL_MAX = 24 };

/* Adds the words of `text`, wrapped; every line but the first begins with `indent` blanks.
 * `at` is the column where the first word goes. A line end in the text is a blank, an empty
 * line ends a paragraph. */
static void put_wrapped(Text *t, const char *text, int at, int indent)
{
    bool first = true;
    for (const char *p = text; *p;) {
        const size_t blank = strspn(p, " \n"), len = strcspn(p + blank, " \n");
        const bool paragraph = blank > 1 && p[0] == '\n' && p[1] == '\n';
        if (len == 0) break;
        if (!first && (paragraph || at + 1 + (int)len > WIDTH)) {
            text_add(t, "%s\n%*s", paragraph ? "\n" : "", indent, "");
            at = indent;
        } else if (!first) {
            text_put(t, " ");
            at++;
        }
        text_add(t, "%.*s", (int)len, p + blank);
        at += (int)len;
        p += blank + len;
        first = false;
    }
    text_put(t, "\n");
}

static int label_width(const CliOption *o)
{
    Text t = {0};
    cli_put_label(&t, o);
    const int width = (int)t.len;
    text_free(&t);
    return width <= LABEL_MAX ? width : 0;
}

static int widest(const CliCommand *c)
{
    int width = (int)strlen("key=value");
    const CliOption *common;
    for (size_t i = 0; i < c->options; i++)
        if (label_width(&c->option[i]) > width) width = label_width(&c->option[i]);
    for (size_t i = 0; (common = cli_common(c, i)); i++)
        if (label_width(common) > width) width = label_width(common);
    return width;
}

/* A label and, in a column of its own, a text; on the next line if the label is too long. */
static void put_entry(Text *t, const char *label, const char *text, int width)
{
    const bool fits = (int)strlen(label) <= width;
    text_add(t, "  %-*s", width, label);
    if (!fits) text_add(t, "\n  %*s", width, "");
    text_put(t, "  ");
    put_wrapped(t, text, width + 4, width + 4);
}

static void put_option(Text *t, const CliOption *o, int width)
{
    Text label = {0}, meaning = {0};
    cli_put_label(&label, o);
    cli_put_meaning(&meaning, o);
    if (o->heading) text_add(t, "\n%s\n", o->heading);
    put_entry(t, label.data, meaning.data, width);
    text_free(&meaning);
    text_free(&label);
}

static void put_options(Text *t, const CliProgram *p, const CliCommand *c)
{
    const int width = widest(c);
    const CliOption *common;
    for (size_t i = 0; i < c->options; i++) put_option(t, &c->option[i], width);
    if (c->settings && p->settings) put_entry(t, "key=value", p->settings, width);
    for (size_t i = 0; (common = cli_common(c, i)); i++) put_option(t, common, width);
}

static void put_kinds(Text *t, const CliCommand *c)
{
    int width = 0;
    for (const CliCommand *const *k = c->kind; *k; k++)
        if ((int)strlen((*k)->name) > width) width = (int)strlen((*k)->name);
    for (const CliCommand *const *k = c->kind; *k; k++)
        put_entry(t, (*k)->name, (*k)->summary, width);
}

static void put_usage(Text *t, const CliProgram *p, const CliCommand *c)
{
    Text line = {0};
    const int indent = (int)(strlen("usage: ") + strlen(p->name) + 1);
    cli_put_synopsis(&line, c);
    text_add(t, "usage: %s ", p->name);
    put_wrapped(t, line.data, indent, indent + (int)strlen(c->name) + 1);
    text_free(&line);
    if (!c->instead) return;
    cli_put_instead(&line, c);
    text_add(t, "       %s %s\n", p->name, line.data);
    text_free(&line);
}

/* "example: " before the first line, as many blanks before the others. */
static void put_example(Text *t, const char *example)
{
    text_put(t, "\nexample: ");
    for (const char *p = example; *p; p++) {
        text_add(t, "%c", *p);
        if (*p == '\n') text_put(t, "         ");
    }
    text_put(t, "\n");
}

void cli_help(const CliProgram *program, const CliCommand *command, FILE *out)
{
    Text t = {0};
    put_usage(&t, program, command);
    text_put(&t, "\n");
    put_wrapped(&t, command->prose, 0, 0);
    text_put(&t, "\n");
    if (command->kind)
        put_kinds(&t, command);
    else
        put_options(&t, program, command);
    if (command->notes) {
        text_put(&t, "\n");
        put_wrapped(&t, command->notes, 0, 0);
    }
    put_example(&t, command->example);
    fputs(t.data, out);
    text_free(&t);
}
