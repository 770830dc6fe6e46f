/* A finished run, opened for looking at: what its manifest says, its match indexes, counts, which
 * texts took part and which were kept. Immutable once open, so threads may share it. */
#ifndef MC_AUDIT_AUDITED_H
#define MC_AUDIT_AUDITED_H

#include <jansson.h>

#include "balance/key.h"
#include "balance/pass.h"
#include "balance/select.h"
#include "io/npy.h"
#include "metacurate/audit.h"

/* The kept texts of a shard: subset/SHARD.npy and SHARD.texts.npy, mapped. */
typedef struct mc_kept_rows {
    const uint64_t *records; /* ascending */
    const uint32_t *numbers; /* NULL: 0 for each */
    size_t n;
    mc_npy record_array, number_array;
} mc_kept_rows;

typedef struct mc_audited {
    const mc_audit_options *options;
    json_t *manifest;
    mc_index_set set;
    mc_entry_table entries;
    uint64_t *counts;       /* c_e over the pairs that take part; set.n_entries */
    uint64_t *other_counts; /* of --counts, which the draws were made against; NULL: counts */
    mc_dedup dedup;
    uint64_t seed;
    bool balanced;          /* there is a subset; what follows is of it */
    mc_selection selection; /* its threshold: t */
    mc_draw draw;           /* also without a subset */
    mc_kept_rows *kept;     /* by index of the set; NULL without a subset */
    uint64_t n_kept;
    uint64_t n_taken_down;  /* pairs that the rules keep and a takedown took out */
    const uint8_t *dropped; /* a bit for every text of the set, lowest first */
    mc_npy dropped_array;
} mc_audited;

/* MC_E_FORMAT, MC_E_MISMATCH as metacurate/audit.h has them. Dispose it in any case. */
MC_MUST_CHECK mc_status mc_audited_open(mc_audited *audited, const mc_audit_options *options,
                                        mc_error *error);
void mc_audited_dispose(mc_audited *audited);

/* Counts that draws are made against: c_e of the pool, or of another one. */
static inline const uint64_t *mc_audited_drawn(const mc_audited *audited) {
    return audited->other_counts ? audited->other_counts : audited->counts;
}

/* True for a text that takes no part: a duplicate, or of an excluded image. */
static inline bool mc_audited_dropped(const mc_audited *audited, uint64_t ordinal) {
    return audited->dropped[ordinal >> 3] >> (ordinal & 7) & 1;
}

/* Name of an entry's source, or NULL. */
const char *mc_audited_source(const mc_audited *audited, uint32_t id);
/* True when the entry can never match; false also where its string is not known. */
bool mc_audited_is_dead(const mc_audited *audited, uint32_t id);
/* The entry's string as JSON, null when it is not known. */
json_t *mc_audited_entry(const mc_audited *audited, uint32_t id);

/* Which texts of a block were kept. Ask for the texts in ascending order. */
typedef struct mc_kept_cursor {
    const mc_kept_rows *rows;
    size_t at, end;
    uint64_t first_record;
} mc_kept_cursor;

/* Without a subset nothing is kept. */
mc_kept_cursor mc_kept_of_block(const mc_audited *audited, size_t index,
                                const mc_block_info *block);

static inline bool mc_kept_next(mc_kept_cursor *c, const mc_block *block, uint32_t text) {
    uint64_t record = c->first_record + block->records[text];
    uint32_t number = block->numbers[text];
    const mc_kept_rows *rows = c->rows;
    for (; c->at < c->end; c->at++) {
        uint64_t row = rows->records[c->at];
        uint32_t row_number = rows->numbers ? rows->numbers[c->at] : 0;
        if (row > record || (row == record && row_number > number))
            return false;
        if (row == record && row_number == number) {
            c->at++;
            return true;
        }
    }
    return false;
}

#endif
