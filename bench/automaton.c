/* Measures libahocorasick alone: every occurrence of " entry " in the captions, which are spaced
 * beforehand, once.
 *
 *     bench_automaton TEXTS ENTRIES one|many
 *
 * one: a text after the other (ac_scanner). many: texts side by side (ac_batch), a block at a time.
 * Timed passes look at every match (end and id); for a digest they are put in order.
 */
#include <stdlib.h>
#include <string.h>

#include <ahocorasick.h>

#include "engine/engine.h"
#include "metacurate/text.h"

#define BLOCK_TEXTS 2048
#define MATCHES_AT_ONCE 512

typedef struct scan {
    ac_automaton *ac;
    ac_pattern *texts; /* spaced */
    size_t n_texts;
    bool many;
    ac_text_match *found; /* of the block at hand, while a digest is made */
    size_t n_found, capacity;
    uint64_t n_matches;
    volatile uint64_t seen; /* keeps the compiler from leaving matches unread */
} scan;

static int compare_matches(const void *a, const void *b) {
    const ac_text_match *x = a, *y = b;
    if (x->text != y->text)
        return x->text < y->text ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void keep(scan *s, ac_text_match match) {
    if (s->n_found == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 4096;
        s->found = bench_grow(s->found, s->capacity, sizeof *s->found);
    }
    s->found[s->n_found++] = match;
}

static void put_found(scan *s, size_t n_texts, bench_digest *digest) {
    if (s->n_found)
        qsort(s->found, s->n_found, sizeof *s->found, compare_matches);
    size_t at = 0;
    for (size_t text = 0; text < n_texts; text++) {
        size_t stop = at;
        while (stop < s->n_found && s->found[stop].text == text)
            stop++;
        uint32_t count = (uint32_t)(stop - at);
        bench_digest_add(digest, &count, 1);
        for (; at < stop; at++) {
            uint32_t pair[2] = {(uint32_t)s->found[at].end, s->found[at].id};
            bench_digest_add(digest, pair, 2);
        }
    }
    s->n_found = 0;
}

static void scan_many(scan *s, const ac_pattern *texts, size_t n, bool keeping) {
    ac_batch batch;
    ac_text_match matches[MATCHES_AT_ONCE];
    uint64_t seen = 0;
    size_t found;
    ac_batch_init(&batch, s->ac, texts, n);
    while ((found = ac_batch_next(&batch, matches, MATCHES_AT_ONCE)) > 0) {
        s->n_matches += found;
        for (size_t i = 0; i < found; i++)
            seen += matches[i].end + matches[i].id;
        for (size_t i = 0; i < found && keeping; i++)
            keep(s, matches[i]);
    }
    s->seen += seen;
}

static void scan_each(scan *s, const ac_pattern *texts, size_t n, bool keeping) {
    ac_match matches[MATCHES_AT_ONCE];
    uint64_t seen = 0;
    for (size_t text = 0; text < n; text++) {
        ac_scanner scanner;
        size_t found;
        ac_scanner_init(&scanner, s->ac);
        ac_scanner_feed(&scanner, texts[text].data, texts[text].size);
        while ((found = ac_scanner_next(&scanner, matches, MATCHES_AT_ONCE)) > 0) {
            s->n_matches += found;
            for (size_t i = 0; i < found; i++)
                seen += matches[i].end + matches[i].id;
            for (size_t i = 0; i < found && keeping; i++)
                keep(s, (ac_text_match){matches[i].end, matches[i].id, matches[i].size, text});
        }
    }
    s->seen += seen;
}

static uint64_t pass(void *state, bench_digest *digest) {
    scan *s = state;
    s->n_matches = 0;
    for (size_t i = 0; i < s->n_texts; i += BLOCK_TEXTS) {
        size_t n = s->n_texts - i < BLOCK_TEXTS ? s->n_texts - i : BLOCK_TEXTS;
        (s->many ? scan_many : scan_each)(s, s->texts + i, n, digest != NULL);
        if (digest)
            put_found(s, n, digest);
    }
    return s->n_matches;
}

/* " entry ", for every entry. */
static ac_pattern *make_patterns(const mc_bytes *entries, size_t n) {
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += entries[i].size + 2;
    char *at = bench_alloc(total, 1);
    ac_pattern *patterns = bench_alloc(n, sizeof *patterns);
    for (size_t i = 0; i < n; i++) {
        patterns[i] = (ac_pattern){at, entries[i].size + 2};
        *at++ = ' ';
        memcpy(at, entries[i].data, entries[i].size);
        at += entries[i].size;
        *at++ = ' ';
    }
    return patterns;
}

static void space_texts(scan *s, const bench_input *input, bench_facts *facts) {
    size_t total = 0;
    for (size_t i = 0; i < input->n_texts; i++)
        total += MC_SPACED_MAX(input->texts[i].size);
    char *at = bench_alloc(total, 1);
    s->n_texts = input->n_texts;
    s->texts = bench_alloc(s->n_texts, sizeof *s->texts);
    facts->scanned_bytes = 0;
    for (size_t i = 0; i < s->n_texts; i++) {
        size_t size = mc_space(input->texts[i].data, input->texts[i].size, at);
        s->texts[i] = (ac_pattern){at, size};
        facts->scanned_bytes += size;
        at += size;
    }
}

static void *prepare(const bench_input *input, bench_facts *facts) {
    scan *s = bench_alloc(1, sizeof *s);
    s->many = strcmp(input->option, "many") == 0;
    if (!s->many && strcmp(input->option, "one") != 0)
        bench_die("the option is one or many");
    space_texts(s, input, facts);
    ac_pattern *patterns = make_patterns(input->entries, input->n_entries);
    ac_error error;
    double start = bench_seconds();
    if (ac_build(&s->ac, patterns, input->n_entries, NULL, &error) != AC_OK)
        bench_die("the automaton could not be built: %s", error.message);
    facts->compile_seconds = bench_seconds() - start;
    ac_data(s->ac, &facts->automaton_bytes);
    facts->n_states = ac_state_count(s->ac);
    return s;
}

int main(int argc, char **argv) {
    return bench_main(argc, argv, &(bench_engine){prepare, pass});
}
