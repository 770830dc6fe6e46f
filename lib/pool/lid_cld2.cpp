// CLD2 behind lid_cld2.h. Of its entry points this is the one that says so when it does not know;
// the simple ones say English then.
#include "pool/lid_cld2.h"

#include <climits>
#include <cstdio> // which CLD2's header needs and does not include
#include <new>

#include <cld2/public/compact_lang_det.h>

extern "C" {

size_t mc_cld2_count(void) {
    return CLD2::NUM_LANGUAGES;
}

const char *mc_cld2_code(size_t language) {
    return CLD2::LanguageCode(static_cast<CLD2::Language>(language));
}

mc_status mc_cld2_detect(const char *text, size_t size, size_t *language, mc_error *error) {
    CLD2::Language best[3];
    int percent[3], text_bytes;
    bool reliable;
    int length = size > INT_MAX ? INT_MAX : static_cast<int>(size);
    try {
        CLD2::Language found = CLD2::ExtDetectLanguageSummary(text, length, true, best, percent,
                                                              &text_bytes, &reliable);
        *language = found < CLD2::NUM_LANGUAGES ? found : CLD2::UNKNOWN_LANGUAGE;
    } catch (const std::bad_alloc &) {
        return mc_fail(error, MC_E_MEMORY, "out of memory: the language of a text");
    }
    return MC_OK;
}

} // extern "C"
