/* Titles by their views: what becomes of every kind of line, sums, damage, limits; the same for any
 * number of threads. */
#include "scratch.h"

#include <stdbool.h>
#include <zlib.h>

#include "metadata/titles.h"
#include "random.h"

typedef struct outcome {
    mc_candidates found;
    mc_titles_totals totals;
    mc_buffer ledger;
    mc_status status;
    mc_error error;
} outcome;

static outcome read_titles(const char *const *paths, size_t n, mc_titles_options options) {
    outcome out = {0};
    if (!options.project)
        options.project = "en";
    out.status =
        mc_titles_read(&out.found, paths, n, &options, &out.totals, &out.ledger, NULL, &out.error);
    assert_int_equal(out.status, out.error.status);
    assert_int_equal(mc_buffer_reserve(&out.ledger, 1, NULL), MC_OK);
    out.ledger.data[out.ledger.size] = '\0';
    return out;
}

static void dispose(outcome *out) {
    mc_candidates_dispose(&out->found);
    mc_buffer_dispose(&out->ledger);
}

static outcome read_text(const char *text, mc_titles_options options) {
    const char *path = scratch_write("hour", text, strlen(text));
    outcome out = read_titles(&path, 1, options);
    if (out.status != MC_OK)
        print_error("%s\n", out.error.message);
    assert_int_equal(out.status, MC_OK);
    return out;
}

/* The titles with their views, "title=views" joined by "|". */
static void assert_titles(const outcome *out, const char *expected) {
    mc_buffer all = {0};
    for (size_t i = 0; i < out->found.n; i++) {
        mc_bytes title = mc_candidate_string(&out->found, i);
        assert_int_equal(mc_buffer_printf(&all, NULL, "%s%.*s=%llu", i ? "|" : "", (int)title.size,
                                          title.data,
                                          (unsigned long long)out->found.items[i].count),
                         MC_OK);
        assert_true(out->found.items[i].score == (double)out->found.items[i].count);
    }
    assert_int_equal(mc_buffer_append(&all, "", 1, NULL), MC_OK);
    assert_string_equal(all.data, expected);
    mc_buffer_dispose(&all);
}

static void views_are_summed_over_a_projects_sites(void **state) {
    (void)state;
    outcome out = read_text("de A 900 0\n"
                            "en A_title 60 0\n"
                            "en B 50 0\n"
                            "en C 49 0\n"
                            "en.d A_title 1000 0\n"
                            "en.m A_title 70 0\n"
                            "en.m.d B 1000 0\n"
                            "en.voy B 1000 0\n"
                            "en.zero %C3%89t%C3%A9 55 12345\n"
                            "en.zero \xc3\xa9 55 0\r\n"
                            "en.zeros B 55 0\n"
                            "enm B 55 0\n"
                            "e B 55 0",
                            (mc_titles_options){.hour_floor = 50});
    assert_titles(&out, "A title=130|%C3%89t%C3%A9=55|\xc3\xa9=55|B=50");
    assert_int_equal(out.totals.lines, 13);
    assert_int_equal(out.totals.counted, 5);
    assert_int_equal(out.totals.other_domains, 7);
    assert_int_equal(out.totals.below_floor, 1);
    assert_int_equal(out.ledger.size, 0);
    dispose(&out);

    out = read_text("en.d A 1 0\nen.m.d A 2 0\nen.zero.d A 4 0\nen.d.m A 8 0\nen A 16 0\n",
                    (mc_titles_options){.project = "en.d"});
    assert_titles(&out, "A=7");
    dispose(&out);
}

static void what_is_no_article_is_left_out(void **state) {
    (void)state;
    outcome out = read_text("en - 60 0\nen.m - 60 0\nen Talk:A 60 0\nen A:_B 60 0\nen : 1 0\n"
                            "en A 0 0\nen B 00 0\nen -- 1 0\nen _ 1 0\nen __A__ 1 0\n",
                            (mc_titles_options){0});
    assert_titles(&out, " =1|  A  =1|--=1");
    assert_int_equal(out.totals.untitled, 2);
    assert_int_equal(out.totals.with_colon, 3);
    assert_int_equal(out.totals.below_floor, 2);
    assert_int_equal(out.totals.damaged, 0);
    dispose(&out);

    out = read_text("en A 30 0\nen.m A 39 0\nen B 70 0\n", (mc_titles_options){.min_views = 70});
    assert_titles(&out, "B=70");
    dispose(&out);
}

