/* Chunks: where they are cut, records that do not fit, and damage. */
#include "pool_reading.h"

#include <zstd.h>

static uint64_t random_state = 7;

static uint32_t random_below(uint32_t n) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

static void append(mc_buffer *out, const char *data, size_t size) {
    assert_int_equal(mc_buffer_append(out, data, size, NULL), MC_OK);
}

static void append_many(mc_buffer *out, char c, size_t n) {
    assert_int_equal(mc_buffer_reserve(out, n, NULL), MC_OK);
    memset(out->data + out->size, c, n);
    out->size += n;
}

/* Lines of random lengths, some of them empty, a few very long. */
static mc_buffer make_lines(size_t size, bool json) {
    mc_buffer lines = {0};
    while (lines.size < size) {
        uint32_t n = random_below(100) ? random_below(80) : random_below(3000);
        if (random_below(4000) == 0)
            n = 1 + random_below(2u << 20);
        if (json)
            append(&lines, "{\"text\":\"", 9);
        append_many(&lines, (char)('a' + random_below(26)), n);
        append(&lines, json ? "\"}\n" : "\n", json ? 3 : 1);
    }
    return lines;
}

/* Compresses data in frames of frame bytes each. */
static const char *write_zstd(const char *name, const mc_buffer *data, size_t frame, size_t *size) {
    mc_buffer out = {0};
    for (size_t at = 0; at < data->size; at += frame) {
        size_t n = data->size - at < frame ? data->size - at : frame;
        size_t room = ZSTD_compressBound(n);
        assert_int_equal(mc_buffer_reserve(&out, room, NULL), MC_OK);
        size_t got = ZSTD_compress(out.data + out.size, room, data->data + at, n, 1);
        assert_false(ZSTD_isError(got));
        out.size += got;
    }
    *size = out.size;
    const char *path = scratch_write(name, out.data, out.size);
    mc_buffer_dispose(&out);
    return path;
}

/* A frame of data and the beginning of another. */
static const char *write_damaged(const char *name, const mc_buffer *data) {
    char out[4096];
    size_t size = 0;
    if (data->size > 0)
        size = ZSTD_compress(out, sizeof out, data->data, data->size, 1);
    assert_false(ZSTD_isError(size));
    size_t begun = ZSTD_compress(out + size, sizeof out - size, "beginning", 9, 1);
    assert_false(ZSTD_isError(begun));
    return scratch_write(name, out, size + begun / 2);
}

/* Chunks follow each other, are filled as far as whole records go, and no record is split. */
static void check_cuts(const reading *r, const mc_buffer *data) {
    size_t at = 0;
    for (const char *line = r->cuts.data; *line; line = strchr(line, '\n') + 1) {
        int kind;
        size_t offset, size;
        assert_int_equal(sscanf(line, "%d %zu %zu", &kind, &offset, &size), 3);
        assert_int_equal(kind, MC_CHUNK_RECORDS);
        assert_int_equal(offset, at);
        at += size;
        assert_true(at <= data->size);
        assert_true(at == data->size || data->data[at - 1] == '\n');
        const char *first = memchr(data->data + offset, '\n', size);
        size_t first_size = first ? (size_t)(first - data->data) + 1 - offset : size;
        assert_true(size <= MC_CHUNK_BYTES || size == first_size);
        if (at < data->size) {
            const char *next = memchr(data->data + at, '\n', data->size - at);
            size_t next_size = next ? (size_t)(next - data->data) + 1 - at : data->size - at;
            assert_true(size + next_size > MC_CHUNK_BYTES);
        }
    }
    assert_int_equal(at, data->size);
}

