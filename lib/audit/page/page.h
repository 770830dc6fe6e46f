/* The report as a page: one HTML file that needs no network, readable without its script. */
#ifndef MC_AUDIT_PAGE_PAGE_H
#define MC_AUDIT_PAGE_PAGE_H

#include <jansson.h>

#include "base/buffer.h"
#include "metacurate/audit.h"

/* The rows of the table of all entries. Everything is borrowed. */
typedef struct mc_page_rows {
    uint32_t n;
    const uint64_t *before;
    const uint64_t *after; /* NULL: nothing was balanced */
    /* The entry's string; data is NULL where it is not known. */
    mc_bytes (*string)(const void *context, uint32_t id);
    bool (*is_dead)(const void *context, uint32_t id);
    const void *context;
    const mc_audit_sources *sources; /* or NULL */
} mc_page_rows;

/* The rows of all entries, packed: each part JSON, gzip, base64, with a point between them. Of more
 * than a million entries only those with the largest counts before are there. key names the
 * content. Both parts are to be packed, the pool's first, which needs no counts after. */
typedef struct mc_packed_rows {
    mc_buffer text;
    uint32_t *ids; /* of the rows; NULL: all entries */
    uint32_t n;
    char key[33];
} mc_packed_rows; /* {0} is empty; dispose it in any case */
MC_MUST_CHECK mc_status mc_page_pack_pool(mc_packed_rows *packed, const mc_page_rows *rows,
                                          mc_error *error);
MC_MUST_CHECK mc_status mc_page_pack_subset(mc_packed_rows *packed, const mc_page_rows *rows,
                                            mc_error *error);
void mc_packed_rows_dispose(mc_packed_rows *packed);

/* Writes FOLDER/report.html from report.json's document. Where the table would make it too large,
 * it goes to FOLDER/report-entries.js, which the page loads when it is asked for. */
MC_MUST_CHECK mc_status mc_page_write(const json_t *report, const mc_page_rows *rows,
                                      const mc_packed_rows *packed, const char *folder,
                                      mc_error *error);

/* Writes FOLDER/comparison.html from comparison.json's document. */
MC_MUST_CHECK mc_status mc_page_write_comparison(const json_t *comparison, const char *folder,
                                                 mc_error *error);

#endif
