/* What is taken from counts: the best unigrams and bigrams. Bigrams are gone over as they lie in
 * their file, and the percentile is found in passes over them, each of which tells the next digit
 * of it, so that none of them need be held. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/ngram_counter.h"

uint64_t mc_ngrams_tokens(const mc_ngrams *ngrams) {
    return ngrams->tokens;
}

uint64_t mc_ngrams_words(const mc_ngrams *ngrams) {
    return ngrams->run.n_words;
}

uint64_t mc_ngrams_pairs(const mc_ngrams *ngrams) {
    return ngrams->run.n_pairs;
}

mc_status mc_ngrams_unigrams(const mc_ngrams *ngrams, uint64_t min_count, mc_candidates *out,
                             mc_error *error) {
    for (uint64_t i = 0; i < ngrams->run.n_words; i++) {
        uint64_t count = ngrams->words[i].count;
        if (count && count >= min_count)
            MC_TRY(mc_candidates_add(out, mc_ngrams_word(ngrams, i), count, (double)count, error));
    }
    return MC_OK;
}

/* Goes over the bigrams that were seen often enough and whose words were counted. */
typedef struct bigrams {
    const mc_ngrams *ngrams;
    uint64_t min_count;
    mc_run_reader reader;
    double pmi; /* of the one read last */
} bigrams;

static mc_status begin(bigrams *b, mc_error *error) {
    return mc_run_read_pairs(&b->reader, &b->ngrams->run, MC_RUN_BUFFER_MAX, error);
}

static mc_status next(bigrams *b, mc_error *error) {
    for (;;) {
        MC_TRY(mc_run_next_pair(&b->reader, error));
        uint64_t count = b->reader.count;
        if (!count || count < b->min_count)
            continue;
        uint64_t first = b->ngrams->words[b->reader.first].count;
        uint64_t second = b->ngrams->words[b->reader.second].count;
        if (!first || !second)
            continue;
        b->pmi = log2((double)count * (double)b->ngrams->tokens / ((double)first * (double)second));
        return MC_OK;
    }
}

/* Bits of a number that order as numbers do, and back. */
static uint64_t to_bits(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double from_bits(uint64_t bits) {
    double number;
    bits = bits >> 63 ? bits & ~(UINT64_C(1) << 63) : ~bits;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* A digit of the number looked for: those that agree with it in the higher bits are counted by the
 * next ones. */
typedef struct digit {
    unsigned shift, range_shift;
    uint64_t prefix; /* bits >> range_shift of the number */
    uint64_t *buckets;
    uint64_t n;     /* all that were read */
    uint64_t above; /* the smallest that is above the range */
} digit;

static const unsigned shifts[] = {43, 22, 0};
enum { N_DIGITS = 3, MAX_BUCKETS = 1 << 22 };

static mc_status count_digit(bigrams *b, digit *d, mc_error *error) {
    memset(d->buckets, 0, MAX_BUCKETS * sizeof *d->buckets);
    d->n = 0;
    d->above = UINT64_MAX;
    MC_TRY(begin(b, error));
    mc_status status;
    while ((status = next(b, error)) == MC_OK) {
        uint64_t bits = to_bits(b->pmi), range = d->range_shift < 64 ? bits >> d->range_shift : 0;
        d->n++;
        if (range == d->prefix)
            d->buckets[bits >> d->shift & ((UINT64_C(1) << (d->range_shift - d->shift)) - 1)]++;
        else if (range > d->prefix && bits < d->above)
            d->above = bits;
    }
    mc_run_reader_dispose(&b->reader);
    return status == MC_END ? MC_OK : status;
}

/* The bucket that holds the number of the given rank in the range, which becomes its rank in the
 * bucket. */
static uint64_t find_bucket(const digit *d, uint64_t *rank) {
    uint64_t i = 0;
    for (; *rank >= d->buckets[i]; i++)
        *rank -= d->buckets[i];
    return i;
}

/* Where the rank falls between two numbers, the value lies in the same proportion between them. */
static mc_status find_percentile(bigrams *b, uint64_t *buckets, double *out, mc_error *error) {
    digit d = {.range_shift = 64, .buckets = buckets};
    uint64_t rank = 0, tenths = 0, bucket = 0;
    *out = 0;
    for (size_t i = 0; i < N_DIGITS; i++) {
        d.shift = shifts[i];
        MC_TRY(count_digit(b, &d, error));
        if (d.n == 0)
            return MC_OK;
        if (i == 0) {
            uint64_t last = d.n - 1; /* 3 last / 10 without overflow */
            rank = last / 10 * 3 + last % 10 * 3 / 10;
            tenths = last % 10 * 3 % 10;
        }
        bucket = find_bucket(&d, &rank);
        d.prefix = d.prefix << (d.range_shift - d.shift) | bucket;
        d.range_shift = d.shift;
    }
    double low = from_bits(d.prefix), high = low;
    if (tenths && rank + 1 == buckets[bucket]) { /* the last of its value */
        uint64_t above = bucket + 1, n = UINT64_C(1) << shifts[N_DIGITS - 2];
        while (above < n && !buckets[above])
            above++;
        high = from_bits(above < n ? d.prefix - bucket + above : d.above);
    }
    *out = low + (high - low) * ((double)tenths / 10);
    return MC_OK;
}

static mc_status find_base(bigrams *b, mc_bigram_score score, double *out, mc_error *error) {
    uint64_t *buckets;
    *out = 0;
    if (score == MC_BIGRAM_PMI)
        return MC_OK;
    MC_TRY(MC_ALLOC(buckets, MAX_BUCKETS, error));
    mc_status status = find_percentile(b, buckets, out, error);
    free(buckets);
    return status;
}

static mc_status add_bigram(mc_candidates *out, const bigrams *at, double score, bool joined,
                            mc_error *error) {
    char string[2 * MC_WORD_MAX + 1];
    mc_bytes first = mc_ngrams_word(at->ngrams, at->reader.first);
    mc_bytes second = mc_ngrams_word(at->ngrams, at->reader.second);
    size_t size = first.size;
    memcpy(string, first.data, first.size);
    if (!joined)
        string[size++] = ' ';
    memcpy(string + size, second.data, second.size);
    size += second.size;
    return mc_candidates_add(out, (mc_bytes){string, size}, at->reader.count, score, error);
}

mc_status mc_ngrams_bigrams(const mc_ngrams *ngrams, mc_bigram_score score, uint64_t min_count,
                            double min_score, bool joined, mc_candidates *out, mc_error *error) {
    bigrams at = {.ngrams = ngrams, .min_count = min_count};
    double base;
    MC_TRY(find_base(&at, score, &base, error));
    MC_TRY(begin(&at, error));
    mc_status status;
    while ((status = next(&at, error)) == MC_OK) {
        double value = at.pmi;
        if (score == MC_BIGRAM_WORLDWIDE)
            value = pow((double)at.reader.count + 1, 0.7) * (at.pmi - base);
        if (value >= min_score)
            status = add_bigram(out, &at, value, joined, error);
        if (status != MC_OK)
            break;
    }
    mc_run_reader_dispose(&at.reader);
    return status == MC_END ? MC_OK : status;
}
