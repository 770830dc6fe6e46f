/* A corpus: files of articles, read piece by piece and turned into plain text on any thread.
 *
 * Files are lanes of a pipeline (base/pipeline.h): reading a file is one thread at a time and cheap
 * (it cuts the file into chunks that can be decoded alone: whole bz2 streams, whole pages, whole
 * lines); mc_corpus_text does the work. Every paragraph, heading and list item of an article is a
 * line, so that n-grams, which do not cross lines, cross neither those nor articles. The texts of a
 * file, in the order of its chunks, are a function of its content alone. */
#ifndef MC_METADATA_CORPUS_H
#define MC_METADATA_CORPUS_H

#include "base/buffer.h"
#include "base/hash.h"
#include "metacurate/base.h"

typedef enum mc_corpus_kind {
    MC_CORPUS_AUTO = 0,  /* told by content, file by file */
    MC_CORPUS_WIKIPEDIA, /* pages-articles XML: main namespace, no redirects, wikitext stripped */
    MC_CORPUS_TEXT       /* plain text, a line an article (or a part of one) */
} mc_corpus_kind;

typedef struct mc_corpus_totals {
    uint64_t pages;     /* seen */
    uint64_t articles;  /* turned into text */
    uint64_t passed;    /* redirects and pages of other namespaces */
    uint64_t damaged;   /* pages or stretches of a file that were lost; each is in the ledger */
    uint64_t bytes_in;  /* decompressed */
    uint64_t bytes_out; /* of plain text */
} mc_corpus_totals;

typedef struct mc_corpus mc_corpus;
typedef struct mc_corpus_scratch mc_corpus_scratch; /* one thread's */
typedef struct mc_corpus_chunk mc_corpus_chunk;     /* reused from one to the next */

/* paths: files (compressed or not, "-" once); borrowed. MC_E_IO when one is not there. */
MC_MUST_CHECK mc_status mc_corpus_create(mc_corpus **out, const char *const *paths, size_t n,
                                         mc_corpus_kind kind, mc_error *error);
void mc_corpus_free(mc_corpus *corpus);
size_t mc_corpus_count(const mc_corpus *corpus);
uint64_t mc_corpus_size(const mc_corpus *corpus);               /* bytes as stored; 0: unknown */
uint64_t mc_corpus_taken(const mc_corpus *corpus, size_t file); /* bytes read so far, as stored */

MC_MUST_CHECK mc_status mc_corpus_open(mc_corpus *corpus, size_t file, mc_error *error);
/* After MC_END: XXH3_128bits of the file as stored. */
MC_MUST_CHECK mc_status mc_corpus_digest(mc_corpus *corpus, size_t file, mc_u128 *digest,
                                         uint64_t *size, mc_error *error);
void mc_corpus_close(mc_corpus *corpus, size_t file);

MC_MUST_CHECK mc_status mc_corpus_chunk_create(mc_corpus_chunk **out, mc_error *error);
void mc_corpus_chunk_free(mc_corpus_chunk *chunk);
/* The next chunk of a file: MC_OK, MC_END, or a failure. Damage is no failure: it is entered in the
 * chunk, and mc_corpus_text counts and reports it. */
MC_MUST_CHECK mc_status mc_corpus_read(mc_corpus *corpus, size_t file, mc_corpus_chunk *chunk,
                                       mc_error *error);

MC_MUST_CHECK mc_status mc_corpus_scratch_create(mc_corpus_scratch **out, mc_error *error);
void mc_corpus_scratch_free(mc_corpus_scratch *scratch);
/* The plain text of a chunk, appended to text; adds to *totals; lines of the ledger (JSONL: file,
 * record, offset, reason, detail, as rejects.jsonl has them) are appended to ledger, 100 a chunk at
 * most. record is null; offset is where the page or stretch begins in the content, in UTF-8, or,
 * of dumps in bzip2, where its block begins in the file. Well-formed UTF-8. MC_E_MEMORY is the only
 * failure. */
MC_MUST_CHECK mc_status mc_corpus_text(const mc_corpus *corpus, mc_corpus_scratch *scratch,
                                       const mc_corpus_chunk *chunk, mc_buffer *text,
                                       mc_corpus_totals *totals, mc_buffer *ledger,
                                       mc_error *error);

#endif
