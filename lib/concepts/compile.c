/* Compiling: entries to an image, section by section. */
#define _DEFAULT_SOURCE /* madvise */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "concepts/image.h"

typedef struct builder {
    const mc_bytes *entries;
    uint32_t n;
    mc_rules rules;
    mc_buffer image;
    mc_image_section sections[MC_SECTION_LIMIT];
    uint32_t n_sections;
    uint32_t n_repeated, n_dead;
} builder;

/* Ends a section begun where the image was start bytes long, and pads to the alignment. */
static mc_status end_section(builder *b, mc_section_kind kind, size_t start, mc_error *error) {
    static const char zeros[MC_IMAGE_ALIGNMENT];
    b->sections[b->n_sections++] =
        (mc_image_section){.kind = kind,
                           .offset = start,
                           .size = b->image.size - start,
                           .checksum = mc_checksum(b->image.data + start, b->image.size - start)};
    size_t over = b->image.size % MC_IMAGE_ALIGNMENT;
    return mc_buffer_append(&b->image, zeros, over ? MC_IMAGE_ALIGNMENT - over : 0, error);
}

static mc_status put_strings(builder *b, mc_error *error) {
    size_t start = b->image.size;
    uint64_t total = 0;
    for (uint32_t i = 0; i <= b->n; i++) {
        if (total > UINT32_MAX)
            return mc_fail(error, MC_E_LIMIT, "the entries have more than 4 GiB together");
        uint32_t offset = (uint32_t)total;
        MC_TRY(mc_buffer_append(&b->image, &offset, sizeof offset, error));
        total += i < b->n ? b->entries[i].size : 0;
    }
    MC_TRY(end_section(b, MC_SECTION_OFFSETS, start, error));
    start = b->image.size;
    for (uint32_t i = 0; i < b->n; i++)
        MC_TRY(mc_buffer_append(&b->image, b->entries[i].data, b->entries[i].size, error));
    return end_section(b, MC_SECTION_STRINGS, start, error);
}

static bool equal(mc_bytes a, mc_bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Finds repeated entries with a hash table of ids (open addressing, at most half full). */
static mc_status put_repeats(builder *b, mc_error *error) {
    size_t start = b->image.size, n_slots = 16;
    while (n_slots < 2 * (size_t)b->n)
        n_slots *= 2;
    uint32_t *slots; /* id + 1 */
    MC_TRY(MC_ALLOC(slots, n_slots, error));
    mc_status status = MC_OK;
    for (uint32_t i = 0; i < b->n && status == MC_OK; i++) {
        mc_bytes entry = b->entries[i];
        size_t slot = mc_hash64(entry.data, entry.size) & (n_slots - 1);
        while (slots[slot] && !equal(b->entries[slots[slot] - 1], entry))
            slot = (slot + 1) & (n_slots - 1);
        if (slots[slot]) {
            uint32_t pair[2] = {i, slots[slot] - 1};
            status = mc_buffer_append(&b->image, pair, sizeof pair, error);
            b->n_repeated++;
        } else {
            slots[slot] = i + 1;
        }
        b->n_dead += mc_entry_is_dead(entry.data, entry.size, b->rules);
    }
    free(slots);
    MC_TRY(status);
    return end_section(b, MC_SECTION_REPEATS, start, error);
}

static mc_status put_words(builder *b, mc_error *error) {
    size_t start = b->image.size;
    MC_TRY(mc_words_compile(&b->image, b->entries, b->n, error));
    return end_section(b, MC_SECTION_WORDS, start, error);
}

static void digest_entries(const builder *b, char hex[33]) {
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t size = (uint32_t)b->entries[i].size;
        XXH3_128bits_update(&state, &size, sizeof size);
        XXH3_128bits_update(&state, b->entries[i].data, size);
    }
    XXH128_hash_t h = XXH3_128bits_digest(&state);
    mc_u128_hex((mc_u128){h.high64, h.low64}, hex);
}

