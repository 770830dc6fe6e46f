/* The path for AVX-512 with VBMI2: 64 bytes or 16 tokens at a time, lists made by compression. */
#if defined(__x86_64__)

#include <immintrin.h>

#include "concepts/words_block.h"

/* Bytes. Any place may be prefetched, whether there is memory or not. */
enum { PREFETCH_AHEAD = 12288 };

size_t mc_words_block_size_avx512(void) {
    return sizeof(words_block);
}

static inline uint64_t low_bits(size_t n) {
    return _bzhi_u64(~(uint64_t)0, (uint32_t)(n < 64 ? n : 64));
}

/* ---- filling the block ---- */

/* Copies as many texts as fit, each with a space after it. Loads are cut to the text, so that
 * nothing beyond it is touched. Returns the number of texts. */
STAGE uint32_t fill(words_block *b, const mc_bytes *texts, size_t n) {
    const __m512i blanks = _mm512_set1_epi8(' ');
    uint32_t size = 0, i = 0;
    for (; i < n && i < BLOCK_TEXTS; i++) {
        size_t length = texts[i].size;
        if (length >= BLOCK_BYTES - size)
            break;
        const char *from = texts[i].data;
        char *to = b->text + size;
        /* Texts mostly follow one another, and the processor's own prefetching lags behind. */
        uintptr_t ahead = (uintptr_t)from + PREFETCH_AHEAD;
        _mm_prefetch((const void *)ahead, _MM_HINT_T0);
        _mm_prefetch((const void *)(ahead + 64), _MM_HINT_T0);
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
    b->n_texts = i;
    b->size = size;
    return i;
}

/* ---- tokens ---- */

/* Bytes of one class in 64. */
typedef struct classes {
    uint64_t blank, mark;
} classes;

/* The table has a blank in bit 7 and a mark in bit 6; from bit 7 a mask is had without the port
 * that all shuffles compete for. */
static inline classes classify(__m512i v, __m512i low, __m512i high) {
    __m512i class = _mm512_permutex2var_epi8(low, v, high);
    __m512i blank = _mm512_andnot_si512(v, class);
    __m512i mark = _mm512_andnot_si512(v, _mm512_add_epi8(class, class));
    return (classes){_mm512_movepi8_mask(blank), _mm512_movepi8_mask(mark)};
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
        table[i] = (uint8_t)(mc_token_end[i] == 0 ? 0 : mc_token_end[i] == 1 ? 0x80 : 0x40);
    for (unsigned i = 0; i < 64; i++)
        numbers[i] = (uint8_t)i;
    const __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 64);
    const __m512i number = _mm512_loadu_si512(numbers), eight = _mm512_set1_epi8(8);
    const __m512i columns = _mm512_and_si512(number, _mm512_set1_epi8(7));
    const __m512i rows = _mm512_and_si512(_mm512_srli_epi16(number, 3), _mm512_set1_epi8(7));

    uint32_t n = 0, n_chunks = (b->size + 63) / 64;
    /* What the 64 bytes before ended with: no plain byte, a blank, a mark, two bytes no plain. */
    uint64_t was_end = 1, was_blank = 1, was_mark = 0, were_ends = 3;
    b->breaks[0] = 0;
    b->wide_bits[0] = 0;
    __m512i base = _mm512_setzero_si512();
    __m512i v = _mm512_loadu_si512(b->text);
    classes c = classify(v, low, high);
    for (uint32_t k = 0; k < n_chunks; k++) {
        __m512i next = _mm512_loadu_si512(b->text + 64 * (size_t)k + 64);
        classes d = classify(next, low, high);
        uint64_t end = c.blank | c.mark, next_end = d.blank | d.mark;
        uint64_t before_end = end << 1 | was_end, before_blank = c.blank << 1 | was_blank;
        uint64_t before_mark = c.mark << 1 | was_mark;
        uint64_t starts = (~end & before_end) | c.mark;
        uint64_t stops = (end & ~before_end) | before_mark;
        /* An empty token: a mark after anything but a plain byte; a word after a blank that comes
         * after anything but a plain byte. */
        uint64_t breaks = (c.mark & before_end) | (~end & before_blank & (end << 2 | were_ends));
        /* The end of a token that started before is known already. */
        if (!was_blank)
            stops = _blsr_u64(stops);
        uint32_t count = (uint32_t)__builtin_popcountll(starts);
        uint32_t open_end = 64 + (uint32_t)(c.mark >> 63 ? 0 : _tzcnt_u64(next_end));
        was_end = end >> 63;
        was_blank = c.blank >> 63;
        was_mark = c.mark >> 63;
        were_ends = end >> 62;
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
        uint32_t shift = n & 63, word = n >> 6;
        b->breaks[word] |= token_breaks << shift;
        b->breaks[word + 1] = (token_breaks >> 1) >> (63 - shift);
        b->wide_bits[word] |= wide << shift;
        b->wide_bits[word + 1] = (wide >> 1) >> (63 - shift);
        n += count;
        v = next;
        c = d;
        base = _mm512_add_epi16(base, _mm512_set1_epi16(64));
    }
    b->start_bits[n_chunks] = 0;
    b->first_token[n_chunks] = (uint16_t)n;
    b->breaks[(n >> 6) + 1] = 0;
    b->n_tokens = n;
}

