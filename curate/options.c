/* Reading options from the table below; --help prints the same table. */
#include "options.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"

typedef mc_status set_option(settings *s, const char *value, mc_error *error);

typedef struct option_row {
    unsigned group;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    const char *help;
    set_option *set;
} option_row;

#define SETS_STRING(function, member)                                                              \
    static mc_status function(settings *s, const char *value, mc_error *error) {                   \
        (void)error;                                                                               \
        s->member = value;                                                                         \
        return MC_OK;                                                                              \
    }
#define SETS_FLAG(function, member)                                                                \
    static mc_status function(settings *s, const char *value, mc_error *error) {                   \
        (void)value;                                                                               \
        (void)error;                                                                               \
        s->member = true;                                                                          \
        return MC_OK;                                                                              \
    }
#define SETS_PARSED(function, member, parse)                                                       \
    static mc_status function(settings *s, const char *value, mc_error *error) {                   \
        return parse(value, &s->member, error);                                                    \
    }
#define ADDS_FILE(function, kind)                                                                  \
    static mc_status function(settings *s, const char *value, mc_error *error) {                   \
        (void)error;                                                                               \
        s->files[kind][s->n_files[kind]++] = value;                                                \
        return MC_OK;                                                                              \
    }
#define CHANGES_PARAMETER(function, name)                                                          \
    static mc_status function(settings *s, const char *value, mc_error *error) {                   \
        return change_parameter(s, name, value, error);                                            \
    }

/* The recipe, which is read later, says whether the value makes sense. */
static mc_status change_parameter(settings *s, const char *name, const char *value,
                                  mc_error *error) {
    if (s->n_changes == MAX_CHANGES)
        return mc_fail(error, MC_E_ARGUMENT, "too many options change the recipe");
    s->changes[s->n_changes++] = (parameter_change){name, value};
    return MC_OK;
}

SETS_STRING(set_metadata, metadata)
SETS_STRING(set_rules, rules)
SETS_STRING(set_output, output)
SETS_STRING(set_text_field, pool.text_field)
SETS_STRING(set_texts_field, pool.texts_field)
SETS_STRING(set_url_field, pool.url_field)
SETS_STRING(set_id_field, pool.id_field)
SETS_STRING(set_columns, pool.columns)
SETS_STRING(set_reader, pool.reader)
SETS_STRING(set_lang_field, pool.lang_field)
SETS_STRING(set_languages, pool.languages)
SETS_STRING(set_block_hosts, pool.block_hosts)
SETS_STRING(set_block_texts, pool.block_texts)
SETS_FLAG(set_lazy_images, pool.lazy_images)
SETS_STRING(set_base, pool.base)
SETS_STRING(set_only, only)
SETS_STRING(set_exclude, exclude)
SETS_STRING(set_counts, counts)
SETS_STRING(set_wordnet, wordnet)
SETS_STRING(set_recipe, recipe)
SETS_STRING(set_without, without)
SETS_STRING(set_project, project)
SETS_STRING(set_folder, folder)
SETS_STRING(set_form, form)
SETS_FLAG(set_json, json)
SETS_FLAG(set_all, all)
ADDS_FILE(add_omw, FILE_OMW)
ADDS_FILE(add_wikipedia, FILE_WIKIPEDIA)
ADDS_FILE(add_text, FILE_TEXT)
ADDS_FILE(add_ngrams, FILE_NGRAMS)
ADDS_FILE(add_pageviews, FILE_PAGEVIEWS)
CHANGES_PARAMETER(change_size, "size")
CHANGES_PARAMETER(change_longest, "longest")
CHANGES_PARAMETER(change_marks_only, "marks-only")
CHANGES_PARAMETER(change_min_unigram, "min-unigram")
CHANGES_PARAMETER(change_share_unigram, "share-unigram")
CHANGES_PARAMETER(change_max_unigram, "max-unigram")
CHANGES_PARAMETER(change_bigram_score, "bigram-score")
CHANGES_PARAMETER(change_min_pmi, "min-pmi")
CHANGES_PARAMETER(change_min_bigram, "min-bigram")
CHANGES_PARAMETER(change_share_bigram, "share-bigram")
CHANGES_PARAMETER(change_max_bigram, "max-bigram")
CHANGES_PARAMETER(change_joined, "joined")
CHANGES_PARAMETER(change_hour_floor, "hour-floor")
CHANGES_PARAMETER(change_min_views, "min-views")
CHANGES_PARAMETER(change_share_title, "share-title")
CHANGES_PARAMETER(change_max_title, "max-title")
SETS_FLAG(set_no_report, no_report)
SETS_FLAG(set_forecast, forecast)
SETS_FLAG(set_compare, compare)
SETS_STRING(set_explain, explain)
SETS_STRING(set_entry, entry)
SETS_STRING(set_coverage, coverage)
SETS_STRING(set_url, url)
SETS_STRING(set_thresholds, thresholds)
SETS_STRING(set_sizes, sizes)
SETS_STRING(set_tail_shares, tail_shares)
SETS_STRING(set_uid_file, uid_file)
SETS_STRING(set_url_file, url_file)
SETS_STRING(set_matches, matches)
ADDS_FILE(add_uid, FILE_UIDS)
ADDS_FILE(add_host, FILE_HOSTS)
SETS_FLAG(set_resume, resume)
SETS_FLAG(set_overwrite, overwrite)
SETS_FLAG(set_dry_run, dry_run)
SETS_FLAG(set_quiet, quiet)
SETS_FLAG(set_log_json, log_json)
SETS_FLAG(set_no_numbers, no_numbers)
SETS_FLAG(set_lines, lines)
SETS_PARSED(set_format, pool.format, mc_format_parse)
SETS_PARSED(set_max_record, pool.max_record, mc_parse_size)
SETS_PARSED(set_memory, memory, mc_parse_size)

