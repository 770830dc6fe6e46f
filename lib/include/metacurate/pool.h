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
    MC_FORMAT_CSV,      /* RFC 4180 */
    MC_FORMAT_WARC,     /* WARC 1.0 and 1.1, WAT files included: a record is an image link */
    MC_FORMAT_TAR       /* webdataset: files that share a key are a record */
} mc_format;

/* How the language of a text is found out. */
typedef enum mc_lid {
    MC_LID_NONE = 0, /* not at all: only what --lang-field says */
    MC_LID_CLD2,
    MC_LID_FASTTEXT /* by the model in lid_model */
} mc_lid;

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
    const char *columns;     /* TSV and CSV without a header: the names, comma-separated; or NULL */
    const char *reader;      /* command with {} that prints JSONL (or what format says); or NULL */
    uint64_t max_record;     /* bytes a record may have without its line feed, 0 for the default */
    const char *lang_field;  /* NULL: language, lang, LANGUAGE */
    bool lazy_images;        /* HTML: take data-src, data-original and srcset, too */
    mc_lid lid;              /* for texts whose record does not say it */
    const char *lid_model;   /* file of a fastText model, or NULL */
    const char *languages;   /* comma-separated codes: texts in others are excluded; or NULL */
    const char *block_hosts; /* file: texts of images from these hosts are excluded; or NULL */
    const char *block_texts; /* file: texts that hold one of its phrases are excluded; or NULL */
    const char *base;        /* what relative paths in lists (@FILE) are relative to; or NULL */
    const atomic_int *cancel; /* not 0: waiting for servers ends with MC_E_INTERRUPTED; or NULL */
} mc_pool_options;

/* Why a text takes no part. */
typedef enum mc_exclusion {
    MC_EXCLUDED_UID,      /* by --only or --exclude (balance) */
    MC_EXCLUDED_HOST,     /* its image's host is blocked */
    MC_EXCLUDED_TEXT,     /* it holds a blocked phrase */
    MC_EXCLUDED_LANGUAGE, /* it is in another language than wanted */
    MC_EXCLUDED_TAKEDOWN, /* its image was taken down (balance) */
    MC_N_EXCLUSIONS
} mc_exclusion;

/* "uid", "host", "text", "language", "takedown" */
const char *mc_exclusion_name(mc_exclusion reason);

/* What a crawl's files held beside records: documents = pages + passed_over + unsupported;
 * links = records + no_text + no_http. */
typedef struct mc_crawl_totals {
    uint64_t documents;   /* WARC records */
    uint64_t pages;       /* HTML responses, or WAT records of such */
    uint64_t passed_over; /* requests, metadata, responses that are no HTML, ... */
    uint64_t unsupported; /* pages in a content coding or character set that is not known */
    uint64_t links;       /* images seen in pages */
    uint64_t no_text;     /* of these, without a text */
    uint64_t no_http;     /* of these, with a URL that is no http or https, or none */
} mc_crawl_totals;

void mc_crawl_totals_add(mc_crawl_totals *sum, const mc_crawl_totals *more);

#define MC_MAX_RECORD_DEFAULT (64u << 20)
#define MC_MAX_RECORD_LIMIT (1u << 30) /* what max_record may be at most */

typedef struct mc_pool mc_pool; /* immutable once made */

/* Expands inputs into shards, in the order given: files; http:// and https:// URLs; folders (every
 * regular file below, in byte order of the path; names that begin with a dot and links to folders
 * are passed over); globs, where no file has that very name (in byte order, too); "-" for standard
 * input (once); "@LIST", LIST being the path or URL of a file with a path or URL a line (blank
 * lines and those that begin with # are passed over; may be compressed). MC_E_IO when one does not
 * exist or a glob fits nothing; a folder without files gives no shard. MC_E_ARGUMENT for options
 * that make no sense. */
MC_MUST_CHECK mc_status mc_pool_create(mc_pool **out, const char *const *inputs, size_t n_inputs,
                                       const mc_pool_options *options, mc_error *error);
void mc_pool_free(mc_pool *pool);

size_t mc_pool_count(const mc_pool *pool);
/* Path as found; borrowed. */
const char *mc_pool_path(const mc_pool *pool, size_t shard);
/* The shard's name in outputs: base name ("stdin" for "-"; without query and fragment of a URL; its
 * first 200 bytes), "-", eight hex digits of the path's hash (the low half of XXH3_64bits); "-2",
 * "-3" ... where one occurs again. Characters outside [A-Za-z0-9._-] become "_". */
const char *mc_pool_name(const mc_pool *pool, size_t shard);
/* Bytes of all shards as stored; 0 when one is not a file. */
uint64_t mc_pool_size(const mc_pool *pool);
const mc_pool_options *mc_pool_get_options(const mc_pool *pool);

/* What a shard is taken for. */
typedef struct mc_pool_look {
    mc_format format;
    const char *doubt; /* why that is a mistake, most likely; NULL: nothing says so */
    char text[80];     /* the beginning of its first text; "" when none is in its first part */
    char reject[120];  /* then: what is wrong with its first record, or "" */
} mc_pool_look;

/* Opens a shard and says what it is taken for; with inside, its first part is read as well. Not for
 * what can be read only once. Failures are those of reading it. */
MC_MUST_CHECK mc_status mc_pool_look_at(mc_pool_look *out, const mc_pool *pool, size_t shard,
                                        bool inside, mc_error *error);

#ifdef __cplusplus
}
#endif
#endif
