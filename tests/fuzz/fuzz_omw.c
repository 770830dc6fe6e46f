/* .tab files of any bytes, words as they are written and joined: the books must balance, words must
 * be different, well-formed and in the file, and a list must take the same ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metacurate/metadata.h"
#include "metacurate/text.h"
#include "metadata/omw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_omw: %s\n", what);
    abort();
}

/* A file of this process, which begins with a comment: so it is not compressed. */
static const char *input_path(const uint8_t *data, size_t size) {
    static char path[] = "/tmp/fuzz-omw-XXXXXX";
    static int fd = -1;
    if (fd < 0)
        fd = mkstemp(path);
    check(fd >= 0, "no temporary file");
    check(ftruncate(fd, 0) == 0, "the temporary file cannot be emptied");
    check(pwrite(fd, "#\n", 2, 0) == 2 && pwrite(fd, data, size, 2) == (ssize_t)size,
          "the temporary file cannot be written");
    return path;
}

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
    const char *path = input_path(data, size);
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
