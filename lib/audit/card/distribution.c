/* The data card's figures: what is left after each stage, sizes at other thresholds, entries that
 * stand out, sources, languages. */
#include "audit/card/parts.h"

#include <string.h>

enum { ENTRIES_MAX = 20, ROWS_MAX = 30 };

#define N_OF(array) (sizeof(array) / sizeof *(array))

static const json_t *get(const json_t *object, const char *part, const char *key) {
    return json_object_get(json_object_get(object, part), key);
}

/* ---- stages ---- */

/* "(bad_json 3, no_text 1)" */
static void put_reasons(mc_markdown *m, json_t *reasons) {
    const char *before = " (", *name;
    json_t *number;
    json_object_foreach(reasons, name, number) {
        mc_markdown_printf(m, "%s", before);
        mc_markdown_text(m, (mc_bytes){name, strlen(name)});
        mc_markdown_printf(m, " ");
        mc_markdown_count(m, number);
        before = ", ";
    }
    mc_markdown_printf(m, json_object_size(reasons) ? ")" : "");
}

static void put_stages(const mc_card *c) {
    static const struct {
        const char *title, *key, *reasons, *whole;
    } stages[] = {
        {"records", "records", NULL, NULL},
        {"- rejected", "rejected", "rejected_for", "records"},
        {"records read", "read", NULL, "records"},
        {"texts", "texts", NULL, NULL},
        {"- empty", "empty", NULL, "texts"},
        {"- excluded", "excluded", "excluded_for", "texts"},
        {"- duplicates", "duplicates", NULL, "texts"},
        {"- without a concept", "unmatched", NULL, "texts"},
        {"pairs with a concept", "matched", NULL, "texts"},
        {"- not kept", "not_kept", NULL, "matched"},
        {"pairs kept", "kept", NULL, "matched"},
    };
    mc_markdown *m = c->m;
    const json_t *totals = json_object_get(c->report, "totals");
    size_t n = json_is_object(json_object_get(c->report, "result")) ? N_OF(stages) : 9;
    mc_markdown_printf(m, "| stage | number | share |\n|---|---:|---:|\n");
    for (size_t i = 0; i < n; i++) {
        double part = json_number_value(json_object_get(totals, stages[i].key));
        double whole =
            stages[i].whole ? json_number_value(json_object_get(totals, stages[i].whole)) : 0;
        mc_markdown_printf(m, "| %s", stages[i].title);
        if (stages[i].reasons)
            put_reasons(m, json_object_get(totals, stages[i].reasons));
        mc_markdown_printf(m, " | ");
        mc_markdown_count(m, json_object_get(totals, stages[i].key));
        if (whole > 0)
            mc_markdown_printf(m, " | %.4g %% of %s |\n", 100 * part / whole,
                               strcmp(stages[i].whole, "matched") == 0 ? "pairs" : stages[i].whole);
        else
            mc_markdown_printf(m, " | |\n");
    }
    mc_markdown_printf(m, "\n");
}

/* ---- counts and sizes ---- */

static void put_counts(const mc_card *c) {
    mc_markdown *m = c->m;
    const json_t *r = c->report;
    mc_markdown_printf(m, "A count says how many pairs hold a concept. ");
    mc_markdown_count(m, get(r, "counts", "matched_entries"));
    mc_markdown_printf(m, " concepts have one; the largest is ");
    mc_markdown_count(m, get(r, "counts", "largest"));
    mc_markdown_printf(m, ". All counts sum up to ");
    mc_markdown_count(m, get(r, "counts", "matches_before"));
    if (json_is_object(json_object_get(r, "result"))) {
        mc_markdown_printf(m, " before and ");
        mc_markdown_count(m, get(r, "counts", "matches_after"));
        mc_markdown_printf(m, " after balancing. Taken as t at most, those before sum up to ");
        mc_markdown_real(m, get(r, "counts", "capped"));
        mc_markdown_printf(m, ", which is not the number of pairs kept: a pair is counted for each "
                              "of its concepts. Entropy of the concepts: ");
        mc_markdown_real(m, get(r, "counts", "entropy_before"));
        mc_markdown_printf(m, " bits before, ");
        mc_markdown_real(m, get(r, "counts", "entropy_after"));
        mc_markdown_printf(m, " bits after. Concepts of the head, whose counts are at least t: ");
        mc_markdown_count(m, get(r, "result", "head_entries"));
        mc_markdown_printf(m, "; of the tail: ");
        mc_markdown_count(m, get(r, "result", "tail_entries"));
        mc_markdown_printf(m, ", with ");
        mc_markdown_share(m, get(r, "result", "p"));
        mc_markdown_printf(m, " of all matches.\n\n");
    } else {
        mc_markdown_printf(m, ". Entropy of the concepts: ");
        mc_markdown_real(m, get(r, "counts", "entropy_before"));
        mc_markdown_printf(m, " bits.\n\n");
    }
}

