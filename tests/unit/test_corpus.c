/* Corpora: dumps in every compression yield the same text, damage costs what it hits, plain text is
 * taken line by line, and the texts of the dumps in the data folder are what they were. */
#include "random.h"
#include "scratch.h"

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include "metacurate/text.h"
#include "metadata/corpus.h"

typedef struct outcome {
    mc_buffer text, ledger;
    mc_corpus_totals totals;
    mc_u128 digest;
    size_t n_chunks;
} outcome;

static void append(mc_buffer *out, const void *data, size_t size) {
    assert_int_equal(mc_buffer_append(out, data, size, NULL), MC_OK);
}

static void append_text(mc_buffer *out, const char *text) {
    append(out, text, strlen(text));
}

static outcome read_corpus(const char *path, mc_corpus_kind kind) {
    outcome found = {0};
    mc_corpus *corpus;
    mc_corpus_chunk *chunk;
    mc_corpus_scratch *own;
    mc_error error = {0};
    uint64_t size;
    mc_status status;
    assert_int_equal(mc_corpus_create(&corpus, &path, 1, kind, &error), MC_OK);
    assert_int_equal(mc_corpus_chunk_create(&chunk, &error), MC_OK);
    assert_int_equal(mc_corpus_scratch_create(&own, &error), MC_OK);
    assert_int_equal(mc_corpus_open(corpus, 0, &error), MC_OK);
    while ((status = mc_corpus_read(corpus, 0, chunk, &error)) == MC_OK) {
        found.n_chunks++;
        assert_int_equal(
            mc_corpus_text(corpus, own, chunk, &found.text, &found.totals, &found.ledger, &error),
            MC_OK);
    }
    if (status != MC_END)
        print_message("%s\n", error.message);
    assert_int_equal(status, MC_END);
    assert_int_equal(mc_corpus_read(corpus, 0, chunk, &error), MC_END);
    assert_int_equal(mc_corpus_digest(corpus, 0, &found.digest, &size, &error), MC_OK);
    assert_true(mc_corpus_size(corpus) == 0 || mc_corpus_size(corpus) == size);
    assert_int_equal(mc_corpus_taken(corpus, 0), size);
    mc_corpus_chunk_free(chunk);
    mc_corpus_scratch_free(own);
    mc_corpus_free(corpus);
    assert_int_equal(found.totals.bytes_out, found.text.size);
    append(&found.text, "", 1);
    found.text.size--;
    append(&found.ledger, "", 1);
    assert_true(mc_utf8_valid(found.text.data, found.text.size));
    return found;
}

static void dispose(outcome *found) {
    mc_buffer_dispose(&found->text);
    mc_buffer_dispose(&found->ledger);
}

static outcome read_made(const char *name, const void *data, size_t size) {
    const char *path = scratch_write(name, data, size);
    outcome found = read_corpus(path, MC_CORPUS_AUTO);
    assert_true(mc_u128_equal(found.digest, mc_hash128(data, size)));
    return found;
}

static outcome read_text(const char *text) {
    return read_made("made", text, strlen(text));
}

static void assert_text(const outcome *found, const char *text) {
    assert_string_equal(found->text.data, text);
}

#define PAGE(title, text)                                                                          \
    "  <page>\n    <title>" title "</title>\n    <ns>0</ns>\n    <id>1</id>\n    <revision>\n"     \
    "      <model>wikitext</model>\n      <text xml:space=\"preserve\">" text                      \
    "</text>\n    </revision>\n  </page>\n"

static const char HEAD[] = "<mediawiki xml:lang=\"en\">\n  <siteinfo>\n    <namespaces>\n"
                           "      <namespace key=\"6\">Akte</namespace>\n    </namespaces>\n"
                           "  </siteinfo>\n";
static const char TAIL[] = "</mediawiki>\n";

/* ---- dumps of many pages ---- */

typedef struct dump {
    mc_buffer xml, text;
    size_t pages[4096]; /* where each begins in xml */
    size_t n;
} dump;

/* Pages with words that hardly compress. */
static void make_dump(dump *d, size_t n_pages, size_t mean) {
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345 789 0";
    *d = (dump){.n = n_pages};
    append_text(&d->xml, HEAD);
    for (size_t i = 0; i < n_pages; i++) {
        char head[256];
        d->pages[i] = d->xml.size;
        snprintf(head, sizeof head, "  <page>\n<title>T%zu</title><ns>0</ns><revision><text>Z%zu ",
                 i, i);
        append_text(&d->xml, head);
        append_text(&d->text, strchr(strstr(head, "<text>"), 'Z'));
        size_t size = 1 + random_below((uint32_t)(2 * mean));
        char last = ' ';
        for (size_t at = 0; at < size; at++) {
            char c = digits[next_random() % 64];
            if (c == ' ' && last == ' ')
                c = 'x';
            append(&d->xml, &c, 1);
            append(&d->text, &c, 1);
            last = c;
        }
        append_text(&d->xml, "y</text></revision>\n  </page>\n");
        append_text(&d->text, "y\n");
    }
    append_text(&d->xml, TAIL);
}

