/* The path for AVX-512 with VBMI2: 64 bytes or 16 tokens at a time, lists made by compression. */
#if defined(__x86_64__)

#include <immintrin.h>

#include "concepts/words_block.h"

/* Bytes. The processor's own prefetching lags behind, and any place may be prefetched, whether
 * there is memory or not. */
enum { PREFETCH_AHEAD = 12288 };

static inline uint64_t low_bits(size_t n) {
    return _bzhi_u64(~(uint64_t)0, (uint32_t)(n < 64 ? n : 64));
}

/* ---- filling the block ---- */

/* Copies as many texts as fit, each with a space after it. Loads are cut to the text, so that
 * nothing beyond it is touched. Returns the number of texts. */
STAGE uint32_t copy_texts(words_block *b, const mc_bytes *texts, size_t n) {
    const __m512i blanks = _mm512_set1_epi8(' ');
    uint32_t size = 0, i = 0;
    for (; i < n && i < BLOCK_TEXTS; i++) {
        size_t length = texts[i].size;
        if (length >= BLOCK_BYTES - size)
            break;
        const char *from = texts[i].data;
        char *to = b->text + size;
        size_t rest = length < 64 ? 0 : length - 64;
        __m512i first = _mm512_mask_loadu_epi8(blanks, low_bits(length), from);
        __m512i second = _mm512_mask_loadu_epi8(blanks, low_bits(rest), from + 64);
        _mm512_storeu_si512(to, first);
        _mm512_storeu_si512(to + 64, second);
        for (size_t at = 128; at < length + 1; at += 64)
            _mm512_storeu_si512(
                to + at,
                _mm512_mask_loadu_epi8(blanks, low_bits(length < at ? 0 : length - at), from + at));
        b->text_start[i] = size;
        size += (uint32_t)length + 1;
    }
    for (size_t at = 0; at < BLOCK_PAD / 2; at += 64)
        _mm512_storeu_si512(b->text + size + at, blanks);
    b->text_start[i] = size;
    b->bytes = b->text;
    b->n_texts = i;
    b->size = size;
    return i;
}

static inline uint32_t fill(words_block *b, const mc_bytes *texts, size_t n) {
    uint32_t n_texts = view_texts(b, texts, n);
    return n_texts > 0 ? n_texts : copy_texts(b, texts, n);
}

/* ---- tokens ---- */

/* Of 64 bytes those that end a token, and the marks among these. */
typedef struct boundaries {
    uint64_t all, mark;
} boundaries;

/* The table has what ends a token in bit 7 and a mark in bit 6; from bit 7 a mask is had without
 * the port that all shuffles compete for. */
static inline boundaries find_ends(__m512i v, __m512i low, __m512i high) {
    __m512i class = _mm512_permutex2var_epi8(low, v, high);
    __m512i end = _mm512_andnot_si512(v, class);
    __m512i mark = _mm512_andnot_si512(v, _mm512_add_epi8(class, class));
    return (boundaries){_mm512_movepi8_mask(end), _mm512_movepi8_mask(mark)};
}

/* The keys of 8 tokens: lane k takes the bytes from its token's start on, up to the token's end.
 * rows picks, for each byte, the number of its token. */
static inline __m512i gather_keys(__m512i v, __m512i next, __m512i starts, __m512i ends,
                                  __m512i rows, __m512i columns) {
    __m512i from = _mm512_add_epi8(_mm512_permutexvar_epi8(rows, starts), columns);
    __mmask64 inside = _mm512_cmplt_epu8_mask(from, _mm512_permutexvar_epi8(rows, ends));
    return _mm512_mask_blend_epi8(inside, _mm512_set1_epi8(' '),
                                  _mm512_permutex2var_epi8(v, from, next));
}

