/* The block of bytes of a concept set (.mca; docs/formats.md), shared by compile and map.
 *
 *   header (128)   magic, version, rules, counts, digest, total size, XXH64 of header and table
 *   section table  n_sections x 32: kind, zero, offset, size, XXH64 of the section
 *   sections       each at a multiple of 64
 */
#ifndef MC_CONCEPTS_IMAGE_H
#define MC_CONCEPTS_IMAGE_H

#include "base/buffer.h"
#include "base/hash.h"
#include "concepts/words.h"
#include "metacurate/concepts.h"

#define MC_IMAGE_MAGIC "MCACONC\1" /* the last byte is the version */
#define MC_IMAGE_ALIGNMENT 64

typedef enum mc_section_kind {
    MC_SECTION_OFFSETS = 1, /* u32[n + 1]: where each entry's bytes begin in the strings */
    MC_SECTION_STRINGS = 2, /* the entries' bytes, one after the other */
    MC_SECTION_REPEATS = 3, /* pairs of u32 (id, first id with the same string), id ascending */
    MC_SECTION_WORDS = 4,   /* the word-level engine, over all entries that are not dead */
    MC_SECTION_LIMIT
} mc_section_kind;

/* All numbers are little-endian; the structs are read in place, so big-endian machines are refused
 * at compile time. */
typedef struct mc_image_header {
    char magic[8];
    uint64_t size;
    uint32_t n_sections;
    uint32_t rules;
    uint32_t n_entries;
    uint32_t n_repeated;
    uint32_t n_dead;
    uint32_t zero;
    char digest[32];
    char padding[48];
    uint64_t checksum; /* XXH64 of the 120 bytes before and of the section table */
} mc_image_header;

typedef struct mc_image_section {
    uint32_t kind;
    uint32_t zero;
    uint64_t offset;
    uint64_t size;
    uint64_t checksum;
} mc_image_section;

_Static_assert(sizeof(mc_image_header) == 128, "the header is part of the format");
_Static_assert(sizeof(mc_image_section) == 32, "the section table is part of the format");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian");

struct mc_concepts {
    const char *data;
    size_t size;
    const mc_image_header *header;
    const uint32_t *offsets;
    const char *strings;
    mc_words words;
    uint64_t *hashes;
    uint32_t *firsts;
    char digest[33];
    void *owned; /* the image, when compiled here */
};

uint64_t mc_image_checksum(const void *image, uint32_t n_sections);

#endif
