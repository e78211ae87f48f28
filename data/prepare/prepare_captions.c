/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus prepare captions: image-text pairs to triplets. */
#include "core/json/json.h"
#include "core/strings/strings.h"
#include "data/prepare/captions.h"
#include "data/prepare/prepare.h"

#include <math.h>

typedef struct Options {
    const char *tags, *synonyms;
    OptionStrings exceptions;
    bool no_verbs, nested, negated, keep, drop_untagged, strict, json;
    int against;
    int64_t gap, unmatched, errors;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"tags", 0, "FILE", OPTION_STRING, AT(tags), .required = true, .last_wins = true,
     .help = "the tag list: the vocabulary, one tag per line"},
    {"synonyms", 0, "FILE", OPTION_STRING, AT(synonyms), .last_wins = true,
     .help = "other words for tags, lines `tag: word, word`"},
    {"exceptions", 0, "FILE", OPTION_STRINGS, AT(exceptions),
     .help = "irregular words beside the built-in ones, as WordNet's noun.exc and verb.exc; "
             "repeatable"},
    {"no-verbs", .offset = AT(no_verbs),
     .help = "only plurals are reduced, not forms of verbs such as `riding`"},
    {"nested", .offset = AT(nested),
     .help = "tags inside a longer tag count, too: `red car` gives `red` and `car` as well"},
    {"gap", 0, "N", OPTION_INT, AT(gap), "0", 0, TAG_PARSER_GAP, .unit = "words",
     .last_wins = true,
     .help = "other words inside a tag of several: with 1, `red striped car` is a `red car`"},
    {"negated", .offset = AT(negated),
     .help = "what a caption says is not there (`no dog`) counts, too"},
    {"keep", .offset = AT(keep), .help = "tags in union_label_id stay; parsed ones are added"},
    {"drop-untagged", .offset = AT(drop_untagged), .help = "leave out records without a tag"},
    {"against", 0, "TAGS", OPTION_CHOICE, AT(against), "none", .choices = "none|union|parse",
     .last_wins = true,
     .help = "compare with the tags that records have: union_label_id, or parse_label_id per "
             "caption"},
    {"unmatched", 0, "N", OPTION_INT, AT(unmatched), "20", 0, WORD_COUNTS_ROOM,
     .last_wins = true, .help = "how many words without a tag are printed"},
    {"errors", 0, "N", OPTION_INT, AT(errors), "10", 0, 1e6, .last_wins = true,
     .help = "how many tags with errors are printed"},
    {"strict", .offset = AT(strict),
     .help = "exit with 3 when anything is wrong, not only when no record is good"},
    {"json", .offset = AT(json), .help = "print the counts as one JSON document on stdout"},
};

/* ---- text -------------------------------------------------------------------------------- */

static void print_words(const Options *o, const CaptionsReport *r)
{
    const WordCounts *w = &r->unmatched;
    if (o->unmatched == 0 || w->count == 0) return;
    printf("\nfrequent words without a tag%s:\n", w->pruned ? " (at least)" : "");
    for (int64_t i = 0; i < w->count && i < o->unmatched; i++)
        printf("%10ld  %s\n", w->at[i].count, w->at[i].word);
}

static void print_errors(const Options *o, const TagList *tags, const TagMisses *m,
                         const char *title)
{
    Text t = {0};
    if (o->errors == 0 || m->count == 0) return;
    text_add(&t, "\n%s, with the caption of the first one:\n", title);
    for (int64_t i = 0; i < tags->count && i < o->errors && m[i].count; i++) {
        text_add(&t, "%10ld  ", m[i].count);
        text_put_name(&t, tags->name[m[i].tag]);
        text_put(&t, ": ");
        text_put_name(&t, m[i].example);
        text_put(&t, "\n");
    }
    fputs(t.data, stdout);
    text_free(&t);
}

static void print_compare(const Options *o, const TagList *tags, const TagCompare *c)
{
    printf("\nagainst %s:\n",
           o->against == CAPTIONS_UNION ? "union_label_id" : "parse_label_id");
    printf("%10ld  tags in both\n", c->right);
    printf("%10ld  tags only parsed\n", c->added);
    printf("%10ld  tags only given\n", c->missed);
    printf("%10ld  of them spelled by a caption\n", c->spelled);
    printf("%10.4f  precision\n", tag_compare_precision(c));
    printf("%10.4f  recall\n", tag_compare_recall(c));
    printf("%10.4f  recall of tags that a caption spells\n", tag_compare_spelled_recall(c));
    printf("%10.4f  F1\n", tag_compare_f1(c));
    print_errors(o, tags, c->add, "tags only parsed");
    print_errors(o, tags, c->miss, "tags only given");
}

