/* SPDX-License-Identifier: Apache-2.0 */
/* A table of magic bytes, and a few tests for kinds of text. */
#include "core/io/first_bytes.h"

#include "core/io/file.h"
#include "core/strings/utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct Magic {
    size_t at;
    const char *name, *bytes; /* '?' stands for any byte */
    size_t n;
} Magic;

#define BYTES(text) text, sizeof(text) - 1

#define UNPACK ": unpack it first"
#define FETCH  ": run git lfs pull"
#define RECODE ": save it as UTF-8"
#define SVG    "an SVG drawing"

/* The first row that fits decides. */
static const Magic magic[] = {
    {0, "a JPEG image", BYTES("\xff\xd8\xff")},
    {0, "a PNG image", BYTES("\x89PNG\r\n\x1a\n")},
    {0, "a WebP image", BYTES("RIFF????WEBP")},
    {0, "a GIF image", BYTES("GIF87a")},
    {0, "a GIF image", BYTES("GIF89a")},
    {0, "a BMP image", BYTES("BM?????????????\0\0\0")}, /* the length of a header */
    {0, "a camera's raw image", BYTES("II*\0????CR")},
    {0, "a camera's raw image", BYTES("IIRO")},
    {0, "a camera's raw image", BYTES("IIU\0")},
    {0, "a camera's raw image", BYTES("FUJIFILMCCD-RAW")},
    {0, "a TIFF image", BYTES("II*\0")},
    {0, "a TIFF image", BYTES("MM\0*")},
    {0, "a TIFF image", BYTES("II+\0")},
    {0, "a TIFF image", BYTES("MM\0+")},
    {4, "an AVIF image", BYTES("ftypavi")},
    {4, "a HEIC image", BYTES("ftyphei")},
    {4, "a HEIC image", BYTES("ftyphev")},
    {4, "a HEIF or AVIF image", BYTES("ftypmif1")},
    {4, "a HEIF or AVIF image", BYTES("ftypmsf1")},
    {4, "a camera's raw image", BYTES("ftypcrx ")},
    {4, "an MP4 or QuickTime video", BYTES("ftyp")},
    {4, "an MP4 or QuickTime video", BYTES("moov")},
    {4, "an MP4 or QuickTime video", BYTES("mdat")},
    {0, "a JPEG XL image", BYTES("\xff\x0a")},
    {0, "a JPEG XL image", BYTES("\0\0\0\x0cJXL \r\n\x87\n")},
    {0, "a JPEG 2000 image", BYTES("\0\0\0\x0cjP  \r\n\x87\n")},
    {0, "a JPEG 2000 image", BYTES("\xff\x4f\xff\x51")},
    {0, "a Windows icon", BYTES("\0\0\1\0")},
    {0, "a Photoshop image", BYTES("8BPS")},
    {0, "an OpenEXR image", BYTES("\x76\x2f\x31\x01")},
    {0, "a DirectDraw surface", BYTES("DDS ")},
    {0, "a QOI image", BYTES("qoif")},
    {0, "an SGI image", BYTES("\x01\xda\0\1")},
    {0, "an SGI image", BYTES("\x01\xda\1\1")},
    {0, "a PCX image", BYTES("\x0a\5\1\x08")},
    {0, "a Netpbm image", BYTES("P4\n")},
    {0, "a Netpbm image", BYTES("P5\n")},
    {0, "a Netpbm image", BYTES("P6\n")},
    {0, "a Matroska or WebM video", BYTES("\x1a\x45\xdf\xa3")},
    {0, "an AVI video", BYTES("RIFF????AVI ")},
    {0, "a WAV sound", BYTES("RIFF????WAVE")},
    {0, "a PDF document", BYTES("%PDF")},
    {0, "a PostScript document", BYTES("%!PS")},
    {0, "a zip archive", BYTES("PK\3\4")},
    {0, "an empty zip archive", BYTES("PK\5\6")},
    {0, "gzip data" UNPACK, BYTES("\x1f\x8b")},
    {0, "bzip2 data" UNPACK, BYTES("BZh?1AY&SY")},
    {0, "xz data" UNPACK, BYTES("\xfd\x37zXZ\0")},
    {0, "Zstandard data" UNPACK, BYTES("\x28\xb5\x2f\xfd")},
    {0, "a 7z archive" UNPACK, BYTES("7z\xbc\xaf\x27\x1c")},
    {0, "a RAR archive" UNPACK, BYTES("Rar!\x1a\7")},
    {257, "a tar archive" UNPACK, BYTES("ustar")},
    {0, "an HDF5 file of ramplus", BYTES("RAMPLUS1")},
    {0, "an unfinished label bank of ramplus", BYTES("RAMPART1")},
    {0, "an HDF5 file", BYTES("\x89HDF\r\n\x1a\n")},
    {4, "a safetensors file", BYTES("\0\0\0\0{\"")},
    {0, "a GGUF file", BYTES("GGUF")},
    {0, "a NumPy array", BYTES("\x93NUMPY")},
    {0, "a Python pickle", BYTES("\x80\2")},
    {0, "a Python pickle", BYTES("\x80\3")},
    {0, "a Python pickle", BYTES("\x80\4")},
    {0, "a Python pickle", BYTES("\x80\5")},
    {0, "a Parquet file", BYTES("PAR1")},
    {0, "an SQLite database", BYTES("SQLite format 3")},
    {0, "metadata of macOS (AppleDouble)", BYTES("\0\5\x16\7")},
    {0, "a Windows shortcut", BYTES("L\0\0\0\1\x14\2\0")},
    {0, "an executable program",
     BYTES("\x7f"
           "ELF")},
    {0, "UTF-32 text" RECODE, BYTES("\xff\xfe\0\0")},
    {0, "UTF-32 text" RECODE, BYTES("\0\0\xfe\xff")},
    {0, "UTF-16 text" RECODE, BYTES("\xff\xfe")},
    {0, "UTF-16 text" RECODE, BYTES("\xfe\xff")},
};

