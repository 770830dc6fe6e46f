/* The scheduler behind mc_pipeline_run. One mutex guards all of its state; steps run outside it. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/pipeline.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"

typedef struct batch {
    void *content;
    uint64_t serial;
    struct batch *next;
} batch;

typedef struct lane {
    bool used;    /* this slot holds a lane */
    bool opened;  /* its open step succeeded */
    bool reading; /* a thread is in its open or read step */
    bool writing; /* a thread is in its write step */
    bool ended;   /* nothing more to read */
    size_t index;
    uint64_t next_read, next_write;
    batch *pending;     /* worked, by ascending serial */
    uint64_t failed_at; /* serial of the first batch that could not be read or worked on, or
                           MC_NONE; what comes before it is still written */
    mc_error failure;
} lane;

typedef struct run {
    const mc_pipeline *p;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    lane *lanes; /* n_slots of them */
    size_t n_slots;
    size_t next_lane; /* lanes below were opened */
    size_t n_open;
    batch *batches;
    size_t n_batches;
    batch *free_batches;
    bool stop;
    size_t failed_lane;
    mc_error failure;
} run;

static void fail(run *r, size_t index, const mc_error *error) {
    if (!r->stop || index < r->failed_lane) {
        r->failure = *error;
        r->failed_lane = index;
    }
    r->stop = true;
    pthread_cond_broadcast(&r->changed);
}

static void fail_lane(lane *l, uint64_t serial, const mc_error *error) {
    l->ended = true;
    if (serial < l->failed_at) {
        l->failed_at = serial;
        l->failure = *error;
    }
}

static bool cancelled(const run *r) {
    return r->p->cancel && atomic_load_explicit(r->p->cancel, memory_order_relaxed);
}

/* The lane to read next: the lowest open one that nobody reads, else a new one. */
static lane *pick(run *r) {
    lane *best = NULL, *unused = NULL;
    for (size_t i = 0; i < r->n_slots; i++) {
        lane *l = &r->lanes[i];
        if (!l->used)
            unused = l;
        else if (!l->reading && !l->ended && (!best || l->index < best->index))
            best = l;
    }
    if (best || !unused || r->next_lane == r->p->n_lanes)
        return best;
    *unused = (lane){.used = true, .index = r->next_lane++, .failed_at = MC_NONE};
    r->n_open++;
    return unused;
}

static void release(run *r, batch *b) {
    b->next = r->free_batches;
    r->free_batches = b;
}

/* Closes a lane that is read and written to its end, or fails with it when it is written to its
 * failure. Called and left with the mutex held. */
static void finish(run *r, lane *l) {
    if (l->writing || r->stop)
        return;
    if (l->next_write == l->failed_at) {
        fail(r, l->index, &l->failure);
        return;
    }
    if (!l->ended || l->reading || l->next_write != l->next_read)
        return;
    l->reading = true; /* nobody touches it while it closes */
    if (r->p->close) {
        mc_error error = {0};
        pthread_mutex_unlock(&r->mutex);
        mc_status status = r->p->close(r->p->context, l->index, MC_OK, &error);
        pthread_mutex_lock(&r->mutex);
        if (status < 0)
            fail(r, l->index, &error);
    }
    l->used = false;
    r->n_open--;
    pthread_cond_broadcast(&r->changed);
}

/* Writes what is due in a lane. Called and left with the mutex held. */
static void drain(run *r, lane *l) {
    while (!r->stop && !l->writing && l->pending && l->pending->serial == l->next_write &&
           l->next_write != l->failed_at) {
        batch *b = l->pending;
        l->pending = b->next;
        l->writing = true;
        if (r->p->write) {
            mc_error error = {0};
            pthread_mutex_unlock(&r->mutex);
            mc_status status = r->p->write(r->p->context, l->index, b->content, &error);
            pthread_mutex_lock(&r->mutex);
            if (status < 0)
                fail(r, l->index, &error);
        }
        l->writing = false;
        l->next_write++;
        release(r, b);
        pthread_cond_broadcast(&r->changed);
    }
    finish(r, l);
}

