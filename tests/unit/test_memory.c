/* Compiling, matching, extracting, balancing and reading while memory runs out. */
#include "failing_memory.h"

#include <jansson.h>

#include "made_pairs.h"
#include "made_tar.h"
#include "match/ledger.h"
#include "match/resume.h"
#include "metacurate/extract.h"
#include "no_sync.h"
#include "pool/html.h"
#include "pool/http_body.h"
#include "pool/shard.h"

#define N_OF(array) (sizeof(array) / sizeof *(array))

/* What the work works on, made while memory was there. */
static struct {
    mc_bytes entries[5], texts[4];
    mc_concepts *concepts;
    char *image;
    size_t image_size;
    mc_batch batch;
    made_sets sets;
    mc_pool_options read;
    char pool_path[1024], folder[1024], index_path[1024], uids_path[1024], list_path[1024],
        crawl_path[1024];
    made_pool pool;
} given;

static const made_limits limits = {.n_records = 40, .n_texts = 3, .n_ids = 6, .n_entries = 300};

static mc_status compile(mc_error *error) {
    mc_concepts *concepts;
    MC_TRY(mc_concepts_compile(&concepts, given.entries, N_OF(given.entries), MC_RULES_METACLIP1,
                               error));
    mc_concepts_free(concepts);
    return MC_OK;
}

static mc_status map_and_scan(mc_error *error) {
    mc_concepts *concepts;
    mc_scanner *scanner;
    mc_match_sets sets;
    MC_TRY(mc_concepts_map(&concepts, given.image, given.image_size, error));
    mc_status status = mc_scanner_create(&scanner, concepts, error);
    if (status == MC_OK) {
        status = mc_scan(scanner, given.texts, N_OF(given.texts), &sets, error);
        if (status == MC_OK && sets.offsets[1] != 3)
            status = mc_fail(error, MC_E_MISMATCH, "wrong sets");
        mc_scanner_free(scanner);
    }
    mc_concepts_free(concepts);
    return status;
}

static mc_status encode_and_decode(mc_error *error) {
    mc_block_encoder *encoder;
    mc_block block = {0};
    mc_buffer out = {0};
    mc_match_sets sets = borrow_sets(&given.sets);
    MC_TRY(mc_block_encoder_create(&encoder, error));
    mc_status status = mc_block_encode(encoder, &given.batch, &sets, true, &out, error);
    mc_block_encoder_free(encoder);
    if (status == MC_OK)
        status = mc_block_decode(&block, out.data, out.size, 300, true, error);
    mc_block_dispose(&block);
    mc_buffer_dispose(&out);
    return status;
}

static mc_status take_entry(void *context, uint32_t id, mc_bytes entry, mc_error *error) {
    (void)id;
    return mc_buffer_append(context, entry.data, entry.size, error);
}

static mc_status write_index(mc_error *error) {
    mc_index_writer *writer;
    mc_index_info info = {0};
    mc_buffer block = {0}, ledger = {0}, entries = {0};
    mc_totals totals = {0};
    uint32_t last = 0;
    mc_match_options options = {.concepts = given.concepts, .folder = given.folder};
    const char *inputs[] = {given.pool_path};
    mc_pool *pool;
    MC_TRY(mc_pool_create(&pool, inputs, 1, &given.read, error));
    options.pool = pool;
    mc_status status = mc_index_create(&writer, given.index_path, error);
    if (status == MC_OK)
        status = mc_resume_describe(&info, &options, 0, "", error);
    memcpy(info.source_digest, "00112233445566778899aabbccddeeff", 33);
    if (status == MC_OK)
        status = mc_buffer_append(&block, "no block", 8, error);
    if (status == MC_OK)
        status = mc_index_append(writer, &block, 0, error);
    if (status == MC_OK)
        status = mc_ledger_add(&ledger, &totals, &given.batch, 0, "caf\xE9", error);
    if (status == MC_OK)
        status = mc_index_put_entry(&entries, &last, 3, given.entries[0], error);
    if (status == MC_OK)
        status = mc_index_commit(&writer, &info, &ledger, &entries, error);
    mc_index_discard(&writer);
    mc_index_info_dispose(&info);
    mc_buffer_dispose(&block);
    mc_buffer_dispose(&ledger);
    mc_buffer_dispose(&entries);
    mc_pool_free(pool);
    return status;
}

