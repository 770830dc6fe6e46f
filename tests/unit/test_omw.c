/* Open Multilingual Wordnet: which lines hold words, as they are written and joined, damage, and
 * lists with them. */
#include "scratch.h"

#include <stdbool.h>

#include "metacurate/metadata.h"
#include "metadata/omw.h"

#define HEAD "# Wordnet\txyz\thttp://example.org/\tCC BY\n"

typedef struct outcome {
    mc_candidates found;
    mc_omw_totals totals;
    mc_buffer ledger;
    mc_status status;
    mc_error error;
} outcome;

static outcome read_words(const char *const *paths, size_t n, bool joined) {
    outcome out = {0};
    out.status =
        mc_omw_read(&out.found, paths, n, joined, &out.totals, &out.ledger, NULL, &out.error);
    assert_int_equal(out.status, out.error.status);
    assert_int_equal(mc_buffer_reserve(&out.ledger, 1, NULL), MC_OK);
    out.ledger.data[out.ledger.size] = '\0';
    assert_int_equal(out.totals.lines, out.totals.words + out.totals.passed + out.totals.damaged);
    return out;
}

static void dispose(outcome *out) {
    mc_candidates_dispose(&out->found);
    mc_buffer_dispose(&out->ledger);
}

/* The words with their counts, "word=count" joined by "|". */
static void assert_words(const mc_candidates *found, const char *expected) {
    mc_buffer all = {0};
    for (size_t i = 0; i < found->n; i++) {
        mc_bytes word = mc_candidate_string(found, i);
        assert_int_equal(mc_buffer_printf(&all, NULL, "%s%.*s=%llu", i ? "|" : "", (int)word.size,
                                          word.data, (unsigned long long)found->items[i].count),
                         MC_OK);
        assert_true(found->items[i].score == (double)found->items[i].count);
    }
    assert_int_equal(mc_buffer_append(&all, "", 1, NULL), MC_OK);
    assert_string_equal(all.data, expected);
    mc_buffer_dispose(&all);
}

static void assert_text(const char *text, bool joined, const char *expected, size_t damaged) {
    const char *path = scratch_write("tab", text, strlen(text));
    outcome out = read_words(&path, 1, joined);
    assert_int_equal(out.status, MC_OK);
    assert_words(&out.found, expected);
    assert_int_equal(out.totals.damaged, damaged);
    dispose(&out);
}

static void lemmas_are_words(void **state) {
    (void)state;
    assert_text(HEAD "00001740-a\txyz:lemma\tzwei Wörter\n"
                     "00001740-a\txyz:def\t0\tno word\n"
                     "00001740-n\tlemma\tGroß\n"
                     "00001740-n\txyz:exe\t0\tno word\n"
                     "\n"
                     " \t \n"
                     "00001740-v\txyz:lemma:root\tno word\n"
                     "00001740-v\txyz:lemma:brokenplural\tno word\n"
                     "00001740-s\txyz:lemma\tgroß\r\n"
                     "00001741-r\ta:b:lemma\tGroß\tmore\n"
                     "#00001740-r\txyz:lemma\tno word\n"
                     "00001741-r\txyzlemma\tno word\n"
                     "00001741-r\txyz:lemma\tlast",
                false, "zwei Wörter=1|Groß=2|groß=1|last=1", 0);
    assert_text("\xef\xbb\xbf" HEAD "00001740-a\tlemma\tA\n", false, "A=1", 0);
    assert_text("\xef\xbb\xbf"
                "00001740-a\tlemma\tA\n",
                false, "A=1", 0);
}

static void words_are_stripped(void **state) {
    (void)state;
    assert_text(
        "00001740-a\tlemma\t A \n"
        "00001740-a\tlemma\tB\xe3\x80\x80\n"
        "00001740-a\tlemma\t\xc2\xa0\xe2\x80\x8a\xe2\x80\xaf\xe1\x9a\x80 C\xc2\x85\xe2\x81\x9f\n"
        "00001740-a\tlemma\t\xe2\x80\x8b\xe3\x80\x81\n"
        "00001740-a\tlemma\ta  b\n",
        false, "A=1|B=1|C=1|\xe2\x80\x8b\xe3\x80\x81=1|a  b=1", 0);
}

