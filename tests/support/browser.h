/* SPDX-License-Identifier: Apache-2.0 */
/* Chromium without a window, spoken to through a pipe (its DevTools protocol): for tests of
 * pages. */
#ifndef RAMPLUS_TESTS_SUPPORT_BROWSER_H
#define RAMPLUS_TESTS_SUPPORT_BROWSER_H

#include <jansson.h>
#include <stdbool.h>

typedef struct Browser Browser;

/* How a page is shown. */
typedef struct BrowserView {
    int width, height; /* pixels */
    bool dark, no_scripts;
} BrowserView;

/* The program, or NULL if none is installed. Borrowed. */
const char *browser_program(void);
/* profile: a folder of its own. A failure ends the test. Owned: browser_close. */
Browser *browser_open(const char *profile);
void browser_close(Browser *b);

/* Loads a file and waits until it is shown. */
void browser_load(Browser *b, const char *file, const BrowserView *view);
/* The value of an expression of JavaScript; owned (json_decref). An exception ends the test. */
json_t *browser_value(Browser *b, const char *expression);
bool browser_true(Browser *b, const char *expression);
/* What the browser complained about since it was opened, and the addresses that pages wanted
 * but for files and data. Texts; borrowed. */
const json_t *browser_complaints(const Browser *b);
const json_t *browser_requests(const Browser *b);
/* Writes what is shown, in pieces of 1,600 pixels: PREFIX-0.png, PREFIX-1.png, ... */
void browser_shots(Browser *b, const char *prefix);

#endif
