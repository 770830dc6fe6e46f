/* Pools: which files are the shards, and how their records are read. */
#ifndef METACURATE_POOL_H
#define METACURATE_POOL_H

#include <stdbool.h>

#include "metacurate/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mc_format {
    MC_FORMAT_AUTO = 0, /* told by content, shard by shard */
    MC_FORMAT_TEXT,     /* a line is a record with one text */
    MC_FORMAT_JSONL,    /* a line is a JSON object */
    MC_FORMAT_TSV,      /* fields end at tabs, records at line ends; nothing is quoted */
    MC_FORMAT_CSV       /* RFC 4180 */
} mc_format;

const char *mc_format_name(mc_format format);
MC_MUST_CHECK mc_status mc_format_parse(const char *name, mc_format *out, mc_error *error);

/* How records are read. Strings are borrowed until mc_pool_free of the pool made with them.
 * Field names that are NULL stand for the usual ones: text: text, caption, TEXT, alt; texts:
 * texts (not looked for when text_field alone is given); url: URL, url, image_url; id: uid of 32
 * hex digits or uuid of 24. Tables have no lists of texts. */
typedef struct mc_pool_options {
    mc_format format;
    const char *text_field;
    const char *texts_field;
    const char *url_field;
    const char *id_field;
    const char *columns; /* TSV and CSV without a header: the names, comma-separated; or NULL */
    const char *reader;  /* command with {} that prints JSONL (or what format says); or NULL */
    uint64_t max_record; /* bytes a record may have without its line feed, 0 for the default */
} mc_pool_options;

#define MC_MAX_RECORD_DEFAULT (64u << 20)
#define MC_MAX_RECORD_LIMIT (1u << 30) /* what max_record may be at most */

typedef struct mc_pool mc_pool; /* immutable once made */

/* Expands inputs into shards, in the order given: files; folders (every regular file below, in byte
 * order of the path; names that begin with a dot and links to folders are passed over); globs,
 * where no file has that very name (in byte order, too); "-" for standard input (once). MC_E_IO
 * when one does not exist or a glob fits nothing; a folder without files gives no shard.
 * MC_E_ARGUMENT for options that make no sense. */
MC_MUST_CHECK mc_status mc_pool_create(mc_pool **out, const char *const *inputs, size_t n_inputs,
                                       const mc_pool_options *options, mc_error *error);
void mc_pool_free(mc_pool *pool);

size_t mc_pool_count(const mc_pool *pool);
/* Path as found; borrowed. */
const char *mc_pool_path(const mc_pool *pool, size_t shard);
/* The shard's name in outputs: base name ("stdin" for "-"; its first 200 bytes), "-", eight hex
 * digits of the path's hash (the low half of XXH3_64bits); "-2", "-3" ... where one occurs again.
 * Characters outside [A-Za-z0-9._-] become "_". */
const char *mc_pool_name(const mc_pool *pool, size_t shard);
/* Bytes of all shards as stored; 0 when one is not a file. */
uint64_t mc_pool_size(const mc_pool *pool);
const mc_pool_options *mc_pool_get_options(const mc_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
