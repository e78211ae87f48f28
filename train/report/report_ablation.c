/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the runs of an ablation, and its table. */
#include "train/report/report_ablation.h"

#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <string.h>

enum { TABLE_BYTES = 64 << 20 };

static void add_run(ReportFolders *f, char *path)
{
    f->run = mem_realloc(f->run, (size_t)(f->runs + 1) * sizeof *f->run);
    f->run[f->runs++] = path;
}

/* The runs CELL/seed_N below the folder. */
static int add_cells(ReportFolders *f, const char *folder, Error *err)
{
    static const char log[] = "/metrics.jsonl";
    Lines files;
    if (file_walk(folder, &files, err) != 0) return -1;
    for (size_t i = 0; i < files.count; i++) {
        char *end = files.line[i] + strlen(files.line[i]) - (sizeof log - 1);
        const char *seed = strstr(files.line[i], "/seed_");
        if (!strings_end_in(files.line[i], log) || !seed || strchr(seed + 1, '/') != end)
            continue;
        *end = 0;
        add_run(f, file_join(folder, files.line[i]));
    }
    lines_free(&files);
    return 0;
}

/* The table of a finished ablation. */
static int add_table(ReportFolders *f, const char *folder, Error *err)
{
    Error why = {0};
    char *path = file_join(folder, "ablation.json");
    int status = 0;
    if (file_exists(path)) {
        json_t *table = json_read(path, TABLE_BYTES, &why);
        if (!json_is_array(table))
            status = error_set(err, ERROR_DATA, "%s: not a table of an ablation: %s", path,
                               table ? "no array" : why.text);
        json_object_set_new(f->ablation, folder, table);
    }
    mem_free(path);
    return status;
}

int report_folders_find(const char *const *argument, int64_t n, ReportFolders *out, Error *err)
{
    *out = (ReportFolders){.ablation = json_object()};
    for (int64_t i = 0; i < n; i++) {
        char *log = file_join(argument[i], "metrics.jsonl");
        const bool run = file_exists(log) || !file_is_dir(argument[i]);
        const int64_t before = out->runs;
        mem_free(log);
        if (!run && add_cells(out, argument[i], err) != 0) return -1;
        if (out->runs == before)
            add_run(out, mem_strdup(argument[i]));
        else if (add_table(out, argument[i], err) != 0)
            return -1;
    }
    return 0;
}

void report_folders_free(ReportFolders *f)
{
    for (int64_t i = 0; i < f->runs; i++) mem_free(f->run[i]);
    mem_free(f->run);
    json_decref(f->ablation);
    *f = (ReportFolders){0};
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/* Row i of the table begins a cell: the row before it belongs to another one. */
static bool begins(const json_t *table, size_t i)
{
    return i == 0 || strcmp(text_of(json_array_get(table, i), "cell"),
                            text_of(json_array_get(table, i - 1), "cell")) != 0;
}

/* Whether the rows at this place of every cell are about one list. */
static bool one_list(const json_t *table, size_t place)
{
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(table); i++) {
        at = begins(table, i) ? 0 : at + 1;
        if (at == place && strcmp(text_of(json_array_get(table, i), "list"),
                                  text_of(json_array_get(table, place), "list")) != 0)
            return false;
    }
    return true;
}

static void put_head(Text *out, const json_t *table)
{
    text_put(out, "<tr><th>cell</th>");
    for (size_t i = 0; i < json_array_size(table) && (i == 0 || !begins(table, i)); i++) {
        text_put(out, "<th>mAP");
        if (one_list(table, i)) {
            text_put(out, ", ");
            text_html(out, text_of(json_array_get(table, i), "list"));
        }
        text_put(out, "</th>");
    }
    text_put(out, "<th>seeds</th></tr>\n");
}

/* Whether no other cell has a higher mean on the list of this row. */
static bool is_best(const json_t *table, const json_t *row)
{
    for (size_t i = 0; i < json_array_size(table); i++) {
        const json_t *other = json_array_get(table, i);
        if (strcmp(text_of(other, "list"), text_of(row, "list")) == 0 &&
            json_number_value(json_object_get(other, "mean")) >
                json_number_value(json_object_get(row, "mean")))
            return false;
    }
    return true;
}

static void put_table(Text *out, const json_t *table)
{
    text_put(out, "<div class=\"wide\"><table>");
    put_head(out, table);
    for (size_t i = 0; i < json_array_size(table); i++) {
        const json_t *row = json_array_get(table, i);
        const json_t *deviation = json_object_get(row, "deviation");
        if (begins(table, i)) {
            text_put(out, "<tr><td>");
            text_html(out, text_of(row, "cell"));
            text_put(out, "</td>");
        }
        if (json_is_number(json_object_get(row, "mean")))
            text_add(out, "<td%s>%.4f", is_best(table, row) ? " class=\"win\"" : "",
                     json_number_value(json_object_get(row, "mean")));
        else
            text_put(out, "<td class=\"soft\">diverged");
        if (json_is_number(deviation))
            text_add(out, " &plusmn; %.4f", json_number_value(deviation));
        text_put(out, "</td>");
        if (i + 1 == json_array_size(table) || begins(table, i + 1))
            text_add(out, "<td>%ld</td></tr>\n",
                     (int64_t)json_integer_value(json_object_get(row, "seeds")));
    }
    text_put(out, "</table></div>\n");
}

void report_section_ablation(Text *out, const json_t *ablation)
{
    const char *folder;
    json_t *table;
    json_object_foreach((json_t *)(uintptr_t)ablation, folder, table)
    {
        text_put(out, "<h2>Ablation ");
        text_html(out, folder);
        text_put(out, "</h2>\n");
        put_table(out, table);
    }
}