static mc_status set_threads(settings *s, const char *value, mc_error *error) {
    uint64_t n;
    MC_TRY(mc_parse_count(value, &n, error));
    if (n < 1 || n > 4096)
        return mc_fail(error, MC_E_ARGUMENT, "threads must be from 1 to 4096");
    s->threads = (size_t)n;
    return MC_OK;
}

static mc_status set_seed(settings *s, const char *value, mc_error *error) {
    MC_TRY(mc_parse_count(value, &s->seed, error));
    return s->seed <= INT64_MAX ? MC_OK : mc_fail(error, MC_E_ARGUMENT, "a seed is below 2^63");
}

static mc_status set_max_rejects(settings *s, const char *value, mc_error *error) {
    s->has_max_rejects = true;
    return mc_parse_count(value, &s->max_rejects, error);
}

static mc_status set_target(settings *s, mc_target target, mc_error *error) {
    if (s->has_target && s->target != target)
        return mc_fail(error, MC_E_ARGUMENT,
                       "only one of -t, --size and --tail-share can be given");
    s->has_target = true;
    s->target = target;
    return MC_OK;
}

static mc_status set_threshold(settings *s, const char *value, mc_error *error) {
    MC_TRY(set_target(s, MC_TARGET_THRESHOLD, error));
    return mc_parse_threshold(value, &s->threshold, error);
}

static mc_status set_size(settings *s, const char *value, mc_error *error) {
    MC_TRY(set_target(s, MC_TARGET_SIZE, error));
    MC_TRY(mc_parse_count(value, &s->size, error));
    return s->size > 0 ? MC_OK : mc_fail(error, MC_E_ARGUMENT, "a size is at least 1");
}

static mc_status set_tail_share(settings *s, const char *value, mc_error *error) {
    char *end;
    MC_TRY(set_target(s, MC_TARGET_TAIL_SHARE, error));
    s->tail_share = strtod(value, &end);
    if (*end || end == value || !(s->tail_share >= 0 && s->tail_share <= 1))
        return mc_fail(error, MC_E_ARGUMENT, "a tail share is a number from 0 to 1");
    return MC_OK;
}

static mc_status set_dedup(settings *s, const char *value, mc_error *error) {
    s->has_dedup = true;
    return mc_dedup_parse(value, &s->dedup, error);
}

