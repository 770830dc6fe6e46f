#include "summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

const char *summary_number(uint64_t value, char out[32]) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value), o = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[o++] = ',';
        out[o++] = digits[i];
    }
    out[o] = '\0';
    return out;
}

static void row(const char *name, uint64_t value, const char *note) {
    char number[32];
    printf("  %-24s %16s%s%s\n", name, summary_number(value, number), *note ? "   " : "", note);
}

static const char *reject_name(unsigned i) {
    return mc_reject_name(i);
}

static const char *exclusion_name(unsigned i) {
    return i < MC_N_EXCLUSIONS ? mc_exclusion_name((mc_exclusion)i) : NULL;
}

/* "bad_json 3, blank 1": the reasons that have a count. */
static void list_reasons(char *note, size_t size, const uint64_t *counts,
                         const char *(*name)(unsigned)) {
    char number[32];
    size_t at = 0;
    note[0] = '\0';
    for (unsigned i = 0; name(i); i++)
        if (counts[i] && at + 60 < size)
            at += (size_t)snprintf(note + at, size - at, "%s%s %s", at ? ", " : "", name(i),
                                   summary_number(counts[i], number));
}

void summary_exclusions(const mc_totals *totals, char *out, size_t size) {
    list_reasons(out, size, totals->excluded_for, exclusion_name);
}

static void print_crawl(const mc_crawl_totals *c) {
    char note[160], others[32], unsupported[32];
    if (c->documents == 0)
        return;
    printf("crawl\n");
    snprintf(note, sizeof note, "%s no pages, %s in an unknown coding or character set",
             summary_number(c->passed_over, others), summary_number(c->unsupported, unsupported));
    row("WARC records", c->documents, note);
    row("pages", c->pages, "");
    snprintf(note, sizeof note, "%s without a text, %s without an http(s) URL",
             summary_number(c->no_text, others), summary_number(c->no_http, unsupported));
    row("image links", c->links, note);
}

static void print_books(const mc_totals *t) {
    char note[200];
    print_crawl(&t->crawl);
    printf("pool\n");
    row("records", t->records, "");
    list_reasons(note, sizeof note, t->rejected_for, reject_name);
    row("rejected", t->rejected, note);
    row("texts", t->texts, "");
    row("empty", t->empty, "");
    list_reasons(note, sizeof note, t->excluded_for, exclusion_name);
    if (t->excluded)
        row("excluded", t->excluded, note);
    row("duplicates", t->duplicates, "");
}

static void print_matched(const mc_totals *t) {
    char note[80];
    row("unmatched", t->unmatched, "");
    snprintf(note, sizeof note, "%.2f matches a text",
             t->matched ? (double)t->matches / (double)t->matched : 0);
    row("matched", t->matched, note);
}

/* Where the counts say so: what the threshold is, or that none of them reaches it. */
static void print_threshold(const settings *s, const mc_balance_result *r) {
    char number[32] = "inf";
    const char *note = "";
    bool given = s->target == MC_TARGET_THRESHOLD;
    if (r->threshold < 1e15 && floor(r->threshold) == r->threshold)
        summary_number((uint64_t)r->threshold, number);
    else if (!isinf(r->threshold))
        snprintf(number, sizeof number, "%.10g", r->threshold);
    if (s->target == MC_TARGET_SIZE && !isinf(r->threshold))
        note = "   the smallest key left out";
    else if (given && !s->has_target)
        note = "   (default)";
    printf("  %-24s %16s%s\n", "threshold t", number, note);
    if (given && !isinf(r->threshold) && r->n_head == 0 && r->totals.matched > 0 &&
        r->totals.kept == r->totals.matched)
        printf("  %-24s %16s   no entry is as frequent: all that matches is kept (see --size, "
               "--tail-share)\n",
               "", "");
}

static void print_result(const settings *s, const mc_balance_result *r) {
    char note[120], expected[32], deviation[32];
    printf("subset\n");
    snprintf(note, sizeof note, "%.2f %% of the matched (expected %s +- %s)",
             r->totals.matched ? 100.0 * (double)r->totals.kept / (double)r->totals.matched : 0,
             summary_number((uint64_t)(r->expected_size + 0.5), expected),
             summary_number((uint64_t)(r->expected_deviation + 0.5), deviation));
    row("kept", r->totals.kept, note);
    print_threshold(s, r);
    printf("  %-24s %16.6f\n", "tail share p", r->tail_share);
    row("head entries", r->n_head, "");
    row("tail entries", r->n_tail, "");
    row("entries never matched", r->n_never, "");
    if (r->n_top == 0)
        return;
    printf("top entries                             before            after\n");
    for (size_t i = 0; i < r->n_top; i++) {
        char before[32], after[32], entry[29];
        size_t k = 0;
        for (; k < sizeof entry - 1 && r->top[i].entry[k]; k++) {
            unsigned char c = (unsigned char)r->top[i].entry[k];
            entry[k] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
        }
        entry[k] = '\0';
        printf("  %-28s %15s %16s\n", entry, summary_number(r->top[i].before, before),
               summary_number(r->top[i].after, after));
    }
}

