/* Tar archives as far as webdatasets go: headers, names, and the samples that a shard is cut into.
 *
 * Members whose names agree up to the first dot of the base name are a sample. Of a sample only its
 * json and its txt member are kept; a chunk of format tar is a run of samples so reduced, and of
 * notes on what could not be read, each with the offset in the shard where it began.
 */
#ifndef MC_POOL_TAR_H
#define MC_POOL_TAR_H

#include <stdbool.h>

#include "base/buffer.h"

#define MC_TAR_BLOCK 512
#define MC_TAR_NAME_MAX (155 + 1 + 100 + 1) /* prefix, slash, name, NUL: of a header alone */

typedef struct mc_tar_header {
    char type;
    uint64_t size; /* of the content, as the header has it; at most INT64_MAX / 2 */
    char name[MC_TAR_NAME_MAX];
} mc_tar_header;

/* Reads a header. NULL, or what is wrong with it. */
const char *mc_tar_read_header(const char block[MC_TAR_BLOCK], mc_tar_header *header);
bool mc_tar_is_blank(const char block[MC_TAR_BLOCK]);
/* Position of the first header of a kind that says so (ustar, GNU) in data[0 .. size), or size. */
size_t mc_tar_find_header(const char *data, size_t size);
/* True when data begins with such a header. */
bool mc_tar_begins(const char *data, size_t size);

/* The value of the last record named key of a pax header, of any bytes; data is NULL without one.
 */
mc_bytes mc_tar_pax_value(mc_bytes records, const char *key);
/* A decimal number up to INT64_MAX / 2. */
bool mc_tar_pax_number(mc_bytes value, uint64_t *out);

/* Splits a member's path into the sample's key and the extension. False for members that belong to
 * no sample: names without a dot or that begin with one, and webdataset's own, "__x__". */
bool mc_tar_split(mc_bytes path, mc_bytes *key, mc_bytes *extension);
/* Whether an extension is this one, which is lower-case, in any case. */
bool mc_tar_extension_is(mc_bytes extension, const char *name);

/* What a sample's note says of it; several at once. */
enum { MC_TAR_JSON = 1, MC_TAR_TXT = 2, MC_TAR_TOO_LONG = 4, MC_TAR_BROKEN = 8 };

typedef struct mc_tar_sample {
    unsigned flags;
    uint64_t offset;
    mc_bytes key; /* of MC_TAR_BROKEN: what is wrong */
    mc_bytes json, txt;
} mc_tar_sample;

MC_MUST_CHECK mc_status mc_tar_put(mc_buffer *out, const mc_tar_sample *sample, mc_error *error);
/* Takes the next sample, borrowed, from bytes that mc_tar_put wrote, at *at. False at the end. */
bool mc_tar_take(mc_bytes samples, size_t *at, mc_tar_sample *sample);

/* How far the cutting of a shard has come. */
typedef struct mc_tar mc_tar;
void mc_tar_free(mc_tar *tar); /* NULL is fine */

#endif