static mc_status set_keep_texts(settings *s, const char *value, mc_error *error) {
    (void)value;
    (void)error;
    s->keep_texts = MC_KEEP_ALWAYS;
    return MC_OK;
}

static mc_status set_no_keep_texts(settings *s, const char *value, mc_error *error) {
    (void)value;
    (void)error;
    s->keep_texts = MC_KEEP_NEVER;
    return MC_OK;
}

static mc_status set_lid(settings *s, const char *value, mc_error *error) {
    static const char fasttext[] = "fasttext:";
    size_t size = sizeof fasttext - 1;
    s->has_lid = true;
    s->pool.lid_model = NULL;
    if (strcmp(value, "none") == 0)
        s->pool.lid = MC_LID_NONE;
    else if (strcmp(value, "cld2") == 0)
        s->pool.lid = MC_LID_CLD2;
    else if (strncmp(value, fasttext, size) == 0 && value[size]) {
        s->pool.lid = MC_LID_FASTTEXT;
        s->pool.lid_model = value + size;
    } else
        return mc_fail(error, MC_E_ARGUMENT,
                       "unknown value \"%.80s\" (known: none, cld2, fasttext:MODEL with the path "
                       "of a model, such as fasttext:lid.176.bin)",
                       value);
    return MC_OK;
}

typedef struct flag_name {
    const char *name;
    unsigned flag;
} flag_name;

/* Adds the flags of a comma-separated list of names. */
static mc_status add_flags(unsigned *flags, const flag_name *names, size_t n, const char *value,
                           mc_error *error) {
    while (*value) {
        size_t size = strcspn(value, ","), i = 0;
        while (i < n && (strlen(names[i].name) != size || strncmp(names[i].name, value, size) != 0))
            i++;
        if (i == n) {
            char known[128] = "";
            for (size_t k = 0, at = 0; k < n && at < sizeof known; k++)
                at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", k ? ", " : "",
                                       names[k].name);
            return mc_fail(error, MC_E_ARGUMENT, "unknown value \"%.*s\" (known: %s)",
                           (int)(size < 40 ? size : 40), value, known);
        }
        *flags |= names[i].flag;
        value += size + (value[size] == ',');
    }
    return MC_OK;
}

static mc_status set_emit(settings *s, const char *value, mc_error *error) {
    static const flag_name layouts[] = {
        {"tsv", MC_EMIT_TSV}, {"datacomp", MC_EMIT_DATACOMP}, {"metaclip", MC_EMIT_METACLIP}};
    return add_flags(&s->emit, layouts, sizeof layouts / sizeof *layouts, value, error);
}

static mc_status set_forms(settings *s, const char *value, mc_error *error) {
    static const flag_name forms[] = {
        {"html", MC_REPORT_HTML}, {"json", MC_REPORT_JSON}, {"card", MC_REPORT_CARD}};
    return add_flags(&s->forms, forms, sizeof forms / sizeof *forms, value, error);
}

static mc_status set_samples(settings *s, const char *value, mc_error *error) {
    uint64_t n;
    MC_TRY(mc_parse_count(value, &n, error));
    if (n > 10000)
        return mc_fail(error, MC_E_ARGUMENT, "samples are 10000 at most");
    s->samples = (size_t)n;
    return MC_OK;
}

/* Marks of rows, beside their groups: where help shows them. */
enum { IN_PAIRS = 1 << 24, IN_READING = 1 << 25, IN_RESULT = 1 << 26, IN_RUNNING = 1 << 27 };