static void damaged_lines_are_in_the_ledger(void **state) {
    (void)state;
    static const struct {
        const char *line, *reason;
    } cases[] = {
        {"", "bad_line"},
        {"en", "bad_line"},
        {"en ", "bad_line"},
        {"en A", "bad_line"},
        {"en A 5", "bad_line"},
        {"en A 5 ", "bad_line"},
        {"en A 5 0 0", "bad_line"},
        {"en A 5 0 ", "bad_line"},
        {"en  5 0", "bad_line"},
        {"en A  0", "bad_count"},
        {"en A 5 x", "bad_line"},
        {"en A 5 -1", "bad_line"},
        {"en A -5 0", "bad_count"},
        {"en A +5 0", "bad_count"},
        {"en A 5. 0", "bad_count"},
        {"en A 0x5 0", "bad_count"},
        {"en A 18446744073709551616 0", "bad_count"},
        {"en A 184467440737095516150 0", "bad_count"},
        {"en A\xff 5 0", "bad_utf8"},
        {"en \xed\xa0\x80 5 0", "bad_utf8"},
        {"en\tA\t5\t0", "bad_line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200], expected[600];
        snprintf(text, sizeof text, "en Good 5 0\n%s\nen Good 6 0\n", cases[i].line);
        outcome out = read_text(text, (mc_titles_options){0});
        assert_titles(&out, "Good=11");
        assert_int_equal(out.totals.damaged, 1);
        assert_int_equal(out.totals.lines, 3);
        snprintf(expected, sizeof expected,
                 "{\"file\":\"%s\",\"record\":1,\"offset\":12,\"reason\":\"%s\",\"detail\":\"",
                 scratch("hour"), cases[i].reason);
        assert_true(out.ledger.size > strlen(expected));
        if (memcmp(out.ledger.data, expected, strlen(expected)) != 0)
            fail_msg("%s: %.*s", cases[i].line, (int)out.ledger.size, out.ledger.data);
        assert_true(memchr(out.ledger.data, '\n', out.ledger.size) ==
                    out.ledger.data + out.ledger.size - 1);
        dispose(&out);
    }
}

static void sums_stop_where_numbers_end(void **state) {
    (void)state;
    outcome out = read_text("en A 18446744073709551615 0\nen A 1 0\nen A 18446744073709551615 0\n"
                            "en B 9223372036854775808 0\nen B 9223372036854775807 0\n",
                            (mc_titles_options){0});
    assert_titles(&out, "A=18446744073709551615|B=18446744073709551615");
    dispose(&out);
}

/* Appends lines of random titles, some of them damaged. */
static void add_lines(mc_buffer *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        static const char *const domains[] = {"en", "en.m", "de", "en.zero", "en.b"};
        const char *domain = domains[random_below(5)];
        unsigned title = random_below(1u << random_below(16));
        int bad = random_below(40) == 0;
        assert_int_equal(mc_buffer_printf(text, NULL, "%s Title_%u_x %s%u 0\n", domain, title,
                                          bad ? "-" : "", random_below(100)),
                         MC_OK);
    }
}

static size_t count_lines(const mc_buffer *ledger) {
    size_t n = 0;
    for (size_t i = 0; i < ledger->size; i++)
        n += ledger->data[i] == '\n';
    return n;
}

/* A gzip member with the bytes. */
static mc_buffer gzip(const mc_buffer *text) {
    mc_buffer packed = {0};
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(mc_buffer_reserve(&packed, deflateBound(&z, text->size), NULL), MC_OK);
    z.next_in = (Bytef *)text->data;
    z.avail_in = (uInt)text->size;
    z.next_out = (Bytef *)packed.data;
    z.avail_out = (uInt)packed.capacity;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed.size = z.total_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return packed;
}