static void dispose_dump(dump *d) {
    mc_buffer_dispose(&d->xml);
    mc_buffer_dispose(&d->text);
}

static void append_bzip2(mc_buffer *out, const char *data, size_t size, int level) {
    unsigned made = (unsigned)(size + size / 50 + 700);
    assert_int_equal(mc_buffer_reserve(out, made, NULL), MC_OK);
    assert_int_equal(BZ2_bzBuffToBuffCompress(out->data + out->size, &made, (char *)(uintptr_t)data,
                                              (unsigned)size, level, 0, 0),
                     BZ_OK);
    out->size += made;
}

/* Streams of so many pages each, the first and the last without one. */
static void append_multistream(mc_buffer *out, const dump *d, size_t n_pages, int level) {
    append_bzip2(out, d->xml.data, d->pages[0], level);
    for (size_t i = 0; i < d->n; i += n_pages) {
        size_t end = i + n_pages < d->n ? d->pages[i + n_pages] : d->xml.size - strlen(TAIL);
        append_bzip2(out, d->xml.data + d->pages[i], end - d->pages[i], level);
    }
    append_bzip2(out, TAIL, strlen(TAIL), level);
}

static void assert_whole(outcome found, const dump *d) {
    assert_int_equal(found.totals.damaged, 0);
    assert_int_equal(found.totals.articles, d->n);
    assert_int_equal(found.totals.pages, d->n);
    assert_int_equal(found.totals.bytes_in, d->xml.size);
    assert_int_equal(found.text.size, d->text.size);
    assert_memory_equal(found.text.data, d->text.data, d->text.size);
    dispose(&found);
}

static void chunks_of_a_stream_share_pages(void **state) {
    (void)state;
    dump *d = malloc(sizeof *d);
    assert_non_null(d);
    make_dump(d, 400, 11000);
    mc_buffer out = {0};
    append_bzip2(&out, d->xml.data, d->xml.size, 9);
    outcome found = read_made("made.bz2", out.data, out.size);
    assert_true(found.n_chunks > 1);
    assert_whole(found, d);
    found = read_made("made.xml", d->xml.data, d->xml.size);
    assert_true(found.n_chunks > 1);
    assert_whole(found, d);
    mc_buffer_dispose(&out);
    dispose_dump(d);
    free(d);
}

static void compression_changes_nothing(void **state) {
    (void)state;
    dump *d = malloc(sizeof *d);
    assert_non_null(d);
    make_dump(d, 250, 7000);
    mc_buffer out = {0};
    append_bzip2(&out, d->xml.data, d->xml.size, 1); /* a single stream */
    assert_whole(read_made("made.bz2", out.data, out.size), d);
    static const size_t n_pages[] = {1, 50};
    for (size_t i = 0; i < 2; i++) {
        out.size = 0;
        append_multistream(&out, d, n_pages[i], 9);
        assert_whole(read_made("made.bz2", out.data, out.size), d);
    }
    out.size = 0; /* streams cut anywhere */
    for (size_t at = 0, size; at < d->xml.size; at += size) {
        size = 1 + random_below(200000);
        size = size < d->xml.size - at ? size : d->xml.size - at;
        append_bzip2(&out, d->xml.data + at, size, 1 + (int)random_below(9));
    }
    assert_whole(read_made("made.bz2", out.data, out.size), d);
    out.size = 0;
    assert_int_equal(mc_buffer_reserve(&out, ZSTD_compressBound(d->xml.size), NULL), MC_OK);
    out.size = ZSTD_compress(out.data, out.capacity, d->xml.data, d->xml.size, 1);
    assert_whole(read_made("made.zst", out.data, out.size), d);
    mc_buffer_dispose(&out);
    dispose_dump(d);
    free(d);
}

