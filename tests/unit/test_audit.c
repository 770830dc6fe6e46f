/* The record of a run, and inspecting every kind of file. */
#include "made_pairs.h"
#include "no_sync.h"

#include <jansson.h>
#include <zstd.h>

#include "match/document.h"
#include "io/npy.h"
#include "metacurate/audit.h"
#include "metacurate/io.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

static const made_shape shape = {.n_shards = 2,
                                 .n_records = 120,
                                 .n_texts = 2,
                                 .n_images = 40,
                                 .n_captions = 60,
                                 .keep_texts = true};

/* ---- inspecting ---- */

static mc_status take(void *context, const char *data, size_t size, mc_error *error) {
    return mc_buffer_append(context, data, size, error);
}

static mc_status refuse(void *context, const char *data, size_t size, mc_error *error) {
    (void)context;
    (void)data;
    (void)size;
    return mc_fail(error, MC_E_IO, "full");
}

/* What is printed of a file, NUL-terminated; the caller disposes of it. */
static mc_buffer inspect(const char *path, bool lines) {
    mc_buffer out = {0};
    mc_error error = {0};
    char text[1200];
    if (mc_inspect(path, lines, take, &out, &error) != MC_OK)
        fail_msg("%s", mc_error_text(&error, text, sizeof text));
    assert_int_equal(mc_inspect(path, lines, refuse, NULL, &error), MC_E_IO);
    assert_string_equal(error.message, "full");
    assert_int_equal(mc_buffer_append(&out, "", 1, NULL), MC_OK);
    return out;
}

static json_t *inspect_document(const char *path) {
    mc_buffer out = inspect(path, false);
    json_t *document = json_loads(out.data, 0, NULL);
    assert_true(json_is_object(document));
    assert_int_equal(out.data[out.size - 2], '\n');
    mc_buffer_dispose(&out);
    return document;
}

/* The lines that are printed as an array. */
static json_t *inspect_lines(const char *path) {
    mc_buffer out = inspect(path, true);
    json_t *all = json_array();
    for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *value = json_loads(line, 0, NULL);
        assert_true(json_is_object(value));
        json_array_append_new(all, value);
    }
    mc_buffer_dispose(&out);
    return all;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

static long long number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (long long)json_integer_value(value) : -12345;
}

static void compiled_lists_are_shown(void **state) {
    (void)state;
    const mc_bytes entries[] = {{"cat", 3}, {"St. Louis", 9}, {"cat", 3}, {"\xFF", 1}, {"a\0b", 3}};
    static const char *const shown[] = {"cat", "St. Louis", "cat", "\xEF\xBF\xBD", "a"};
    static const bool dead[] = {false, true, false, true, false};
    mc_concepts *concepts;
    size_t size;
    assert_int_equal(mc_concepts_compile(&concepts, entries, 5, MC_RULES_METACLIP1, NULL), MC_OK);
    const void *data = mc_concepts_data(concepts, &size);
    assert_int_equal(mc_write_file(scratch("l.mca"), data, size, NULL), MC_OK);
    json_t *document = inspect_document(scratch("l.mca"));
    assert_string_equal(text_of(document, "kind"), "compiled list");
    assert_string_equal(text_of(document, "rules"), "metaclip1");
    assert_string_equal(text_of(document, "digest"), mc_concepts_digest(concepts));
    assert_int_equal(number_of(document, "bytes"), size);
    assert_int_equal(number_of(document, "entries"), 5);
    assert_int_equal(number_of(document, "repeated"), 1);
    assert_int_equal(number_of(document, "dead"), 2);
    json_decref(document);
    mc_buffer out = inspect(scratch("l.mca"), true);
    char *line = strtok(out.data, "\n");
    for (size_t i = 0; i < 5; i++, line = strtok(NULL, "\n")) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
        assert_int_equal(number_of(row, "id"), i);
        assert_string_equal(text_of(row, "entry"), shown[i]);
        assert_int_equal(json_is_true(json_object_get(row, "dead")), dead[i]);
        json_decref(row);
    }
    mc_buffer_dispose(&out);
    mc_concepts_free(concepts);
}