/* The numbers of the words of more than 8 bytes. */
STAGE void list_wide(words_block *b) {
    uint8_t numbers[64];
    for (unsigned i = 0; i < 64; i++)
        numbers[i] = (uint8_t)i;
    const __m512i number = _mm512_loadu_si512(numbers), step = _mm512_set1_epi16(64);
    __m512i base = _mm512_setzero_si512();
    uint32_t n = 0;
    for (uint32_t i = 0; i <= b->n_tokens >> 6; i++) {
        __m512i picked = _mm512_maskz_compress_epi8(b->wide_bits[i], number);
        uint32_t count = (uint32_t)__builtin_popcountll(b->wide_bits[i]);
        for (uint32_t at = 0; at < count; at += 32) {
            __m512i wide = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(picked));
            _mm512_storeu_si512(b->wide + n + at, _mm512_add_epi16(wide, base));
            picked = _mm512_shuffle_i64x2(picked, picked, 0x4e);
        }
        n += count;
        base = _mm512_add_epi16(base, step);
    }
    b->n_wide = n;
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
}

/* ---- words ---- */

/* Four slots of 16 bytes, key and value, at byte offsets. */
static inline __m512i load_slots(const char *cache, const uint64_t *place) {
    __m512i v = _mm512_castsi128_si512(_mm_load_si128((const void *)(cache + place[0])));
    v = _mm512_inserti32x4(v, _mm_load_si128((const void *)(cache + place[1])), 1);
    v = _mm512_inserti32x4(v, _mm_load_si128((const void *)(cache + place[2])), 2);
    return _mm512_inserti32x4(v, _mm_load_si128((const void *)(cache + place[3])), 3);
}

/* The third and fourth quarter of each of 16 slots, in two vectors. */
static inline void split_values(const __m512i slots[4], __m512i *third, __m512i *fourth) {
    const __m512i pick =
        _mm512_setr_epi32(2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
    __m512i x = _mm512_permutex2var_epi32(slots[0], pick, slots[1]);
    __m512i y = _mm512_permutex2var_epi32(slots[2], pick, slots[3]);
    *third = _mm512_shuffle_i64x2(x, y, 0x44);
    *fourth = _mm512_shuffle_i64x2(x, y, 0xee);
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

/* mc_word_cache_slot, as byte offsets. */
STAGE void place_words(words_block *b) {
    const __m512i low = _mm512_set1_epi64(MC_WORD_CACHE_LOW);
    const __m512i high = _mm512_set1_epi64(MC_WORD_CACHE_HIGH);
    const __m512i mask = _mm512_set1_epi64(((1 << MC_WORD_CACHE_BITS) - 1) << 4);
    uint32_t n = b->n_tokens;
    for (uint32_t i = 0; i < n; i += 8) {
        __m512i key = _mm512_loadu_si512(b->key + i);
        __m512i x = _mm512_add_epi64(_mm512_mul_epu32(key, low),
                                     _mm512_mul_epu32(_mm512_srli_epi64(key, 32), high));
        x = _mm512_and_si512(_mm512_srli_epi64(x, MC_WORD_CACHE_SHIFT - 4), mask);
        _mm512_storeu_si512(b->place + i, x);
    }
    for (uint32_t i = 0; i < 16; i += 8) {
        _mm512_storeu_si512(b->place + n + i, _mm512_setzero_si512());
        _mm512_storeu_si512(b->key + n + i, _mm512_setzero_si512());
    }
}

STAGE void find_cached(const mc_words_scratch *s, words_block *b) {
    const char *cache = (const char *)s->words;
    const __m512i keys_of = _mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3);
    __m512i number = numbers16();
    uint32_t n = b->n_tokens, n_missed = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        uint32_t missed = 0;
        __m512i slots[4];
#pragma GCC unroll 4
        for (uint32_t j = 0; j < 4; j++) {
            slots[j] = load_slots(cache, b->place + i + 4 * j);
            __m512i keys =
                _mm512_castsi256_si512(_mm256_loadu_si256((const void *)(b->key + i + 4 * j)));
            __mmask8 differ =
                _mm512_cmpneq_epi64_mask(slots[j], _mm512_permutexvar_epi64(keys_of, keys));
            missed |= _pext_u32(differ, 0x55) << (4 * j);
        }
        __m512i code, masks;
        split_values(slots, &code, &masks);
        _mm512_storeu_si512(b->code + i, code);
        _mm512_storeu_si512(b->masks + i, masks);
        missed &= first16(n - i) & ~(uint32_t)(b->wide_bits[i >> 6] >> (i & 63));
        n_missed = append_numbers(b->missed, n_missed, (__mmask16)missed, number);
        number = _mm512_add_epi32(number, _mm512_set1_epi32(16));
    }
    b->n_missed = n_missed;
}

