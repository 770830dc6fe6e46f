/* ahocorasick: finds every occurrence of millions of byte strings in a text, in one pass.
 *
 * The patterns are built once into an automaton: one immutable, position-independent block of
 * bytes that can be saved, mapped and shared between threads and processes. Scanning follows the
 * automaton through a text, in buffers as they come, and fills an array with the matches.
 *
 *     ac_automaton *ac;
 *     ac_error error;
 *     if (ac_build(&ac, patterns, n, NULL, &error) != AC_OK)
 *         ...error.message...
 *     ac_scanner scanner;
 *     ac_match matches[256];
 *     size_t found;
 *     ac_scanner_init(&scanner, ac);
 *     ac_scanner_feed(&scanner, text, size);
 *     while ((found = ac_scanner_next(&scanner, matches, 256)) > 0)
 *         ...
 *     ac_free(ac);
 *
 * Conventions
 *   - Bytes are bytes: any value, NUL included, no case, no encoding.
 *   - A function that can fail returns ac_status and takes an ac_error as its last argument, which
 *     may be NULL; its out argument is then set to NULL.
 *   - `const` arguments are borrowed for the call unless the comment says longer.
 *   - The library never prints, never exits, keeps no global state and starts no threads.
 *   - Pointers must not be NULL where the comment does not allow it; the data pointer of zero bytes
 *     may be.
 */
#ifndef AHOCORASICK_H
#define AHOCORASICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AC_MUST_CHECK __attribute__((warn_unused_result))
#else
#define AC_MUST_CHECK
#endif

/* Most patterns an automaton may hold, and bytes a pattern may have. The tree of all patterns
 * (its nodes are the distinct prefixes) may have at most AC_MAX_STATES nodes. */
#define AC_MAX_PATTERNS ((size_t)1 << 24)
#define AC_MAX_PATTERN_BYTES ((size_t)1 << 30)
#define AC_MAX_STATES ((size_t)1 << 31)

typedef enum ac_status {
    AC_OK = 0,
    AC_E_MEMORY = -1,   /* an allocation failed */
    AC_E_ARGUMENT = -2, /* the caller asked for something that makes no sense */
    AC_E_LIMIT = -3,    /* one of the limits above was exceeded */
    AC_E_FORMAT = -4,   /* the bytes are no automaton, or a damaged one */
    AC_E_CANCELLED = -5 /* progress asked to stop */
} ac_status;

/* "no pattern": the number in an error that concerns none. */
#define AC_NONE SIZE_MAX

/* What went wrong. Owned by the caller; needs neither setting up nor freeing. */
typedef struct ac_error {
    ac_status status;
    size_t pattern;    /* the pattern concerned, or AC_NONE */
    char message[160]; /* one English sentence without a period */
} ac_error;

/* A pattern: size bytes at data. */
typedef struct ac_pattern {
    const void *data;
    size_t size;
} ac_pattern;