STAGE void tokenise(words_block *b) {
    uint8_t table[128], numbers[64];
    for (unsigned i = 0; i < 128; i++)
        table[i] = (uint8_t)(mc_token_end[i] == 0 ? 0 : mc_token_end[i] == 1 ? 0x80 : 0xc0);
    for (unsigned i = 0; i < 64; i++)
        numbers[i] = (uint8_t)i;
    const __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 64);
    const __m512i number = _mm512_loadu_si512(numbers), eight = _mm512_set1_epi8(8);
    const __m512i columns = _mm512_and_si512(number, _mm512_set1_epi8(7));
    const __m512i rows = _mm512_and_si512(_mm512_srli_epi16(number, 3), _mm512_set1_epi8(7));

    size_t n = 0, n_chunks = (b->size + 63) / 64;
    b->breaks[0] = 0;
    b->wide_bits[0] = 0;
    __m512i base = _mm512_setzero_si512();
    __m512i v = _mm512_loadu_si512(b->bytes);
    boundaries before = {~(uint64_t)0, 0}, now = find_ends(v, low, high);
    for (size_t k = 0; k < n_chunks; k++) {
        const char *next_bytes = b->bytes + 64 * k + 64;
        _mm_prefetch((const void *)((uintptr_t)next_bytes + PREFETCH_AHEAD), _MM_HINT_T0);
        __m512i next = _mm512_loadu_si512(next_bytes);
        boundaries after = find_ends(next, low, high);
        if (__builtin_expect(k + 1 == n_chunks, 0)) {
            uint64_t inside = low_bits(b->size - 64 * k);
            now.all |= ~inside;
            now.mark &= inside;
            after = (boundaries){~(uint64_t)0, 0};
        }
        /* What the byte before each byte is, and what the one before that. */
        uint64_t was_end = now.all << 1 | before.all >> 63;
        uint64_t was_mark = now.mark << 1 | before.mark >> 63;
        uint64_t had_end = now.all << 2 | before.all >> 62;
        uint64_t starts = (was_end & ~now.all) | now.mark;
        uint64_t stops = (now.all & ~was_end) | was_mark;
        /* An empty token: a mark after anything but a plain byte; a word after a blank that comes
         * after anything but a plain byte. */
        uint64_t breaks = (now.mark & was_end) | (was_end & ~was_mark & ~now.all & had_end);
        /* The end of a token that started before is known already. */
        stops &= stops - ((~before.all | before.mark) >> 63);
        uint32_t count = (uint32_t)__builtin_popcountll(starts);
        uint32_t open_end = 64 + (uint32_t)_tzcnt_u64(after.all | now.mark >> 63);
        b->start_bits[k] = starts;
        b->first_token[k] = (uint16_t)n;

        __m512i from = _mm512_maskz_compress_epi8(starts, number);
        __m512i to = _mm512_mask_compress_epi8(_mm512_set1_epi8((char)open_end), stops, number);
        __m512i length = _mm512_sub_epi8(to, from);
        /* Narrow stores: those that cross lines cost twice. */
        _mm_storeu_si128((void *)(b->start + n), _mm512_castsi512_si128(from));
        _mm_storeu_si128((void *)(b->length + n), _mm512_castsi512_si128(length));
        _mm256_storeu_si256((void *)(b->base + n), _mm512_castsi512_si256(base));
        uint64_t wide = _bzhi_u64(_mm512_cmpgt_epu8_mask(length, eight), count);

        __m512i row = rows;
        for (uint32_t at = 0; at < 16; at += 8) {
            __m512i key = gather_keys(v, next, from, to, row, columns);
            _mm512_storeu_si512(b->key + n + at, key);
            row = _mm512_add_epi8(row, eight);
        }
        if (__builtin_expect(count > 16, 0)) {
            for (uint32_t at = 16; at < count; at += 8) {
                __m512i key = gather_keys(v, next, from, to, row, columns);
                _mm512_storeu_si512(b->key + n + at, key);
                row = _mm512_add_epi8(row, eight);
            }
            _mm512_storeu_si512(b->start + n, from);
            _mm512_storeu_si512(b->length + n, length);
            _mm512_storeu_si512(b->base + n, base);
            _mm512_storeu_si512(b->base + n + 32, base);
        }
        uint64_t token_breaks = _pext_u64(breaks, starts);
        size_t shift = n & 63, word = n >> 6;
        b->breaks[word] |= token_breaks << shift;
        b->breaks[word + 1] = (token_breaks >> 1) >> (63 - shift);
        b->wide_bits[word] |= wide << shift;
        b->wide_bits[word + 1] = (wide >> 1) >> (63 - shift);
        n += count;
        v = next;
        before = now;
        now = after;
        base = _mm512_add_epi16(base, _mm512_set1_epi16(64));
    }
    b->start_bits[n_chunks] = 0;
    b->first_token[n_chunks] = (uint16_t)n;
    b->breaks[(n >> 6) + 1] = 0;
    b->n_tokens = (uint32_t)n;
}

