/* Pageviews of any bytes: read from one file by one thread, and now and then from the same file
 * twice by two, against a plain count of the same lines. The first byte of the input chooses
 * project, floor and threads.
 */

#include "input_file.h"
#include "metacurate/text.h"
#include "metadata/titles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_TITLES = 8192 };

typedef struct plain_title {
    char *title;
    uint64_t views;
} plain_title;

typedef struct plain_count {
    plain_title titles[MOST_TITLES];
    size_t n;
    mc_titles_totals totals;
} plain_count;

static void plain_add(plain_count *count, char *title, uint64_t views) {
    for (char *c = title; *c; c++)
        if (*c == '_')
            *c = ' ';
    size_t i = 0;
    while (i < count->n && strcmp(count->titles[i].title, title) != 0)
        i++;
    if (i == count->n) {
        check(i < MOST_TITLES, "too many titles");
        count->titles[count->n++] = (plain_title){strdup(title), 0};
    }
    uint64_t sum = count->titles[i].views + views;
    count->titles[i].views = sum < views ? UINT64_MAX : sum;
}

static bool is_number(const char *text, bool bounded, uint64_t *value) {
    static const char most[] = "18446744073709551615";
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return false;
    while (*text == '0' && text[1])
        text++;
    size_t size = strlen(text);
    if (bounded && (size > 20 || (size == 20 && strcmp(text, most) > 0)))
        return false;
    *value = strtoull(text, NULL, 10);
    return true;
}

/* Takes a line apart at its spaces. NUL bytes were made 0x01, which nothing treats otherwise. */
static void plain_line(plain_count *count, char *line, const char *project, uint64_t floor) {
    char domains[3][32], *fields[5] = {line};
    size_t n = 1, n_parts = 1, replaced = 0;
    uint64_t views = 0, bytes;
    count->totals.lines++;
    for (char *c = line; *c; c++) {
        n_parts += *c == ' ';
        if (*c == ' ' && n < 5) {
            *c = '\0';
            fields[n++] = c + 1;
        }
    }
    const char *dot = strchr(project, '.') ? strchr(project, '.') : project + strlen(project);
    snprintf(domains[0], sizeof domains[0], "%s", project);
    snprintf(domains[1], sizeof domains[1], "%.*s.m%s", (int)(dot - project), project, dot);
    snprintf(domains[2], sizeof domains[2], "%.*s.zero%s", (int)(dot - project), project, dot);
    bool own = !strcmp(line, domains[0]) || !strcmp(line, domains[1]) || !strcmp(line, domains[2]);
    if (!own && n_parts > 1) {
        count->totals.other_domains++;
        return;
    }
    if (n_parts == 4 && *fields[1]) {
        size_t size = strlen(fields[1]);
        char *copy = malloc(MC_UTF8_REPLACED_MAX(size));
        check(copy != NULL, "out of memory");
        mc_utf8_replace(fields[1], size, copy, &replaced);
        free(copy);
    }
    if (n_parts != 4 || !*fields[1] || !is_number(fields[3], false, &bytes) ||
        !is_number(fields[2], true, &views) || replaced > 0)
        count->totals.damaged++;
    else if (!strcmp(fields[1], "-"))
        count->totals.untitled++;
    else if (strchr(fields[1], ':'))
        count->totals.with_colon++;
    else if (views < floor || views == 0)
        count->totals.below_floor++;
    else {
        count->totals.counted++;
        plain_add(count, fields[1], views);
    }
}

static void plain_file(plain_count *count, const uint8_t *data, size_t size, const char *project,
                       uint64_t floor) {
    count->totals.lines++;
    count->totals.other_domains++;
    for (size_t start = 0; start < size;) {
        const uint8_t *feed = memchr(data + start, '\n', size - start);
        size_t end = feed ? (size_t)(feed - data) : size;
        size_t length = end - start;
        char *line = malloc(length + 1);
        check(line != NULL, "out of memory");
        memcpy(line, data + start, length);
        if (feed && length > 0 && line[length - 1] == '\r')
            length--;
        line[length] = '\0';
        plain_line(count, line, project, floor);
        free(line);
        start = feed ? end + 1 : size;
    }
}

static void compare(const plain_count *expected, const mc_candidates *found,
                    const mc_titles_totals *totals, const mc_buffer *ledger) {
    size_t n_lines = 0;
    check(memcmp(totals, &expected->totals, sizeof *totals) == 0, "other totals");
    check(found->n == expected->n, "more or fewer titles");
    for (size_t i = 0; i < found->n; i++) {
        mc_bytes title = mc_candidate_string(found, i);
        size_t at = 0;
        while (at < expected->n && (strlen(expected->titles[at].title) != title.size ||
                                    memcmp(expected->titles[at].title, title.data, title.size)))
            at++;
        check(at < expected->n && found->items[i].count == expected->titles[at].views,
              "other views");
        check(i == 0 || found->items[i - 1].score >= found->items[i].score, "not in order");
    }
    for (size_t i = 0; i < ledger->size; i++)
        n_lines += ledger->data[i] == '\n';
    check(n_lines <= totals->damaged && (n_lines > 0) == (totals->damaged > 0), "another ledger");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
    static const char *const projects[] = {"en", "e", "en.m", "en.d"};
    static plain_count expected;
    if (size == 0)
        return 0;
    uint8_t *data = malloc(size);
    check(data != NULL, "out of memory");
    for (size_t i = 1; i < size; i++)
        data[i - 1] = input[i] ? input[i] : 1;
    mc_titles_options options = {
        .project = projects[input[0] % 4], .hour_floor = input[0] / 4 % 4 * 20, .n_threads = 1};
    /* The first line is of another domain: so the file is not taken for a compressed one. */
    const char *path = input_path("other line 0 0\n", data, size - 1), *paths[] = {path, path};
    size_t n_readings = input[0] >= 192 ? 2 : 1;
    for (size_t n = 1; n <= n_readings; n++) {
        mc_candidates found = {0};
        mc_titles_totals totals = {0};
        mc_buffer ledger = {0};
        plain_file(&expected, data, size - 1, options.project, options.hour_floor);
        check(mc_titles_read(&found, paths, n, &options, &totals, &ledger, NULL, NULL) == MC_OK,
              "reading fails");
        compare(&expected, &found, &totals, &ledger);
        mc_candidates_dispose(&found);
        mc_buffer_dispose(&ledger);
        options.n_threads = 2;
    }
    for (size_t i = 0; i < expected.n; i++)
        free(expected.titles[i].title);
    expected.n = 0;
    expected.totals = (mc_titles_totals){0};
    free(data);
    return 0;
}