static void match_indexes_are_shown(void **state) {
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        made_pool pool;
        made_shape other = shape;
        other.keep_texts = keep;
        other.n_records = 3000; /* more than one piece of output */
        made_pool_init(&pool, &other);
        json_t *document = inspect_document(pool.paths[0]);
        const json_t *info = json_object_get(document, "info");
        assert_string_equal(text_of(document, "kind"), "match index");
        assert_true(number_of(document, "blocks") > 1);
        assert_string_equal(text_of(info, "shard"), "shard0");
        assert_int_equal(number_of(info, "entries"), MADE_ENTRIES);
        assert_int_equal(json_is_true(json_object_get(info, "keep_texts")), keep);
        json_decref(document);
        json_t *lines = inspect_lines(pool.paths[1]);
        size_t n = 0;
        for (size_t i = 0; i < pool.n_texts; i++) {
            const made_text *t = &pool.texts[i];
            if (t->shard != 1)
                continue;
            const json_t *line = json_array_get(lines, n++);
            const json_t *ids = json_object_get(line, "matches");
            char uid[33], hash[17];
            mc_u128_hex(t->pair.uid, uid);
            snprintf(hash, sizeof hash, "%016llx", (unsigned long long)t->pair.text_hash);
            assert_string_equal(text_of(line, "uid"), uid);
            assert_string_equal(text_of(line, "text_hash"), hash);
            assert_int_equal(number_of(line, "record"), t->record);
            assert_int_equal(number_of(line, "text_number"), t->number);
            assert_string_equal(text_of(line, "text"), keep ? t->caption : "(none)");
            assert_string_equal(text_of(line, "url"), keep ? t->url : "(none)");
            assert_int_equal(json_array_size(ids), t->n_ids);
            for (uint32_t k = 0; k < t->n_ids; k++)
                assert_int_equal(json_integer_value(json_array_get(ids, k)), t->ids[k]);
        }
        assert_int_equal(json_array_size(lines), n);
        json_decref(lines);
        made_pool_free(&pool);
    }
}

static void arrays_are_shown(void **state) {
    (void)state;
    static const char pairs[] = "[('f0', '<u8'), ('f1', '<u8')]";
    const uint64_t values[6] = {1, 2, 3, 4, 5, 6};
    mc_sink *sink;
    assert_int_equal(mc_npy_write_u64(scratch("a.npy"), values, 6, NULL), MC_OK);
    json_t *document = inspect_document(scratch("a.npy"));
    assert_string_equal(text_of(document, "kind"), "array");
    assert_string_equal(text_of(document, "descr"), "<u8");
    assert_string_equal(text_of(document, "shape"), "6,");
    assert_int_equal(number_of(document, "bytes"), 48);
    json_decref(document);
    assert_int_equal(mc_npy_begin(&sink, scratch("b.npy"), pairs, NULL), MC_OK);
    assert_int_equal(mc_sink_write(sink, values, 48, NULL), MC_OK);
    assert_int_equal(mc_npy_end(&sink, pairs, 3, 0, NULL), MC_OK);
    document = inspect_document(scratch("b.npy"));
    assert_string_equal(text_of(document, "descr"), pairs);
    assert_string_equal(text_of(document, "shape"), "3,");
    json_decref(document);
    assert_int_equal(mc_npy_begin(&sink, scratch("c.npy"), "'<u4'", NULL), MC_OK);
    assert_int_equal(mc_sink_write(sink, values, 48, NULL), MC_OK);
    assert_int_equal(mc_npy_end(&sink, "'<u4'", 6, 2, NULL), MC_OK);
    document = inspect_document(scratch("c.npy"));
    assert_string_equal(text_of(document, "descr"), "<u4");
    assert_string_equal(text_of(document, "shape"), "6, 2");
    json_decref(document);
    /* headers without what is looked for */
    static const char odd[] = "\x93NUMPY\x01\x00\x04\x00{}\xFF\n";
    scratch_write("d.npy", odd, sizeof odd - 1);
    document = inspect_document(scratch("d.npy"));
    assert_true(json_is_null(json_object_get(document, "descr")));
    json_decref(document);
    static const char open_end[] = "\x93NUMPY\x01\x00\x0c\x00{'descr': [\xFF";
    scratch_write("e.npy", open_end, sizeof open_end - 1);
    document = inspect_document(scratch("e.npy"));
    assert_string_equal(text_of(document, "descr"), "[\xEF\xBF\xBD");
    json_decref(document);
}

