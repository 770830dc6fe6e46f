/* Byte sources: what is read, in which pieces, and what is said of damage. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <zstd.h>

#include "base/buffer.h"
#include "io/source.h"
#include "metacurate/io.h"

/* What reading a source to its end gave. */
typedef struct outcome {
    mc_buffer data;
    mc_status failure; /* MC_OK: none */
    mc_error error;
    mc_u128 digest;
    uint64_t stored_size;
    mc_status digest_status;
} outcome;

static void append(mc_buffer *out, const void *data, size_t size) {
    assert_int_equal(mc_buffer_append(out, data, size, NULL), MC_OK);
}

/* Reads to the end in pieces and holds the source to its contract on the way. */
static outcome drain(mc_source *source, size_t piece) {
    outcome found = {0};
    bool expect_last = false;
    for (;;) {
        size_t got = 12345;
        assert_int_equal(mc_buffer_reserve(&found.data, piece, NULL), MC_OK);
        mc_status status =
            mc_source_read(source, found.data.data + found.data.size, piece, &got, &found.error);
        if (status != MC_OK)
            assert_int_equal(got, 0);
        if (status == MC_END)
            break;
        if (status != MC_OK) {
            assert_int_equal(found.failure, MC_OK); /* reported once */
            assert_int_equal(found.error.status, status);
            assert_int_equal(found.error.offset, found.data.size);
            found.failure = status;
            continue;
        }
        assert_false(expect_last); /* a short read is followed by the end or a failure */
        assert_int_equal(found.failure, MC_OK);
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

static outcome read_path(const char *path, size_t piece) {
    mc_source *source;
    mc_error error = {0};
    assert_int_equal(mc_source_open(&source, path, &error), MC_OK);
    outcome found = drain(source, piece);
    mc_source_close(source);
    return found;
}

static outcome read_bytes(const void *data, size_t size, size_t piece) {
    outcome found = read_path(scratch_write("source", data, size), piece);
    mc_u128 digest = mc_hash128(data, size);
    assert_int_equal(found.digest_status, MC_OK);
    assert_true(mc_u128_equal(found.digest, digest));
    assert_int_equal(found.stored_size, size);
    return found;
}

static void assert_content(outcome *found, const void *data, size_t size) {
    if (found->failure != MC_OK)
        print_error("%s\n", found->error.message);
    assert_int_equal(found->failure, MC_OK);
    assert_int_equal(found->data.size, size);
    if (size > 0)
        assert_memory_equal(found->data.data, data, size);
    mc_buffer_dispose(&found->data);
}

/* Everything good was delivered, then damage that the message describes. */
static void assert_damage(outcome *found, const void *data, size_t size, const char *words) {
    assert_int_equal(found->failure, MC_E_FORMAT);
    if (!strstr(found->error.message, words))
        print_error("\"%s\" lacks \"%s\"\n", found->error.message, words);
    assert_non_null(strstr(found->error.message, words));
    assert_int_equal(found->data.size, size);
    if (size > 0)
        assert_memory_equal(found->data.data, data, size);
    mc_buffer_dispose(&found->data);
}

static uint64_t random_state = 1;

static uint64_t next_random(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

/* Text of words, which compresses somewhat. The caller frees it. */
static char *make_text(size_t size) {
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(next_random() % 5 ? 'a' + (char)(next_random() % 20) : ' ');
    for (size_t i = 100; i + 100 < size; i += 300)
        memcpy(text + i, text, 100);
    return text;
}

static void append_number(mc_buffer *out, uint32_t number, unsigned n_bytes) {
    for (unsigned i = 0; i < n_bytes; i++) {
        unsigned char byte = (unsigned char)(number >> 8 * i);
        append(out, &byte, 1);
    }
}

/* The last block is marked as such if is_last; else it ends at a whole byte. */
static void append_blocks(mc_buffer *out, const void *data, size_t size, bool is_last) {
    struct isal_zstream stream;
    isal_deflate_stateless_init(&stream);
    size_t room = size + size / 2 + 1024;
    assert_int_equal(mc_buffer_reserve(out, room, NULL), MC_OK);
    stream.next_in = (uint8_t *)(uintptr_t)data;
    stream.avail_in = (uint32_t)size;
    stream.end_of_stream = is_last;
    stream.flush = is_last ? NO_FLUSH : FULL_FLUSH;
    stream.next_out = (uint8_t *)out->data + out->size;
    stream.avail_out = (uint32_t)room;
    assert_int_equal(isal_deflate_stateless(&stream), COMP_OK);
    out->size += stream.total_out;
}

static void append_trailer(mc_buffer *out, const void *data, size_t size) {
    append_number(out, crc32_gzip_refl(0, data, size), 4);
    append_number(out, (uint32_t)size, 4);
}

static void append_member(mc_buffer *out, const void *data, size_t size) {
    append(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    append_blocks(out, data, size, true);
    append_trailer(out, data, size);
}

static void append_frame(mc_buffer *out, const void *data, size_t size, int checksum) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
    assert_int_equal(mc_buffer_reserve(out, ZSTD_compressBound(size), NULL), MC_OK);
    size_t made =
        ZSTD_compress2(context, out->data + out->size, ZSTD_compressBound(size), data, size);
    assert_false(ZSTD_isError(made));
    out->size += made;
    ZSTD_freeCCtx(context);
}

static const size_t pieces[] = {1, 7, 4096, 65536, 300000, 1u << 20};
#define N_PIECES (sizeof pieces / sizeof *pieces)

static void plain_files_are_read_as_they_are(void **state) {
    (void)state;
    char *text = make_text(700000);
    for (size_t i = 0; i < N_PIECES; i++) {
        size_t size = i == 0 ? 3000 : 700000;
        outcome found = read_bytes(text, size, pieces[i]);
        assert_content(&found, text, size);
    }
    outcome empty = read_bytes("", 0, 10);
    assert_content(&empty, "", 0);
    for (size_t size = 1; size < 8; size++) {
        outcome small = read_bytes(text, size, 3);
        assert_content(&small, text, size);
    }
    free(text);
}

static void sizes_are_told(void **state) {
    (void)state;
    char data[5000] = {1};
    mc_source *source;
    size_t got;
    assert_int_equal(mc_source_open(&source, scratch_write("f", data, sizeof data), NULL), MC_OK);
    assert_int_equal(mc_source_size(source), sizeof data);
    assert_int_equal(mc_source_taken(source), 0);
    assert_int_equal(mc_source_read(source, data, 0, &got, NULL), MC_OK);
    assert_int_equal(mc_source_read(source, data, 10, &got, NULL), MC_OK);
    assert_int_equal(got, 10);
    mc_u128 digest;
    uint64_t size;
    /* What has not been read yet is read for the digest. */
    assert_int_equal(mc_source_digest(source, &digest, &size, NULL), MC_OK);
    assert_int_equal(size, sizeof data);
    mc_source_close(source);
    mc_source_close(NULL);

    mc_u128 again;
    assert_int_equal(mc_digest_file(scratch("f"), &again, &size, NULL), MC_OK);
    assert_true(mc_u128_equal(digest, again));
    assert_int_equal(size, sizeof data);
    assert_int_equal(mc_digest_file(scratch("none"), &again, &size, NULL), MC_E_IO);
}

static void gzip_members_follow_each_other(void **state) {
    (void)state;
    size_t size = 900000;
    char *text = make_text(size);
    for (size_t i = 0; i < N_PIECES; i++) {
        size_t n = i == 0 ? 20000 : size;
        mc_buffer stored = {0};
        /* Members of many sizes, empty ones among them. */
        for (size_t at = 0, length = 0; at < n; at += length, length = length * 2 + 1) {
            if (length > n - at)
                length = n - at;
            append_member(&stored, text + at, length);
        }
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_content(&found, text, n);
        mc_buffer_dispose(&stored);
    }
    free(text);
}

static void gzip_headers_may_have_every_field(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append(&stored, "\x1f\x8b\x08\x1e\1\2\3\4\0\3", 10);
    append(&stored, "\5\0extra", 7);
    append(&stored, "a name\0a comment", 17);
    append_number(&stored, crc32_gzip_refl(0, (unsigned char *)stored.data, stored.size), 2);
    size_t crc_at = stored.size - 2;
    append_blocks(&stored, "content", 7, true);
    append_trailer(&stored, "content", 7);
    append_member(&stored, "more", 4);
    outcome found = read_bytes(stored.data, stored.size, 100);
    assert_content(&found, "contentmore", 11);
    stored.data[crc_at] ^= 1;
    found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "", 0, "header's checksum");
    stored.data[3] = (char)0x80;
    found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "", 0, "reserved");
    stored.data[2] = 7;
    found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "", 0, "method");
    mc_buffer_dispose(&stored);
}