/* The numbers of the bits that are set in so many words. */
static inline uint32_t list_bits(const uint64_t *bits, uint32_t n_words, uint16_t *to) {
    uint8_t numbers[64];
    for (unsigned i = 0; i < 64; i++)
        numbers[i] = (uint8_t)i;
    const __m512i number = _mm512_loadu_si512(numbers), step = _mm512_set1_epi16(64);
    __m512i base = _mm512_setzero_si512();
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_words; i++) {
        __m512i picked = _mm512_maskz_compress_epi8(bits[i], number);
        uint32_t count = (uint32_t)__builtin_popcountll(bits[i]);
        for (uint32_t at = 0; at < count; at += 32) {
            __m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(picked));
            _mm512_storeu_si512(to + n + at, _mm512_add_epi16(low, base));
            picked = _mm512_shuffle_i64x2(picked, picked, 0x4e);
        }
        n += count;
        base = _mm512_add_epi16(base, step);
    }
    return n;
}

/* The numbers of the words of more than 8 bytes. */
STAGE void list_wide(words_block *b) {
    b->n_wide = list_bits(b->wide_bits, (b->n_tokens >> 6) + 1, b->wide);
}

/* Where each text starts among the tokens; nothing runs across. */
STAGE void part_texts(words_block *b) {
    for (uint32_t i = 0; i <= b->n_texts; i++) {
        uint32_t at = b->text_start[i];
        uint64_t below = _bzhi_u64(b->start_bits[at >> 6], at & 63);
        uint32_t token = b->first_token[at >> 6] + (uint32_t)__builtin_popcountll(below);
        b->text_token[i] = token;
        b->breaks[token >> 6] |= (uint64_t)1 << (token & 63);
    }
    for (uint32_t i = 1; i < 33; i += 16)
        _mm512_storeu_si512(b->text_token + b->n_texts + i, _mm512_set1_epi32((int)b->n_tokens));
}

/* ---- words ---- */

/* Where 8 keys are in a cache, as byte offsets times 2^16: mc_cache_slot. */
static inline __m512i cache_places(__m512i key, __m512i mask) {
    const __m512i low = _mm512_set1_epi64(MC_CACHE_LOW), high = _mm512_set1_epi64(MC_CACHE_HIGH);
    __m512i upper = _mm512_shuffle_epi32(key, _MM_PERM_DDBB);
    __m512i x = _mm512_add_epi64(_mm512_mul_epu32(key, low), _mm512_mul_epu32(upper, high));
    return _mm512_and_si512(x, mask);
}

/* Four slots of 16 bytes. */
static inline __m512i load_slots(const char *cache, const uint64_t *places) {
    uint32_t at[4];
    for (unsigned i = 0; i < 4; i++)
        memcpy(&at[i], (const char *)(places + i) + 2, sizeof at[i]);
    __m512i v = _mm512_castsi128_si512(_mm_load_si128((const void *)(cache + at[0])));
    v = _mm512_inserti32x4(v, _mm_load_si128((const void *)(cache + at[1])), 1);
    v = _mm512_inserti32x4(v, _mm_load_si128((const void *)(cache + at[2])), 2);
    return _mm512_inserti32x4(v, _mm_load_si128((const void *)(cache + at[3])), 3);
}

/* Keys whose places are found before any is gone to: few enough that the first-level cache has
 * these still, and so many that the loops' ends do not count. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { PROBE_STEP = 32 };
#else
enum { PROBE_STEP = 512 };
#endif

/* Looks n keys up in a cache of slots with a key and two numbers; gives these numbers, and a bit
 * for each key that is not there. Lists are read and written to the next multiple of 16. */
