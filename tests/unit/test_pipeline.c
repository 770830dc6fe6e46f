/* The pipeline: whatever the threads, lanes and batches, every step happens in its place; and when
 * a step fails, the rest ends cleanly. Every step checks what it can see. */
#define _GNU_SOURCE /* sched_setaffinity */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/pipeline.h"

enum { NOWHERE, BATCH_CREATE, SCRATCH_CREATE, OPEN, READ, WORK, WRITE, CLOSE, CANCEL };

#define NO_LANE SIZE_MAX

/* A place where a step fails; number is that of the batch in the lane. */
typedef struct failure {
    int step;
    size_t lane;
    unsigned number;
    mc_status status;
} failure;

typedef struct lane {
    unsigned n_batches; /* it has */
    atomic_int busy_read, busy_write;
    unsigned n_open, n_close;
    unsigned n_read, n_written;
    bool ended;
    mc_status closed_with;
} lane;

typedef struct item {
    atomic_int busy;
    size_t lane;
    unsigned number;
    bool worked;
    unsigned value;
} item;

typedef struct context {
    lane *lanes;
    size_t n_lanes, n_threads, n_batches;
    failure failures[3];
    atomic_int cancel;
    atomic_int n_items, n_scratches, max_scratches;
    atomic_int n_open_lanes, n_wrong;
    atomic_int entered[4]; /* by batch number: its work step has begun */
    unsigned wait_for;     /* batch 0 of lane 0 is worked only once this one's work has begun */
    bool linger;           /* steps give way to other threads now and then */
} context;

/* Assertions belong to the test's own thread; steps only note what is wrong. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
            atomic_fetch_add(&c->n_wrong, 1);                                                      \
        }                                                                                          \
    } while (0)

static void give_way(const context *c, uint64_t salt) {
    if (!c->linger)
        return;
    for (uint64_t n = (salt * 0x9e3779b97f4a7c15u) >> 60; n > 0; n--)
        sched_yield();
}

static mc_status check_failure(context *c, int step, size_t lane_number, unsigned number,
                               mc_error *error) {
    for (size_t i = 0; i < sizeof c->failures / sizeof *c->failures; i++) {
        const failure *f = &c->failures[i];
        if (f->step == CANCEL && step == WRITE && f->lane == lane_number && f->number == number)
            atomic_store(&c->cancel, 1);
        if (f->step == step && f->lane == lane_number && f->number == number)
            return mc_fail(error, f->status, "step %d of batch %u of lane %zu failed", step, number,
                           lane_number);
    }
    return MC_OK;
}

static mc_status batch_create(void *context_, void **batch, mc_error *error) {
    context *c = context_;
    unsigned number = (unsigned)atomic_fetch_add(&c->n_items, 1);
    mc_status status = check_failure(c, BATCH_CREATE, NO_LANE, number, error);
    if (status != MC_OK) {
        atomic_fetch_sub(&c->n_items, 1);
        return status;
    }
    return mc_alloc(batch, 1, sizeof(item), error);
}

static void batch_free(void *context_, void *batch) {
    context *c = context_;
    if (batch)
        atomic_fetch_sub(&c->n_items, 1);
    free(batch);
}

static mc_status scratch_create(void *context_, void **scratch, mc_error *error) {
    context *c = context_;
    int number = atomic_fetch_add(&c->n_scratches, 1);
    atomic_fetch_add(&c->max_scratches, 1);
    pthread_t *owner = malloc(sizeof *owner);
    if (!owner)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    *owner = pthread_self();
    *scratch = owner;
    return check_failure(c, SCRATCH_CREATE, NO_LANE, (unsigned)number, error);
}

static void scratch_free(void *context_, void *scratch) {
    context *c = context_;
    CHECK(scratch && pthread_equal(*(pthread_t *)scratch, pthread_self()));
    atomic_fetch_sub(&c->n_scratches, 1);
    free(scratch);
}

static mc_status open_lane(void *context_, size_t number, mc_error *error) {
    context *c = context_;
    CHECK(number < c->n_lanes);
    lane *l = &c->lanes[number];
    CHECK(l->n_open == 0 && l->n_close == 0 && l->n_read == 0);
    CHECK((size_t)atomic_fetch_add(&c->n_open_lanes, 1) < c->n_threads);
    give_way(c, number);
    mc_status status = check_failure(c, OPEN, number, 0, error);
    if (status != MC_OK)
        return status;
    l->n_open++;
    return MC_OK;
}

static mc_status read_lane(void *context_, size_t number, void *batch, mc_error *error) {
    context *c = context_;
    lane *l = &c->lanes[number];
    item *b = batch;
    CHECK(atomic_fetch_add(&l->busy_read, 1) == 0);
    CHECK(l->n_open == 1 && l->n_close == 0 && !l->ended);
    CHECK(atomic_fetch_add(&b->busy, 1) == 0);
    give_way(c, number + l->n_read);
    mc_status status = check_failure(c, READ, number, l->n_read, error);
    if (status == MC_OK && l->n_read == l->n_batches)
        status = MC_END;
    if (status == MC_OK) {
        b->lane = number;
        b->number = l->n_read++;
        b->worked = false;
    } else {
        l->ended = true;
    }
    atomic_fetch_sub(&b->busy, 1);
    atomic_fetch_sub(&l->busy_read, 1);
    return status;
}

static mc_status work(void *context_, size_t number, void *batch, void *scratch, mc_error *error) {
    context *c = context_;
    item *b = batch;
    CHECK(scratch && pthread_equal(*(pthread_t *)scratch, pthread_self()));
    CHECK(atomic_fetch_add(&b->busy, 1) == 0);
    CHECK(b->lane == number && !b->worked);
    if (b->number < 4)
        atomic_store(&c->entered[b->number], 1);
    if (c->wait_for && number == 0 && b->number == 0) {
        while (!atomic_load(&c->entered[c->wait_for]))
            sched_yield();
        for (int i = 0; i < 2000; i++) /* most likely long enough for its failure to be noted */
            sched_yield();
    }
    give_way(c, number * 31 + b->number);
    b->worked = true;
    b->value = (unsigned)number * 1000 + b->number;
    mc_status status = check_failure(c, WORK, number, b->number, error);
    atomic_fetch_sub(&b->busy, 1);
    return status;
}