static void print_table(const Options *o, const TagList *tags, const CaptionsReport *r)
{
    printf("%10ld  records\n", r->records);
    printf("%10ld  good\n", r->good);
    printf("%10ld  bad records\n", r->bad);
    printf("%10ld  captions of the good records\n", r->captions);
    printf("%10ld  tags of captions\n", r->mentions);
    printf("%10ld  captions without a tag\n", r->untagged_captions);
    printf("%10ld  negated mentions%s\n", r->negated, o->negated ? "" : ", left out");
    printf("%10ld  labels of the good records\n", r->labels);
    printf("%10ld  good records without a tag%s\n", r->untagged,
           o->drop_untagged ? ", left out" : "");
    printf("%10ld  tags on no good record\n", tags->count - r->used_tags);
    print_words(o, r);
    if (o->against) print_compare(o, tags, &r->compare);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static json_t *errors_json(const Options *o, const TagList *tags, const TagMisses *m)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < tags->count && i < o->errors && m[i].count; i++) {
        json_t *row = json_pair("tag", json_text(tags->name[m[i].tag]));
        json_object_set_new(row, "count", json_integer(m[i].count));
        json_object_set_new(row, "example", json_text(m[i].example));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *compare_json(const Options *o, const TagList *tags, const TagCompare *c)
{
    const JsonCount count[] = {{"both", c->right},
                               {"only_parsed", c->added},
                               {"only_given", c->missed},
                               {"only_given_spelled", c->spelled}};
    json_t *all = json_object();
    json_add_counts(all, count, sizeof count / sizeof *count);
    json_object_set_new(all, "precision", json_number(tag_compare_precision(c)));
    json_object_set_new(all, "recall", json_number(tag_compare_recall(c)));
    json_object_set_new(all, "spelled_recall", json_number(tag_compare_spelled_recall(c)));
    json_object_set_new(all, "F1", json_number(tag_compare_f1(c)));
    json_object_set_new(all, "parsed_errors", errors_json(o, tags, c->add));
    json_object_set_new(all, "given_errors", errors_json(o, tags, c->miss));
    return all;
}

static json_t *words_json(const Options *o, const WordCounts *w)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < w->count && i < o->unmatched; i++) {
        json_t *row = json_pair("word", json_text(w->at[i].word));
        json_object_set_new(row, "count", json_integer(w->at[i].count));
        json_array_append_new(list, row);
    }
    return list;
}

static void print_json(const Options *o, const TagList *tags, const CaptionsReport *r)
{
    const JsonCount count[] = {
        {"records", r->records},   {"good", r->good},
        {"bad_records", r->bad},   {"captions", r->captions},
        {"mentions", r->mentions}, {"untagged_captions", r->untagged_captions},
        {"negated", r->negated},   {"labels", r->labels},
        {"untagged", r->untagged}, {"unused_tags", tags->count - r->used_tags}};
    json_t *report = json_object();
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_object_set_new(report, "unmatched_at_least", json_boolean(r->unmatched.pruned));
    json_object_set_new(report, "unmatched", words_json(o, &r->unmatched));
    if (o->against) json_object_set_new(report, "compare", compare_json(o, tags, &r->compare));
    json_print(report);
}

/* ---- the command ------------------------------------------------------------------------- */

/* The exit code for records that are wrong. */
static int judge(const Options *o, const CaptionsReport *r, const Cli *cli, Error *err)
{
    const char *command = cli->command->name, *out = cli->argument[0];
    if (r->lost)
        return error_set(err, ERROR_DATA,
                         "%s: %ld of %ld files could not be read to the end: see %s/bad.txt",
                         command, r->lost, cli->arguments - 1, out);
    if (o->strict && r->bad)
        return error_set(err, ERROR_DATA, "%s: %ld of %ld records are bad: see %s/bad.txt",
                         command, r->bad, r->records, out);
    return EXIT_OK;
}

static int run(const Cli *cli, void *filled, Error *err)
{
    const Options *o = filled;
    const CaptionsConfig config = {
        .synonyms = o->synonyms,
        .exceptions = (const char *const *)o->exceptions.value,
        .exception_lists = o->exceptions.count,
        .verbs = !o->no_verbs,
        .rules = {.nested = o->nested, .gap = o->gap, .negated = o->negated},
        .keep = o->keep,
        .drop_untagged = o->drop_untagged,
        .against = (enum CaptionsAgainst)o->against,
    };
    TagList tags;
    CaptionsReport report;
    if (tags_read(o->tags, &tags, err) != 0) return -1;
    int status = captions_prepare(cli->argument[0], cli->argument + 1, cli->arguments - 1,
                                  &tags, &config, &report, err);
    if (status == 0) {
        (o->json ? print_json : print_table)(o, &tags, &report);
        status = judge(o, &report, cli, err);
    }
    captions_free(&report);
    tags_free(&tags);
    return status;
}

const CliCommand prepare_captions = {
    .name = "prepare captions",
    .summary = "find the tags that captions name: pairs become triplets",
    .arguments = "OUT FILE.json...",
    .min_arguments = 2,
    .prose =
        "Reads records with image_path (or image) and caption (a text or a list of them) from "
        "JSON arrays or JSON Lines, finds the tags of the list in every caption, and writes "
        "the records with union_label_id and parse_label_id to OUT/train.json and the tag list "
        "to OUT/train_tags.txt. Records that cannot be used are listed in OUT/bad.txt. Images "
        "stay where they are and are not looked at; `prepare triplets` checks them.\n\n"
        "The longest tag wins (`hot dog` is no dog), plurals and forms of verbs count as the "
        "word that they come from, and what a caption says is not there is left out (`without "
        "a "
        "dog`). docs/data.md states the rules.\n\n"
        "Frequent words that belong to no tag are printed: they help to extend the list, or "
        "the synonyms. With --against, the parsed tags are compared with those that the "
        "records "
        "have: precision, recall, and the most frequent errors.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus prepare captions pairs --tags tags.txt --synonyms synonyms.txt "
               "pairs.json\n"
               "ramplus prepare captions /tmp/compared --tags data/train_tags.txt --against "
               "union \\\n    data/train.json",
    .size = sizeof(Options),
    .run = run,
};
