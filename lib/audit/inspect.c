/* Any file that metacurate writes, as JSON. What a file is, is told by its first bytes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "match/document.h"
#include "io/json_out.h"
#include "io/source.h"
#include "match/index.h"
#include "metacurate/audit.h"
#include "metacurate/io.h"

#define SMALL_DOCUMENT (64u << 20)
#define FLUSH_BYTES (1u << 16)

typedef struct output {
    mc_status (*write)(void *context, const char *data, size_t size, mc_error *error);
    void *context;
    mc_buffer text;
} output;

static mc_status flush(output *out, mc_error *error) {
    mc_status status =
        out->text.size ? out->write(out->context, out->text.data, out->text.size, error) : MC_OK;
    out->text.size = 0;
    return status;
}

static mc_status print_document(output *out, json_t *document, mc_error *error) {
    MC_TRY(mc_doc_text(document, false, &out->text, error));
    return flush(out, error);
}

/* ---- match indexes ---- */

static mc_status inspect_index(output *out, const char *path, mc_error *error) {
    mc_index index;
    mc_buffer info = {0};
    MC_TRY(mc_index_open(&index, path, true, error));
    json_t *document = json_object();
    mc_doc_string(document, "kind", "match index");
    mc_doc_number(document, "blocks", index.n_blocks);
    mc_status status = mc_index_info_to_json(&index.info, &info, error);
    if (status == MC_OK)
        mc_doc_set(document, "info", json_loadb(info.data, info.size, 0, NULL));
    mc_buffer_dispose(&info);
    mc_index_dispose(&index);
    if (status != MC_OK) {
        json_decref(document);
        return status;
    }
    return print_document(out, document, error);
}

static mc_status print_text(output *out, const mc_block *block, uint32_t i, bool kept,
                            mc_error *error) {
    char uid[33];
    mc_pair pair = mc_pair_load(block->identity + (size_t)i * MC_IDENTITY_SIZE);
    mc_u128_hex(pair.uid, uid);
    MC_TRY(mc_buffer_printf(&out->text, error,
                            "{\"record\":%" PRIu64 ",\"text_number\":%" PRIu32
                            ",\"uid\":\"%s\",\"text_hash\":\"%016" PRIx64 "\"",
                            block->info.first_record + block->records[i], block->numbers[i], uid,
                            pair.text_hash));
    if (kept) {
        MC_TRY(mc_buffer_printf(&out->text, error, ",\"url\":"));
        MC_TRY(mc_json_string(&out->text, block->urls[i].data, block->urls[i].size, error));
        MC_TRY(mc_buffer_printf(&out->text, error, ",\"text\":"));
        MC_TRY(mc_json_string(&out->text, block->texts[i].data, block->texts[i].size, error));
    }
    if (block->languages[i]) {
        char code[MC_LANGUAGE_MAX + 1];
        mc_language_text(block->languages[i], code);
        MC_TRY(mc_buffer_printf(&out->text, error, ",\"lang\":\"%s\"", code));
    }
    MC_TRY(mc_buffer_printf(&out->text, error, ",\"matches\":["));
    for (uint32_t k = block->offsets[i]; k < block->offsets[i + 1]; k++)
        MC_TRY(mc_buffer_printf(&out->text, error, k > block->offsets[i] ? ",%" PRIu32 : "%" PRIu32,
                                block->ids[k]));
    MC_TRY(mc_buffer_printf(&out->text, error, "]}\n"));
    return out->text.size < FLUSH_BYTES ? MC_OK : flush(out, error);
}

static mc_status print_texts(output *out, const char *path, mc_error *error) {
    mc_index index;
    mc_buffer stored = {0};
    mc_block block = {0};
    MC_TRY(mc_index_open(&index, path, true, error));
    mc_status status = MC_OK;
    for (size_t b = 0; b < index.n_blocks && status == MC_OK; b++) {
        status = mc_index_read(&index, b, &stored, error);
        if (status == MC_OK)
            status = mc_index_decode(&index, b, &block, &stored, true, error);
        for (uint32_t i = 0; status == MC_OK && i < block.info.n_texts; i++)
            status = print_text(out, &block, i, index.info.keep_texts, error);
    }
    mc_block_dispose(&block);
    mc_buffer_dispose(&stored);
    mc_index_dispose(&index);
    return status == MC_OK ? flush(out, error) : status;
}

/* ---- compiled lists ---- */

static mc_status print_entries(output *out, const mc_concepts *concepts, mc_error *error) {
    for (uint32_t id = 0; id < mc_concepts_count(concepts); id++) {
        mc_bytes entry = mc_concepts_entry(concepts, id);
        bool dead = mc_entry_is_dead(entry.data, entry.size, mc_concepts_rules(concepts));
        json_t *row = json_object();
        mc_doc_number(row, "id", id);
        mc_doc_set(row, "entry", mc_doc_bytes(entry));
        mc_doc_set(row, "dead", json_boolean(dead));
        MC_TRY(mc_doc_text(row, true, &out->text, error));
        if (out->text.size >= FLUSH_BYTES)
            MC_TRY(flush(out, error));
    }
    return flush(out, error);
}