/* How a caller watches and stops a build. */
typedef struct ac_build_options {
    /* Called now and then from the building thread with the work done and in all (units of no
     * meaning; done never shrinks). Returning false ends the build with AC_E_CANCELLED. May be
     * NULL. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
} ac_build_options;

/* The built patterns. Immutable once made: any number of threads may scan with it at once. */
typedef struct ac_automaton ac_automaton;

/* An occurrence: pattern id in the bytes [end - size, end), counted from the first byte fed to the
 * scanner. */
typedef struct ac_match {
    uint64_t end;
    uint32_t id;
    uint32_t size; /* of the pattern; always <= end */
} ac_match;

/* ---- building, saving, mapping ------------------------------------------------------------- */

/* Builds an automaton from n patterns, which are copied; a pattern's id is its position. Equal
 * patterns keep their own ids. n may be 0: nothing ever matches. The same patterns give the same
 * block on every machine. options may be NULL. The caller frees *out with ac_free.
 *   AC_E_ARGUMENT   a pattern is empty (error->pattern)
 *   AC_E_LIMIT      too many patterns or states, or a pattern is too long (error->pattern)
 *   AC_E_MEMORY     about 40 bytes a state are needed for the time of the build
 *   AC_E_CANCELLED  options->progress returned false */
AC_MUST_CHECK ac_status ac_build(ac_automaton **out, const ac_pattern *patterns, size_t n,
                                 const ac_build_options *options, ac_error *error);

/* Uses a block of bytes in place, as ac_data gave it (written to a file and mapped, say). data must
 * be aligned to 8 bytes and stay as it is until ac_free, which leaves it to the caller. Every
 * link is checked: whatever the bytes, an automaton that is accepted never makes a scan read
 * outside it or the text, run for ever or report a match that begins before the text. (Whoever
 * can forge the checksum can still make it find the wrong things.) Takes about 30 ns and, for the
 * time of the call, 8 bytes a state.
 *   AC_E_ARGUMENT  data is not aligned
 *   AC_E_FORMAT    not an automaton, of another version, cut short, or damaged
 *   AC_E_MEMORY    */
AC_MUST_CHECK ac_status ac_map(ac_automaton **out, const void *data, size_t size, ac_error *error);

/* True when data starts like an automaton's block; ac_map may still refuse it. */
bool ac_is_automaton(const void *data, size_t size);

/* The block of bytes: all there is to save. Borrowed from the automaton. */
const void *ac_data(const ac_automaton *ac, size_t *size);

/* Frees what ac_build or ac_map made. NULL is allowed. No scanner may use it any more. */
void ac_free(ac_automaton *ac);

/* Number of patterns, number of states (distinct prefixes, the empty one included), and the size
 * of the longest pattern in bytes (0 when there is none). */
size_t ac_pattern_count(const ac_automaton *ac);
size_t ac_state_count(const ac_automaton *ac);
size_t ac_longest(const ac_automaton *ac);

/* A short name for a status: "ok", "out of memory", ... Never NULL. */
const char *ac_status_name(ac_status status);

/* ---- scanning: every occurrence ------------------------------------------------------------ */

/* Where a scan stands. The caller's storage, to be read by the library alone; belongs to one
 * thread at a time, may be copied (a copy goes on from the same place), needs no freeing. Borrows
 * the automaton and the buffer fed last. */
typedef struct ac_scanner {
    const ac_automaton *ac;
    const unsigned char *text; /* next byte to scan */
    const unsigned char *text_end;
    uint64_t position; /* bytes scanned so far */
    uint32_t state;
    uint32_t output; /* matches at position not yet handed out, 0 for none */
} ac_scanner;

/* Begins a stream: nothing scanned yet. Cheap; also begins anew. */
void ac_scanner_init(ac_scanner *scanner, const ac_automaton *ac);

/* Gives the next size bytes of the stream, borrowed until they are used up. Matches may begin in
 * earlier buffers. The buffer before must be used up (ac_scanner_next returned 0): what is left
 * of it is lost otherwise. */
void ac_scanner_feed(ac_scanner *scanner, const void *text, size_t size);

/* Goes on scanning and puts up to capacity (> 0) matches into out. Returns how many; fewer than
 * capacity, and 0 from then on, when the buffer is used up. Overlapping matches are all reported:
 * ascending by end, the longest first among those with the same end, and equal patterns by
 * ascending id. */
size_t ac_scanner_next(ac_scanner *scanner, ac_match *out, size_t capacity);

/* Scans one more buffer of the stream and calls on_match for every match, in the same order.
 * on_match returns false to stop, and so does ac_scan then; the scanner must be begun anew. */
bool ac_scan(ac_scanner *scanner, const void *text, size_t size,
             bool (*on_match)(void *context, const ac_match *match), void *context);

/* ---- scanning: many texts at once ----------------------------------------------------------- */

/* A match in one of several texts: pattern id in bytes [end - size, end) of texts[text]. */
typedef struct ac_text_match {
    uint64_t end;
    uint32_t id;
    uint32_t size;
    size_t text;
} ac_text_match;

/* Texts scanned side by side. */
#define AC_LANES 32

/* Where a scan of many texts stands. As with ac_scanner: the caller's storage, for the library to
 * read, for one thread at a time. Borrows the automaton, the array of texts and their bytes. */
typedef struct ac_batch {
    const ac_automaton *ac;
    const ac_pattern *texts;
    size_t n_texts;
    size_t next_text; /* the first not yet begun */
    uint32_t n_lanes;
    uint32_t turn;   /* the lane to go on with */
    uint32_t output; /* its matches not yet handed out, 0 for none */
    struct {
        const unsigned char *text; /* next byte to scan */
        const unsigned char *begin;
        const unsigned char *end;
        size_t number;
        uint32_t state;
        uint32_t child; /* of state by the next byte, if it has one */
    } lanes[AC_LANES];
} ac_batch;

/* Begins to scan n texts, each by itself: no match reaches over from one into the next. Many are
 * scanned in turns, a byte each, so that they wait for memory together: with large automata
 * this is up to twice as fast as one scanner, and good for short texts above all. */
void ac_batch_init(ac_batch *batch, const ac_automaton *ac, const ac_pattern *texts, size_t n);

/* Goes on scanning and puts up to capacity (> 0) matches into out. Returns how many; fewer than
 * capacity, and 0 from then on, when all texts are scanned. The matches of one text come in the
 * order ac_scanner_next has, mixed with those of other texts that are scanned at the same time; the
 * same texts give the same order. */
size_t ac_batch_next(ac_batch *batch, ac_text_match *out, size_t capacity);

/* ---- scanning: leftmost-longest ------------------------------------------------------------ */

/* Finds matches that do not overlap in a whole text: from *position on, the one that begins
 * first, the longest of those that begin there (of equal patterns the lowest id), and so on after
 * its end. Puts up to capacity (> 0) of them into out and moves *position, which the caller sets to
 * 0 at first, after the last one. Returns how many; fewer than capacity, and 0 from then on, when
 * there are no more.
 * Time is at worst the size of the text times that of the longest pattern. */
size_t ac_leftmost(const ac_automaton *ac, const void *text, size_t size, size_t *position,
                   ac_match *out, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
