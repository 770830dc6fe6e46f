/* The word-level engine against the definition: cases, random input, building, damage. */
#include "words_checks.h"

#include "concepts/words_perfect.h"

/* ---- tables ---- */

static const char *const case_entries[] = {"a",
                                           "b",
                                           "a b",
                                           "b a",
                                           "a b c",
                                           "a b c d",
                                           "c",
                                           "dog",
                                           "hot dog",
                                           "hot",
                                           "hot dog bun",
                                           "dog",
                                           "hot dog",
                                           "a",
                                           ",",
                                           ", b",
                                           "a ,",
                                           "a , b",
                                           "a ,  b",
                                           "a  b",
                                           " a",
                                           "a ",
                                           "  a",
                                           " ",
                                           "  ",
                                           "   ",
                                           " ,",
                                           ",  ,",
                                           "St. Louis",
                                           "U.S.",
                                           "",
                                           "a\tb",
                                           "exactly8",
                                           "exactly 8",
                                           "ninebytes",
                                           "sixteen-bytes-16",
                                           "seventeen-bytes-1",
                                           "seventeen-bytes-2",
                                           "a seventeen-bytes-1",
                                           "seventeen-bytes-1 a",
                                           "sixteen-bytes-16 ninebytes",
                                           "\xc3\xa9t\xc3\xa9",
                                           "\xc3\xa9",
                                           "\xff",
                                           "a a",
                                           "a a a",
                                           "a a a a a a",
                                           "x  y  z",
                                           "x  y",
                                           "y  z",
                                           "x y  z",
                                           "? !",
                                           "?  !",
                                           "`",
                                           ": :",
                                           ":  :",
                                           "the",
                                           "of the",
                                           "end of the",
                                           "the end of the world"};

static const char *const case_texts[] = {"",
                                         " ",
                                         "  ",
                                         "   ",
                                         "a",
                                         " a",
                                         "a ",
                                         " a ",
                                         "  a  ",
                                         "a b",
                                         "a  b",
                                         "b a b",
                                         "a b c d",
                                         "a b c",
                                         "hot dog",
                                         "hot  dog",
                                         "a hot dog bun",
                                         "hot dog bun,hot dog",
                                         "a,b",
                                         "a, b",
                                         "a ,b",
                                         "a , b",
                                         "a,  b",
                                         "a,,b",
                                         ",",
                                         ",,",
                                         ", ,",
                                         ",  ,",
                                         ",a",
                                         "a,",
                                         "a\tb",
                                         "a\nb",
                                         "a\r\nb",
                                         "a\tb c\nd",
                                         "St. Louis",
                                         "the U.S. of a",
                                         "exactly8",
                                         "exactly8 exactly 8",
                                         "ninebytes",
                                         "sixteen-bytes-16",
                                         "sixteen-bytes-16 ninebytes",
                                         "seventeen-bytes-1",
                                         "seventeen-bytes-1 a",
                                         "a seventeen-bytes-1 a",
                                         "seventeen-bytes-2,a",
                                         "seventeen-bytes-3",
                                         "\xc3\xa9t\xc3\xa9 \xc3\xa9",
                                         "a a",
                                         "a a a",
                                         "a a a a",
                                         "a a a a a a a",
                                         "x  y  z",
                                         "x  y z",
                                         "x y  z",
                                         "x  y,z",
                                         "? !",
                                         "?!",
                                         "? ! ",
                                         "`a`",
                                         "::",
                                         ": :",
                                         "the end of the world",
                                         "end of the,end of the world",
                                         "of the the end",
                                         "\t",
                                         "\n\n",
                                         "\r",
                                         "a\xffz",
                                         "  hot dog  ",
                                         "hotdog",
                                         "hot dogs",
                                         "ahot dog"};