static mc_status describe(mc_error *error) {
    mc_index_info info = {.shard = given.folder,
                          .path = given.index_path,
                          .read = {.format = MC_FORMAT_JSONL, .text_field = "text"},
                          .rules = MC_RULES_METACLIP1};
    mc_buffer out = {0};
    info.totals.rejected_for[0] = 7;
    mc_status status = mc_index_info_to_json(&info, &out, error);
    mc_buffer_dispose(&out);
    return status;
}

static mc_status read_index(mc_error *error) {
    mc_index index;
    mc_buffer out = {0};
    mc_block block = {0};
    MC_TRY(mc_index_open(&index, given.pool.paths[0], true, error));
    mc_status status = mc_index_read_ledger(&index, &out, error);
    if (status == MC_OK)
        status = mc_index_read_entries(&index, take_entry, &out, error);
    if (status == MC_OK)
        status = mc_index_read_identities(&index, 0, &out, error);
    if (status == MC_OK)
        status = mc_index_read(&index, 0, &out, error);
    if (status == MC_OK)
        status = mc_index_decode(&index, 0, &block, &out, true, error);
    mc_block_dispose(&block);
    mc_buffer_dispose(&out);
    mc_index_dispose(&index);
    return status;
}

static mc_status match_pool(bool resume, mc_error *error) {
    const char *inputs[] = {given.pool_path};
    mc_pool *pool;
    mc_match_result result;
    MC_TRY(mc_pool_create(&pool, inputs, 1, &given.read, error));
    const mc_match_options options = {.concepts = given.concepts,
                                      .pool = pool,
                                      .folder = given.folder,
                                      .n_threads = 1,
                                      .keep_texts = true,
                                      .resume = resume};
    mc_status status = mc_match_run(&options, &result, error);
    if (status == MC_OK)
        mc_match_result_dispose(&result);
    mc_pool_free(pool);
    return status;
}

static mc_status match(mc_error *error) {
    return match_pool(false, error);
}

static mc_status resume(mc_error *error) {
    return match_pool(true, error);
}

static mc_status take_text(void *context, const char *data, size_t size, mc_error *error) {
    return mc_buffer_append(context, data, size, error);
}

static mc_status print(mc_error *error) {
    const char *inputs[] = {given.pool_path};
    mc_pool *pool;
    mc_buffer out = {0};
    MC_TRY(mc_pool_create(&pool, inputs, 1, &given.read, error));
    const mc_match_options options = {.concepts = given.concepts, .pool = pool, .n_threads = 1};
    mc_status status = mc_match_print(&options, take_text, &out, NULL, error);
    mc_buffer_dispose(&out);
    mc_pool_free(pool);
    return status;
}

static mc_status extract_pool(mc_dedup dedup, bool resume, mc_error *error) {
    const char *inputs[] = {given.pool_path};
    mc_pool *pool;
    mc_extract_result result;
    MC_TRY(mc_pool_create(&pool, inputs, 1, &given.read, error));
    const mc_extract_options options = {.pool = pool,
                                        .folder = given.folder,
                                        .n_threads = 1,
                                        .dedup = dedup,
                                        .memory = 1,
                                        .resume = resume};
    mc_status status = mc_extract_run(&options, &result, error);
    mc_pool_free(pool);
    return status;
}

static mc_status extract(mc_error *error) {
    return extract_pool(MC_DEDUP_NONE, false, error);
}

static mc_status extract_again(mc_error *error) {
    return extract_pool(MC_DEDUP_NONE, true, error);
}

static mc_status extract_distinct(mc_error *error) {
    return extract_pool(MC_DEDUP_URL, false, error);
}

