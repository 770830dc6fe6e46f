/* A list from a recipe: source by source, the best candidates that the list does not have yet.
 *
 * The list is a function of the recipe and of what is in the inputs: every source is counted
 * exactly, whatever the threads and the memory, and its candidates are in a total order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "metadata/builder.h"
#include "metadata/tokens.h"

/* --- what goes with what -----------------------------------------------------------------------
 */

static mc_status check_recipe(const mc_recipe *recipe, mc_error *error) {
    if (recipe->size == 0)
        return mc_fail(error, MC_E_ARGUMENT, "a list of size 0 has no entries");
    if (recipe->n_steps == 0)
        return mc_fail(error, MC_E_ARGUMENT, "the recipe %.80s takes nothing", recipe->name);
    for (size_t i = 0; i < recipe->n_steps; i++)
        if (!mc_recipe_find(recipe, recipe->steps[i].of))
            return mc_fail(error, MC_E_ARGUMENT,
                           "the recipe %.80s takes %ss as a share of its %ss, which are left out",
                           recipe->name, mc_origin_name(recipe->steps[i].origin),
                           mc_origin_name(recipe->steps[i].of));
    return MC_OK;
}

static mc_status check_input(bool is_given, bool is_taken, const char *input, const char *sources,
                             mc_error *error) {
    if (is_taken && !is_given)
        return mc_fail(error, MC_E_ARGUMENT, "the recipe takes %s, for which %s is missing",
                       sources, input);
    if (is_given && !is_taken)
        return mc_fail(error, MC_E_ARGUMENT, "the recipe has no use for %s: it takes no %s", input,
                       sources);
    return MC_OK;
}

static size_t count_stdin(mc_paths files) {
    size_t n = 0;
    for (size_t i = 0; i < files.n; i++)
        n += strcmp(files.paths[i], "-") == 0;
    return n;
}

static mc_status check_options(const mc_metadata_options *o, mc_error *error) {
    const mc_recipe *recipe = o->recipe;
    bool takes_ngrams = mc_recipe_takes(recipe, "unigram") || mc_recipe_takes(recipe, "bigram");
    bool has_corpus = o->wikipedia.n > 0 || o->text.n > 0;
    MC_TRY(check_recipe(recipe, error));
    MC_TRY(check_input(o->wordnet != NULL, mc_recipe_takes(recipe, "wordnet"), "WordNet's folder",
                       "WordNet", error));
    MC_TRY(check_input(o->omw.n > 0, mc_recipe_takes(recipe, "omw"),
                       "a file of Open Multilingual Wordnet", "names of a wordnet (omw)", error));
    MC_TRY(check_input(has_corpus || o->ngrams.n > 0, takes_ngrams,
                       "a corpus (Wikipedia, text) or counts of n-grams", "n-grams", error));
    MC_TRY(check_input(o->pageviews.n > 0, mc_recipe_takes(recipe, "title"), "pageviews", "titles",
                       error));
    if (has_corpus && o->ngrams.n > 0)
        return mc_fail(error, MC_E_ARGUMENT,
                       "n-grams are counted in a corpus or read from files of counts, not both");
    if (count_stdin(o->omw) + count_stdin(o->wikipedia) + count_stdin(o->text) +
            count_stdin(o->ngrams) + count_stdin(o->pageviews) >
        1)
        return mc_fail(error, MC_E_ARGUMENT, "standard input can be read once only");
    return MC_OK;
}

/* --- taking candidates -------------------------------------------------------------------------
 */

/* Whether there is a token in it that is no mark. */
static bool has_word(mc_bytes string) {
    mc_tokens tokens = mc_tokens_of(string.data, string.size);
    mc_bytes token;
    while (mc_tokens_next(&tokens, &token, 1) > 0)
        if (token.size > 0)
            return true;
    return false;
}