static void zeros_may_follow_gzip_but_nothing_else(void **state) {
    (void)state;
    char *zeros = calloc(1, 600000);
    assert_non_null(zeros);
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    size_t size = stored.size;
    append(&stored, zeros, 1);
    outcome found = read_bytes(stored.data, stored.size, 100);
    assert_content(&found, "content", 7);
    append(&stored, zeros, 600000);
    found = read_bytes(stored.data, stored.size, 7);
    assert_content(&found, "content", 7);
    append(&stored, "x", 1);
    found = read_bytes(stored.data, stored.size, 7);
    assert_damage(&found, "content", 7, "follows the last member");
    stored.size = size;
    append(&stored, "garbage", 7);
    found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "content", 7, "follows the last member");
    stored.size = size;
    append(&stored, "\x1f", 1);
    found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "content", 7, "truncated");
    mc_buffer_dispose(&stored);
    free(zeros);
}

static void gzip_trailers_are_checked(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    stored.data[stored.size - 8] ^= 1;
    outcome found = read_bytes(stored.data, stored.size, 7);
    assert_damage(&found, "content", 7, "checksum");
    stored.data[stored.size - 8] ^= 1;
    stored.data[stored.size - 1] ^= 1;
    found = read_bytes(stored.data, stored.size, 100);
    assert_damage(&found, "content", 7, "size");
    mc_buffer_dispose(&stored);
}

