/* Runs are written and read through buffers, each entry whole within one. */
#include "metadata/ngram_run.h"

#include <stdlib.h>
#include <string.h>

#include "io/sink.h"

/* No entry has more bytes: a word with three numbers. */
enum { ENTRY_MAX = MC_WORD_MAX + 3 * 10 };

static const char *const NAME = "a temporary file of n-grams";

mc_status mc_run_writer_init(mc_run_writer *writer, int fd, uint64_t end, mc_error *error) {
    *writer = (mc_run_writer){.run = {.fd = fd, .words_at = end, .pairs_at = end, .end = end}};
    return mc_buffer_reserve(&writer->buffer, MC_RUN_BUFFER_MAX, error);
}

void mc_run_writer_dispose(mc_run_writer *writer) {
    mc_buffer_dispose(&writer->buffer);
}

static mc_status flush(mc_run_writer *writer, mc_error *error) {
    MC_TRY(mc_write_all(writer->run.fd, writer->buffer.data, writer->buffer.size, NAME, error));
    writer->buffer.size = 0;
    return MC_OK;
}

static mc_status reserve_entry(mc_run_writer *writer, mc_error *error) {
    return writer->buffer.size + ENTRY_MAX <= MC_RUN_BUFFER_MAX ? MC_OK : flush(writer, error);
}

/* Room for the entry is there. */
static void put_number(mc_run_writer *writer, uint64_t value) {
    char *out = writer->buffer.data + writer->buffer.size, *begin = out;
    for (; value >= 0x80; value >>= 7)
        *out++ = (char)(value | 0x80);
    *out++ = (char)value;
    writer->buffer.size += (size_t)(out - begin);
    writer->run.end += (uint64_t)(out - begin);
}

mc_status mc_run_put_word(mc_run_writer *writer, mc_bytes word, uint64_t count, mc_error *error) {
    size_t shared = 0, most = word.size < writer->word_size ? word.size : writer->word_size;
    while (shared < most && word.data[shared] == writer->word[shared])
        shared++;
    size_t rest = word.size - shared;
    MC_TRY(reserve_entry(writer, error));
    put_number(writer, shared);
    put_number(writer, rest);
    memcpy(writer->buffer.data + writer->buffer.size, word.data + shared, rest);
    memcpy(writer->word + shared, word.data + shared, rest);
    writer->buffer.size += rest;
    writer->run.end += rest;
    put_number(writer, count);
    writer->word_size = word.size;
    writer->run.n_words++;
    writer->run.words_size += word.size;
    return MC_OK;
}

void mc_run_begin_pairs(mc_run_writer *writer) {
    writer->run.pairs_at = writer->run.end;
}

mc_status mc_run_put_pair(mc_run_writer *writer, uint32_t first, uint32_t second, uint64_t count,
                          mc_error *error) {
    MC_TRY(reserve_entry(writer, error));
    if (first == writer->first) {
        put_number(writer, 2 * (second - writer->second));
    } else {
        put_number(writer, 2 * (first - writer->first) + 1);
        put_number(writer, second);
    }
    put_number(writer, count);
    writer->first = first;
    writer->second = (uint64_t)second + 1;
    writer->run.n_pairs++;
    return MC_OK;
}

mc_status mc_run_finish(mc_run_writer *writer, mc_run *run, mc_error *error) {
    MC_TRY(flush(writer, error));
    *run = writer->run;
    return MC_OK;
}

static mc_status begin(mc_run_reader *reader, const mc_run *run, uint64_t at, uint64_t end,
                       uint64_t n, size_t buffer_size, mc_error *error) {
    *reader = (mc_run_reader){.run = run, .at = at, .end = end, .left = n, .second = UINT64_MAX};
    reader->capacity = buffer_size < MC_RUN_BUFFER_MIN   ? MC_RUN_BUFFER_MIN
                       : buffer_size > MC_RUN_BUFFER_MAX ? MC_RUN_BUFFER_MAX
                                                         : buffer_size;
    return MC_ALLOC(reader->buffer, reader->capacity, error);
}

mc_status mc_run_read_words(mc_run_reader *reader, const mc_run *run, size_t buffer_size,
                            mc_error *error) {
    return begin(reader, run, run->words_at, run->pairs_at, run->n_words, buffer_size, error);
}

mc_status mc_run_read_pairs(mc_run_reader *reader, const mc_run *run, size_t buffer_size,
                            mc_error *error) {
    return begin(reader, run, run->pairs_at, run->end, run->n_pairs, buffer_size, error);
}

void mc_run_reader_dispose(mc_run_reader *reader) {
    free(reader->buffer);
    reader->buffer = NULL;
}

static mc_status damaged(mc_error *error) {
    return mc_fail(error, MC_E_FORMAT, "%s is damaged", NAME);
}

/* Has the next entry, if there is one, whole in the buffer. */
static mc_status fill(mc_run_reader *reader, mc_error *error) {
    size_t kept = reader->size - reader->pos;
    if (kept >= ENTRY_MAX || reader->at == reader->end)
        return MC_OK;
    memmove(reader->buffer, reader->buffer + reader->pos, kept);
    uint64_t left = reader->end - reader->at;
    size_t room = reader->capacity - kept, n = left < room ? (size_t)left : room;
    MC_TRY(mc_read_at(reader->run->fd, reader->buffer + kept, n, reader->at, NAME, error));
    reader->at += n;
    reader->pos = 0;
    reader->size = kept + n;
    return MC_OK;
}

static bool get_number(mc_run_reader *reader, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; reader->pos < reader->size && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)reader->buffer[reader->pos++];
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

mc_status mc_run_next_word(mc_run_reader *reader, mc_error *error) {
    uint64_t shared, rest;
    if (reader->left == 0)
        return MC_END;
    MC_TRY(fill(reader, error));
    if (!get_number(reader, &shared) || !get_number(reader, &rest) || shared > reader->word_size ||
        rest > MC_WORD_MAX - shared || rest > reader->size - reader->pos)
        return damaged(error);
    memcpy(reader->word + shared, reader->buffer + reader->pos, rest);
    reader->pos += rest;
    reader->word_size = shared + rest;
    reader->left--;
    return get_number(reader, &reader->count) ? MC_OK : damaged(error);
}

mc_status mc_run_next_pair(mc_run_reader *reader, mc_error *error) {
    uint64_t step, second;
    if (reader->left == 0)
        return MC_END;
    MC_TRY(fill(reader, error));
    if (!get_number(reader, &step))
        return damaged(error);
    if (step & 1) {
        if (!get_number(reader, &second))
            return damaged(error);
        reader->first += step / 2;
    } else {
        second = reader->second + 1 + step / 2;
    }
    if (!get_number(reader, &reader->count) || reader->first >= reader->run->n_words ||
        second >= reader->run->n_words)
        return damaged(error);
    reader->second = second;
    reader->left--;
    return MC_OK;
}
