/* Using an image in place: checked once, then read without checks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "concepts/image.h"

static mc_status damaged(const char *what, mc_error *error) {
    return mc_fail(error, MC_E_FORMAT, "damaged compiled list: %s", what);
}

bool mc_concepts_is_compiled(const void *data, size_t size) {
    return size >= 7 && memcmp(data, MC_IMAGE_MAGIC, 7) == 0;
}

static mc_status check_header(mc_concepts *c, mc_error *error) {
    const mc_image_header *h = c->header;
    if (!mc_concepts_is_compiled(c->data, c->size))
        return mc_fail(error, MC_E_FORMAT, "is no compiled concept list");
    if (c->size < sizeof *h)
        return damaged("cut short", error);
    if (h->magic[7] != MC_IMAGE_MAGIC[7])
        return mc_fail(error, MC_E_FORMAT,
                       "was compiled by another version (format %d, this one reads %d): compile "
                       "it again",
                       h->magic[7], MC_IMAGE_MAGIC[7]);
    if (h->size != c->size)
        return mc_fail(error, MC_E_FORMAT,
                       "damaged compiled list: %zu bytes are there and %" PRIu64 " belong to it",
                       c->size, h->size);
    if (h->n_sections >= MC_SECTION_LIMIT ||
        sizeof *h + h->n_sections * sizeof(mc_image_section) > c->size)
        return damaged("section table", error);
    if (mc_image_checksum(c->data, h->n_sections) != h->checksum)
        return damaged("wrong checksum of the header", error);
    if (h->rules != MC_RULES_METACLIP1)
        return mc_fail(error, MC_E_UNSUPPORTED, "is compiled for rules this version lacks");
    if (h->n_entries > MC_ENTRIES_MAX || h->n_repeated > h->n_entries || h->n_dead > h->n_entries)
        return damaged("counts", error);
    return MC_OK;
}

/* Sections follow one another, with nothing but zeros between them, up to the end. */
static mc_status check_layout(const mc_concepts *c, mc_error *error) {
    const mc_image_section *sections = (const void *)(c->data + sizeof *c->header);
    uint64_t end = sizeof *c->header + c->header->n_sections * sizeof *sections;
    for (uint32_t i = 0; i <= c->header->n_sections; i++) {
        bool last = i == c->header->n_sections;
        uint64_t next = last ? c->size : sections[i].offset;
        if (next < end || next > c->size || next % MC_IMAGE_ALIGNMENT ||
            (!last && sections[i].size > c->size - next))
            return damaged("a section lies outside", error);
        for (; end < next; end++)
            if (c->data[end])
                return damaged("what is between the sections", error);
        end = last ? next : next + sections[i].size;
    }
    return MC_OK;
}

static mc_status find_section(const mc_concepts *c, mc_section_kind kind, const void **data,
                              size_t *size, mc_error *error) {
    const mc_image_section *sections = (const void *)(c->data + sizeof *c->header);
    for (uint32_t i = 0; i < c->header->n_sections; i++) {
        const mc_image_section *s = &sections[i];
        if (s->kind != (uint32_t)kind)
            continue;

        if (mc_checksum(c->data + s->offset, s->size) != s->checksum)
            return damaged("wrong checksum of a section", error);
        *data = c->data + s->offset;
        *size = s->size;
        return MC_OK;
    }
    return damaged("a section is missing", error);
}

static mc_status use_strings(mc_concepts *c, mc_error *error) {
    const void *offsets, *strings;
    size_t offsets_size, strings_size, n = c->header->n_entries;
    MC_TRY(find_section(c, MC_SECTION_OFFSETS, &offsets, &offsets_size, error));
    MC_TRY(find_section(c, MC_SECTION_STRINGS, &strings, &strings_size, error));
    c->offsets = offsets;
    c->strings = strings;
    if (offsets_size != (n + 1) * sizeof *c->offsets || c->offsets[0] != 0 ||
        c->offsets[n] != strings_size)
        return damaged("offsets of entries", error);
    for (size_t i = 0; i < n; i++)
        if (c->offsets[i] > c->offsets[i + 1])
            return damaged("offsets of entries", error);
    return MC_OK;
}

