/* Reads a source to its end, holding it to its contract on the way, and notes what it said. */
#ifndef TEST_SOURCE_READING_H
#define TEST_SOURCE_READING_H

#include "random.h"
#include "scratch.h"

#include <zlib.h>
#include <zstd.h>

#include "base/buffer.h"
#include "io/source.h"

typedef struct loss {
    mc_status status;
    uint64_t at;       /* bytes delivered before it */
    uint64_t from, to; /* bytes of the file that it says are lost */
    char message[512];
} loss;

typedef struct outcome {
    mc_buffer data;
    loss losses[64];
    size_t n_losses;
    mc_status failure; /* the first loss; MC_OK: none */
    mc_error error;
    mc_u128 digest;
    uint64_t stored_size;
    mc_status digest_status;
} outcome;

static inline void append(mc_buffer *out, const void *data, size_t size) {
    assert_int_equal(mc_buffer_append(out, data, size, NULL), MC_OK);
}

static inline void append_number(mc_buffer *out, uint64_t number, unsigned n_bytes) {
    for (unsigned i = 0; i < n_bytes; i++) {
        unsigned char byte = (unsigned char)(number >> 8 * i);
        append(out, &byte, 1);
    }
}

static inline void note_loss(outcome *found, mc_status status, const mc_error *error) {
    assert_true(found->n_losses < sizeof found->losses / sizeof *found->losses);
    assert_int_equal(error->status, status);
    assert_int_equal(error->offset, found->data.size);
    loss *l = &found->losses[found->n_losses++];
    *l = (loss){.status = status, .at = found->data.size};
    strcpy(l->message, error->message);
    if (found->n_losses == 1) {
        found->failure = status;
        found->error = *error;
    }
    if (status != MC_E_FORMAT)
        return;
    unsigned long long from, to;
    const char *range = strstr(error->message, "; bytes "),
               *at = strstr(error->message, " at byte ");
    assert_true((range != NULL) != (at != NULL));
    if (range) {
        assert_int_equal(sscanf(range, "; bytes %llu to %llu of the file are lost", &from, &to), 2);
        assert_true(from < to);
    } else {
        assert_int_equal(sscanf(at, " at byte %llu of the file", &from), 1);
        to = from;
    }
    assert_true(from <= to);
    if (found->n_losses > 1)
        assert_true(from >= l[-1].to);
    l->from = from;
    l->to = to;
}

static inline outcome drain(mc_source *source, size_t piece) {
    outcome found = {0};
    bool expect_last = false;
    for (;;) {
        size_t got = 12345;
        mc_error error = {0};
        assert_int_equal(mc_buffer_reserve(&found.data, piece, NULL), MC_OK);
        mc_status status =
            mc_source_read(source, found.data.data + found.data.size, piece, &got, &error);
        if (status != MC_OK)
            assert_int_equal(got, 0);
        if (status == MC_END)
            break;
        if (status != MC_OK) {
            note_loss(&found, status, &error);
            expect_last = status != MC_E_FORMAT;
            continue;
        }
        assert_false(expect_last); /* a short read is followed by the end or a failure */
        assert_true(got > 0 && got <= piece);
        expect_last = got < piece;
        found.data.size += got;
    }
    size_t got;
    char byte;
    assert_int_equal(mc_source_read(source, &byte, 1, &got, NULL), MC_END);
    found.digest_status = mc_source_digest(source, &found.digest, &found.stored_size, NULL);
    if (found.digest_status == MC_OK)
        assert_int_equal(mc_source_taken(source), found.stored_size);
    return found;
}

static inline outcome read_path(const char *path, size_t piece) {
    mc_source *source;
    mc_error error = {0};
    assert_int_equal(mc_source_open(&source, path, &error), MC_OK);
    outcome found = drain(source, piece);
    mc_source_close(source);
    return found;
}

