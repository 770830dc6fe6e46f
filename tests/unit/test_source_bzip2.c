/* bzip2 sources: streams one after another, and what damage costs. */
#include "source_reading.h"

#include <bzlib.h>

static void append_stream(mc_buffer *out, const void *data, size_t size) {
    unsigned made = (unsigned)(size + size / 50 + 700);
    assert_int_equal(mc_buffer_reserve(out, made, NULL), MC_OK);
    assert_int_equal(BZ2_bzBuffToBuffCompress(out->data + out->size, &made, (char *)(uintptr_t)data,
                                              (unsigned)size, 1, 0, 0),
                     BZ_OK);
    out->size += made;
}

static void streams_follow_each_other(void **state) {
    (void)state;
    members m = make_members(12, 0, 30000, append_stream);
    append_stream(&m.stored, "", 0);
    assert_reads(&m.stored, m.text.data, m.text.size, 1);
    size_t from = m.stored.size;
    append(&m.stored, "BZh9garbage", 11);
    outcome found = read_bytes(m.stored.data, m.stored.size, 1000);
    assert_int_equal(found.losses[0].from, from);
    assert_damage(&found, m.text.data, m.text.size, "damaged");
    dispose_members(&m);
    append_stream(&m.stored, "", 0);
    found = read_bytes(m.stored.data, m.stored.size, 1000);
    assert_content(&found, "", 0);
    dispose_members(&m);
}

static void large_streams_are_read(void **state) {
    (void)state;
    size_t size = 9000000;
    char *text = calloc(size, 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i += 1 + random_below(5000))
        text[i] = (char)next_random();
    mc_buffer stored = {0};
    append_stream(&stored, text, size);
    size_t first = stored.size;
    append_stream(&stored, "more", 4);
    outcome found = read_bytes(stored.data, stored.size, 100000);
    assert_int_equal(found.data.size, size + 4);
    assert_memory_equal(found.data.data + size, "more", 4);
    found.data.size = size;
    assert_content(&found, text, size);
    stored.data[first - 100] ^= 1;
    found = read_bytes(stored.data, stored.size, 100000);
    assert_int_equal(found.n_losses, 1);
    assert_int_equal(found.losses[0].to, first);
    assert_true(found.data.size > size / 2);
    assert_memory_equal(found.data.data + found.data.size - 4, "more", 4);
    mc_buffer_dispose(&found.data);
    mc_buffer_dispose(&stored);
    free(text);
}

static void truncated_and_flipped_streams_cost_themselves_alone(void **state) {
    (void)state;
    members m = make_members(12, 0, 5000, append_stream);
    for (int round = 0; round < 100; round++) {
        check_truncated(&m, 4 + random_below((uint32_t)m.stored.size - 4), 1 + random_below(10000));
        check_flipped(&m, random_below((uint32_t)m.stored.size), random_below(8),
                      1 + random_below(10000));
    }
    dispose_members(&m);
}

static void text_is_not_taken_for_bzip2(void **state) {
    (void)state;
    static const char *const texts[] = {"BZ", "BZh", "BZh1 is a line\n", "BZh9 1AY&SY", "AZh91AY"};
    for (size_t i = 0; i < 5; i++) {
        outcome found = read_bytes(texts[i], strlen(texts[i]), 100);
        assert_content(&found, texts[i], strlen(texts[i]));
    }
    mc_buffer stored = {0};
    append_stream(&stored, "content", 7);
    for (size_t i = 0; i < 10; i++) { /* one byte may be wrong */
        stored.data[i] ^= 0x40;
        outcome found = read_bytes(stored.data, stored.size, 100);
        assert_damage(&found, "", 0, "damaged");
        stored.data[i] ^= 0x40;
    }
    for (size_t cut = 4; cut < stored.size; cut++) {
        outcome found = read_bytes(stored.data, cut, 100);
        assert_damage(&found, "content", found.data.size, "truncated");
    }
    mc_buffer_dispose(&stored);
}

static void real_dumps_are_read(void **state) {
    (void)state;
    const char *folder = getenv("METACURATE_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/wiki", folder ? folder : MC_SOURCE_DIR "/../shared/data");
    DIR *listing = opendir(path);
    if (!listing)
        SKIP_WITHOUT(path);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        const char *end = strrchr(entry->d_name, '.');
        if (!end || strcmp(end, ".bz2") != 0)
            continue;
        char name[2048];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        outcome found = read_path(name, 1 << 20);
        assert_int_equal(found.n_losses, 0);
        assert_true(found.data.size > found.stored_size);
        mc_buffer_dispose(&found.data);
        n++;
    }
    closedir(listing);
    assert_true(n > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_follow_each_other),
        cmocka_unit_test(large_streams_are_read),
        cmocka_unit_test(truncated_and_flipped_streams_cost_themselves_alone),
        cmocka_unit_test(text_is_not_taken_for_bzip2),
        cmocka_unit_test(real_dumps_are_read),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
