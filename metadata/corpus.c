/* Files of a corpus, opened and closed; how they are read is with their formats. */
#include "metadata/corpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/remote.h"
#include "metadata/corpus_parts.h"

static mc_status find_size(mc_corpus *corpus, mc_corpus_file *file, mc_error *error) {
    struct stat info;
    if (strcmp(file->path, "-") == 0 || mc_remote_is(file->path)) {
        corpus->size_known = false;
        return MC_OK;
    }
    mc_status status = MC_OK;
    if (stat(file->path, &info) != 0)
        status = mc_fail(error, MC_E_IO, "cannot be opened: %s", strerror(errno));
    else if (S_ISDIR(info.st_mode))
        status = mc_fail(error, MC_E_IO, "is a folder, not a file");
    else if (!S_ISREG(info.st_mode))
        corpus->size_known = false;
    else
        file->size = (uint64_t)info.st_size;
    if (status != MC_OK)
        mc_error_place(error, file->path, MC_NONE, MC_NONE);
    corpus->size += file->size;
    return status;
}

mc_status mc_corpus_create(mc_corpus **out, const char *const *paths, size_t n, mc_corpus_kind kind,
                           mc_error *error) {
    *out = NULL;
    mc_corpus *corpus;
    MC_TRY(MC_ALLOC(corpus, 1, error));
    mc_status status = MC_ALLOC(corpus->files, n, error);
    corpus->size_known = true;
    bool standard = false;
    for (size_t i = 0; i < n && status == MC_OK; i++) {
        mc_corpus_file *file = &corpus->files[corpus->n++];
        file->path = paths[i];
        file->kind = kind;
        if (standard && strcmp(paths[i], "-") == 0)
            status = mc_fail(error, MC_E_ARGUMENT, "standard input can be read once only");
        else
            status = find_size(corpus, file, error);
        standard = standard || strcmp(paths[i], "-") == 0;
    }
    if (status != MC_OK) {
        mc_corpus_free(corpus);
        return status;
    }
    *out = corpus;
    return MC_OK;
}

void mc_corpus_free(mc_corpus *corpus) {
    if (!corpus)
        return;
    for (size_t i = 0; i < corpus->n; i++) {
        mc_corpus_close(corpus, i);
        mc_wiki_names_dispose(&corpus->files[i].names);
    }
    free(corpus->files);
    free(corpus);
}

size_t mc_corpus_count(const mc_corpus *corpus) {
    return corpus->n;
}

uint64_t mc_corpus_size(const mc_corpus *corpus) {
    return corpus->size_known ? corpus->size : 0;
}

uint64_t mc_corpus_taken(const mc_corpus *corpus, size_t file) {
    return atomic_load(&corpus->files[file].taken);
}

static void note_taken(mc_corpus_file *file) {
    if (file->reader)
        atomic_store(&file->taken, mc_bzip2_taken(file->reader));
    else if (file->source)
        atomic_store(&file->taken, mc_source_taken(file->source));
}

mc_status mc_corpus_open(mc_corpus *corpus, size_t index, mc_error *error) {
    mc_corpus_file *file = &corpus->files[index];
    struct stat info;
    mc_corpus_close(corpus, index);
    mc_wiki_names_dispose(&file->names);
    file->found = file->kind;
    mc_status status = MC_END;
    if (file->kind != MC_CORPUS_TEXT && strcmp(file->path, "-") != 0 && !mc_remote_is(file->path) &&
        stat(file->path, &info) == 0 && S_ISREG(info.st_mode))
        status = mc_corpus_open_blocks(file, error);
    if (status == MC_END) {
        mc_corpus_close(corpus, index);
        file->found = file->kind;
        status = mc_corpus_open_stream(file, error);
    }
    note_taken(file);
    if (status != MC_OK) {
        mc_error_place(error, file->path, MC_NONE, MC_NONE);
        mc_corpus_close(corpus, index);
    }
    return status;
}

/* Frees all that is open; what is known of the file stays. */
void mc_corpus_close(mc_corpus *corpus, size_t index) {
    mc_corpus_file *file = &corpus->files[index];
    mc_source_close(file->source);
    mc_bzip2_close(file->reader);
    for (size_t i = 0; i < file->n_blocks; i++)
        mc_bzip2_release(file->blocks[i]);
    free(file->blocks);
    mc_buffer_dispose(&file->pending);
    mc_buffer_dispose(&file->units);
    file->source = NULL;
    file->reader = NULL;
    file->blocks = NULL;
    file->n_blocks = file->blocks_capacity = 0;
    file->ended = file->skipping = false;
    file->offset = 0;
    file->utf16 = 0;
    file->held = MC_OK;
}

mc_status mc_corpus_digest(mc_corpus *corpus, size_t index, mc_u128 *digest, uint64_t *size,
                           mc_error *error) {
    mc_corpus_file *file = &corpus->files[index];
    if (file->reader) {
        mc_bzip2_digest(file->reader, digest, size);
        return MC_OK;
    }
    if (file->source)
        return mc_source_digest(file->source, digest, size, error);
    return mc_fail(error, MC_E_ARGUMENT, "a file of the corpus is not open");
}

mc_status mc_corpus_chunk_create(mc_corpus_chunk **out, mc_error *error) {
    return MC_ALLOC(*out, 1, error);
}

static void clear(mc_corpus_chunk *chunk) {
    for (size_t i = 0; i < chunk->n_blocks; i++)
        mc_bzip2_release(chunk->blocks[i]);
    chunk->n_blocks = chunk->n_own = 0;
    chunk->bytes.size = 0;
    chunk->damaged = false;
}

void mc_corpus_chunk_free(mc_corpus_chunk *chunk) {
    if (!chunk)
        return;
    clear(chunk);
    free(chunk->blocks);
    mc_buffer_dispose(&chunk->bytes);
    free(chunk);
}

mc_status mc_corpus_read(mc_corpus *corpus, size_t index, mc_corpus_chunk *chunk, mc_error *error) {
    mc_corpus_file *file = &corpus->files[index];
    clear(chunk);
    chunk->file = index;
    if (!file->reader && !file->source)
        return mc_fail(error, MC_E_ARGUMENT, "a file of the corpus is not open");
    mc_status status = file->reader ? mc_corpus_read_blocks(file, chunk, error)
                                    : mc_corpus_read_stream(file, chunk, error);
    note_taken(file);
    if (status != MC_OK && status != MC_END)
        mc_error_place(error, file->path, MC_NONE, MC_NONE);
    return status;
}