static mc_status extract_lines(mc_error *error) {
    const char *inputs[] = {given.pool_path};
    mc_pool *pool;
    mc_buffer out = {0};
    mc_extract_result result;
    MC_TRY(mc_pool_create(&pool, inputs, 1, &given.read, error));
    const mc_extract_options options = {.pool = pool, .n_threads = 1};
    mc_status status = mc_extract_print(&options, take_text, &out, &result, error);
    mc_buffer_dispose(&out);
    mc_pool_free(pool);
    return status;
}

static mc_balance_options balance_options(void) {
    return (mc_balance_options){.indexes = (const char *const *)given.pool.paths,
                                .n_indexes = given.pool.n_shards,
                                .folder = given.folder,
                                .target = MC_TARGET_THRESHOLD,
                                .threshold = 5,
                                .memory = 1,
                                .n_threads = 1};
}

static mc_status run_balance(const mc_balance_options *options, mc_error *error) {
    mc_balance_result result;
    MC_TRY(mc_balance_run(options, &result, error));
    mc_balance_result_dispose(&result);
    return MC_OK;
}

static mc_status balance(mc_error *error) {
    mc_balance_options options = balance_options();
    options.exclude = given.uids_path;
    options.emit = MC_EMIT_TSV | MC_EMIT_DATACOMP | MC_EMIT_METACLIP;
    return run_balance(&options, error);
}

static mc_status balance_copies(mc_error *error) {
    mc_balance_options options = balance_options();
    options.dedup = MC_DEDUP_NONE;
    options.target = MC_TARGET_SIZE;
    options.size = 20;
    options.concepts = given.pool.concepts;
    return run_balance(&options, error);
}

static mc_status balance_share(mc_error *error) {
    mc_balance_options options = balance_options();
    options.target = MC_TARGET_TAIL_SHARE;
    options.tail_share = 0.5;
    return run_balance(&options, error);
}

/* Reads a shard that must have n_expected texts. */
static mc_status read_texts(const char *input, size_t n_expected, mc_error *error) {
    const char *inputs[] = {input};
    mc_pool *pool;
    mc_shard *shard = NULL;
    mc_parser *parser = NULL;
    mc_chunk chunk = {0};
    mc_batch batch = {0};
    size_t n_texts = 0;
    MC_TRY(mc_pool_create(&pool, inputs, 1, &given.read, error));
    mc_status status = mc_parser_create(&parser, error);
    if (status == MC_OK)
        status = mc_shard_open(&shard, pool, 0, error);
    while (status == MC_OK && (status = mc_shard_read(shard, &chunk, error)) == MC_OK) {
        status = mc_shard_parse(shard, parser, &chunk, &batch, error);
        n_texts += batch.n_texts;
    }
    if (status == MC_END)
        status = n_texts == n_expected ? MC_OK : mc_fail(error, MC_E_MISMATCH, "other texts");
    mc_batch_dispose(&batch);
    mc_chunk_dispose(&chunk);
    mc_parser_free(parser);
    mc_shard_close(shard);
    mc_pool_free(pool);
    return status;
}

/* An archive that a list names. */
static mc_status read_archive(mc_error *error) {
    return read_texts(given.list_path, 2, error);
}

static mc_status read_crawl(mc_error *error) {
    return read_texts(given.crawl_path, 6, error);
}

static mc_status take_image(void *context, const mc_html_image *image, mc_error *error) {
    (void)error;
    *(size_t *)context += image->alt.size;
    return MC_OK;
}