static void find_words(mc_words_scratch *s, words_block *b) {
    place_words(b);
    find_cached(s, b);
    find_missed(s, b);
    list_wide(b);
    find_wide(s, b);
    find_long(s, b);
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
    uint32_t n = b->n_tokens, n_singles = 0, n_candidates = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        __m512i left = _mm512_loadu_si512(b->code + i), right = _mm512_loadu_si512(b->code + i + 1);
        __m512i next = _mm512_loadu_si512(b->masks + i);
        __m512i previous = _mm512_srli_epi32(_mm512_loadu_si512(b->masks + i + 1), 16);

        __m512i id = _mm512_sub_epi32(left, one);
        __mmask16 single = _mm512_cmplt_epu32_mask(id, n_entries);
        b->single_bits[i >> 4] = single;
        b->single_first[i >> 4] = (uint16_t)n_singles;
        _mm512_storeu_si512(b->single_id + n_singles, _mm512_maskz_compress_epi32(single, id));
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
        _mm512_storeu_si512(b->left + n_candidates, _mm512_maskz_compress_epi32(candidate, left));
        _mm512_storeu_si512(b->right + n_candidates, _mm512_maskz_compress_epi32(candidate, right));
        n_candidates = append_numbers(b->candidate, n_candidates, candidate, number);
        number = _mm512_add_epi32(number, _mm512_set1_epi32(16));
    }
    b->single_bits[(n + 15) >> 4] = 0;
    b->single_first[(n + 15) >> 4] = (uint16_t)n_singles;
    b->n_singles = n_singles;
    b->n_candidates = n_candidates;
}

/* ---- pairs ---- */

/* mc_pair_cache_slot, as byte offsets. */
STAGE void place_pairs(words_block *b) {
    const __m512i f1 = _mm512_set1_epi32((int)0x9e3779b1u),
                  f2 = _mm512_set1_epi32((int)0x85ebca77u);
    const __m512i f3 = _mm512_set1_epi32((int)0xc2b2ae3du);
    uint32_t n = b->n_candidates;
    _mm512_storeu_si512(b->left + n, _mm512_setzero_si512());
    _mm512_storeu_si512(b->right + n, _mm512_setzero_si512());
    for (uint32_t i = 0; i < n; i += 16) {
        __m512i x = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_loadu_si512(b->left + i), f1),
                                     _mm512_mullo_epi32(_mm512_loadu_si512(b->right + i), f2));
        x = _mm512_mullo_epi32(_mm512_xor_si512(x, _mm512_srli_epi32(x, 15)), f3);
        x = _mm512_slli_epi32(_mm512_srli_epi32(x, 32 - MC_PAIR_CACHE_BITS), 4);
        _mm512_storeu_si512(b->place + i, _mm512_cvtepu32_epi64(_mm512_castsi512_si256(x)));
        _mm512_storeu_si512(b->place + i + 8,
                            _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(x, 1)));
    }
}

