/* The sources of a list, each asked for its candidates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/builder.h"
#include "metadata/corpus.h"
#include "metadata/omw.h"
#include "metadata/titles.h"

#define DEFAULT_MEMORY ((uint64_t)1 << 30)

static uint64_t memory_of(const mc_metadata_options *o) {
    return o->memory ? o->memory : DEFAULT_MEMORY;
}

/* Lists that have an order of their own, and no scores. */
static mc_status add_list(mc_candidates *out, const mc_list *list, mc_error *error) {
    for (size_t i = 0; i < list->n; i++)
        MC_TRY(mc_candidates_add(out, list->entries[i], 0, NAN, error));
    return MC_OK;
}

static mc_status fill_numbers(mc_candidates *out, mc_error *error) {
    mc_list *list;
    MC_TRY(mc_list_create(&list, error));
    mc_status status = mc_list_add_numbers(list, error);
    if (status == MC_OK)
        status = add_list(out, list, error);
    mc_list_free(list);
    return status;
}

static mc_status note_wordnet(mc_builder *b, size_t n_synsets, mc_error *error) {
    static const char *const files[] = {"data.noun", "data.verb", "data.adj", "data.adv"};
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < sizeof files / sizeof *files; i++) {
        mc_buffer path = {0};
        status = mc_buffer_printf(&path, error, "%s/%s", b->options->wordnet, files[i]);
        const char *paths[] = {path.data};
        if (status == MC_OK)
            status = mc_builder_note_inputs(b, "wordnet", (mc_paths){paths, 1}, NULL, error);
        mc_buffer_dispose(&path);
    }
    MC_TRY(status);
    const mc_builder_number numbers[] = {{"synsets", n_synsets}};
    return mc_builder_note_totals(b, "wordnet_database", numbers, 1, error);
}

static mc_status fill_wordnet(mc_builder *b, mc_candidates *out, mc_error *error) {
    mc_list *list;
    size_t n_synsets;
    MC_TRY(mc_list_create(&list, error));
    mc_status status = mc_list_add_wordnet(list, b->options->wordnet, &n_synsets, error);
    if (status == MC_OK)
        status = add_list(out, list, error);
    mc_list_free(list);
    MC_TRY(status);
    return note_wordnet(b, n_synsets, error);
}

/* Words in the order of the files, not by how many lines have them. */
static mc_status fill_omw(mc_builder *b, mc_candidates *out, mc_error *error) {
    mc_paths files = b->options->omw;
    mc_omw_totals totals = {0};
    mc_u128 *digests;
    MC_TRY(MC_ALLOC(digests, files.n, error));
    mc_status status =
        mc_omw_read(out, files.paths, files.n, true, &totals, &b->ledger, digests, error);
    for (size_t i = 0; i < out->n; i++)
        out->items[i].score = NAN;
    if (status == MC_OK)
        status = mc_builder_note_inputs(b, "omw", files, digests, error);
    free(digests);
    MC_TRY(status);
    const mc_builder_number numbers[] = {{"lines", totals.lines},
                                         {"words", totals.words},
                                         {"passed", totals.passed},
                                         {"damaged", totals.damaged}};
    return mc_builder_note_totals(b, "omw_files", numbers, 4, error);
}

/* --- n-grams -----------------------------------------------------------------------------------
 */

static mc_ngram_options ngram_options(const mc_builder *b) {
    const mc_metadata_options *o = b->options;
    return (mc_ngram_options){.folder = o->folder,
                              .memory = memory_of(o),
                              .n_threads = o->n_threads,
                              .control = o->control};
}

static mc_status note_corpus(mc_builder *b, const mc_corpus_totals *totals, const mc_u128 *digests,
                             mc_error *error) {
    const mc_metadata_options *o = b->options;
    MC_TRY(mc_builder_note_inputs(b, "wikipedia", o->wikipedia, digests, error));
    MC_TRY(mc_builder_note_inputs(b, "text", o->text, digests + o->wikipedia.n, error));
    const mc_builder_number numbers[] = {
        {"pages", totals->pages},       {"articles", totals->articles},
        {"passed", totals->passed},     {"damaged", totals->damaged},
        {"bytes_in", totals->bytes_in}, {"bytes_out", totals->bytes_out}};
    return mc_builder_note_totals(b, "corpus", numbers, 6, error);
}

static mc_status count_files(mc_builder *b, mc_paths files, mc_corpus_kind kind, mc_u128 *digests,
                             mc_error *error) {
    mc_ngram_options options = ngram_options(b);
    mc_corpus_totals totals = {0};
    mc_corpus *corpus;
    MC_TRY(mc_corpus_create(&corpus, files.paths, files.n, kind, error));
    mc_status status =
        mc_ngrams_count(&b->ngrams, corpus, &options, &totals, &b->ledger, digests, error);
    mc_corpus_free(corpus);
    MC_TRY(status);
    return note_corpus(b, &totals, digests, error);
}

