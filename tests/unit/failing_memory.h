/* Out of memory: every allocation of the library fails once in turn, and then all that follow it,
 * too; each time the work must end with MC_E_MEMORY, and nothing may be lost. The linker sends
 * allocations here (--wrap); one thread does all the work, so that they come in the same order
 * every time. Those of jansson fail only where documents are made, since it does not tell what
 * it cannot parse from what it has no memory for. */
#ifndef TEST_FAILING_MEMORY_H
#define TEST_FAILING_MEMORY_H

#include "scratch.h"

#include <stdbool.h>

#include "metacurate/base.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

static bool armed;    /* allocations count */
static bool lasting;  /* all after the one that fails fail, too */
static size_t n_left; /* until one fails */
static size_t n_failed;

static inline bool must_fail(void) {
    if (!armed || n_left-- > 0)
        return false;
    n_left = lasting ? 0 : SIZE_MAX;
    n_failed++;
    return true;
}

void *__wrap_malloc(size_t size) {
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return must_fail() ? NULL : __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return must_fail() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text) {
    return must_fail() ? NULL : __real_strdup(text);
}

/* Runs work with the first allocation failing, then the second, until none is left to fail. */
static inline void fail_each(mc_status (*work)(mc_error *error), size_t at_least) {
    for (int mode = 0; mode < 2; mode++) {
        lasting = mode;
        for (size_t n = 0;; n++) {
            mc_error error = {0};
            n_left = n;
            n_failed = 0;
            armed = true;
            mc_status status = work(&error);
            armed = false;
            if (n_failed == 0) {
                if (status != MC_OK)
                    print_error("%s: %s\n", error.file, error.message);
                assert_int_equal(status, MC_OK);
                assert_true(n >= at_least);
                break;
            }
            if (status != MC_E_MEMORY || error.status != MC_E_MEMORY || !error.message[0])
                fail_msg("allocation %zu: %s: %s", n, mc_status_name(status), error.message);
        }
    }
}

#endif