static void cut_by_content_alone(void **state) {
    (void)state;
    for (int json = 0; json <= 1; json++) {
        mc_buffer data = make_lines(3u << 20, json);
        mc_format format = json ? MC_FORMAT_JSONL : MC_FORMAT_TEXT;
        mc_pool_options options = {.format = format};
        reading plain = read_bytes(data.data, data.size, &options, (reading_limits){0});
        assert_int_equal(plain.n_rejects, 0);
        assert_true(plain.n_chunks >= 3);
        check_cuts(&plain, &data);

        size_t size;
        const char *path = write_zstd("shard.zst", &data, 50000, &size);
        reading packed = read_file(path, &options, (reading_limits){0});
        assert_string_equal(packed.cuts.data, plain.cuts.data);
        assert_string_equal(packed.log.data, plain.log.data);
        reading_dispose(&packed);

        options.reader = "cat {}";
        reading piped = read_file(scratch("shard"), &options, (reading_limits){0});
        assert_string_equal(piped.cuts.data, plain.cuts.data);
        reading_dispose(&piped);

        static const reading_limits limits[] = {{100, 0}, {4097, 3}, {65536, 1}, {3u << 20, 0}};
        options.reader = NULL;
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
            reading other = read_file(scratch("shard"), &options, limits[i]);
            assert_true(strcmp(other.cuts.data, plain.cuts.data) != 0);
            assert_string_equal(other.log.data, plain.log.data);
            assert_string_equal(other.uids.data, plain.uids.data);
            reading_dispose(&other);
        }
        reading_dispose(&plain);
        mc_buffer_dispose(&data);
    }
}

/* A record of exactly a chunk, of one byte more, and with the line feed just outside. */
static void records_at_the_edge(void **state) {
    (void)state;
    for (int extra = -2; extra <= 2; extra++) {
        for (int ended = 0; ended <= 1; ended++) {
            mc_buffer data = {0};
            append(&data, "a\n", 2);
            append_many(&data, 'b', (size_t)((int)MC_CHUNK_BYTES + extra));
            append(&data, "\nc\n", ended ? 3 : 0);
            reading r = read_bytes(data.data, data.size, NULL, (reading_limits){0});
            assert_int_equal(r.n_records, ended ? 3 : 2);
            check_cuts(&r, &data);
            reading_dispose(&r);
            mc_buffer_dispose(&data);
        }
    }
}

static void many_records(void **state) {
    (void)state;
    mc_buffer data = {0};
    append_many(&data, '\n', 3 * MC_CHUNK_MAX_RECORDS + 5);
    static const char *const cuts = "0 0 65536\n0 65536 65536\n0 131072 65536\n0 196608 5\n";
    mc_pool_options as_csv = {.format = MC_FORMAT_CSV, .columns = "text"};
    reading text = read_bytes(data.data, data.size, NULL, (reading_limits){0});
    reading csv = read_bytes(data.data, data.size, &as_csv, (reading_limits){0});
    assert_string_equal(text.cuts.data, cuts);
    assert_string_equal(csv.cuts.data, cuts);
    assert_int_equal(text.n_records, data.size);
    assert_int_equal(csv.n_rejects, data.size);
    reading_dispose(&text);
    reading_dispose(&csv);
    /* Exactly as many as fit, with and without the last line feed. */
    data.size = MC_CHUNK_MAX_RECORDS;
    text = read_bytes(data.data, data.size, NULL, (reading_limits){0});
    assert_string_equal(text.cuts.data, "0 0 65536\n");
    reading_dispose(&text);
    data.data[data.size - 1] = 'x';
    text = read_bytes(data.data, data.size, NULL, (reading_limits){0});
    assert_string_equal(text.cuts.data, "0 0 65536\n");
    reading_dispose(&text);
    append(&data, "\n", 1);
    text = read_bytes(data.data, data.size, NULL, (reading_limits){0});
    assert_string_equal(text.cuts.data, "0 0 65537\n");
    reading_dispose(&text);
    mc_buffer_dispose(&data);
}

