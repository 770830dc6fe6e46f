/* Pages: what is escaped, numbers as people read them, rows that unpack to what was packed, sizes,
 * the same bytes every time, and documents that lack what a page shows. */
#include "made_report.h"

#include <libdeflate.h>
#include <math.h>
#include <openssl/evp.h>

#include "audit/page/chart.h"
#include "audit/page/chart_scale.h"
#include "audit/page/parts.h"
#include "no_sync.h"

/* --- markup ------------------------------------------------------------------------------ */

/* What was written, as a string; taken out of the markup. */
static const char *take(mc_markup *m) {
    static char text[8192];
    assert_int_equal(m->status, MC_OK);
    assert_true(m->out.size < sizeof text);
    if (m->out.size > 0)
        memcpy(text, m->out.data, m->out.size);
    text[m->out.size] = '\0';
    mc_buffer_dispose(&m->out);
    return text;
}

static void text_is_escaped(void **state) {
    (void)state;
    static const struct {
        mc_bytes text;
        const char *html;
    } cases[] = {
        {{"plain é 漢", 12}, "plain é 漢"},
        {{"<b a=\"x\" b='y'>&amp;", 20}, "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;"},
        {{"a\0b\n", 4}, "a<span class=\"esc\">\\u0000</span>b<span class=\"esc\">\\u000a</span>"},
        {{"\xE2\x80\xAE!", 4}, "<span class=\"esc\">\\u202e</span>!"},
        {{"\xF3\xA0\x81\x81", 4}, "<span class=\"esc\">\\u{e0041}</span>"},
        {{"x\xFF\xC3", 3}, "x<span class=\"esc\">\\xff</span><span class=\"esc\">\\xc3</span>"},
        {{"\xED\xA0\x80", 3},
         "<span class=\"esc\">\\xed</span><span class=\"esc\">\\xa0</span><span "
         "class=\"esc\">\\x80</span>"},
        {{"", 0}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_markup m = {0};
        mc_markup_text(&m, cases[i].text);
        assert_string_equal(take(&m), cases[i].html);
    }
}

static void entries_are_isolated_and_cut(void **state) {
    (void)state;
    mc_markup m = {0};
    json_t *string = json_string("a<b");
    mc_markup_entry(&m, string);
    assert_string_equal(take(&m), "<bdi class=\"entry\">a&lt;b</bdi>");
    json_decref(string);
    mc_markup_entry(&m, NULL);
    assert_string_equal(take(&m), "<span class=\"none\">not known</span>");
    size_t size = 10u << 20; /* a text of 10 MB, all to be escaped */
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '<', size);
    string = json_stringn(text, size);
    free(text);
    mc_markup_entry(&m, string);
    json_decref(string);
    const char *html = take(&m);
    assert_true(strlen(html) < 5 * MC_MARKUP_LONGEST);
    assert_non_null(strstr(html, "&lt;…</bdi> <span class=\"cut\">(10,485,760 bytes)</span>"));
}

static void json_cannot_end_a_script(void **state) {
    (void)state;
    mc_markup m = {0};
    json_t *string = json_string("</script><!--\"\\\n");
    mc_markup_json(&m, string);
    json_decref(string);
    assert_string_equal(take(&m), "\"\\u003c/script>\\u003c!--\\\"\\\\\\n\"");
    mc_markup_json(&m, NULL);
    assert_string_equal(take(&m), "null");
}

