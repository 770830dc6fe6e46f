/* What a run of balancing gives and every byte that it emits, held against balancing in the
 * plainest way. Its folder is out/ in the scratch folder. */
#ifndef TEST_BALANCE_CHECKS_H
#define TEST_BALANCE_CHECKS_H

#include "made_pairs.h"

#include "metacurate/io.h"

static mc_buffer expected; /* bytes of the file that is being compared */

static inline const char *out_folder(void) {
    static char folder[300];
    snprintf(folder, sizeof folder, "%s/out", scratch_folder);
    return folder;
}

static inline bool near(double a, double b) {
    return a == b || fabs(a - b) <= 1e-9 * fabs(a + b);
}

static inline int compare_tops(const void *a, const void *b) {
    const mc_top_entry *x = a, *y = b;
    if (x->before != y->before)
        return x->before > y->before ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static inline void check_summary(const mc_balance_result *result, const plain_result *plain) {
    mc_top_entry tops[MADE_ENTRIES];
    uint32_t n_head = 0, n_tail = 0, n_tops = 0;
    for (uint32_t id = 0; id < MADE_ENTRIES; id++) {
        uint64_t n = plain->counts[id];
        n_head += n > 0 && (double)n >= plain->threshold;
        n_tail += n > 0 && (double)n < plain->threshold;
        if (n > 0)
            tops[n_tops++] = (mc_top_entry){id, n, plain->counts_after[id], NULL};
    }
    assert_int_equal(result->n_head, n_head);
    assert_int_equal(result->n_tail, n_tail);
    assert_int_equal(result->n_never, MADE_ENTRIES - n_tops);
    qsort(tops, n_tops, sizeof *tops, compare_tops);
    assert_int_equal(result->n_top, n_tops < MC_TOP_ENTRIES ? n_tops : MC_TOP_ENTRIES);
    for (size_t i = 0; i < result->n_top; i++) {
        char string[40];
        assert_int_equal(result->top[i].id, tops[i].id);
        assert_int_equal(result->top[i].before, tops[i].before);
        assert_int_equal(result->top[i].after, tops[i].after);
        made_entry(tops[i].id, string);
        assert_string_equal(result->top[i].entry, string);
    }
}

static inline void check_result(const made_pool *pool, const mc_balance_result *result,
                                const plain_result *plain, const uint64_t *drawn) {
    const mc_totals *t = &result->totals;
    assert_int_equal(result->n_entries, MADE_ENTRIES);
    assert_memory_equal(result->counts, plain->counts, sizeof plain->counts);
    assert_memory_equal(result->counts_after, plain->counts_after, sizeof plain->counts_after);
    assert_int_equal(t->records, pool->books.records);
    assert_int_equal(t->read, pool->books.read);
    assert_int_equal(t->rejected, pool->books.rejected);
    assert_int_equal(t->texts, pool->n_texts);
    assert_int_equal(t->empty, pool->books.empty);
    assert_int_equal(t->excluded, plain->n_excluded);
    assert_int_equal(t->duplicates, plain->n_duplicates);
    assert_int_equal(t->matched, plain->n_matched);
    assert_int_equal(t->unmatched, plain->n_unmatched);
    assert_int_equal(t->matches, plain->n_matches);
    assert_int_equal(t->kept, plain->n_kept);
    assert_int_equal(t->texts, t->empty + t->excluded + t->duplicates + t->unmatched + t->matched);
    assert_true(result->threshold == plain->threshold);
    assert_true(result->tail_share == mc_tail_share_of(drawn, MADE_ENTRIES, plain->threshold));
    assert_true(near(result->expected_size, plain->expected_size));
    assert_true(near(result->expected_deviation, plain->expected_deviation) ||
                plain->expected_deviation < 1e-6);
    check_summary(result, plain);
}

/* ---- what is emitted ---- */

static inline void expect(const void *data, size_t size) {
    assert_int_equal(mc_buffer_append(&expected, data, size, NULL), MC_OK);
}

static inline void expect_text(const char *text) {
    expect(text, strlen(text));
}

static inline void expect_header(const char *descr, uint64_t n, const char *columns) {
    char header[129];
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    int size = snprintf(header + 10, sizeof header - 10,
                        "{'descr': %s, 'fortran_order': False, 'shape': (%llu,%s), }", descr,
                        (unsigned long long)n, columns);
    memset(header + 10 + size, ' ', 118 - (size_t)size);
    header[127] = '\n';
    expect(header, 128);
}

static inline void check_file(const char *name) {
    char path[1024], *data;
    size_t size;
    mc_error error = {0};
    snprintf(path, sizeof path, "%s/%s", out_folder(), name);
    if (mc_read_file(path, SIZE_MAX / 4, &data, &size, &error) != MC_OK)
        fail_msg("%s: %s", path, error.message);
    if (size != expected.size || (size && memcmp(data, expected.data, size) != 0)) {
        size_t at = 0;
        while (at < size && at < expected.size && data[at] == expected.data[at])
            at++;
        fail_msg("%s differs at byte %zu", name, at);
    }
    free(data);
    expected.size = 0;
}

static inline bool is_there(const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", out_folder(), name);
    return access(path, F_OK) == 0;
}

static inline void expect_json_string(const char *text) {
    expect_text("\"");
    for (; *text; text++) {
        if (*text == '"')
            expect_text("\\\"");
        else if (*text == '\n')
            expect_text("\\n");
        else if (*text == '\t')
            expect_text("\\t");
        else
            expect(text, 1);
    }
    expect_text("\"");
}

static inline void expect_number(double value) {
    char number[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(number, sizeof number, "%.*g", digits, value);
        if (strtod(number, NULL) == value)
            break;
    }
    expect_text(number);
}

static inline void expect_line(const made_pool *pool, const made_text *t) {
    char uid[33], text[200];
    mc_u128_hex(t->pair.uid, uid);
    snprintf(text, sizeof text,
             "{\"uid\":\"%s\",\"shard\":\"%s\",\"record\":%llu,"
             "\"text_number\":%u,\"url\":",
             uid, pool->names[t->shard], (unsigned long long)t->record, (unsigned)t->number);
    expect_text(text);
    if (t->url[0])
        expect_json_string(t->url);
    else
        expect_text("null");
    expect_text(",\"text\":");
    expect_json_string(t->caption);
    expect_text(",\"key\":");
    expect_number(t->key);
    expect_text("}\n");
}

static inline void expect_field(const char *field, const char *end) {
    bool quoted = field[0] == '"';
    expect_text(quoted ? "\"" : "");
    for (const char *c = field; *c; c++) {
        if (quoted && *c == '"')
            expect_text("\"");
        expect(*c == '\t' || *c == '\n' ? " " : c, 1);
    }
    expect_text(quoted ? "\"" : "");
    expect_text(end);
}

static inline void check_lines(const made_pool *pool, bool tsv) {
    for (size_t i = 0; i < pool->n_texts; i++)
        if (pool->texts[i].kept)
            expect_line(pool, &pool->texts[i]);
    check_file("subset.jsonl.zst");
    if (!tsv)
        return;
    expect_text("url\tcaption\tuid\n");
    for (size_t i = 0; i < pool->n_texts; i++) {
        const made_text *t = &pool->texts[i];
        if (!t->kept)
            continue;
        char uid[33];
        mc_u128_hex(t->pair.uid, uid);
        expect_field(t->url, "\t");
        expect_field(t->caption, "\t");
        expect_field(uid, "\n");
    }
    check_file("subset.tsv");
}

static inline void check_rows(const made_pool *pool) {
    for (size_t s = 0; s < pool->n_shards; s++) {
        char name[100];
        uint64_t n = 0;
        for (size_t i = 0; i < pool->n_texts; i++)
            n += pool->texts[i].shard == s && pool->texts[i].kept;
        expect_header("'<u8'", n, "");
        for (size_t i = 0; i < pool->n_texts; i++)
            if (pool->texts[i].shard == s && pool->texts[i].kept)
                expect(&pool->texts[i].record, 8);
        snprintf(name, sizeof name, "subset/%s.npy", pool->names[s]);
        check_file(name);
        snprintf(name, sizeof name, "subset/%s.texts.npy", pool->names[s]);
        assert_int_equal(is_there(name), pool->several[s]);
        if (!pool->several[s])
            continue;
        expect_header("'<u4'", n, "");
        for (size_t i = 0; i < pool->n_texts; i++)
            if (pool->texts[i].shard == s && pool->texts[i].kept)
                expect(&pool->texts[i].number, 4);
        check_file(name);
    }
}

static inline int compare_uids(const void *a, const void *b) {
    return mc_u128_compare(*(const mc_u128 *)a, *(const mc_u128 *)b);
}

static inline void check_datacomp(const made_pool *pool) {
    mc_u128 *uids = calloc(pool->n_texts + 1, sizeof *uids);
    size_t n = 0, n_distinct = 0;
    for (size_t i = 0; i < pool->n_texts; i++)
        if (pool->texts[i].kept)
            uids[n++] = pool->texts[i].pair.uid;
    qsort(uids, n, sizeof *uids, compare_uids);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !mc_u128_equal(uids[i], uids[i - 1]))
            uids[n_distinct++] = uids[i];
    expect_header("[('f0', '<u8'), ('f1', '<u8')]", n_distinct, "");
    for (size_t i = 0; i < n_distinct; i++) {
        expect(&uids[i].high, 8);
        expect(&uids[i].low, 8);
    }
    free(uids);
    check_file("subset.datacomp.npy");
}

