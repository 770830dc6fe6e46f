/* gzip sources: members of every kind, and what damage costs. */
#include "source_reading.h"

static void members_follow_each_other(void **state) {
    (void)state;
    size_t size = 900000;
    char *text = make_text(size);
    for (size_t i = 0; i < N_PIECES; i++) {
        size_t n = i == 0 ? 20000 : size;
        mc_buffer stored = {0};
        /* Members of many sizes, empty ones among them. */
        for (size_t at = 0, length = 0; at < n; at += length, length = length * 2 + 1) {
            if (length > n - at)
                length = n - at;
            append_member_at(&stored, text + at, length, (int)(length % 10));
        }
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_content(&found, text, n);
        mc_buffer_dispose(&stored);
    }
    free(text);
}

/* Sizes about the limits of each way of decoding, stored and compressed, one after another. */
static void members_of_every_size_are_read(void **state) {
    (void)state;
    static const size_t limits[] = {65536, 131072, 262144, 524288, 1048576, 8388608};
    size_t most = 9000000;
    char *text = make_text(most);
    members m = {0};
    for (size_t i = 0; i < 6; i++)
        for (int level = 0; level < 2; level++)
            for (size_t n = limits[i] - 1; n <= limits[i] + 1; n++) {
                append_member_at(&m.stored, text, n, level);
                append(&m.text, text, n);
                append_member(&m.stored, "small", 5);
                append(&m.text, "small", 5);
            }
    assert_reads(&m.stored, m.text.data, m.text.size, 2);
    dispose_members(&m);
    free(text);
}

static void many_members_between_large_ones_are_read(void **state) {
    (void)state;
    size_t most = 1200000;
    char *text = make_text(most);
    members m = {0};
    for (size_t i = 0; i < 600; i++) {
        size_t n = i % 97 == 50 ? random_below((uint32_t)most) : random_below(20000);
        size_t at = random_below((uint32_t)(most - n));
        append_member_at(&m.stored, text + at, n, 1 + (int)(i % 6));
        append(&m.text, text + at, n);
    }
    assert_reads(&m.stored, m.text.data, m.text.size, 1);
    dispose_members(&m);
    free(text);
}

static void headers_may_have_every_field(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append(&stored, "\x1f\x8b\x08\x1e\1\2\3\4\0\3", 10);
    append(&stored, "\5\0extra", 7);
    append(&stored, "a name\0a comment", 17);
    append_number(&stored, crc32_z(0, (Bytef *)stored.data, stored.size) & 0xffff, 2);
    size_t crc_at = stored.size - 2;
    compress_with(&stored, "content", 7, 6, Z_FINISH);
    append_trailer(&stored, "content", 7);
    size_t first = stored.size;
    append_member(&stored, "more", 4);
    assert_reads(&stored, "contentmore", 11, 0);
    static const struct {
        size_t at;
        char change;
        const char *words;
    } cases[] = {{0, 1, "header's checksum"}, {3, (char)0x80, "reserved"}, {2, 7, "method"}};
    for (size_t i = 0; i < 3; i++) {
        stored.data[i ? cases[i].at : crc_at] ^= cases[i].change;
        outcome found = read_bytes(stored.data, stored.size, 100);
        assert_int_equal(found.losses[0].to, first);
        assert_damage(&found, "more", 4, cases[i].words);
        stored.data[i ? cases[i].at : crc_at] ^= cases[i].change;
    }
    mc_buffer_dispose(&stored);
}

static void headers_may_be_long_but_not_endless(void **state) {
    (void)state;
    for (size_t name = 1; name < 200000; name = name * 3 + 1) {
        mc_buffer stored = {0};
        char *text = make_text(200000);
        append(&stored, "\x1f\x8b\x08\x0c\0\0\0\0\0\xff\xff\xff", 12);
        append(&stored, text, 65535);
        append(&stored, text, name);
        append(&stored, "", 1);
        compress_with(&stored, "content", 7, 6, Z_FINISH);
        append_trailer(&stored, "content", 7);
        append_member(&stored, "more", 4);
        outcome found = read_bytes(stored.data, stored.size, 1000);
        if (name < 60000)
            assert_content(&found, "contentmore", 11);
        else if (name > 70000)
            assert_damage(&found, "more", 4, "does not end");
        mc_buffer_dispose(&found.data);
        mc_buffer_dispose(&stored);
        free(text);
    }
}

