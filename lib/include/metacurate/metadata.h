/* The metadata builder: concept lists read, built, compared and written. */
#ifndef METACURATE_METADATA_H
#define METACURATE_METADATA_H

#include <stdbool.h>

#include "metacurate/base.h"
#include "metacurate/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_list mc_list; /* entries in order, each with the name of its source */

MC_MUST_CHECK mc_status mc_list_create(mc_list **out, mc_error *error);
void mc_list_free(mc_list *list);

/* Appends an entry (copied). source may be NULL: unknown. */
MC_MUST_CHECK mc_status mc_list_add(mc_list *list, mc_bytes entry, const char *source,
                                    mc_error *error);

size_t mc_list_count(const mc_list *list);
/* All entries; borrowed, valid until the list changes. */
const mc_bytes *mc_list_entries(const mc_list *list);
/* Name of the entry's source, or NULL. */
const char *mc_list_source(const mc_list *list, size_t id);
/* What the entry was ranked by there (a count, PMI, views), or NaN; and its rank, from 1, or 0. */
double mc_list_score(const mc_list *list, size_t id);
uint32_t mc_list_rank(const mc_list *list, size_t id);

/* Reads a concept list of up to 1 GiB, compressed or not, told by content: when the first character
 * (white space and a byte order mark aside) is [ or {, a JSON array of strings or what
 * mc_list_write writes; else UTF-8 text with one entry a line (LF or CRLF; lines with nothing but
 * spaces and tabs are passed over). Unpaired surrogates and invalid UTF-8 become U+FFFD. The path
 * "-" is standard input. Entries of any content are taken, empty and repeated ones, too.
 * MC_E_FORMAT names the line of a syntax error or the entry that is no string. */
MC_MUST_CHECK mc_status mc_list_read(mc_list **out, const char *path, mc_error *error);

/* Writes the list atomically as JSON: {"metacurate":"metadata","version":2, what is known of the
 * whole list ("recipe", "inputs", "totals"), "sources":[names],
 * "entries":[[entry, source index, score, rank], ...]}, null for what is not known, one entry a
 * line; invalid UTF-8 becomes U+FFFD. Same list, same bytes. */
MC_MUST_CHECK mc_status mc_list_write(const mc_list *list, const char *path, mc_error *error);

/* Other forms that a list's entries can be written in. */
typedef enum mc_list_form {
    MC_LIST_JSON = 1, /* a JSON array of strings, one a line */
    MC_LIST_TEXT,     /* an entry a line; MC_E_UNSUPPORTED when it would read back differently */
    MC_LIST_METACLIP  /* metadata.json as MetaCLIP has it: an array in one line, ASCII */
} mc_list_form;

/* "json", "text", "metaclip". MC_E_ARGUMENT with these names for anything else. */
MC_MUST_CHECK mc_status mc_list_form_parse(const char *name, mc_list_form *out, mc_error *error);
MC_MUST_CHECK mc_status mc_list_export(const mc_list *list, mc_list_form form, const char *path,
                                       mc_error *error);

/* Appends the numbers 0 to 99 (source "number"). */
MC_MUST_CHECK mc_status mc_list_add_numbers(mc_list *list, mc_error *error);

/* Appends WordNet's names (source "wordnet") from the database files in folder (data.noun,
 * data.verb, data.adj, data.adv; format: wndb(5WN)): of each synset the first lemma in lower case,
 * without its syntactic marker, (a), (p) or (ip), cut at its first dot, underscores as spaces;
 * single ASCII punctuation marks, empty names and names already in the list are left out.
 * *n_synsets (when not NULL) is the number of synsets read. MC_E_FORMAT with file and line offset
 * for a file that is not WordNet's; on failure no name of WordNet is in the list. */
MC_MUST_CHECK mc_status mc_list_add_wordnet(mc_list *list, const char *folder, size_t *n_synsets,
                                            mc_error *error);

/* Appends the words of a .tab file of Open Multilingual Wordnet (source "omw"): of its lines
 * "synset TAB type TAB word" with the type lemma, or one that ends with ":lemma", the words as they
 * are written, without white space at their ends, in the order of the file; those already in the
 * list are left out. *n_damaged (when not NULL) is the number of lines that are none of its format,
 * or no UTF-8. MC_E_FORMAT when there is no word; on failure no word is in the list. */
MC_MUST_CHECK mc_status mc_list_add_omw(mc_list *list, const char *path, size_t *n_damaged,
                                        mc_error *error);

/* --- recipes: what a list is made of ---------------------------------------------------------- */

typedef struct mc_recipe mc_recipe;

/* One of the library's recipes by its name (wordnet, metaclip1, metaclip2), or that of a file
 * (JSON, docs/metadata.md). MC_E_FORMAT with what is wrong where. */
MC_MUST_CHECK mc_status mc_recipe_read(mc_recipe **out, const char *name, mc_error *error);
void mc_recipe_free(mc_recipe *recipe);

const char *mc_recipe_name(const mc_recipe *recipe);
/* Whether it takes a source: number, wordnet, omw, unigram, bigram, title. */
bool mc_recipe_takes(const mc_recipe *recipe, const char *source);