static void numbers_are_readable(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *real, *share, *compact;
    } cases[] = {
        {0, "0", "0%", "0"},
        {1, "1", "100%", "1"},
        {0.25, "0.2500", "25.0%", "0.25"},
        {0.0123456, "0.01235", "1.23%", "0.0123456"},
        {0.9999, "0.9999", "99.99%", "0.9999"},
        {-12.5, "−12.50", "−1,250%", "−12.5"},
        {2500, "2,500", "250,000%", "2.5k"},
        {1234567, "1,234,567", "123,456,700%", "1.234567M"},
        {1e9, "1,000,000,000", "100,000,000,000%", "1B"},
        {1e-12, "0.000000000001", "under 0.0000001%", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_markup m = {0};
        mc_markup_real(&m, cases[i].value);
        assert_string_equal(take(&m), cases[i].real);
        mc_markup_share(&m, cases[i].value);
        assert_string_equal(take(&m), cases[i].share);
        if (!cases[i].compact)
            continue;
        mc_markup_compact(&m, cases[i].value);
        assert_string_equal(take(&m), cases[i].compact);
    }
    mc_markup m = {0};
    mc_markup_count(&m, UINT64_MAX);
    assert_string_equal(take(&m), "18,446,744,073,709,551,615");
    mc_markup_real(&m, INFINITY);
    mc_markup_bytes_size(&m, 999499);
    mc_markup_bytes_size(&m, 999500);
    mc_markup_decimal(&m, -0.001, 2);
    mc_markup_fixed(&m, 12.04, 1);
    mc_markup_fixed(&m, -3.25, 1);
    assert_string_equal(take(&m), "∞999 kB1.0 MB0.0012-3.3");
    mc_markup_real(&m, NAN);
    assert_string_equal(take(&m), "<span class=\"none\">–</span>");
}

static void document_numbers_are_read(void **state) {
    (void)state;
    json_t *d = json_pack("{s:i, s:f, s:s, s:s, s:s, s:n}", "int", 7, "real", 0.5, "inf", "inf",
                          "big", "18446744073709551615", "none", "12x", "null");
    assert_non_null(d);
    assert_true(mc_document_number(mc_document_get(d, "int")) == 7);
    assert_true(mc_document_number(mc_document_get(d, "real")) == 0.5);
    assert_true(isinf(mc_document_number(mc_document_get(d, "inf"))));
    assert_true(mc_document_count(mc_document_get(d, "big")) == UINT64_MAX);
    assert_true(isnan(mc_document_number(mc_document_get(d, "none"))));
    assert_true(isnan(mc_document_number(mc_document_get(d, "null"))));
    assert_true(isnan(mc_document_number(mc_document_get(d, "absent"))));
    assert_false(mc_document_has(d, "null"));
    json_decref(d);
}

/* --- charts ------------------------------------------------------------------------------ */

