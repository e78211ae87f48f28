/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny data folder and a tiny model, and runs of the program on them.
 *
 * For unchecked fixtures, which run once per suite: other processes do the work, so that no
 * thread exists before a test forks. All paths are in one temporary folder, and every @ in an
 * argument is replaced by its path. */
#ifndef RAMPLUS_TESTS_SUPPORT_TINY_H
#define RAMPLUS_TESTS_SUPPORT_TINY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Steps of tiny.yaml per epoch (60 images in batches of 8) and in total. */
enum { TINY_EPOCH = 7, TINY_EPOCHS = 3, TINY_STEPS = TINY_EPOCH * TINY_EPOCHS };

/* Creates @/data, 60 training and 20 test images of 32 pixels, and @/tiny.yaml, a model with
 * dropout, stochastic depth, gradient clipping and moving average. */
void tiny_new(void);
void tiny_free(void); /* removes everything */

char *tiny_path(const char *text); /* replaces @; the caller frees the result with mem_free */
char *tiny_read(const char *path); /* contents of a file; the caller frees them */
bool tiny_exists(const char *path);
int64_t tiny_bytes(const char *path); /* size of a file, as file_bytes */
void tiny_write(const char *path, const char *text);

/* Runs the program and returns its exit code. *out and *messages receive stdout and stderr,
 * which the caller frees; both may be NULL. */
int tiny_run(const char *arguments, char **out, char **messages);
/* Run the program, check that the exit code is `want`, and return stdout (tiny_out) or stderr
 * (tiny_messages), which the caller frees. */
char *tiny_out(int want, const char *arguments);
char *tiny_messages(int want, const char *arguments);
/* Runs the program and checks that it fails with this exit code and this text on stderr, and
 * prints nothing on stdout. */
void tiny_refused(int code, const char *arguments, const char *message);
json_t *tiny_json(
    const char
        *arguments); /* stdout, valid JSON without repeated keys; exit code 0; json_decref */

/* Runs `train -c @/tiny.yaml run=@/RUN SETTINGS` and checks that its exit code is `want`.
 * Returns stderr, which the caller frees. */
char *tiny_train(int want, const char *run, const char *settings);
/* "content" of @/RUN/checkpoints/latest. */
void tiny_content(const char *run, char out[static 33]);

/* Start the program, or the training above, in the background without output. */
pid_t tiny_spawn(const char *arguments);
pid_t tiny_start(const char *run, const char *settings);
/* Starts the program with this signal waiting for it from the first moment on. */
pid_t tiny_spawn_stopped(int number, const char *arguments);
int tiny_wait(pid_t child); /* exit code, or minus the number of the signal that ended it */

/* Pseudo-random numbers in [0, 1), the same in every run of a test, for the moments at which a
 * process is killed. */
double tiny_random(uint64_t *state);
void tiny_sleep(double seconds);

#endif
