/* What the corpus is made of: its files as they are read, and the chunks cut from them. */
#ifndef MC_METADATA_CORPUS_PARTS_H
#define MC_METADATA_CORPUS_PARTS_H

#include <stdbool.h>

#include "io/source.h"
#include "metadata/bzip2_blocks.h"
#include "metadata/corpus.h"
#include "metadata/wiki_names.h"

/* MediaWiki holds pages to 2 MiB, which XML's escapes (&quot;) make 12 MiB at most. */
#define MC_CORPUS_PAGE_MAX ((size_t)16 << 20)

typedef struct mc_corpus_file {
    const char *path;
    mc_corpus_kind kind;     /* as asked for */
    mc_corpus_kind found;    /* told, once it is open */
    mc_source *source;       /* one of these two is open, or none */
    mc_bzip2_reader *reader; /* of a dump */
    mc_bzip2_block **blocks; /* read, but not handed out as a chunk's own */
    size_t n_blocks, blocks_capacity;
    bool ended; /* nothing more to read */
    mc_wiki_names names;
    mc_buffer pending; /* content that was not handed out */
    uint64_t offset;   /* of pending in the content */
    bool skipping;     /* a page that is too large */
    int utf16;         /* 0: no; 1: little-endian; 2: big-endian */
    mc_buffer units;   /* UTF-16 that was not yet converted */
    mc_status held;    /* what came of the first read, if it was not MC_OK */
    mc_error why;
    atomic_uint_least64_t taken;
    uint64_t size;
} mc_corpus_file;

struct mc_corpus {
    mc_corpus_file *files;
    size_t n;
    bool size_known;
    uint64_t size;
};

typedef struct mc_corpus_loss {
    uint64_t offset;
    const char *reason; /* static */
    char detail[512];
} mc_corpus_loss;

/* Content (pages or lines), or blocks of bzip2. */
struct mc_corpus_chunk {
    size_t file;
    mc_buffer bytes;
    uint64_t offset; /* of bytes in the content */
    mc_bzip2_block **blocks;
    size_t n_own, n_blocks, blocks_capacity; /* own ones come first, then those that follow them */
    bool damaged;
    mc_corpus_loss loss;
};

/* What precedes text in a file tells its kind. */
mc_corpus_kind mc_corpus_tell(mc_bytes beginning);

/* Opens the source of a file that is read as one stream. */
MC_MUST_CHECK mc_status mc_corpus_open_stream(mc_corpus_file *file, mc_error *error);
MC_MUST_CHECK mc_status mc_corpus_read_stream(mc_corpus_file *file, mc_corpus_chunk *chunk,
                                              mc_error *error);

/* Opens a dump in bzip2 block by block; MC_END when the file is none. */
MC_MUST_CHECK mc_status mc_corpus_open_blocks(mc_corpus_file *file, mc_error *error);
MC_MUST_CHECK mc_status mc_corpus_read_blocks(mc_corpus_file *file, mc_corpus_chunk *chunk,
                                              mc_error *error);

/* The first occurrence of what in [p, end), or NULL. */
const char *mc_corpus_find(const char *p, const char *end, const char *what);
/* The first beginning of a page in [p, end), or NULL. */
const char *mc_corpus_find_page(const char *p, const char *end);

#endif