static const option_row rows[] = {
    {OPTIONS_METADATA, 'm', "metadata", "FILE",
     "concept list: a .json array, a .txt with an entry a line, what `metadata build` wrote, or "
     "an .mca",
     set_metadata},
    {OPTIONS_METADATA, 0, "rules", "NAME", "matching rules: metaclip1 (default)", set_rules},
    {OPTIONS_OUTPUT, 'o', "output", "PATH", "where the result goes", set_output},
    {OPTIONS_AUDIT, 0, "emit", "LIST",
     "what of the report, comma-separated: html, json, card (default html,json); card is a data "
     "card in Markdown",
     set_forms},
    {OPTIONS_AUDIT, 0, "forecast", NULL,
     "ask: sizes at thresholds (-t), thresholds for sizes (--size) and for tail shares "
     "(--tail-share), before anything is drawn",
     set_forecast},
    {OPTIONS_AUDIT, 't', "threshold", "N,...",
     "forecast: the size at each t (default: 1, 2, 5, 10, ... up to the largest count)",
     set_thresholds},
    {OPTIONS_AUDIT, 0, "size", "N,...", "forecast: the t for each size", set_sizes},
    {OPTIONS_AUDIT, 0, "tail-share", "P,...", "forecast: the t for each tail share (0 to 1)",
     set_tail_shares},
    {OPTIONS_AUDIT, 0, "seed", "N", "forecast: seed of the draws (default 0)", set_seed},
    {OPTIONS_AUDIT, 0, "compare", NULL,
     "ask: how two runs differ, or, of one run, its pool and its subset; with -o also "
     "comparison.html and comparison.json",
     set_compare},
    {OPTIONS_AUDIT, 0, "explain", "UID|TEXT",
     "ask: why the texts of an image (32 or 24 hex digits) or a text are in or out", set_explain},
    {OPTIONS_AUDIT, 0, "url", "URL", "explain a text: the URL of its image", set_url},
    {OPTIONS_AUDIT, 0, "entry", "ENTRY", "ask: counts of an entry, and samples of its texts",
     set_entry},
    {OPTIONS_AUDIT, 0, "samples", "N", "entry: so many kept and so many not kept (default 10)",
     set_samples},
    {OPTIONS_AUDIT, 0, "coverage", "FILE",
     "ask: which of these class names, one a line, are entries, and their counts", set_coverage},
    {OPTIONS_TAKEDOWN, 0, "uid", "UID...", "images, by their uids (32 or 24 hex digits)", add_uid},
    {OPTIONS_TAKEDOWN, 0, "uid-file", "FILE", "images: uids, one a line", set_uid_file},
    {OPTIONS_TAKEDOWN, 0, "host", "HOST...", "images of these hosts and their subdomains",
     add_host},
    {OPTIONS_TAKEDOWN, 0, "url-file", "FILE", "images: URLs, one a line", set_url_file},
    {OPTIONS_RUNS, 0, "matches", "FOLDER",
     "where the run's match indexes (.mcm) are, if not where its manifest says", set_matches},
    {OPTIONS_BUILD, 0, "recipe", "NAME|FILE",
     "what the list is made of: wordnet (default), metaclip1, metaclip2, or a file "
     "(docs/metadata.md)",
     set_recipe},
    {OPTIONS_BUILD, 0, "wordnet", "DIR", "folder with WordNet's data.noun, data.verb, ...",
     set_wordnet},
    {OPTIONS_BUILD, 0, "omw", "FILE...", "Open Multilingual Wordnet, .tab files", add_omw},
    {OPTIONS_BUILD, 0, "wikipedia", "FILE...",
     "dumps of Wikipedia (pages-articles, XML, compressed or not) to count n-grams in",
     add_wikipedia},
    {OPTIONS_BUILD, 0, "text", "FILE...", "plain text to count n-grams in, an article a line",
     add_text},
    {OPTIONS_BUILD, 0, "ngrams", "FILE...",
     "instead: counts that there are already, lines \"word count\", count TAB word, count TAB word "
     "TAB word",
     add_ngrams},
    {OPTIONS_BUILD, 0, "pageviews", "FILE...", "hourly pageviews files, for titles", add_pageviews},
    {OPTIONS_BUILD, 0, "project", "CODE",
     "project of the pageviews (en, de, zh, ...; default en); with recipes that ask for it, also "
     "tells whether bigrams are joined",
     set_project},
    {OPTIONS_BUILD, 0, "without", "LIST",
     "sources of the recipe to leave out, comma-separated: number, wordnet, omw, unigram, bigram, "
     "title",
     set_without},
    {OPTIONS_BUILD, 0, "no-numbers", NULL, "the same as --without number", set_no_numbers},
    {OPTIONS_BUILD, 0, "size", "N", "entries of the list, or none: no limit", change_size},
    {OPTIONS_BUILD, 0, "longest", "N", "code points of an entry at most, or none", change_longest},
    {OPTIONS_BUILD, 0, "marks-only", "yes|no", "take entries of marks only", change_marks_only},
    {OPTIONS_BUILD, 0, "min-unigram", "N", "unigrams seen at least N times", change_min_unigram},
    {OPTIONS_BUILD, 0, "share-unigram", "P",
     "this part of the unigrams, the most frequent (0 to 1)", change_share_unigram},
    {OPTIONS_BUILD, 0, "max-unigram", "N", "N unigrams at most, or none", change_max_unigram},
    {OPTIONS_BUILD, 0, "bigram-score", "NAME",
     "pmi, or worldwide: (count + 1)^0.7 times PMI less PMI at its 30th percentile; another than "
     "the recipe's drops its --min-pmi",
     change_bigram_score},
    {OPTIONS_BUILD, 0, "min-pmi", "X", "bigrams with a score of at least X", change_min_pmi},
    {OPTIONS_BUILD, 0, "min-bigram", "N", "bigrams seen at least N times", change_min_bigram},
    {OPTIONS_BUILD, 0, "share-bigram", "P",
     "bigrams, the best, as many as this part of all (or of another source, as the recipe says)",
     change_share_bigram},
    {OPTIONS_BUILD, 0, "max-bigram", "N", "N bigrams at most, or none", change_max_bigram},
    {OPTIONS_BUILD, 0, "joined", "yes|no", "bigrams without a space", change_joined},
    {OPTIONS_BUILD, 0, "hour-floor", "N", "lines of pageviews with at least N views",
     change_hour_floor},
    {OPTIONS_BUILD, 0, "min-views", "N", "titles with at least N views in all", change_min_views},
    {OPTIONS_BUILD, 0, "share-title", "P", "this part of the titles, the most viewed (0 to 1)",
     change_share_title},
    {OPTIONS_BUILD, 0, "max-title", "N", "N titles at most, or none", change_max_title},
    {OPTIONS_BUILD, 0, "memory", "SIZE", "memory for counting (default 1G)", set_memory},
    {OPTIONS_BUILD, 0, "tmp", "DIR", "what does not fit memory (default: the folder of the list)",
     set_folder},
    {OPTIONS_EXPORT, 0, "as", "FORM",
     "json (default): an array, an entry a line; text: an entry a line; metaclip: metadata.json as "
     "MetaCLIP has it",
     set_form},
    {OPTIONS_SHOW | OPTIONS_JSON, 0, "json", NULL, "print JSON", set_json},
    {OPTIONS_SHOW, 0, "all", NULL, "print all of a long list of entries, not its beginning",
     set_all},
    {OPTIONS_BALANCE, 't', "threshold", "N",
     "keep pairs at threshold N, or inf for all that match (default 20000)", set_threshold},
    {OPTIONS_BALANCE, 0, "size", "N", "keep exactly N pairs", set_size},
    {OPTIONS_BALANCE, 0, "tail-share", "P",
     "keep at the threshold whose tail share is nearest P (0 to 1)", set_tail_share},
    {OPTIONS_BALANCE, 0, "seed", "N", "seed of the draws (default 0)", set_seed},
    {OPTIONS_BALANCE, 0, "counts", "FILE",
     "draw against the counts of another pool (.npy); default: this pool's", set_counts},
    {OPTIONS_BALANCE | IN_RESULT, 0, "emit", "LIST",
     "more layouts, comma-separated: tsv, datacomp, metaclip (default none)", set_emit},
    {OPTIONS_PAIRS, 0, "dedup", "HOW",
     "pair (default): equal pairs count once; url: one text an image, the one with the smallest "
     "text_hash; text: one image a text, the one with the smallest uid; none: copies stay",
     set_dedup},
    {OPTIONS_EXTRACT, 0, "dedup", "HOW",
     "none (default): copies stay; pair: equal pairs are written once; url: one text an image, the "
     "one with the smallest text_hash; text: one image a text, the one with the smallest uid",
     set_dedup},
    {OPTIONS_PAIRS, 0, "only", "FILE", "only pairs with these uids take part (one a line)",
     set_only},
    {OPTIONS_PAIRS, 0, "exclude", "FILE", "pairs with these uids take no part (one a line)",
     set_exclude},
    {OPTIONS_DEDUP | IN_RUNNING, 0, "memory", "SIZE",
     "memory for comparing and selecting pairs (default 512M)", set_memory},
    {OPTIONS_POOL, 0, "base", "URL|FOLDER", "what relative lines of lists (@FILE) are relative to",
     set_base},
    {OPTIONS_POOL, 0, "format", "NAME",
     "auto (default), text, jsonl, tsv, csv, warc (wat is the same) or tar", set_format},
    {OPTIONS_POOL, 0, "text-field", "NAME",
     "field of the text (default: text, caption, TEXT or alt)", set_text_field},
    {OPTIONS_POOL, 0, "texts-field", "NAME", "field of a list of texts (default: texts)",
     set_texts_field},
    {OPTIONS_POOL, 0, "url-field", "NAME", "field of the URL (default: URL, url or image_url)",
     set_url_field},
    {OPTIONS_POOL, 0, "id-field", "NAME",
     "field that names the image (default: uid of 32 or uuid of 24 hex digits, else the URL, else "
     "the first text)",
     set_id_field},
    {OPTIONS_POOL, 0, "lang-field", "NAME",
     "field of the text's language (default: language, lang or LANGUAGE)", set_lang_field},
    {OPTIONS_POOL | IN_PAIRS, 0, "lid", "HOW",
     "find out the language of texts whose record does not say it: cld2, fasttext:MODEL or none "
     "(default: none, but cld2 with --lang)",
     set_lid},
    {OPTIONS_POOL | IN_PAIRS, 0, "lang", "LIST",
     "texts in these languages only, codes comma-separated (en,de); others are excluded",
     set_languages},
    {OPTIONS_POOL | IN_PAIRS, 0, "block-hosts", "FILE",
     "exclude images of these hosts and their subdomains, one a line", set_block_hosts},
    {OPTIONS_POOL | IN_PAIRS, 0, "block-text", "FILE",
     "exclude texts with one of these phrases, one a line", set_block_texts},
    {OPTIONS_POOL, 0, "lazy-images", NULL,
     "HTML: take lazily loaded images, too (data-src, data-original, srcset)", set_lazy_images},
    {OPTIONS_POOL, 0, "columns", "LIST",
     "names of the columns of TSV or CSV without a header, comma-separated", set_columns},
    {OPTIONS_BALANCE | IN_RESULT, 0, "no-report", NULL, "do not write report.html and report.json",
     set_no_report},
    {OPTIONS_POOL | OPTIONS_BALANCE | OPTIONS_RUNS | IN_READING, 0, "reader", "CMD",
     "command that prints JSONL, {} standing for the shard (tools/read-parquet {})", set_reader},
    {OPTIONS_POOL, 0, "max-record", "SIZE", "bytes a record may have (default 64M)",
     set_max_record},
    {OPTIONS_MATCH | IN_RESULT, 0, "keep-texts", NULL,
     "keep URL and text in the match index (default for standard input, remote files, WARC, WAT "
     "and "
     "tar; others are read again)",
     set_keep_texts},
    {OPTIONS_MATCH | IN_RESULT, 0, "no-keep-texts", NULL, "do not, whatever the input",
     set_no_keep_texts},
    {OPTIONS_RUN, 0, "max-rejects", "N",
     "exit with 3 when more records are rejected (default: no limit)", set_max_rejects},
    {OPTIONS_RUN, 0, "resume", NULL, "go on with the run that left the output folder", set_resume},
    {OPTIONS_FOLDER | OPTIONS_FILE, 0, "overwrite", NULL, "replace the files of an earlier run",
     set_overwrite},
    {OPTIONS_FOLDER, 0, "dry-run", NULL, "say what would be done and do nothing", set_dry_run},
    {OPTIONS_LINES, 0, "lines", NULL,
     "print the texts of a match index, or the entries of an .mca, as JSON lines", set_lines},
    {OPTIONS_THREADS, 'j', "threads", "N", "threads (default: all processors)", set_threads},
    {OPTIONS_CONSOLE, 'q', "quiet", NULL, "print errors only", set_quiet},
    {OPTIONS_CONSOLE, 0, "log-json", NULL, "log and summary as JSON lines", set_log_json},
};