static inline outcome read_bytes(const void *data, size_t size, size_t piece) {
    outcome found = read_path(scratch_write("source", data, size), piece);
    mc_u128 digest = mc_hash128(data, size);
    assert_int_equal(found.digest_status, MC_OK);
    assert_true(mc_u128_equal(found.digest, digest));
    assert_int_equal(found.stored_size, size);
    return found;
}

static inline void assert_data(outcome *found, const void *data, size_t size) {
    assert_int_equal(found->data.size, size);
    if (size > 0)
        assert_memory_equal(found->data.data, data, size);
    mc_buffer_dispose(&found->data);
}

static inline void assert_content(outcome *found, const void *data, size_t size) {
    if (found->failure != MC_OK)
        print_error("%s\n", found->error.message);
    assert_int_equal(found->failure, MC_OK);
    assert_data(found, data, size);
}

/* This was delivered, with one loss that the message describes. */
static inline void assert_damage(outcome *found, const void *data, size_t size, const char *words) {
    assert_int_equal(found->failure, MC_E_FORMAT);
    if (!strstr(found->error.message, words))
        print_error("\"%s\" lacks \"%s\"\n", found->error.message, words);
    assert_non_null(strstr(found->error.message, words));
    assert_int_equal(found->n_losses, 1);
    assert_data(found, data, size);
}

/* Text of words, which compresses somewhat. The caller frees it. */
static inline char *make_text(size_t size) {
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(random_below(5) ? 'a' + (char)random_below(20) : ' ');
    for (size_t i = 100; i + 100 < size; i += 300)
        memcpy(text + i, text, 100);
    return text;
}

/* The deflate data of a gzip member. */
static inline void compress_with(mc_buffer *out, const void *data, size_t size, int level,
                                 int flush) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, size) + 100;
    assert_int_equal(mc_buffer_reserve(out, room, NULL), MC_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)out->data + out->size;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, flush), flush == Z_FINISH ? Z_STREAM_END : Z_OK);
    out->size += z.total_out;
    deflateEnd(&z);
}

static const char plain_header[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";

static inline void append_header(mc_buffer *out) {
    append(out, plain_header, 10);
}

static inline void append_trailer(mc_buffer *out, const void *data, size_t size) {
    append_number(out, crc32_z(0, data, size), 4);
    append_number(out, size, 4);
}

static inline void append_member_at(mc_buffer *out, const void *data, size_t size, int level) {
    append_header(out);
    compress_with(out, data, size, level, Z_FINISH);
    append_trailer(out, data, size);
}

static inline void append_member(mc_buffer *out, const void *data, size_t size) {
    append_member_at(out, data, size, 6);
}

static inline void append_frame(mc_buffer *out, const void *data, size_t size, int checksum) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
    size_t room = ZSTD_compressBound(size);
    assert_int_equal(mc_buffer_reserve(out, room, NULL), MC_OK);
    size_t made = ZSTD_compress2(context, out->data + out->size, room, data, size);
    assert_false(ZSTD_isError(made));
    out->size += made;
    ZSTD_freeCCtx(context);
}

static const size_t pieces[] = {1, 7, 4096, 65536, 300000, 1u << 20};
#define N_PIECES (sizeof pieces / sizeof *pieces)

/* This is read without a loss in pieces of every size from number first on. */
static inline void assert_reads(const mc_buffer *stored, const void *data, size_t size,
                                size_t first) {
    for (size_t i = first; i < N_PIECES; i++) {
        outcome found = read_bytes(stored->data, stored->size, pieces[i]);
        assert_content(&found, data, size);
    }
}

/* Four bytes that begin a file of the kind, and anything behind them: damage. */
static inline void check_random_bytes(const char *beginning, int n_rounds) {
    unsigned char data[300];
    for (int round = 0; round < n_rounds; round++) {
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (unsigned char)next_random();
        memcpy(data, beginning, 4);
        outcome found = read_bytes(data, sizeof data, 100);
        assert_int_equal(found.failure, MC_E_FORMAT);
        mc_buffer_dispose(&found.data);
    }
}

