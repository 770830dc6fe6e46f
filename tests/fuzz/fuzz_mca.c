/* A compiled list, forged as the fuzzer says, checksums and all: it must be refused, or stay within
 * its bytes and give sets that are in order.
 *
 * Input: a byte for the number of edits; each edit an offset (3 bytes), how it is meant (1 byte)
 * and a value (1 byte); the rest is a text to be scanned. */
#include <stdlib.h>
#include <string.h>

#include "concepts/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const list[] = {"cat",
                                   "dog",
                                   "",
                                   "a cat",
                                   "New York",
                                   "York",
                                   "cat",
                                   "St. Louis",
                                   "C++",
                                   ",",
                                   "a , b",
                                   "  ",
                                   "in the house of the rising sun",
                                   "antidisestablishmentarianism",
                                   "of the",
                                   "rising sun",
                                   "a word of sixteen",
                                   "\xC3\xA9t\xC3\xA9",
                                   "of  the",
                                   " edge "};
enum { N_ENTRIES = sizeof list / sizeof *list, EDIT_SIZE = 5 };

static mc_concepts *original;

static void check(bool holds) {
    if (!holds)
        abort();
}

static void compile(void) {
    mc_bytes entries[N_ENTRIES];
    for (size_t i = 0; i < N_ENTRIES; i++)
        entries[i] = (mc_bytes){list[i], strlen(list[i])};
    check(mc_concepts_compile(&original, entries, N_ENTRIES, MC_RULES_METACLIP1, NULL) == MC_OK);
}

/* Half of the edits go to the header, the section table and what follows them. */
static void edit(char *image, size_t size, const uint8_t *e) {
    size_t at = (size_t)e[0] | (size_t)e[1] << 8 | (size_t)e[2] << 16;
    at %= e[3] & 1 && size > 1024 ? 1024 : size;
    if (e[3] & 2)
        image[at] = (char)e[4];
    else
        image[at] ^= (char)e[4];
    if (e[3] & 4) /* a number of four bytes, near nothing or near the end of its range */
        for (size_t i = 1; i < 4 && at + i < size; i++)
            image[at + i] = (char)(e[3] & 8 ? 0xFF : 0);
}

static void fix_checksums(char *image, size_t size) {
    mc_image_header header;
    memcpy(&header, image, sizeof header);
    if (header.n_sections > (size - sizeof header) / sizeof(mc_image_section))
        return;
    for (uint32_t i = 0; i < header.n_sections; i++) {
        mc_image_section section;
        char *at = image + sizeof header + i * sizeof section;
        memcpy(&section, at, sizeof section);
        if (section.offset <= size && section.size <= size - section.offset)
            section.checksum = mc_checksum(image + section.offset, section.size);
        memcpy(at, &section, sizeof section);
    }
    header.checksum = mc_image_checksum(image, header.n_sections);
    memcpy(image, &header, sizeof header);
}

static void use(const mc_concepts *concepts, const uint8_t *text, size_t size) {
    static const char fixed[] = "a cat in the house of the rising sun , C++ New York a , b .  x";
    const mc_bytes texts[] = {{(const char *)text, size}, {fixed, sizeof fixed - 1}, {"", 0}};
    uint32_t n = mc_concepts_count(concepts);
    mc_scanner *scanner;
    mc_match_sets sets;
    for (uint32_t id = 0; id < n; id++) {
        mc_bytes entry = mc_concepts_entry(concepts, id);
        check(mc_concepts_hashes(concepts)[id] == mc_hash64(entry.data, entry.size));
        check(mc_concepts_firsts(concepts)[id] <= id);
    }
    check(strlen(mc_concepts_digest(concepts)) <= 32);
    check(mc_scanner_create(&scanner, concepts, NULL) == MC_OK);
    check(mc_scan(scanner, texts, 3, &sets, NULL) == MC_OK);
    for (size_t t = 0; t < 3; t++)
        for (uint32_t i = sets.offsets[t]; i < sets.offsets[t + 1]; i++) {
            check(sets.ids[i] < n);
            check(i == sets.offsets[t] || sets.ids[i] > sets.ids[i - 1]);
        }
    mc_scanner_free(scanner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t image_size;
    mc_concepts *concepts;
    if (size == 0)
        return 0;
    if (!original)
        compile();
    size_t n_edits = data[0];
    data++;
    size--;
    if (n_edits > size / EDIT_SIZE)
        n_edits = size / EDIT_SIZE;
    const void *bytes = mc_concepts_data(original, &image_size);
    char *image = aligned_alloc(64, image_size);
    check(image != NULL);
    memcpy(image, bytes, image_size);
    for (size_t i = 0; i < n_edits; i++, data += EDIT_SIZE, size -= EDIT_SIZE)
        edit(image, image_size, data);
    fix_checksums(image, image_size);
    if (mc_concepts_map(&concepts, image, image_size, NULL) == MC_OK) {
        use(concepts, data, size);
        mc_concepts_free(concepts);
    }
    free(image);
    return 0;
}
