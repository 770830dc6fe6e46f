/* Any bytes as a corpus: reading comes to an end, the text is well-formed UTF-8 in whole lines, and
 * each loss has its line. As a dump, the same bytes in bzip2 streams yield the same text, wherever
 * they are cut; with a byte of those changed, reading still comes to an end.
 *
 * The first two bytes of the input choose the size of the streams and the byte that is changed. */
#include <bzlib.h>

#include "input_file.h"
#include "base/buffer.h"
#include "metacurate/text.h"
#include "metadata/corpus.h"

typedef struct outcome {
    mc_buffer text, ledger;
    mc_corpus_totals totals;
} outcome;

static outcome read_corpus(const void *data, size_t size, mc_corpus_kind kind) {
    static mc_corpus_chunk *chunk;
    static mc_corpus_scratch *scratch;
    const char *path = input_path("", data, size);
    outcome found = {0};
    mc_corpus *corpus;
    mc_status status;
    mc_u128 digest;
    uint64_t stored;
    if (!chunk) {
        check(mc_corpus_chunk_create(&chunk, NULL) == MC_OK, "no memory");
        check(mc_corpus_scratch_create(&scratch, NULL) == MC_OK, "no memory");
    }
    check(mc_corpus_create(&corpus, &path, 1, kind, NULL) == MC_OK, "no corpus");
    check(mc_corpus_open(corpus, 0, NULL) == MC_OK, "the file cannot be opened");
    while ((status = mc_corpus_read(corpus, 0, chunk, NULL)) == MC_OK)
        check(mc_corpus_text(corpus, scratch, chunk, &found.text, &found.totals, &found.ledger,
                             NULL) == MC_OK,
              "no text");
    check(status == MC_END, "reading fails");
    check(mc_corpus_digest(corpus, 0, &digest, &stored, NULL) == MC_OK && stored == size &&
              mc_u128_equal(digest, mc_hash128(data, size)),
          "another digest");
    mc_corpus_free(corpus);
    const mc_corpus_totals *t = &found.totals;
    size_t n_lines = 0;
    for (size_t i = 0; i < found.ledger.size; i++)
        n_lines += found.ledger.data[i] == '\n';
    check(n_lines == t->damaged || (n_lines < t->damaged && n_lines >= 100), "a loss has no line");
    check(t->bytes_out == found.text.size, "a wrong size");
    check(found.text.size == 0 || (found.text.data[found.text.size - 1] == '\n' &&
                                   mc_utf8_valid(found.text.data, found.text.size)),
          "text is no UTF-8 in lines");
    return found;
}

static void dispose(outcome *found) {
    mc_buffer_dispose(&found->text);
    mc_buffer_dispose(&found->ledger);
}

static void append_stream(mc_buffer *out, const uint8_t *data, size_t size) {
    unsigned made = (unsigned)(size + size / 50 + 700);
    check(mc_buffer_reserve(out, made, NULL) == MC_OK, "no memory");
    check(BZ2_bzBuffToBuffCompress(out->data + out->size, &made, (char *)(uintptr_t)data,
                                   (unsigned)size, 1, 0, 0) == BZ_OK,
          "no compression");
    out->size += made;
}

/* What may be read as something else than it is: compressed, or in UTF-16. */
static bool is_disputed(const uint8_t *data, size_t size) {
    return size < 2 || data[0] != '<' || (data[1] | 0x20) < 'a' || (data[1] | 0x20) > 'z';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3)
        return 0;
    size_t piece = 64 + 4 * (size_t)data[0], changed = data[1];
    data += 2;
    size -= 2;
    outcome found = read_corpus(data, size, MC_CORPUS_AUTO);
    dispose(&found);
    if (is_disputed(data, size))
        return 0;
    outcome plain = read_corpus(data, size, MC_CORPUS_WIKIPEDIA);
    mc_buffer packed = {0};
    for (size_t at = 0; at < size; at += piece)
        append_stream(&packed, data + at, piece < size - at ? piece : size - at);
    found = read_corpus(packed.data, packed.size, MC_CORPUS_WIKIPEDIA);
    check(found.text.size == plain.text.size &&
              (plain.text.size == 0 ||
               memcmp(found.text.data, plain.text.data, plain.text.size) == 0),
          "another text in bzip2");
    check(found.totals.pages == plain.totals.pages &&
              found.totals.articles == plain.totals.articles &&
              found.totals.passed == plain.totals.passed &&
              found.totals.damaged == plain.totals.damaged,
          "other totals in bzip2");
    dispose(&found);
    if (packed.size > 14 + changed) {
        packed.data[14 + changed] ^= 0x10;
        found = read_corpus(packed.data, packed.size, MC_CORPUS_WIKIPEDIA);
        dispose(&found);
    }
    dispose(&plain);
    mc_buffer_dispose(&packed);
    return 0;
}
