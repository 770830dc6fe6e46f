/* An automaton's block with numbers of the fuzzer's choice changed and its checksum right again:
 * either it is refused, or every way of scanning ends, stays inside and reports matches within the
 * text.
 *
 * Input: a byte for the number of changes, each change a place (two bytes, a word of the block) and
 * a value (four bytes; with the highest bit set, the number of another word), the rest a text. */
#include <stdlib.h>
#include <string.h>

#include "ahocorasick/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define B(literal)                                                                                 \
    { literal, sizeof(literal) - 1 }
static const ac_pattern patterns[] = {B("a"),    B("ab"),    B("abab"), B("bab"),   B("a"),
                                      B("aaaa"), B("ba\0b"), B("\xff"), B("abcab"), B("cabba")};
enum { N = sizeof patterns / sizeof *patterns, CHANGE = 6 };

static uint32_t read_number(const uint8_t *bytes, size_t size) {
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void change(uint32_t *words, uint32_t n_words, const uint8_t *bytes) {
    uint32_t place = read_number(bytes, 2) % n_words, value = read_number(bytes + 2, 4);
    words[place] = value >> 31 ? words[value % n_words] : value;
}

static void check_match(uint64_t end, uint32_t id, uint32_t size, size_t text_size) {
    if (size > end || end > text_size || id >= N)
        abort();
}

static void scan(const ac_automaton *ac, const uint8_t *text, size_t size) {
    ac_match out[8];
    ac_text_match batch_out[8];
    ac_scanner scanner;
    ac_batch batch;
    size_t n, position = 0;
    ac_scanner_init(&scanner, ac);
    ac_scanner_feed(&scanner, text, size);
    while ((n = ac_scanner_next(&scanner, out, 8)) > 0)
        for (size_t i = 0; i < n; i++)
            check_match(out[i].end, out[i].id, out[i].size, size);
    while ((n = ac_leftmost(ac, text, size, &position, out, 8)) > 0)
        for (size_t i = 0; i < n; i++)
            check_match(out[i].end, out[i].id, out[i].size, size);
    const ac_pattern texts[] = {{text, size}, {text, size / 2}, {text + size / 2, size - size / 2}};
    ac_batch_init(&batch, ac, texts, 3);
    while ((n = ac_batch_next(&batch, batch_out, 8)) > 0)
        for (size_t i = 0; i < n; i++)
            check_match(batch_out[i].end, batch_out[i].id, batch_out[i].size,
                        texts[batch_out[i].text].size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static ac_automaton *original;
    if (!original && ac_build(&original, patterns, N, NULL, NULL) != AC_OK)
        abort();
    if (size < 1)
        return 0;
    size_t block_size, at = 1;
    const void *block = ac_data(original, &block_size);
    uint32_t *copy = malloc(block_size);
    if (!copy)
        abort();
    memcpy(copy, block, block_size);
    for (size_t n = data[0] % 16; n > 0 && size - at >= CHANGE; n--, at += CHANGE)
        change(copy, (uint32_t)(block_size / 4), data + at);
    uint64_t checksum = ac_block_checksum(copy, block_size);
    memcpy((char *)copy + offsetof(ac_header, checksum), &checksum, sizeof checksum);
    ac_automaton *ac;
    if (ac_map(&ac, copy, block_size, NULL) == AC_OK) {
        scan(ac, data + at, size - at);
        ac_free(ac);
    }
    free(copy);
    return 0;
}
