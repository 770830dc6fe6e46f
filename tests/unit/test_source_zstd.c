/* zstd sources: frames of every kind, and what damage costs. */
#include "source_reading.h"

static void append_skippable(mc_buffer *out, size_t size) {
    append(out, "\x5a\x2a\x4d\x18", 4);
    append_number(out, size, 4);
    while (size-- > 0)
        append(out, "x", 1);
}

static void frames_follow_each_other(void **state) {
    (void)state;
    size_t size = 900000;
    char *text = make_text(size);
    for (size_t i = 0; i < N_PIECES; i++) {
        size_t n = i == 0 ? 20000 : size;
        mc_buffer stored = {0};
        for (size_t at = 0, length = 0; at < n; at += length, length = length * 3 + 1) {
            if (length > n - at)
                length = n - at;
            append_skippable(&stored, at % 5 ? 3 : 70000 * (at % 4));
            append_frame(&stored, text + at, length, (int)(at % 2));
        }
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_content(&found, text, n);
        size_t from = stored.size;
        append(&stored, "garbage", 7);
        found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_int_equal(found.losses[0].from, from);
        assert_int_equal(found.losses[0].to, stored.size);
        assert_damage(&found, text, n, "follows the last frame");
        append_frame(&stored, "more", 4, 0);
        append(&stored, "\x28\xb5\x2f\xfd", 4);
        found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_int_equal(found.n_losses, 2);
        assert_non_null(strstr(found.losses[0].message, "follows a frame"));
        assert_non_null(strstr(found.losses[1].message, "truncated"));
        assert_int_equal(found.data.size, n + 4);
        mc_buffer_dispose(&found.data);
        mc_buffer_dispose(&stored);
    }
    free(text);
}

static void skippable_frames_may_be_all_there_is(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append_skippable(&stored, 10);
    append_skippable(&stored, 0);
    for (size_t cut = 4; cut <= stored.size; cut++) {
        outcome found = read_bytes(stored.data, cut, 10);
        if (cut == 18 || cut == 26)
            assert_content(&found, "", 0);
        else
            assert_damage(&found, "", 0, "truncated");
    }
    /* Longer than what is looked at as a whole. */
    stored.size = 0;
    append_skippable(&stored, 5000000);
    append_frame(&stored, "more", 4, 1);
    outcome found = read_bytes(stored.data, stored.size, 10);
    assert_content(&found, "more", 4);
    found = read_bytes(stored.data, 3000000, 10);
    assert_damage(&found, "", 0, "truncated");
    /* The last, with nothing behind it, when the end of the file is not known yet. */
    for (size_t size = 100000; size < 5000000; size = size * 2 + 12345) {
        stored.size = 0;
        append_frame(&stored, "first", 5, 1);
        append_skippable(&stored, size);
        found = read_bytes(stored.data, stored.size, 10);
        assert_content(&found, "first", 5);
    }
    mc_buffer_dispose(&stored);
}

static void append_checked(mc_buffer *out, const void *data, size_t size) {
    append_frame(out, data, size, 1);
}

/* Of a damaged frame, blocks before the damage are delivered. */
static void check_lost_frame(const members *m, size_t i, outcome *found) {
    size_t start = text_start(m, i), end = m->text_end[i];
    assert_int_equal(found->n_losses, 1);
    uint64_t delivered = found->losses[0].at;
    assert_true(delivered >= start && delivered <= end);
    assert_true(found->losses[0].from >= stored_start(m, i));
    assert_int_equal(found->losses[0].to, m->stored_end[i]);
    assert_int_equal(found->data.size, delivered + (m->text.size - end));
    assert_memory_equal(found->data.data, m->text.data, start);
    assert_memory_equal(found->data.data + delivered, m->text.data + end, m->text.size - end);
    mc_buffer_dispose(&found->data);
}

static void truncated_and_flipped_frames_cost_themselves_alone(void **state) {
    (void)state;
    for (int file = 0; file < 3; file++) {
        static const size_t means[] = {60, 2000, 200000};
        members m = make_members(file == 2 ? 5 : 20, 20, means[file], append_checked);
        for (int round = 0; round < 200; round++) {
            size_t at = random_below((uint32_t)m.stored.size), i = member_of(&m, at);
            size_t piece = 10 + random_below(100000);
            m.stored.data[at] ^= (char)(1 << round % 8);
            outcome found = read_bytes(m.stored.data, m.stored.size, piece);
            m.stored.data[at] ^= (char)(1 << round % 8);
            if (found.n_losses == 0)
                assert_content(&found, m.text.data, m.text.size);
            else
                check_lost_frame(&m, i, &found);
            if (at < 4)
                continue;
            found = read_bytes(m.stored.data, at, piece);
            assert_int_equal(found.n_losses, at != stored_start(&m, i));
            assert_true(found.data.size >= text_start(&m, i));
            assert_memory_equal(found.data.data, m.text.data, found.data.size);
            mc_buffer_dispose(&found.data);
        }
        dispose_members(&m);
    }
}