static void documents_are_shown_as_they_are(void **state) {
    (void)state;
    static const char *const texts[] = {"{\"a\": 1}\n", "[\n\"x\",\"y\\u0000\"]", "{}"};
    for (size_t i = 0; i < N_OF(texts); i++) {
        mc_buffer out = inspect(scratch_write("d.json", texts[i], strlen(texts[i])), false);
        assert_string_equal(out.data, texts[i]);
        mc_buffer_dispose(&out);
    }
}

static void lines_are_counted(void **state) {
    (void)state;
    static const char json[] = "{\"uid\":\"x\"}\n{\"uid\":\"y\"}\n";
    json_t *document = inspect_document(scratch_write("l.jsonl", json, strlen(json)));
    assert_string_equal(text_of(document, "kind"), "lines");
    assert_int_equal(number_of(document, "lines"), 2);
    assert_int_equal(number_of(document, "bytes"), strlen(json));
    assert_string_equal(text_of(json_object_get(document, "first"), "uid"), "x");
    json_decref(document);

    static const char tsv[] = "url\tcaption\tuid\nu\tc\t0\n";
    document = inspect_document(scratch_write("l.tsv", tsv, strlen(tsv)));
    assert_string_equal(text_of(document, "first"), "url\tcaption\tuid");
    json_decref(document);

    document = inspect_document(scratch_write("empty", "", 0));
    assert_int_equal(number_of(document, "lines"), 0);
    json_decref(document);
}

/* The first line may be as long as a caption can be. */
static void long_first_lines_are_read(void **state) {
    (void)state;
    mc_buffer lines = {0};
    size_t bound;
    assert_int_equal(mc_buffer_printf(&lines, NULL, "{\"text\":\"%0300000d\"}\n{}\n{}\n", 1),
                     MC_OK);
    bound = ZSTD_compressBound(lines.size);
    char *packed = malloc(bound);
    assert_non_null(packed);
    size_t size = ZSTD_compress(packed, bound, lines.data, lines.size, 1);
    json_t *document = inspect_document(scratch_write("long.jsonl.zst", packed, size));
    assert_int_equal(number_of(document, "lines"), 3);
    assert_int_equal(number_of(document, "bytes"), lines.size);
    assert_int_equal(strlen(text_of(json_object_get(document, "first"), "text")), 300000);
    json_decref(document);
    free(packed);
    mc_buffer_dispose(&lines);
}

static void expect_failure(const char *path, mc_status status) {
    mc_error error = {0};
    for (int lines = 0; lines < 2; lines++) {
        mc_buffer out = {0};
        assert_int_equal(mc_inspect(path, lines, take, &out, &error), status);
        assert_string_equal(error.file, path);
        assert_true(error.message[0] != '\0');
        mc_buffer_dispose(&out);
        assert_int_equal(mc_inspect(path, lines, take, &out, NULL), status);
        mc_buffer_dispose(&out);
    }
}

static void what_cannot_be_shown_is_refused(void **state) {
    (void)state;
    made_pool pool;
    size_t size;
    made_pool_init(&pool, &shape);
    expect_failure(scratch("none"), MC_E_IO);
    expect_failure(scratch_folder, MC_E_IO);
    static const char *const texts[] = {"plain words\n", "no line end", "7\n",
                                        "\"x\"\n",       "{\"cut\":",   "\x28\xb5\x2f\xfd cut",
                                        "\x1f\x8b\x08"};
    for (size_t i = 0; i < N_OF(texts); i++)
        expect_failure(scratch_write("bad", texts[i], strlen(texts[i])), MC_E_FORMAT);
    const void *data = mc_concepts_data(pool.concepts, &size);
    expect_failure(scratch_write("bad", data, size - 1), MC_E_FORMAT);
    char *index = scratch_read("shard0.mcm", &size);
    expect_failure(scratch_write("bad", index, size - 1), MC_E_FORMAT);
    free(index);
    const size_t cuts[] = {6, 10, 11, 127};
    char header[MC_NPY_HEADER_SIZE];
    mc_npy_header(header, "'<u8'", 0, 0);
    for (size_t i = 0; i < N_OF(cuts); i++)
        expect_failure(scratch_write("bad", header, cuts[i]), MC_E_FORMAT);
    header[9] = 8; /* a header of 2 KB */
    char longer[4000] = {0};
    memcpy(longer, header, sizeof header);
    expect_failure(scratch_write("bad", longer, sizeof longer), MC_E_FORMAT);
    made_pool_free(&pool);
}