static void finds_what_the_definition_says(void **state) {
    (void)state;
    mc_bytes entries[COUNT(case_entries)], texts[COUNT(case_texts)];
    for (size_t i = 0; i < COUNT(case_entries); i++)
        entries[i] = bytes_of(case_entries[i]);
    for (size_t i = 0; i < COUNT(case_texts); i++)
        texts[i] = bytes_of(case_texts[i]);
    check(entries, COUNT(entries), texts, COUNT(texts), MC_BUCKET_LIMIT);
    check(entries, COUNT(entries), texts, COUNT(texts), 2);
    check(entries, COUNT(entries), texts, COUNT(texts), 1);
    for (size_t i = 0; i < COUNT(entries); i++)
        check(&entries[i], 1, texts, COUNT(texts), MC_BUCKET_LIMIT);
    check(entries, 0, texts, COUNT(texts), MC_BUCKET_LIMIT);
    check(entries, COUNT(entries), texts, 0, MC_BUCKET_LIMIT);
}

static void takes_nul_bytes(void **state) {
    (void)state;
    mc_bytes entries[] = {{"\0", 1}, {"a\0", 2}, {"a", 1}, {"a\0 b", 4}, {"\0\0\0\0\0\0\0\0", 8}};
    mc_bytes texts[] = {{"\0", 1},    {"a\0", 2},  {"a \0", 3},
                        {"a\0 b", 4}, {"\0\0", 2}, {"\0\0\0\0\0\0\0\0", 8},
                        {NULL, 0}};
    check(entries, COUNT(entries), texts, COUNT(texts), MC_BUCKET_LIMIT);
}

/* ---- random input ---- */

/* Pieces that texts and entries are put together from; few, so that they meet. */
static const char *const pieces[] = {
    " ",
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    ",",
    ".",
    ";",
    ":",
    "?",
    "!",
    "`",
    ", ",
    " ,",
    "a",
    "b",
    "c",
    "d",
    "aa",
    "ab",
    "word",
    "words",
    "eight888",
    "nine99999",
    "sixteen-bytes-16",
    "seventeen-bytes17",
    "a-very-long-token-of-more-than-sixty-four-bytes-so-that-it-spans-blocks",
    "\xc3\xa9",
    "\xe2\x80\x94",
    "\xf0\x9f\x90\xb6",
    "-",
    "'",
    "_",
    "~",
    "\x7f",
    "0"};

static size_t random_text(char *out, size_t n_pieces, uint32_t n_kinds) {
    size_t size = 0;
    for (size_t i = 0; i < n_pieces; i++) {
        const char *piece = pieces[draw(2) ? draw(n_kinds) : draw(COUNT(pieces))];
        if (draw(50) == 0) {
            out[size++] = '\0';
            continue;
        }
        memcpy(out + size, piece, strlen(piece));
        size += strlen(piece);
    }
    return size;
}

enum { MAX_ENTRIES = 60, MAX_TEXTS = 40, PIECE_MAX = 80 };

typedef struct sample {
    char *memory;
    size_t used;
    mc_bytes entries[MAX_ENTRIES], texts[MAX_TEXTS];
    size_t n_entries, n_texts;
} sample;

/* An entry cut out of a spaced text, or put together by itself. */
static mc_bytes random_entry(sample *s) {
    char *out = s->memory + s->used;
    size_t size;
    if (s->n_texts == 0 || draw(4) == 0) {
        size = random_text(out, 1 + draw(6), COUNT(pieces));
    } else {
        mc_bytes text = s->texts[draw((uint32_t)s->n_texts)];
        size_t from = text.size ? draw((uint32_t)text.size) : 0;
        size_t part = text.size - from < 400 ? text.size - from : 400;
        char spaced[MC_SPACED_MAX(400)];
        size = mc_space(text.data + from, part, spaced);
        size_t start = draw((uint32_t)size);
        size -= start;
        size_t limit = 1 + draw(draw(8) ? 20 : 400);
        size = size < limit ? size : limit;
        if (draw(3)) { /* whole tokens more often than not */
            while (size > 0 && spaced[start] != ' ')
                start++, size--;
            while (size > 0 && spaced[start + size - 1] != ' ')
                size--;
            if (size >= 2)
                start++, size -= 2;
        }
        memcpy(out, spaced + start, size);
    }
    s->used += size;
    return (mc_bytes){out, size};
}