static void put_sizes(const mc_card *c) {
    static const mc_card_column columns[] = {{"t", "t", mc_markdown_real},
                                             {"pairs", "realised", mc_markdown_count},
                                             {"expected", "expected", mc_markdown_real},
                                             {"deviation", "deviation", mc_markdown_real},
                                             {"tail share", "tail_share", mc_markdown_share},
                                             {"capped counts", "capped", mc_markdown_real},
                                             {"head concepts", "head_entries", mc_markdown_count}};
    mc_markdown *m = c->m;
    const json_t *sizes = json_object_get(c->report, "sizes");
    mc_markdown_printf(m, "### Sizes at other thresholds\n\n");
    mc_card_head(m, columns, N_OF(columns));
    for (size_t i = 0; i < json_array_size(json_object_get(sizes, "t")); i++) {
        for (size_t k = 0; k < N_OF(columns); k++) {
            mc_markdown_printf(m, "| ");
            columns[k].put(m, json_array_get(json_object_get(sizes, columns[k].key), i));
            mc_markdown_printf(m, " ");
        }
        mc_markdown_printf(m, "|\n");
    }
    mc_markdown_printf(m, "\n");
}

/* ---- entries ---- */

static void put_entries(const mc_card *c) {
    static const mc_card_column columns[] = {{"concept", "entry", mc_markdown_value},
                                             {"source", "source", mc_markdown_value},
                                             {"before", "before", mc_markdown_count},
                                             {"after", "after", mc_markdown_count},
                                             {"share before", "share_before", mc_markdown_share},
                                             {"share after", "share_after", mc_markdown_share},
                                             {"p", "p", mc_markdown_real}};
    static const struct {
        const char *title, *key;
    } lists[] = {{"Most frequent concepts before balancing", "top_before"},
                 {"Most frequent concepts after balancing", "top_after"},
                 {"Concepts that gained most", "gained"},
                 {"Concepts that lost most", "lost"}};
    for (size_t i = 0; i < N_OF(lists); i++) {
        const json_t *rows = get(c->report, "entries", lists[i].key);
        if (json_array_size(rows) == 0)
            continue;
        mc_markdown_printf(c->m, "### %s\n\n", lists[i].title);
        mc_card_table(c->m, columns, N_OF(columns), rows, ENTRIES_MAX);
    }
}

static void put_never_matched(const mc_card *c) {
    mc_markdown *m = c->m;
    const json_t *never = json_object_get(c->report, "never_matched");
    const json_t *first = json_object_get(never, "first");
    mc_markdown_printf(m, "Concepts that match no text, though they could: ");
    mc_markdown_count(m, json_object_get(never, "entries"));
    for (size_t i = 0, n = 0; i < json_array_size(first) && n < ENTRIES_MAX; i++) {
        const json_t *entry = json_object_get(json_array_get(first, i), "entry");
        if (json_is_string(entry)) {
            mc_markdown_printf(m, n++ == 0 ? ", such as " : ", ");
            mc_markdown_value(m, entry);
        }
    }
    mc_markdown_printf(m, ".\n\n");
}

static void put_parts(const mc_card *c) {
    static const mc_card_column sources[] = {{"source", "source", mc_markdown_value},
                                             {"concepts", "entries", mc_markdown_count},
                                             {"dead", "dead", mc_markdown_count},
                                             {"never matched", "never_matched", mc_markdown_count},
                                             {"matches before", "before", mc_markdown_count},
                                             {"after", "after", mc_markdown_count},
                                             {"share before", "share_before", mc_markdown_share},
                                             {"after", "share_after", mc_markdown_share}};
    static const mc_card_column languages[] = {{"language", "lang", mc_markdown_value},
                                               {"pairs", "matched", mc_markdown_count},
                                               {"kept", "kept", mc_markdown_count},
                                               {"matches before", "matches", mc_markdown_count},
                                               {"after", "matches_after", mc_markdown_count}};
    const json_t *rows = json_object_get(c->report, "languages");
    mc_markdown_printf(c->m, "### Sources of the concepts\n\n");
    mc_card_table(c->m, sources, N_OF(sources), json_object_get(c->report, "sources"), ROWS_MAX);
    if (json_array_size(rows) > 1 ||
        json_is_string(json_object_get(json_array_get(rows, 0), "lang"))) {
        mc_markdown_printf(c->m, "### Languages\n\n");
        mc_card_table(c->m, languages, N_OF(languages), rows, ROWS_MAX);
    }
}

void mc_card_put_distribution(const mc_card *c) {
    mc_markdown_printf(c->m, "## How it is distributed\n\n");
    put_stages(c);
    put_counts(c);
    put_sizes(c);
    put_entries(c);
    put_never_matched(c);
    put_parts(c);
}