static void damaged_blocks_show_in_lines(void **state) {
    (void)state;
    made_pool pool;
    size_t size;
    mc_error error = {0};
    mc_buffer out = {0};
    made_pool_init(&pool, &shape);
    char *index = scratch_read("shard0.mcm", &size);
    index[100] ^= 1;
    unlink(pool.paths[0]);
    scratch_write("shard0.mcm", index, size);
    free(index);
    assert_int_equal(mc_inspect(pool.paths[0], true, take, &out, &error), MC_E_FORMAT);
    assert_string_equal(error.file, pool.paths[0]);
    assert_int_equal(error.offset, 8);
    mc_buffer_dispose(&out);
    made_pool_free(&pool);
}

/* ---- the record of a run ---- */

typedef struct recorded {
    made_pool pool;
    mc_balance_options options;
    mc_balance_result result;
    mc_run_record record;
} recorded;

static void begin(recorded *r, mc_target target) {
    made_pool_init(&r->pool, &shape);
    r->options = (mc_balance_options){.indexes = (const char *const *)r->pool.paths,
                                      .n_indexes = r->pool.n_shards,
                                      .folder = scratch_folder,
                                      .target = target,
                                      .threshold = 20,
                                      .size = 30,
                                      .tail_share = 0.25,
                                      .seed = 42,
                                      .only = NULL,
                                      .n_threads = 1};
    mc_error error = {0};
    if (mc_balance_run(&r->options, &r->result, &error) != MC_OK)
        fail_msg("%s", error.message);
    r->record = (mc_run_record){.command = "curate",
                                .metadata_path = "list \xFF.json",
                                .n_repeated = 3,
                                .n_dead = 2,
                                .options = &r->options,
                                .result = &r->result};
}

static void end(recorded *r) {
    mc_balance_result_dispose(&r->result);
    made_pool_free(&r->pool);
    scratch_empty(scratch_folder);
}