static void what_comes_before_bad_deflate_data_is_delivered(void **state) {
    (void)state;
    size_t size = 300000;
    char *text = make_text(size);
    mc_buffer stored = {0};
    append_member(&stored, text, 1000);
    append(&stored, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    append_blocks(&stored, text + 1000, size - 1000, false);
    append(&stored, "\7", 1); /* a block of the type that does not exist */
    append(&stored, "................", 16);
    for (size_t i = 0; i < N_PIECES; i++) {
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_damage(&found, text, size, "deflate");
    }
    mc_buffer_dispose(&stored);
    free(text);
}

/* Where a member or frame ends, a cut leaves a whole file. */
static void cut_everywhere(const mc_buffer *stored, const size_t *boundaries, size_t n_boundaries,
                           const char *text, const size_t *sizes) {
    for (size_t cut = 0; cut <= stored->size; cut++) {
        outcome found = read_bytes(stored->data, cut, cut % 2 ? 10 : 5000);
        bool whole = cut < 2;
        for (size_t i = 0; i < n_boundaries; i++)
            if (cut == boundaries[i]) {
                whole = true;
                assert_int_equal(found.data.size, sizes[i]);
            }
        if (cut < 2) {
            assert_content(&found, stored->data, cut); /* too short to be told from text */
            continue;
        }
        assert_int_equal(found.failure, whole ? MC_OK : MC_E_FORMAT);
        if (!whole)
            assert_non_null(strstr(found.error.message, "truncated"));
        assert_memory_equal(found.data.data, text, found.data.size);
        mc_buffer_dispose(&found.data);
    }
}

/* Any bit flipped: damage is reported, or the content is what it was (bits that mean nothing), or
 * the file is no longer told to be compressed. */
static void flip_everywhere(mc_buffer *stored, size_t magic_size, const char *text, size_t size) {
    for (size_t at = 0; at < stored->size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            stored->data[at] ^= (char)(1 << bit);
            outcome found = read_bytes(stored->data, stored->size, 5000);
            if (at < magic_size && found.failure == MC_OK)
                assert_content(&found, stored->data, stored->size);
            else if (found.failure == MC_OK)
                assert_content(&found, text, size);
            else
                assert_int_equal(found.failure, MC_E_FORMAT);
            mc_buffer_dispose(&found.data);
            stored->data[at] ^= (char)(1 << bit);
        }
    }
}

