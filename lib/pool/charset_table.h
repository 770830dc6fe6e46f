/* The encodings of the standard, each with its labels and how it is decoded here. */
#ifndef MC_POOL_CHARSET_TABLE_H
#define MC_POOL_CHARSET_TABLE_H

#include "pool/charset.h"

typedef enum mc_decoder {
    MC_DECODE_UTF8,
    MC_DECODE_UTF16,
    MC_DECODE_USER_DEFINED,
    MC_DECODE_SINGLE,   /* a byte a character: a table made with iconv */
    MC_DECODE_PAIRS,    /* mostly two: the same, and iconv for the others */
    MC_DECODE_STATEFUL, /* iconv */
    MC_DECODE_NEVER
} mc_decoder;

typedef struct mc_encoding_facts {
    const char *labels; /* each followed by a space; the first is the name */
    mc_decoder decoder;
    const char *iconv_name;
} mc_encoding_facts;

#define MC_N_ENCODINGS 40

extern const mc_encoding_facts mc_encodings[MC_N_ENCODINGS];

#endif
