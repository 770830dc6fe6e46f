/* Open Multilingual Wordnet's .tab files. Lines that begin with # are comments; definitions and
 * examples have a number between type and text, words have not. */
#include "metadata/omw.h"

#include <string.h>

#include "io/source.h"
#include "metacurate/text.h"
#include "metadata/list.h"
#include "metadata/lost.h"
#include "metadata/name_set.h"
#include "metadata/tally.h"

#define FILE_MAX_BYTES ((size_t)1 << 28)
#define PIECE_BYTES ((size_t)256 << 10)

typedef enum line_fate { LINE_WORD, LINE_PASSED, LINE_BAD, LINE_BAD_UTF8, N_LINE_FATES } line_fate;

typedef struct reading {
    bool joined;
    mc_tally words;
    mc_buffer joined_word;
    uint64_t by_fate[N_LINE_FATES];
} reading;

/* Size of the white space, as Unicode has it, that s begins with. */
static size_t space_size(const unsigned char *s, size_t size) {
    if (s[0] < 0x80)
        return s[0] == ' ' || (s[0] >= 0x09 && s[0] <= 0x0D) || (s[0] >= 0x1C && s[0] <= 0x1F);
    if (s[0] == 0xC2 && size >= 2)
        return s[1] == 0x85 || s[1] == 0xA0 ? 2 : 0;
    if (s[0] < 0xE1 || s[0] > 0xE3 || size < 3)
        return 0;
    unsigned point = (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    bool is_space = point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
                    point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
    return is_space ? 3 : 0;
}

/* Without white space at its ends; text is well-formed. */
static mc_bytes strip(mc_bytes text) {
    const unsigned char *s = (const unsigned char *)text.data;
    size_t begin = 0, end = text.size, n;
    while (begin < end && (n = space_size(s + begin, end - begin)) > 0)
        begin += n;
    while (begin < end) {
        size_t last = end - 1; /* where the last code point begins */
        while (last > begin && (s[last] & 0xC0) == 0x80)
            last--;
        if (space_size(s + last, end - last) != end - last)
            break;
        end = last;
    }
    return (mc_bytes){text.data + begin, end - begin};
}

/* Takes what comes before the next tab, or all there is, off the front of rest. */
static mc_bytes take_field(mc_bytes *rest) {
    const char *tab = rest->size > 0 ? memchr(rest->data, '\t', rest->size) : NULL;
    mc_bytes field = {rest->data, tab ? (size_t)(tab - rest->data) : rest->size};
    size_t taken = field.size + (tab != NULL);
    *rest = (mc_bytes){rest->data + taken, rest->size - taken};
    return field;
}

/* Eight digits, a hyphen and the letter of a part of speech. */
static bool is_synset(mc_bytes field) {
    if (field.size != 10 || field.data[8] != '-' || field.data[9] < 'a' || field.data[9] > 'z')
        return false;
    for (size_t i = 0; i < 8; i++)
        if (field.data[i] < '0' || field.data[i] > '9')
            return false;
    return true;
}

static bool is_lemma(mc_bytes type) {
    static const char lemma[] = ":lemma";
    size_t size = sizeof lemma - 1;
    if (type.size == size - 1)
        return memcmp(type.data, lemma + 1, size - 1) == 0;
    return type.size >= size && memcmp(type.data + type.size - size, lemma, size) == 0;
}

/* What a line is, and its word when it has one. */
static line_fate take_line(mc_bytes line, mc_bytes *word) {
    if (line.size > 0 && line.data[0] == '#')
        return LINE_PASSED;
    if (!mc_utf8_valid(line.data, line.size))
        return LINE_BAD_UTF8;
    if (strip(line).size == 0)
        return LINE_PASSED;
    mc_bytes rest = line, synset = take_field(&rest), type = take_field(&rest);
    if (!is_synset(synset) || type.size == 0 || rest.size == 0)
        return LINE_BAD;
    if (!is_lemma(type))
        return LINE_PASSED;
    *word = strip(take_field(&rest));
    return word->size > 0 ? LINE_WORD : LINE_BAD;
}

/* As published: "+" left out, underscores as spaces; but not to nothing. */
static mc_status join(mc_buffer *out, mc_bytes *word, mc_error *error) {
    out->size = 0;
    MC_TRY(mc_buffer_reserve(out, word->size, error));
    for (size_t i = 0; i < word->size; i++)
        if (word->data[i] != '+')
            out->data[out->size++] = word->data[i] == '_' ? ' ' : word->data[i];
    mc_bytes joined = strip((mc_bytes){out->data, out->size});
    if (joined.size > 0)
        *word = joined;
    return MC_OK;
}

static mc_status take_lines(reading *r, const char *path, mc_bytes data, mc_buffer *ledger,
                            mc_error *error) {
    static const struct {
        const char *reason, *detail;
    } kinds[N_LINE_FATES] = {
        [LINE_BAD] = {"bad_line", "not a synset, a type and a word parted by tabs"},
        [LINE_BAD_UTF8] = {"bad_utf8", "the line is no UTF-8"}};
    uint64_t number = 0;
    size_t start = data.size >= 3 && memcmp(data.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (size_t next; start < data.size; start = next, number++) {
        const char *feed = memchr(data.data + start, '\n', data.size - start);
        size_t end = feed ? (size_t)(feed - data.data) : data.size;
        next = feed ? end + 1 : end;
        if (end > start && data.data[end - 1] == '\r')
            end--;
        mc_bytes word;
        line_fate fate = take_line((mc_bytes){data.data + start, end - start}, &word);
        if (r->by_fate[fate]++ < MC_LOST_LINES && kinds[fate].reason)
            MC_TRY(mc_lost_put(ledger, path, number, start, kinds[fate].reason, kinds[fate].detail,
                               error));
        if (fate != LINE_WORD)
            continue;
        if (r->joined)
            MC_TRY(join(&r->joined_word, &word, error));
        MC_TRY(mc_tally_add(&r->words, word, mc_hash64(word.data, word.size), 1, error));
    }
    return MC_OK;
}

/* All of a file, and its digest where that is wanted. */
static mc_status read_whole(mc_source *source, mc_buffer *out, mc_u128 *digest, mc_error *error) {
    for (;;) {
        size_t got;
        uint64_t stored;
        MC_TRY(mc_buffer_reserve(out, PIECE_BYTES, error));
        mc_status status = mc_source_read(source, out->data + out->size, PIECE_BYTES, &got, error);
        if (status == MC_END)
            return digest ? mc_source_digest(source, digest, &stored, error) : MC_OK;
        MC_TRY(status);
        out->size += got;
        if (out->size > FILE_MAX_BYTES)
            return mc_fail(error, MC_E_LIMIT, "has more than %zu bytes", FILE_MAX_BYTES);
    }
}

static mc_status take_file(reading *r, const char *path, mc_buffer *ledger, mc_u128 *digest,
                           mc_error *error) {
    mc_source *source;
    mc_buffer content = {0};
    uint64_t n_before = r->by_fate[LINE_WORD];
    MC_TRY(mc_source_open(&source, path, error));
    mc_status status = read_whole(source, &content, digest, error);
    mc_source_close(source);
    if (status == MC_OK)
        status = take_lines(r, path, (mc_bytes){content.data, content.size}, ledger, error);
    if (status == MC_OK && r->by_fate[LINE_WORD] == n_before)
        status = mc_fail(error, MC_E_FORMAT, "holds no word of Open Multilingual Wordnet");
    if (status != MC_OK && status != MC_E_MEMORY)
        mc_error_place(error, path, MC_NONE, MC_NONE);
    mc_buffer_dispose(&content);
    return status;
}

static mc_status give_words(const reading *r, mc_candidates *out, mc_error *error) {
    const mc_candidates *words = &r->words.strings;
    for (size_t i = 0; i < words->n; i++)
        MC_TRY(mc_candidates_add(out, mc_candidate_string(words, i), words->items[i].count,
                                 words->items[i].score, error));
    return MC_OK;
}

mc_status mc_omw_read(mc_candidates *out, const char *const *paths, size_t n, bool joined,
                      mc_omw_totals *totals, mc_buffer *ledger, mc_u128 *digests, mc_error *error) {
    reading r = {.joined = joined};
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < n; i++)
        status = take_file(&r, paths[i], ledger, digests ? &digests[i] : NULL, error);
    if (status == MC_OK)
        status = give_words(&r, out, error);
    uint64_t damaged = r.by_fate[LINE_BAD] + r.by_fate[LINE_BAD_UTF8];
    totals->lines += r.by_fate[LINE_WORD] + r.by_fate[LINE_PASSED] + damaged;
    totals->words += r.by_fate[LINE_WORD];
    totals->passed += r.by_fate[LINE_PASSED];
    totals->damaged += damaged;
    mc_tally_dispose(&r.words);
    mc_buffer_dispose(&r.joined_word);
    return status;
}

/* The words that the list does not have yet. */
static mc_status append_new(mc_list *list, const mc_candidates *words, mc_error *error) {
    uint32_t source;
    mc_name_set names;
    MC_TRY(mc_list_find_name(list, "omw", &source, error));
    MC_TRY(mc_name_set_init(&names, list, error));
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < words->n; i++) {
        mc_bytes word = mc_candidate_string(words, i);
        if (!mc_name_set_has(&names, word))
            status = mc_list_append(list, word, source, error);
    }
    mc_name_set_dispose(&names);
    return status;
}

mc_status mc_list_add_omw(mc_list *list, const char *path, size_t *n_damaged, mc_error *error) {
    mc_candidates words = {0};
    mc_buffer ledger = {0};
    mc_omw_totals totals = {0};
    size_t n_before = list->n;
    mc_status status = mc_omw_read(&words, &path, 1, false, &totals, &ledger, NULL, error);
    if (status == MC_OK)
        status = append_new(list, &words, error);
    if (status != MC_OK)
        list->n = n_before; /* all of the file or nothing */
    if (n_damaged)
        *n_damaged = (size_t)totals.damaged;
    mc_candidates_dispose(&words);
    mc_buffer_dispose(&ledger);
    return status;
}