#define N_ROWS (sizeof rows / sizeof *rows)

static void print_wrapped(const char *text, int indent, int width) {
    int column = 0;
    while (*text) {
        int size = (int)strcspn(text, " ");
        if (column && column + 1 + size > width) {
            printf("\n%*s", indent, "");
            column = 0;
        }
        column += printf("%s%.*s", column ? " " : "", size, text);
        text += size + (text[size] == ' ');
    }
    printf("\n");
}

static void print_row(const option_row *row) {
    char head[64];
    snprintf(head, sizeof head, "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
             row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
             row->argument ? " " : "", row->argument ? row->argument : "");
    printf("  %-26s ", head);
    print_wrapped(row->help, 29, 68);
}

/* Where help shows the options of a group; a mark in a row goes before its groups. */
static const struct {
    unsigned mark, groups;
    const char *title;
} sections[] = {
    {0, OPTIONS_METADATA | OPTIONS_OUTPUT, "options"},
    {0, OPTIONS_BALANCE, "how much is kept"},
    {IN_PAIRS, OPTIONS_PAIRS | OPTIONS_EXTRACT, "which pairs take part"},
    {IN_READING, OPTIONS_POOL, "how the pool is read"},
    {IN_RESULT, 0, "what is written"},
    {IN_RUNNING, OPTIONS_RUN | OPTIONS_FOLDER | OPTIONS_THREADS | OPTIONS_CONSOLE, "the run"},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

static size_t section_of(const option_row *row, const command *c) {
    for (size_t i = 0; i < N_SECTIONS; i++)
        if (row->group & sections[i].mark)
            return i;
    for (size_t i = 0; i < N_SECTIONS; i++)
        if (row->group & c->options & sections[i].groups)
            return i;
    return 0;
}

/* Commands that run over pairs have so many options that they are shown in sections. */
static void print_options(const command *c) {
    bool in_sections = c->options & (OPTIONS_POOL | OPTIONS_PAIRS);
    for (size_t k = 0; k < (in_sections ? N_SECTIONS : 1); k++) {
        printf("\n%s:\n", sections[k].title);
        for (size_t i = 0; i < N_ROWS; i++)
            if ((rows[i].group & c->options) && (!in_sections || section_of(&rows[i], c) == k))
                print_row(&rows[i]);
    }
    printf("  %-26s print this help\n", "-h, --help");
}

void options_print_help(const command *c) {
    bool counts = c->options & (OPTIONS_POOL | OPTIONS_BALANCE | OPTIONS_AUDIT | OPTIONS_BUILD);
    printf("usage: metacurate %s %s\n\n%s\n", c->name, c->usage, c->help);
    print_options(c);
    if (c->examples)
        printf("\nexamples:\n%s\n", c->examples);
    if (counts)
        printf("\nNumbers take k, M, B (thousands); sizes in bytes take K, M, G.\n");
    printf("%sexit codes: 0 done; 1 failed; 2 usage; ", counts ? "" : "\n");
    if (c->options & OPTIONS_RUN)
        printf("3 done, but more records were rejected than\n--max-rejects allows; ");
    printf("130 interrupted\n");
}

static const option_row *find_row(const command *c, const char *argument, const char **value) {
    *value = NULL;
    for (size_t i = 0; i < N_ROWS; i++) {
        const option_row *row = &rows[i];
        size_t size = strlen(row->name);
        if (!(row->group & c->options))
            continue;
        if (argument[1] == '-' && strncmp(argument + 2, row->name, size) == 0 &&
            (argument[2 + size] == '\0' || argument[2 + size] == '=')) {
            *value = argument[2 + size] ? argument + 3 + size : NULL;
            return row;
        }
        if (row->letter && argument[1] == row->letter) {
            *value = argument[2] ? argument + 2 : NULL;
            return row;
        }
    }
    return NULL;
}

static bool misused(const command *c, exit_code *code, const char *what, const char *argument,
                    const char *why) {
    fprintf(stderr, "metacurate: error: %s%s%s%s\nsee: metacurate %s --help\n", what, argument,
            *why ? ": " : "", why, c->name);
    *code = EXIT_USAGE;
    return false;
}

/* The option of the command that is spelled most alike, if that may be a slip. */
static const option_row *find_meant(const command *c, const char *name) {
    const option_row *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < N_ROWS; i++) {
        size_t d = nearest_distance(name, rows[i].name);
        if ((rows[i].group & c->options) && d < distance) {
            distance = d;
            best = &rows[i];
        }
    }
    return nearest_is_slip(name, distance) ? best : NULL;
}