/* The first members of a summary; the object is left open. */
static void print_json_books(const mc_totals *t) {
    printf("{\"event\":\"summary\",\"records\":%" PRIu64 ",\"rejected\":%" PRIu64
           ",\"texts\":%" PRIu64 ",\"empty\":%" PRIu64 ",\"excluded\":%" PRIu64
           ",\"excluded_for\":{",
           t->records, t->rejected, t->texts, t->empty, t->excluded);
    for (unsigned i = 0; i < MC_N_EXCLUSIONS; i++)
        printf("%s\"%s\":%" PRIu64, i ? "," : "", mc_exclusion_name((mc_exclusion)i),
               t->excluded_for[i]);
    printf("},\"duplicates\":%" PRIu64, t->duplicates);
    if (t->crawl.documents > 0)
        printf(",\"crawl\":{\"documents\":%" PRIu64 ",\"pages\":%" PRIu64
               ",\"passed_over\":%" PRIu64 ",\"unsupported\":%" PRIu64 ",\"links\":%" PRIu64
               ",\"no_text\":%" PRIu64 ",\"no_http\":%" PRIu64 "}",
               t->crawl.documents, t->crawl.pages, t->crawl.passed_over, t->crawl.unsupported,
               t->crawl.links, t->crawl.no_text, t->crawl.no_http);
}

/* The last members of a summary. */
static void print_json_end(const settings *s, size_t n_failed, double seconds) {
    json_t *folder = json_string(s->output);
    char *text = folder ? json_dumps(folder, JSON_ENCODE_ANY) : NULL;
    printf(",\"output\":%s,\"shards_failed\":%zu,\"seconds\":%.3f}\n", text ? text : "null",
           n_failed, seconds);
    free(text);
    json_decref(folder);
}

void summary_print_extracted(const settings *s, const mc_extract_result *result, double seconds) {
    const mc_totals *t = &result->totals;
    if (s->quiet)
        return;
    if (s->log_json) {
        print_json_books(t);
        printf(",\"written\":%" PRIu64 ",\"lines\":%" PRIu64, t->kept + t->empty, result->n_lines);
        print_json_end(s, result->n_failed, seconds);
        return;
    }
    print_books(t);
    row("texts written", t->kept + t->empty, "");
    row("lines", result->n_lines, "");
    printf("%.2f s; the result is in %s\n", seconds, s->output);
}

/* What to look at next. */
static void print_end(const settings *s, double seconds) {
    if (s->target == MC_TARGET_COUNTS)
        printf("%.2f s; the result is in %s, for balance and audit\n", seconds, s->output);
    else if (s->no_report)
        printf("%.2f s; kept pairs: %s/subset.jsonl.zst; what was done: %s/manifest.json\n",
               seconds, s->output, s->output);
    else
        printf("%.2f s; kept pairs: %s/subset.jsonl.zst; to look at: %s/report.html\n", seconds,
               s->output, s->output);
}

void summary_print(const settings *s, const mc_balance_result *result, size_t n_failed,
                   double seconds) {
    if (s->quiet)
        return;
    if (s->log_json) {
        const mc_totals *t = &result->totals;
        print_json_books(t);
        printf(",\"unmatched\":%" PRIu64 ",\"matched\":%" PRIu64 ",\"kept\":%" PRIu64, t->unmatched,
               t->matched, t->kept);
        if (s->target != MC_TARGET_COUNTS && isfinite(result->threshold))
            printf(",\"t\":%.17g", result->threshold);
        print_json_end(s, n_failed, seconds);
        return;
    }
    print_books(&result->totals);
    print_matched(&result->totals);
    if (s->target != MC_TARGET_COUNTS)
        print_result(s, result);
    print_end(s, seconds);
}

mc_status summary_write_run(const settings *s, const char *name, double match_seconds,
                            double balance_seconds, mc_error *error) {
    char path[4096], text[1024], when[32] = "";
    struct utsname machine = {0};
    time_t now = time(NULL);
    struct tm utc;
    uname(&machine);
    if (gmtime_r(&now, &utc))
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    int size =
        snprintf(text, sizeof text,
                 "{\n  \"metacurate\": \"run\",\n  \"version\": \"%s\",\n"
                 "  \"command\": \"%s\",\n  \"ended\": \"%s\",\n"
                 "  \"match_seconds\": %.3f,\n  \"balance_seconds\": %.3f,\n"
                 "  \"threads\": %zu,\n  \"processors\": %ld,\n"
                 "  \"system\": \"%.60s %.60s\",\n  \"machine\": \"%.60s\"\n}\n",
                 mc_version(), name, when, match_seconds, balance_seconds, s->threads,
                 sysconf(_SC_NPROCESSORS_ONLN), machine.sysname, machine.release, machine.machine);
    if (snprintf(path, sizeof path, "%s/run.json", s->output) >= (int)sizeof path)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    return mc_write_file(path, text, (size_t)size, error);
}