uint64_t mc_image_checksum(const void *image, uint32_t n_sections) {
    const char *bytes = image;
    uint64_t parts[2] = {
        mc_checksum(bytes, offsetof(mc_image_header, checksum)),
        mc_checksum(bytes + sizeof(mc_image_header), n_sections * sizeof(mc_image_section))};
    return mc_checksum(parts, sizeof parts);
}

static void put_header(builder *b) {
    char hex[33];
    digest_entries(b, hex);
    mc_image_header header = {.magic = MC_IMAGE_MAGIC,
                              .size = b->image.size,
                              .n_sections = b->n_sections,
                              .rules = (uint32_t)b->rules,
                              .n_entries = b->n,
                              .n_repeated = b->n_repeated,
                              .n_dead = b->n_dead};
    memcpy(header.digest, hex, sizeof header.digest);
    memcpy(b->image.data, &header, sizeof header);
    memcpy(b->image.data + sizeof header, b->sections, b->n_sections * sizeof *b->sections);
    header.checksum = mc_image_checksum(b->image.data, b->n_sections);
    memcpy(b->image.data, &header, sizeof header);
}

static mc_status check_entries(const builder *b, size_t n, mc_error *error) {
    if (n > MC_ENTRIES_MAX)
        return mc_fail(error, MC_E_LIMIT, "the list has %zu entries; at most %u are allowed", n,
                       MC_ENTRIES_MAX);
    for (size_t i = 0; i < n; i++)
        if (b->entries[i].size > MC_ENTRY_MAX_BYTES)
            return mc_fail(error, MC_E_LIMIT, "entry %zu has %zu bytes; at most %d are allowed", i,
                           b->entries[i].size, MC_ENTRY_MAX_BYTES);
    return MC_OK;
}

static mc_status build_image(builder *b, mc_error *error) {
    size_t front = sizeof(mc_image_header) + MC_SECTION_LIMIT * sizeof(mc_image_section);
    front = (front + MC_IMAGE_ALIGNMENT - 1) / MC_IMAGE_ALIGNMENT * MC_IMAGE_ALIGNMENT;
    MC_TRY(mc_buffer_reserve(&b->image, front, error));
    memset(b->image.data, 0, front);
    b->image.size = front;
    MC_TRY(put_strings(b, error));
    MC_TRY(put_repeats(b, error));
    MC_TRY(put_words(b, error));
    put_header(b);
    return MC_OK;
}

/* Lists of some size get huge pages: a scan looks all over the image. */
static void *allocate_image(size_t size) {
    enum { HUGE_PAGE = 2 << 20 };
    size_t page = size >= HUGE_PAGE ? HUGE_PAGE : MC_IMAGE_ALIGNMENT;
    void *image = aligned_alloc(page, (size + page - 1) / page * page);
#ifdef MADV_HUGEPAGE
    if (image && page == HUGE_PAGE)
        (void)madvise(image, size, MADV_HUGEPAGE);
#endif
    return image;
}

mc_status mc_concepts_compile(mc_concepts **out, const mc_bytes *entries, size_t n, mc_rules rules,
                              mc_error *error) {
    *out = NULL;
    builder b = {.entries = entries, .n = (uint32_t)n, .rules = rules};
    void *image = NULL;
    mc_status status = check_entries(&b, n, error);
    if (status == MC_OK)
        status = build_image(&b, error);
    if (status == MC_OK && !(image = allocate_image(b.image.size)))
        status = mc_fail(error, MC_E_MEMORY, "out of memory: no room for the compiled list");
    if (status == MC_OK) {
        memcpy(image, b.image.data, b.image.size);
        status = mc_concepts_map(out, image, b.image.size, error);
    }
    mc_buffer_dispose(&b.image);
    if (status == MC_OK)
        (*out)->owned = image;
    else
        free(image);
    return status;
}