static inline void probe(const void *cache, unsigned cache_bits, const uint64_t *keys, uint32_t n,
                         uint32_t *lower, uint32_t *upper, uint64_t *missed) {
    const __m512i even64 = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd64 = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    const __m512i even32 =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd32 =
        _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    const __m512i mask = _mm512_set1_epi64((((int64_t)1 << cache_bits) - 1) << MC_CACHE_SHIFT);
    _Alignas(64) uint64_t places[PROBE_STEP];
    for (uint32_t i = 0; i < n;) {
        uint32_t start = i, end = n - i < PROBE_STEP ? n : i + PROBE_STEP;
        for (uint32_t k = 0; k < end - start; k += 16) {
            __m512i first = _mm512_load_si512(keys + start + k);
            __m512i second = _mm512_load_si512(keys + start + k + 8);
            _mm512_store_si512(places + k, cache_places(first, mask));
            _mm512_store_si512(places + k + 8, cache_places(second, mask));
        }
        for (; i < end; i += 16) {
            const uint64_t *place = places + (i - start);
            __m512i a = load_slots(cache, place), b = load_slots(cache, place + 4);
            __m512i c = load_slots(cache, place + 8), d = load_slots(cache, place + 12);
            __m512i values_ab = _mm512_permutex2var_epi64(a, odd64, b);
            __m512i values_cd = _mm512_permutex2var_epi64(c, odd64, d);
            uint8_t *bits = (uint8_t *)missed + (i >> 3);
            bits[0] = _mm512_cmpneq_epi64_mask(_mm512_permutex2var_epi64(a, even64, b),
                                               _mm512_loadu_si512(keys + i));
            bits[1] = _mm512_cmpneq_epi64_mask(_mm512_permutex2var_epi64(c, even64, d),
                                               _mm512_loadu_si512(keys + i + 8));
            _mm512_storeu_si512(lower + i, _mm512_permutex2var_epi32(values_ab, even32, values_cd));
            _mm512_storeu_si512(upper + i, _mm512_permutex2var_epi32(values_ab, odd32, values_cd));
        }
    }
}

static inline __m512i numbers16(void) {
    return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* Appends those of 16 consecutive numbers that mask picks. */
static inline uint32_t append_numbers(uint16_t *to, uint32_t n, __mmask16 mask, __m512i number) {
    _mm256_storeu_si256((void *)(to + n),
                        _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(mask, number)));
    return n + (uint32_t)__builtin_popcount(mask);
}

static inline __mmask16 first16(uint32_t n) {
    return (__mmask16)_bzhi_u32(0xffff, n < 16 ? n : 16);
}

STAGE void find_cached(const mc_words_scratch *s, words_block *b) {
    uint32_t n = b->n_tokens, last = n >> 6;
    probe(s->words, MC_WORD_CACHE_BITS, b->key, n, b->code, b->masks, b->missed_bits);
    for (uint32_t i = 0; i < last; i++)
        b->missed_bits[i] &= ~b->wide_bits[i];
    b->missed_bits[last] &= ~b->wide_bits[last] & _bzhi_u64(~(uint64_t)0, n & 63);
    b->words.n = list_bits(b->missed_bits, last + 1, b->words.item);
}

static void find_words(mc_words_scratch *s, words_block *b) {
    find_cached(s, b);
    list_wide(b);
    find_others(s, b);
    _mm512_storeu_si512(b->code + b->n_tokens, _mm512_setzero_si512());
    _mm512_storeu_si512(b->masks + b->n_tokens, _mm512_setzero_si512());
}

/* ---- neighbours ---- */