static mc_status read_pages(mc_error *error) {
    static const char *const RESPONSES[] = {
        "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<base href='&#97;'><img src=a alt='&amp;'>",
        "HTTP/1.1 200 OK\nContent-Type: text/html; charset=koi8-r\n\n<img src=a alt=\xC1>",
        "HTTP/1.1 200 OK\nContent-Type: text/html; charset=gbk\n\n<img src=a alt=\xC4\xE3>",
        "HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\n\n<img src=a alt=\xFF>",
        "HTTP/1.1 200 OK\nContent-Type: text/html; charset=iso-2022-jp\n\n<img src=a alt=x>",
        ("HTTP/1.1 200 OK\nContent-Type: text/html\nTransfer-Encoding: chunked\n"
         "Content-Encoding: "
         "deflate\n\nc\n\x78\x9c\xb3\xc9\xcc\x4d\x57\x28\x2e\x4a\xb6\x4d\n0\n\n")};
    mc_http *http = NULL;
    mc_html *html = NULL;
    size_t alts = 0;
    mc_status status = mc_http_create(&http, error);
    if (status == MC_OK)
        status = mc_html_create(&html, error);
    for (size_t i = 0; status == MC_OK && i < N_OF(RESPONSES); i++) {
        mc_http_kind kind;
        mc_bytes page, response = {RESPONSES[i], strlen(RESPONSES[i])};
        status = mc_http_page(http, response, 1000, &kind, &page, NULL, error);
        if (status == MC_OK && kind != MC_HTTP_HTML)
            status = mc_fail(error, MC_E_MISMATCH, "no page");
        if (status == MC_OK)
            status = mc_html_images(html, page, true, take_image, &alts, error);
    }
    if (status == MC_OK && alts != 1 + 2 + 3 + 3 + 1)
        status = mc_fail(error, MC_E_MISMATCH, "other images");
    mc_http_free(http);
    mc_html_free(html);
    return status;
}

static void pages_are_read_or_not(void **state) {
    (void)state;
    fail_each(read_pages, 10);
}

/* A page of WAT with escapes and ill-formed bytes, one of HTML, and what is none. */
static void crawls_are_read_or_not(void **state) {
    (void)state;
    static const char wat[] =
        "{\"Envelope\":{\"WARC-Header-Metadata\":{\"WARC-Type\":\"response\","
        "\"WARC-Target-URI\":\"http:\\/\\/h\"},\"Payload-Metadata\":{\"HTTP-Response-Metadata\":{"
        "\"HTML-Metadata\":{\"Head\":{\"Base\":\"\\/b\\/\"},\"Links\":[{\"path\":\"IMG@/src\","
        "\"url\":\"\\u0061\",\"alt\":\"\\ud800\",\"title\":\"\xFF\",\"data-image-title\":\"c\"}]}}}"
        "}}";
    static const char html[] = "HTTP/1.1 200 OK\nContent-Type: text/html\n\n"
                               "<base href=/b/><img src=a alt=A title=B><img src=b alt=C>";
    char warc[2000];
    int size = snprintf(warc, sizeof warc,
                        "WARC/1.0\nWARC-Type: metadata\nContent-Type: application/json\n"
                        "Content-Length: %zu\n\n%s\n\nnone\nWARC/1.0\nWARC-Type: response\n"
                        "WARC-Target-URI: http://h/\xFF\nContent-Length: %zu\n\n%s\n\n"
                        "WARC/1.0\nContent-Length: 99\n\n",
                        sizeof wat - 1, wat, sizeof html - 1, html);
    assert_true(size > 0 && (size_t)size < sizeof warc);
    snprintf(given.crawl_path, sizeof given.crawl_path, "%s",
             scratch_write("pool.warc", warc, (size_t)size));
    fail_each(read_crawl, 15);
}

static void archives_are_read_or_not(void **state) {
    (void)state;
    mc_buffer archive = {0};
    char line[1100];
    assert_true(made_tar_add(&archive, "pax", 'x', "15 path=a.json\n"));
    assert_true(made_tar_add(&archive, "x", '0', "{\"url\":\"u\"}"));
    assert_true(made_tar_add(&archive, "a.txt", '0', "a cat"));
    assert_true(made_tar_add(&archive, "b.txt", '0', "a dog"));
    assert_true(made_tar_add(&archive, "c.jpg", '0', "image"));
    snprintf(line, sizeof line, "%s\n", scratch_write("pool.tar", archive.data, archive.size));
    snprintf(given.list_path, sizeof given.list_path, "@%s",
             scratch_write("list", line, strlen(line)));
    mc_buffer_dispose(&archive);
    fail_each(read_archive, 15);
}

static void lists_are_compiled_or_not(void **state) {
    (void)state;
    fail_each(compile, 5);
}

static void texts_are_scanned_or_not(void **state) {
    (void)state;
    fail_each(map_and_scan, 5);
}