/* A skippable frame whose size is wrong would hide frames. */
static void sizes_of_skippable_frames_are_not_trusted(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append_frame(&stored, "first", 5, 1);
    size_t skippable = stored.size;
    append_skippable(&stored, 10);
    size_t to = stored.size;
    append_frame(&stored, "more", 4, 1);
    for (unsigned bit = 0; bit < 32; bit++) {
        stored.data[skippable + 4 + bit / 8] ^= (char)(1 << bit % 8);
        outcome found = read_bytes(stored.data, stored.size, 100);
        /* One larger than what is looked at as a whole hides them, but not silently. */
        assert_int_equal(found.n_losses, 1);
        if (bit < 22) {
            assert_int_equal(found.losses[0].to, to);
            assert_int_equal(found.data.size, 9);
        }
        mc_buffer_dispose(&found.data);
        stored.data[skippable + 4 + bit / 8] ^= (char)(1 << bit % 8);
    }
    mc_buffer_dispose(&stored);
}

static void damage_costs_no_block_before_it(void **state) {
    (void)state;
    size_t size = 2000000, half = 0;
    char *text = make_text(size);
    mc_buffer stored = {0};
    append_frame(&stored, text, size, 1);
    /* Walk the blocks to one past the middle (RFC 8878, 3.1.1.2) and give it the reserved type. */
    ZSTD_DCtx *context = ZSTD_createDCtx();
    size_t wanted = ZSTD_initDStream(context), at = 0, done = 0;
    char *out = malloc(size);
    while (done < size / 2) {
        ZSTD_inBuffer in = {stored.data + at, wanted, 0};
        ZSTD_outBuffer made = {out, size, done};
        wanted = ZSTD_decompressStream(context, &made, &in);
        assert_false(ZSTD_isError(wanted));
        at += in.pos;
        done = made.pos;
        half = at - 3; /* the next block's header has been taken, too */
    }
    stored.data[half] |= 6;
    size_t to = stored.size;
    for (int follows = 0; follows < 2; follows++) {
        for (size_t i = 1; i < N_PIECES; i++) {
            outcome found = read_bytes(stored.data, stored.size, pieces[i]);
            assert_int_equal(found.losses[0].at, done);
            assert_int_equal(found.losses[0].from, half);
            assert_int_equal(found.losses[0].to, to);
            assert_memory_equal(found.data.data + done, "more", found.data.size - done);
            assert_int_equal(found.data.size, done + (follows ? 4 : 0));
            assert_damage(&found, found.data.data, found.data.size, "damaged");
        }
        append_frame(&stored, "more", 4, 1);
    }
    ZSTD_freeDCtx(context);
    free(out);
    mc_buffer_dispose(&stored);
    free(text);
}

static void a_large_frame_behind_damage_is_read(void **state) {
    (void)state;
    size_t size = 10000000;
    char *text = make_text(size);
    mc_buffer stored = {0};
    append_frame(&stored, "first", 5, 1);
    stored.data[stored.size - 1] ^= 1;
    append_frame(&stored, text, size, 1);
    append_frame(&stored, "last", 4, 1);
    outcome found = read_bytes(stored.data, stored.size, 100000);
    assert_int_equal(found.n_losses, 1);
    assert_int_equal(found.data.size, 5 + size + 4);
    assert_memory_equal(found.data.data + 5, text, size);
    assert_memory_equal(found.data.data + 5 + size, "last", 4);
    mc_buffer_dispose(&found.data);
    mc_buffer_dispose(&stored);
    free(text);
}

static void windows_have_a_limit(void **state) {
    (void)state;
    outcome found = read_bytes("\x28\xb5\x2f\xfd\0\xf8\1\0\0", 9, 10);
    assert_damage(&found, "", 0, "window");
}

static void random_bytes_are_damage(void **state) {
    (void)state;
    check_random_bytes("\x28\xb5\x2f\xfd", 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_follow_each_other),
        cmocka_unit_test(skippable_frames_may_be_all_there_is),
        cmocka_unit_test(truncated_and_flipped_frames_cost_themselves_alone),
        cmocka_unit_test(sizes_of_skippable_frames_are_not_trusted),
        cmocka_unit_test(damage_costs_no_block_before_it),
        cmocka_unit_test(a_large_frame_behind_damage_is_read),
        cmocka_unit_test(windows_have_a_limit),
        cmocka_unit_test(random_bytes_are_damage),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
