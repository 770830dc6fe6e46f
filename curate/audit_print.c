#include "audit_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "console.h"

enum { FEW = 20, TEXT_SHOWN = 300 };

/* ---- values ---- */

/* Characters that end a line, move the cursor or turn the direction of what follows. */
static bool is_unsafe(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* The code point at text and its bytes; text is valid UTF-8, as jansson makes sure. */
static size_t decode(const char *text, uint32_t *c) {
    const unsigned char *t = (const unsigned char *)text;
    size_t n = t[0] < 0x80 ? 1 : t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : 4;
    *c = n == 1 ? t[0] : t[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        *c = *c << 6 | (t[i] & 0x3f);
    return n;
}

/* Prints a string, cut after limit bytes (0: not), padded to width characters. */
static void put_string(const json_t *value, size_t limit, int width) {
    const char *text = json_string_value(value);
    size_t size = text ? json_string_length(value) : 0, at = 0;
    int printed = text ? 0 : printf("(not known)");
    while (at < size && (limit == 0 || at < limit)) {
        uint32_t c;
        size_t n = decode(text + at, &c);
        printed += is_unsafe(c) ? printf("\\u%04x", c) : (printf("%.*s", (int)n, text + at), 1);
        at += n;
    }
    if (at < size)
        printed += printf("... (%zu bytes)", size);
    printf("%*s", printed < width ? width - printed : 0, "");
}

static const json_t *get(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

static void put_count(const json_t *value, int width) {
    if (json_is_integer(value))
        printf("%*" JSON_INTEGER_FORMAT, width, json_integer_value(value));
    else if (json_is_real(value))
        printf("%*.0f", width, json_real_value(value));
    else
        printf("%*s", width, json_is_string(value) ? json_string_value(value) : "-");
}

/* Reals, and "inf". */
static void put_real(const json_t *value, int width, int digits) {
    if (json_is_number(value))
        printf("%*.*g", width, digits, json_number_value(value));
    else
        printf("%*s", width, json_is_string(value) ? json_string_value(value) : "-");
}

static void put_share(const json_t *value, int width) {
    if (json_is_number(value))
        printf("%*.4f%%", width - 1, 100 * json_number_value(value));
    else
        printf("%*s", width, "-");
}

/* ---- documents ---- */

static void print_forecast(const json_t *d) {
    size_t i;
    const json_t *row;
    printf("pairs with a match: ");
    put_count(get(d, "matched"), 0);
    printf(", matches: ");
    put_count(get(d, "matches"), 0);
    printf(", seed ");
    put_count(get(d, "seed"), 0);
    printf("\n%-12s %14s %14s %16s %11s %11s %15s %9s\n", "asked", "t", "size", "expected", "+-",
           "tail share", "capped counts", "head");
    json_array_foreach(get(d, "rows"), i, row) {
        printf("%-12s", json_string_value(get(row, "asked")));
        put_real(get(row, "t"), 15, 10);
        put_count(get(row, "size"), 15);
        put_real(get(row, "expected"), 17, 10);
        put_real(get(row, "deviation"), 12, 5);
        put_share(get(row, "tail_share"), 12);
        put_count(get(row, "capped"), 16);
        put_count(get(row, "head_entries"), 10);
        putchar('\n');
    }
}

static void print_moved(const json_t *rows, const char *title) {
    size_t i;
    const json_t *row;
    if (json_array_size(rows) == 0)
        return;
    printf("%-32s %14s %14s %11s %11s\n", title, "a", "b", "share a", "share b");
    json_array_foreach(rows, i, row) {
        if (i == FEW)
            break;
        printf("  ");
        put_string(get(row, "entry"), 60, 30);
        put_count(get(row, "a"), 15);
        put_count(get(row, "b"), 15);
        put_share(get(row, "share_a"), 12);
        put_share(get(row, "share_b"), 12);
        putchar('\n');
    }
}

static void print_comparison(const json_t *d) {
    size_t i;
    const json_t *c;
    json_array_foreach(get(d, "comparisons"), i, c) {
        printf("%s%s\n  Jensen-Shannon divergence ", i ? "\n" : "",
               json_string_value(get(c, "name")));
        put_real(get(c, "jensen_shannon"), 0, 6);
        printf(" bits (0: the same, 1: nothing in common)\n  total variation ");
        put_real(get(c, "total_variation"), 0, 6);
        printf(" (the share of matches that would have to move)\n  rank correlation ");
        put_real(get(c, "rank_correlation"), 0, 6);
        printf("\n  entries in both ");
        put_count(get(c, "common_entries"), 0);
        printf(", only in a ");
        put_count(get(get(c, "only_a"), "entries"), 0);
        printf(", only in b ");
        put_count(get(get(c, "only_b"), "entries"), 0);
        putchar('\n');
        print_moved(get(c, "moved"), "moved most");
        print_moved(get(get(c, "only_a"), "first"), "only in a");
        print_moved(get(get(c, "only_b"), "first"), "only in b");
    }
}

static void print_place(const json_t *pair) {
    if (!json_is_string(get(pair, "shard")))
        return;
    put_string(get(pair, "shard"), 120, 0);
    printf(" record ");
    put_count(get(pair, "record"), 0);
    printf(" text ");
    put_count(get(pair, "text_number"), 0);
    printf("  ");
}

static void print_pair(const json_t *pair) {
    size_t i;
    const json_t *entry;
    print_place(pair);
    printf("uid ");
    put_string(get(pair, "uid"), 0, 0);
    printf("\n  text    ");
    put_string(get(pair, "text"), TEXT_SHOWN, 0);
    printf("\n  spaced  ");
    put_string(get(pair, "spaced"), TEXT_SHOWN, 0);
    if (json_array_size(get(pair, "entries")) > 0)
        printf("\n  %-30s %-10s %12s %12s %12s %14s", "entry", "source", "count", "p", "draw u",
               "u * count");
    json_array_foreach(get(pair, "entries"), i, entry) {
        printf("\n  ");
        put_string(get(entry, "entry"), 60, 30);
        putchar(' ');
        put_string(get(entry, "source"), 20, 11);
        put_count(get(entry, "count"), 12);
        put_real(get(entry, "p"), 13, 6);
        put_real(get(entry, "u"), 13, 6);
        put_real(get(entry, "key"), 15, 8);
    }
    printf("\n  chance ");
    put_real(get(pair, "chance"), 0, 8);
    printf(", key ");
    put_real(get(pair, "key"), 0, 12);
    printf("\n  %s: ", json_string_value(get(pair, "verdict")));
    put_string(get(pair, "why"), 0, 0);
    putchar('\n');
}

static void print_explanation(const json_t *d) {
    size_t i;
    const json_t *pair;
    json_array_foreach(get(d, "pairs"), i, pair) print_pair(pair);
}

static void print_samples(const json_t *rows, const char *title) {
    size_t i;
    const json_t *row;
    printf("%s\n", title);
    json_array_foreach(rows, i, row) {
        printf("  ");
        put_string(get(row, "uid"), 0, 0);
        printf("  key ");
        put_real(get(row, "key"), 12, 8);
        printf("  ");
        put_string(get(row, "text"), TEXT_SHOWN, 0);
        putchar('\n');
    }
}

static void print_entry_document(const json_t *d) {
    put_string(get(d, "entry"), TEXT_SHOWN, 0);
    printf("\n  id ");
    put_count(get(d, "id"), 0);
    printf(", source ");
    put_string(get(d, "source"), 40, 0);
    printf("%s\n  count ", json_is_true(get(d, "dead")) ? ", can never match" : "");
    put_count(get(d, "before"), 0);
    printf(" (rank ");
    put_count(get(d, "rank"), 0);
    printf(", share ");
    put_share(get(d, "share_before"), 0);
    printf("), kept ");
    put_count(get(d, "after"), 0);
    printf(" (share ");
    put_share(get(d, "share_after"), 0);
    printf("), p ");
    put_real(get(d, "p"), 0, 6);
    putchar('\n');
    print_samples(get(d, "kept"), "texts kept");
    print_samples(get(d, "not_kept"), "texts not kept");
}

static void print_coverage(const json_t *d) {
    size_t i;
    const json_t *row;
    printf("%-32s %-24s %-5s %12s %12s %12s\n", "class", "entry", "by", "before", "after", "p");
    json_array_foreach(get(d, "rows"), i, row) {
        put_string(get(row, "class"), 60, 32);
        putchar(' ');
        if (json_is_string(get(row, "by"))) {
            put_string(get(row, "entry"), 60, 24);
            printf(" %-5s", json_string_value(get(row, "by")));
            put_count(get(row, "before"), 13);
            put_count(get(row, "after"), 13);
            put_real(get(row, "p"), 13, 6);
        } else {
            printf("(no entry)");
        }
        putchar('\n');
    }
    printf("classes ");
    put_count(get(d, "classes"), 0);
    printf(", with an entry ");
    put_count(get(d, "covered"), 0);
    printf(", of these with matches ");
    put_count(get(d, "matched"), 0);
    putchar('\n');
}

static void print_takedown(const json_t *d) {
    printf("uids newly listed ");
    put_count(get(d, "listed"), 0);
    printf(", pairs taken out of the subset ");
    put_count(get(d, "taken_down"), 0);
    printf(", pairs left ");
    put_count(get(d, "kept"), 0);
    printf("\nfiles rewritten: %zu\n", json_array_size(get(d, "files")));
}

mc_status audit_print(const char *json, bool as_json, mc_error *error) {
    static const struct {
        const char *name;
        void (*print)(const json_t *document);
    } kinds[] = {{"forecast", print_forecast},       {"comparison", print_comparison},
                 {"explanation", print_explanation}, {"entry", print_entry_document},
                 {"coverage", print_coverage},       {"takedown", print_takedown}};
    if (as_json)
        return console_write(NULL, json, strlen(json), error);
    json_t *document = json_loads(json, JSON_ALLOW_NUL, NULL);
    const char *name = json_string_value(get(document, "metacurate"));
    if (!name)
        return mc_fail(error, MC_E_MEMORY, "out of memory for what is to be printed");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            kinds[i].print(document);
    json_decref(document);
    return fflush(stdout) == 0 ? MC_OK : mc_fail(error, MC_E_IO, "cannot write standard output");
}