static mc_status write_batch(void *context_, size_t number, void *batch, mc_error *error) {
    context *c = context_;
    lane *l = &c->lanes[number];
    item *b = batch;
    CHECK(atomic_fetch_add(&l->busy_write, 1) == 0);
    CHECK(atomic_fetch_add(&b->busy, 1) == 0);
    CHECK(b->worked && b->lane == number && b->value == number * 1000 + b->number);
    CHECK(b->number == l->n_written && l->n_close == 0);
    give_way(c, number * 7 + b->number);
    mc_status status = check_failure(c, WRITE, number, b->number, error);
    if (status == MC_OK)
        l->n_written++;
    atomic_fetch_sub(&b->busy, 1);
    atomic_fetch_sub(&l->busy_write, 1);
    return status;
}

static mc_status close_lane(void *context_, size_t number, mc_status status, mc_error *error) {
    context *c = context_;
    lane *l = &c->lanes[number];
    CHECK(l->n_open == 1 && l->n_close == 0);
    CHECK(status != MC_OK || (l->ended && l->n_written == l->n_batches));
    CHECK(status <= MC_OK);
    l->n_close++;
    l->closed_with = status;
    atomic_fetch_sub(&c->n_open_lanes, 1);
    give_way(c, number);
    return status == MC_OK ? check_failure(c, CLOSE, number, 0, error) : MC_OK;
}

static mc_pipeline make_pipeline(context *c) {
    return (mc_pipeline){.n_lanes = c->n_lanes,
                         .n_threads = c->n_threads,
                         .n_batches = c->n_batches,
                         .context = c,
                         .cancel = &c->cancel,
                         .batch_create = batch_create,
                         .batch_free = batch_free,
                         .scratch_create = scratch_create,
                         .scratch_free = scratch_free,
                         .open = open_lane,
                         .read = read_lane,
                         .work = work,
                         .write = write_batch,
                         .close = close_lane};
}

/* Runs the context, whose lanes must be set, and checks what holds whatever happens. */
static mc_status run(context *c, mc_error *error) {
    mc_pipeline pipeline = make_pipeline(c);
    mc_status status = mc_pipeline_run(&pipeline, error);
    assert_int_equal(c->n_wrong, 0);
    assert_int_equal(c->n_items, 0);
    assert_int_equal(c->n_scratches, 0);
    assert_true((size_t)c->max_scratches <= c->n_threads);
    for (size_t i = 0; i < c->n_lanes; i++) {
        const lane *l = &c->lanes[i];
        assert_int_equal(l->n_close, l->n_open);
        assert_true(l->n_written <= l->n_read);
        if (status == MC_OK) {
            assert_int_equal(l->n_open, 1);
            assert_int_equal(l->closed_with, MC_OK);
            assert_int_equal(l->n_written, l->n_batches);
        }
    }
    return status;
}