static bool unknown(const command *c, exit_code *code, const char *argument) {
    char name[64], what[160];
    bool is_long = argument[1] == '-';
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 1 + is_long, "="),
             argument + 1 + is_long);
    const option_row *meant = is_long ? find_meant(c, name) : NULL;
    snprintf(what, sizeof what, "unknown option %s%s%s%s%s", is_long ? "--" : "-", name,
             meant ? " (did you mean --" : "", meant ? meant->name : "", meant ? "?)" : "");
    return misused(c, code, what, "", "");
}

/* -qo: options of a letter are not run together. */
static bool unwanted_value(const command *c, exit_code *code, const option_row *row,
                           const char *argument) {
    char what[160];
    if (argument[1] == '-')
        return misused(c, code, "no value goes with --", row->name, "");
    snprintf(what, sizeof what, "-%c takes no value; write -%c -%.100s", row->letter, row->letter,
             argument + 2);
    return misused(c, code, what, "", "");
}

/* What is no option; "-" is standard input. */
static bool is_value(const char *argument) {
    return argument[0] != '-' || argument[1] == '\0';
}

/* Options that all values up to the next option belong to. */
static bool takes_many(const option_row *row) {
    size_t size = row->argument ? strlen(row->argument) : 0;
    return size > 3 && strcmp(row->argument + size - 3, "...") == 0;
}