static void ticks_are_round(void **state) {
    (void)state;
    static const struct {
        mc_scale scale;
        double apart;
        double ticks[6];
        size_t n;
    } cases[] = {
        {{false, 0, 100, 0, 500}, 100, {0, 20, 40, 60, 80, 100}, 6},
        {{false, -2, 3, 300, 0}, 60, {-2, -1, 0, 1, 2, 3}, 6},
        {{true, 1, 1000, 0, 400}, 100, {1, 10, 100, 1000}, 4},
        {{true, 1, 1e6, 0, 300}, 100, {1, 100, 10000, 1e6}, 4},
        {{true, 3, 70, 0, 400}, 60, {5, 10, 20, 50}, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double ticks[MC_TICKS_MAX];
        size_t n = mc_scale_ticks(&cases[i].scale, cases[i].apart, ticks);
        assert_int_equal(n, cases[i].n);
        for (size_t k = 0; k < n; k++)
            assert_true(fabs(ticks[k] - cases[i].ticks[k]) <= 1e-9 * fabs(ticks[k]));
    }
}

/* Any range has ticks, few of them, within it. */
static void ranges_can_be_drawn(void **state) {
    (void)state;
    static const double ends[] = {-1e15, -1, 0, 1e-300, 1e-9, 0.5, 1, 1 + 1e-12, 7, 1e6, 1e300};
    enum { N = sizeof ends / sizeof *ends };
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            for (int mode = 0; mode < 4; mode++) {
                double low = ends[i], high = ends[k], ticks[MC_TICKS_MAX];
                bool log = mode & 1;
                mc_scale_range(log, mode & 2, &low, &high);
                assert_true(low < high && (!log || low > 0));
                mc_scale scale = {log, low, high, 10, 500};
                size_t n = mc_scale_ticks(&scale, 40, ticks);
                assert_in_range(n, 0, MC_TICKS_MAX);
                for (size_t t = 0; t < n; t++)
                    assert_true(isfinite(ticks[t]));
                assert_true(fabs(mc_scale_at(&scale, low) - 10) < 1e-6);
            }
}

static void empty_charts_are_charts(void **state) {
    (void)state;
    const mc_chart_series series = {.name = "none", .mark = MC_MARK_LINE, .labelled = true};
    for (int log = 0; log < 2; log++) {
        const mc_chart chart = {.id = "empty",
                                .title = "Nothing",
                                .summary = "Nothing",
                                .x = {"x", log, MC_FORM_COUNT},
                                .y = {"y", log, MC_FORM_SHARE},
                                .series = &series,
                                .n_series = 1};
        mc_markup m = {0};
        mc_chart_write(&m, &chart);
        assert_int_equal(m.status, MC_OK);
        assert_true(m.out.size > 0);
        mc_buffer_dispose(&m.out);
    }
}

/* --- rows -------------------------------------------------------------------------------- */

/* A part of the rows, unpacked with others' code. */
static json_t *unpack_part(const char *text, size_t size) {
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    int n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)size);
    assert_true(n > 0);
    for (size_t i = size; i > 0 && text[i - 1] == '='; i--)
        n--;
    size_t room = 64u << 20, n_out;
    char *json = malloc(room);
    assert_non_null(json);
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    assert_int_equal(libdeflate_gzip_decompress(d, bytes, (size_t)n, json, room, &n_out), 0);
    libdeflate_free_decompressor(d);
    free(bytes);
    json_error_t failure;
    json_t *rows = json_loadb(json, n_out, JSON_ALLOW_NUL, &failure);
    free(json);
    if (!rows)
        fail_msg("rows: %s", failure.text);
    return rows;
}

/* The document that both parts make. */
static json_t *unpack(const char *text, size_t size) {
    const char *point = memchr(text, '.', size);
    assert_non_null(point);
    json_t *rows = unpack_part(text, (size_t)(point - text));
    json_t *counts = unpack_part(point + 1, size - (size_t)(point + 1 - text));
    assert_int_equal(json_object_update(rows, counts), 0);
    json_decref(counts);
    return rows;
}

static json_t *pack_and_unpack(const mc_page_rows *rows) {
    mc_packed_rows packed;
    assert_int_equal(made_pack(&packed, rows, NULL), MC_OK);
    json_t *unpacked = unpack(packed.text.data, packed.text.size);
    assert_int_equal(packed.n, json_integer_value(json_object_get(unpacked, "n")));
    mc_packed_rows_dispose(&packed);
    return unpacked;
}

static void assert_json(const json_t *object, const char *key, const char *text) {
    json_t *wanted = made_document(text);
    if (!json_equal(json_object_get(object, key), wanted))
        fail_msg("%s is not %s", key, text);
    json_decref(wanted);
}

static void rows_come_back(void **state) {
    (void)state;
    json_t *rows = pack_and_unpack(&made_rows);
    assert_json(rows, "entries",
                "['</script><b>','\\u202ea\\tb&','ill \\ufffd formed \\ufffd',null,'','plain']");
    assert_json(rows, "before", "[1000,500,7,0,0,1]");
    assert_json(rows, "after", "[400,300,6,0,0,1]");
    assert_json(rows, "dead", "[4]");
    assert_json(rows, "cut", "[]");
    assert_json(rows, "sources", "['wordnet','<titles>']");
    assert_json(rows, "runs", "[[0,2],[1,2],[-1,1],[0,1]]");
    assert_true(json_is_null(json_object_get(rows, "ids")));
    json_decref(rows);
    mc_page_rows matched = made_rows;
    matched.after = NULL;
    matched.sources = NULL;
    rows = pack_and_unpack(&matched);
    assert_true(json_is_null(json_object_get(rows, "after")));
    assert_json(rows, "runs", "[]");
    json_decref(rows);
}

