/* The path for AVX2: bytes classified 32 at a time, neighbours met and sets sorted 8 at a time, the
 * rest token by token. */
#if defined(__x86_64__)

#include <immintrin.h>

#define TOKENS_BY_ENDS
#include "concepts/words_block.h"

/* ---- bytes ---- */

/* A byte's class is what the table for its low half and the one for its high half agree on. */
enum { BLANK_0 = 1, BLANK_2 = 2, MARK_2 = 4, MARK_3 = 8, MARK_6 = 16 };

static inline __m256i classify32(const char *text, __m256i low, __m256i high) {
    const __m256i half = _mm256_set1_epi8(15);
    __m256i v = _mm256_loadu_si256((const void *)text);
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(v, 4), half);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(v, half)),
                            _mm256_shuffle_epi8(high, upper));
}

static inline uint64_t bits_of(__m256i class, int bits) {
    __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(class, _mm256_set1_epi8((char)bits)),
                                     _mm256_setzero_si256());
    return (uint32_t)~_mm256_movemask_epi8(none);
}

static void classify_block(const char *text, size_t n_chunks, uint64_t *blank, uint64_t *mark) {
    static const char halves[2][16] = {
        {[0] = BLANK_2 | MARK_6,
         [1] = MARK_2,
         [9] = BLANK_0,
         [10] = BLANK_0 | MARK_3,
         [11] = MARK_3,
         [12] = MARK_2,
         [13] = BLANK_0,
         [14] = MARK_2,
         [15] = MARK_3},
        {[0] = BLANK_0, [2] = BLANK_2 | MARK_2, [3] = MARK_3, [6] = MARK_6}};
    const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)halves[0]));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)halves[1]));
    const int blanks = BLANK_0 | BLANK_2, marks = MARK_2 | MARK_3 | MARK_6;
    for (size_t k = 0; k < n_chunks; k++) {
        __m256i a = classify32(text + 64 * k, low, high);
        __m256i b = classify32(text + 64 * k + 32, low, high);
        blank[k] = bits_of(a, blanks) | bits_of(b, blanks) << 32;
        mark[k] = bits_of(a, marks) | bits_of(b, marks) << 32;
    }
}

static inline uint32_t count_bits(uint64_t bits) {
    return (uint32_t)_mm_popcnt_u64(bits);
}

static inline uint32_t first_bit(uint64_t bits) {
    return (uint32_t)_tzcnt_u64(bits);
}

static inline uint64_t pick_bits(uint64_t bits, uint64_t mask) {
    return _pext_u64(bits, mask);
}

/* ---- lists ---- */

/* Which lanes to take so that those of mask come first. */
static inline __m256i packing(uint32_t mask) {
    uint64_t bytes = _pdep_u64(mask, 0x0101010101010101u) * 0xff;
    uint64_t lanes = _pext_u64(0x0706050403020100u, bytes);
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)lanes));
}

static inline void store_packed(uint32_t *to, __m256i v, __m256i lanes) {
    _mm256_storeu_si256((void *)to, _mm256_permutevar8x32_epi32(v, lanes));
}

static inline uint32_t lanes_set(__m256i v) {
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(v));
}

/* Appends i + the number of each lane that packing() put first. */
static inline uint32_t append_numbers(uint16_t *to, uint32_t n, uint32_t mask, __m256i lanes,
                                      uint32_t i) {
    __m256i number = _mm256_add_epi32(lanes, _mm256_set1_epi32((int)i));
    _mm_storeu_si128((void *)(to + n), _mm_packus_epi32(_mm256_castsi256_si128(number),
                                                        _mm256_extracti128_si256(number, 1)));
    return n + (uint32_t)_mm_popcnt_u32(mask);
}

/* ---- words ---- */

#define HAVE_FIND_CACHED

/* As many tokens at a time as the first-level cache has room for their slots. */
enum { CACHED_STEP = 256 };

static inline __m256i load_keys(const words_block *b, uint32_t i) {
    int64_t k[4];
    for (uint32_t j = 0; j < 4; j++)
        memcpy(&k[j], b->bytes + b->from[i + j], sizeof k[j]);
    return _mm256_setr_epi64x(k[0], k[1], k[2], k[3]);
}

static inline __m256i load_u16x4(const uint16_t *from) {
    return _mm256_cvtepu16_epi64(_mm_loadl_epi64((const void *)from));
}

