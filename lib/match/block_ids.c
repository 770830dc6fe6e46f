/* The column of entry ids: LEB128 steps back into ids.
 *
 * A match set has any number of ids, and an id any number of bytes, so loops over either would be
 * guessed wrongly about once a text. Both are gone over as a whole instead: first where the numbers
 * of the column end, eight bytes at a time; then all numbers in a row, each from where the one
 * before ended, with the first of every set marked beforehand. */
#include "base/cpu.h"
#include "match/block_layout.h"

enum { PIECE = 4096 }; /* bytes of the column whose ends are held at once */

/* Notes where the numbers in size bytes (a multiple of 8; more may be read) end: ends has room for
 * size + 8 positions. Returns how many there are. */
static uint32_t find_ends(const unsigned char *bytes, uint32_t size, uint16_t *ends) {
    uint32_t n = 0;
    for (uint32_t at = 0; at < size; at += 8) {
        uint64_t last = ~mc_load_u64(bytes + at) & 0x8080808080808080u;
        uint32_t count = (uint32_t)((last >> 7) * 0x0101010101010101u >> 56);
        uint16_t *to = ends + n;
        for (int i = 0; i < 8; i++) { /* those past count are written over */
            to[i] = (uint16_t)(at + ((uint32_t)__builtin_ctzll(last | 1ull << 63) >> 3));
            last &= last - 1;
        }
        n += count;
    }
    return n;
}

/* Marks the first id of every set with 1, the others with 0. */
static void mark_firsts(const mc_block *block) {
    memset(block->ids, 0, ((size_t)block->info.n_ids + 1) * sizeof *block->ids);
    for (uint32_t t = 0; t < block->info.n_texts; t++)
        block->ids[block->offsets[t]] = 1;
}

static bool get_ids(const mc_block *block, const unsigned char *column, size_t size,
                    uint32_t n_entries) {
    uint16_t ends[PIECE + 8];
    uint32_t n_ids = block->info.n_ids, n = 0;
    uint32_t *ids = block->ids;
    size_t start = 0; /* of the next number */
    uint64_t id = 0;
    bool bad = false;
    for (size_t at = 0; at < size; at += PIECE) {
        uint32_t piece = size - at < PIECE ? (uint32_t)(size - at) : PIECE;
        uint32_t n_ends = find_ends(column + at, (piece + 7) / 8 * 8, ends);
        while (n_ends > 0 && ends[n_ends - 1] >= piece) /* what lies behind the column */
            n_ends--;
        if (n_ends > n_ids - n)
            return false;
        for (uint32_t i = 0; i < n_ends; i++) {
            size_t end = at + ends[i] + 1, length = end - start;
            uint64_t word = mc_load_u64(column + start) & ~0ull >> ((64 - 8 * length) & 63);
            uint64_t step = (word & 0x7f) | (word >> 1 & 0x3f80) | (word >> 2 & 0x1fc000) |
                            (word >> 3 & 0xfe00000) | (word >> 4 & 0x7f0000000);
            uint32_t first = ids[n];
            id = step + (id & ((uint64_t)first - 1));
            bad |= length > 5 || id >= n_entries || (step | first) == 0;
            ids[n++] = (uint32_t)id;
            start = end;
        }
    }
    return !bad && n == n_ids && start == size;
}

bool mc_block_get_ids(const mc_block *block, const unsigned char *column, size_t size,
                      uint32_t n_entries) {
    mark_firsts(block);
#if defined(__x86_64__)
    if (mc_cpu_isa() == MC_ISA_AVX512)
        return mc_block_get_ids_avx512(block, column, size, n_entries);
#endif
    return get_ids(block, column, size, n_entries);
}