static size_t count_lines(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Every line of found is one of the dump's, in order. */
static void assert_part(const outcome *found, const dump *d, size_t at_least) {
    const char *p = found->text.data, *known = d->text.data, *end = known + d->text.size;
    size_t n = 0;
    for (; *p; n++) {
        size_t size = (size_t)(strchr(p, '\n') + 1 - p);
        for (; known < end; known = strchr(known, '\n') + 1)
            if ((size_t)(end - known) >= size && memcmp(known, p, size) == 0)
                break;
        assert_true(known < end);
        known += size;
        p += size;
    }
    assert_int_equal(n, found->totals.articles);
    if (n < at_least || n >= d->n)
        print_message("%zu of %zu articles\n", n, d->n);
    assert_in_range(n, at_least, d->n - 1);
    assert_true(found->totals.damaged > 0);
    assert_int_equal(count_lines(found->ledger.data), found->totals.damaged);
}

static void damage_costs_what_it_hits(void **state) {
    (void)state;
    dump *d = malloc(sizeof *d);
    assert_non_null(d);
    make_dump(d, 300, 3000);
    for (unsigned round = 0; round < 8; round++) {
        mc_buffer out = {0};
        if (round % 2)
            append_bzip2(&out, d->xml.data, d->xml.size, 1);
        else
            append_multistream(&out, d, 10, 1);
        size_t at = out.size / 4 + random_below((uint32_t)out.size / 2);
        out.data[at] = (char)(out.data[at] ^ (1 + (int)random_below(255)));
        if (round >= 6) /* a stretch of more than a block */
            memset(out.data + at, 0, 120000);
        outcome found = read_made("made.bz2", out.data, out.size);
        assert_part(&found, d, d->n - (round >= 6 ? 200 : 90));
        dispose(&found);
        out.size = at; /* cut off */
        found = read_made("made.bz2", out.data, out.size);
        assert_part(&found, d, (size_t)((double)at / (double)d->xml.size * (double)d->n) - 50);
        dispose(&found);
        mc_buffer_dispose(&out);
    }
    outcome found = read_made("made.xml", d->xml.data, d->xml.size / 2);
    assert_int_equal(found.totals.damaged, 1);
    assert_non_null(strstr(found.ledger.data, "\"reason\":\"unclosed\""));
    assert_part(&found, d, 120);
    dispose(&found);
    dispose_dump(d);
    free(d);
}

/* ---- pages ---- */

static void only_articles_are_taken(void **state) {
    (void)state;
    mc_buffer xml = {0};
    append_text(&xml, HEAD);
    append_text(&xml,
                PAGE("A", "''a'' [[Akte:x]]&lt;ref&gt;b&lt;/ref&gt; &amp;nbsp;&quot;c&quot;"));
    append_text(&xml, "<page><title>R</title><ns>0</ns><redirect title=\"A\" /><revision>"
                      "<text>#REDIRECT [[A]]</text></revision></page>\n"
                      "<page><title>S</title><ns>0</ns><revision><text>#redirect [[A]]</text>"
                      "</revision></page>\n"
                      "<page><title>Talk:A</title><ns>1</ns><revision><text>no</text></revision>"
                      "</page>\n"
                      "<page><title>A.js</title><ns>0</ns><revision><model>javascript</model>"
                      "<text>no</text></revision></page>\n"
                      "<page><title>E</title><ns>0</ns><revision><text /></revision></page>\n"
                      "<page><title>L</title><ns>0</ns><revision><comment>no</comment><text>first"
                      "</text></revision><revision><text>last</text></revision></page>\n");
    append_text(&xml, PAGE("B", "b\n\nc"));
    append_text(&xml, TAIL);
    append(&xml, "", 1);
    outcome found = read_text(xml.data);
    assert_text(&found, "a \"c\"\nlast\nb\nc\n");
    assert_int_equal(found.totals.pages, 8);
    assert_int_equal(found.totals.articles, 4);
    assert_int_equal(found.totals.passed, 4);
    assert_int_equal(found.totals.damaged, 0);
    assert_string_equal(found.ledger.data, "");
    dispose(&found);
    mc_buffer_dispose(&xml);
}

static void a_bad_page_is_passed_over(void **state) {
    (void)state;
    static const struct {
        const char *page, *reason, *detail;
    } cases[] = {
        {PAGE("X", "a <b> c"), "bad_page", "X: the page is no well-formed XML: mismatched tag"},
        {PAGE("X", "a \xFF c"), "bad_page", "X: the page is no well-formed XML"},
        {PAGE("X", "a &eacute; c"), "bad_page", "undefined entity"},
        {PAGE("X", "a & c"), "bad_page", "X: "},
        {"<page><title>X</title><ns>0</ns><revision><text>a", "unclosed", "X: the page has no end"},
        {"<page", "unclosed", "the page has no end"},
        {"<pages>a</pages>", NULL, NULL},
        {"</page></page>", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mc_buffer xml = {0};
        append_text(&xml, HEAD);
        append_text(&xml, PAGE("A", "a"));
        append_text(&xml, cases[i].page);
        append_text(&xml, PAGE("B", "b"));
        append(&xml, "", 1);
        outcome found = read_text(xml.data);
        assert_text(&found, "a\nb\n");
        assert_int_equal(found.totals.damaged, cases[i].reason ? 1 : 0);
        if (cases[i].reason) {
            char entry[64];
            snprintf(entry, sizeof entry, "\"record\":null,\"offset\":%zu,\"reason\":\"%s\"",
                     strlen(HEAD) + strlen(PAGE("A", "a")) + (*cases[i].page == ' ' ? 2 : 0),
                     cases[i].reason);
            assert_non_null(strstr(found.ledger.data, entry));
            assert_non_null(strstr(found.ledger.data, cases[i].detail));
        }
        dispose(&found);
        mc_buffer_dispose(&xml);
    }
}

/* A page of so many pieces of 900,000 bytes, between two others, as it is or in bzip2. */
static void check_huge_page(size_t n_pieces, bool in_bzip2) {
    static const char begin[] = "<page><title>X</title><ns>0</ns><revision><text>";
    static const char end[] = "</text></revision></page>" PAGE("B", "b");
    size_t size = 900000;
    mc_buffer xml = {0}, packed = {0}, piece = {0};
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + next_random() % 8);
    append_bzip2(&piece, text, size, 9);
    append_text(&xml, HEAD);
    append_text(&xml, PAGE("A", "a"));
    append_text(&xml, begin);
    append_bzip2(&packed, xml.data, xml.size, 9);
    for (size_t i = 0; i < n_pieces; i++) {
        append(&xml, text, size);
        append(&packed, piece.data, piece.size);
    }
    append_text(&xml, end);
    append_bzip2(&packed, end, strlen(end), 9);
    const mc_buffer *made = in_bzip2 ? &packed : &xml;
    outcome found = read_made("made", made->data, made->size);
    assert_text(&found, "a\nb\n");
    assert_int_equal(found.totals.damaged, 1);
    assert_non_null(strstr(found.ledger.data, "\"reason\":\"too_long\""));
    dispose(&found);
    free(text);
    mc_buffer_dispose(&xml);
    mc_buffer_dispose(&packed);
    mc_buffer_dispose(&piece);
}

static void a_huge_page_is_passed_over(void **state) {
    (void)state;
    check_huge_page(19, true);
    check_huge_page(19, false);
    check_huge_page(40, false);
}

static void utf16_is_read(void **state) {
    (void)state;
    static const uint16_t text[] = {0xE9, 0x416, 0x20AC, 0xD83D, 0xDE00, 0xD83D, 'x', 0xDE00};
    static const char *const around[] = {"<mediawiki>" PAGE("A", "@") "</mediawiki>", "@"};
    for (unsigned i = 0; i < 4; i++) {
        bool big = i % 2;
        mc_buffer out = {0};
        append(&out, big ? "\xFE\xFF" : "\xFF\xFE", 2);
        for (const char *p = around[i / 2]; *p; p++) {
            size_t n = *p == '@' ? sizeof text / sizeof *text : 1;
            for (size_t k = 0; k < n; k++) {
                uint16_t unit = *p == '@' ? text[k] : (uint16_t)*p;
                char bytes[2] = {(char)(unit >> (big ? 8 : 0) & 0xFF),
                                 (char)(unit >> (big ? 0 : 8) & 0xFF)};
                append(&out, bytes, 2);
            }
        }
        outcome found = read_made("made", out.data, out.size);
        assert_text(&found, "éЖ€😀\xEF\xBF\xBDx\xEF\xBF\xBD\n");
        dispose(&found);
        mc_buffer packed = {0};
        append_bzip2(&packed, out.data, out.size, 9);
        found = read_made("made.bz2", packed.data, packed.size);
        assert_text(&found, "éЖ€😀\xEF\xBF\xBDx\xEF\xBF\xBD\n");
        dispose(&found);
        mc_buffer_dispose(&packed);
        mc_buffer_dispose(&out);
    }
}

/* ---- text ---- */

static void text_is_taken_by_lines(void **state) {
    (void)state;
    outcome found = read_text("\xEF\xBB\xBF"
                              "a b\r\n\nc {{d}} <e> \xFF\n<doc id=\"1\" url=\"x\" title=\"y\">\nf\n"
                              "</doc>\ng");
    assert_text(&found, "a b\nc {{d}} <e> \xEF\xBF\xBD\nf\ng\n");
    assert_int_equal(found.totals.articles, 4);
    dispose(&found);
    found = read_text("");
    assert_text(&found, "");
    dispose(&found);

    size_t size = (size_t)40 << 20; /* a line without an end, of words of nine bytes */
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 10 == 9 ? ' ' : 'w';
    found = read_made("made", text, size);
    assert_int_equal(found.totals.bytes_in, size);
    for (const char *p = found.text.data; *p; p = strchr(p, '\n') + 1)
        assert_memory_equal(p, "wwwwwwwww", 9);
    assert_in_range(found.totals.articles, 2, 4);
    dispose(&found);
    memset(text, 0xBF, size);
    found = read_made("made", text, size);
    assert_int_equal(found.text.size, 3 * size + found.totals.articles);
    dispose(&found);
    free(text);
}

static void damage_in_text_is_entered(void **state) {
    (void)state;
    mc_buffer out = {0};
    char line[] = "0123456789 line of text\n";
    mc_buffer text = {0};
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(line, sizeof line, "%010u line of text", i);
        append(&text, line, strlen(line));
        append(&text, "\n", 1);
    }
    unsigned long made = compressBound(text.size);
    assert_int_equal(mc_buffer_reserve(&out, made + 100, NULL), MC_OK);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)text.data;
    z.avail_in = (unsigned)text.size;
    z.next_out = (Bytef *)out.data;
    z.avail_out = (unsigned)out.capacity;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.size = z.total_out;
    deflateEnd(&z);
    outcome found = read_made("made.gz", out.data, out.size);
    assert_int_equal(found.totals.articles, 1000);
    assert_int_equal(found.totals.damaged, 0);
    dispose(&found);
    found = read_made("made.gz", out.data, out.size / 2);
    assert_int_equal(found.totals.damaged, 1);
    assert_non_null(strstr(found.ledger.data, "\"reason\":\"damaged\",\"detail\":\"gzip data"));
    assert_in_range(found.totals.articles, 100, 900);
    dispose(&found);
    mc_buffer_dispose(&text);
    mc_buffer_dispose(&out);
}

