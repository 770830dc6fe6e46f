/* Status codes, errors, borrowed bytes and run control: what every other module builds on.
 *
 * Conventions of the whole library
 *   - A function that can fail returns mc_status and takes an mc_error as its last argument, which
 *     may be NULL. 0 is done, MC_END is positive, failures are negative.
 *   - `const` arguments are borrowed for the call unless the comment says longer. What create, open
 *     or read hands out belongs to the caller and goes back to free or close, which take NULL.
 *   - The library never prints, never exits and never aborts on input.
 *   - Objects are not shared between threads unless their comment says so.
 */
#ifndef METACURATE_BASE_H
#define METACURATE_BASE_H

#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#include <atomic>
using std::atomic_int;
#else
#include <stdatomic.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MC_VERSION_MAJOR 0
#define MC_VERSION_MINOR 1
#define MC_VERSION_PATCH 0
#define MC_VERSION "0.1.0"

#if defined(__GNUC__)
#define MC_MUST_CHECK __attribute__((warn_unused_result))
#define MC_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define MC_MUST_CHECK
#define MC_PRINTF(f, a)
#endif

typedef enum mc_status {
    MC_OK = 0,
    MC_END = 1,            /* no more of what was asked for; not a failure */
    MC_E_MEMORY = -1,      /* an allocation failed */
    MC_E_IO = -2,          /* the system refused to read or write */
    MC_E_FORMAT = -3,      /* input is damaged or not of the expected format */
    MC_E_ARGUMENT = -4,    /* the caller asked for something that makes no sense */
    MC_E_LIMIT = -5,       /* a documented limit was exceeded */
    MC_E_MISMATCH = -6,    /* two things that must belong together do not */
    MC_E_EXISTS = -7,      /* output is already there */
    MC_E_INTERRUPTED = -8, /* the run was cancelled through mc_control */
    MC_E_UNSUPPORTED = -9  /* valid, but not something this version handles */
} mc_status;

/* "no number": the record or offset of an error that has none. */
#define MC_NONE UINT64_MAX

/* What went wrong and where. Owned by the caller, who sets it to {0} once; it needs no freeing. */
typedef struct mc_error {
    mc_status status;
    uint64_t record;   /* record number within file, or MC_NONE */
    uint64_t offset;   /* byte offset within file (decompressed), or MC_NONE */
    char file[512];    /* "" when no file is concerned; cut to fit */
    char message[512]; /* one English sentence without a trailing period or newline */
} mc_error;

/* Bytes owned by somebody else. Never NUL-terminated by contract; may hold NUL bytes. */
typedef struct mc_bytes {
    const char *data;
    size_t size;
} mc_bytes;

/* Stages of a run, as reported by progress. */
typedef enum mc_stage {
    MC_STAGE_MATCH,   /* units: bytes of input as stored */
    MC_STAGE_DEDUP,   /* units: texts */
    MC_STAGE_COUNT,   /* units: texts */
    MC_STAGE_SELECT,  /* units: texts */
    MC_STAGE_WRITE,   /* units: texts */
    MC_STAGE_EXTRACT, /* units: bytes of input as stored */
    MC_STAGE_BUILD    /* units: bytes of input as stored; no texts */
} mc_stage;

/* How a caller watches and stops a long run. Callbacks come from one thread at a time, but from
 * any thread of the run. Every field may be zero. */
typedef struct mc_control {
    atomic_int *cancel; /* set to non-zero (from a signal handler, too) to stop the run */
    void (*progress)(void *context, mc_stage stage, uint64_t done, uint64_t total,
                     uint64_t n_texts);
    void (*warn)(void *context, const char *message);
    void *context;
} mc_control;

/* Version of the library in use, "major.minor.patch". */
const char *mc_version(void);

/* A short name for a status: "ok", "end", "out of memory", ... Never NULL. */
const char *mc_status_name(mc_status status);

/* Fills *error (when not NULL) with status and a message; file, record and offset are cleared.
 * Returns status, so that a caller can write `return mc_fail(...)`. */
mc_status mc_fail(mc_error *error, mc_status status, const char *format, ...) MC_PRINTF(3, 4);

/* Adds the place to an error already set. file may be NULL (kept as it is). */
void mc_error_place(mc_error *error, const char *file, uint64_t record, uint64_t offset);

/* Writes "file: record N, byte M: message" (parts that are unknown left out) to out, always
 * terminated; control characters are shown as '?'. Returns out. */
char *mc_error_text(const mc_error *error, char *out, size_t out_size);

/* Numbers as people type them. All fail with MC_E_ARGUMENT and a message that shows what is right.
 * A whole number; the suffixes k, M, B (or G), T are powers of 1000: "1.5M" is 1500000. */
MC_MUST_CHECK mc_status mc_parse_count(const char *text, uint64_t *out, mc_error *error);
/* Bytes; the suffixes K, M, G, T are powers of 1024 (an ending "B" or "iB" is allowed). */
MC_MUST_CHECK mc_status mc_parse_size(const char *text, uint64_t *out, mc_error *error);
/* A finite number > 0 with the suffixes of mc_parse_count, or "inf". */
MC_MUST_CHECK mc_status mc_parse_threshold(const char *text, double *out, mc_error *error);

/* Returns from the enclosing function when expr is not MC_OK. */
#define MC_TRY(expr)                                                                               \
    do {                                                                                           \
        mc_status mc_try_status_ = (expr);                                                         \
        if (mc_try_status_ != MC_OK)                                                               \
            return mc_try_status_;                                                                 \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