bool options_read(const command *c, int argc, char **argv, settings *out, exit_code *code) {
    *out = (settings){.threshold = 20000, .samples = 10};
    size_t room = (size_t)argc + 1;
    out->inputs = calloc((1 + FILE_KINDS) * room, sizeof *out->inputs);
    if (!out->inputs)
        return misused(c, code, "out of memory", "", "");
    for (size_t kind = 0; kind < FILE_KINDS; kind++)
        out->files[kind] = out->inputs + (1 + kind) * room;
    bool only_inputs = false;
    for (int i = 0; i < argc; i++) {
        const char *argument = argv[i], *value;
        if (only_inputs || is_value(argument)) {
            out->inputs[out->n_inputs++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            only_inputs = true;
            continue;
        }
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            options_print_help(c);
            *code = EXIT_DONE;
            return false;
        }
        const option_row *row = find_row(c, argument, &value);
        if (!row)
            return unknown(c, code, argument);
        if (!row->argument && value)
            return unwanted_value(c, code, row, argument);
        if (row->argument && !value) {
            if (i + 1 == argc)
                return misused(c, code, "a value is missing after ", argument, "");
            value = argv[++i];
        }
        mc_error error = {0};
        if (row->set(out, value, &error) != MC_OK)
            return misused(c, code, "--", row->name, error.message);
        while (takes_many(row) && i + 1 < argc && is_value(argv[i + 1]))
            if (row->set(out, argv[++i], &error) != MC_OK)
                return misused(c, code, "--", row->name, error.message);
    }
    if (out->pool.languages && !out->has_lid)
        out->pool.lid = MC_LID_CLD2;
    return true;
}