static void make_lanes(context *c, size_t n, const unsigned *n_batches, size_t n_sizes) {
    c->n_lanes = n;
    c->lanes = calloc(n + 1, sizeof *c->lanes);
    assert_non_null(c->lanes);
    for (size_t i = 0; i < n; i++)
        c->lanes[i].n_batches = n_batches[i % n_sizes];
}

static const size_t thread_numbers[] = {1, 2, 3, 7};
#define N_THREAD_NUMBERS (sizeof thread_numbers / sizeof *thread_numbers)

/* ---- when all goes well ---- */

static void every_lane_is_read_worked_and_written_in_order(void **state) {
    (void)state;
    static const unsigned sizes[] = {5, 0, 1, 40, 2, 0, 0, 13};
    static const size_t n_lanes[] = {0, 1, 2, 8, 50};
    static const size_t n_batches[] = {0, 1, 2, 3, 100};
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++)
        for (size_t n = 0; n < sizeof n_lanes / sizeof *n_lanes; n++)
            for (size_t b = 0; b < sizeof n_batches / sizeof *n_batches; b++) {
                context c = {
                    .n_threads = thread_numbers[t], .n_batches = n_batches[b], .linger = true};
                make_lanes(&c, n_lanes[n], sizes, sizeof sizes / sizeof *sizes);
                assert_int_equal(run(&c, NULL), MC_OK);
                free(c.lanes);
            }
}

static void there_may_be_thousands_of_lanes(void **state) {
    (void)state;
    static const unsigned sizes[] = {1, 0, 3, 2, 1, 1, 0};
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++) {
        context c = {.n_threads = thread_numbers[t]};
        make_lanes(&c, 5000, sizes, sizeof sizes / sizeof *sizes);
        assert_int_equal(run(&c, NULL), MC_OK);
        free(c.lanes);
    }
}

static void a_lane_may_be_long(void **state) {
    (void)state;
    static const unsigned sizes[] = {20000};
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++) {
        context c = {.n_threads = thread_numbers[t]};
        make_lanes(&c, 1, sizes, 1);
        assert_int_equal(run(&c, NULL), MC_OK);
        free(c.lanes);
    }
}

static void no_threads_count_as_one(void **state) {
    (void)state;
    static const unsigned sizes[] = {9};
    context c = {.n_threads = 1};
    make_lanes(&c, 3, sizes, 1);
    mc_pipeline pipeline = make_pipeline(&c);
    pipeline.n_threads = 0;
    assert_int_equal(mc_pipeline_run(&pipeline, NULL), MC_OK);
    assert_int_equal(c.n_wrong, 0);
    assert_int_equal(c.max_scratches, 1);
    free(c.lanes);
}

typedef struct bare {
    atomic_int left;
} bare;

static mc_status read_bare(void *context_, size_t number, void *batch, mc_error *error) {
    bare *b = context_;
    (void)number;
    if (batch)
        return mc_fail(error, MC_E_ARGUMENT, "nobody made a batch");
    return atomic_fetch_sub(&b->left, 1) > 0 ? MC_OK : MC_END;
}

static void only_reading_is_a_must(void **state) {
    (void)state;
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++) {
        bare b = {10};
        mc_pipeline pipeline = {
            .n_lanes = 3, .n_threads = thread_numbers[t], .context = &b, .read = read_bare};
        assert_int_equal(mc_pipeline_run(&pipeline, NULL), MC_OK);
        assert_int_equal(b.left, -3);
    }
}

/* ---- when a step fails ---- */

static void assert_failed_at(const context *c, const mc_error *error, const failure *f) {
    char expected[100];
    snprintf(expected, sizeof expected, "step %d of batch %u of lane %zu failed", f->step,
             f->number, f->lane);
    assert_int_equal(error->status, f->status);
    assert_string_equal(error->message, expected);
    for (size_t i = 0; i < c->n_lanes; i++) {
        const lane *l = &c->lanes[i];
        if (!l->n_open)
            continue;
        if (i == f->lane)
            assert_int_equal(l->closed_with, f->step == CLOSE ? MC_OK : f->status);
        else if (l->closed_with != MC_OK)
            assert_int_equal(l->closed_with, MC_E_INTERRUPTED);
    }
}