STAGE void find_pairs_cached(const mc_words_scratch *s, words_block *b) {
    const char *cache = (const char *)s->pairs;
    const __m512i four = _mm512_set1_epi32(4);
    __m512i number = numbers16();
    uint32_t n = b->n_candidates, n_missed = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        __m512i left = _mm512_loadu_si512(b->left + i), right = _mm512_loadu_si512(b->right + i);
        __m512i keys_of = _mm512_setr_epi32(0, 16, 0, 0, 1, 17, 0, 0, 2, 18, 0, 0, 3, 19, 0, 0);
        uint32_t missed = 0;
        __m512i slots[4];
#pragma GCC unroll 4
        for (uint32_t j = 0; j < 4; j++) {
            slots[j] = load_slots(cache, b->place + i + 4 * j);
            __mmask8 differ =
                _mm512_cmpneq_epi64_mask(slots[j], _mm512_permutex2var_epi32(left, keys_of, right));
            missed |= _pext_u32(differ, 0x55) << (4 * j);
            keys_of = _mm512_add_epi32(keys_of, four);
        }
        __m512i entry, node;
        split_values(slots, &entry, &node);
        _mm512_storeu_si512(b->entry + i, entry);
        _mm512_storeu_si512(b->node + i, node);
        missed &= first16(n - i);
        n_missed = append_numbers(b->missed, n_missed, (__mmask16)missed, number);
        number = _mm512_add_epi32(number, _mm512_set1_epi32(16));
    }
    b->n_missed = n_missed;
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
        _mm512_storeu_si512(b->multi_token + n_multis, _mm512_maskz_compress_epi32(multi, token));
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