static void words_are_joined_as_published(void **state) {
    (void)state;
    static const char text[] = "00001740-a\tlemma\t50周年+的\n"
                               "00001740-a\tlemma\t50周年的\n"
                               "00001740-a\tlemma\ta_b+c\n"
                               "00001740-a\tlemma\t+\n"
                               "00001740-a\tlemma\t_\n"
                               "00001740-a\tlemma\t+ x\n"
                               "00001740-a\tlemma\tC++\n";
    assert_text(text, false, "50周年+的=1|50周年的=1|a_b+c=1|+=1|_=1|+ x=1|C++=1", 0);
    assert_text(text, true, "50周年的=2|a bc=1|+=1|_=1|x=1|C=1", 0);
}

static void damaged_lines_are_in_the_ledger(void **state) {
    (void)state;
    static const struct {
        const char *line, *reason;
    } cases[] = {
        {"x", "bad_line"},
        {"00001740-n", "bad_line"},
        {"00001740-n\tlemma", "bad_line"},
        {"00001740-n\tlemma\t", "bad_line"},
        {"00001740-n\tlemma\t \xe3\x80\x80", "bad_line"},
        {"00001740-n\tlemma\t\tx", "bad_line"},
        {"00001740-n\t\tword", "bad_line"},
        {"\tlemma\tword", "bad_line"},
        {"0001740-n\tlemma\tword", "bad_line"},
        {"000001740-n\tlemma\tword", "bad_line"},
        {"0000174x-n\tlemma\tword", "bad_line"},
        {"00001740-N\tlemma\tword", "bad_line"},
        {"00001740 n\tlemma\tword", "bad_line"},
        {"00001740-n lemma word", "bad_line"},
        {"00001740-n\tlemma\tw\xffrd", "bad_utf8"},
        {"00001740-n\tlemma\tw\xc3", "bad_utf8"},
        {"00001740-n\tdef\t0\t\xed\xa0\x80", "bad_utf8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200], expected[700];
        snprintf(text, sizeof text, "00001740-n\tlemma\tgood\n%s\n00001740-n\tlemma\tgood\n",
                 cases[i].line);
        const char *path = scratch_write("tab", text, strlen(text));
        snprintf(expected, sizeof expected,
                 "{\"file\":\"%s\",\"record\":1,\"offset\":22,\"reason\":\"%s\",\"detail\":\"",
                 path, cases[i].reason);
        outcome out = read_words(&path, 1, false);
        assert_int_equal(out.status, MC_OK);
        assert_words(&out.found, "good=2");
        assert_int_equal(out.totals.damaged, 1);
        if (!strstr(out.ledger.data, expected))
            fail_msg("%s: %s", cases[i].line, out.ledger.data);
        dispose(&out);
    }
}

static void the_ledger_is_bounded(void **state) {
    (void)state;
    mc_buffer text = {0};
    for (int i = 0; i < 1500; i++)
        assert_int_equal(mc_buffer_printf(&text, NULL, "bad\nw\xff\n00001740-n\tlemma\tw%d\n", i),
                         MC_OK);
    const char *path = scratch_write("tab", text.data, text.size);
    outcome out = read_words(&path, 1, false);
    size_t n_lines = 0;
    for (size_t i = 0; i < out.ledger.size; i++)
        n_lines += out.ledger.data[i] == '\n';
    assert_int_equal(n_lines, 2000);
    assert_int_equal(out.totals.damaged, 3000);
    assert_int_equal(out.found.n, 1500);
    dispose(&out);
    mc_buffer_dispose(&text);
}

static void words_of_many_files_come_once(void **state) {
    (void)state;
    static const char one[] = "00001740-a\tlemma\tB\n00001740-a\tlemma\tA\n",
                      two[] = "00001740-a\tlemma\tC\n00001740-a\tlemma\tB\n";
    char first[600];
    strcpy(first, scratch_write("one", one, sizeof one - 1));
    const char *paths[] = {first, scratch_write("two", two, sizeof two - 1)};
    outcome out = {0};
    mc_u128 digests[2];
    assert_int_equal(
        mc_omw_read(&out.found, paths, 2, false, &out.totals, &out.ledger, digests, NULL), MC_OK);
    assert_words(&out.found, "B=2|A=1|C=1");
    assert_true(mc_u128_equal(digests[0], mc_hash128(one, sizeof one - 1)));
    assert_true(mc_u128_equal(digests[1], mc_hash128(two, sizeof two - 1)));
    dispose(&out);
}

static void other_files_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"", HEAD, "00001740-a\tdef\t0\tno word\n", "[\"json\"]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *path = scratch_write("tab", texts[i], strlen(texts[i]));
        outcome out = read_words(&path, 1, false);
        assert_int_equal(out.status, MC_E_FORMAT);
        assert_non_null(strstr(out.error.file, "/tab"));
        assert_int_equal(out.found.n, 0);
        dispose(&out);
    }
    const char *none = scratch("none");
    outcome out = read_words(&none, 1, false);
    assert_int_equal(out.status, MC_E_IO);
    dispose(&out);
}

