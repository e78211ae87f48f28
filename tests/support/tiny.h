/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny data folder and a tiny model, and the program run on them as a user runs it.
 *
 * For unchecked fixtures: made once a suite; other processes do the work, so that nothing here starts
 * threads before a test forks. All paths are in one scratch folder, for which every @ in an argument
 * stands. */
#ifndef RAMPLUS_TESTS_SUPPORT_TINY_H
#define RAMPLUS_TESTS_SUPPORT_TINY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Steps of tiny.yaml in one epoch (60 images in batches of 8) and in all. */
enum { TINY_EPOCH = 7, TINY_EPOCHS = 3, TINY_STEPS = TINY_EPOCH * TINY_EPOCHS };

/* @/data: 60 training and 20 test images of 32 pixels. @/tiny.yaml: a model with dropout, stochastic depth,
 * clipping, moving average. */
void tiny_new(void);
void tiny_free(void); /* removes everything */

char *tiny_path(const char *text); /* with @ replaced; owned (mem_free) */
char *tiny_read(const char *path); /* a file; owned */
bool tiny_exists(const char *path);
int64_t tiny_bytes(const char *path); /* size of a file, or as file_bytes when there is none */
void tiny_write(const char *path, const char *text);

/* Runs the program and returns its exit code. *out and *talk (stdout, stderr) are owned; NULL: unwanted. */
int tiny_run(const char *arguments, char **out, char **talk);
/* The same, of which `want` is expected. Returns stdout (or stderr): owned. */
char *tiny_out(int want, const char *arguments);
char *tiny_talk(int want, const char *arguments);
/* Runs what must be refused: with this exit code and this text in the talk, and nothing on stdout. */
void tiny_refused(int code, const char *arguments, const char *message);
json_t *tiny_json(
    const char
        *arguments); /* stdout, valid JSON without repeated keys; exit code 0; json_decref */

/* `train -c @/tiny.yaml run=@/RUN SETTINGS`, expected to end with `want`. Returns stderr: owned. */
char *tiny_train(int want, const char *run, const char *settings);
/* "content" of @/RUN/checkpoints/latest. */
void tiny_content(const char *run, char out[static 33]);

/* The program, or the training above, in the background and silent. */
pid_t tiny_spawn(const char *arguments);
pid_t tiny_start(const char *run, const char *settings);
int tiny_wait(pid_t child); /* its exit code, or minus the signal that ended it */

/* The same numbers in [0, 1) in every run of a test: for the moments at which something is killed. */
double tiny_random(uint64_t *state);
void tiny_sleep(double seconds);

#endif