STAGE void find_neighbours(const mc_words_scratch *s, words_block *b) {
    const mc_words_header *h = &s->view->header;
    const bool gaps = (h->flags & MC_WORDS_GAPS) != 0;
    const __m512i one = _mm512_set1_epi32(1), class_bits = _mm512_set1_epi32(15);
    const __m512i n_entries = _mm512_set1_epi32((int)h->n_entries);
    const __m512i gap_classes = _mm512_set1_epi32((int)h->gap_classes);
    __m512i number = numbers16();
    uint32_t *single_id = single_ids(b);
    uint32_t n = b->n_tokens, n_singles = 0, n_candidates = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        __m512i left = _mm512_loadu_si512(b->code + i), right = _mm512_loadu_si512(b->code + i + 1);
        __m512i next = _mm512_loadu_si512(b->masks + i);
        __m512i previous = _mm512_srli_epi32(_mm512_loadu_si512(b->masks + i + 1), 16);

        __m512i id = _mm512_sub_epi32(left, one);
        __mmask16 single = _mm512_cmplt_epu32_mask(id, n_entries);
        b->single_rank[i >> 4] = n_singles << 16 | single;
        _mm512_storeu_si512(single_id + n_singles, _mm512_maskz_compress_epi32(single, id));
        n_singles += (uint32_t)__builtin_popcount(single);

        __m512i joins =
            _mm512_and_si512(_mm512_srlv_epi32(next, _mm512_and_si512(right, class_bits)),
                             _mm512_srlv_epi32(previous, _mm512_and_si512(left, class_bits)));
        uint32_t breaks;
        memcpy(&breaks, (const char *)b->breaks + (i >> 3), sizeof breaks);
        __mmask16 apart = (__mmask16)(breaks >> 1), join = _mm512_test_epi32_mask(joins, one);
        __mmask16 candidate = (__mmask16)(join & ~apart);
        if (gaps) {
            __m512i maybe =
                _mm512_srlv_epi32(gap_classes, _mm512_and_si512(left, _mm512_set1_epi32(31)));
            uint32_t gap = _mm512_mask_test_epi32_mask(join & apart, maybe, one);
            for (; __builtin_expect(gap != 0, 0); gap = _blsr_u32(gap))
                check_gap(s, b, i + (uint32_t)_tzcnt_u32(gap));
        }
        b->candidate_bits[i >> 4] = candidate;
        n_candidates = append_numbers(b->candidate, n_candidates, candidate, number);
        number = _mm512_add_epi32(number, _mm512_set1_epi32(16));
    }
    b->single_rank[(n + 15) >> 4] = n_singles << 16;
    b->candidate_bits[(n + 15) >> 4] = 0;
    b->n_singles = n_singles;
    b->n_candidates = n_candidates;
}

/* ---- pairs ---- */

STAGE void find_pairs_cached(const mc_words_scratch *s, words_block *b) {
    uint32_t n = b->n_candidates, last = n >> 6;
    for (uint32_t i = 0; i < n; i += 16)
        for (uint32_t k = i; k < i + 16; k++)
            b->key[k] = candidate_key(b, k);
    probe(s->pairs, MC_PAIR_CACHE_BITS, b->key, n, b->entry, b->node, b->missed_bits);
    b->missed_bits[last] &= _bzhi_u64(~(uint64_t)0, n & 63);
    b->pairs.n = list_bits(b->missed_bits, last + 1, b->pairs.item);
}

/* The entries among the candidates become multis, the beginnings of longer ones are returned. */
STAGE uint32_t pick_pairs(const mc_words_scratch *s, words_block *b) {
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i n_entries = _mm512_set1_epi32((int)s->view->header.n_entries);
    uint32_t *multi_id = multi_ids(b);
    uint32_t n_multis = 0, n_walks = 0;
    for (uint32_t i = 0; i < b->n_candidates; i += 16) {
        __mmask16 live = first16(b->n_candidates - i);
        __m512i node = _mm512_loadu_si512(b->node + i);
        __m512i id = _mm512_sub_epi32(_mm512_loadu_si512(b->entry + i), one);
        __m512i token = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(b->candidate + i)));
        __mmask16 multi = _mm512_mask_cmplt_epu32_mask(live, id, n_entries);
        b->multi_bits[i >> 4] = multi;
        _mm512_storeu_si512(multi_id + n_multis, _mm512_maskz_compress_epi32(multi, id));
        n_multis += (uint32_t)__builtin_popcount(multi);
        __mmask16 goes_on = _mm512_mask_test_epi32_mask(live, node, node);
        _mm512_storeu_si512(b->walk_token + n_walks, _mm512_maskz_compress_epi32(goes_on, token));
        _mm512_storeu_si512(b->walk_node + n_walks, _mm512_maskz_compress_epi32(goes_on, node));
        n_walks += (uint32_t)__builtin_popcount(goes_on);
    }
    b->n_multis = n_multis;
    return n_walks;
}

