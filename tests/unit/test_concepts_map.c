/* Compiled concept sets mapped: whole, changed, forged, cut. */
#include "concepts_sample.h"

#include "concepts/image.h"
#include "random.h"

/* An aligned copy; the caller frees it. */
static char *copy_image(const void *image, size_t size) {
    char *copy = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(copy);
    memcpy(copy, image, size);
    return copy;
}

static void a_mapped_set_is_the_compiled_one(void **state) {
    (void)state;
    mc_concepts *c = compile_sample(), *mapped;
    size_t size, mapped_size;
    const void *data = mc_concepts_data(c, &size);
    char *image = copy_image(data, size);
    assert_true(mc_concepts_is_compiled(image, size));
    assert_int_equal(mc_concepts_map(&mapped, image, size, NULL), MC_OK);
    assert_ptr_equal(mc_concepts_data(mapped, &mapped_size), image);
    assert_int_equal(mapped_size, size);
    assert_string_equal(mc_concepts_digest(mapped), mc_concepts_digest(c));
    assert_int_equal(mc_concepts_dead(mapped), mc_concepts_dead(c));
    assert_int_equal(mc_concepts_repeated(mapped), mc_concepts_repeated(c));
    assert_memory_equal(mc_concepts_firsts(mapped), mc_concepts_firsts(c), 4 * N_SAMPLE);
    assert_memory_equal(mc_concepts_hashes(mapped), mc_concepts_hashes(c), 8 * N_SAMPLE);
    mc_concepts_free(c); /* the mapped one stands alone */
    mc_scanner *scanner;
    assert_int_equal(mc_scanner_create(&scanner, mapped, NULL), MC_OK);
    assert_string_equal(scan_one(scanner, "a cat in New York"), "0 3 4 5 6 7 21");
    mc_scanner_free(scanner);
    mc_concepts_free(mapped);
    free(image);
}

/* Makes the checksums of an image right again. */
static void fix_checksums(char *image, size_t size) {
    mc_image_header header;
    memcpy(&header, image, sizeof header);
    size_t table_end = sizeof header + header.n_sections * sizeof(mc_image_section);
    if (header.n_sections > 64 || table_end > size)
        return;
    for (uint32_t i = 0; i < header.n_sections; i++) {
        mc_image_section section;
        char *at = image + sizeof header + i * sizeof section;
        memcpy(&section, at, sizeof section);
        if (section.offset > size || section.size > size - section.offset)
            continue;
        section.checksum = mc_checksum(image + section.offset, section.size);
        memcpy(at, &section, sizeof section);
    }
    header.checksum = mc_image_checksum(image, header.n_sections);
    memcpy(image, &header, sizeof header);
}

/* Maps an image and, when it is taken, uses all there is of it. */
static mc_status use_image(const char *image, size_t size) {
    static const char *const texts[] = {"",
                                        "a cat",
                                        "New York , the dog of the rising sun",
                                        "x a , b , C++ of  the  \xC3\xA9t\xC3\xA9 .",
                                        "in the house of the rising sun",
                                        "antidisestablishmentarianism St. Louis"};
    mc_concepts *c;
    mc_scanner *scanner;
    mc_match_sets sets;
    mc_bytes bytes[N_OF(texts)];
    mc_error error = {0};
    mc_status status = mc_concepts_map(&c, image, size, &error);
    if (status != MC_OK) {
        assert_null(c);
        assert_int_equal(error.status, status);
        assert_true(error.message[0] != '\0');
        return status;
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < mc_concepts_count(c); i++) {
        mc_bytes entry = mc_concepts_entry(c, i);
        sum += mc_hash64(entry.data, entry.size) ^ mc_concepts_hashes(c)[i];
        assert_true(mc_concepts_firsts(c)[i] <= i);
    }
    assert_true(sum == 0);
    assert_true(strlen(mc_concepts_digest(c)) <= 32);
    assert_non_null(mc_rules_name(mc_concepts_rules(c)));
    for (size_t i = 0; i < N_OF(texts); i++)
        bytes[i] = bytes_of(texts[i]);
    assert_int_equal(mc_scanner_create(&scanner, c, NULL), MC_OK);
    assert_int_equal(mc_scan(scanner, bytes, N_OF(texts), &sets, NULL), MC_OK);
    for (size_t i = 0; i < N_OF(texts); i++)
        for (uint32_t k = sets.offsets[i]; k < sets.offsets[i + 1]; k++) {
            assert_true(sets.ids[k] < mc_concepts_count(c));
            assert_true(k == sets.offsets[i] || sets.ids[k] > sets.ids[k - 1]);
        }
    mc_scanner_free(scanner);
    mc_concepts_free(c);
    return MC_OK;
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    size_t size;
    const void *data = mc_concepts_data(c, &size);
    char *image = copy_image(data, size);
    assert_int_equal(use_image(image, size), MC_OK);
    for (size_t i = 0; i < size; i++) {
        image[i] ^= (char)(1 << i % 8);
        assert_int_equal(use_image(image, size), MC_E_FORMAT);
        image[i] ^= (char)(1 << i % 8);
    }
    free(image);
    mc_concepts_free(c);
}