static void what_cannot_be_read_is_refused(void **state) {
    (void)state;
    mc_corpus *corpus;
    mc_error error = {0};
    const char *missing[] = {scratch("missing")}, *folder[] = {scratch_folder};
    const char *twice[] = {"-", "-"};
    assert_int_equal(mc_corpus_create(&corpus, missing, 1, MC_CORPUS_AUTO, &error), MC_E_IO);
    assert_string_equal(error.file, missing[0]);
    assert_null(corpus);
    assert_int_equal(mc_corpus_create(&corpus, folder, 1, MC_CORPUS_AUTO, &error), MC_E_IO);
    assert_int_equal(mc_corpus_create(&corpus, twice, 2, MC_CORPUS_AUTO, &error), MC_E_ARGUMENT);
}

/* ---- the real dumps ---- */

static void the_samples_are_what_they_were(void **state) {
    (void)state;
    static const struct {
        const char *name, *digest;
        uint64_t pages, articles;
    } samples[] = {
        {"enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
         "a0adb7440ca9771b4130b2650c64c4a9", 206, 106},
        {"bgwiki-latest-pages-articles-shortened.xml.bz2", "306c84d4e5763ab6a1880a964f76c7e9", 3,
         1},
        {"enwiki-table-markup.xml.bz2", "4d827763313b6b5512710cf2c06faaad", 5, 5},
    };
    const char *folder = getenv("METACURATE_DATA");
    if (!folder)
        folder = MC_SOURCE_DIR "/../shared/data";
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[1024], digest[33];
        snprintf(path, sizeof path, "%s/wiki/%s", folder, samples[i].name);
        if (access(path, R_OK) != 0)
            SKIP_WITHOUT("wiki/*.bz2 in METACURATE_DATA");
        outcome found = read_corpus(path, MC_CORPUS_AUTO);
        mc_u128_hex(mc_hash128(found.text.data, found.text.size), digest);
        assert_int_equal(found.totals.damaged, 0);
        assert_int_equal(found.totals.pages, samples[i].pages);
        assert_int_equal(found.totals.articles, samples[i].articles);
        assert_string_equal(digest, samples[i].digest);
        dispose(&found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_articles_are_taken),
        cmocka_unit_test(a_bad_page_is_passed_over),
        cmocka_unit_test(chunks_of_a_stream_share_pages),
        cmocka_unit_test(compression_changes_nothing),
        cmocka_unit_test(damage_costs_what_it_hits),
        cmocka_unit_test(a_huge_page_is_passed_over),
        cmocka_unit_test(utf16_is_read),
        cmocka_unit_test(text_is_taken_by_lines),
        cmocka_unit_test(damage_in_text_is_entered),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(the_samples_are_what_they_were),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