enum { N_HOURS = 9 };

/* Hourly files of more than one chunk, every other one compressed. */
static void write_hours(char paths[N_HOURS][600]) {
    for (size_t i = 0; i < N_HOURS; i++) {
        mc_buffer text = {0}, packed = {0};
        char name[20];
        snprintf(name, sizeof name, "hour-%zu", i);
        add_lines(&text, 20000 + 10000 * i);
        if (i % 2)
            packed = gzip(&text);
        const mc_buffer *stored = i % 2 ? &packed : &text;
        strcpy(paths[i], scratch_write(name, stored->data, stored->size));
        mc_buffer_dispose(&text);
        mc_buffer_dispose(&packed);
    }
}

static void assert_same_titles(const mc_candidates *a, const mc_candidates *b) {
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        mc_bytes x = mc_candidate_string(a, i), y = mc_candidate_string(b, i);
        assert_int_equal(x.size, y.size);
        assert_memory_equal(x.data, y.data, x.size);
        assert_int_equal(a->items[i].count, b->items[i].count);
    }
}

static void threads_make_no_difference(void **state) {
    (void)state;
    static const size_t threads[] = {1, 2, 7, 0};
    char names[N_HOURS][600];
    const char *paths[N_HOURS];
    outcome first = {0};
    write_hours(names);
    for (size_t i = 0; i < N_HOURS; i++)
        paths[i] = names[i];
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        outcome out = read_titles(paths, N_HOURS,
                                  (mc_titles_options){.hour_floor = 5, .n_threads = threads[t]});
        assert_int_equal(out.status, MC_OK);
        if (t == 0) {
            first = out;
            assert_true(out.found.n > 20000 && out.totals.damaged > 2000);
            assert_int_equal(count_lines(&out.ledger), 1000);
            assert_int_equal(out.totals.lines, 9 * 20000 + 10000 * 36);
            continue;
        }
        assert_memory_equal(&out.totals, &first.totals, sizeof out.totals);
        assert_int_equal(out.ledger.size, first.ledger.size);
        assert_memory_equal(out.ledger.data, first.ledger.data, out.ledger.size);
        assert_same_titles(&out.found, &first.found);
        dispose(&out);
    }
    dispose(&first);
}

static void little_memory_makes_no_difference(void **state) {
    (void)state;
    char names[N_HOURS][600];
    const char *paths[N_HOURS];
    write_hours(names);
    for (size_t i = 0; i < N_HOURS; i++)
        paths[i] = names[i];
    mc_titles_options options = {.min_views = 40, .n_threads = 2};
    outcome all = read_titles(paths, 4, options);
    assert_int_equal(all.status, MC_OK);
    assert_true(all.found.n > 5000);
    for (uint64_t memory = 1; memory < 4 << 20; memory *= 64) {
        options.memory = memory;
        options.folder = scratch_folder;
        outcome out = read_titles(paths, 4, options);
        assert_int_equal(out.status, MC_OK);
        assert_same_titles(&out.found, &all.found);
        dispose(&out);
    }
    options.memory = 1;
    options.folder = scratch("none");
    outcome out = read_titles(paths, 4, options);
    assert_int_equal(out.status, MC_E_IO);
    dispose(&out);
    dispose(&all);
}

static void cut_files_are_read_up_to_the_cut(void **state) {
    (void)state;
    mc_buffer text = {0};
    for (unsigned i = 0; i < 400000; i++)
        assert_int_equal(mc_buffer_printf(&text, NULL, "en Title_%u 7 0\n", i * 2654435761u),
                         MC_OK);
    mc_buffer packed = gzip(&text);
    char cut[600], whole[600];
    strcpy(cut, scratch_write("cut.gz", packed.data, packed.size / 2));
    strcpy(whole, scratch_write("whole.gz", packed.data, packed.size));
    const char *paths[] = {cut, whole};
    outcome out = read_titles(paths, 2, (mc_titles_options){.n_threads = 2});
    assert_int_equal(out.status, MC_OK);
    assert_int_equal(out.found.n, 400000);
    assert_int_equal(out.totals.damaged, 1);
    assert_int_equal(count_lines(&out.ledger), 1);
    assert_non_null(strstr(out.ledger.data, "\"reason\":\"damaged\""));
    uint64_t twice = 0;
    for (size_t i = 0; i < out.found.n; i++)
        twice += out.found.items[i].count == 14;
    assert_true(twice > 100000);
    assert_int_equal(out.totals.counted, 400000 + twice);
    dispose(&out);
    mc_buffer_dispose(&packed);
    mc_buffer_dispose(&text);
}