/* From the entries among the candidates to those among the tokens. */
STAGE void rank_multis(words_block *b) {
    uint32_t n_candidates = 0, n_multis = 0;
    for (uint32_t i = 0; i <= (b->n_tokens + 15) >> 4; i++) {
        uint32_t candidates = b->candidate_bits[i], bits;
        memcpy(&bits, (const char *)b->multi_bits + (n_candidates >> 3), sizeof bits);
        uint32_t multis = _pdep_u32(bits >> (n_candidates & 7), candidates);
        b->multi_rank[i] = n_multis << 16 | multis;
        n_candidates += (uint32_t)__builtin_popcount(candidates);
        n_multis += (uint32_t)__builtin_popcount(multis);
    }
}

/* False when the block has more matches than there is room for. */
static bool find_pairs(mc_words_scratch *s, words_block *b) {
    find_pairs_cached(s, b);
    ask_pairs(s, b);
    choose_slots(&b->pairs, &s->view->pairs, sizeof(mc_word_pair));
    take_pairs(s, b);
    if (!walk(s, b, pick_pairs(s, b)))
        return false;
    rank_multis(b);
    return true;
}

/* ---- sets ---- */

/* One layer of a bitonic network: lanes in upper keep the larger of the two. */
static inline __m512i sort_layer(__m512i v, __m512i partner, __mmask16 upper) {
    return _mm512_mask_max_epu32(_mm512_min_epu32(v, partner), upper, v, partner);
}

static inline __m512i swap1(__m512i v) {
    return _mm512_shuffle_epi32(v, _MM_PERM_CDAB);
}

static inline __m512i swap2(__m512i v) {
    return _mm512_shuffle_epi32(v, _MM_PERM_BADC);
}

static inline __m512i swap4(__m512i v) {
    return _mm512_shuffle_i64x2(v, v, 0xb1);
}

static inline __m512i swap8(__m512i v) {
    return _mm512_shuffle_i64x2(v, v, 0x4e);
}

/* Sorts what rises and falls. */
static inline __m512i merge16(__m512i v) {
    v = sort_layer(v, swap8(v), 0xff00);
    v = sort_layer(v, swap4(v), 0xf0f0);
    v = sort_layer(v, swap2(v), 0xcccc);
    return sort_layer(v, swap1(v), 0xaaaa);
}

/* The same for eight lanes and eight. */
static inline __m512i sort8_twice(__m512i v) {
    v = sort_layer(v, swap1(v), 0x6666);
    v = sort_layer(v, swap2(v), 0x3c3c);
    v = sort_layer(v, swap1(v), 0x5a5a);
    v = sort_layer(v, swap4(v), 0xf0f0);
    v = sort_layer(v, swap2(v), 0xcccc);
    return sort_layer(v, swap1(v), 0xaaaa);
}

static inline __m512i sort16(__m512i v) {
    v = sort_layer(v, swap1(v), 0x6666);
    v = sort_layer(v, swap2(v), 0x3c3c);
    v = sort_layer(v, swap1(v), 0x5a5a);
    v = sort_layer(v, swap4(v), 0x0ff0);
    v = sort_layer(v, swap2(v), 0x33cc);
    v = sort_layer(v, swap1(v), 0x55aa);
    return merge16(v);
}

static inline uint32_t store_different(uint32_t *to, __m512i v, __m512i before) {
    const __m512i none = _mm512_set1_epi32(-1);
    __m512i shifted = _mm512_alignr_epi32(v, before, 15);
    __mmask16 keep = _mm512_mask_cmpneq_epu32_mask(_mm512_cmpneq_epu32_mask(v, none), v, shifted);
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(keep, v));
    return (uint32_t)__builtin_popcount(keep);
}

static inline __m512i reverse16(__m512i v) {
    return _mm512_permutexvar_epi32(
        _mm512_setr_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), v);
}