/* Strings of n code points, n the id. */
static mc_bytes counted_string(const void *context, uint32_t id) {
    return (mc_bytes){context, 3u * id};
}

static bool never_dead(const void *context, uint32_t id) {
    (void)context;
    (void)id;
    return false;
}

static void long_strings_are_cut(void **state) {
    (void)state;
    enum { N = MC_MARKUP_LONGEST + 60 };
    char text[3 * N + 1];
    uint64_t before[N] = {0};
    for (size_t i = 0; i < N; i++)
        memcpy(text + 3 * i, "漢", 4);
    mc_page_rows rows = {
        .n = N, .before = before, .string = counted_string, .is_dead = never_dead, .context = text};
    json_t *unpacked = pack_and_unpack(&rows);
    const json_t *entries = json_object_get(unpacked, "entries");
    const json_t *cut = json_object_get(unpacked, "cut");
    for (size_t i = 0; i < N; i++) {
        size_t shown = i < MC_MARKUP_LONGEST ? i : MC_MARKUP_LONGEST;
        assert_int_equal(json_string_length(json_array_get(entries, i)), 3 * shown);
    }
    assert_int_equal(json_array_size(cut), N - 1 - MC_MARKUP_LONGEST);
    for (size_t i = 0; i < json_array_size(cut); i++) {
        const json_t *pair = json_array_get(cut, i);
        size_t id = MC_MARKUP_LONGEST + 1 + i;
        assert_int_equal(json_integer_value(json_array_get(pair, 0)), id);
        assert_int_equal(json_integer_value(json_array_get(pair, 1)), 3 * id);
    }
    json_decref(unpacked);
}

static mc_bytes no_string(const void *context, uint32_t id) {
    (void)context;
    (void)id;
    return (mc_bytes){NULL, 0};
}

static void most_frequent_rows_remain(void **state) {
    (void)state;
    enum { N = MC_PAGE_MOST_ROWS + 5 };
    uint64_t *before = malloc(N * sizeof *before);
    assert_non_null(before);
    /* 9 once, 2 for most, 1 for 8 of them: the first 4 of those stay. */
    for (size_t i = 0; i < N; i++)
        before[i] = 2;
    before[77] = 9;
    for (size_t i = 0; i < 8; i++)
        before[1000 * i] = 1;
    before[1] = 0;
    mc_page_rows rows = {.n = N, .before = before, .string = no_string, .is_dead = never_dead};
    json_t *unpacked = pack_and_unpack(&rows);
    const json_t *ids = json_object_get(unpacked, "ids");
    const json_t *counts = json_object_get(unpacked, "before");
    assert_int_equal(json_array_size(ids), MC_PAGE_MOST_ROWS);
    size_t n_ones = 0;
    for (size_t i = 0; i < MC_PAGE_MOST_ROWS; i++) {
        size_t id = (size_t)json_integer_value(json_array_get(ids, i));
        assert_true(i == 0 || id > (size_t)json_integer_value(json_array_get(ids, i - 1)));
        assert_int_equal(json_integer_value(json_array_get(counts, i)), before[id]);
        assert_int_not_equal(id, 1);
        n_ones += before[id] == 1;
        assert_true(before[id] != 1 || id <= 3000);
    }
    assert_int_equal(n_ones, 4);
    json_decref(unpacked);
    free(before);
}

/* --- pages ------------------------------------------------------------------------------- */

static void write_made(const char *text, const mc_page_rows *rows) {
    json_t *report = made_document(text);
    mc_error error = {0};
    mc_status status = made_page_write(report, rows, scratch_folder, &error);
    if (status != MC_OK)
        fail_msg("%s", error.message);
    json_decref(report);
}