/* Notes four keys and where they are in a cache, as byte offsets, and fetches their slots. */
static inline void place_keys(words_block *b, uint32_t i, __m256i key, const void *cache,
                              unsigned cache_bits) {
    const __m256i low = _mm256_set1_epi64x(MC_CACHE_LOW), high = _mm256_set1_epi64x(MC_CACHE_HIGH);
    const __m256i mask = _mm256_set1_epi64x((((int64_t)1 << cache_bits) - 1) << 4);
    __m256i x = _mm256_add_epi64(_mm256_mul_epu32(key, low),
                                 _mm256_mul_epu32(_mm256_srli_epi64(key, 32), high));
    x = _mm256_and_si256(_mm256_srli_epi64(x, MC_CACHE_SHIFT - 4), mask);
    _mm256_store_si256((void *)(b->key + i), key);
    _mm256_store_si256((void *)(b->place + i), x);
    for (uint32_t j = 0; j < 4; j++)
        _mm_prefetch((const char *)cache + b->place[i + j], _MM_HINT_T0);
}

static inline void place_words(const mc_words_scratch *s, words_block *b, uint32_t i,
                               uint32_t end) {
    const __m256i blanks = _mm256_set1_epi8(' ');
    for (; i < end; i += 4) {
        __m256i length = _mm256_sub_epi64(load_u16x4(b->to + i), load_u16x4(b->from + i));
        __m256i blank = _mm256_sllv_epi64(_mm256_set1_epi8(-1), _mm256_slli_epi64(length, 3));
        __m256i key = _mm256_blendv_epi8(load_keys(b, i), blanks, blank);
        place_keys(b, i, key, s->words, MC_WORD_CACHE_BITS);
    }
}

/* Four slots: their keys, and what comes with them. */
static inline __m256i load_slots(const char *cache, const uint64_t *place, __m256i *values) {
    __m256i even = _mm256_castsi128_si256(_mm_load_si128((const void *)(cache + place[0])));
    __m256i odd = _mm256_castsi128_si256(_mm_load_si128((const void *)(cache + place[1])));
    even = _mm256_inserti128_si256(even, _mm_load_si128((const void *)(cache + place[2])), 1);
    odd = _mm256_inserti128_si256(odd, _mm_load_si128((const void *)(cache + place[3])), 1);
    *values = _mm256_unpackhi_epi64(even, odd);
    return _mm256_unpacklo_epi64(even, odd);
}

static inline uint32_t differ4(__m256i a, const uint64_t *keys) {
    __m256i same = _mm256_cmpeq_epi64(a, _mm256_loadu_si256((const void *)keys));
    return ~(uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(same)) & 15;
}

/* The lower and the upper halves of eight 64-bit values. */
static inline void split_values(__m256i a, __m256i b, uint32_t *lower, uint32_t *upper) {
    __m256 x = _mm256_castsi256_ps(a), y = _mm256_castsi256_ps(b);
    __m256i low = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0x88));
    __m256i high = _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0xdd));
    _mm256_storeu_si256((void *)lower, _mm256_permute4x64_epi64(low, 0xd8));
    _mm256_storeu_si256((void *)upper, _mm256_permute4x64_epi64(high, 0xd8));
}

/* Looks eight keys up where place_keys has put them. Returns a bit for each that is not there. */
static inline uint32_t probe(const void *cache, const words_block *b, uint32_t i, uint32_t *lower,
                             uint32_t *upper) {
    __m256i values[2];
    __m256i keys = load_slots(cache, b->place + i, &values[0]);
    uint32_t missed = differ4(keys, b->key + i);
    keys = load_slots(cache, b->place + i + 4, &values[1]);
    missed |= differ4(keys, b->key + i + 4) << 4;
    split_values(values[0], values[1], lower + i, upper + i);
    return missed;
}

static inline uint32_t first8(uint32_t n) {
    return _bzhi_u32(0xff, n < 8 ? n : 8);
}

STAGE void find_cached(const mc_words_scratch *s, words_block *b) {
    uint32_t n = b->n_tokens, n_missed = 0, n_wide = 0;
    /* Tokens behind the last are empty and stand at the beginning. */
    memset(b->from + n, 0, 8 * sizeof *b->from);
    memset(b->to + n, 0, 8 * sizeof *b->to);
    for (uint32_t i = 0; i < n;) {
        uint32_t end = n - i < CACHED_STEP ? (n + 7) & ~7u : i + CACHED_STEP;
        place_words(s, b, i, end);
        for (; i < end; i += 8) {
            uint32_t missed = probe(s->words, b, i, b->code, b->masks);
            __m128i length = _mm_sub_epi16(_mm_load_si128((const void *)(b->to + i)),
                                           _mm_load_si128((const void *)(b->from + i)));
            __m128i longer = _mm_cmpgt_epi16(length, _mm_set1_epi16(8));
            uint32_t wide = (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(longer, longer)) & 0xff;
            missed &= ~wide & first8(n - i);
            n_missed = append_numbers(b->words.item, n_missed, missed, packing(missed), i);
            n_wide = append_numbers(b->wide, n_wide, wide, packing(wide), i);
        }
    }
    b->words.n = n_missed;
    b->n_wide = n_wide;
}

