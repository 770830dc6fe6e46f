/* Small pools written into the scratch folder, and runs of matching over them. */
#ifndef TEST_MATCHING_H
#define TEST_MATCHING_H

#include "made_index.h"

#include "metacurate/io.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static const char *const words[] = {"cat",   "dog",       "a cat", "the", "",        "St. Louis",
                                    "house", "the house", ",",     "cat", "of  the", "mat ."};
#define N_WORDS N_OF(words)

static mc_concepts *concepts;
static mc_bytes word_entries[N_WORDS];

static inline int set_up(void **state) {
    for (size_t i = 0; i < N_WORDS; i++)
        word_entries[i] = (mc_bytes){words[i], strlen(words[i])};
    if (mc_concepts_compile(&concepts, word_entries, N_WORDS, MC_RULES_METACLIP1, NULL) != MC_OK)
        return -1;
    return scratch_make(state);
}

static inline int tear_down(void **state) {
    mc_concepts_free(concepts);
    return scratch_remove(state);
}

static inline int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

static const char *const text_pieces[] = {"cat",
                                          "dog",
                                          " ",
                                          " ",
                                          " ",
                                          "a ",
                                          "the ",
                                          "house",
                                          ",",
                                          ".",
                                          "  ",
                                          "of  the",
                                          "mat",
                                          "St. Louis",
                                          "\xC3\xA9",
                                          "\xFF",
                                          "plain words that match nothing"};

/* Writes shard number i: lines of text of about size bytes. */
static inline const char *write_lines(const char *name, size_t size) {
    mc_buffer lines = {0};
    while (lines.size < size) {
        char line[1200];
        size_t n = random_pieces(line, 25, text_pieces, N_OF(text_pieces));
        line[n] = '\n';
        assert_int_equal(mc_buffer_append(&lines, line, n + 1, NULL), MC_OK);
    }
    const char *path = scratch_write(name, lines.data, lines.size);
    mc_buffer_dispose(&lines);
    return path;
}

/* Records of one to three texts, damaged ones among them. */
static inline const char *write_jsonl(const char *name, unsigned n_records) {
    mc_buffer lines = {0};
    for (unsigned i = 0; i < n_records; i++) {
        if (random_below(9) == 0) {
            static const char *const bad[] = {"{", "", "{\"url\":\"u\"}", "{\"text\":7}", "[1]"};
            assert_int_equal(mc_buffer_printf(&lines, NULL, "%s\n", bad[random_below(N_OF(bad))]),
                             MC_OK);
            continue;
        }
        assert_int_equal(mc_buffer_printf(&lines, NULL, "{\"url\":\"http://u/%u\",\"texts\":[", i),
                         MC_OK);
        for (uint32_t n = 1 + random_below(3), k = 0; k < n; k++)
            assert_int_equal(mc_buffer_printf(&lines, NULL, "%s\"%s %s\"", k ? "," : "",
                                              words[random_below(4)], words[random_below(9)]),
                             MC_OK);
        assert_int_equal(mc_buffer_printf(&lines, NULL, "]}\n"), MC_OK);
    }
    const char *path = scratch_write(name, lines.data, lines.size);
    mc_buffer_dispose(&lines);
    return path;
}

static inline mc_pool *open_pool(const char *const *names, size_t n,
                                 const mc_pool_options *options) {
    char *paths[8];
    mc_pool *pool;
    mc_error error = {0};
    for (size_t i = 0; i < n; i++)
        paths[i] = strdup(scratch(names[i]));
    if (mc_pool_create(&pool, (const char *const *)paths, n, options, &error) != MC_OK)
        fail_msg("%s: %s", error.file, error.message);
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    return pool;
}

static const mc_pool_options default_options;

typedef struct told {
    unsigned n_warnings, n_progress;
    char first_warning[700];
    atomic_int cancel;
    uint64_t cancel_after; /* texts; 0: never */
} told;

static inline void note_warning(void *context, const char *message) {
    told *t = context;
    if (t->n_warnings++ == 0)
        snprintf(t->first_warning, sizeof t->first_warning, "%s", message);
}

static inline void note_progress(void *context, mc_stage stage, uint64_t done, uint64_t total,
                                 uint64_t n_texts) {
    told *t = context;
    assert_int_equal(stage, MC_STAGE_MATCH);
    assert_true(done <= total);
    t->n_progress++;
    if (t->cancel_after && n_texts >= t->cancel_after)
        atomic_store(&t->cancel, 1);
}

static inline mc_control control_of(told *t) {
    return (mc_control){
        .cancel = &t->cancel, .progress = note_progress, .warn = note_warning, .context = t};
}

static inline mc_match_options options_for(const mc_pool *pool, const char *folder) {
    return (mc_match_options){.concepts = concepts, .pool = pool, .folder = folder, .n_threads = 2};
}

static inline void run(const mc_match_options *options, mc_match_result *result) {
    mc_error error = {0};
    char text[1200];
    if (mc_match_run(options, result, &error) != MC_OK)
        fail_msg("%s", mc_error_text(&error, text, sizeof text));
}

static inline const char *index_path(const mc_match_options *options, size_t shard) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/matches/%s.mcm", options->folder,
             mc_pool_name(options->pool, shard));
    return path;
}

static inline void check_books(const mc_totals *t) {
    uint64_t rejected = 0;
    for (unsigned i = 0; i < MC_MAX_REASONS; i++)
        rejected += t->rejected_for[i];
    assert_int_equal(t->records, t->read + t->rejected);
    assert_int_equal(t->rejected, rejected);
    assert_int_equal(t->texts, t->empty + t->excluded + t->duplicates + t->unmatched + t->matched);
}

#endif