/* Changes a parameter: size, longest, marks-only; min-unigram, share-unigram, max-unigram;
 * bigram-score (changing it drops min-pmi), min-pmi, min-bigram, share-bigram, max-bigram, joined;
 * hour-floor, min-views, share-title, max-title. MC_E_ARGUMENT when there is no such parameter,
 * the recipe does not take its source, or value makes no sense. */
MC_MUST_CHECK mc_status mc_recipe_set(mc_recipe *recipe, const char *parameter, const char *value,
                                      mc_error *error);
/* Takes a source out, if it is in. */
MC_MUST_CHECK mc_status mc_recipe_leave_out(mc_recipe *recipe, const char *source, mc_error *error);

/* --- building ----------------------------------------------------------------------------------
 */

typedef struct mc_paths {
    const char *const *paths; /* files, compressed or not; "-" is standard input */
    size_t n;
} mc_paths;

/* What a list is built from, and with. A recipe's source must have its input, and no input may be
 * left over. Everything is borrowed for the call. */
typedef struct mc_metadata_options {
    const mc_recipe *recipe;
    const char *wordnet; /* folder of WordNet's database files */
    mc_paths omw;        /* .tab files of Open Multilingual Wordnet */
    mc_paths wikipedia;  /* pages-articles dumps; with text, what n-grams are counted in */
    mc_paths text;       /* plain text */
    mc_paths ngrams;     /* or counts that others made */
    mc_paths pageviews;  /* hourly files */
    const char *project; /* of pageviews: "en"; NULL: "en" */
    const char *folder;  /* for what does not fit memory; NULL: $TMPDIR, or /tmp */
    uint64_t memory;     /* bytes, about; 0: 1 GiB */
    size_t n_threads;    /* 0: one a processor */
    const mc_control *control;
} mc_metadata_options;

/* What came of building. */
typedef struct mc_metadata_result {
    mc_list *list;
    char *ledger; /* lines of JSON: what was damaged in the inputs; ledger_size 0: nothing */
    size_t ledger_size;
    size_t n_ledger;  /* lines */
} mc_metadata_result; /* {0} is none */

/* Builds a list: a function of the recipe and the inputs' contents and base names, whatever the
 * threads and the memory. Fewer entries than the recipe's size are warned of. On failure *out is
 * {0}. */
MC_MUST_CHECK mc_status mc_metadata_build(mc_metadata_result *out,
                                          const mc_metadata_options *options, mc_error *error);
void mc_metadata_result_dispose(mc_metadata_result *result);

/* --- looking at lists --------------------------------------------------------------------------
 */

typedef struct mc_make_up_row {
    const char *name; /* borrowed from the list, or constant; NULL: not known */
    uint64_t entries;
} mc_make_up_row;

typedef struct mc_make_up_lengths {
    uint64_t least, median, most;
    double mean;
} mc_make_up_lengths;

/* What a list is made of. Ids are ascending. */
typedef struct mc_make_up {
    size_t n_entries;
    mc_make_up_row *sources; /* in the order of their first entries */
    size_t n_sources;
    mc_make_up_row *scripts; /* of their letters; those that occur, the most frequent first */
    size_t n_scripts;
    mc_make_up_lengths bytes, code_points, words; /* words: what spaces part */
    uint64_t *dead;                               /* ids of entries that can never match */
    size_t n_dead;
    uint64_t *repeated; /* ids of entries that equal an earlier one */
    size_t n_repeated;
    uint64_t *folded; /* pairs: id of an entry, id of an earlier one that differs in case alone */
    size_t n_folded;  /* pairs */
} mc_make_up;         /* {0} is empty */

/* list must outlive *out. Case is that of Latin, Greek, Cyrillic, Armenian and full-width letters,
 * folded one by one. */
MC_MUST_CHECK mc_status mc_list_make_up(mc_make_up *out, const mc_list *list, mc_rules rules,
                                        mc_error *error);
void mc_make_up_dispose(mc_make_up *make_up);

/* What a source came to in Table 1 of "Demystifying CLIP Data"; 0 for a source it does not have.
 * WordNet's figure holds the numbers. */
uint64_t mc_published_entries(const char *source);

/* Two lists compared, as sets of strings; ids of first occurrences, ascending. */
typedef struct mc_difference {
    uint64_t *only_a, *only_b; /* ids there */
    size_t n_only_a, n_only_b;
    uint64_t *moved; /* pairs of ids, in a and b: in both lists, from another source */
    size_t n_moved;  /* pairs */
    size_t n_common; /* strings in both */
} mc_difference;     /* {0} is empty */

MC_MUST_CHECK mc_status mc_list_compare(mc_difference *out, const mc_list *a, const mc_list *b,
                                        mc_error *error);
void mc_difference_dispose(mc_difference *difference);

/* What is known of the whole list, as a JSON object in one line ("{}": nothing), which the caller
 * frees. */
MC_MUST_CHECK mc_status mc_list_about(const mc_list *list, char **out, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