static void records_too_long(void **state) {
    (void)state;
    static const uint64_t limits[] = {1000, MC_CHUNK_BYTES - 1, MC_CHUNK_BYTES, 3000000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (int form = 0; form <= 2; form++) {
            uint64_t max = limits[i];
            mc_pool_options options = {.max_record = max,
                                       .columns = form == 1 ? "text" : NULL,
                                       .format = form == 1   ? MC_FORMAT_CSV
                                                 : form == 2 ? MC_FORMAT_JSONL
                                                             : MC_FORMAT_TEXT};
            mc_buffer data = {0};
            append(&data, "{}\n", 3);
            append_many(&data, ' ', max);
            append(&data, "\n", 1);
            size_t first = data.size;
            append_many(&data, 'x', max + 1);
            append(&data, "\n{}\n", 4);
            size_t second = data.size;
            append_many(&data, 'y', 5u << 20);
            append(&data, "\n{}\n", 4);
            size_t third = data.size;
            append_many(&data, 'z', max + 1);

            reading r = read_bytes(data.data, data.size, &options, (reading_limits){0});
            assert_int_equal(r.n_numbers, 7);
            size_t offsets[] = {first, second, third};
            for (int k = 0; k < 3; k++) {
                char line[200];
                snprintf(line, sizeof line,
                         "%d !too_long@%zu the record has more than %" PRIu64 " bytes\n", 2 + 2 * k,
                         offsets[k], max);
                assert_non_null(strstr(r.log.data, line));
            }
            assert_int_equal(r.n_rejects, form == 2 ? 7 : 3);
            reading_dispose(&r);
            mc_buffer_dispose(&data);
        }
    }
}

/* Lines that each open a quote none closes: linear, or this would not end. */
static void unclosed_everywhere(void **state) {
    (void)state;
    mc_buffer data = {0};
    size_t n = 200000;
    for (size_t i = 0; i < n; i++)
        append(&data, "x\"y,\"z\n", 7);
    static const uint64_t limits[] = {0, 100000, 2000000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        mc_pool_options options = {
            .format = MC_FORMAT_CSV, .columns = "text", .max_record = limits[i]};
        reading r = read_bytes(data.data, data.size, &options, (reading_limits){0});
        assert_int_equal(r.n_rejects, n);
        size_t expected = limits[i] == 0 || limits[i] > data.size ? 0 : n - limits[i] / 7;
        assert_int_equal(r.n_rejects_for[MC_REASON_TOO_LONG], expected);
        assert_int_equal(r.n_rejects_for[MC_REASON_UNCLOSED], n - expected);
        reading_dispose(&r);
    }
    mc_buffer_dispose(&data);
}

/* Doubled quotes all the way, so that whatever is read ends between two of them or after both. */
static void quotes_at_the_edge(void **state) {
    (void)state;
    for (size_t shift = 0; shift <= 1; shift++) {
        mc_buffer data = {0};
        append(&data, "x,\"a", 3 + shift);
        append_many(&data, '"', 5000000);
        append(&data, "\nz\"\ny,b\n", 8);
        mc_pool_options options = {.format = MC_FORMAT_CSV, .columns = "url,text"};
        reading r = read_bytes(data.data, data.size, &options, (reading_limits){0});
        assert_int_equal(r.n_numbers, 2);
        assert_int_equal(r.n_records, 2);
        assert_int_equal(strspn(strchr(r.log.data, '[') + 1 + shift, "\""), 2500000);
        reading_dispose(&r);
        mc_buffer_dispose(&data);
    }
}

