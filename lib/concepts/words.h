/* The word-level engine: entries bounded by a space on both sides, looked up word by word.
 *
 * Spacing a text and splitting it at single spaces gives its tokens, empty ones included; an entry
 * occurs exactly where its own tokens are a contiguous run of them. So the alphabet of this engine
 * is words: each token is looked up once, and entries of several words are followed over the codes
 * of their words. Words are compared whole; no fingerprint decides anything.
 *
 * A compiled section is immutable, position-independent and may be shared; a scratch belongs to one
 * thread and one view.
 */
#ifndef MC_CONCEPTS_WORDS_H
#define MC_CONCEPTS_WORDS_H

#include "base/buffer.h"
#include "base/cpu.h"
#include "concepts/words_format.h"
#include "metacurate/concepts.h"

/* A checked section, ready to be looked up in. Borrows the section's bytes. */
typedef struct mc_words {
    mc_words_header header;     /* a copy, so that it stays as it was checked */
    mc_words_table short_words; /* of mc_short_word: words of at most 8 bytes */
    mc_words_table wide_words;  /* of mc_wide_word: 9 to 16 bytes */
    mc_words_table pairs;       /* of mc_word_pair: one step from a word or node to the next */
    const mc_word_pair *pair_misfits; /* sorted by key */
    const uint32_t *long_starts;      /* directory over long_words */
    const mc_long_word *long_words;   /* longer words, and misfits; sorted by hash, size, bytes */
    const char *long_bytes;
    const uint64_t *gap_filter;
    const uint64_t *repeat_bits;
    const mc_word_repeat *repeats; /* sorted by first, then id */
} mc_words;

typedef struct mc_words_scratch mc_words_scratch;

/* Appends the section for n entries to out, whose size is made a multiple of 64 before and after.
 * Entry id = position. Same entries, same bytes, on every machine. Dead entries are left out. */
MC_MUST_CHECK mc_status mc_words_compile(mc_buffer *out, const mc_bytes *entries, size_t n,
                                         mc_error *error);

/* Looks at a section of size bytes at data, which is aligned to 64. What scanning relies on is
 * checked: after MC_OK no scan reads outside the section, gives an id that is not below the number
 * of entries, or runs without end, whatever the bytes are. */
MC_MUST_CHECK mc_status mc_words_view(mc_words *view, const void *data, size_t size,
                                      mc_error *error);

/* Scratch for scanning with view, which must outlive it. isa is what mc_cpu_isa() gives, or any
 * lesser one; the match sets are the same. */
MC_MUST_CHECK mc_status mc_words_scratch_create(mc_words_scratch **out, const mc_words *view,
                                                mc_isa isa, mc_error *error);
void mc_words_scratch_free(mc_words_scratch *scratch);

/* Finds the match set of each of n texts (not spaced; any bytes, any length). The sets belong to
 * the scratch and last until its next scan. MC_E_LIMIT when the sets together hold 2^32 ids. */
MC_MUST_CHECK mc_status mc_words_scan(mc_words_scratch *scratch, const mc_bytes *texts, size_t n,
                                      mc_match_sets *out, mc_error *error);

#endif