static json_t *load(const char *name) {
    json_error_t error;
    json_t *document = json_load_file(scratch(name), JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s: %s", name, error.text);
    return document;
}

static void check_totals(const json_t *t, const mc_totals *totals) {
    assert_int_equal(number_of(t, "records"), totals->records);
    assert_int_equal(number_of(t, "read"), totals->read);
    assert_int_equal(number_of(t, "rejected"), totals->rejected);
    assert_int_equal(number_of(t, "texts"), totals->texts);
    assert_int_equal(number_of(t, "empty"), totals->empty);
    assert_int_equal(number_of(t, "excluded"), totals->excluded);
    assert_int_equal(number_of(t, "duplicates"), totals->duplicates);
    assert_int_equal(number_of(t, "unmatched"), totals->unmatched);
    assert_int_equal(number_of(t, "matched"), totals->matched);
    assert_int_equal(number_of(t, "kept"), totals->kept);
    assert_int_equal(number_of(t, "not_kept"), totals->matched - totals->kept);
    assert_int_equal(number_of(t, "matches"), totals->matches);
    assert_int_equal(number_of(json_object_get(t, "rejected_for"), "bad_json"), totals->rejected);
}

static void check_result(const json_t *r, const mc_balance_result *result) {
    assert_true(json_number_value(json_object_get(r, "t")) == result->threshold);
    assert_true(json_number_value(json_object_get(r, "p")) == result->tail_share);
    assert_true(json_number_value(json_object_get(r, "expected_size")) == result->expected_size);
    assert_true(json_number_value(json_object_get(r, "expected_deviation")) ==
                result->expected_deviation);
    assert_int_equal(number_of(r, "kept"), result->totals.kept);
    assert_int_equal(number_of(r, "head_entries"), result->n_head);
    assert_int_equal(number_of(r, "tail_entries"), result->n_tail);
    assert_int_equal(number_of(r, "never_matched_entries"), result->n_never);
    assert_int_equal(json_is_true(json_object_get(r, "fewer_than_asked")),
                     result->fewer_than_asked);
}

static void a_run_is_recorded(void **state) {
    (void)state;
    recorded r;
    begin(&r, MC_TARGET_THRESHOLD);
    assert_int_equal(mc_run_record_write(&r.record, NULL), MC_OK);
    json_t *m = load("manifest.json");
    const json_t *parameters = json_object_get(m, "parameters");
    const json_t *metadata = json_object_get(m, "metadata");
    const json_t *shards = json_object_get(m, "shards");
    assert_string_equal(text_of(m, "metacurate"), "manifest");
    assert_string_equal(text_of(m, "version"), MC_VERSION);
    assert_string_equal(text_of(m, "command"), "curate");
    assert_true(json_is_true(json_object_get(m, "complete")));
    assert_string_equal(text_of(parameters, "rules"), "metaclip1");
    assert_string_equal(text_of(parameters, "target"), "threshold");
    assert_string_equal(text_of(parameters, "dedup"), "pair");
    assert_int_equal(number_of(parameters, "seed"), 42);
    assert_true(json_number_value(json_object_get(parameters, "t")) == 20);
    assert_null(json_object_get(parameters, "size"));
    assert_true(json_is_null(json_object_get(parameters, "only")));
    assert_string_equal(text_of(metadata, "path"), "list \xEF\xBF\xBD.json");
    assert_string_equal(text_of(metadata, "digest"), mc_concepts_digest(r.pool.concepts));
    assert_int_equal(number_of(metadata, "entries"), MADE_ENTRIES);
    assert_int_equal(number_of(metadata, "repeated"), 3);
    assert_int_equal(number_of(metadata, "dead"), 2);
    check_totals(json_object_get(m, "totals"), &r.result.totals);
    check_result(json_object_get(m, "result"), &r.result);
    assert_int_equal(json_array_size(shards), 2);
    const json_t *shard = json_array_get(shards, 1);
    assert_string_equal(text_of(shard, "name"), "shard1");
    assert_string_equal(text_of(shard, "path"), "pool/some.jsonl");
    assert_string_equal(text_of(shard, "digest"), "00112233445566778899aabbccddeeff");
    assert_int_equal(number_of(shard, "size"), 77);
    assert_string_equal(text_of(json_object_get(shard, "read"), "format"), "jsonl");
    assert_true(json_is_true(json_object_get(shard, "keep_texts")));
    json_decref(m);
    end(&r);
}

static void every_target_has_its_parameter(void **state) {
    (void)state;
    static const char *const names[] = {"threshold", "size", "tail_share", "counts"};
    static const char *const keys[] = {"t", "size", "tail_share", NULL};
    for (int target = MC_TARGET_THRESHOLD; target <= (int)MC_TARGET_COUNTS; target++) {
        recorded r;
        begin(&r, (mc_target)target);
        r.options.threshold = INFINITY;
        r.options.dedup = MC_DEDUP_NONE;
        r.options.only = "only.txt";
        r.options.seed = UINT64_MAX;
        assert_int_equal(mc_run_record_write(&r.record, NULL), MC_OK);
        json_t *m = load("manifest.json");
        const json_t *parameters = json_object_get(m, "parameters");
        assert_string_equal(text_of(parameters, "target"), names[target]);
        for (int i = 0; i < 3; i++)
            assert_int_equal(json_object_get(parameters, keys[i]) != NULL, i == target);
        if (target == MC_TARGET_THRESHOLD)
            assert_string_equal(text_of(parameters, "t"), "inf");
        assert_string_equal(text_of(parameters, "dedup"), "none");
        assert_string_equal(text_of(parameters, "only"), "only.txt");
        assert_string_equal(text_of(parameters, "seed"), "18446744073709551615");
        assert_int_equal(json_object_get(m, "result") != NULL, target != MC_TARGET_COUNTS);
        json_decref(m);
        end(&r);
    }
}

static void ledgers_and_failures_are_joined(void **state) {
    (void)state;
    static const char *const ledgers[] = {"{\"record\":1}\n{\"record\":2}\n", "",
                                          "{\"record\":3}\n"};
    static const char failures[] = "{\"reason\":\"shard\"}\n";
    char *paths[3];
    size_t size;
    for (size_t i = 0; i < 3; i++) {
        made_index made;
        char name[20];
        snprintf(name, sizeof name, "l%zu", i);
        made_index_init(&made, name, 5, false);
        assert_int_equal(mc_buffer_append(&made.ledger, ledgers[i], strlen(ledgers[i]), NULL),
                         MC_OK);
        paths[i] = strdup(scratch(name));
        made_index_write(&made, paths[i]);
        made_index_free(&made);
    }
    const mc_balance_options options = {.indexes = (const char *const *)paths,
                                        .n_indexes = 3,
                                        .folder = scratch_folder,
                                        .target = MC_TARGET_COUNTS};
    const mc_balance_result result = {.n_entries = 5};
    mc_run_record record = {.command = "match",
                            .options = &options,
                            .result = &result,
                            .failures = failures,
                            .n_failed = 1};
    assert_int_equal(mc_run_record_write(&record, NULL), MC_OK);
    char *lines = scratch_read("rejects.jsonl", &size);
    assert_string_equal(lines, "{\"record\":1}\n{\"record\":2}\n{\"record\":3}\n"
                               "{\"reason\":\"shard\"}\n");
    free(lines);
    json_t *m = load("manifest.json");
    assert_true(json_is_false(json_object_get(m, "complete")));
    assert_true(json_is_null(json_object_get(json_object_get(m, "metadata"), "path")));
    json_decref(m);
    for (size_t i = 0; i < 3; i++)
        free(paths[i]);
}

static void a_run_that_cannot_be_recorded_has_no_manifest(void **state) {
    (void)state;
    recorded r;
    mc_error error = {0};
    char folder[5000];
    begin(&r, MC_TARGET_THRESHOLD);
    assert_int_equal(truncate(r.pool.paths[1], 50), 0);
    assert_int_equal(mc_run_record_write(&r.record, &error), MC_E_FORMAT);
    assert_string_equal(error.file, r.pool.paths[1]);
    assert_int_not_equal(access(scratch("manifest.json"), F_OK), 0);
    assert_int_not_equal(access(scratch("rejects.jsonl"), F_OK), 0);
    r.options.folder = "/no/such/folder";
    assert_int_equal(mc_run_record_write(&r.record, &error), MC_E_IO);
    memset(folder, 'x', sizeof folder);
    folder[4090] = '\0';
    r.options.folder = folder;
    assert_int_equal(mc_run_record_write(&r.record, &error), MC_E_LIMIT);
    end(&r);
}

/* ---- finding indexes ---- */

static void indexes_are_found_by_the_manifest(void **state) {
    (void)state;
    recorded r;
    char **paths, *metadata, digest[33];
    size_t n;
    begin(&r, MC_TARGET_THRESHOLD);
    assert_int_equal(mc_run_record_write(&r.record, NULL), MC_OK);
    assert_int_equal(mc_find_indexes(scratch_folder, NULL, &paths, &n, NULL), MC_OK);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(paths[i], r.pool.paths[i]);
        free(paths[i]);
    }
    free(paths);
    assert_int_equal(mc_find_indexes(scratch_folder, "else/where", &paths, &n, NULL), MC_OK);
    assert_string_equal(paths[0], "else/where/shard0.mcm");
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
    assert_int_equal(mc_find_metadata(scratch_folder, &metadata, digest, NULL), MC_OK);
    assert_string_equal(metadata, "list \xEF\xBF\xBD.json");
    assert_string_equal(digest, mc_concepts_digest(r.pool.concepts));
    free(metadata);
    end(&r);
}