/* Every truncation: what came before the damage is read, the record it cuts is the last reject. */
static void truncated(void **state) {
    (void)state;
    mc_buffer data = {0};
    for (int i = 0; i < 300; i++) {
        char line[100];
        int n = snprintf(line, sizeof line, "line %d, %08x%08x\n", i, random_below(UINT32_MAX),
                         random_below(UINT32_MAX));
        append(&data, line, (size_t)n);
    }
    reading whole = read_bytes(data.data, data.size, NULL, (reading_limits){0});
    size_t size;
    write_zstd("whole.zst", &data, 1000, &size);
    char *packed = scratch_read("whole.zst", &size);
    bool seen_records = false;
    for (size_t cut = 5, frames = 0; cut < size; cut += 1 + size / 97) {
        while (frames < cut)
            frames += ZSTD_findFrameCompressedSize(packed + frames, size - frames);
        if (frames == cut) /* nothing is wrong with whole frames */
            continue;
        for (int csv = 0; csv <= 1; csv++) {
            const char *path = scratch_write("cut.zst", packed, cut);
            mc_pool_options options = {.format = csv ? MC_FORMAT_CSV : MC_FORMAT_TEXT,
                                       .columns = csv ? "text" : NULL};
            reading r = read_file(path, &options, (reading_limits){0});
            assert_int_equal(r.status, MC_OK);
            assert_int_equal(r.n_rejects, 1);
            const char *reject = strstr(r.log.data, "!damaged@");
            assert_non_null(reject);
            assert_string_equal(strchr(reject, '\n'), "\n"); /* nothing comes after it */
            size_t offset = strtoul(strchr(reject, '@') + 1, NULL, 10);
            assert_true(offset == 0 || data.data[offset - 1] == '\n');
            size_t n_lines = 0;
            for (size_t i = 0; i < offset; i++)
                n_lines += data.data[i] == '\n';
            assert_int_equal(r.n_records, n_lines);
            if (!csv) {
                const char *number = reject - 1;
                while (number > r.log.data && number[-1] != '\n')
                    number--;
                assert_memory_equal(r.log.data, whole.log.data, (size_t)(number - r.log.data));
            }
            seen_records = seen_records || r.n_records > 200;
            reading_dispose(&r);
        }
    }
    assert_true(seen_records);
    free(packed);
    reading_dispose(&whole);
    mc_buffer_dispose(&data);
}

