/* The column of languages: a dictionary of the block's, then the place of every text's in it. A
 * text without a language has 0, the first language is 1; a block in which no text has one has an
 * empty column. */
#include <stdlib.h>

#include "match/block_layout.h"

void mc_language_table_dispose(mc_language_table *table) {
    free(table->codes);
    free(table->slots);
    *table = (mc_language_table){0};
}

/* Place of language in the dictionary, where it is added if need be. */
static uint32_t look_up(mc_language_table *table, mc_language language) {
    size_t mask = table->n_slots - 1, at = (language * 0x9e3779b97f4a7c15u >> 32) & mask;
    while (table->slots[at] && table->codes[table->slots[at] - 1] != language)
        at = (at + 1) & mask;
    if (!table->slots[at]) {
        table->codes[table->n] = language;
        table->slots[at] = ++table->n;
    }
    return table->slots[at];
}

/* Room for the languages of n texts, none of them noted. */
static mc_status clear_table(mc_language_table *table, size_t n, mc_error *error) {
    size_t n_slots = 16;
    while (n_slots < 2 * n)
        n_slots *= 2;
    MC_TRY(MC_GROW(table->slots, table->slots_capacity, n_slots, error));
    MC_TRY(MC_GROW(table->codes, table->codes_capacity, n, error));
    memset(table->slots, 0, n_slots * sizeof *table->slots);
    table->n_slots = n_slots;
    table->n = 0;
    return MC_OK;
}

mc_status mc_block_put_languages(mc_language_table *table, const mc_batch *batch, mc_buffer *out,
                                 mc_error *error) {
    size_t n_known = 0;
    for (size_t t = 0; t < batch->n_texts; t++)
        n_known += batch->texts[t].language != 0;
    if (n_known == 0)
        return MC_OK;
    MC_TRY(clear_table(table, n_known, error));
    for (size_t t = 0; t < batch->n_texts; t++)
        if (batch->texts[t].language)
            look_up(table, batch->texts[t].language);
    size_t code_size = 1 + MC_LANGUAGE_MAX + 1; /* its size, its bytes and a passing NUL */
    MC_TRY(
        mc_buffer_reserve(out, MC_VARINT_MAX * (batch->n_texts + 1) + table->n * code_size, error));
    unsigned char *at = mc_put_varint((unsigned char *)out->data + out->size, table->n);
    for (uint32_t i = 0; i < table->n; i++) {
        size_t size = mc_language_text(table->codes[i], (char *)at + 1);
        *at = (unsigned char)size;
        at += 1 + size;
    }
    for (size_t t = 0; t < batch->n_texts; t++) {
        mc_language language = batch->texts[t].language;
        at = mc_put_varint(at, language ? look_up(table, language) : 0);
    }
    out->size = (size_t)(at - (unsigned char *)out->data);
    return MC_OK;
}

typedef struct cursor {
    const unsigned char *at, *end;
    bool bad;
} cursor;

static uint32_t get_number(cursor *c) {
    uint64_t value = 0;
    for (int shift = 0; shift < 35 && c->at < c->end; shift += 7) {
        unsigned char byte = *c->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            c->bad |= value > UINT32_MAX;
            return (uint32_t)value;
        }
    }
    c->bad = true;
    return 0;
}

static mc_language get_code(cursor *c) {
    size_t size = c->at < c->end ? *c->at++ : 0;
    mc_language code = 0;
    if (size <= (size_t)(c->end - c->at))
        code = mc_language_make((mc_bytes){(const char *)c->at, size});
    c->bad |= code == 0;
    c->at += code ? size : 0;
    return code;
}

mc_status mc_block_get_languages(mc_block *block, const unsigned char *column, size_t size,
                                 bool *good, mc_error *error) {
    uint32_t n = block->info.n_texts;
    cursor c = {column, column + size, false};
    *good = true;
    MC_TRY(MC_GROW(block->languages, block->languages_capacity, n, error));
    if (n > 0)
        memset(block->languages, 0, n * sizeof *block->languages);
    if (size == 0)
        return MC_OK;
    uint32_t n_codes = get_number(&c);
    *good = n_codes <= n; /* each is some text's */
    if (!*good)
        return MC_OK;
    MC_TRY(MC_GROW(block->codes, block->codes_capacity, (size_t)n_codes + 1, error));
    block->codes[0] = 0;
    for (uint32_t i = 1; i <= n_codes && !c.bad; i++)
        block->codes[i] = get_code(&c);
    for (uint32_t t = 0; t < n && !c.bad; t++) {
        uint32_t code = get_number(&c);
        c.bad |= code > n_codes;
        block->languages[t] = c.bad ? 0 : block->codes[code];
    }
    *good = !c.bad && c.at == c.end;
    return MC_OK;
}
