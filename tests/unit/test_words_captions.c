/* The word-level engine on real captions: every path gives the same sets, and as many entries as
 * looking up every run of tokens finds. */
#include "words_checks.h"

#include <zstd.h>

#include "concepts/words_perfect.h"

static int compare_bytes(const void *a, const void *b) {
    const mc_bytes *x = a, *y = b;
    size_t shorter = x->size < y->size ? x->size : y->size;
    int order = shorter ? memcmp(x->data, y->data, shorter) : 0;
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* The whole of a file of the data folder, decompressed; NULL when it is not there. */
static char *read_data(const char *name, size_t *size) {
    char path[1024];
    const char *folder = getenv("METACURATE_DATA");
    if (folder)
        snprintf(path, sizeof path, "%s/%s", folder, name);
    else
        snprintf(path, sizeof path, "%s/../shared/data/%s", MC_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("%s is missing\n", path);
        return NULL;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t packed_size = (size_t)ftell(file);
    rewind(file);
    char *packed = malloc(packed_size);
    assert_int_equal(fread(packed, 1, packed_size, file), packed_size);
    fclose(file);
    ZSTD_DCtx *context = ZSTD_createDCtx();
    mc_buffer out = {0};
    ZSTD_inBuffer in = {packed, packed_size, 0};
    while (in.pos < in.size) {
        assert_int_equal(mc_buffer_reserve(&out, 1 << 20, NULL), MC_OK);
        ZSTD_outBuffer room = {out.data + out.size, out.capacity - out.size, 0};
        assert_false(ZSTD_isError(ZSTD_decompressStream(context, &room, &in)));
        out.size += room.pos;
    }
    ZSTD_freeDCtx(context);
    free(packed);
    *size = out.size;
    return out.data;
}

static mc_bytes *split_lines(char *data, size_t size, size_t *n) {
    mc_bytes *lines = NULL;
    size_t capacity = 0;
    *n = 0;
    for (char *at = data, *end = data + size; at < end; (*n)++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        assert_int_equal(MC_GROW(lines, capacity, *n + 1, NULL), MC_OK);
        lines[*n] = (mc_bytes){at, (size_t)(stop - at)};
        at = stop + 1;
    }
    return lines;
}

typedef struct sorted_list {
    mc_bytes *entries;
    size_t n, longest;
} sorted_list;

/* Every run of tokens of the text is sought in the list: slow, but another way. */
static size_t count_by_lookup(const sorted_list *list, mc_bytes text) {
    char *spaced = malloc(MC_SPACED_MAX(text.size));
    size_t size = mc_space(text.data, text.size, spaced), n = 0;
    bool *seen = calloc(list->n, sizeof *seen);
    for (size_t from = 0; from + 1 < size; from++) {
        if (spaced[from] != ' ')
            continue;
        for (size_t to = from + 1; to < size && to - from - 1 <= list->longest; to++) {
            if (spaced[to] != ' ' || to == from + 1)
                continue;
            mc_bytes run = {spaced + from + 1, to - from - 1};
            const mc_bytes *found =
                bsearch(&run, list->entries, list->n, sizeof run, compare_bytes);
            if (found && !seen[found - list->entries]) {
                seen[found - list->entries] = true;
                n++;
            }
        }
    }
    free(seen);
    free(spaced);
    return n;
}

static void agrees_on_captions(void **state) {
    (void)state;
    enum { STEP = 1000, LISTED = 20000 };
    size_t size = 0, n, n_entries = 0;
    char *data = read_data("captions.txt.zst", &size);
    if (!data)
        skip();
    mc_bytes *texts = split_lines(data, size, &n);
    /* Entries: captions' own runs of up to three words, each once. */
    mc_bytes *entries = calloc(LISTED, sizeof *entries);
    random_state = 5;
    while (n_entries < LISTED) {
        mc_bytes text = texts[draw((uint32_t)n)];
        size_t from = draw((uint32_t)text.size + 1), to = from, words = 1 + draw(3);
        while (from > 0 && text.data[from - 1] != ' ')
            from--;
        for (to = from; to < text.size && words > 0; to++)
            words -= text.data[to] == ' ';
        to -= to > from && text.data[to - 1] == ' ';
        entries[n_entries++] = (mc_bytes){text.data + from, to - from};
    }
    qsort(entries, n_entries, sizeof *entries, compare_bytes);
    sorted_list list = {entries, 0, 0};
    for (size_t i = 0; i < n_entries; i++) {
        if (mc_entry_is_dead(entries[i].data, entries[i].size, MC_RULES_METACLIP1) ||
            (list.n > 0 && compare_bytes(&entries[list.n - 1], &entries[i]) == 0))
            continue;
        entries[list.n++] = entries[i];
        if (entries[i].size > list.longest)
            list.longest = entries[i].size;
    }
    assert_true(list.n > 1000);

    section s;
    compile(&s, entries, list.n, MC_BUCKET_LIMIT);
    mc_words_scratch *scratch[3];
    for (int isa = MC_ISA_PORTABLE; isa <= (int)BEST; isa++)
        assert_int_equal(mc_words_scratch_create(&scratch[isa], &s.view, (mc_isa)isa, NULL), MC_OK);
    for (size_t i = 0; i < n; i += STEP) {
        size_t n_texts = n - i < STEP ? n - i : STEP;
        mc_match_sets sets[3];
        for (int isa = MC_ISA_PORTABLE; isa <= (int)BEST; isa++) {
            assert_int_equal(mc_words_scan(scratch[isa], texts + i, n_texts, &sets[isa], NULL),
                             MC_OK);
            assert_memory_equal(sets[isa].offsets, sets[0].offsets, (n_texts + 1) * 4);
            assert_memory_equal(sets[isa].ids, sets[0].ids, sets[0].offsets[n_texts] * 4);
        }
        /* Ids, ascending and no more than once, of entries that occur; and as many as there are. */
        if (texts[i].size > 1000)
            continue;
        uint32_t *expected = malloc(list.n * sizeof *expected);
        if (i % (50 * STEP) == 0) {
            size_t n_expected = reference_set(entries, list.n, texts[i], expected);
            assert_int_equal(n_expected, sets[0].offsets[1]);
            assert_memory_equal(expected, sets[0].ids, n_expected * 4);
        }
        assert_int_equal(count_by_lookup(&list, texts[i]), sets[0].offsets[1]);
        free(expected);
    }
    for (int isa = MC_ISA_PORTABLE; isa <= (int)BEST; isa++)
        mc_words_scratch_free(scratch[isa]);
    free(s.data);
    free(entries);
    free(texts);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_captions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
