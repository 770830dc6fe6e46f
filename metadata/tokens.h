/* Tokens as the second recipe's published counting has them: white space parts words, and every
 * CJK-like character and every mark is a token of its own. Marks are not counted and part the pairs
 * around them; so do line feeds. The exact sets are in docs/rules.md. */
#ifndef MC_METADATA_TOKENS_H
#define MC_METADATA_TOKENS_H

#include "metacurate/base.h"

#define MC_WORD_MAX 1024 /* bytes; a longer word is passed over as a mark is */

typedef struct mc_tokens {
    const unsigned char *at, *end;
} mc_tokens;

static inline mc_tokens mc_tokens_of(const char *text, size_t size) {
    const unsigned char *at = (const unsigned char *)text;
    return (mc_tokens){at, at + size};
}

/* Up to max of the tokens to come, in order, as bytes of the text; returns how many, 0 at the end.
 * One of size 0 stands for whatever parts pairs. Text of any bytes may be given. */
size_t mc_tokens_next(mc_tokens *tokens, mc_bytes *out, size_t max);

#endif