static void zeros_may_lie_between_members(void **state) {
    (void)state;
    char *zeros = calloc(1, 600000);
    assert_non_null(zeros);
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    append(&stored, zeros, 1);
    assert_reads(&stored, "content", 7, 0);
    append(&stored, zeros, 600000);
    assert_reads(&stored, "content", 7, 0);
    append_member(&stored, "more", 4);
    append(&stored, zeros, 1000);
    assert_reads(&stored, "contentmore", 11, 0);
    size_t size = stored.size;
    append(&stored, "x", 1);
    outcome found = read_bytes(stored.data, stored.size, 7);
    assert_int_equal(found.losses[0].from, size);
    assert_damage(&found, "contentmore", 11, "follows the last member");
    mc_buffer_dispose(&stored);
    free(zeros);
}

static void garbage_is_passed_over(void **state) {
    (void)state;
    static const char *const kinds[] = {"x", "garbage", "\x1f", "\x1f\x8b\x08\x1f\x8b\x08",
                                        "\x1f\x1f"};
    for (size_t i = 0; i < 5; i++) {
        mc_buffer stored = {0};
        append_member(&stored, "content", 7);
        size_t from = stored.size;
        append(&stored, kinds[i], strlen(kinds[i]));
        outcome found = read_bytes(stored.data, stored.size, 100);
        assert_int_equal(found.losses[0].from, from);
        assert_int_equal(found.losses[0].to, stored.size);
        assert_damage(&found, "content", 7,
                      i == 2   ? "truncated"
                      : i == 3 ? ""
                               : "follows the last member");
        size_t to = stored.size;
        append_member(&stored, "more", 4);
        found = read_bytes(stored.data, stored.size, 100);
        assert_int_equal(found.losses[0].from, from);
        assert_int_equal(found.losses[0].to, to);
        assert_damage(&found, "contentmore", 11, "");
        mc_buffer_dispose(&stored);
    }
}

/* One byte of the file's first three may be wrong: it is still no text. */
static void a_damaged_beginning_is_told(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    size_t to = stored.size;
    append_member(&stored, "more", 4);
    for (size_t i = 0; i < 3; i++) {
        stored.data[i] ^= 0x20;
        outcome found = read_bytes(stored.data, stored.size, 100);
        assert_int_equal(found.losses[0].from, 0);
        assert_int_equal(found.losses[0].to, to);
        assert_damage(&found, "more", 4, "damaged");
        stored.data[i] ^= 0x20;
    }
    outcome found = read_bytes("\x1e\x8a\x08 text", 8, 100);
    assert_content(&found, "\x1e\x8a\x08 text", 8);
    mc_buffer_dispose(&stored);
}

/* Of a file that is one member what can be read is handed out; of others only what is right. */
static void trailers_are_checked(void **state) {
    (void)state;
    for (int alone = 0; alone < 2; alone++) {
        mc_buffer stored = {0};
        append_member(&stored, "content", 7);
        size_t crc_at = stored.size - 8, size_at = stored.size - 1;
        if (!alone)
            append_member(&stored, "more", 4);
        const char *rest = alone ? "content" : "more";
        stored.data[crc_at] ^= 1;
        outcome found = read_bytes(stored.data, stored.size, 7);
        assert_damage(&found, rest, strlen(rest), "checksum");
        stored.data[crc_at] ^= 1;
        stored.data[size_at] ^= 1;
        found = read_bytes(stored.data, stored.size, 100);
        assert_damage(&found, rest, strlen(rest), "size");
        mc_buffer_dispose(&stored);
    }
}

static void what_comes_before_damage_is_delivered_of_a_single_member(void **state) {
    (void)state;
    size_t size = 300000;
    char *text = make_text(size);
    mc_buffer stored = {0};
    append_header(&stored);
    compress_with(&stored, text, size, 6, Z_FULL_FLUSH);
    append(&stored, "\7", 1); /* a block of the type that does not exist */
    append(&stored, "................", 16);
    for (size_t i = 1; i < N_PIECES; i++) {
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_damage(&found, text, size, "deflate");
        found = read_bytes(stored.data, stored.size - 17, pieces[i]);
        assert_damage(&found, text, size, "truncated");
    }
    append_member(&stored, "more", 4);
    outcome found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "more", 4, "deflate");
    mc_buffer_dispose(&stored);
    free(text);
}

