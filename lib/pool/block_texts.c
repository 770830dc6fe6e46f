/* Blocked phrases, by the automaton of libahocorasick over each text in lower case. What it finds
 * counts where no word goes on at the phrase's ends.
 */
#include "pool/block_texts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ahocorasick.h"
#include "metacurate/text.h"
#include "pool/block_list.h"

struct mc_block_texts {
    ac_automaton *automaton;
};

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* --- whole words -------------------------------------------------------------------------------*/

/* The characters that words of spaced scripts consist of: ranges that hold letters, marks and
 * digits for the most part. Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Syriac, Thaana, N'Ko;
 * those of India; Georgian, Ethiopic, Cherokee; combining marks. */
static bool is_word(uint32_t c) {
    static const uint32_t ranges[][2] = {
        {'0', '9'},       {'A', 'Z'},       {'a', 'z'},       {0x00AA, 0x00AA}, {0x00B5, 0x00B5},
        {0x00BA, 0x00BA}, {0x00C0, 0x00D6}, {0x00D8, 0x00F6}, {0x00F8, 0x02AF}, {0x0300, 0x037D},
        {0x037F, 0x0386}, {0x0388, 0x0559}, {0x0560, 0x0588}, {0x0591, 0x05BD}, {0x05BF, 0x05BF},
        {0x05C1, 0x05C2}, {0x05C4, 0x05F2}, {0x0610, 0x061A}, {0x0620, 0x0669}, {0x066E, 0x06D3},
        {0x06D5, 0x06FF}, {0x0710, 0x07F5}, {0x0900, 0x0963}, {0x0966, 0x096F}, {0x0971, 0x0DF3},
        {0x10A0, 0x10FA}, {0x10FC, 0x10FF}, {0x1200, 0x135F}, {0x13A0, 0x13FD}, {0x1C80, 0x1CBF},
        {0x1D00, 0x1FFE}, {0x2C60, 0x2C7F}, {0xA640, 0xA69F}, {0xA720, 0xA7FF}, {0xAB30, 0xABBF},
        {0xFB00, 0xFB1C}, {0xFB1D, 0xFBB1}, {0xFBD3, 0xFD3D}, {0xFE70, 0xFEFC},
    };
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle][1])
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof ranges / sizeof *ranges && c >= ranges[low][0];
}

/* The character whose first byte is at s, of well-formed UTF-8. */
static uint32_t decode(const char *s) {
    uint32_t c = (unsigned char)s[0];
    if (c < 0x80)
        return c;
    unsigned n = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    c &= 0x3Fu >> n;
    for (unsigned i = 1; i <= n; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3Fu);
    return c;
}

/* Whether the characters before and behind the position at are of one word. */
static bool joins(mc_bytes text, size_t at) {
    if (at == 0 || at == text.size || !is_word(decode(text.data + at)))
        return false;
    do
        at--;
    while (((unsigned char)text.data[at] & 0xC0) == 0x80);
    return is_word(decode(text.data + at));
}

bool mc_block_is_whole(mc_bytes text, size_t start, size_t size) {
    return !joins(text, start) && !joins(text, start + size);
}

/* --- the list ----------------------------------------------------------------------------------*/

typedef struct phrase_list {
    mc_buffer bytes;
    ac_pattern *phrases;
    size_t *offsets; /* in bytes, which moves while it grows */
    size_t n, phrases_capacity, offsets_capacity;
} phrase_list;

static mc_status add_line(void *context, char *line, size_t size, uint64_t number,
                          mc_error *error) {
    phrase_list *list = context;
    if (!mc_utf8_valid(line, size))
        return mc_fail(error, MC_E_FORMAT, "line %" PRIu64 " is no UTF-8", number);
    for (size_t i = 0; i < size; i++)
        line[i] = lower(line[i]);
    MC_TRY(MC_GROW(list->phrases, list->phrases_capacity, list->n + 1, error));
    MC_TRY(MC_GROW(list->offsets, list->offsets_capacity, list->n + 1, error));
    list->offsets[list->n] = list->bytes.size;
    list->phrases[list->n++].size = size;
    return mc_buffer_append(&list->bytes, line, size, error);
}

static mc_status build(mc_block_texts *texts, phrase_list *list, const char *path,
                       mc_error *error) {
    MC_TRY(mc_block_list_read(path, add_line, list, error));
    mc_status status = MC_E_FORMAT;
    if (list->n == 0) {
        mc_fail(error, status, "the list of phrases is empty");
    } else {
        ac_error problem;
        for (size_t i = 0; i < list->n; i++)
            list->phrases[i].data = list->bytes.data + list->offsets[i];
        ac_status built = ac_build(&texts->automaton, list->phrases, list->n, NULL, &problem);
        if (built == AC_OK)
            return MC_OK;
        status = built == AC_E_MEMORY ? MC_E_MEMORY : MC_E_LIMIT;
        mc_fail(error, status, "the list of phrases: %s", problem.message);
    }
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

mc_status mc_block_texts_create(mc_block_texts **out, const char *path, mc_error *error) {
    *out = NULL;
    mc_block_texts *texts;
    MC_TRY(MC_ALLOC(texts, 1, error));
    phrase_list list = {0};
    mc_status status = build(texts, &list, path, error);
    mc_buffer_dispose(&list.bytes);
    free(list.phrases);
    free(list.offsets);
    if (status != MC_OK) {
        mc_block_texts_free(texts);
        return status;
    }
    *out = texts;
    return MC_OK;
}

void mc_block_texts_free(mc_block_texts *texts) {
    if (!texts)
        return;
    ac_free(texts->automaton);
    free(texts);
}

/* --- finding -----------------------------------------------------------------------------------*/

typedef struct phrase_search {
    mc_bytes text; /* in lower case */
    bool found;
} phrase_search;

static bool take_match(void *context, const ac_match *match) {
    phrase_search *search = context;
    search->found =
        mc_block_is_whole(search->text, (size_t)(match->end - match->size), match->size);
    return !search->found;
}

mc_status mc_block_texts_find(const mc_block_texts *texts, mc_buffer *lowered, mc_bytes text,
                              bool *found, mc_error *error) {
    lowered->size = 0;
    MC_TRY(mc_buffer_reserve(lowered, text.size, error));
    for (size_t i = 0; i < text.size; i++)
        lowered->data[i] = lower(text.data[i]);
    phrase_search search = {.text = {lowered->data, text.size}};
    ac_scanner scanner;
    ac_scanner_init(&scanner, texts->automaton);
    ac_scan(&scanner, lowered->data, text.size, take_match, &search);
    *found = search.found;
    return MC_OK;
}
