/* Which of 64 bytes of HTML are what, for each instruction set. */
#ifndef MC_POOL_HTML_CLASSIFY_H
#define MC_POOL_HTML_CLASSIFY_H

#include <stdint.h>

#define MC_HTML_BLOCK 64

typedef enum mc_html_class {
    MC_HTML_LESS,    /* < */
    MC_HTML_MARKS,   /* > = */
    MC_HTML_ENDINGS, /* what ends a tag's name: white space / >, and the vertical tab */
    MC_HTML_DOUBLE,  /* " */
    MC_HTML_SINGLE,  /* ' */
    MC_HTML_N_CLASSES
} mc_html_class;

/* Bit i of hits[k]: byte i is of class k. */
typedef void mc_html_classify(const char *bytes, uint64_t hits[MC_HTML_N_CLASSES]);

mc_html_classify mc_html_classify_portable, mc_html_classify_avx2, mc_html_classify_avx512;

#endif