/* Where a file of several members is cut and flipped: each member's bytes, stored and decoded. */
typedef struct members {
    mc_buffer stored, text;
    size_t n, stored_end[400], text_end[400]; /* of the first n members */
} members;

static inline void note_member(members *m) {
    assert_true(m->n < sizeof m->stored_end / sizeof *m->stored_end);
    m->stored_end[m->n] = m->stored.size;
    m->text_end[m->n++] = m->text.size;
}

/* Members of random sizes. */
static inline members make_members(size_t n, size_t least, size_t mean,
                                   void (*add)(mc_buffer *out, const void *data, size_t size)) {
    members m = {0};
    for (size_t i = 0; i < n; i++) {
        size_t size = least + random_below((uint32_t)(2 * mean));
        char *text = make_text(size);
        add(&m.stored, text, size);
        append(&m.text, text, size);
        note_member(&m);
        free(text);
    }
    return m;
}

static inline void dispose_members(members *m) {
    mc_buffer_dispose(&m->stored);
    mc_buffer_dispose(&m->text);
    *m = (members){0};
}

/* The member that holds a byte of the file. */
static inline size_t member_of(const members *m, size_t at) {
    size_t i = 0;
    while (m->stored_end[i] <= at)
        i++;
    return i;
}

static inline size_t stored_start(const members *m, size_t i) {
    return i > 0 ? m->stored_end[i - 1] : 0;
}

static inline size_t text_start(const members *m, size_t i) {
    return i > 0 ? m->text_end[i - 1] : 0;
}

/* All members but number i, whose bytes are said to be lost, and no others. */
static inline void assert_one_lost(const members *m, size_t i, outcome *found) {
    size_t start = text_start(m, i), end = m->text_end[i];
    assert_int_equal(found->n_losses, 1);
    assert_int_equal(found->losses[0].status, MC_E_FORMAT);
    assert_int_equal(found->losses[0].at, start);
    assert_int_equal(found->losses[0].from, stored_start(m, i));
    assert_int_equal(found->losses[0].to, m->stored_end[i]);
    assert_int_equal(found->data.size, m->text.size - (end - start));
    if (start > 0)
        assert_memory_equal(found->data.data, m->text.data, start);
    if (end < m->text.size)
        assert_memory_equal(found->data.data + start, m->text.data + end, m->text.size - end);
    mc_buffer_dispose(&found->data);
}

/* The file's end is cut off: every whole member is there. Where the first is the only one, what
 * came before the cut may be, too. */
static inline void check_truncated(const members *m, size_t cut, size_t piece) {
    outcome found = read_bytes(m->stored.data, cut, piece);
    size_t i = member_of(m, cut), start = text_start(m, i);
    if (cut == stored_start(m, i) && cut > 0) {
        assert_content(&found, m->text.data, start);
        return;
    }
    assert_int_equal(found.n_losses, 1);
    assert_non_null(strstr(found.error.message, "truncated"));
    assert_true(found.losses[0].from >= stored_start(m, i) && found.losses[0].from <= cut);
    assert_int_equal(found.losses[0].to, cut);
    if (found.data.size < start || i > 0)
        assert_int_equal(found.data.size, start);
    assert_memory_equal(found.data.data, m->text.data, found.data.size);
    mc_buffer_dispose(&found.data);
}

/* One bit is flipped: the member it is in is lost, or nothing is (some bits mean nothing). */
static inline void check_flipped(members *m, size_t at, unsigned bit, size_t piece) {
    m->stored.data[at] ^= (char)(1u << bit);
    outcome found = read_bytes(m->stored.data, m->stored.size, piece);
    m->stored.data[at] ^= (char)(1u << bit);
    if (found.n_losses == 0)
        assert_content(&found, m->text.data, m->text.size);
    else
        assert_one_lost(m, member_of(m, at), &found);
}

#endif