/* How often part occurs in text. */
static size_t count_of(const char *text, const char *part) {
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

static void report_is_one_quiet_file(void **state) {
    (void)state;
    size_t size, size_again;
    write_made(made_report_text, &made_rows);
    char *page = scratch_read("report.html", &size);
    assert_int_equal(scratch_count(), 1);
    write_made(made_report_text, &made_rows);
    char *again = scratch_read("report.html", &size_again);
    assert_int_equal(size, size_again);
    assert_memory_equal(page, again, size);
    assert_int_equal(strlen(page), size); /* no NUL */
    assert_true(mc_utf8_valid(page, size));
    /* Its own script elements: the script, six charts' numbers or so, the rows. */
    assert_int_equal(count_of(page, "<script"), count_of(page, "</script>"));
    assert_int_equal(count_of(page, "<script>"), 1);
    assert_int_equal(count_of(page, "<script type="), 6);
    assert_null(strstr(page, "<b>"));
    assert_non_null(strstr(page, "&lt;/script&gt;&lt;b&gt;"));
    assert_non_null(strstr(page, "&lt;wordnet&gt;"));
    assert_non_null(strstr(page, "--exclude &#39;it&#39;\\&#39;&#39;s &lt;b&gt;.txt&#39;"));
    assert_non_null(strstr(page, "18,446,744,073,709,551,615"));
    assert_non_null(strstr(page, "Files and rules differ."));
    assert_non_null(strstr(page, "fewer matched pairs than were asked"));
    assert_non_null(strstr(page, "id=\"languages\""));
    assert_null(strstr(page, "=\"http"));
    assert_null(strstr(page, "url(h"));
    free(page);
    free(again);
}

static void hostile_comparison_is_text(void **state) {
    (void)state;
    size_t size;
    json_t *comparison = made_document(made_comparison_text);
    assert_int_equal(mc_page_write_comparison(comparison, scratch_folder, NULL), MC_OK);
    json_decref(comparison);
    char *page = scratch_read("comparison.html", &size);
    assert_int_equal(count_of(page, "<script"), count_of(page, "</script>"));
    assert_int_equal(count_of(page, "<script"), 2);
    assert_null(strstr(page, "<i>"));
    assert_non_null(strstr(page, "&lt;a&gt;"));
    assert_non_null(strstr(page, "\"\\u003c/script>\""));
    free(page);
}

/* Rows that do not pack: strings of digits of a hash. */
static mc_bytes noise(const void *context, uint32_t id) {
    static char text[64];
    (void)context;
    uint64_t x = id + 1;
    for (size_t i = 0; i < sizeof text; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        text[i] = (char)('!' + x % 90);
    }
    return (mc_bytes){text, sizeof text};
}

static void large_tables_lie_beside(void **state) {
    (void)state;
    enum { N = 60000 };
    uint64_t *before = calloc(N, sizeof *before);
    assert_non_null(before);
    mc_page_rows rows = {.n = N, .before = before, .string = noise, .is_dead = never_dead};
    write_made(made_report_text, &rows);
    size_t size, rows_size;
    char *page = scratch_read("report.html", &size);
    char *beside = scratch_read("report-entries.js", &rows_size);
    assert_true(size < 500000);
    assert_true(rows_size > MC_PAGE_MOST);
    assert_non_null(strstr(page, "'strict-dynamic'"));
    const char *key = strstr(page, "data-key=\"");
    assert_non_null(key);
    assert_memory_equal(key + strlen("data-key=\""), beside + strlen("metacurateEntries(\""), 32);
    const char *data = beside + strlen("metacurateEntries(\"") + 32 + strlen("\",\"");
    json_t *unpacked = unpack(data, rows_size - (size_t)(data - beside) - strlen("\");\n"));
    assert_int_equal(json_array_size(json_object_get(unpacked, "entries")), N);
    json_decref(unpacked);
    free(page);
    free(beside);
    free(before);
    /* A page that has its rows in it needs no such file, and leaves none. */
    write_made(made_report_text, &made_rows);
    page = scratch_read("report.html", &size);
    assert_null(strstr(page, "strict-dynamic"));
    assert_int_not_equal(access(scratch("report-entries.js"), F_OK), 0);
    free(page);
}

static void report_of_a_match_leaves_out(void **state) {
    (void)state;
    json_t *report = made_document(made_report_text);
    json_object_set_new(report, "result", json_null());
    json_object_set_new(report, "check", json_null());
    json_t *entries = json_object_get(report, "entries");
    static const char *const after[] = {"top_after", "bottom_after", "gained", "lost"};
    for (size_t i = 0; i < 4; i++)
        json_object_set_new(entries, after[i], json_null());
    json_object_set_new(json_object_get(report, "ranks"), "after", json_null());
    mc_page_rows rows = made_rows;
    rows.after = NULL;
    assert_int_equal(made_page_write(report, &rows, scratch_folder, NULL), MC_OK);
    json_decref(report);
    size_t size;
    char *page = scratch_read("report.html", &size);
    assert_non_null(strstr(page, "Nothing was balanced"));
    assert_null(strstr(page, "id=\"check\""));
    assert_null(strstr(page, "id=\"moved\""));
    assert_null(strstr(page, " --seed "));
    free(page);
}

/* Each member of the document gone, null, a string, or an empty array in turn: there is a page. */
static void lacking_documents_give_pages(void **state) {
    (void)state;
    static const char *const kinds[] = {"null", "'x'", "[]", "{}", "-1", "[{},null,'x',[]]"};
    json_t *whole = made_document(made_report_text);
    const char *key, *inner;
    json_t *value, *inner_value;
    json_object_foreach(whole, key, value) {
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            char text[64];
            snprintf(text, sizeof text, "{'x':%s}", kinds[i]);
            json_t *made = made_document(text), *report = json_deep_copy(whole);
            json_object_set(report, key, json_object_get(made, "x"));
            assert_int_equal(made_page_write(report, &made_rows, scratch_folder, NULL), MC_OK);
            json_decref(report);
            json_object_foreach(value, inner, inner_value) {
                report = json_deep_copy(whole);
                json_object_set(json_object_get(report, key), inner, json_object_get(made, "x"));
                assert_int_equal(made_page_write(report, &made_rows, scratch_folder, NULL), MC_OK);
                json_decref(report);
            }
            json_decref(made);
        }
    }
    json_decref(whole);
    whole = json_object();
    assert_int_equal(made_page_write(whole, &made_rows, scratch_folder, NULL), MC_OK);
    assert_int_equal(mc_page_write_comparison(whole, scratch_folder, NULL), MC_OK);
    json_decref(whole);
}

static void folders_that_are_not_there_are_said(void **state) {
    (void)state;
    mc_error error = {0};
    json_t *report = made_document(made_report_text);
    mc_status status = made_page_write(report, &made_rows, scratch("absent"), &error);
    json_decref(report);
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.file, "report.html"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(entries_are_isolated_and_cut),
        cmocka_unit_test(json_cannot_end_a_script),
        cmocka_unit_test(numbers_are_readable),
        cmocka_unit_test(document_numbers_are_read),
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(ranges_can_be_drawn),
        cmocka_unit_test(empty_charts_are_charts),
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test(long_strings_are_cut),
        cmocka_unit_test(most_frequent_rows_remain),
        cmocka_unit_test(report_is_one_quiet_file),
        cmocka_unit_test(hostile_comparison_is_text),
        cmocka_unit_test(large_tables_lie_beside),
        cmocka_unit_test(report_of_a_match_leaves_out),
        cmocka_unit_test(lacking_documents_give_pages),
        cmocka_unit_test(folders_that_are_not_there_are_said),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
