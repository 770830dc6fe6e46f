/* Tables of the sets whose characters are one byte or mostly two, made with iconv(3). */
#ifndef MC_POOL_CHARSET_TABLES_H
#define MC_POOL_CHARSET_TABLES_H

#include <iconv.h>

#include "pool/charset.h"

#define MC_N_HIGH 128 /* bytes from 0x80 on */
#define MC_PAIR_BAD 0
#define MC_PAIR_LONG 1 /* begins three or four bytes, or is two characters: iconv knows */

/* Code points of two bytes by the first (less 0x80) and the second. */
typedef struct mc_pairs {
    uint16_t singles[MC_N_HIGH]; /* bytes that are characters alone; 0: they are not */
    uint32_t pairs[MC_N_HIGH][256];
} mc_pairs;

/* A converter to another set. MC_E_UNSUPPORTED when this system has none. */
MC_MUST_CHECK mc_status mc_charset_open(const char *to, mc_encoding encoding, iconv_t *out,
                                        mc_error *error);

/* Code points of the bytes from 0x80 on, U+FFFD for those that are none. The caller frees it. */
MC_MUST_CHECK mc_status mc_charset_make_singles(mc_encoding encoding, uint16_t **out,
                                                mc_error *error);

/* descriptor converts encoding to UTF-8. The caller frees *out. */
MC_MUST_CHECK mc_status mc_charset_make_pairs(mc_encoding encoding, iconv_t descriptor,
                                              mc_pairs **out, mc_error *error);

#endif
