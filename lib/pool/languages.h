/* A list of wanted languages. */
#ifndef MC_POOL_LANGUAGES_H
#define MC_POOL_LANGUAGES_H

#include <stdbool.h>

#include "pool/batch.h"

typedef struct mc_languages {
    mc_language *codes; /* in lower case */
    size_t n;
    bool unknown; /* texts whose language is not known are wanted, too */
} mc_languages;   /* {0} is empty */

/* Reads codes with commas between them. "un" stands for texts whose language is not known.
 * MC_E_ARGUMENT for what is no code. */
MC_MUST_CHECK mc_status mc_languages_parse(mc_languages *languages, const char *list,
                                           mc_error *error);
/* MC_E_ARGUMENT when one does not begin with a language code of two or three letters. */
MC_MUST_CHECK mc_status mc_languages_check(const mc_languages *languages, mc_error *error);
void mc_languages_dispose(mc_languages *languages);

/* True when language is in the list: in any case, or as a part of one that is ("zh-Hant" of "zh").
 */
bool mc_languages_has(const mc_languages *languages, mc_language language);

#endif
