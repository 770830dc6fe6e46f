/* CLD2 behind C: the language of a text as a number, and the code of a number. Thread-safe. */
#ifndef MC_POOL_LID_CLD2_H
#define MC_POOL_LID_CLD2_H

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Languages are numbers below this. */
size_t mc_cld2_count(void);
/* "en", "zh-Hant", ...; "un" for unknown, "xx-..." for scripts that tell no language. */
const char *mc_cld2_code(size_t language);

/* text is well-formed UTF-8 with 8 readable NUL bytes after it. MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_cld2_detect(const char *text, size_t size, size_t *language,
                                       mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