/* Sorts two sorted vectors into one another. */
static inline void merge32(__m512i *a, __m512i *b) {
    __m512i falling = reverse16(*b), lower = _mm512_min_epu32(*a, falling);
    *b = merge16(_mm512_max_epu32(*a, falling));
    *a = merge16(lower);
}

/* rank_of for 16 tokens. */
static inline __m512i ranks_of(const uint32_t *ranks, __m512i token) {
    const __m512i one = _mm512_set1_epi32(1), half = _mm512_set1_epi8(15);
    const __m512i counts =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    __m512i rank = _mm512_i32gather_epi32(_mm512_srli_epi32(token, 4), ranks, 4);
    __m512i bit = _mm512_sllv_epi32(one, _mm512_and_si512(token, _mm512_set1_epi32(15)));
    __m512i bits = _mm512_and_si512(rank, _mm512_sub_epi32(bit, one));
    __m512i n = _mm512_add_epi8(
        _mm512_shuffle_epi8(counts, _mm512_and_si512(bits, half)),
        _mm512_shuffle_epi8(counts, _mm512_and_si512(_mm512_srli_epi32(bits, 4), half)));
    n = _mm512_and_si512(_mm512_add_epi32(n, _mm512_srli_epi32(n, 8)), _mm512_set1_epi32(31));
    return _mm512_add_epi32(n, _mm512_srli_epi32(rank, 16));
}

#define HAVE_PART_IDS

/* Where the ids of each text start. */
STAGE void part_ids(words_block *b) {
    for (uint32_t i = 0; i <= b->n_texts + 1; i += 16) {
        __m512i token = _mm512_load_si512(b->text_token + i);
        _mm512_store_si512(b->single_at + i, ranks_of(b->single_rank, token));
        _mm512_store_si512(b->multi_at + i, ranks_of(b->multi_rank, token));
    }
    merge_extras(b);
}

static inline uint32_t append_texts(uint32_t *to, uint32_t n, __mmask16 mask, __m512i texts) {
    _mm512_storeu_si512(to + n, _mm512_maskz_compress_epi32(mask, texts));
    return n + (uint32_t)__builtin_popcount(mask);
}

STAGE kinds list_texts(words_block *b) {
    kinds k = {0};
    __m512i number = numbers16();
    for (uint32_t i = 0; i < b->n_texts; i += 16) {
        __m512i singles = _mm512_sub_epi32(_mm512_loadu_si512(b->single_at + i + 1),
                                           _mm512_load_si512(b->single_at + i));
        __m512i multis = _mm512_sub_epi32(_mm512_loadu_si512(b->multi_at + i + 1),
                                          _mm512_load_si512(b->multi_at + i));
        __m512i n = _mm512_add_epi32(singles, multis);
        __mmask16 all = first16(b->n_texts - i);
        __mmask16 over8 = _mm512_mask_cmpgt_epu32_mask(all, n, _mm512_set1_epi32(8));
        __mmask16 over16 = _mm512_mask_cmpgt_epu32_mask(all, n, _mm512_set1_epi32(16));
        __mmask16 over32 = _mm512_mask_cmpgt_epu32_mask(all, n, _mm512_set1_epi32(32));
        k.n_small = append_texts(b->small, k.n_small, all & ~over8, number);
        k.n_middle = append_texts(b->middle, k.n_middle, over8 & ~over16, number);
        k.n_large = append_texts(b->large, k.n_large, over16 & ~over32, number);
        k.n_huge = append_texts(b->huge, k.n_huge, over32, number);
        number = _mm512_add_epi32(number, _mm512_set1_epi32(16));
    }
    b->small[k.n_small] = b->n_texts;
    return k;
}

/* Lane shift of v and those above it become the ids of a text from the first-th on, as far as there
 * are any. */
static inline __m512i load_ids(const words_block *b, __m512i v, uint32_t text, uint32_t first,
                               uint32_t shift) {
    uint32_t single = b->single_at[text], n = b->single_at[text + 1] - single;
    uint32_t multi = b->multi_at[text], n_all = n + b->multi_at[text + 1] - multi;
    uint64_t is_single = low_bits(n) >> first, is_id = low_bits(n_all) >> first;
    const uint32_t *singles = b->padded_single_id + SET_PAD + single + first - shift;
    const uint32_t *multis = b->padded_multi_id + SET_PAD + multi + first - n - shift;
    v = _mm512_mask_loadu_epi32(v, (__mmask16)(is_single << shift), singles);
    return _mm512_mask_loadu_epi32(v, (__mmask16)((is_id ^ is_single) << shift), multis);
}