/* Dumps and text are one corpus. */
static mc_status count_corpus(mc_builder *b, mc_error *error) {
    mc_paths wikipedia = b->options->wikipedia, text = b->options->text;
    size_t n = wikipedia.n + text.n;
    const char **paths;
    mc_u128 *digests = NULL;
    mc_corpus_kind kind = text.n == 0        ? MC_CORPUS_WIKIPEDIA
                          : wikipedia.n == 0 ? MC_CORPUS_TEXT
                                             : MC_CORPUS_AUTO;
    MC_TRY(MC_ALLOC(paths, n, error));
    for (size_t i = 0; i < n; i++)
        paths[i] = i < wikipedia.n ? wikipedia.paths[i] : text.paths[i - wikipedia.n];
    mc_status status = MC_ALLOC(digests, n, error);
    if (status == MC_OK)
        status = count_files(b, (mc_paths){paths, n}, kind, digests, error);
    free(digests);
    free(paths);
    return status;
}

static mc_status read_counts(mc_builder *b, mc_error *error) {
    mc_paths files = b->options->ngrams;
    mc_ngram_options options = ngram_options(b);
    mc_ngram_totals totals = {0};
    mc_u128 *digests;
    MC_TRY(MC_ALLOC(digests, files.n, error));
    mc_status status = mc_ngrams_read(&b->ngrams, files.paths, files.n, &options, &totals,
                                      &b->ledger, digests, error);
    if (status == MC_OK)
        status = mc_builder_note_inputs(b, "ngrams", files, digests, error);
    free(digests);
    MC_TRY(status);
    const mc_builder_number numbers[] = {
        {"lines", totals.lines}, {"refused", totals.refused}, {"lost", totals.lost}};
    return mc_builder_note_totals(b, "ngram_files", numbers, 3, error);
}

/* Counts once, whichever source asks first. */
static mc_status need_ngrams(mc_builder *b, mc_error *error) {
    if (b->ngrams)
        return MC_OK;
    if (b->options->ngrams.n > 0)
        MC_TRY(read_counts(b, error));
    else
        MC_TRY(count_corpus(b, error));
    const mc_builder_number numbers[] = {{"tokens", mc_ngrams_tokens(b->ngrams)},
                                         {"unigrams", mc_ngrams_words(b->ngrams)},
                                         {"bigrams", mc_ngrams_pairs(b->ngrams)}};
    return mc_builder_note_totals(b, "ngrams", numbers, 3, error);
}

static mc_status fill_unigrams(mc_builder *b, const mc_recipe_step *step, mc_candidates *out,
                               mc_error *error) {
    MC_TRY(need_ngrams(b, error));
    return mc_ngrams_unigrams(b->ngrams, step->min_count, out, error);
}

static mc_status fill_bigrams(mc_builder *b, const mc_recipe_step *step, mc_candidates *out,
                              mc_error *error) {
    MC_TRY(need_ngrams(b, error));
    return mc_ngrams_bigrams(b->ngrams, step->score, step->min_count, step->min_score,
                             mc_recipe_joins(step, b->project), out, error);
}

/* --- titles ------------------------------------------------------------------------------------
 */

static mc_status note_titles(mc_builder *b, const mc_titles_totals *totals, const mc_u128 *digests,
                             mc_error *error) {
    MC_TRY(mc_builder_note_inputs(b, "pageviews", b->options->pageviews, digests, error));
    const mc_builder_number numbers[] = {{"lines", totals->lines},
                                         {"counted", totals->counted},
                                         {"other_domains", totals->other_domains},
                                         {"below_floor", totals->below_floor},
                                         {"with_colon", totals->with_colon},
                                         {"untitled", totals->untitled},
                                         {"damaged", totals->damaged}};
    return mc_builder_note_totals(b, "pageviews", numbers, 7, error);
}

static mc_status fill_titles(mc_builder *b, const mc_recipe_step *step, mc_candidates *out,
                             mc_error *error) {
    const mc_metadata_options *o = b->options;
    mc_titles_options options = {.project = b->project,
                                 .hour_floor = step->hour_floor,
                                 .min_views = step->min_count,
                                 .memory = memory_of(o),
                                 .n_threads = o->n_threads,
                                 .control = o->control};
    mc_titles_totals totals = {0};
    mc_u128 *digests;
    MC_TRY(MC_ALLOC(digests, o->pageviews.n, error));
    mc_status status = mc_titles_read(out, o->pageviews.paths, o->pageviews.n, &options, &totals,
                                      &b->ledger, digests, error);
    if (status == MC_OK)
        status = note_titles(b, &totals, digests, error);
    free(digests);
    return status;
}

mc_status mc_builder_fill(mc_builder *builder, const mc_recipe_step *step, mc_candidates *out,
                          mc_error *error) {
    mc_status status = MC_OK;
    switch (step->origin) {
    case MC_ORIGIN_NUMBER:
        return fill_numbers(out, error);
    case MC_ORIGIN_WORDNET:
        return fill_wordnet(builder, out, error);
    case MC_ORIGIN_OMW:
        return fill_omw(builder, out, error);
    case MC_ORIGIN_UNIGRAM:
        status = fill_unigrams(builder, step, out, error);
        break;
    case MC_ORIGIN_BIGRAM:
        status = fill_bigrams(builder, step, out, error);
        break;
    case MC_ORIGIN_TITLE:
        status = fill_titles(builder, step, out, error);
        break;
    case MC_ORIGIN_COUNT:
        break;
    }
    if (status == MC_OK)
        mc_candidates_sort(out);
    return status;
}