static inline void check_metaclip(const made_pool *pool, const plain_result *plain, const char *t) {
    char name[200];
    expect_header("'<u8'", MADE_ENTRIES, "");
    expect(plain->counts, sizeof plain->counts);
    check_file("metaclip/entry_count.npy");
    for (size_t s = 0; s < pool->n_shards; s++) {
        uint64_t n_rows = 0, n_kept = 0;
        for (size_t i = 0; i < pool->n_texts; i++) {
            const made_text *text = &pool->texts[i];
            n_rows += text->shard == s && takes_part(text) ? text->n_ids : 0;
            n_kept += text->shard == s && text->kept;
        }
        expect_header("'<u4'", n_rows, " 2");
        for (uint32_t id = 0; id < MADE_ENTRIES; id++)
            for (size_t i = 0; i < pool->n_texts; i++) {
                const made_text *text = &pool->texts[i];
                bool holds = false;
                for (uint32_t k = 0; k < text->n_ids; k++)
                    holds |= text->ids[k] == id;
                uint32_t row[2] = {id, (uint32_t)text->in_shard};
                if (text->shard == s && takes_part(text) && holds)
                    expect(row, sizeof row);
            }
        snprintf(name, sizeof name, "metaclip/%zu/%zu_inverted.npy", s, s);
        check_file(name);
        expect_header("'<u4'", n_kept, "");
        for (size_t i = 0; i < pool->n_texts; i++) {
            uint32_t text = (uint32_t)pool->texts[i].in_shard;
            if (pool->texts[i].shard == s && pool->texts[i].kept)
                expect(&text, 4);
        }
        snprintf(name, sizeof name, "metaclip/subset_%s/%zu/%zu.npy", t, s, s);
        check_file(name);
    }
}