static void truncated_and_flipped_gzip_is_noticed(void **state) {
    (void)state;
    char *text = make_text(1500);
    mc_buffer stored = {0};
    size_t boundaries[2], sizes[2] = {600, 1500};
    append_member(&stored, text, 600);
    boundaries[0] = stored.size;
    append_member(&stored, text + 600, 900);
    boundaries[1] = stored.size;
    cut_everywhere(&stored, boundaries, 2, text, sizes);
    flip_everywhere(&stored, 2, text, 1500);
    mc_buffer_dispose(&stored);
    free(text);
}

static void zstd_frames_follow_each_other(void **state) {
    (void)state;
    size_t size = 900000;
    char *text = make_text(size);
    for (size_t i = 0; i < N_PIECES; i++) {
        size_t n = i == 0 ? 20000 : size;
        mc_buffer stored = {0};
        for (size_t at = 0, length = 0; at < n; at += length, length = length * 3 + 1) {
            if (length > n - at)
                length = n - at;
            append(&stored, "\x5a\x2a\x4d\x18\3\0\0\0xyz", 11); /* to be skipped */
            append_frame(&stored, text + at, length, (int)(at % 2));
        }
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_content(&found, text, n);
        append(&stored, "garbage", 7);
        found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_damage(&found, text, n, "follows the last frame");
        mc_buffer_dispose(&stored);
    }
    free(text);
}

static void truncated_and_flipped_zstd_is_noticed(void **state) {
    (void)state;
    char *text = make_text(1500);
    mc_buffer stored = {0};
    size_t boundaries[2], sizes[2] = {600, 1500};
    append_frame(&stored, text, 600, 1);
    boundaries[0] = stored.size;
    append_frame(&stored, text + 600, 900, 1);
    boundaries[1] = stored.size;
    cut_everywhere(&stored, boundaries, 2, text, sizes);
    flip_everywhere(&stored, 4, text, 1500);
    mc_buffer_dispose(&stored);
    free(text);
}

static void damage_in_zstd_costs_no_block_before_it(void **state) {
    (void)state;
    size_t size = 2000000, half = 0;
    char *text = make_text(size);
    mc_buffer stored = {0};
    append_frame(&stored, text, size, 1);
    /* Walk the blocks to one past the middle (RFC 8878, 3.1.1.2) and give it the reserved type. */
    ZSTD_DCtx *context = ZSTD_createDCtx();
    size_t wanted = ZSTD_initDStream(context), at = 0, done = 0;
    char *out = malloc(size);
    while (done < size / 2) {
        ZSTD_inBuffer in = {stored.data + at, wanted, 0};
        ZSTD_outBuffer made = {out, size, done};
        wanted = ZSTD_decompressStream(context, &made, &in);
        assert_false(ZSTD_isError(wanted));
        at += in.pos;
        done = made.pos;
        half = at - 3; /* the next block's header has been taken, too */
    }
    stored.data[half] |= 6;
    for (size_t i = 1; i < N_PIECES; i++) {
        outcome found = read_bytes(stored.data, stored.size, pieces[i]);
        assert_damage(&found, text, done, "damaged");
    }
    ZSTD_freeDCtx(context);
    free(out);
    mc_buffer_dispose(&stored);
    free(text);
}

static void zstd_windows_have_a_limit(void **state) {
    (void)state;
    outcome found = read_bytes("\x28\xb5\x2f\xfd\0\xf8\1\0\0", 9, 10);
    assert_damage(&found, "", 0, "window");
}