/* ---- neighbours ---- */

#define HAVE_FIND_NEIGHBOURS

STAGE void find_neighbours(const mc_words_scratch *s, words_block *b) {
    const mc_words_header *h = &s->view->header;
    const bool gaps = (h->flags & MC_WORDS_GAPS) != 0;
    const __m256i one = _mm256_set1_epi32(1), class_bits = _mm256_set1_epi32(15);
    const __m256i last_id = _mm256_set1_epi32((int)h->n_entries - 1);
    uint32_t n = b->n_tokens, n_singles = 0, n_candidates = 0;
    memset(b->code + n, 0, 17 * sizeof *b->code);
    memset(b->masks + n, 0, 17 * sizeof *b->masks);
    for (uint32_t i = 0; i <= n; i += 8) {
        __m256i left = _mm256_loadu_si256((const void *)(b->code + i));
        __m256i right = _mm256_loadu_si256((const void *)(b->code + i + 1));
        __m256i next = _mm256_loadu_si256((const void *)(b->masks + i));
        __m256i previous = _mm256_loadu_si256((const void *)(b->masks + i + 1));

        __m256i id = _mm256_sub_epi32(left, one);
        /* Unsigned: an id is one when no larger than the last; without entries none is. */
        uint32_t single = h->n_entries == 0
                              ? 0
                              : lanes_set(_mm256_cmpeq_epi32(_mm256_min_epu32(id, last_id), id));
        if (i % 16 == 0)
            b->single_rank[i >> 4] = n_singles << 16 | single;
        else
            b->single_rank[i >> 4] |= single << 8;
        store_packed(single_ids(b) + n_singles, id, packing(single));
        n_singles += (uint32_t)_mm_popcnt_u32(single);

        __m256i forth = _mm256_srlv_epi32(next, _mm256_and_si256(right, class_bits));
        __m256i back =
            _mm256_srlv_epi32(_mm256_srli_epi32(previous, 16), _mm256_and_si256(left, class_bits));
        uint32_t join = lanes_set(_mm256_slli_epi32(_mm256_and_si256(forth, back), 31));
        uint16_t breaks;
        memcpy(&breaks, (const char *)b->breaks + (i >> 3), sizeof breaks);
        uint32_t apart = breaks >> 1;
        if (gaps) {
            __m256i maybe = _mm256_srlv_epi32(_mm256_set1_epi32((int)h->gap_classes),
                                              _mm256_and_si256(left, _mm256_set1_epi32(31)));
            uint32_t gap = join & apart & lanes_set(_mm256_slli_epi32(maybe, 31));
            for (; gap != 0; gap &= gap - 1)
                check_gap(s, b, i + (uint32_t)_tzcnt_u32(gap));
        }
        uint32_t candidate = join & ~apart;
        __m256i lanes = packing(candidate);
        n_candidates = append_numbers(b->candidate, n_candidates, candidate, lanes, i);
    }
    b->n_singles = n_singles;
    b->n_candidates = n_candidates;
}

/* ---- pairs ---- */

#define HAVE_FIND_PAIRS_CACHED

STAGE void find_pairs_cached(const mc_words_scratch *s, words_block *b) {
    uint32_t n = b->n_candidates, n_missed = 0;
    for (uint32_t i = 0; i < n; i += 4) {
        __m256i keys =
            _mm256_setr_epi64x((int64_t)candidate_key(b, i), (int64_t)candidate_key(b, i + 1),
                               (int64_t)candidate_key(b, i + 2), (int64_t)candidate_key(b, i + 3));
        place_keys(b, i, keys, s->pairs, MC_PAIR_CACHE_BITS);
    }
    /* Places are read in eights. */
    memset(b->place + n, 0, 8 * sizeof *b->place);
    for (uint32_t i = 0; i < n; i += 8) {
        uint32_t missed = probe(s->pairs, b, i, b->entry, b->node) & first8(n - i);
        n_missed = append_numbers(b->pairs.item, n_missed, missed, packing(missed), i);
    }
    b->pairs.n = n_missed;
}

/* ---- sets ---- */

/* One layer of a bitonic network; lanes in upper keep the larger of the two. */
#define SORT_LAYER(v, partner, upper)                                                              \
    _mm256_blend_epi32(_mm256_min_epu32(v, partner), _mm256_max_epu32(v, partner), upper)
#define SWAP1(v) _mm256_shuffle_epi32(v, 0xb1)
#define SWAP2(v) _mm256_shuffle_epi32(v, 0x4e)
#define SWAP4(v) _mm256_permute4x64_epi64(v, 0x4e)

/* Sorts what rises and falls. */
static inline __m256i merge8(__m256i v) {
    v = SORT_LAYER(v, SWAP4(v), 0xf0);
    v = SORT_LAYER(v, SWAP2(v), 0xcc);
    return SORT_LAYER(v, SWAP1(v), 0xaa);
}