static void folders_without_a_whole_manifest_are_refused(void **state) {
    (void)state;
    static const char *const manifests[] = {"",
                                            "{",
                                            "[]",
                                            "{}",
                                            "{\"shards\":{}}",
                                            "{\"shards\":[{}]}",
                                            "{\"shards\":[7]}",
                                            "{\"shards\":[{\"name\":7}]}",
                                            "{\"shards\":[{\"name\":\"a\"},{\"name\":\"../b\"}]}",
                                            "{\"shards\":[],\"shards\":[]}"};
    char **paths, folder[5000];
    size_t n;
    mc_error error = {0};
    assert_int_equal(mc_find_indexes(scratch_folder, NULL, &paths, &n, &error), MC_E_FORMAT);
    assert_string_equal(error.file, scratch_folder);
    for (size_t i = 0; i < N_OF(manifests); i++) {
        scratch_write("manifest.json", manifests[i], strlen(manifests[i]));
        assert_int_equal(mc_find_indexes(scratch_folder, NULL, &paths, &n, &error), MC_E_FORMAT);
        assert_null(paths);
        assert_int_equal(n, 0);
    }
    memset(folder, '/', sizeof folder);
    memcpy(folder, scratch_folder, strlen(scratch_folder));
    folder[4090] = '\0';
    assert_int_equal(mc_find_indexes(folder, NULL, &paths, &n, &error), MC_E_LIMIT);
    folder[4080] = '\0';
    static const char manifest[] = "{\"shards\":[{\"name\":\"longer\"}]}";
    scratch_write("manifest.json", manifest, strlen(manifest));
    assert_int_equal(mc_find_indexes(folder, NULL, &paths, &n, &error), MC_E_LIMIT);
    assert_null(paths);
}

