/* Counting done work from many threads and telling the caller now and then. */
#ifndef MC_BASE_PROGRESS_H
#define MC_BASE_PROGRESS_H

#include "metacurate/base.h"

typedef struct mc_progress {
    const mc_control *control; /* may be NULL */
    mc_stage stage;
    uint64_t total;
    _Atomic uint64_t done;
    _Atomic uint64_t n_texts;
    atomic_flag busy;
} mc_progress;

void mc_progress_begin(mc_progress *progress, const mc_control *control, mc_stage stage,
                       uint64_t total);
/* Thread-safe. The callback is passed over while another thread is in it. */
void mc_progress_add(mc_progress *progress, uint64_t done, uint64_t n_texts);
/* Sends a formatted warning, if the caller wants any. One thread at a time. */
void mc_warn(const mc_control *control, const char *format, ...) MC_PRINTF(2, 3);

static inline atomic_int *mc_control_cancel(const mc_control *control) {
    return control ? control->cancel : NULL;
}

#endif
