/* SPDX-License-Identifier: Apache-2.0 */
/* A file of records of one size. Another process that evaluates into the same folder finds it
 * locked, and does without. */
#include "eval/score_journal.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/lock.h"
#include "core/log.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct Header {
    char magic[16], identity[HASH_HEX + 7];
    int64_t K;
} Header;

typedef struct Record {
    uint8_t check[HASH_BYTES]; /* of all that follows */
    int64_t image, ok;
    float score[]; /* [K] */
} Record;

struct ScoreJournal {
    char *folder, *path;
    Header header;
    int64_t images; /* records that are in the file, or were read of it */
    size_t bytes;   /* of a record */
    Record *record;
    int fd;             /* -1: not open */
    bool begun, silent; /* it is ready for more records; it cannot be written */
};

ScoreJournal *score_journal_open(const char *folder, const char identity[static HASH_HEX],
                                 int64_t K)
{
    ScoreJournal *j = mem_calloc(1, sizeof *j);
    *j = (ScoreJournal){.folder = mem_strdup(folder),
                        .path = file_join(folder, "scores.part"),
                        .header = {.magic = "RAMPLUS scores1", .K = K},
                        .bytes = sizeof(Record) + (size_t)K * sizeof(float),
                        .fd = -1};
    memcpy(j->header.identity, identity, HASH_HEX);
    j->record = mem_calloc(1, j->bytes);
    return j;
}

/* Returns false, too, if another process has the file. */
static bool open_file(ScoreJournal *j)
{
    j->fd = file_open_new(j->path, O_RDWR);
    if (j->fd < 0 || lock_take(j->fd, j->path)) return j->fd >= 0;
    close(j->fd);
    j->fd = -1;
    errno = EWOULDBLOCK;
    return false;
}

/* Where image i is in the file. */
static int64_t place(const ScoreJournal *j, int64_t i)
{
    return (int64_t)sizeof j->header + i * (int64_t)j->bytes;
}

static bool read_at(const ScoreJournal *j, int64_t at, void *out, size_t bytes)
{
    return file_read_at(j->fd, j->path, (uint64_t)at, out, bytes, ERROR_DATA, NULL) == 0;
}

static void check_of(const ScoreJournal *j, uint8_t out[static HASH_BYTES])
{
    hash_of(&j->record->image, j->bytes - HASH_BYTES, out);
}

/* Whoever wrote the file, metrics get numbers from 0 to 1. */
static bool in_range(const ScoreJournal *j)
{
    for (int64_t k = 0; k < j->header.K; k++)
        if (!(j->record->score[k] >= 0 && j->record->score[k] <= 1)) return false;
    return true;
}

/* Reads the next record. Returns whether it is whole, and the right one. */
static bool read_record(ScoreJournal *j)
{
    uint8_t check[HASH_BYTES];
    if (!read_at(j, place(j, j->images), j->record, j->bytes)) return false;
    check_of(j, check);
    return memcmp(check, j->record->check, HASH_BYTES) == 0 && j->record->image == j->images &&
           in_range(j);
}

static bool read_header(const ScoreJournal *j)
{
    Header found;
    return read_at(j, 0, &found, sizeof found) && memcmp(&found, &j->header, sizeof found) == 0;
}

int64_t score_journal_read(ScoreJournal *j, int64_t n, int64_t batch, float *score, bool *ok)
{
    const int64_t K = j->header.K;
    if (!file_exists(j->path) || !open_file(j) || !read_header(j)) return 0;
    for (; j->images < n && read_record(j); j->images++) {
        ok[j->images] = j->record->ok != 0;
        memcpy(score + j->images * K, j->record->score, (size_t)K * sizeof *score);
    }
    if (j->images < n) j->images -= j->images % batch;
    return j->images;
}

/* Creates the file, or cuts off what follows the images that were read. */
static bool begin(ScoreJournal *j)
{
    if (j->begun) return true;
    const int64_t kept = place(j, j->images);
    if (j->fd < 0 && (file_mkdirs(j->folder, NULL) != 0 || !open_file(j))) return false;
    j->begun = ftruncate(j->fd, j->images ? kept : 0) == 0 &&
               file_write_all(j->fd, &j->header, sizeof j->header) == 0 &&
               lseek(j->fd, kept, SEEK_SET) == kept;
    return j->begun;
}

static bool write_record(ScoreJournal *j, const float *score, bool ok)
{
    j->record->image = j->images;
    j->record->ok = ok;
    memset(j->record->score, 0, j->bytes - sizeof *j->record);
    if (ok) memcpy(j->record->score, score, j->bytes - sizeof *j->record);
    check_of(j, j->record->check);
    return file_write_all(j->fd, j->record, j->bytes) == 0;
}

void score_journal_add(ScoreJournal *j, int64_t count, const float *score, const bool *ok)
{
    bool good = !j->silent && begin(j);
    for (int64_t i = 0; good && i < count; i++, j->images++)
        good = write_record(j, score + i * j->header.K, ok[i]);
    if (good || j->silent) return;
    log_warn("%s: cannot be written (%s): an interrupted evaluation begins again", j->path,
             strerror(errno));
    j->silent = true;
}

void score_journal_close(ScoreJournal *j, bool keep)
{
    if (!j) return;
    if (j->fd >= 0 && !keep) unlink(j->path);
    if (j->fd >= 0) close(j->fd);
    mem_free(j->record);
    mem_free(j->path);
    mem_free(j->folder);
    mem_free(j);
}