/* ---- documents ---- */

static void documents_take_any_bytes(void **state) {
    (void)state;
    json_t *document = json_object(), *back;
    mc_buffer out = {0};
    mc_doc_string(document, "good", "caf\xC3\xA9");
    mc_doc_string(document, "bad", "caf\xE9");
    mc_doc_string(document, "none", NULL);
    mc_doc_set(document, "bytes", mc_doc_bytes((mc_bytes){"a\0b", 3}));
    mc_doc_real(document, "inf", INFINITY);
    mc_doc_real(document, "tenth", 0.1);
    mc_doc_number(document, "most", UINT64_MAX);
    mc_doc_number(document, "more", INT64_MAX);
    assert_int_equal(mc_doc_text(document, false, &out, NULL), MC_OK);
    back = json_loadb(out.data, out.size, JSON_ALLOW_NUL, NULL);
    assert_string_equal(text_of(back, "good"), "caf\xC3\xA9");
    assert_string_equal(text_of(back, "bad"), "caf\xEF\xBF\xBD");
    assert_true(json_is_null(json_object_get(back, "none")));
    assert_int_equal(json_string_length(json_object_get(back, "bytes")), 3);
    assert_string_equal(text_of(back, "inf"), "inf");
    assert_true(json_real_value(json_object_get(back, "tenth")) == 0.1);
    assert_string_equal(text_of(back, "most"), "18446744073709551615");
    assert_int_equal(number_of(back, "more"), INT64_MAX);
    json_decref(back);
    mc_buffer_dispose(&out);
    mc_error error = {0};
    assert_int_equal(mc_doc_text(NULL, true, &out, &error), MC_E_MEMORY);
    mc_buffer_dispose(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(compiled_lists_are_shown, empty_folder),
        cmocka_unit_test_setup(match_indexes_are_shown, empty_folder),
        cmocka_unit_test_setup(arrays_are_shown, empty_folder),
        cmocka_unit_test_setup(documents_are_shown_as_they_are, empty_folder),
        cmocka_unit_test_setup(lines_are_counted, empty_folder),
        cmocka_unit_test_setup(long_first_lines_are_read, empty_folder),
        cmocka_unit_test_setup(what_cannot_be_shown_is_refused, empty_folder),
        cmocka_unit_test_setup(damaged_blocks_show_in_lines, empty_folder),
        cmocka_unit_test_setup(a_run_is_recorded, empty_folder),
        cmocka_unit_test_setup(every_target_has_its_parameter, empty_folder),
        cmocka_unit_test_setup(ledgers_and_failures_are_joined, empty_folder),
        cmocka_unit_test_setup(a_run_that_cannot_be_recorded_has_no_manifest, empty_folder),
        cmocka_unit_test_setup(indexes_are_found_by_the_manifest, empty_folder),
        cmocka_unit_test_setup(folders_without_a_whole_manifest_are_refused, empty_folder),
        cmocka_unit_test(documents_take_any_bytes),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