/* Texts of up to 8 ids, two at a time. */
STAGE uint32_t sort_small(words_block *b, uint32_t n, uint32_t at) {
    const __m512i none = _mm512_set1_epi32(-1);
    const __m512i before = _mm512_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6, 8, 8, 9, 10, 11, 12, 13, 14);
    for (uint32_t k = 0; k < n; k += 2) {
        uint32_t i = b->small[k], j = b->small[k + 1];
        __m512i v = sort8_twice(load_ids(b, load_ids(b, none, i, 0, 0), j, 0, 8));
        __m512i shifted = _mm512_mask_permutexvar_epi32(none, 0xfefe, before, v);
        __mmask16 keep =
            _mm512_mask_cmpneq_epu32_mask(_mm512_cmpneq_epu32_mask(v, none), v, shifted);
        _mm512_storeu_si512(b->sets + at, _mm512_maskz_compress_epi32(keep, v));
        uint32_t kept = (uint32_t)__builtin_popcount(keep & 0xff);
        uint32_t also_kept = (uint32_t)__builtin_popcount(keep >> 8);
        b->set_at[i] = at;
        b->set_size[i] = kept;
        b->set_at[j] = at + kept;
        b->set_size[j] = also_kept;
        at += kept + also_kept;
    }
    return at;
}

static inline uint32_t put_16(const words_block *b, uint32_t text, uint32_t *to) {
    const __m512i none = _mm512_set1_epi32(-1);
    return store_different(to, sort16(load_ids(b, none, text, 0, 0)), none);
}

static inline uint32_t put_32(const words_block *b, uint32_t text, uint32_t *to) {
    const __m512i none = _mm512_set1_epi32(-1);
    __m512i v = sort16(load_ids(b, none, text, 0, 0)), w = sort16(load_ids(b, none, text, 16, 0));
    merge32(&v, &w);
    uint32_t kept = store_different(to, v, none);
    return kept + store_different(to + kept, w, v);
}

static inline uint32_t put_64(const words_block *b, uint32_t text, uint32_t *to) {
    const __m512i none = _mm512_set1_epi32(-1);
    __m512i a = sort16(load_ids(b, none, text, 0, 0)), c = sort16(load_ids(b, none, text, 16, 0));
    __m512i d = sort16(load_ids(b, none, text, 32, 0)), e = sort16(load_ids(b, none, text, 48, 0));
    merge32(&a, &c);
    merge32(&d, &e);
    /* The lower half of a c and e d reversed is below the upper half; both then rise and fall. */
    __m512i x = reverse16(e), y = reverse16(d);
    __m512i a1 = _mm512_min_epu32(a, x), c1 = _mm512_min_epu32(c, y);
    __m512i d1 = _mm512_max_epu32(a, x), e1 = _mm512_max_epu32(c, y);
    a = merge16(_mm512_min_epu32(a1, c1));
    c = merge16(_mm512_max_epu32(a1, c1));
    d = merge16(_mm512_min_epu32(d1, e1));
    e = merge16(_mm512_max_epu32(d1, e1));
    uint32_t kept = store_different(to, a, none);
    kept += store_different(to + kept, c, a);
    kept += store_different(to + kept, d, c);
    return kept + store_different(to + kept, e, d);
}

static inline uint32_t put_more(const words_block *b, uint32_t text, uint32_t *to) {
    if (ids_of(b, text) <= 64)
        return put_64(b, text, to);
    return (uint32_t)mc_words_sort_ids(to, copy_ids(b, text, to));
}

#define HAVE_SORT_SMALL
#include "concepts/words_sets.h"

size_t mc_words_block_size_avx512(void) {
    return sizeof(words_block);
}

mc_status mc_words_scan_avx512(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                               uint32_t *offsets, mc_error *error) {
    return scan_by_blocks(s, texts, n, offsets, error);
}

#endif