static inline __m256i sort8(__m256i v) {
    v = SORT_LAYER(v, SWAP1(v), 0x66);
    v = SORT_LAYER(v, SWAP2(v), 0x3c);
    v = SORT_LAYER(v, SWAP1(v), 0x5a);
    return merge8(v);
}

static inline __m256i reverse8(__m256i v) {
    return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0));
}

/* Sorts n vectors that as a whole rise and fall. */
static inline __attribute__((always_inline)) void merge_fall(__m256i *v, int n) {
    for (int step = n / 2; step > 0; step /= 2)
        for (int i = 0; i < n; i++)
            if ((i & step) == 0) {
                __m256i a = v[i], b = v[i + step];
                v[i] = _mm256_min_epu32(a, b);
                v[i + step] = _mm256_max_epu32(a, b);
            }
    for (int i = 0; i < n; i++)
        v[i] = merge8(v[i]);
}

/* Sorts n vectors whose halves are sorted: the second, reversed, falls behind the first. */
static inline __attribute__((always_inline)) void merge_halves(__m256i *v, int n) {
    __m256i falling[4];
    for (int i = 0; i < n / 2; i++)
        falling[i] = reverse8(v[n - 1 - i]);
    for (int i = 0; i < n / 2; i++) {
        v[n / 2 + i] = _mm256_max_epu32(v[i], falling[i]);
        v[i] = _mm256_min_epu32(v[i], falling[i]);
    }
    merge_fall(v, n / 2);
    merge_fall(v + n / 2, n / 2);
}

/* Stores the ids of v that differ from the one before; all bits set is no id. */
static inline uint32_t store_different(uint32_t *to, __m256i v, __m256i before) {
    const __m256i none = _mm256_set1_epi32(-1);
    __m256i middle = _mm256_permute2x128_si256(before, v, 0x21);
    __m256i shifted = _mm256_alignr_epi8(v, middle, 12);
    uint32_t drop =
        lanes_set(_mm256_or_si256(_mm256_cmpeq_epi32(v, shifted), _mm256_cmpeq_epi32(v, none)));
    uint32_t keep = ~drop & 0xff;
    store_packed(to, v, packing(keep));
    return (uint32_t)_mm_popcnt_u32(keep);
}

/* The 8 ids of a text from the first-th on; all bits set where there are no more. */
static inline __m256i load_ids(const words_block *b, uint32_t text, int first) {
    uint32_t single = b->single_at[text], n = b->single_at[text + 1] - single;
    uint32_t multi = b->multi_at[text], n_all = n + b->multi_at[text + 1] - multi;
    const __m256i lane =
        _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(first));
    const uint32_t *singles = b->padded_single_id + SET_PAD + single + first;
    const uint32_t *multis = b->padded_multi_id + SET_PAD + multi + first - n;
    __m256i is_single = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
    __m256i is_id = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n_all), lane);
    __m256i id = _mm256_blendv_epi8(_mm256_loadu_si256((const void *)multis),
                                    _mm256_loadu_si256((const void *)singles), is_single);
    return _mm256_blendv_epi8(_mm256_set1_epi32(-1), id, is_id);
}

/* A set of up to 8 n ids. */
static inline __attribute__((always_inline)) uint32_t put(const words_block *b, uint32_t text,
                                                          uint32_t *to, int n) {
    __m256i v[8];
    for (int i = 0; i < n; i++)
        v[i] = sort8(load_ids(b, text, 8 * i));
    for (int size = 2; size <= n; size *= 2)
        for (int i = 0; i < n; i += size)
            merge_halves(v + i, size);
    uint32_t kept = store_different(to, v[0], _mm256_set1_epi32(-1));
    for (int i = 1; i < n; i++)
        kept += store_different(to + kept, v[i], v[i - 1]);
    return kept;
}

static inline uint32_t put_8(const words_block *b, uint32_t text, uint32_t *to) {
    return put(b, text, to, 1);
}

static inline uint32_t put_16(const words_block *b, uint32_t text, uint32_t *to) {
    return put(b, text, to, 2);
}

static inline uint32_t put_32(const words_block *b, uint32_t text, uint32_t *to) {
    return put(b, text, to, 4);
}

static inline uint32_t put_more(const words_block *b, uint32_t text, uint32_t *to) {
    if (ids_of(b, text) <= 64)
        return put(b, text, to, 8);
    return (uint32_t)mc_words_sort_ids(to, copy_ids(b, text, to));
}

#include "concepts/words_stages.h"

size_t mc_words_block_size_avx2(void) {
    return sizeof(words_block);
}

mc_status mc_words_scan_avx2(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                             uint32_t *offsets, mc_error *error) {
    return scan_by_blocks(s, texts, n, offsets, error);
}

#endif
