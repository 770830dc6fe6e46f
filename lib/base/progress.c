#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>

void mc_progress_begin(mc_progress *progress, const mc_control *control, mc_stage stage,
                       uint64_t total) {
    progress->control = control;
    progress->stage = stage;
    progress->total = total;
    atomic_init(&progress->done, 0);
    atomic_init(&progress->n_texts, 0);
    atomic_flag_clear(&progress->busy);
    if (control && control->progress)
        control->progress(control->context, stage, 0, total, 0);
}

void mc_progress_add(mc_progress *progress, uint64_t done, uint64_t n_texts) {
    uint64_t all = atomic_fetch_add(&progress->done, done) + done;
    uint64_t texts = atomic_fetch_add(&progress->n_texts, n_texts) + n_texts;
    const mc_control *control = progress->control;
    if (!control || !control->progress || atomic_flag_test_and_set(&progress->busy))
        return;
    control->progress(control->context, progress->stage, all, progress->total, texts);
    atomic_flag_clear(&progress->busy);
}

void mc_warn(const mc_control *control, const char *format, ...) {
    if (!control || !control->warn)
        return;
    char message[600];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    control->warn(control->context, message);
}
