/* Building JSON documents. A member for which there is no memory is left out. */
#ifndef MC_MATCH_DOCUMENT_H
#define MC_MATCH_DOCUMENT_H

#include <jansson.h>

#include "base/buffer.h"
#include "match/index.h"

static inline void mc_doc_set(json_t *object, const char *key, json_t *value) {
    json_object_set_new(object, key, value);
}

/* Numbers of 2^63 and more, for which JSON readers have no room, become strings of digits. */
void mc_doc_number(json_t *object, const char *key, uint64_t value);
/* Infinite values become the string "inf". */
void mc_doc_real(json_t *object, const char *key, double value);
/* NULL becomes null. */
void mc_doc_string(json_t *object, const char *key, const char *value);
/* Bytes of any content; ill-formed UTF-8 is replaced. */
json_t *mc_doc_bytes(mc_bytes bytes);
json_t *mc_doc_totals(const mc_totals *totals);
/* A shard: name, path, content, how it was read, and the heads of its books. */
json_t *mc_doc_shard(const mc_index_info *info);

/* Appends the document as text, indented or compact, with a line end; frees it. */
MC_MUST_CHECK mc_status mc_doc_text(json_t *document, bool compact, mc_buffer *out,
                                    mc_error *error);

#endif