static void endless_lines_are_passed_over(void **state) {
    (void)state;
    mc_buffer text = {0};
    assert_int_equal(mc_buffer_printf(&text, NULL, "en A 1 0\nen "), MC_OK);
    assert_int_equal(mc_buffer_reserve(&text, 3 << 20, NULL), MC_OK);
    memset(text.data + text.size, 'x', 3 << 20);
    text.size += 3 << 20;
    assert_int_equal(mc_buffer_printf(&text, NULL, " 1 0\nen A 2 0\n"), MC_OK);
    const char *path = scratch_write("hour", text.data, text.size);
    outcome out = read_titles(&path, 1, (mc_titles_options){0});
    assert_titles(&out, "A=3");
    assert_int_equal(out.totals.damaged, 1);
    assert_non_null(strstr(out.ledger.data, "\"record\":1,\"offset\":9,\"reason\":\"too_long\""));
    dispose(&out);
    mc_buffer_dispose(&text);
}

static void files_leave_their_digests(void **state) {
    (void)state;
    const char *one = scratch_write("one", "en A 1 0\n", 9), *two = scratch_write("two", "", 0);
    const char *paths[] = {one, two};
    mc_titles_options options = {.project = "en", .n_threads = 2};
    mc_u128 digests[2];
    outcome out = {0};
    assert_int_equal(
        mc_titles_read(&out.found, paths, 2, &options, &out.totals, &out.ledger, digests, NULL),
        MC_OK);
    assert_true(mc_u128_equal(digests[0], mc_hash128("en A 1 0\n", 9)));
    assert_true(mc_u128_equal(digests[1], mc_hash128("", 0)));
    assert_titles(&out, "A=1");
    dispose(&out);
}

static void assert_refused(const char *path, mc_titles_options options, mc_status status) {
    outcome out = read_titles(&path, 1, options);
    assert_int_equal(out.status, status);
    assert_true(out.error.message[0] != '\0');
    assert_int_equal(out.found.n, 0);
    dispose(&out);
}

static void what_cannot_be_read_is_refused(void **state) {
    (void)state;
    atomic_int cancel = 1;
    mc_control control = {.cancel = &cancel};
    char path[600], long_name[200];
    strcpy(path, scratch_write("hour", "en A 1 0\n", 9));
    memset(long_name, 'e', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_refused(scratch("none"), (mc_titles_options){0}, MC_E_IO);
    assert_refused(scratch_folder, (mc_titles_options){0}, MC_E_ARGUMENT);
    assert_refused(path, (mc_titles_options){.project = ""}, MC_E_ARGUMENT);
    assert_refused(path, (mc_titles_options){.project = ".m"}, MC_E_ARGUMENT);
    assert_refused(path, (mc_titles_options){.project = "en A"}, MC_E_ARGUMENT);
    assert_refused(path, (mc_titles_options){.project = long_name}, MC_E_ARGUMENT);
    assert_refused(path, (mc_titles_options){.control = &control}, MC_E_INTERRUPTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_summed_over_a_projects_sites),
        cmocka_unit_test(what_is_no_article_is_left_out),
        cmocka_unit_test(damaged_lines_are_in_the_ledger),
        cmocka_unit_test(sums_stop_where_numbers_end),
        cmocka_unit_test(threads_make_no_difference),
        cmocka_unit_test(little_memory_makes_no_difference),
        cmocka_unit_test(cut_files_are_read_up_to_the_cut),
        cmocka_unit_test(endless_lines_are_passed_over),
        cmocka_unit_test(files_leave_their_digests),
        cmocka_unit_test(what_cannot_be_read_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