static void random_bytes_after_a_magic_number_are_damage(void **state) {
    (void)state;
    char data[300];
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (char)next_random();
        if (round % 2)
            memcpy(data, "\x1f\x8b\x08\0", 4);
        else
            memcpy(data, "\x28\xb5\x2f\xfd", 4);
        outcome found = read_bytes(data, sizeof data, 100);
        assert_int_equal(found.failure, MC_E_FORMAT);
        mc_buffer_dispose(&found.data);
    }
}

/* Pipes deliver what they have: magic numbers, headers and trailers arrive in bits. */
static void short_reads_from_a_pipe_change_nothing(void **state) {
    (void)state;
    char *text = make_text(3000);
    mc_buffer stored[3] = {{0}};
    append_member(&stored[0], text, 1000);
    append_member(&stored[0], text + 1000, 2000);
    append_frame(&stored[1], text, 1000, 1);
    append_frame(&stored[1], text + 1000, 2000, 1);
    append(&stored[2], text, 3000);
    const char *path = scratch("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t i = 0; i < 3; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            int fd = open(path, O_WRONLY);
            for (size_t at = 0; at < stored[i].size;) {
                size_t n = at < 30 ? 1 : 1 + at % 97;
                if (n > stored[i].size - at)
                    n = stored[i].size - at;
                if (write(fd, stored[i].data + at, n) != (ssize_t)n)
                    _exit(1);
                at += n;
                if (at < 40 || at + 100 > stored[i].size)
                    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
            }
            _exit(0);
        }
        mc_source *source;
        assert_int_equal(mc_source_open(&source, path, NULL), MC_OK);
        assert_int_equal(mc_source_size(source), 0);
        outcome found = drain(source, 700);
        mc_source_close(source);
        assert_content(&found, text, 3000);
        assert_int_equal(found.stored_size, stored[i].size);
        assert_int_equal(waitpid(child, NULL, 0), child);
        mc_buffer_dispose(&stored[i]);
    }
    free(text);
}

static void standard_input_is_a_source(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    int saved = dup(STDIN_FILENO);
    int fd = open(scratch_write("stdin", stored.data, stored.size), O_RDONLY);
    assert_true(fd >= 0);
    dup2(fd, STDIN_FILENO);
    outcome found = read_path("-", 100);
    lseek(fd, 0, SEEK_SET);
    char *data;
    size_t size;
    assert_int_equal(mc_read_file("-", 7, &data, &size, NULL), MC_OK);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    close(fd);
    assert_content(&found, "content", 7);
    assert_string_equal(data, "content");
    free(data);
    mc_buffer_dispose(&stored);
}

static void what_cannot_be_opened_is_named(void **state) {
    (void)state;
    mc_source *source;
    mc_error error = {0};
    char text[1200];
    assert_int_equal(mc_source_open(&source, scratch("none"), &error), MC_E_IO);
    mc_error_text(&error, text, sizeof text);
    assert_non_null(strstr(text, "/none: "));
    assert_non_null(strstr(text, "No such file"));
    assert_null(source);
    assert_int_equal(mc_source_open(&source, scratch_folder, &error), MC_E_IO);
    assert_non_null(strstr(error.message, "folder"));
    assert_int_equal(chmod(scratch_write("locked", "x", 1), 0), 0);
    scratch_drop_root();
    mc_status status = mc_source_open(&source, scratch("locked"), &error);
    scratch_regain_root();
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.message, "Permission denied"));
}

static void a_failing_read_is_reported_once(void **state) {
    (void)state;
    mc_source *source;
    /* Address 0 of this process is not mapped: reading there is an input/output error. */
    if (access("/proc/self/mem", R_OK) != 0)
        SKIP_WITHOUT("/proc/self/mem");
    assert_int_equal(mc_source_open(&source, "/proc/self/mem", NULL), MC_OK);
    outcome found = drain(source, 100);
    mc_source_close(source);
    assert_int_equal(found.failure, MC_E_IO);
    assert_int_equal(found.data.size, 0);
    assert_int_equal(found.digest_status, MC_E_IO);
    mc_buffer_dispose(&found.data);
}

static outcome run(const char *command, const char *path) {
    mc_source *source;
    mc_error error = {0};
    assert_int_equal(mc_source_open_command(&source, command, path, &error), MC_OK);
    assert_int_equal(mc_source_size(source), 0);
    outcome found = drain(source, 1000);
    mc_source_close(source);
    return found;
}

