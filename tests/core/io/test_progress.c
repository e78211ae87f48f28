/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line and the messages around it, on a terminal and in a file. */
#include "core/io/progress.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/strings/unicode.h"
#include "core/terminal.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int master;

/* stderr of the test's own process becomes a terminal. */
static void setup(void)
{
    master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(master, 0);
    ck_assert_int_eq(grantpt(master) | unlockpt(master), 0);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(slave, 0);
    dup2(slave, STDERR_FILENO);
    close(slave);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLUMNS");
}

static void resize(int columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
}

/* What the terminal received since the last call: a terminal passes it on in its own time, so
 * that an end has to be marked. */
static const char *received(void)
{
    static char text[4096];
    size_t len = 0;
    ck_assert_int_eq(write(STDERR_FILENO, "\a", 1), 1);
    do {
        const ssize_t n = read(master, text + len, sizeof text - 1 - len);
        ck_assert_int_gt(n, 0);
        len += (size_t)n;
    } while (text[len - 1] != '\a');
    text[len - 1] = 0;
    return text;
}

static void draw(const char *what, int64_t done, const char *extra)
{
    Progress p = progress_start(what, 1000);
    p.shown -= 60;
    progress_step(&p, done, extra);
}

/* The line without the bytes that clear it and move the cursor back. */
static int drawn(char *out)
{
    const char *text = received();
    const size_t clear = strlen(TERMINAL_CLEAR), len = strlen(text);
    ck_assert_msg(strncmp(text, TERMINAL_CLEAR, clear) == 0, "'%s'", text);
    ck_assert_msg(text[len - 1] == '\r', "'%s'", text);
    memcpy(out, text + clear, len - clear - 1);
    out[len - clear - 1] = 0;
    return (int)strlen(out);
}

START_TEST(fits_the_terminal)
{
    char line[512];
    static const char extra[] = "loss 12.345  (tag 6.000 align 6.345)  epoch 3  lr 1.00e-04";
    resize(200);
    draw("training", 120, extra);
    drawn(line);
    ck_assert_ptr_nonnull(strstr(line, "lr 1.00e-04"));
    ck_assert_ptr_nonnull(strstr(line, "training 120/1000 (12%)  "));
    for (int columns = 100; columns > 3; columns--) {
        resize(columns);
        draw("training", 120, extra);
        ck_assert_int_lt(drawn(line), columns);
        if (columns > 30) ck_assert_ptr_nonnull(strstr(line, "(12%)"));
        const char *loss = strstr(line, "loss");
        if (loss) ck_assert_ptr_nonnull(strstr(line, "loss 12.345"));
    }
}
END_TEST

/* Wide characters take two columns, combining ones none; bytes that are not UTF-8 take one. */
START_TEST(columns)
{
    ck_assert_uint_eq(unicode_fit("abc", 2), 2);
    ck_assert_uint_eq(unicode_fit("abc", 9), 3);
    ck_assert_uint_eq(unicode_fit("\u732b\u732b\u732b", 5), 6);
    ck_assert_uint_eq(unicode_fit("e\u0301x", 1), 3);
    ck_assert_uint_eq(unicode_fit("\xff\xffx", 2), 2);
    ck_assert_uint_eq(unicode_fit("\U0001f408", 1), 0);
    ck_assert_uint_eq(unicode_fit("", 5), 0);
    Text t = {0};
    progress_fit(&t, "\u732b\u732b\u732b 1/9  2.0/s  ETA 1s", 17);
    ck_assert_str_eq(t.data, "\u732b\u732b\u732b 1/9  2.0/s");
    text_free(&t);
    progress_fit(&t, "\u732b\u732b\u732b 1/9  2.0/s", 3);
    ck_assert_str_eq(t.data, "\u732b");
    text_free(&t);
}
END_TEST

START_TEST(width)
{
    resize(0); /* the terminal does not know */
    ck_assert_int_eq(terminal_width(), 80);
    setenv("COLUMNS", "50", 1);
    ck_assert_int_eq(terminal_width(), 50);
    setenv("COLUMNS", "-3", 1);
    ck_assert_int_eq(terminal_width(), 80);
    resize(120);
    ck_assert_int_eq(terminal_width(), 120);
}
END_TEST

/* A message stands alone on its line, and clears what is left of the progress line. */
START_TEST(message_after_progress)
{
    resize(80);
    draw("training", 120, "lr 5.52e-04");
    received();
    log_info("Ctrl-C: saving step 120");
    ck_assert_str_eq(received(), TERMINAL_CLEAR "Ctrl-C: saving step 120\r\n");
    Progress p = progress_start("training", 1000);
    progress_end(&p, 1000);
    const char *text = received();
    ck_assert_str_eq(text + strlen(text) - 2, "\r\n");
}
END_TEST

typedef struct Plain {
    const char *name, *value;
} Plain;

static const Plain plain[] = {
    {"TERM", "dumb"}, {"TERM", ""}, {"TERM", NULL}, {"NO_COLOR", "1"}};

START_TEST(no_escape_sequences)
{
    if (plain[_i].value)
        setenv(plain[_i].name, plain[_i].value, 1);
    else
        unsetenv(plain[_i].name);
    resize(20);
    draw("training", 120, "loss 12.345  lr 5.52e-04");
    log_warn("message");
    const char *text = received();
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_nonnull(strstr(text, "  lr 5.52e-04\r\nwarning: message\r\n"));
}
END_TEST

/* In a file: a line every 10 s, as long as it is. */
START_TEST(in_a_file)
{
    char text[512];
    FILE *file = tmpfile();
    dup2(fileno(file), STDERR_FILENO);
    Progress p = progress_start("training", 1000);
    progress_step(&p, 10, NULL);
    p.shown -= 10;
    progress_step(&p, 20, "loss 12.345");
    log_error("message");
    const ssize_t n = pread(fileno(file), text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    ck_assert_int_eq(strncmp(text, "training 20/1000 (2%)  ", 23), 0);
    ck_assert_ptr_nonnull(strstr(text, "  loss 12.345\nerror: message\n"));
    ck_assert_ptr_null(strchr(text, '\033'));
    fclose(file);
}
END_TEST

Suite *test_progress_suite(void);
Suite *test_progress_suite(void)
{
    Suite *s = suite_create("progress");
    TCase *c = tcase_create("progress");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, fits_the_terminal);
    tcase_add_test(c, columns);
    tcase_add_test(c, width);
    tcase_add_test(c, message_after_progress);
    tcase_add_loop_test(c, no_escape_sequences, 0, sizeof plain / sizeof *plain);
    tcase_add_test(c, in_a_file);
    suite_add_tcase(s, c);
    return s;
}