/* False when the block has more matches than there is room for. */
static bool find_pairs(mc_words_scratch *s, words_block *b) {
    place_pairs(b);
    find_pairs_cached(s, b);
    find_missed_pairs(s, b);
    if (!walk(s, b, pick_pairs(s, b)))
        return false;
    _mm512_storeu_si512(b->multi_token + b->n_multis, _mm512_set1_epi32(-1));
    _mm512_storeu_si512(b->multi_token + b->n_multis + 16, _mm512_set1_epi32(-1));
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

/* Lanes 16 * part to 16 * part + 15 of singles, multis and all bits set, one after the other. What
 * lies around the lists may be read. */
static inline __m512i load_part(const uint32_t *singles, uint32_t n_singles, const uint32_t *multis,
                                uint32_t n, uint32_t part) {
    uint32_t first = 16 * part;
    uint64_t is_single = low_bits(n_singles), is_either = low_bits(n);
    __mmask16 single = (__mmask16)(is_single >> first);
    __mmask16 multi = (__mmask16)((is_either ^ is_single) >> first);
    __m512i v = _mm512_mask_loadu_epi32(_mm512_set1_epi32(-1), single, singles + first);
    return _mm512_mask_loadu_epi32(v, multi, multis + first - n_singles);
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

/* The rarer sizes. */
static __attribute__((noinline)) uint32_t put_large_set(uint32_t *to, const uint32_t *singles,
                                                        uint32_t n_singles, const uint32_t *multis,
                                                        uint32_t n_multis) {
    const __m512i none = _mm512_set1_epi32(-1);
    uint32_t n = n_singles + n_multis;
    if (n > 64) {
        memcpy(to, singles, n_singles * sizeof *to);
        memcpy(to + n_singles, multis, n_multis * sizeof *to);
        return (uint32_t)mc_words_sort_ids(to, n);
    }
    __m512i a = sort16(load_part(singles, n_singles, multis, n, 0));
    __m512i c = sort16(load_part(singles, n_singles, multis, n, 1));
    merge32(&a, &c);
    if (n <= 32) {
        uint32_t kept = store_different(to, a, none);
        return kept + store_different(to + kept, c, a);
    }
    __m512i d = sort16(load_part(singles, n_singles, multis, n, 2));
    __m512i e = sort16(load_part(singles, n_singles, multis, n, 3));
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

/* Multis of the tokens before end, from the first on. */
static inline uint32_t count_multis(const uint32_t *tokens, uint32_t end) {
    uint32_t n = 0;
    __mmask16 mine;
    do {
        mine = _mm512_cmplt_epu32_mask(_mm512_loadu_si512(tokens + n), _mm512_set1_epi32((int)end));
        n += (uint32_t)__builtin_popcount(mine);
    } while (__builtin_expect(mine == 0xffff, 0));
    return n;
}

/* The sets of a block; ids have room for all of them. Returns how many there are. */
STAGE uint32_t put_sets(const words_block *b, uint32_t *ids, uint32_t n_before, uint32_t *offsets) {
    const __m512i none = _mm512_set1_epi32(-1);
    const uint32_t *singles = b->single_id, *tokens = b->multi_token;
    const uint32_t *multis = b->padded_multi_id + SET_PAD;
    uint32_t *to = ids, first = 0;
    for (uint32_t i = 0; i < b->n_texts; i++) {
        uint32_t end = b->text_token[i + 1], last = singles_before(b, end);
        uint32_t n_singles = last - first, n_multis = count_multis(tokens, end);
        if (__builtin_expect(n_singles + n_multis <= 16, 1))
            to += store_different(
                to, sort16(load_part(singles, n_singles, multis, n_singles + n_multis, 0)), none);
        else
            to += put_large_set(to, singles, n_singles, multis, n_multis);
        offsets[i + 1] = n_before + (uint32_t)(to - ids);
        first = last;
        singles += n_singles;
        tokens += n_multis;
        multis += n_multis;
    }
    return (uint32_t)(to - ids);
}

/* The same where texts are odd or entries repeated. */
static mc_status put_sets_singly(mc_words_scratch *s, words_block *b, const mc_bytes *texts,
                                 uint32_t *offsets, mc_error *error) {
    uint32_t first = 0, multi = 0;
    for (uint32_t i = 0; i < b->n_texts; i++) {
        uint32_t end = b->text_token[i + 1], last = singles_before(b, end);
        uint32_t n_multis = count_multis(b->multi_token + multi, end);
        if (b->odd[i]) {
            MC_TRY(mc_words_scan_text(s, texts[i], error));
        } else {
            size_t start = s->n_ids, n = last - first + n_multis;
            MC_TRY(MC_GROW(s->ids, s->ids_capacity, start + n + 64, error));
            s->n_ids += put_large_set(s->ids + start, b->single_id + first, last - first,
                                      multi_ids(b) + multi, n_multis);
            MC_TRY(mc_words_finish_set(s, start, error));
        }
        MC_TRY(mc_words_end_set(s, &offsets[i + 1], error));
        multi += n_multis;
        first = last;
    }
    return MC_OK;
}

static mc_status finish_block(mc_words_scratch *s, words_block *b, const mc_bytes *texts,
                              uint32_t *offsets, mc_error *error) {
    if (b->n_odd > 0 || s->view->header.n_repeats > 0)
        return put_sets_singly(s, b, texts, offsets, error);
    size_t n = b->n_singles + b->n_multis;
    MC_TRY(MC_GROW(s->ids, s->ids_capacity, s->n_ids + n + 64, error));
    if (s->n_ids + n > UINT32_MAX)
        return mc_fail(error, MC_E_LIMIT, "a block of texts has more than 2^32 matches");
    s->n_ids += put_sets(b, s->ids + s->n_ids, (uint32_t)s->n_ids, offsets);
    return MC_OK;
}

/* ---- all of it ---- */

mc_status mc_words_scan_avx512(mc_words_scratch *s, const mc_bytes *texts, size_t n,
                               uint32_t *offsets, mc_error *error) {
    const bool outer_gaps = (s->view->header.flags & MC_WORDS_OUTER_GAPS) != 0;
    words_block *b = s->block;
    for (size_t i = 0; i < n;) {
        uint32_t n_texts = outer_gaps ? 0 : fill(b, texts + i, n - i);
        if (n_texts == 0) {
            MC_TRY(mc_words_scan_texts(s, texts + i, 1, offsets + i, error));
            i++;
            continue;
        }
        if (b->n_odd > 0)
            memset(b->odd, 0, sizeof b->odd);
        b->n_odd = 0;
        tokenise(b);
        part_texts(b);
        find_words(s, b);
        find_neighbours(s, b);
        if (find_pairs(s, b))
            MC_TRY(finish_block(s, b, texts + i, offsets + i, error));
        else
            MC_TRY(mc_words_scan_texts(s, texts + i, n_texts, offsets + i, error));
        i += n_texts;
    }
    return MC_OK;
}

#endif
