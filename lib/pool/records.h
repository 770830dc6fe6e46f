/* Where records end: at line feeds, in CSV at those outside quotes. Nothing here decodes.
 *
 * The one scanner below is used to cut chunks and to parse them, so that both always agree on where
 * a record ends.
 */
#ifndef MC_POOL_RECORDS_H
#define MC_POOL_RECORDS_H

#include <stdbool.h>
#include <string.h>

#include "metacurate/base.h"

/* A scan over data that may grow between calls (and move, but not change). Positions count from the
 * start of data. {.quotes = ...} starts at position 0. */
typedef struct mc_record_scan {
    bool quotes;  /* a quote at the start of a field hides line feeds up to the closing one */
    size_t start; /* of the record that holds at */
    size_t at;    /* how far the scan has come */
    bool quoted;  /* whether at is inside quotes */
    size_t clear; /* no quote in data[at .. clear); known outside quotes only */

    /* An earlier scan, from a record start before this one, came to known_at without finding the
     * end of its record, and was in state known_quoted there. Every line feed before known_at was
     * inside quotes for it; so once this scan meets one of them inside quotes, both are in the same
     * state, and it goes on at known_at. So hostile input cannot make every line cost a whole scan.
     */
    size_t known_at;
    bool known_quoted;
} mc_record_scan;

/* Goes on to the end of the record at scan->start: true with *end the position after its line feed
 * (start and at are then there too), false when size bytes at data do not hold it. final: nothing
 * follows these bytes. */
bool mc_record_next(mc_record_scan *scan, const char *data, size_t size, bool final, size_t *end);

/* Line feeds in data. */
size_t mc_count_lines(const char *data, size_t size);

/* The record in data[start .. end) without its line end: a line feed, and one carriage return
 * before a line feed. */
static inline mc_bytes mc_record_content(const char *data, size_t start, size_t end) {
    if (end > start && data[end - 1] == '\n') {
        end--;
        if (end > start && data[end - 1] == '\r')
            end--;
    }
    return (mc_bytes){data + start, end - start};
}

/* Takes the next of the records that data consists of, the last of which may lack its line end: its
 * content and where it begins. False when there is none. */
static inline bool mc_record_take(mc_record_scan *scan, const char *data, size_t size,
                                  mc_bytes *record, size_t *start) {
    size_t end;
    *start = scan->start;
    if (scan->start >= size)
        return false;
    if (!mc_record_next(scan, data, size, true, &end))
        scan->start = scan->at = end = size;
    *record = mc_record_content(data, *start, end);
    return true;
}

/* End of the line at start: the position after its line feed, or size. */
static inline size_t mc_line_end(const char *data, size_t start, size_t size) {
    const char *feed = memchr(data + start, '\n', size - start);
    return feed ? (size_t)(feed - data) + 1 : size;
}

#endif
