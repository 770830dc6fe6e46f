/* Emitters: the layouts in which a subset is written, each behind the same few functions. All calls
 * but render come from one thread at a time, in the order of the pool. */
#ifndef MC_BALANCE_EMIT_H
#define MC_BALANCE_EMIT_H

#include "balance/pass.h"
#include "metacurate/balance.h"

/* A kept pair. */
typedef struct mc_kept {
    uint64_t record; /* number within the shard */
    uint32_t number; /* of the text within the record */
    uint64_t text;   /* ordinal of the text within the shard, every text of the index counted */
    mc_u128 uid;
    mc_bytes url; /* empty when there is none */
    mc_bytes caption;
    mc_language language; /* 0: not known */
    double key;
} mc_kept;

#define MC_EMITTERS_MAX 5
#define MC_SUBSET_LEVEL 3 /* of compression: subset.jsonl.zst */

typedef struct mc_emitter mc_emitter;

/* Every function but free may be NULL. */
struct mc_emitter {
    /* A shard begins; index counts the shards from 0. */
    mc_status (*begin)(mc_emitter *emitter, size_t index, const char *name, mc_error *error);
    /* A block of the shard with all its match sets, before its kept pairs. Texts whose
     * bit in dropped is set do not take part. */
    mc_status (*block)(mc_emitter *emitter, const mc_pass_block *block, const mc_block *decoded,
                       const void *drops, mc_error *error);
    mc_status (*add)(mc_emitter *emitter, const mc_kept *kept, mc_error *error);
    /* Or, where a pair becomes bytes that can be made on any thread: render appends them to out,
     * for a pair of the shard called name, and append takes what was rendered, in order. */
    mc_status (*render)(const mc_kept *kept, const char *name, mc_buffer *out, mc_error *error);
    mc_status (*append)(mc_emitter *emitter, const mc_buffer *rendered, mc_error *error);
    /* The shard ends. several: a record of it holds more than one text. */
    mc_status (*end)(mc_emitter *emitter, bool several, mc_error *error);
    /* All shards are done: what is not under its name yet is put there. */
    mc_status (*finish)(mc_emitter *emitter, mc_error *error);
    /* Frees the emitter; what was not finished is removed. */
    void (*free)(mc_emitter *emitter);
};

MC_MUST_CHECK mc_status mc_emit_rows(mc_emitter **out, const char *folder, mc_error *error);
MC_MUST_CHECK mc_status mc_emit_jsonl(mc_emitter **out, const char *folder, size_t n_threads,
                                      mc_error *error);
MC_MUST_CHECK mc_status mc_emit_tsv(mc_emitter **out, const char *folder, mc_error *error);
MC_MUST_CHECK mc_status mc_emit_datacomp(mc_emitter **out, const char *folder, mc_error *error);
/* What a subset is called in the layout of MetaCLIP's files: 20000, inf, or, chosen by its size,
 * size100000. size 0: a threshold chose it. */
void mc_emit_name(uint64_t size, double threshold, char out[64]);
/* t is what the subset's folder is called after; counts are the entries' over the pool. */
MC_MUST_CHECK mc_status mc_emit_metaclip(mc_emitter **out, const char *folder, const char *t,
                                         const uint64_t *counts, uint32_t n_entries,
                                         mc_error *error);

#endif
