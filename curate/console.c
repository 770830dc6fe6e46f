#include "console.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_INTERVAL 0.2 /* seconds between progress lines */
#define LOG_INTERVAL 10.0

static struct {
    bool quiet, json, terminal;
    bool line_open; /* a progress line is on the terminal */
    mc_stage stage;
    double stage_began, last_shown;
} console;

static atomic_int cancelled;
static bool reader_gone; /* of standard output */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void interrupt(int signal_number) {
    (void)signal_number;
    atomic_store(&cancelled, 1);
}

static const char *stage_name(mc_stage stage) {
    switch (stage) {
    case MC_STAGE_MATCH:
        return "matching";
    case MC_STAGE_DEDUP:
        return "comparing";
    case MC_STAGE_COUNT:
        return "counting";
    case MC_STAGE_SELECT:
        return "selecting";
    case MC_STAGE_WRITE:
        return "writing";
    case MC_STAGE_EXTRACT:
        return "extracting";
    case MC_STAGE_BUILD:
        return "reading";
    }
    return "working";
}

static void format_time(double seconds, char *out, size_t size) {
    if (seconds >= 3600)
        snprintf(out, size, "%.0f h %02d min", seconds / 3600 - 0.5, (int)(seconds / 60) % 60);
    else if (seconds >= 60)
        snprintf(out, size, "%d min %02d s", (int)(seconds / 60), (int)seconds % 60);
    else
        snprintf(out, size, "%.0f s", seconds);
}

static void show(mc_stage stage, uint64_t done, uint64_t total, uint64_t n_texts, double elapsed) {
    char left[40] = "", part[40] = "", rate[80] = "", texts[80] = "";
    double speed = elapsed > 0 ? (double)done / elapsed : 0;
    if (total > 0 && done <= total) {
        snprintf(part, sizeof part, " %5.1f %%", 100.0 * (double)done / (double)total);
        if (speed > 0)
            format_time((double)(total - done) / speed, left, sizeof left);
    }
    if (stage != MC_STAGE_BUILD)
        snprintf(texts, sizeof texts, " %.1f M texts, %.2f M/s", (double)n_texts / 1e6,
                 elapsed > 0 ? (double)n_texts / 1e6 / elapsed : 0);
    if (stage == MC_STAGE_MATCH || stage == MC_STAGE_EXTRACT || stage == MC_STAGE_BUILD)
        snprintf(rate, sizeof rate, "%s %.1f MB/s", *texts ? "," : "", speed / 1e6);
    if (console.json)
        fprintf(stderr,
                "{\"event\":\"progress\",\"stage\":\"%s\",\"done\":%llu,\"total\":%llu,"
                "\"texts\":%llu,\"seconds\":%.1f}\n",
                stage_name(stage), (unsigned long long)done, (unsigned long long)total,
                (unsigned long long)n_texts, elapsed);
    else
        fprintf(stderr, "%s%s%s:%s%s%s%s%s", console.terminal ? "\r" : "", stage_name(stage), part,
                texts, rate, left[0] ? ", " : "", left, left[0] ? " left" : "");
    if (console.terminal && !console.json)
        fputs("\033[K", stderr);
    else if (!console.json)
        fputc('\n', stderr);
    console.line_open = console.terminal && !console.json;
    fflush(stderr);
}

/* One thread at a time is in here, as the library promises. */
static void progress(void *context, mc_stage stage, uint64_t done, uint64_t total,
                     uint64_t n_texts) {
    (void)context;
    double t = now();
    if (done == 0 || stage != console.stage) {
        console.stage = stage;
        console.stage_began = console.last_shown = t;
        return;
    }
    double interval = console.terminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
    if (console.quiet || t - console.last_shown < interval)
        return;
    console.last_shown = t;
    show(stage, done, total, n_texts, t - console.stage_began);
}

static void warn(void *context, const char *message) {
    (void)context;
    console_warn("%s", message);
}

void console_begin(const settings *s) {
    console.quiet = s->quiet;
    console.json = s->log_json;
    console.terminal = isatty(STDERR_FILENO);
    struct sigaction action = {.sa_handler = interrupt};
    action.sa_flags = (int)SA_RESETHAND;
    /* The first signal ends the run in order, a second one at once. */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe and a file at its limit are failed writes */
    signal(SIGXFSZ, SIG_IGN);
}

const mc_control *console_control(void) {
    static const mc_control control = {.cancel = &cancelled, .progress = progress, .warn = warn};
    return &control;
}

void console_end_progress(void) {
    if (console.line_open)
        fputs("\r\033[K", stderr);
    console.line_open = false;
}

/* A JSON string without what could break the line; text is UTF-8 or nearly. */
static void print_json_string(const char *text) {
    fputc('"', stderr);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(stderr, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(stderr, "\\u%04x", *c);
        else
            fputc(*c, stderr);
    }
    fputc('"', stderr);
}

static void say(const char *event, const char *prefix, const char *format, va_list args) {
    char message[2048];
    vsnprintf(message, sizeof message, format, args);
    console_end_progress();
    if (console.json) {
        fprintf(stderr, "{\"event\":\"%s\",\"message\":", event);
        print_json_string(message);
        fputs("}\n", stderr);
        return;
    }
    for (unsigned char *c = (unsigned char *)message; *c; c++)
        if (*c < 0x20 || *c == 0x7f) /* no message moves the cursor of a terminal */
            *c = '?';
    fprintf(stderr, "metacurate: %s%s\n", prefix, message);
}

void console_note(const char *format, ...) {
    if (console.quiet)
        return;
    va_list args;
    va_start(args, format);
    say("note", "", format, args);
    va_end(args);
}

void console_warn(const char *format, ...) {
    if (console.quiet)
        return;
    va_list args;
    va_start(args, format);
    say("warning", "warning: ", format, args);
    va_end(args);
}

void console_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say("error", "error: ", format, args);
    va_end(args);
}

exit_code console_fail(const mc_error *error) {
    char text[1200];
    if (reader_gone)
        return EXIT_FAILED;
    if (error->status == MC_E_INTERRUPTED) {
        console_error("interrupted; what was finished stays, and --resume goes on from there");
        return EXIT_INTERRUPTED;
    }
    console_error("%s", mc_error_text(error, text, sizeof text));
    return error->status == MC_E_ARGUMENT ? EXIT_USAGE : EXIT_FAILED;
}

mc_status console_write(void *context, const char *data, size_t size, mc_error *error) {
    (void)context;
    if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
        return MC_OK;
    reader_gone = errno == EPIPE;
    return mc_fail(error, MC_E_IO, "standard output cannot be written: %s", strerror(errno));
}