static void random_sample(sample *s, size_t n_entries, size_t n_texts, size_t max_pieces) {
    s->used = 0;
    uint32_t n_kinds = 1 + draw(COUNT(pieces));
    for (s->n_texts = 0; s->n_texts < n_texts; s->n_texts++) {
        char *out = s->memory + s->used;
        size_t size = random_text(out, draw((uint32_t)max_pieces), n_kinds);
        s->texts[s->n_texts] = (mc_bytes){out, size};
        s->used += size + draw(2); /* with and without a byte between texts */
    }
    for (s->n_entries = 0; s->n_entries < n_entries; s->n_entries++)
        s->entries[s->n_entries] = s->n_entries > 0 && draw(8) == 0
                                       ? s->entries[draw((uint32_t)s->n_entries)]
                                       : random_entry(s);
}

static void run_random(size_t n_rounds, size_t max_texts, size_t max_pieces) {
    sample *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->memory = calloc(1, (max_texts * max_pieces + MAX_ENTRIES * 500) * PIECE_MAX);
    assert_non_null(s->memory);
    for (size_t round = 0; round < n_rounds; round++) {
        random_state = round * 1000003 + max_pieces;
        random_sample(s, draw(MAX_ENTRIES), draw((uint32_t)max_texts),
                      1 + draw((uint32_t)max_pieces));
        check(s->entries, s->n_entries, s->texts, s->n_texts, draw(4) ? MC_BUCKET_LIMIT : 2);
    }
    free(s->memory);
    free(s);
}

static void agrees_on_short_random_texts(void **state) {
    (void)state;
    run_random(300, MAX_TEXTS, 30);
}

static void agrees_on_middling_random_texts(void **state) {
    (void)state;
    run_random(40, MAX_TEXTS, 400);
}

/* Texts in one piece of memory with a byte after each, which most often is a separator; nothing is
 * behind the last. */
static void agrees_on_texts_side_by_side(void **state) {
    (void)state;
    enum { ROUNDS = 12, TEXTS = 1500, ENTRIES = 40 };
    static const char between[] = "\n\n\n\n\n\n \t\rx,";
    sample *s = calloc(1, sizeof *s);
    mc_bytes *texts = malloc(TEXTS * sizeof *texts);
    s->memory = calloc(1, (MAX_TEXTS * 40 + MAX_ENTRIES * 500) * PIECE_MAX);
    assert_true(s->memory && texts);
    for (size_t round = 0; round < ROUNDS; round++) {
        random_state = round + 77;
        random_sample(s, ENTRIES, MAX_TEXTS, 2 + draw(30));
        size_t size = 0, at = 0, n = 1 + draw(TEXTS);
        for (size_t i = 0; i < n; i++)
            size += s->texts[i % MAX_TEXTS].size + 1;
        size--;
        char *memory = malloc(size > 0 ? size : 1);
        uint32_t n_between = round % 3 == 0 ? 1 : round % 3 == 1 ? 9 : sizeof between - 1;
        for (size_t i = 0; i < n; i++) {
            mc_bytes text = s->texts[i % MAX_TEXTS];
            memcpy(memory + at, text.data, text.size);
            texts[i] = (mc_bytes){memory + at, text.size};
            at += text.size;
            if (at < size)
                memory[at++] = between[draw(n_between)];
        }
        check(s->entries, s->n_entries, texts, n, MC_BUCKET_LIMIT);
        free(memory);
    }
    free(texts);
    free(s->memory);
    free(s);
}

/* Some texts exceed any block. */
static void agrees_on_long_random_texts(void **state) {
    (void)state;
    run_random(6, 8, 6000);
}