/* A member too large to be held is handed out up to its damage. */
static void damage_in_a_large_member_costs_the_rest_of_it(void **state) {
    (void)state;
    size_t size = 20000000;
    char *text = make_text(size);
    mc_buffer stored = {0};
    append_member(&stored, "first", 5);
    append_header(&stored);
    compress_with(&stored, text, size, 1, Z_FULL_FLUSH);
    size_t whole = stored.size;
    append(&stored, "\7................", 17);
    size_t to = stored.size;
    append_member(&stored, "more", 4);
    for (size_t i = 3; i < N_PIECES; i++) {
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_int_equal(found.n_losses, 1);
        assert_non_null(strstr(found.error.message, "deflate"));
        assert_int_equal(found.losses[0].at, 5 + size);
        assert_true(found.losses[0].from >= whole && found.losses[0].from <= to);
        assert_int_equal(found.losses[0].to, to);
        assert_int_equal(found.data.size, size + 9);
        assert_memory_equal(found.data.data, "first", 5);
        assert_memory_equal(found.data.data + 5, text, size);
        assert_memory_equal(found.data.data + 5 + size, "more", 4);
        mc_buffer_dispose(&found.data);
    }
    mc_buffer_dispose(&stored);
    free(text);
}

/* Members as crawls have them: many small ones, compressed at different levels, with text that has
 * long and short codes. */
static members make_crawl(size_t n, size_t mean) {
    members m = {0};
    mc_buffer record = {0};
    for (size_t i = 0; i < n; i++) {
        record.size = 0;
        for (size_t size = random_below((uint32_t)(2 * mean)); record.size < size;)
            assert_int_equal(
                mc_buffer_printf(&record, NULL,
                                 "{\"record\":%zu,\"link\":\"http://host%u.example/%x\","
                                 "\"alt\":\"%c%c %u\"}\n",
                                 i, random_below(50), random_below(1u << 30),
                                 'a' + (int)random_below(26), 'A' + (int)random_below(26),
                                 random_below(9)),
                MC_OK);
        append_member_at(&m.stored, record.data, record.size, (int)(i % 10));
        append(&m.text, record.data, record.size);
        note_member(&m);
    }
    mc_buffer_dispose(&record);
    return m;
}

static void truncations_cost_the_last_member_alone(void **state) {
    (void)state;
    members m = make_crawl(120, 8000);
    for (int round = 0; round < 200; round++)
        check_truncated(&m, 2 + random_below((uint32_t)m.stored.size - 2),
                        1 + random_below(100000));
    dispose_members(&m);
    m = make_crawl(3, 500);
    for (size_t cut = 2; cut < m.stored.size; cut++)
        check_truncated(&m, cut, cut % 2 ? 10 : 5000);
    dispose_members(&m);
}

static void flipped_bits_cost_their_member_alone(void **state) {
    (void)state;
    for (int file = 0; file < 4; file++) {
        members m = make_crawl(80, 300u << 2 * file);
        for (int round = 0; round < 250; round++)
            check_flipped(&m, random_below((uint32_t)m.stored.size), random_below(8),
                          1 + random_below(100000));
        dispose_members(&m);
    }
    members m = make_crawl(3, 300);
    while (m.stored.size < 300 || m.text_end[0] == 0) {
        dispose_members(&m);
        m = make_crawl(3, 300);
    }
    /* The first member may be taken for the only one where both others are empty. */
    for (size_t at = 0; at < m.stored.size; at++)
        for (unsigned bit = 0; bit < 8; bit++)
            check_flipped(&m, at, bit, 5000);
    dispose_members(&m);
}

/* A decoder runs from a member that lacks its end into the next one, even to that one's end. */
static void a_cut_member_does_not_hide_the_next(void **state) {
    (void)state;
    for (int round = 0; round < 60; round++) {
        members m = make_crawl(1, 200000);
        size_t whole = m.stored.size, cut = 1 + random_below((uint32_t)whole - 1);
        mc_buffer stored = {0};
        append_member(&stored, "first", 5);
        append(&stored, m.stored.data, cut);
        append(&stored, m.stored.data, whole);
        outcome found = read_bytes(stored.data, stored.size, 70000);
        assert_int_equal(found.n_losses, 1);
        assert_int_equal(found.losses[0].to, stored.size - whole);
        assert_int_equal(found.data.size, 5 + m.text.size);
        assert_memory_equal(found.data.data + 5, m.text.data, m.text.size);
        mc_buffer_dispose(&found.data);
        mc_buffer_dispose(&stored);
        dispose_members(&m);
    }
}