static void a_failing_step_ends_the_run(void **state) {
    (void)state;
    static const unsigned sizes[] = {6, 0, 9, 30};
    static const failure failures[] = {
        {OPEN, 0, 0, MC_E_IO},        {OPEN, 3, 0, MC_E_IO},      {OPEN, 11, 0, MC_E_MEMORY},
        {READ, 0, 0, MC_E_FORMAT},    {READ, 3, 17, MC_E_FORMAT}, {READ, 1, 0, MC_E_IO},
        {WORK, 0, 0, MC_E_LIMIT},     {WORK, 3, 29, MC_E_LIMIT},  {WORK, 10, 4, MC_E_MEMORY},
        {WRITE, 0, 0, MC_E_IO},       {WRITE, 3, 12, MC_E_IO},    {WRITE, 11, 29, MC_E_IO},
        {CLOSE, 0, 0, MC_E_MISMATCH}, {CLOSE, 1, 0, MC_E_EXISTS}, {CLOSE, 11, 0, MC_E_IO},
    };
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++)
        for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
            for (size_t batches = 0; batches < 3; batches++) {
                context c = {.n_threads = thread_numbers[t],
                             .n_batches = batches,
                             .failures = {failures[i]},
                             .linger = true};
                mc_error error = {0};
                make_lanes(&c, 12, sizes, 4);
                assert_int_equal(run(&c, &error), failures[i].status);
                assert_failed_at(&c, &error, &failures[i]);
                const lane *l = &c.lanes[failures[i].lane];
                if (failures[i].step != OPEN && failures[i].step != CLOSE)
                    assert_int_equal(l->n_written, failures[i].number);
                free(c.lanes);
            }
}

static void nobody_need_hear_of_a_failure(void **state) {
    (void)state;
    static const unsigned sizes[] = {5};
    context c = {.n_threads = 2, .failures = {{WORK, 1, 2, MC_E_LIMIT}}};
    make_lanes(&c, 4, sizes, 1);
    assert_int_equal(run(&c, NULL), MC_E_LIMIT);
    free(c.lanes);
}

/* The first failure in the order of the lane is reported, whichever happens first. */
static void the_first_failure_of_a_lane_is_reported(void **state) {
    (void)state;
    static const unsigned sizes[] = {20};
    static const failure later[] = {
        {WORK, 0, 1, MC_E_FORMAT}, {WORK, 0, 2, MC_E_FORMAT}, {READ, 0, 3, MC_E_IO}};
    static const unsigned wait_for[] = {1, 2, 2};
    for (size_t i = 0; i < 3; i++)
        for (size_t t = 1; t < N_THREAD_NUMBERS; t++) {
            if (wait_for[i] >= thread_numbers[t])
                continue; /* nobody would be free to work on that batch */
            context c = {.n_threads = thread_numbers[t],
                         .failures = {later[i], {WORK, 0, 0, MC_E_LIMIT}},
                         .wait_for = wait_for[i]};
            mc_error error = {0};
            make_lanes(&c, 1, sizes, 1);
            assert_int_equal(run(&c, &error), MC_E_LIMIT);
            assert_failed_at(&c, &error, &c.failures[1]);
            assert_int_equal(c.lanes[0].n_written, 0);
            free(c.lanes);
        }
}

/* What came before the failing batch is written. */
static void what_comes_before_a_failure_is_written(void **state) {
    (void)state;
    static const unsigned sizes[] = {20};
    for (size_t t = 1; t < N_THREAD_NUMBERS; t++) {
        context c = {
            .n_threads = thread_numbers[t], .failures = {{WORK, 0, 1, MC_E_LIMIT}}, .wait_for = 1};
        make_lanes(&c, 1, sizes, 1);
        assert_int_equal(run(&c, NULL), MC_E_LIMIT);
        assert_int_equal(c.lanes[0].n_written, 1);
        free(c.lanes);
    }
}

static void the_failure_of_the_lowest_lane_is_reported(void **state) {
    (void)state;
    static const unsigned sizes[] = {1};
    context c = {.n_threads = 1,
                 .n_batches = 1,
                 .failures = {{WORK, 2, 0, MC_E_LIMIT}, {WORK, 1, 0, MC_E_FORMAT}}};
    mc_error error = {0};
    make_lanes(&c, 4, sizes, 1);
    assert_int_equal(run(&c, &error), MC_E_FORMAT);
    assert_failed_at(&c, &error, &c.failures[1]);
    assert_int_equal(c.lanes[3].n_open, 0);
    free(c.lanes);
}