/* Damage in places of its own: before the header's end, in a record that is too long, in quotes. */
static void damaged_places(void **state) {
    (void)state;
    static const struct {
        mc_pool_options options;
        const char *shown, *log;
    } cases[] = {
        {{.format = MC_FORMAT_CSV}, "text,ur", "0 !damaged@0\n"},
        {{.format = MC_FORMAT_TSV}, "text\n", "0 !damaged@5\n"},
        {{.format = MC_FORMAT_TSV}, "text\na\nb", "0 [a]\n1 !damaged@7\n"},
        {{.format = MC_FORMAT_CSV}, "text\n\"a\nb", "0 !damaged@5\n"},
        {{.format = MC_FORMAT_CSV}, "text\nb\n\"a\"", "0 [b]\n1 !damaged@7\n"},
        {{.format = MC_FORMAT_TEXT}, "", "0 !damaged@0\n"},
        {{.format = MC_FORMAT_TEXT}, "a", "0 !damaged@0\n"},
        {{.format = MC_FORMAT_TEXT, .max_record = 3}, "a\nbcdef", "0 [a]\n1 !damaged@2\n"},
        {{.format = MC_FORMAT_CSV, .columns = "text", .max_record = 3},
         "a\n\"cd\nef",
         "0 [a]\n1 !too_long@2 the record has more than 3 bytes\n2 !damaged@6\n"},
        {{.format = MC_FORMAT_AUTO},
         "{\"text\":\"a\"}\n{\"text\":\"b\"}",
         "0 [a]\n1 !damaged@13\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_buffer shown = {0};
        append(&shown, cases[i].shown, strlen(cases[i].shown));
        reading r =
            read_file(write_damaged("shown.zst", &shown), &cases[i].options, (reading_limits){0});
        mc_buffer_dispose(&shown);
        if (r.status != MC_OK)
            fail_msg("case %zu: %s", i, r.error.message);
        if (strcmp(r.log.data, cases[i].log) != 0)
            fail_msg("case %zu gives\n%sexpected\n%s", i, r.log.data, cases[i].log);
        reading_dispose(&r);
    }
}

/* A chunk says what the damage is; a source that fails is no damage, but a failure. */
static void detail_of_damage(void **state) {
    (void)state;
    mc_buffer shown = {0};
    append(&shown, "a\n", 2);
    const char *paths[] = {write_damaged("shown.zst", &shown)};
    mc_pool *pool;
    mc_shard *shard;
    mc_chunk chunk = {0};
    mc_error error = {0};
    assert_int_equal(mc_pool_create(&pool, paths, 1, NULL, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_OK);
    assert_int_equal(chunk.kind, MC_CHUNK_RECORDS);
    assert_int_equal(mc_shard_read(shard, &chunk, NULL), MC_OK);
    assert_int_equal(chunk.kind, MC_CHUNK_DAMAGED);
    assert_int_equal(chunk.offset, 2);
    assert_non_null(strstr(chunk.detail, "zstd"));
    mc_shard_close(shard);
    mc_pool_free(pool);

    mc_buffer lines = {0};
    append_many(&lines, '\n', 2 * MC_CHUNK_BYTES);
    paths[0] = scratch_write("lines", lines.data, lines.size);
    mc_pool_options options = {.reader = "cat {}; exit 3", .format = MC_FORMAT_TEXT};
    assert_int_equal(mc_pool_create(&pool, paths, 1, &options, NULL), MC_OK);
    assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
    mc_status status;
    while ((status = mc_shard_read(shard, &chunk, &error)) == MC_OK)
        assert_int_equal(chunk.kind, MC_CHUNK_RECORDS);
    assert_int_equal(status, MC_E_IO);
    assert_string_equal(error.file, paths[0]);
    assert_non_null(strstr(error.message, "3"));
    mc_shard_close(shard);
    mc_pool_free(pool);
    mc_buffer_dispose(&shown);
    mc_buffer_dispose(&lines);
    mc_chunk_dispose(&chunk);
}

static void digests(void **state) {
    (void)state;
    mc_buffer data = make_lines(100000, false);
    size_t size;
    const char *path = write_zstd("shard.zst", &data, 50000, &size);
    for (int cut = 0; cut <= 1; cut++) {
        mc_u128 found, expected;
        uint64_t found_size, expected_size;
        mc_pool *pool;
        mc_shard *shard;
        mc_chunk chunk = {0};
        if (cut)
            assert_int_equal(truncate(path, (off_t)size / 2), 0);
        assert_int_equal(mc_digest_file(path, &expected, &expected_size, NULL), MC_OK);
        assert_int_equal(mc_pool_create(&pool, &path, 1, NULL, NULL), MC_OK);
        assert_int_equal(mc_shard_open(&shard, pool, 0, NULL), MC_OK);
        while (mc_shard_read(shard, &chunk, NULL) == MC_OK)
            continue;
        assert_int_equal(mc_shard_digest(shard, &found, &found_size, NULL), MC_OK);
        assert_true(mc_u128_equal(found, expected));
        assert_int_equal(found_size, expected_size);
        assert_int_equal(mc_shard_taken(shard), expected_size);
        mc_chunk_dispose(&chunk);
        mc_shard_close(shard);
        mc_pool_free(pool);
    }
    mc_buffer_dispose(&data);
}

/* Lines counted at every length and place that the vector code could trip over. */
static void lines_counted(void **state) {
    (void)state;
    mc_buffer data = {0};
    append_many(&data, '\n', 100000);
    for (size_t i = 0; i < data.size; i += 1 + i % 7)
        data.data[i] = 'x';
    for (size_t size = 0; size < data.size; size += 1 + size / 9) {
        size_t n = 0;
        for (size_t i = 0; i < size; i++)
            n += data.data[i] == '\n';
        assert_int_equal(mc_count_lines(data.data, size), n);
    }
    mc_buffer_dispose(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_by_content_alone), cmocka_unit_test(records_at_the_edge),
        cmocka_unit_test(many_records),         cmocka_unit_test(records_too_long),
        cmocka_unit_test(unclosed_everywhere),  cmocka_unit_test(truncated),
        cmocka_unit_test(quotes_at_the_edge),   cmocka_unit_test(damaged_places),
        cmocka_unit_test(detail_of_damage),     cmocka_unit_test(digests),
        cmocka_unit_test(lines_counted),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