static void a_command_is_a_source(void **state) {
    (void)state;
    char *text = make_text(200000);
    const char *path = scratch_write("it's a \"file\" $(x) {} name", text, 200000);
    outcome found = run("cat {} && cat < {}", path);
    assert_int_equal(found.data.size, 400000);
    assert_memory_equal(found.data.data + 200000, text, 200000);
    found.data.size = 200000;
    assert_content(&found, text, 200000);
    assert_int_equal(found.stored_size, 400000);
    found = run("cat", "standard input is empty");
    assert_content(&found, "", 0);
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    found = run("cat {}", scratch_write("f", stored.data, stored.size));
    assert_content(&found, stored.data, stored.size); /* not decompressed */
    mc_buffer_dispose(&stored);
    free(text);
}

static void a_failing_command_is_reported_after_its_output(void **state) {
    (void)state;
    const char *path = scratch_write("f", "some lines\n", 11);
    outcome found = run("cat {}; exit 3", path);
    assert_int_equal(found.failure, MC_E_IO);
    assert_int_equal(found.data.size, 11);
    assert_non_null(strstr(found.error.message, "status 3"));
    assert_non_null(strstr(found.error.file, "/f"));
    assert_int_equal(found.digest_status, MC_E_IO);
    mc_buffer_dispose(&found.data);
    found = run("kill -9 $$", path);
    assert_int_equal(found.failure, MC_E_IO);
    assert_non_null(strstr(found.error.message, "signal 9"));
    mc_buffer_dispose(&found.data);
    found = run("no-such-command-here {} 2>/dev/null", path);
    assert_int_equal(found.failure, MC_E_IO);
    assert_non_null(strstr(found.error.message, "127"));
    mc_buffer_dispose(&found.data);
}

static void closing_ends_a_command(void **state) {
    (void)state;
    /* The second does not heed the first, kind signal. */
    static const char *const commands[] = {"yes", "trap '' TERM; echo y; while :; do :; done",
                                           "exec sleep 1000"};
    for (size_t i = 0; i < 3; i++) {
        mc_source *source;
        char data[2];
        size_t got;
        assert_int_equal(mc_source_open_command(&source, commands[i], "x", NULL), MC_OK);
        if (i < 2) {
            assert_int_equal(mc_source_read(source, data, 2, &got, NULL), MC_OK);
            assert_memory_equal(data, "y\n", 2);
        }
        mc_source_close(source);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
        assert_int_equal(errno, ECHILD);
    }
}

static void commands_need_descriptors_and_children(void **state) {
    (void)state;
    struct rlimit old, limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    limit = old;
    limit.rlim_cur = 3;
    mc_source *source;
    mc_error error = {0};
    setrlimit(RLIMIT_NOFILE, &limit);
    mc_status status = mc_source_open_command(&source, "cat {}", "x", &error);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.message, "cannot be started"));
    assert_null(source);
    /* Where children are not to be waited for, their end cannot be told from a failure. */
    void (*handler)(int) = signal(SIGCHLD, SIG_IGN);
    outcome found = run("echo y", "x");
    signal(SIGCHLD, handler);
    assert_int_equal(found.failure, MC_E_IO);
    assert_non_null(strstr(found.error.message, "unknown"));
    mc_buffer_dispose(&found.data);
}

static void a_pipe_that_does_not_block_is_waited_for(void **state) {
    (void)state;
    const char *path = scratch("slow");
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int out = open(path, O_WRONLY);
        for (int i = 0; i < 5; i++) {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
            if (write(out, "bytes ", 6) != 6)
                _exit(1);
        }
        _exit(0);
    }
    int saved = dup(STDIN_FILENO);
    dup2(fd, STDIN_FILENO);
    /* Before the writer is there, the pipe looks ended; so its first bytes are waited for. */
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (poll(&wait, 1, 100) == 0 || !(wait.revents & POLLIN))
        continue;
    outcome found = read_path("-", 100);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    close(fd);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_content(&found, "bytes bytes bytes bytes bytes ", 30);
}

