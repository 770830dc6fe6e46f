/* Open Multilingual Wordnet: words of a language from its .tab files, lines
 *     synset TAB type TAB word
 * where a type that is "lemma" or ends with ":lemma" says that it is a name of the synset. */
#ifndef MC_METADATA_OMW_H
#define MC_METADATA_OMW_H

#include <stdbool.h>

#include "base/hash.h"
#include "metadata/candidates.h"

typedef struct mc_omw_totals {
    uint64_t lines; /* = words + passed + damaged */
    uint64_t words;
    uint64_t passed; /* comments, blank lines, definitions, examples, roots, plurals */
    uint64_t damaged;
} mc_omw_totals;

/* Adds the words of files (compressed or not) to out: each once, in the order of the files, with
 * the number of its lines as count and score. A word is as it is written, without white space at
 * its ends; where joined is set, also without the "+" that parts its pieces in some files, and with
 * underscores as spaces, as published. *totals is added to; damaged lines are entered in ledger.
 * digests: one a file, or NULL. MC_E_FORMAT when a file has no word. */
MC_MUST_CHECK mc_status mc_omw_read(mc_candidates *out, const char *const *paths, size_t n,
                                    bool joined, mc_omw_totals *totals, mc_buffer *ledger,
                                    mc_u128 *digests, mc_error *error);

#endif