static mc_status use_repeats(mc_concepts *c, mc_error *error) {
    const void *data;
    size_t size;
    uint32_t n = c->header->n_entries;
    MC_TRY(find_section(c, MC_SECTION_REPEATS, &data, &size, error));
    const uint32_t *pairs = data;
    if (size != (size_t)c->header->n_repeated * 8)
        return damaged("repeated entries", error);
    MC_TRY(MC_ALLOC(c->firsts, n, error));
    MC_TRY(MC_ALLOC(c->hashes, n, error));
    for (uint32_t i = 0; i < n; i++) {
        c->firsts[i] = i;
        c->hashes[i] = mc_hash64(c->strings + c->offsets[i], c->offsets[i + 1] - c->offsets[i]);
    }
    for (size_t i = 0; i < c->header->n_repeated; i++) {
        uint32_t id = pairs[2 * i], first = pairs[2 * i + 1];
        if (id >= n || first >= id || c->hashes[id] != c->hashes[first])
            return damaged("repeated entries", error);
        c->firsts[id] = first;
    }
    return MC_OK;
}

static mc_status use_words(mc_concepts *c, mc_error *error) {
    const void *data;
    size_t size;
    MC_TRY(find_section(c, MC_SECTION_WORDS, &data, &size, error));
    MC_TRY(mc_words_view(&c->words, data, size, error));
    if (c->words.header.n_entries != c->header->n_entries)
        return damaged("the words are another list's", error);
    return MC_OK;
}

mc_status mc_concepts_map(mc_concepts **out, const void *data, size_t size, mc_error *error) {
    *out = NULL;
    mc_concepts *c;
    MC_TRY(mc_alloc(&c, 1, sizeof *c, error));
    c->data = data;
    c->size = size;
    c->header = data;
    mc_status status = (uintptr_t)data % MC_IMAGE_ALIGNMENT == 0
                           ? check_header(c, error)
                           : mc_fail(error, MC_E_ARGUMENT, "a compiled list must be aligned");
    if (status == MC_OK)
        status = check_layout(c, error);
    if (status == MC_OK)
        status = use_strings(c, error);
    if (status == MC_OK)
        status = use_repeats(c, error);
    if (status == MC_OK)
        status = use_words(c, error);
    if (status != MC_OK) {
        mc_concepts_free(c);
        return status;
    }
    memcpy(c->digest, c->header->digest, sizeof c->header->digest);
    *out = c;
    return MC_OK;
}

void mc_concepts_free(mc_concepts *concepts) {
    if (!concepts)
        return;
    free(concepts->hashes);
    free(concepts->firsts);
    free(concepts->owned);
    free(concepts);
}

const void *mc_concepts_data(const mc_concepts *concepts, size_t *size) {
    *size = concepts->size;
    return concepts->data;
}

uint32_t mc_concepts_count(const mc_concepts *concepts) {
    return concepts->header->n_entries;
}

mc_rules mc_concepts_rules(const mc_concepts *concepts) {
    return (mc_rules)concepts->header->rules;
}

mc_bytes mc_concepts_entry(const mc_concepts *concepts, uint32_t id) {
    return (mc_bytes){concepts->strings + concepts->offsets[id],
                      concepts->offsets[id + 1] - concepts->offsets[id]};
}

const uint64_t *mc_concepts_hashes(const mc_concepts *concepts) {
    return concepts->hashes;
}

const uint32_t *mc_concepts_firsts(const mc_concepts *concepts) {
    return concepts->firsts;
}

uint32_t mc_concepts_repeated(const mc_concepts *concepts) {
    return concepts->header->n_repeated;
}

uint32_t mc_concepts_dead(const mc_concepts *concepts) {
    return concepts->header->n_dead;
}

const char *mc_concepts_digest(const mc_concepts *concepts) {
    return concepts->digest;
}