/* Members may be the content of stored blocks of others; they do not count as what follows. */
static void content_that_is_gzip_is_not_taken_for_members(void **state) {
    (void)state;
    mc_buffer inner = {0}, stored = {0};
    append_member(&inner, "this is a file within", 21);
    append(&inner, "....", 4);
    append_member(&stored, "first", 5);
    append_member_at(&stored, inner.data, inner.size, 0);
    stored.data[stored.size - 8] ^= 1;
    append_member(&stored, "more", 4);
    outcome found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "firstmore", 9, "checksum");
    mc_buffer_dispose(&inner);
    mc_buffer_dispose(&stored);
}

static void several_damages_are_told_apart(void **state) {
    (void)state;
    members m = make_crawl(60, 3000);
    mc_buffer expected = {0};
    size_t n_lost = 0;
    for (size_t i = 0; i < m.n; i++) {
        size_t start = stored_start(&m, i), size = m.stored_end[i] - start;
        bool lost = i % 4 == 1 || i % 8 == 2; /* one alone, or two */
        if (lost)
            m.stored.data[start + 10 + random_below((uint32_t)size - 18)] ^= (char)(1 << i % 8);
        else
            append(&expected, m.text.data + text_start(&m, i), m.text_end[i] - text_start(&m, i));
        n_lost += i % 4 == 1;
    }
    outcome found = read_bytes(m.stored.data, m.stored.size, 10000);
    for (size_t i = 0; i < found.n_losses; i++) {
        size_t first = member_of(&m, (size_t)found.losses[i].from);
        assert_int_equal(found.losses[i].from, stored_start(&m, first));
        assert_int_equal(first % 4, 1);
        assert_int_equal(found.losses[i].to, m.stored_end[first + (first % 8 == 1)]);
    }
    assert_int_equal(found.n_losses, n_lost);
    assert_data(&found, expected.data, expected.size);
    mc_buffer_dispose(&expected);
    dispose_members(&m);
}

/* Files made to look like members at every turn are read to their end in time; what follows them is
 * found. */
static void false_members_do_not_take_for_ever(void **state) {
    (void)state;
    static const char zeros[1000000];
    mc_buffer packed = {0};
    compress_with(&packed, zeros, sizeof zeros, 9, Z_FINISH);
    append(&packed, "checksum", 8); /* which is wrong */
    for (int kind = 0; kind < 4; kind++) {
        mc_buffer stored = {0};
        append_member(&stored, "first", 5);
        while (stored.size < 3000000) {
            append(&stored, plain_header, kind == 0 ? 3 : 10);
            if (kind == 1)
                stored.data[stored.size - 7] = 8; /* a name */
            if (kind == 2)                        /* a stored block of all that follows */
                append(&stored, "\0\xf0\xff\x0f\0", 5);
            if (kind == 3)
                append(&stored, packed.data, packed.size);
        }
        append_member(&stored, "last", 4);
        outcome found = read_bytes(stored.data, stored.size, 1000);
        assert_true(found.data.size >= 5);
        assert_memory_equal(found.data.data, "first", 5);
        assert_int_equal(found.losses[found.n_losses - 1].status, MC_E_FORMAT);
        mc_buffer_dispose(&found.data);
        mc_buffer_dispose(&stored);
    }
    mc_buffer_dispose(&packed);
}

static void random_bytes_are_damage(void **state) {
    (void)state;
    check_random_bytes("\x1f\x8b\x08\0", 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(members_of_every_size_are_read),
        cmocka_unit_test(many_members_between_large_ones_are_read),
        cmocka_unit_test(headers_may_have_every_field),
        cmocka_unit_test(headers_may_be_long_but_not_endless),
        cmocka_unit_test(zeros_may_lie_between_members),
        cmocka_unit_test(garbage_is_passed_over),
        cmocka_unit_test(a_damaged_beginning_is_told),
        cmocka_unit_test(trailers_are_checked),
        cmocka_unit_test(what_comes_before_damage_is_delivered_of_a_single_member),
        cmocka_unit_test(damage_in_a_large_member_costs_the_rest_of_it),
        cmocka_unit_test(truncations_cost_the_last_member_alone),
        cmocka_unit_test(flipped_bits_cost_their_member_alone),
        cmocka_unit_test(a_cut_member_does_not_hide_the_next),
        cmocka_unit_test(content_that_is_gzip_is_not_taken_for_members),
        cmocka_unit_test(several_damages_are_told_apart),
        cmocka_unit_test(false_members_do_not_take_for_ever),
        cmocka_unit_test(random_bytes_are_damage),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
