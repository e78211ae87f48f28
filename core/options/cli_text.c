/* SPDX-License-Identifier: Apache-2.0 */
/* Texts about an option or a command that --help and the man page share. */
#include "core/options/cli_text.h"

#include "core/options/option_value.h"

#include <string.h>

OptionRow cli_row(const CliOption *o)
{
    return (OptionRow){.name = o->name,
                       .type = o->type,
                       .offset = o->offset,
                       .lo = o->lo,
                       .hi = o->hi,
                       .choices = o->choices,
                       .unit = o->unit};
}

const CliOption *cli_common(const CliCommand *c, size_t i)
{
    static const CliOption config = {
        "config", 'c', "FILE.yaml", OPTION_STRINGS,
        .help = "read options from this YAML file; later files and settings win"};
    static const CliOption help = {"help", 'h', .help = "print this help"};
    const size_t k = i + !c->files;
    return k == 0 ? &config : k == 1 ? &help : NULL;
}

void cli_put_label(Text *t, const CliOption *o)
{
    if (o->letter) text_add(t, "-%c, ", o->letter);
    text_add(t, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
}

/* Starts one more part of what stands in parentheses. */
static void put_part(Text *t, bool *open)
{
    text_put(t, *open ? "; " : " (");
    *open = true;
}

void cli_put_meaning(Text *t, const CliOption *o)
{
    bool open = false;
    const OptionRow row = cli_row(o);
    text_put(t, o->help);
    if (o->choices) put_part(t, &open), text_put(t, o->choices);
    if (o->lo != 0 || o->hi != 0) put_part(t, &open), option_put_range(t, &row);
    if (o->unit && o->lo == 0 && o->hi == 0) put_part(t, &open), text_put(t, o->unit);
    if (o->fallback) put_part(t, &open), text_add(t, "default %s", o->fallback);
    if (o->required) put_part(t, &open), text_put(t, "required");
    if (o->type == OPTION_STRINGS) put_part(t, &open), text_put(t, "may be repeated");
    if (open) text_put(t, ")");
}

static void put_usage(Text *t, const CliOption *o, bool optional)
{
    text_put(t, optional ? " [" : " ");
    if (o->letter)
        text_add(t, "-%c", o->letter);
    else
        text_add(t, "--%s", o->name);
    if (o->argument) text_add(t, " %s", o->argument);
    if (optional) text_put(t, "]");
}

void cli_put_synopsis(Text *t, const CliCommand *c)
{
    bool optional = false;
    text_put(t, c->name);
    if (c->kind) {
        text_put(t, " KIND ...");
        return;
    }
    if (c->files) text_put(t, " [-c FILE.yaml]...");
    if (c->settings) text_put(t, " [key=value]...");
    for (size_t i = 0; i < c->options; i++) {
        if (c->option[i].required) put_usage(t, &c->option[i], false);
        optional = optional || !c->option[i].required;
    }
    if (optional) text_put(t, " [OPTIONS]");
    if (c->arguments) text_add(t, " %s", c->arguments);
}

void cli_put_instead(Text *t, const CliCommand *c)
{
    text_put(t, c->name);
    for (size_t i = 0; i < c->options; i++)
        if (strcmp(c->option[i].name, c->instead) == 0) put_usage(t, &c->option[i], false);
    text_put(t, " [OPTIONS]");
}