static void lists_take_what_they_lack(void **state) {
    (void)state;
    static const char text[] = "00001740-a\tlemma\tB\n00001740-a\tlemma\told\nbad\n"
                               "00001740-a\tlemma\tA\n00001740-a\tlemma\tB\n";
    mc_list *list;
    size_t n_damaged = 99;
    assert_int_equal(mc_list_create(&list, NULL), MC_OK);
    assert_int_equal(mc_list_add(list, (mc_bytes){"old", 3}, NULL, NULL), MC_OK);
    const char *path = scratch_write("tab", text, sizeof text - 1);
    assert_int_equal(mc_list_add_omw(list, path, &n_damaged, NULL), MC_OK);
    assert_int_equal(n_damaged, 1);
    assert_int_equal(mc_list_count(list), 3);
    assert_memory_equal(mc_list_entries(list)[1].data, "B", 1);
    assert_memory_equal(mc_list_entries(list)[2].data, "A", 1);
    assert_string_equal(mc_list_source(list, 2), "omw");
    assert_null(mc_list_source(list, 0));
    assert_int_equal(mc_list_add_omw(list, path, NULL, NULL), MC_OK);
    assert_int_equal(mc_list_count(list), 3);
    path = scratch_write("tab", "x", 1);
    assert_int_equal(mc_list_add_omw(list, path, NULL, NULL), MC_E_FORMAT);
    assert_int_equal(mc_list_count(list), 3);
    mc_list_free(list);
}

static void real_files_are_whole(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t lines, words;
    } files[] = {{"als", 17610, 9599}, {"arb", 54967, 37335}, {"heb", 13482, 6872}};
    const char *data = getenv("METACURATE_DATA");
    char path[1024];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/wordnet-omw/wn-data-%s.tab",
                 data ? data : MC_SOURCE_DIR "/../shared/data", files[i].name);
        if (access(path, R_OK) != 0)
            SKIP_WITHOUT("wordnet-omw in METACURATE_DATA or ../shared/data");
        const char *paths[] = {path};
        outcome out = read_words(paths, 1, false);
        assert_int_equal(out.status, MC_OK);
        assert_int_equal(out.totals.lines, files[i].lines);
        assert_int_equal(out.totals.words, files[i].words);
        assert_int_equal(out.totals.damaged, 0);
        dispose(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lemmas_are_words),
        cmocka_unit_test(words_are_stripped),
        cmocka_unit_test(words_are_joined_as_published),
        cmocka_unit_test(damaged_lines_are_in_the_ledger),
        cmocka_unit_test(the_ledger_is_bounded),
        cmocka_unit_test(words_of_many_files_come_once),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(lists_take_what_they_lack),
        cmocka_unit_test(real_files_are_whole),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