static void whole_files_are_read(void **state) {
    (void)state;
    size_t size = 1000000, n;
    char *text = make_text(size), *data;
    mc_error error = {0};
    mc_buffer stored = {0};
    append_frame(&stored, text, size, 1);
    scratch_write("plain", text, size);
    scratch_write("packed", stored.data, stored.size);
    scratch_write("cut", stored.data, stored.size - 1);
    static const char *const names[] = {"plain", "packed"};
    for (size_t i = 0; i < 2; i++) {
        const size_t limits[] = {size, size + 1, SIZE_MAX};
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(mc_read_file(scratch(names[i]), limits[j], &data, &n, &error), MC_OK);
            assert_int_equal(n, size);
            assert_memory_equal(data, text, size);
            assert_int_equal(data[n], '\0');
            free(data);
        }
        assert_int_equal(mc_read_file(scratch(names[i]), size - 1, &data, &n, &error), MC_E_LIMIT);
        assert_int_equal(mc_read_file(scratch(names[i]), 0, &data, &n, &error), MC_E_LIMIT);
        assert_null(data);
    }
    assert_int_equal(mc_read_file(scratch("cut"), SIZE_MAX, &data, &n, &error), MC_E_FORMAT);
    assert_int_equal(mc_read_file(scratch("none"), 10, &data, &n, &error), MC_E_IO);
    scratch_write("empty", "", 0);
    assert_int_equal(mc_read_file(scratch("empty"), 0, &data, &n, &error), MC_OK);
    assert_int_equal(n, 0);
    assert_string_equal(data, "");
    free(data);
    mc_buffer_dispose(&stored);
    free(text);
}

static void files_are_mapped(void **state) {
    (void)state;
    const void *data;
    size_t size;
    mc_error error = {0};
    assert_int_equal(mc_map_file(scratch_write("f", "mapped", 6), &data, &size, &error), MC_OK);
    assert_int_equal(size, 6);
    assert_memory_equal(data, "mapped", 6);
    mc_unmap_file(data, size);
    assert_int_equal(mc_map_file(scratch_write("e", "", 0), &data, &size, &error), MC_OK);
    assert_int_equal(size, 0);
    assert_null(data);
    mc_unmap_file(data, size);
    assert_int_equal(mc_map_file(scratch("none"), &data, &size, &error), MC_E_IO);
    assert_int_equal(mc_map_file(scratch_folder, &data, &size, &error), MC_E_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_files_are_read_as_they_are),
        cmocka_unit_test(sizes_are_told),
        cmocka_unit_test(gzip_members_follow_each_other),
        cmocka_unit_test(gzip_headers_may_have_every_field),
        cmocka_unit_test(zeros_may_follow_gzip_but_nothing_else),
        cmocka_unit_test(gzip_trailers_are_checked),
        cmocka_unit_test(what_comes_before_bad_deflate_data_is_delivered),
        cmocka_unit_test(truncated_and_flipped_gzip_is_noticed),
        cmocka_unit_test(zstd_frames_follow_each_other),
        cmocka_unit_test(truncated_and_flipped_zstd_is_noticed),
        cmocka_unit_test(damage_in_zstd_costs_no_block_before_it),
        cmocka_unit_test(zstd_windows_have_a_limit),
        cmocka_unit_test(random_bytes_after_a_magic_number_are_damage),
        cmocka_unit_test(short_reads_from_a_pipe_change_nothing),
        cmocka_unit_test(standard_input_is_a_source),
        cmocka_unit_test(what_cannot_be_opened_is_named),
        cmocka_unit_test(a_failing_read_is_reported_once),
        cmocka_unit_test(a_command_is_a_source),
        cmocka_unit_test(a_failing_command_is_reported_after_its_output),
        cmocka_unit_test(closing_ends_a_command),
        cmocka_unit_test(commands_need_descriptors_and_children),
        cmocka_unit_test(a_pipe_that_does_not_block_is_waited_for),
        cmocka_unit_test(whole_files_are_read),
        cmocka_unit_test(files_are_mapped),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