/* Somebody who forges the checksums too gets no further than wrong matches. */
static void forged_images_do_no_harm(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    size_t size, n_taken = 0, n_refused = 0;
    const void *data = mc_concepts_data(c, &size);
    size_t step = size / 4096 + 1;
    for (size_t i = 0; i < size; i += i < 2048 ? 1 : step) {
        const unsigned char old = ((const unsigned char *)data)[i];
        const unsigned char changes[] = {1, 0x80, old, (unsigned char)(old ^ 0xFF)};
        for (size_t k = 0; k < N_OF(changes); k++) {
            char *image = copy_image(data, size); /* a read beyond its end is noticed */
            image[i] = (char)(old ^ changes[k]);
            fix_checksums(image, size);
            if (use_image(image, size) == MC_OK)
                n_taken++;
            else
                n_refused++;
            free(image);
        }
    }
    assert_true(n_taken > 0 && n_refused > 0);
    mc_concepts_free(c);
}

static void forged_numbers_do_no_harm(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    size_t size;
    const void *data = mc_concepts_data(c, &size);
    for (int round = 0; round < 6000; round++) {
        static const uint32_t values[] = {0,          1,          2,          63,        64,
                                          255,        256,        4096,       65535,     1u << 24,
                                          0x7FFFFFFF, 0x80000000, 0xFFFFFFC0, 0xFFFFFFFF};
        char *image = copy_image(data, size);
        for (uint32_t n = 1 + random_below(3); n > 0; n--) {
            uint32_t value = random_below(4) ? values[random_below(N_OF(values))]
                                             : (uint32_t)random_below((uint32_t)size);
            size_t bound = random_below(3) ? (size < 1024 ? size : 1024) : size;
            memcpy(image + random_below((uint32_t)bound / 4) * 4, &value, 4);
        }
        fix_checksums(image, size);
        (void)use_image(image, size);
        free(image);
    }
    mc_concepts_free(c);
}

static void cut_images_are_refused(void **state) {
    (void)state;
    mc_concepts *c = compile_sample();
    size_t size;
    const void *data = mc_concepts_data(c, &size);
    for (size_t cut = 0; cut < size; cut += cut < 1024 ? 1 : 37) {
        char *image = copy_image(data, cut);
        assert_int_equal(use_image(image, cut), MC_E_FORMAT);
        if (cut >= sizeof(mc_image_header)) {
            uint64_t stated = cut;
            memcpy(image + offsetof(mc_image_header, size), &stated, sizeof stated);
            fix_checksums(image, cut);
            assert_int_equal(use_image(image, cut), MC_E_FORMAT);
        }
        free(image);
    }
    for (size_t more = 1; more <= 128; more++) {
        char *image = copy_image(data, size);
        char *longer = aligned_alloc(64, (size + more + 63) / 64 * 64);
        assert_non_null(longer);
        memset(longer, 0, size + more);
        memcpy(longer, image, size);
        assert_int_equal(use_image(longer, size + more), MC_E_FORMAT);
        free(image);
        free(longer);
    }
    mc_concepts_free(c);
}

