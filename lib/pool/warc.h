/* WARC framing: where records begin and end, and their header fields. Nothing here looks into
 * blocks.
 *
 * A record is a version line, header fields up to an empty line, a block as long as Content-Length
 * says, and blank lines. Lines may end in LF alone, blank lines may be missing or be more. Where
 * that does not fit, nothing is believed: what follows is passed over up to the next line that
 * begins with "WARC/0." or "WARC/1.". Time is linear whatever the bytes.
 */
#ifndef MC_POOL_WARC_H
#define MC_POOL_WARC_H

#include <inttypes.h>
#include <stdbool.h>

#include "metacurate/base.h"

#define MC_WARC_HEADER_MAX (1u << 18) /* bytes a version line and header fields may have */

typedef enum mc_warc_kind {
    MC_WARC_RECORD, /* whole, at start; fields and block are set */
    MC_WARC_LONG,   /* a header at start whose record has length > max_record bytes */
    MC_WARC_BROKEN, /* no record at start; the next one may begin at end */
    MC_WARC_BLANK,  /* nothing but line ends */
    MC_WARC_MORE    /* a record may be at start; `want` bytes of it are needed to tell */
} mc_warc_kind;

typedef struct mc_warc_frame {
    mc_warc_kind kind;
    size_t start;        /* behind blank lines */
    size_t end;          /* BROKEN: the size of the data when it holds no further record */
    size_t want;         /* MORE */
    uint64_t length;     /* LONG: header and block */
    const char *problem; /* BROKEN */
    mc_bytes fields;     /* header fields, without version line and empty line */
    mc_bytes block;
} mc_warc_frame;

/* What the ledger says of a BROKEN frame: its problem and size. */
#define MC_WARC_BROKEN_DETAIL "%s; %" PRIu64 " bytes passed over"

/* Tells what data[at .. size) begins with; at is behind a frame. final: nothing follows the data.
 * The answer depends on the bytes up to the frame's end alone: the same frames come out of any run
 * of frames that is cut off the data, when that run is taken as final. */
void mc_warc_next(const char *data, size_t size, size_t at, bool final, uint64_t max_record,
                  mc_warc_frame *frame);

/* Where the first line from data[from] on begins that begins a record (its line feed before it is
 * looked at, too, so never 0); size when there is none. */
size_t mc_warc_find(const char *data, size_t size, size_t from);
#define MC_WARC_FIND_KEEP 7 /* bytes at the end of data that a later find must see again */

/* True when data begins as a record does. */
bool mc_warc_begins(const char *data, size_t size);

/* Takes the next of the fields: false when there is none. Lines that are no field and those that
 * continue one are passed over; values are trimmed. */
bool mc_warc_field(mc_bytes *fields, mc_bytes *name, mc_bytes *value);

/* True when name is the (lower-case) word, in any case; or begins with it. */
bool mc_warc_is(mc_bytes name, const char *word);
bool mc_warc_begins_with(mc_bytes value, const char *word);

#endif
