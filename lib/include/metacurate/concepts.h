/* A compiled concept set (.mca): the entries of a concept list made ready for matching.
 *
 * The set is one immutable, position-independent block of bytes. It is what `compile` writes, and
 * it can be used straight from a mapped file, shared between threads and processes. Matching needs
 * a scanner besides, which belongs to one thread.
 */
#ifndef METACURATE_CONCEPTS_H
#define METACURATE_CONCEPTS_H

#include "metacurate/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An entry may have at most this many bytes, a list this many entries. */
#define MC_ENTRY_MAX_BYTES 65535
#define MC_ENTRIES_MAX (1u << 24)

typedef struct mc_concepts mc_concepts; /* immutable once made: share it freely */
typedef struct mc_scanner mc_scanner;   /* one thread's scratch for one concept set */

/* The match sets of a block of texts. Borrowed from the scanner until its next scan. */
typedef struct mc_match_sets {
    const uint32_t *ids; /* entry ids of all texts, one set after the other */
    const uint32_t
        *offsets; /* n_texts + 1: set i is ids[offsets[i] .. offsets[i + 1]), ascending */
} mc_match_sets;

/* Compiles n entries under rules. Entry id = position in entries; repeated entries keep their own
 * ids. The entries are copied. Same entries and rules give the same bytes on every machine.
 * MC_E_LIMIT names the entry that is too long. */
MC_MUST_CHECK mc_status mc_concepts_compile(mc_concepts **out, const mc_bytes *entries, size_t n,
                                            mc_rules rules, mc_error *error);

/* Uses the bytes of a compiled set in place; they must be aligned to 64, as a mapped file is, and
 * stay as they are until mc_concepts_free. Checks everything matching relies on, so that hostile
 * bytes are refused with MC_E_FORMAT. */
MC_MUST_CHECK mc_status mc_concepts_map(mc_concepts **out, const void *data, size_t size,
                                        mc_error *error);

/* The block of bytes of the set; borrowed from it. */
const void *mc_concepts_data(const mc_concepts *concepts, size_t *size);

void mc_concepts_free(mc_concepts *concepts);

/* True when data starts like a .mca file. */
bool mc_concepts_is_compiled(const void *data, size_t size);

uint32_t mc_concepts_count(const mc_concepts *concepts);
mc_rules mc_concepts_rules(const mc_concepts *concepts);
/* The entry's bytes; id < mc_concepts_count. */
mc_bytes mc_concepts_entry(const mc_concepts *concepts, uint32_t id);
/* entry_hash of every entry: XXH3_64bits of its bytes. */
const uint64_t *mc_concepts_hashes(const mc_concepts *concepts);
/* For every entry the lowest id with the same string (its own where it is the first). */
const uint32_t *mc_concepts_firsts(const mc_concepts *concepts);
/* How many entries repeat an earlier one; how many can never match. */
uint32_t mc_concepts_repeated(const mc_concepts *concepts);
uint32_t mc_concepts_dead(const mc_concepts *concepts);
/* 32 hex digits: XXH3_128bits over the entries in order, each as its length (u32, little-endian)
 * and its bytes. The rules are no part of it. */
const char *mc_concepts_digest(const mc_concepts *concepts);

MC_MUST_CHECK mc_status mc_scanner_create(mc_scanner **out, const mc_concepts *concepts,
                                          mc_error *error);
void mc_scanner_free(mc_scanner *scanner);

/* Finds the match set of each of n texts (decoded, not spaced; texts of any length). */
MC_MUST_CHECK mc_status mc_scan(mc_scanner *scanner, const mc_bytes *texts, size_t n,
                                mc_match_sets *out, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
