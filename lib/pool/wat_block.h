/* The scan of wat_events.h, for a file that defines classify(): the classes of 64 bytes. */
#include "pool/wat_events.h"

/* Bit i is about byte i. */
typedef struct masks {
    uint64_t quote, backslash;
    uint64_t bracket; /* of both kinds */
    uint64_t mark;    /* an @, behind a G in the same 64 bytes or at their beginning */
    uint64_t high;
} masks;

static inline masks classify(const char *data);

/* The bytes that a backslash before them escapes; *escapes is about the next 64 bytes' first. */
static inline uint64_t find_escaped(uint64_t backslash, uint64_t *escapes) {
    uint64_t escaped = *escapes;
    *escapes = 0;
    for (uint64_t rest = backslash & ~escaped; rest;) {
        uint64_t bit = rest & -rest;
        escaped |= bit << 1;
        *escapes = bit >> 63;
        rest &= ~(bit | bit << 1);
    }
    return escaped;
}

/* Writes four positions whatever there is: a branch less, as few blocks have more. */
static inline uint32_t *put_positions(uint32_t *out, size_t base, uint64_t bits) {
    size_t n = (size_t)__builtin_popcountll(bits);
    for (size_t i = 0;; i += 4) {
        for (size_t k = i; k < i + 4; k++, bits &= bits - 1)
            out[k] = (uint32_t)(base + (size_t)__builtin_ctzll(bits | UINT64_C(1) << 63));
        if (n <= i + 4)
            return out + n;
    }
}

static inline size_t find_events(mc_wat_scan *scan, const char *data, size_t size,
                                 uint32_t *events) {
    enum { BLOCKS = MC_WAT_SPAN / 64 };
    /* Bits of quotes, then whether each byte is in a string. The carries are what is left to do one
     * by one, so that this may be done for several at once. */
    uint64_t quote[BLOCKS] = {0}, bracket[BLOCKS], backslash[BLOCKS], mark[BLOCKS];
    size_t base = scan->at, left = size - base;
    size_t n = left < MC_WAT_SPAN ? (left + 63) / 64 : BLOCKS;
    for (size_t i = 0; i < n; i++) {
        masks m = classify(data + base + 64 * i);
        size_t rest = left - 64 * i;
        uint64_t ours = rest < 64 ? (UINT64_C(1) << rest) - 1 : UINT64_MAX;
        m.backslash &= ours;
        quote[i] = m.quote & ours;
        if (m.backslash | scan->escapes)
            quote[i] &= ~find_escaped(m.backslash, &scan->escapes);
        bracket[i] = m.bracket & ours;
        backslash[i] = m.backslash;
        mark[i] = m.mark & ours;
        scan->high |= m.high & ours;
    }
    for (unsigned shift = 1; shift < 64; shift *= 2)
        for (size_t i = 0; i < BLOCKS; i++)
            quote[i] ^= quote[i] << shift;
    uint32_t *out = events;
    for (size_t i = 0; i < n; i++) {
        uint64_t within = quote[i] ^ scan->within;
        scan->within = 0 - (within >> 63);
        scan->stray |= backslash[i] & ~within;
        out = put_positions(out, base + 64 * i, (bracket[i] & ~within) | backslash[i] | mark[i]);
    }
    scan->at = n < BLOCKS ? size : base + MC_WAT_SPAN;
    return (size_t)(out - events);
}