/* Sizes around every boundary of blocks and vectors. */
static void agrees_at_every_size(void **state) {
    (void)state;
    enum { MAX = 330 };
    static char text[MAX];
    mc_bytes texts[MAX], entries[] = {{"a", 1}, {"a a", 3}, {"bbb", 3}, {"a bbb", 5}, {"a  a", 4}};
    for (size_t i = 0; i < MAX; i++)
        text[i] = "a bbb, a  a a"[i % 13];
    for (size_t i = 0; i < MAX; i++)
        texts[i] = (mc_bytes){text + MAX - i, i};
    check(entries, COUNT(entries), texts, COUNT(texts), MC_BUCKET_LIMIT);
    check(entries, 4, texts, COUNT(texts), MC_BUCKET_LIMIT);
    size_t sizes[] = {4000, 4094, 4095, 4096, 4097, 8000, 8190, 8191, 8192, 8193, 20000, 70000};
    char *large = malloc(70000);
    for (size_t i = 0; i < 70000; i++)
        large[i] = "a bbb, a  a a"[i % 13];
    for (size_t i = 0; i < COUNT(sizes); i++)
        texts[i] = (mc_bytes){large, sizes[i]};
    check(entries, COUNT(entries), texts, COUNT(sizes), MC_BUCKET_LIMIT);
    check(entries, 4, texts, COUNT(sizes), MC_BUCKET_LIMIT);
    free(large);
}

/* More matches, and longer entries, than any block foresees. */
static void takes_many_matches(void **state) {
    (void)state;
    enum { N = 300, TEXT = 6000 };
    static char text[TEXT], all[2 * N];
    mc_bytes entries[2 * N], texts[4];
    for (size_t i = 0; i < TEXT; i++)
        text[i] = i % 2 ? ' ' : 'a';
    memcpy(all, text, sizeof all);
    for (size_t i = 0; i < 2 * N; i++)
        entries[i] = (mc_bytes){all, 2 * (i % N) + 1}; /* every one twice */
    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = (mc_bytes){text, TEXT - i};
    check(entries, COUNT(entries), texts, COUNT(texts), MC_BUCKET_LIMIT);
}

/* ---- building ---- */

static void says_which_entry_is_too_long(void **state) {
    (void)state;
    mc_error error = {0};
    mc_buffer out = {0};
    char *large = malloc(MC_ENTRY_MAX_BYTES + 1);
    memset(large, 'x', MC_ENTRY_MAX_BYTES + 1);
    mc_bytes entries[] = {{"a", 1}, {large, MC_ENTRY_MAX_BYTES}, {large, MC_ENTRY_MAX_BYTES + 1}};
    assert_int_equal(mc_words_compile(&out, entries, 3, &error), MC_E_LIMIT);
    assert_non_null(strstr(error.message, "entry 2"));
    assert_int_equal(out.size, 0);
    mc_bytes texts[] = {{large, MC_ENTRY_MAX_BYTES}, {large, MC_ENTRY_MAX_BYTES - 1}};
    check(entries, 2, texts, 2, MC_BUCKET_LIMIT);
    for (size_t i = 0; i < MC_ENTRY_MAX_BYTES; i++)
        large[i] = i % 9 == 3 ? ' ' : (char)('a' + draw(26));
    check(entries, 2, texts, 2, MC_BUCKET_LIMIT);
    memset(large + 1000, ' ', 2000);
    check(entries, 2, texts, 2, MC_BUCKET_LIMIT);
    free(large);
    mc_buffer_dispose(&out);
}

static void gives_the_same_bytes_anywhere(void **state) {
    (void)state;
    mc_error error = {0};
    mc_bytes entries[COUNT(case_entries)];
    for (size_t i = 0; i < COUNT(case_entries); i++)
        entries[i] = bytes_of(case_entries[i]);
    mc_buffer a = {0}, b = {0};
    assert_int_equal(mc_words_compile(&a, entries, COUNT(entries), &error), MC_OK);
    assert_int_equal(mc_buffer_append(&b, "in front", 8, &error), MC_OK);
    assert_int_equal(mc_words_compile(&b, entries, COUNT(entries), &error), MC_OK);
    assert_int_equal(b.size, a.size + 64);
    assert_memory_equal(a.data, b.data + 64, a.size);
    mc_buffer_dispose(&a);
    mc_buffer_dispose(&b);
}

