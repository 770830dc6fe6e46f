/* Wanted languages: a few codes, compared one by one as numbers. */
#include "pool/languages.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "pool/fields.h"

/* Letters differ from their lower case by the bit 0x20, which digits, hyphens and the NULs after
 * the code keep as they are. */
static mc_language lower(mc_language code) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        unsigned c = (unsigned)(code >> shift & 0xFF);
        if (c >= 'A' && c <= 'Z')
            code |= (mc_language)0x20 << shift;
    }
    return code;
}

static mc_status add(mc_languages *languages, mc_bytes code, mc_error *error) {
    while (code.size > 0 && code.data[0] == ' ')
        code = (mc_bytes){code.data + 1, code.size - 1};
    while (code.size > 0 && code.data[code.size - 1] == ' ')
        code.size--;
    mc_language language = lower(mc_language_make(code));
    if (language == 0)
        return mc_fail(error, MC_E_ARGUMENT,
                       "--lang: \"%.*s\" is no code of a language; give codes with commas between "
                       "them, such as en,de",
                       code.size < 40 ? (int)code.size : 40, code.data);
    char lowered[MC_LANGUAGE_MAX + 1];
    size_t size = mc_language_text(language, lowered);
    if (mc_fields_language((mc_bytes){lowered, size}) == 0)
        languages->unknown = true;
    else
        languages->codes[languages->n++] = language;
    return MC_OK;
}

mc_status mc_languages_parse(mc_languages *languages, const char *list, mc_error *error) {
    *languages = (mc_languages){0};
    size_t most = 1;
    for (const char *c = list; *c; c++)
        most += *c == ',';
    MC_TRY(MC_ALLOC(languages->codes, most, error));
    for (;;) {
        size_t size = strcspn(list, ",");
        mc_status status = add(languages, (mc_bytes){list, size}, error);
        if (status != MC_OK) {
            mc_languages_dispose(languages);
            return status;
        }
        if (!list[size])
            return MC_OK;
        list += size + 1;
    }
}

mc_status mc_languages_check(const mc_languages *languages, mc_error *error) {
    for (size_t i = 0; i < languages->n; i++) {
        char text[MC_LANGUAGE_MAX + 1];
        mc_language_text(languages->codes[i], text);
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
        if (n < 2 || n > 3 || (text[n] && text[n] != '-' && text[n] != '_'))
            return mc_fail(error, MC_E_ARGUMENT,
                           "--lang: \"%s\" is no language code (two or three letters, such as en, "
                           "de, zh)",
                           text);
    }
    return MC_OK;
}

void mc_languages_dispose(mc_languages *languages) {
    free(languages->codes);
    *languages = (mc_languages){0};
}

bool mc_languages_has(const mc_languages *languages, mc_language language) {
    if (language == 0)
        return languages->unknown;
    language = lower(language);
    for (size_t i = 0; i < languages->n; i++) {
        mc_language code = languages->codes[i], rest = language ^ code;
        if (rest == 0)
            return true;
        size_t size = ((size_t)63 - (size_t)__builtin_clzll(code)) / 8 + 1;
        if (size == MC_LANGUAGE_MAX || rest << (64 - 8 * size) != 0)
            continue;
        unsigned next = (unsigned)(language >> 8 * size & 0xFF);
        if (next == '-' || next == '_')
            return true;
    }
    return false;
}