static inline void check_counts(const plain_result *plain) {
    expect_header("'<u8'", MADE_ENTRIES, "");
    expect(plain->counts, sizeof plain->counts);
    check_file("counts.npy");
}

/* Names in a folder, those that begin with a dot included: nothing must be left over. */
static inline size_t count_names(const char *folder) {
    char path[1024];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s", out_folder(), folder);
    DIR *listing = opendir(path);
    assert_non_null(listing);
    for (struct dirent *found; (found = readdir(listing)) != NULL;)
        n += strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0;
    closedir(listing);
    return n;
}

static inline void check_files(const made_pool *pool, const plain_result *plain, unsigned emit,
                               const char *t) {
    size_t n_several = 0;
    check_counts(plain);
    check_lines(pool, emit & MC_EMIT_TSV);
    check_rows(pool);
    if (emit & MC_EMIT_DATACOMP)
        check_datacomp(pool);
    if (emit & MC_EMIT_METACLIP)
        check_metaclip(pool, plain, t);
    for (size_t s = 0; s < pool->n_shards; s++)
        n_several += pool->several[s];
    assert_int_equal(count_names("subset"), pool->n_shards + n_several);
    assert_int_equal(count_names(""), 4u + !!(emit & MC_EMIT_TSV) + !!(emit & MC_EMIT_DATACOMP) +
                                          !!(emit & MC_EMIT_METACLIP));
}

#endif