/* Reads a batch of the lane, works on it and hands it in. Called and left with the mutex held. */
static void step(run *r, lane *l, batch *b, void *scratch) {
    const mc_pipeline *p = r->p;
    mc_error error = {0};
    l->reading = true;
    pthread_mutex_unlock(&r->mutex);
    mc_status status = MC_OK;
    if (!l->opened) {
        status = p->open ? p->open(p->context, l->index, &error) : MC_OK;
        l->opened = status == MC_OK;
    }
    if (status == MC_OK)
        status = p->read(p->context, l->index, b->content, &error);
    pthread_mutex_lock(&r->mutex);
    l->reading = false;
    if (status != MC_OK) {
        release(r, b);
        l->ended = true;
        if (status < 0)
            fail_lane(l, l->next_read, &error);
        pthread_cond_broadcast(&r->changed);
        finish(r, l);
        return;
    }
    b->serial = l->next_read++;
    pthread_cond_signal(&r->changed);
    if (p->work) {
        pthread_mutex_unlock(&r->mutex);
        status = p->work(p->context, l->index, b->content, scratch, &error);
        pthread_mutex_lock(&r->mutex);
        if (status < 0)
            fail_lane(l, b->serial, &error);
    }
    batch **at = &l->pending;
    while (*at && (*at)->serial < b->serial)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
    drain(r, l);
}

static void *work_loop(void *argument) {
    run *r = argument;
    void *scratch = NULL;
    mc_error error = {0};
    mc_status status =
        r->p->scratch_create ? r->p->scratch_create(r->p->context, &scratch, &error) : MC_OK;
    pthread_mutex_lock(&r->mutex);
    if (status < 0)
        fail(r, 0, &error);
    while (!r->stop && (r->n_open > 0 || r->next_lane < r->p->n_lanes)) {
        if (cancelled(r)) {
            mc_fail(&error, MC_E_INTERRUPTED, "interrupted");
            fail(r, 0, &error);
            break;
        }
        lane *l = r->free_batches ? pick(r) : NULL;
        if (!l) {
            pthread_cond_wait(&r->changed, &r->mutex);
            continue;
        }
        batch *b = r->free_batches;
        r->free_batches = b->next;
        step(r, l, b, scratch);
    }
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    if (r->p->scratch_free)
        r->p->scratch_free(r->p->context, scratch);
    return NULL;
}

static void run_threads(run *r, size_t n_threads, pthread_t *threads) {
    size_t started = 0;
    while (started + 1 < n_threads && pthread_create(&threads[started], NULL, work_loop, r) == 0)
        started++;
    work_loop(r); /* fewer threads than asked for still do all the work */
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* Closes what a failure left open. */
static void close_rest(run *r) {
    for (size_t i = 0; i < r->n_slots; i++) {
        lane *l = &r->lanes[i];
        if (!l->used || !l->opened || !r->p->close)
            continue;
        bool own = l->index == r->failed_lane;
        mc_error ignored;
        r->p->close(r->p->context, l->index, own ? r->failure.status : MC_E_INTERRUPTED, &ignored);
    }
}

static mc_status create_batches(run *r, mc_error *error) {
    MC_TRY(MC_ALLOC(r->batches, r->n_batches, error));
    for (size_t i = 0; i < r->n_batches; i++) {
        if (r->p->batch_create)
            MC_TRY(r->p->batch_create(r->p->context, &r->batches[i].content, error));
        release(r, &r->batches[i]);
    }
    return MC_OK;
}

mc_status mc_pipeline_run(const mc_pipeline *pipeline, mc_error *error) {
    size_t n_threads = pipeline->n_threads ? pipeline->n_threads : 1;
    run r = {.p = pipeline, .n_slots = n_threads, .n_batches = pipeline->n_batches};
    if (r.n_batches == 0)
        r.n_batches = 2 * n_threads + 2;
    pthread_t *threads = NULL;
    mc_status status = MC_ALLOC(threads, n_threads, error);
    if (status == MC_OK)
        status = MC_ALLOC(r.lanes, r.n_slots, error);
    if (status == MC_OK)
        status = create_batches(&r, error);
    if (status == MC_OK) {
        pthread_mutex_init(&r.mutex, NULL);
        pthread_cond_init(&r.changed, NULL);
        run_threads(&r, n_threads, threads);
        pthread_cond_destroy(&r.changed);
        pthread_mutex_destroy(&r.mutex);
        if (r.stop) {
            close_rest(&r);
            status = r.failure.status;
            if (error)
                *error = r.failure;
        }
    }
    for (size_t i = 0; r.batches && pipeline->batch_free && i < r.n_batches; i++)
        pipeline->batch_free(pipeline->context, r.batches[i].content);
    free(r.batches);
    free(r.lanes);
    free(threads);
    return status;
}

size_t mc_processor_count(void) {
#ifdef __linux__
    cpu_set_t allowed; /* too small on the largest machines: the call fails then */
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (size_t)CPU_COUNT(&allowed);
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}