static mc_status inspect_concepts(output *out, const void *data, size_t size, bool lines,
                                  mc_error *error) {
    mc_concepts *concepts;
    MC_TRY(mc_concepts_map(&concepts, data, size, error));
    mc_status status;
    if (lines) {
        status = print_entries(out, concepts, error);
    } else {
        json_t *document = json_object();
        mc_doc_string(document, "kind", "compiled list");
        mc_doc_number(document, "bytes", size);
        mc_doc_number(document, "entries", mc_concepts_count(concepts));
        mc_doc_number(document, "repeated", mc_concepts_repeated(concepts));
        mc_doc_number(document, "dead", mc_concepts_dead(concepts));
        mc_doc_string(document, "rules", mc_rules_name(mc_concepts_rules(concepts)));
        mc_doc_string(document, "digest", mc_concepts_digest(concepts));
        status = print_document(out, document, error);
    }
    mc_concepts_free(concepts);
    return status;
}

/* ---- arrays and lines ---- */

/* The value after key in a .npy header, up to end, which belongs to it when it is a bracket. */
static json_t *header_value(const char *header, const char *key, const char *end) {
    const char *at = strstr(header, key);
    if (!at)
        return json_null();
    at += strlen(key);
    at += strspn(at, " '");
    size_t size = strcspn(at, end);
    size += at[size] == ']';
    return mc_doc_bytes((mc_bytes){at, size});
}

static mc_status inspect_array(output *out, const char *data, size_t size, mc_error *error) {
    char header[1024] = "";
    size_t length =
        size > 10 ? (size_t)(unsigned char)data[8] | (size_t)(unsigned char)data[9] << 8 : 0;
    if (length == 0 || length + 10 > size || length >= sizeof header)
        return mc_fail(error, MC_E_FORMAT, "damaged array: no header");
    memcpy(header, data + 10, length);
    json_t *document = json_object();
    mc_doc_string(document, "kind", "array");
    mc_doc_set(document, "descr",
               header_value(header, "'descr':", strchr(header, '[') ? "]" : "'"));
    mc_doc_set(document, "shape", header_value(header, "'shape': (", ")"));
    mc_doc_number(document, "bytes", size - 10 - length);
    return print_document(out, document, error);
}

/* Lines (subset.jsonl.zst, subset.tsv, rejects.jsonl): how many, and the first. */
static mc_status inspect_lines(output *out, const char *path, mc_error *error) {
    mc_source *source;
    char piece[1 << 16];
    size_t got;
    uint64_t n_lines = 0, n_bytes = 0;
    mc_buffer first = {0};
    MC_TRY(mc_source_open(&source, path, error));
    mc_status status;
    while ((status = mc_source_read(source, piece, sizeof piece, &got, error)) == MC_OK) {
        const char *feed = memchr(piece, '\n', got);
        if (n_lines == 0 && first.size < SMALL_DOCUMENT)
            status = mc_buffer_append(&first, piece, feed ? (size_t)(feed - piece) : got, error);
        for (size_t i = 0; i < got; i++)
            n_lines += piece[i] == '\n';
        n_bytes += got;
        if (status != MC_OK)
            break;
    }
    mc_source_close(source);
    json_t *line = first.size ? json_loadb(first.data, first.size, 0, NULL) : NULL;
    bool is_table = first.size >= 4 && memcmp(first.data, "url\t", 4) == 0;
    if (status == MC_END && first.size > 0 && !json_is_object(line) && !is_table)
        status = mc_fail(error, MC_E_FORMAT, "is no file that metacurate writes");
    if (status == MC_END) {
        json_t *document = json_object();
        mc_doc_string(document, "kind", "lines");
        mc_doc_number(document, "lines", n_lines);
        mc_doc_number(document, "bytes", n_bytes);
        mc_doc_set(document, "first",
                   line ? json_incref(line) : mc_doc_bytes((mc_bytes){first.data, first.size}));
        status = print_document(out, document, error);
    }
    json_decref(line);
    mc_buffer_dispose(&first);
    return status;
}

/* A document of ours (manifest, report, list) is JSON already. */
static bool is_document(const char *data, size_t size) {
    json_t *document = size < SMALL_DOCUMENT ? json_loadb(data, size, JSON_ALLOW_NUL, NULL) : NULL;
    bool is = json_is_object(document) || json_is_array(document);
    json_decref(document);
    return is;
}

static mc_status inspect(output *out, const char *path, const char *data, size_t size, bool lines,
                         mc_error *error) {
    if (mc_concepts_is_compiled(data, size))
        return inspect_concepts(out, data, size, lines, error);
    if (size >= 6 && memcmp(data, "MCMIDX", 6) == 0)
        return lines ? print_texts(out, path, error) : inspect_index(out, path, error);
    if (size >= 6 && memcmp(data, "\x93NUMPY", 6) == 0)
        return inspect_array(out, data, size, error);
    if (is_document(data, size)) {
        MC_TRY(mc_buffer_append(&out->text, data, size, error));
        return flush(out, error);
    }
    return inspect_lines(out, path, error);
}

mc_status mc_inspect(const char *path, bool lines,
                     mc_status (*write)(void *context, const char *data, size_t size,
                                        mc_error *error),
                     void *context, mc_error *error) {
    output out = {.write = write, .context = context};
    const void *data;
    size_t size;
    MC_TRY(mc_map_file(path, &data, &size, error));
    mc_status status = inspect(&out, path, data ? data : "", size, lines, error);
    mc_unmap_file(data, size);
    mc_buffer_dispose(&out.text);
    if (status < 0 && error && !error->file[0])
        mc_error_place(error, path, error->record, error->offset);
    return status;
}