static void what_cannot_be_set_up_fails_the_run(void **state) {
    (void)state;
    static const unsigned sizes[] = {5, 5, 5};
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++)
        for (unsigned number = 0; number < thread_numbers[t]; number++)
            for (int step = BATCH_CREATE; step <= SCRATCH_CREATE; step++) {
                context c = {.n_threads = thread_numbers[t],
                             .failures = {{step, NO_LANE, number, MC_E_MEMORY}}};
                mc_error error = {0};
                make_lanes(&c, 3, sizes, 3);
                mc_status status = run(&c, &error);
                /* Where lanes are done before a thread has come up, it does not matter. */
                if (step == BATCH_CREATE || number == 0 || status != MC_OK) {
                    assert_int_equal(status, MC_E_MEMORY);
                    assert_int_equal(error.status, MC_E_MEMORY);
                }
                free(c.lanes);
            }
}

/* ---- cancelling ---- */

static void a_run_can_be_cancelled(void **state) {
    (void)state;
    static const unsigned sizes[] = {10};
    for (size_t t = 0; t < N_THREAD_NUMBERS; t++)
        for (size_t number = 0; number < 10; number++) {
            context c = {.n_threads = thread_numbers[t],
                         .failures = {{CANCEL, 1, (unsigned)number, MC_OK}},
                         .linger = true};
            mc_error error = {0};
            make_lanes(&c, 100, sizes, 1);
            assert_int_equal(run(&c, &error), MC_E_INTERRUPTED);
            assert_int_equal(error.status, MC_E_INTERRUPTED);
            unsigned n_whole = 0;
            for (size_t i = 0; i < c.n_lanes; i++)
                n_whole += c.lanes[i].n_close && c.lanes[i].closed_with == MC_OK;
            assert_true(n_whole < 100);
            free(c.lanes);
        }
}

static void a_run_cancelled_beforehand_opens_nothing(void **state) {
    (void)state;
    static const unsigned sizes[] = {10};
    context c = {.n_threads = 3};
    atomic_store(&c.cancel, 1);
    make_lanes(&c, 5, sizes, 1);
    assert_int_equal(run(&c, NULL), MC_E_INTERRUPTED);
    for (size_t i = 0; i < c.n_lanes; i++)
        assert_int_equal(c.lanes[i].n_open, 0);
    free(c.lanes);
}

static void only_processors_that_may_be_used_count(void **state) {
    (void)state;
    cpu_set_t before, one;
    assert_true(mc_processor_count() >= 1);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(mc_processor_count(), CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(mc_processor_count(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

typedef struct tally {
    _Atomic unsigned done[40];
    size_t failing; /* this piece and the next fail */
} tally;

static mc_status do_piece(void *user, size_t piece, mc_error *error) {
    tally *t = user;
    atomic_fetch_add(&t->done[piece], 1);
    if (piece == t->failing || piece == t->failing + 1)
        return mc_fail(error, MC_E_FORMAT, "piece %zu", piece);
    return MC_OK;
}

static void each_piece_is_done_once(void **state) {
    (void)state;
    for (size_t threads = 0; threads < 9; threads++) {
        for (size_t n = 0; n <= 40; n += 8) {
            tally t = {.failing = SIZE_MAX - 1};
            assert_int_equal(mc_pipeline_each(n, threads, NULL, &t, do_piece, NULL), MC_OK);
            for (size_t i = 0; i < 40; i++)
                assert_int_equal(t.done[i], i < n);
        }
    }
}

static void the_lowest_piece_that_failed_is_told(void **state) {
    (void)state;
    for (size_t threads = 1; threads < 9; threads++) {
        tally t = {.failing = 7};
        mc_error error = {0};
        assert_int_equal(mc_pipeline_each(40, threads, NULL, &t, do_piece, &error), MC_E_FORMAT);
        assert_string_equal(error.message, t.done[7] ? "piece 7" : "piece 8");
        assert_true(t.done[7] || t.done[8]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_is_done_once),
        cmocka_unit_test(the_lowest_piece_that_failed_is_told),
        cmocka_unit_test(every_lane_is_read_worked_and_written_in_order),
        cmocka_unit_test(there_may_be_thousands_of_lanes),
        cmocka_unit_test(a_lane_may_be_long),
        cmocka_unit_test(no_threads_count_as_one),
        cmocka_unit_test(only_reading_is_a_must),
        cmocka_unit_test(a_failing_step_ends_the_run),
        cmocka_unit_test(nobody_need_hear_of_a_failure),
        cmocka_unit_test(the_first_failure_of_a_lane_is_reported),
        cmocka_unit_test(what_comes_before_a_failure_is_written),
        cmocka_unit_test(the_failure_of_the_lowest_lane_is_reported),
        cmocka_unit_test(what_cannot_be_set_up_fails_the_run),
        cmocka_unit_test(a_run_can_be_cancelled),
        cmocka_unit_test(a_run_cancelled_beforehand_opens_nothing),
        cmocka_unit_test(only_processors_that_may_be_used_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