/* Beginnings of text, in lower case, after blanks; the first row that fits decides. */
static const Magic text_magic[] = {
    {0, "a Git LFS pointer" FETCH, BYTES("version https://git-lfs")},
    {0, "a Git LFS pointer" FETCH, BYTES("version https://hawser")},
    {0, "a git-annex pointer: run git annex get", BYTES("/annex/objects/")},
    {0, SVG, BYTES("<svg")},
    {0, "XML text", BYTES("<?xml")},
    {0, "a web page (HTML)", BYTES("<")},
    {0, "JSON text", BYTES("{")},
    {0, "JSON text", BYTES("[")},
    {0, "a data: URL", BYTES("data:image/")},
    {0, "a JPEG image as base64 text", BYTES("/9j/")},
    {0, "a PNG image as base64 text", BYTES("ivborw0kggo")},
    {0, "plain text", BYTES("")},
};

static bool fits(const Magic *m, const char *head, size_t n)
{
    if (n < m->at + m->n) return false;
    for (size_t i = 0; i < m->n; i++)
        if (m->bytes[i] != '?' && m->bytes[i] != head[m->at + i]) return false;
    return true;
}

static const char *find(const Magic *table, size_t rows, const char *head, size_t n)
{
    for (size_t i = 0; i < rows; i++)
        if (fits(&table[i], head, n)) return table[i].name;
    return NULL;
}

/* Whether the head, which a NUL follows, is UTF-8 without control characters; its last
 * character may be cut. */
static bool is_text(const char *head, size_t n)
{
    for (size_t i = 0; i < n;) {
        const unsigned char c = (unsigned char)head[i];
        const size_t length = utf8_length(head + i);
        if (c < ' ' ? !strchr("\t\n\r\f", c) || !c : c == 0x7f) return false;
        if (!length) return n == FIRST_BYTES && n - i < 4 && utf8_starts(head[i]);
        i += length;
    }
    return true;
}

static const char *text_name(const char *head, size_t n)
{
    char lower[FIRST_BYTES + 1] = "";
    size_t start = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (!is_text(head, n)) return NULL;
    while (start < n && isspace((unsigned char)head[start])) start++;
    for (size_t i = start; i < n; i++) lower[i - start] = (char)tolower((unsigned char)head[i]);
    if (lower[0] == '<' && strstr(lower, "<svg")) return SVG;
    return find(text_magic, sizeof text_magic / sizeof *text_magic, lower, n - start);
}

/* Text of `width` bytes a character without a byte-order mark: ASCII has zeros beside it. The
 * second character of JSON is the last that is sure to be ASCII. */
static bool is_wide(const char *head, size_t n, size_t width)
{
    const size_t at = n > 0 && !head[0] ? width - 1 : 0; /* of the byte that is not zero */
    const size_t characters = n / width;
    const bool json = characters > 0 && strchr("[{", head[at]) && head[at];
    const size_t wanted = json ? 2 : 4, seen = json ? 2 : 32 / width;
    if (characters < wanted) return false;
    for (size_t i = 0; i < n - n % width && i < seen * width; i++) {
        const unsigned char c = (unsigned char)head[i];
        if (i % width == at ? !isprint(c) && !isspace(c) : c) return false;
    }
    return true;
}

static bool is_zero(const char *head, size_t n)
{
    while (n > 0 && !head[n - 1]) n--;
    return n == 0;
}

const char *first_bytes_name(const void *head, size_t n)
{
    char copy[FIRST_BYTES + 1] = "";
    if (n > FIRST_BYTES) n = FIRST_BYTES;
    if (n == 0) return "an empty file";
    memcpy(copy, head, n);
    const char *name = find(magic, sizeof magic / sizeof *magic, copy, n);
    if (!name) name = text_name(copy, n);
    if (name) return name;
    if (is_zero(copy, n)) return "only zeros at its start (an unfinished download?)";
    if (is_wide(copy, n, 4)) return "UTF-32 text" RECODE;
    return is_wide(copy, n, 2) ? "UTF-16 text" RECODE : NULL;
}

const char *first_bytes_of_file(const char *path)
{
    char head[FIRST_BYTES];
    const int64_t bytes = file_bytes(path);
    if (file_head(path, head, sizeof head, NULL) != 0) return NULL;
    return first_bytes_name(head, bytes < FIRST_BYTES ? (size_t)bytes : FIRST_BYTES);
}
