/* .tab files of any bytes, words as they are written and joined: the books must balance, words must
 * be different, well-formed and in the file, and a list must take the same ones.
 */

#include "input_file.h"
#include "metacurate/metadata.h"
#include "metacurate/text.h"
#include "metadata/omw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds(const uint8_t *data, size_t size, mc_bytes word) {
    for (size_t i = 0; i + word.size <= size; i++)
        if (memcmp(data + i, word.data, word.size) == 0)
            return true;
    return false;
}

static uint64_t check_words(const mc_candidates *found, bool joined, const uint8_t *data,
                            size_t size) {
    uint64_t sum = 0;
    for (size_t i = 0; i < found->n; i++) {
        mc_bytes word = mc_candidate_string(found, i);
        check(word.size > 0 && mc_utf8_valid(word.data, word.size), "a word is empty or no UTF-8");
        check(!memchr(word.data, '\t', word.size) && !memchr(word.data, '\n', word.size),
              "a word holds a tab or line feed");
        check(word.data[0] != ' ' && word.data[word.size - 1] != ' ', "a word is not stripped");
        check(joined || holds(data, size, word), "a word is not in the file");
        check(found->items[i].score == (double)found->items[i].count, "another score");
        for (size_t j = 0; j < i; j++) {
            mc_bytes other = mc_candidate_string(found, j);
            check(other.size != word.size || memcmp(other.data, word.data, word.size),
                  "a word comes twice");
        }
        sum += found->items[i].count;
    }
    return sum;
}

static void check_list(const mc_candidates *found, const char *path, uint64_t damaged) {
    mc_list *list;
    size_t n_damaged;
    check(mc_list_create(&list, NULL) == MC_OK, "no list");
    check(mc_list_add_omw(list, path, &n_damaged, NULL) == MC_OK, "the list fails");
    check(n_damaged == damaged && mc_list_count(list) == found->n, "the list differs");
    for (size_t i = 0; i < found->n; i++) {
        mc_bytes word = mc_candidate_string(found, i), entry = mc_list_entries(list)[i];
        check(word.size == entry.size && !memcmp(word.data, entry.data, word.size),
              "an entry differs");
    }
    mc_list_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* A comment first: so the file is not taken for a compressed one. */
    const char *path = input_path("#\n", data, size);
    for (int joined = 0; joined < 2; joined++) {
        mc_candidates found = {0};
        mc_omw_totals totals = {0};
        mc_buffer ledger = {0};
        mc_status status = mc_omw_read(&found, &path, 1, joined, &totals, &ledger, NULL, NULL);
        check(totals.lines == totals.words + totals.passed + totals.damaged,
              "the books do not balance");
        check(status == (totals.words > 0 ? MC_OK : MC_E_FORMAT), "another status");
        check((ledger.size > 0) == (totals.damaged > 0), "another ledger");
        if (status == MC_OK) {
            check(check_words(&found, joined, data, size) == totals.words, "words are lost");
            if (!joined)
                check_list(&found, path, totals.damaged);
        }
        mc_candidates_dispose(&found);
        mc_buffer_dispose(&ledger);
    }
    return 0;
}
