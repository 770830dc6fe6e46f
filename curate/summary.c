#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* 1234567 as 1,234,567. */
static const char *grouped(uint64_t value, char out[32]) {
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
    printf("  %-24s %16s%s%s\n", name, grouped(value, number), *note ? "   " : "", note);
}

static void print_books(const mc_totals *t) {
    char note[160] = "";
    size_t at = 0;
    for (unsigned i = 0; mc_reject_name(i); i++)
        if (t->rejected_for[i] && at < sizeof note - 60)
            at += (size_t)snprintf(note + at, sizeof note - at, "%s%s %" PRIu64, at ? ", " : "",
                                   mc_reject_name(i), t->rejected_for[i]);
    printf("pool\n");
    row("records", t->records, "");
    row("rejected", t->rejected, note);
    row("texts", t->texts, "");
    row("empty", t->empty, "");
    if (t->excluded)
        row("excluded", t->excluded, "");
    row("duplicates", t->duplicates, "");
    row("unmatched", t->unmatched, "");
    snprintf(note, sizeof note, "%.2f matches a text",
             t->matched ? (double)t->matches / (double)t->matched : 0);
    row("matched", t->matched, note);
}

static void print_result(const settings *s, const mc_balance_result *r) {
    char note[120];
    printf("subset\n");
    snprintf(note, sizeof note, "%.2f %% of the matched; expected %.1f, deviation %.1f",
             r->totals.matched ? 100.0 * (double)r->totals.kept / (double)r->totals.matched : 0,
             r->expected_size, r->expected_deviation);
    row("kept", r->totals.kept, note);
    if (isinf(r->threshold))
        printf("  %-24s %16s\n", "threshold t", "inf");
    else
        printf("  %-24s %16.10g%s\n", "threshold t", r->threshold,
               s->target == MC_TARGET_SIZE ? "   the smallest key left out" : "");
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
        printf("  %-28s %15s %16s\n", entry, grouped(r->top[i].before, before),
               grouped(r->top[i].after, after));
    }
}

void summary_print(const settings *s, const mc_balance_result *result, double seconds) {
    if (s->quiet)
        return;
    if (s->log_json) {
        const mc_totals *t = &result->totals;
        printf("{\"event\":\"summary\",\"records\":%" PRIu64 ",\"rejected\":%" PRIu64
               ",\"texts\":%" PRIu64 ",\"empty\":%" PRIu64 ",\"excluded\":%" PRIu64
               ",\"duplicates\":%" PRIu64 ",\"unmatched\":%" PRIu64 ",\"matched\":%" PRIu64
               ",\"kept\":%" PRIu64 ",\"seconds\":%.3f}\n",
               t->records, t->rejected, t->texts, t->empty, t->excluded, t->duplicates,
               t->unmatched, t->matched, t->kept, seconds);
        return;
    }
    print_books(&result->totals);
    if (s->target != MC_TARGET_COUNTS)
        print_result(s, result);
    printf("%.2f s; the result is in %s\n", seconds, s->output);
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