static void blocks_are_coded_or_not(void **state) {
    (void)state;
    fail_each(encode_and_decode, 5);
}

static void indexes_are_written_or_not(void **state) {
    (void)state;
    fail_each(write_index, 20);
    assert_int_equal(access(given.index_path, F_OK), 0);
    json_set_alloc_funcs(malloc, free); /* this file's calls are sent to the functions above */
    fail_each(describe, 50);
    json_set_alloc_funcs(__real_malloc, free);
}

static void indexes_are_read_or_not(void **state) {
    (void)state;
    fail_each(read_index, 20);
}

static void pools_are_matched_or_not(void **state) {
    (void)state;
    fail_each(match, 40);
    fail_each(resume, 40);
    fail_each(print, 10);
}

static void pools_are_extracted_or_not(void **state) {
    (void)state;
    fail_each(extract, 40);
    fail_each(extract_again, 10);
    fail_each(extract_distinct, 80);
    fail_each(extract_lines, 10);
}

static void pairs_are_balanced_or_not(void **state) {
    (void)state;
    fail_each(balance, 80);
    fail_each(balance_copies, 40);
    fail_each(balance_share, 40);
}

static int set_up(void **state) {
    static const char *const entries[] = {"cat", "a cat", "dog", "", "in the house of a cat"};
    static const char *const texts[] = {"a cat, a dog", "", "in the house of a cat", "x"};
    static const char lines[] =
        "{\"text\":\"a cat\",\"url\":\"u\"}\n{\"texts\":[\"dog\",\"caf\xC3 \\ud800\"]}\nbad\n";
    const made_shape shape = {.n_shards = 2,
                              .n_records = 60,
                              .n_texts = 2,
                              .n_images = 9,
                              .n_captions = 20,
                              .keep_texts = true};
    if (scratch_make(state) != 0)
        return -1;
    for (size_t i = 0; i < N_OF(given.entries); i++)
        given.entries[i] = (mc_bytes){entries[i], strlen(entries[i])};
    for (size_t i = 0; i < N_OF(given.texts); i++)
        given.texts[i] = (mc_bytes){texts[i], strlen(texts[i])};
    if (mc_concepts_compile(&given.concepts, given.entries, N_OF(given.entries), MC_RULES_METACLIP1,
                            NULL) != MC_OK)
        return -1;
    const void *image = mc_concepts_data(given.concepts, &given.image_size);
    given.image = aligned_alloc(64, given.image_size);
    if (!given.image)
        return -1;
    memcpy(given.image, image, given.image_size);
    make_batch(&given.batch, &limits);
    given.sets = make_sets(&given.batch, &limits);
    snprintf(given.folder, sizeof given.folder, "%s/out", scratch_folder);
    snprintf(given.index_path, sizeof given.index_path, "%s/made.mcm", scratch_folder);
    snprintf(given.pool_path, sizeof given.pool_path, "%s",
             scratch_write("pool.jsonl", lines, strlen(lines)));
    snprintf(given.uids_path, sizeof given.uids_path, "%s",
             scratch_write("uids", "{\"uid\":\"00112233445566778899aabbccddeeff\"}\n", 43));
    made_pool_init(&given.pool, &shape);
    return mkdir(given.folder, 0755);
}

static int tear_down(void **state) {
    mc_concepts_free(given.concepts);
    free(given.image);
    mc_batch_dispose(&given.batch);
    made_sets_free(&given.sets);
    made_pool_free(&given.pool);
    return scratch_remove(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_read_or_not),      cmocka_unit_test(archives_are_read_or_not),
        cmocka_unit_test(crawls_are_read_or_not),     cmocka_unit_test(lists_are_compiled_or_not),
        cmocka_unit_test(texts_are_scanned_or_not),   cmocka_unit_test(blocks_are_coded_or_not),
        cmocka_unit_test(indexes_are_written_or_not), cmocka_unit_test(indexes_are_read_or_not),
        cmocka_unit_test(pools_are_matched_or_not),   cmocka_unit_test(pools_are_extracted_or_not),
        cmocka_unit_test(pairs_are_balanced_or_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