static void what_is_no_image_is_refused(void **state) {
    (void)state;
    mc_concepts *c = compile_sample(), *mapped;
    mc_error error = {0};
    size_t size;
    const void *data = mc_concepts_data(c, &size);
    _Alignas(64) static const char list[] = "[\"cat\"]";
    assert_int_equal(mc_concepts_map(&mapped, NULL, 0, &error), MC_E_FORMAT);
    assert_int_equal(mc_concepts_map(&mapped, list, 7, &error), MC_E_FORMAT);
    assert_false(mc_concepts_is_compiled("MCACON", 6));
    assert_false(mc_concepts_is_compiled(NULL, 0));

    char *shifted = aligned_alloc(64, size + 64);
    assert_non_null(shifted);
    memcpy(shifted + 1, data, size);
    assert_int_equal(mc_concepts_map(&mapped, shifted + 1, size, &error), MC_E_ARGUMENT);
    assert_null(mapped);
    free(shifted);

    char *image = copy_image(data, size);
    image[7]++;
    fix_checksums(image, size);
    assert_true(mc_concepts_is_compiled(image, size));
    assert_int_equal(mc_concepts_map(&mapped, image, size, &error), MC_E_FORMAT);
    assert_non_null(strstr(error.message, "another version"));
    image[7]--;
    uint32_t rules = 99;
    memcpy(image + offsetof(mc_image_header, rules), &rules, sizeof rules);
    fix_checksums(image, size);
    assert_int_equal(mc_concepts_map(&mapped, image, size, &error), MC_E_UNSUPPORTED);
    free(image);
    mc_concepts_free(c);
}

static const mc_image_section *find_section(const char *image, uint32_t kind) {
    const mc_image_header *header = (const void *)image;
    const mc_image_section *sections = (const void *)(image + sizeof *header);
    for (uint32_t i = 0; i < header->n_sections; i++)
        if (sections[i].kind == kind)
            return &sections[i];
    return NULL;
}

/* An image whose parts are each right, but not for each other. */
static void parts_of_different_lists_are_refused(void **state) {
    (void)state;
    const mc_bytes short_list[] = {bytes_of("a")};
    mc_concepts *big = compile_sample(), *small = compile(short_list, 1);
    size_t big_size, small_size;
    const char *big_data = mc_concepts_data(big, &big_size);
    const char *small_data = mc_concepts_data(small, &small_size);
    for (uint32_t kind = MC_SECTION_OFFSETS; kind < MC_SECTION_LIMIT; kind++) {
        const mc_image_section *from = find_section(small_data, kind);
        const mc_image_section *at = find_section(big_data, kind);
        if (!from || !at || from->size > at->size)
            continue;
        char *image = copy_image(big_data, big_size);
        memset(image + at->offset, 0, at->size);
        memcpy(image + at->offset, small_data + from->offset, from->size);
        uint64_t size = from->size;
        memcpy(image + ((const char *)at - big_data) + offsetof(mc_image_section, size), &size,
               sizeof size);
        fix_checksums(image, big_size);
        assert_int_equal(use_image(image, big_size), MC_E_FORMAT);
        free(image);
    }
    /* and one that lacks a part */
    for (uint32_t kind = MC_SECTION_OFFSETS; kind < MC_SECTION_LIMIT; kind++) {
        const mc_image_section *at = find_section(big_data, kind);
        if (!at)
            continue;
        char *image = copy_image(big_data, big_size);
        uint32_t unknown = 999;
        memcpy(image + ((const char *)at - big_data) + offsetof(mc_image_section, kind), &unknown,
               sizeof unknown);
        fix_checksums(image, big_size);
        assert_int_equal(use_image(image, big_size), MC_E_FORMAT);
        free(image);
    }
    mc_concepts_free(big);
    mc_concepts_free(small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mapped_set_is_the_compiled_one),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(forged_images_do_no_harm),
        cmocka_unit_test(forged_numbers_do_no_harm),
        cmocka_unit_test(cut_images_are_refused),
        cmocka_unit_test(what_is_no_image_is_refused),
        cmocka_unit_test(parts_of_different_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
