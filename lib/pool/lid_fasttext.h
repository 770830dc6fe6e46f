/* fastText behind C: the label of a text as a number, and the name of a label. */
#ifndef MC_POOL_LID_FASTTEXT_H
#define MC_POOL_LID_FASTTEXT_H

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_fasttext mc_fasttext;                 /* a model; shared by all threads */
typedef struct mc_fasttext_scratch mc_fasttext_scratch; /* one thread's */

/* Loads a model that mc_fasttext_check passed. */
MC_MUST_CHECK mc_status mc_fasttext_open(mc_fasttext **out, const char *path, mc_error *error);
void mc_fasttext_close(mc_fasttext *model);

/* Labels are numbers below this. */
size_t mc_fasttext_count(const mc_fasttext *model);
/* A label's name without "__label__"; borrowed. */
const char *mc_fasttext_label(const mc_fasttext *model, size_t label);

MC_MUST_CHECK mc_status mc_fasttext_scratch_create(mc_fasttext_scratch **out, mc_error *error);
void mc_fasttext_scratch_free(mc_fasttext_scratch *scratch);

/* The likeliest label of a line, which ends with its only line feed; mc_fasttext_count when there
 * is none. MC_E_MEMORY is the only failure. */
MC_MUST_CHECK mc_status mc_fasttext_detect(const mc_fasttext *model, mc_fasttext_scratch *scratch,
                                           char *line, size_t size, size_t *label, mc_error *error);

/* Holds a model's file to its format: every length in it, up to its last byte, and every number
 * that becomes an index. fastText itself reads a truncated file without a word. MC_E_FORMAT or
 * MC_E_IO. */
MC_MUST_CHECK mc_status mc_fasttext_check(const char *path, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