/* What may be an entry by the recipe's filters. */
static bool accept(const void *context, mc_bytes string) {
    const mc_recipe *recipe = context;
    if (recipe->longest != UINT64_MAX) {
        uint64_t n = 0;
        for (size_t i = 0; i < string.size; i++)
            n += (string.data[i] & 0xc0) != 0x80;
        if (n > recipe->longest)
            return false;
    }
    return recipe->marks_only || has_word(string);
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static mc_status take(mc_builder *b, const mc_recipe_step *step, const mc_candidates *candidates,
                      mc_error *error) {
    const char *name = mc_origin_name(step->origin);
    uint64_t size = b->options->recipe->size;
    uint64_t quota = mc_recipe_quota(step, candidates->seen, b->taken[step->of]);
    size_t n = (size_t)least(least(quota, candidates->n), UINT32_MAX), i = 0, n_before = b->list->n;
    uint32_t source;
    MC_TRY(mc_list_find_name(b->list, name, &source, error));
    for (; i < n && b->list->n < size; i++) {
        mc_bytes string = mc_candidate_string(candidates, i);
        if (mc_name_set_has(&b->names, string))
            continue;
        mc_list_origin origin = {source, (uint32_t)i + 1, candidates->items[i].score};
        MC_TRY(mc_list_append_ranked(b->list, string, origin, error));
        MC_TRY(mc_name_set_add(&b->names, b->list->n - 1, error));
    }
    b->taken[step->origin] = quota;
    if (i < n)
        mc_warn(b->options->control,
                "the list is full (%llu entries): of the candidates from source %s, %llu were "
                "looked at and %llu were not",
                (unsigned long long)size, name, (unsigned long long)i,
                (unsigned long long)(quota - i));
    const mc_builder_number numbers[] = {
        {"candidates", candidates->seen}, {"taken", i}, {"entries", b->list->n - n_before}};
    return mc_builder_note_totals(b, name, numbers, 3, error);
}

/* No more candidates are held than may be taken: of those that the list has already, there are at
 * most as many as it has entries. Sources with an order of their own are small. */
static size_t limit(const mc_recipe *recipe, const mc_recipe_step *step) {
    uint64_t most = least(recipe->size, step->max);
    if (step->origin < MC_ORIGIN_UNIGRAM)
        return 0;
    return most < SIZE_MAX / 4 ? (size_t)most : 0;
}

static mc_status take_step(mc_builder *b, const mc_recipe_step *step, mc_error *error) {
    const mc_recipe *recipe = b->options->recipe;
    mc_candidates candidates = {.accept = accept, .context = recipe, .limit = limit(recipe, step)};
    mc_status status = mc_builder_fill(b, step, &candidates, error);
    if (status == MC_OK)
        status = take(b, step, &candidates, error);
    mc_candidates_dispose(&candidates);
    return status;
}

/* Counts are large: they go before other sources are read. */
static void free_ngrams(mc_builder *b, size_t next) {
    const mc_recipe *recipe = b->options->recipe;
    for (size_t i = next; i < recipe->n_steps; i++)
        if (recipe->steps[i].origin == MC_ORIGIN_UNIGRAM ||
            recipe->steps[i].origin == MC_ORIGIN_BIGRAM)
            return;
    mc_ngrams_free(b->ngrams);
    b->ngrams = NULL;
}

static mc_status take_steps(mc_builder *b, mc_error *error) {
    const mc_recipe *recipe = b->options->recipe;
    for (size_t i = 0; i < recipe->n_steps; i++) {
        MC_TRY(take_step(b, &recipe->steps[i], error));
        free_ngrams(b, i + 1);
    }
    if (recipe->size != UINT64_MAX && b->list->n < recipe->size)
        mc_warn(b->options->control,
                "the sources give %zu entries, fewer than the %llu that the recipe asks for",
                b->list->n, (unsigned long long)recipe->size);
    return MC_OK;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* {"recipe":...,"project":...,"inputs":[...],"totals":{...}} */
static mc_status describe(mc_builder *b, mc_error *error) {
    json_t *recipe;
    MC_TRY(mc_recipe_describe(&recipe, b->options->recipe, error));
    json_t *about = json_object();
    int failed = json_object_set_new(about, "recipe", recipe);
    failed |= json_object_set_new(about, "project", json_string(b->project));
    failed |= json_object_set(about, "inputs", b->inputs);
    failed |= json_object_set(about, "totals", b->totals);
    b->list->about = about;
    return failed ? mc_fail(error, MC_E_MEMORY, "out of memory for the list's description") : MC_OK;
}

static mc_status build(mc_builder *b, mc_error *error) {
    b->inputs = json_array();
    b->totals = json_object();
    MC_TRY(mc_list_create(&b->list, error));
    MC_TRY(mc_name_set_init(&b->names, b->list, error));
    MC_TRY(take_steps(b, error));
    return describe(b, error);
}

mc_status mc_metadata_build(mc_metadata_result *out, const mc_metadata_options *options,
                            mc_error *error) {
    *out = (mc_metadata_result){0};
    MC_TRY(check_options(options, error));
    mc_builder b = {.options = options, .project = options->project ? options->project : "en"};
    mc_status status = build(&b, error);
    mc_ngrams_free(b.ngrams);
    mc_name_set_dispose(&b.names);
    json_decref(b.inputs);
    json_decref(b.totals);
    if (status != MC_OK) {
        mc_buffer_dispose(&b.ledger);
        mc_list_free(b.list);
        return status;
    }
    *out =
        (mc_metadata_result){.list = b.list, .ledger = b.ledger.data, .ledger_size = b.ledger.size};
    for (size_t i = 0; i < b.ledger.size; i++)
        out->n_ledger += b.ledger.data[i] == '\n';
    return MC_OK;
}

void mc_metadata_result_dispose(mc_metadata_result *result) {
    mc_list_free(result->list);
    free(result->ledger);
    *result = (mc_metadata_result){0};
}
