/* Making metadata while memory runs out. */
#include "failing_memory.h"

#include <bzlib.h>
#include <jansson.h>

#include "metacurate/metadata.h"
#include "metadata/corpus.h"
#include "metadata/ngram_counter.h"
#include "no_sync.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static char list_path[1024];

static mc_status take_ngrams(const mc_ngrams *ngrams, mc_error *error) {
    mc_candidates found = {.limit = 3};
    mc_status status = mc_ngrams_unigrams(ngrams, 1, &found, error);
    mc_candidates_dispose(&found);
    if (status == MC_OK)
        status = mc_ngrams_bigrams(ngrams, MC_BIGRAM_WORLDWIDE, 1, -1e9, false, &found, error);
    mc_candidates_dispose(&found);
    return status;
}

/* With so little memory every batch of words is spilled, and runs are merged now and then. */
static mc_status count_ngrams(mc_error *error) {
    static const char text[] = "one, two three four five six seven eight nine ten eleven twelve\n";
    mc_ngram_counter counters[2];
    mc_ngrams *ngrams = NULL;
    mc_status status = MC_OK;
    for (size_t i = 0; i < 2; i++) {
        mc_status made = mc_counter_init(&counters[i], scratch_folder, 1, NULL, error);
        for (size_t k = 0; k < 10 && made == MC_OK; k++)
            made = mc_counter_text(&counters[i], text, sizeof text - 1, error);
        status = status == MC_OK ? made : status;
    }
    if (status == MC_OK)
        status = mc_counters_merge(&ngrams, counters, 2, scratch_folder, 1, NULL, error);
    if (status == MC_OK)
        status = take_ngrams(ngrams, error);
    mc_ngrams_free(ngrams);
    for (size_t i = 0; i < 2; i++)
        mc_counter_dispose(&counters[i]);
    return status;
}

static mc_status read_ngrams(mc_error *error) {
    const char *path = list_path;
    mc_ngram_options options = {.folder = scratch_folder, .memory = 1, .n_threads = 1};
    mc_ngram_totals totals;
    mc_buffer ledger = {0};
    mc_ngrams *ngrams;
    mc_status status = mc_ngrams_read(&ngrams, &path, 1, &options, &totals, &ledger, NULL, error);
    if (status == MC_OK)
        status = take_ngrams(ngrams, error);
    mc_ngrams_free(ngrams);
    mc_buffer_dispose(&ledger);
    return status;
}

static void ngrams_are_counted_or_not(void **state) {
    (void)state;
    static const char counts[] = "a 3\nb 5\n2\tc\n1\ta\tb\n2\ta\tc\nwrong\n\xFF 1\n4\td";
    snprintf(list_path, sizeof list_path, "%s", scratch_write("list", counts, sizeof counts - 1));
    fail_each(count_ngrams, 50);
    fail_each(read_ngrams, 30);
}

static mc_status read_file(mc_corpus *corpus, size_t file, mc_corpus_chunk *chunk,
                           mc_corpus_scratch *own, mc_error *error) {
    mc_buffer text = {0}, ledger = {0};
    mc_corpus_totals totals = {0};
    mc_status status = mc_corpus_open(corpus, file, error);
    while (status == MC_OK) {
        status = mc_corpus_read(corpus, file, chunk, error);
        if (status == MC_OK)
            status = mc_corpus_text(corpus, own, chunk, &text, &totals, &ledger, error);
    }
    mc_corpus_close(corpus, file);
    mc_buffer_dispose(&text);
    mc_buffer_dispose(&ledger);
    return status == MC_END ? MC_OK : status;
}

static mc_status read_corpora(mc_error *error) {
    const char *paths[] = {scratch("dump"), scratch("dump.bz2"), scratch("utf16")};
    mc_corpus *corpus = NULL;
    mc_corpus_chunk *chunk = NULL;
    mc_corpus_scratch *own = NULL;
    mc_status status = mc_corpus_create(&corpus, paths, 3, MC_CORPUS_AUTO, error);
    if (status == MC_OK)
        status = mc_corpus_chunk_create(&chunk, error);
    if (status == MC_OK)
        status = mc_corpus_scratch_create(&own, error);
    for (size_t i = 0; i < 3 && status == MC_OK; i++)
        status = read_file(corpus, i, chunk, own, error);
    mc_corpus_scratch_free(own);
    mc_corpus_chunk_free(chunk);
    mc_corpus_free(corpus);
    return status;
}