/* Equal hashes are what no pilot can part. */
static void perfect_hash_ends_on_equal_hashes(void **state) {
    (void)state;
    enum { N = 1000 };
    mc_error error = {0};
    uint64_t hashes[N];
    uint32_t slots[N], n_buckets = mc_perfect_buckets(N), n_slots = mc_perfect_slots(N, 0);
    uint8_t *pilots = calloc(n_buckets, 1);
    size_t n_misfits;
    for (size_t i = 0; i < N; i++)
        hashes[i] = mc_words_mix(i < 40 ? 7 : i < 600 ? 8 : i);
    assert_int_equal(mc_perfect_build(hashes, N, MC_BUCKET_LIMIT, n_buckets, n_slots, pilots, slots,
                                      &n_misfits, &error),
                     MC_OK);
    assert_in_range(n_misfits, 600, 620);
    bool *taken = calloc(n_slots, sizeof *taken);
    for (size_t i = 0; i < N; i++) {
        if (slots[i] == MC_MISFIT)
            continue;
        assert_int_equal(
            slots[i],
            mc_perfect_slot(hashes[i], pilots[mc_perfect_bucket(hashes[i], n_buckets)], n_slots));
        assert_false(taken[slots[i]]);
        taken[slots[i]] = true;
    }
    free(taken);
    free(pilots);
}

/* ---- damaged sections ---- */

static void survives_damage(void **state) {
    (void)state;
    mc_error error = {0};
    mc_bytes entries[COUNT(case_entries)], texts[COUNT(case_texts)];
    for (size_t i = 0; i < COUNT(case_entries); i++)
        entries[i] = bytes_of(case_entries[i]);
    for (size_t i = 0; i < COUNT(case_texts); i++)
        texts[i] = bytes_of(case_texts[i]);
    section s;
    compile(&s, entries, COUNT(entries), 2);
    for (size_t size = 0; size < s.size; size += 1 + size / 8)
        assert_int_equal(mc_words_view(&s.view, s.data, size, &error), MC_E_FORMAT);
    unsigned char *copy = aligned_alloc(MC_WORDS_ALIGN, s.size);
    random_state = 1;
    size_t n_accepted = 0;
    for (int round = 0; round < 600; round++) {
        memcpy(copy, s.data, s.size);
        for (uint32_t i = 1 + draw(8); i > 0; i--)
            copy[draw(2) ? draw(sizeof(mc_words_header)) : draw((uint32_t)s.size)] ^=
                (unsigned char)(1 << draw(8));
        if (mc_words_view(&s.view, copy, s.size, &error) != MC_OK)
            continue;
        n_accepted++;
        for (int isa = MC_ISA_PORTABLE; isa <= (int)BEST; isa++) {
            mc_words_scratch *scratch;
            mc_match_sets sets;
            assert_int_equal(mc_words_scratch_create(&scratch, &s.view, (mc_isa)isa, &error),
                             MC_OK);
            assert_int_equal(mc_words_scan(scratch, texts, COUNT(texts), &sets, &error), MC_OK);
            for (uint32_t i = 0; i < sets.offsets[COUNT(texts)]; i++)
                assert_true(sets.ids[i] < s.view.header.n_entries);
            mc_words_scratch_free(scratch);
        }
    }
    assert_true(n_accepted > 50);
    free(copy);
    free(s.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_the_definition_says),
        cmocka_unit_test(takes_nul_bytes),
        cmocka_unit_test(agrees_on_short_random_texts),
        cmocka_unit_test(agrees_on_middling_random_texts),
        cmocka_unit_test(agrees_on_texts_side_by_side),
        cmocka_unit_test(agrees_on_long_random_texts),
        cmocka_unit_test(agrees_at_every_size),
        cmocka_unit_test(takes_many_matches),
        cmocka_unit_test(says_which_entry_is_too_long),
        cmocka_unit_test(gives_the_same_bytes_anywhere),
        cmocka_unit_test(perfect_hash_ends_on_equal_hashes),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