static void corpora_are_read_or_not(void **state) {
    (void)state;
    static const char dump[] =
        "<mediawiki><namespaces><namespace key=\"6\">F</namespace></namespaces><page><title>A"
        "</title><ns>0</ns><revision><text>a &amp;amp;nbsp; [[b|c]] {{d}}</text></revision></page>"
        "<page><title>B</title>e<ns>0</ns></p></page></mediawiki>";
    char packed[2000];
    unsigned size = sizeof packed;
    assert_int_equal(
        BZ2_bzBuffToBuffCompress(packed, &size, (char *)(uintptr_t)dump, sizeof dump - 1, 1, 0, 0),
        BZ_OK);
    scratch_write("dump", dump, sizeof dump - 1);
    scratch_write("dump.bz2", packed, size);
    scratch_write("utf16",
                  "\xFF\xFE"
                  "a\0\n\0b",
                  7);
    fail_each(read_corpora, 30);
}

static mc_status build_list(mc_error *error) {
    const char *ngrams[] = {list_path}, *words[] = {scratch("words.tab")},
               *views[] = {scratch("views")};
    mc_metadata_options options = {.wordnet = scratch_folder,
                                   .omw = {words, 1},
                                   .ngrams = {ngrams, 1},
                                   .pageviews = {views, 1},
                                   .folder = scratch_folder,
                                   .memory = 1 << 20,
                                   .n_threads = 1};
    mc_recipe *recipe;
    mc_metadata_result result = {0};
    char *about;
    /* What cannot be parsed and what there is no memory for look the same to jansson. */
    armed = false;
    mc_status status = mc_recipe_read(&recipe, scratch("recipe"), error);
    armed = true;
    MC_TRY(status);
    options.recipe = recipe;
    status = mc_metadata_build(&result, &options, error);
    if (status == MC_OK)
        status = mc_list_about(result.list, &about, error);
    if (status == MC_OK) {
        free(about);
        status = mc_list_write(result.list, scratch("built.json"), error);
    }
    mc_metadata_result_dispose(&result);
    mc_recipe_free(recipe);
    return status;
}

static mc_status look_at_lists(mc_error *error) {
    mc_list *a = NULL, *b = NULL;
    mc_make_up make_up = {0};
    mc_difference difference = {0};
    mc_status status = mc_list_read(&a, list_path, error);
    if (status == MC_OK)
        status = mc_list_read(&b, scratch("views"), error);
    if (status == MC_OK)
        status = mc_list_make_up(&make_up, a, MC_RULES_METACLIP1, error);
    if (status == MC_OK)
        status = mc_list_compare(&difference, a, b, error);
    if (status == MC_OK)
        status = mc_list_export(a, MC_LIST_METACLIP, scratch("export"), error);
    mc_make_up_dispose(&make_up);
    mc_difference_dispose(&difference);
    mc_list_free(a);
    mc_list_free(b);
    return status;
}

static void lists_are_built_or_not(void **state) {
    (void)state;
    static const char counts[] = "a 3\nb 5\n2\tc\n1\ta\tb\n2\ta\tc\nwrong\n";
    static const char words[] = "00000001-n\tlemma\tchat\n00000001-n\tlemma\tb+c\nwrong\n";
    static const char views[] = "en A_cat 7 0\nen B 9 0\nwrong\n";
    static const char recipe[] =
        "{\"metacurate\":\"recipe\",\"version\":1,\"name\":\"x\",\"marks_only\":false,"
        "\"sources\":[{\"source\":\"number\"},{\"source\":\"wordnet\"},{\"source\":\"omw\"},"
        "{\"source\":\"unigram\",\"max\":2},{\"source\":\"bigram\",\"joined\":[\"zh\"]},"
        "{\"source\":\"title\",\"min_count\":3}]}";
    static const struct {
        const char *file, *line;
    } parts[] = {{"data.noun", "00001740 03 n 01 entity 0 000 | x  \n"},
                 {"data.verb", "00001740 29 v 01 breathe 0 000 00 | x  \n"},
                 {"data.adj", "00001740 00 a 01 able 0 000 | x  \n"},
                 {"data.adv", "00001740 02 r 01 well 0 000 | x  \n"}};
    for (size_t i = 0; i < N_OF(parts); i++)
        scratch_write(parts[i].file, parts[i].line, strlen(parts[i].line));
    scratch_write("words.tab", words, sizeof words - 1);
    scratch_write("views", views, sizeof views - 1);
    scratch_write("recipe", recipe, sizeof recipe - 1);
    snprintf(list_path, sizeof list_path, "%s", scratch_write("list", counts, sizeof counts - 1));
    json_set_alloc_funcs(malloc, free);
    fail_each(build_list, 150);
    json_set_alloc_funcs(__real_malloc, free);
    scratch_write("list", "cat\nCat\ncat\nU.S.\n", 17);
    fail_each(look_at_lists, 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ngrams_are_counted_or_not),
        cmocka_unit_test(corpora_are_read_or_not),
        cmocka_unit_test(lists_are_built_or_not),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
