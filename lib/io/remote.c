/* Files on servers, through libcurl, driven by the thread that reads.
 *
 * A transfer only moves while somebody reads: what arrives goes straight into the reader's memory,
 * the rest of a network buffer into a spare one, and when that is full the transfer is paused, so
 * that the server is held back by TCP itself. Bytes received are hashed. When the connection
 * breaks, the file is asked for from there on, if the server named a version of it (If-Range), and
 * the answer's range, version and size must agree. Where the server has no ranges or no versions,
 * it is read anew and what was delivered before is passed over, its hash compared.
 */
#include "io/remote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "io/remote_session.h"

#define SPARE_BYTES ((size_t)MC_SESSION_BUFFER)
#define REFUSAL_BYTES (64u << 10)   /* of an error page that is read to keep the connection */
#define PROGRESS_BYTES (256u << 10) /* after so many, earlier failures are forgotten */
#define VERSION_MAX 256             /* a longer ETag or date is taken for none */

struct mc_remote {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    char *url;
    const atomic_int *cancel;
    mc_patience patience;
    char message[CURL_ERROR_SIZE];

    uint64_t size; /* of the file; 0: not told */
    char etag[VERSION_MAX], modified[VERSION_MAX];
    uint64_t received;  /* bytes of the file so far */
    XXH3_state_t *hash; /* of these */
    bool ended;
    mc_status failed;
    mc_error failure;

    /* The transfer under way. */
    bool running, paused;
    bool judged;      /* the head of the answer was looked at */
    bool passing;     /* its body is to be passed over: an error page */
    uint64_t skipped; /* of what was received before, when it is sent again */
    bool again;       /* and it is */
    XXH3_state_t *again_hash;
    uint64_t refusal; /* bytes of an error page */
    double waited;    /* in this window, ms */
    uint64_t window;  /* bytes received in it */

    /* Failures since there was progress, and where that was. */
    long failures;
    uint64_t progress;

    /* Where bytes go: out first, then spare. */
    unsigned char *out;
    size_t out_size, out_got;
    unsigned char *spare;
    size_t spare_begin, spare_end;
};

bool mc_remote_is(const char *path) {
    return strncasecmp(path, "http://", 7) == 0 || strncasecmp(path, "https://", 8) == 0;
}

/* --- the head of an answer -------------------------------------------------------------------- */

/* The value of a header of the last answer; "" when there is none. */
static const char *header(const mc_remote *r, const char *name) {
    struct curl_header *found;
    if (curl_easy_header(r->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
        return "";
    return found->value;
}

static void note(char out[VERSION_MAX], const char *value) {
    if (strlen(value) < VERSION_MAX)
        memcpy(out, value, strlen(value) + 1);
}

static bool differs(const char *was, const char *is) {
    return *was && *is && strcmp(was, is) != 0;
}

static long answer_code(const mc_remote *r) {
    long code = 0;
    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

static bool fail_changed(mc_remote *r) {
    r->failed =
        mc_fail(&r->failure, MC_E_IO,
                "the file changed on the server while it was read, after %" PRIu64 " bytes of it",
                r->received);
    return false;
}

/* Looks at "bytes FIRST-LAST/TOTAL": FIRST must be where we are, TOTAL the size. */
static bool judge_range(mc_remote *r) {
    const char *range = header(r, "Content-Range");
    uint64_t first, last, total = 0;
    int n = sscanf(range, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, &first, &last, &total);
    if (n < 2 || first != r->received || last < first || (n == 3 && total <= last)) {
        r->failed =
            mc_fail(&r->failure, MC_E_IO,
                    "asked for the file from byte %" PRIu64 " on, the server sent \"%.100s\"",
                    r->received, range);
        return false;
    }
    if (n == 3 && r->size > 0 && total != r->size)
        return fail_changed(r);
    if (n == 3)
        r->size = total;
    return true;
}

/* Decides what the body is: the file, the file from where we are, or an error page. False when
 * nothing good can come of it. */
static bool judge(mc_remote *r) {
    long code = answer_code(r);
    r->judged = true;
    if (code != 200 && code != 206) {
        r->passing = true;
        return true;
    }
    if (r->received > 0 &&
        (differs(r->etag, header(r, "ETag")) || differs(r->modified, header(r, "Last-Modified"))))
        return fail_changed(r);
    note(r->etag, header(r, "ETag"));
    note(r->modified, header(r, "Last-Modified"));
    if (code == 206)
        return judge_range(r);
    uint64_t size = mc_session_told_size(r->easy);
    if (r->received > 0 && size > 0 && r->size > 0 && size != r->size)
        return fail_changed(r);
    if (size > 0)
        r->size = size;
    r->again = r->received > 0;
    XXH3_128bits_reset(r->again_hash);
    return true;
}

/* --- bytes --------------------------------------------------------------------------------------
 */

/* Passes over what was delivered before a break; false when it is not the same. */
static bool skip_again(mc_remote *r, const unsigned char **data, size_t *n) {
    uint64_t left = r->received - r->skipped;
    size_t part = *n < left ? *n : (size_t)left;
    XXH3_128bits_update(r->again_hash, *data, part);
    r->skipped += part;
    *data += part;
    *n -= part;
    if (r->skipped < r->received)
        return true;
    r->again = false;
    XXH128_hash_t was = XXH3_128bits_digest(r->hash), is = XXH3_128bits_digest(r->again_hash);
    return XXH128_isEqual(was, is) || fail_changed(r);
}

static size_t take_body(char *bytes, size_t one, size_t n, void *context) {
    mc_remote *r = context;
    const unsigned char *data = (const unsigned char *)bytes;
    size_t whole = n * one;
    n = whole;
    if (r->spare_end > r->spare_begin && n > SPARE_BYTES - r->spare_end) {
        r->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (!r->judged && !judge(r))
        return CURL_WRITEFUNC_ERROR;
    r->window += n;
    if (r->passing) {
        r->refusal += n;
        return r->refusal > REFUSAL_BYTES ? CURL_WRITEFUNC_ERROR : whole;
    }
    if (r->again && !skip_again(r, &data, &n))
        return CURL_WRITEFUNC_ERROR;

    XXH3_128bits_update(r->hash, data, n);
    r->received += n;
    size_t room = r->out_size - r->out_got, part = n < room ? n : room;
    if (part > 0)
        memcpy(r->out + r->out_got, data, part);
    r->out_got += part;
    if (r->spare_begin == r->spare_end)
        r->spare_begin = r->spare_end = 0;
    memcpy(r->spare + r->spare_end, data + part, n - part);
    r->spare_end += n - part;
    return whole;
}

/* --- transfers ----------------------------------------------------------------------------------
 */

static mc_status add_header(mc_remote *r, const char *name, const char *value, mc_error *error) {
    char line[VERSION_MAX + 32];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *headers = curl_slist_append(r->headers, line);
    if (!headers)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    r->headers = headers;
    return MC_OK;
}

/* Asks for the file, or for the rest of it. */
static mc_status start(mc_remote *r, mc_error *error) {
    r->judged = r->passing = r->again = r->paused = false;
    r->skipped = r->refusal = r->window = 0;
    r->waited = 0;
    r->message[0] = '\0';
    curl_slist_free_all(r->headers);
    r->headers = NULL;
    curl_easy_reset(r->easy);
    MC_TRY(mc_session_prepare(r->easy, r->url, &r->patience, error));
    const char *version = *r->etag && strncmp(r->etag, "W/", 2) != 0 ? r->etag : r->modified;
    char range[32];
    snprintf(range, sizeof range, "%" PRIu64 "-", r->received);
    CURLcode code = CURLE_OK;
    if (r->received > 0 && *version) {
        MC_TRY(add_header(r, "If-Range", version, error));
        code = curl_easy_setopt(r->easy, CURLOPT_RANGE, range);
    }
    if (!code)
        code = curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers);
    if (!code)
        code = curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->message);
    if (!code)
        code = curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, take_body);
    if (!code)
        code = curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
    if (code || curl_multi_add_handle(r->multi, r->easy) != CURLM_OK)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a transfer");
    r->running = true;
    return MC_OK;
}

static void stop(mc_remote *r) {
    if (r->running)
        (void)curl_multi_remove_handle(r->multi, r->easy);
    r->running = false;
}

static bool cancelled(const mc_remote *r) {
    return r->cancel && atomic_load(r->cancel);
}

static mc_status fail_cancelled(mc_error *error) {
    return mc_fail(error, MC_E_INTERRUPTED, "interrupted");
}

static mc_status wait_until(const mc_remote *r, double at, mc_error *error) {
    for (double left; (left = at - mc_session_now()) > 0;) {
        if (cancelled(r))
            return fail_cancelled(error);
        if (left > 100)
            left = 100;
        (void)nanosleep(&(struct timespec){.tv_nsec = (long)(left * 1e6)}, NULL);
    }
    return MC_OK;
}

/* Waits and asks again, or gives up because of what failure says. */
static mc_status retry(mc_remote *r, double told_delay, mc_error *error) {
    const mc_patience *p = &r->patience;
    if (r->received - r->progress >= PROGRESS_BYTES) {
        r->progress = r->received;
        r->failures = 0;
    }
    if (++r->failures >= p->tries) {
        char reason[sizeof r->failure.message];
        snprintf(reason, sizeof reason, "%s", r->failure.message);
        return mc_fail(error, MC_E_IO, "%.400s (given up after %ld tries)", reason, r->failures);
    }
    long factor = r->failures > 6 ? 60 : 1L << (r->failures - 1);
    double delay = (double)p->retry * (double)(factor < 60 ? factor : 60);
    double longest = (double)p->retry * 300;
    if (told_delay > delay)
        delay = told_delay < longest ? told_delay : longest;
    MC_TRY(wait_until(r, mc_session_reserve_retry(p, delay), error));
    return start(r, error);
}

/* --- the end of a transfer ----------------------------------------------------------------------
 */

static bool passes(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return true;
    default:
        return false;
    }
}

/* An answer other than the file or a part of it. */
static mc_status end_refused(mc_remote *r, mc_error *error) {
    long code = answer_code(r);
    uint64_t total;
    if (code == 416 && r->received > 0) { /* nothing is left: right, or the file is shorter now */
        if (sscanf(header(r, "Content-Range"), "bytes */%" SCNu64, &total) == 1 &&
            total == r->received) {
            r->ended = true;
            return MC_OK;
        }
        fail_changed(r);
        if (error)
            *error = r->failure;
        return MC_E_IO;
    }
    mc_fail(&r->failure, MC_E_IO, "the server answers with status %ld%s", code,
            mc_session_meaning(code));
    if (code == 408 || code == 429 || (code >= 500 && code != 501 && code != 505)) {
        curl_off_t seconds = 0;
        (void)curl_easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &seconds);
        return retry(r, (double)seconds * 1e3, error);
    }
    if (error)
        *error = r->failure;
    return MC_E_IO;
}

/* What became of the transfer: the end of the file, another try, or a failure. */
static mc_status end_transfer(mc_remote *r, CURLcode code, mc_error *error) {
    stop(r);
    if (r->failed != MC_OK) { /* by what the answer held */
        if (error)
            *error = r->failure;
        return r->failed;
    }
    if (code == CURLE_OK && !r->judged && !judge(r))
        return end_transfer(r, code, error);
    if (r->judged && r->passing)
        return end_refused(r, error);
    if (code == CURLE_OK) {
        if (r->again) {
            fail_changed(r);
            return end_transfer(r, code, error);
        }
        if (r->size > 0 && r->received != r->size)
            code = CURLE_PARTIAL_FILE;
        r->ended = code == CURLE_OK;
        if (r->ended)
            return MC_OK;
    }
    if (code == CURLE_OUT_OF_MEMORY)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a transfer");
    if (code == CURLE_TOO_MANY_REDIRECTS)
        return mc_fail(error, MC_E_IO, "the server leads on and on: more than %ld redirects",
                       MC_SESSION_REDIRECTS);
    const char *why = r->message[0] ? r->message : curl_easy_strerror(code);
    if (r->received > 0)
        mc_fail(&r->failure, MC_E_IO, "%.300s after %" PRIu64 " bytes of the file", why,
                r->received);
    else
        mc_fail(&r->failure, MC_E_IO, "%.300s", why);
    if (passes(code))
        return retry(r, 0, error);
    if (error)
        *error = r->failure;
    return MC_E_IO;
}

static mc_status end_stalled(mc_remote *r, mc_error *error) {
    stop(r);
    mc_fail(&r->failure, MC_E_IO,
            "the server sends less than %ld bytes a second, after %" PRIu64 " bytes of the file",
            r->patience.speed, r->received);
    return retry(r, 0, error);
}

/* Lets the transfer move, and waits a while when it does not. */
static mc_status step(mc_remote *r, mc_error *error) {
    int running = 0, n_messages;
    if (r->paused) {
        r->paused = false;
        (void)curl_easy_pause(r->easy, CURLPAUSE_CONT);
    }
    CURLMcode code = curl_multi_perform(r->multi, &running);
    if (code != CURLM_OK)
        return mc_fail(error, code == CURLM_OUT_OF_MEMORY ? MC_E_MEMORY : MC_E_IO, "libcurl: %s",
                       curl_multi_strerror(code));
    for (CURLMsg *m; (m = curl_multi_info_read(r->multi, &n_messages)) != NULL;)
        if (m->msg == CURLMSG_DONE)
            return end_transfer(r, m->data.result, error);
    if (r->out_got > 0 || r->spare_end > r->spare_begin)
        return MC_OK;
    double began = mc_session_now();
    if (curl_multi_poll(r->multi, NULL, 0, r->patience.stall < 200 ? 20 : 200, NULL) != CURLM_OK)
        return mc_fail(error, MC_E_MEMORY, "out of memory: waiting for a server");
    r->waited += mc_session_now() - began;
    if (r->waited < (double)r->patience.stall)
        return MC_OK;
    double least = r->waited * (double)r->patience.speed / 1e3;
    bool stalled = (double)r->window < least;
    r->waited = 0;
    r->window = 0;
    return stalled ? end_stalled(r, error) : MC_OK;
}

mc_status mc_remote_read(mc_remote *r, void *out, size_t size, size_t *got, mc_error *error) {
    *got = 0;
    if (r->spare_begin < r->spare_end) {
        *got = r->spare_end - r->spare_begin;
        if (*got > size)
            *got = size;
        memcpy(out, r->spare + r->spare_begin, *got);
        r->spare_begin += *got;
        return MC_OK;
    }
    r->out = out;
    r->out_size = size;
    r->out_got = 0;
    mc_status status = MC_OK;
    while (status == MC_OK && r->out_got == 0 && !r->ended && r->failed == MC_OK) {
        if (cancelled(r))
            status = fail_cancelled(&r->failure);
        else
            status = step(r, &r->failure);
        r->failed = status;
    }
    *got = r->out_got;
    r->out_size = r->out_got = 0;
    r->out = NULL;
    if (*got > 0)
        return MC_OK;
    if (r->failed == MC_OK)
        return MC_END;
    if (error) {
        *error = r->failure;
        mc_error_place(error, r->url, MC_NONE, MC_NONE);
    }
    return r->failed;
}

/* --- opening and closing ------------------------------------------------------------------------
 */

static mc_status init(mc_remote *r, const char *url, mc_error *error) {
    MC_TRY(mc_session_start(error));
    MC_TRY(mc_patience_read(&r->patience, error));
    MC_TRY(mc_copy_string(&r->url, url, error));
    MC_TRY(MC_ALLOC(r->spare, SPARE_BYTES, error));
    r->hash = XXH3_createState();
    r->again_hash = XXH3_createState();
    r->multi = mc_session_take();
    r->easy = curl_easy_init();
    if (!r->hash || !r->again_hash || !r->multi || !r->easy)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a transfer");
    XXH3_128bits_reset(r->hash);
    return start(r, error);
}

/* Waits until the first bytes are in the spare buffer, or the file is known to be empty. */
static mc_status wait_for_first(mc_remote *r, mc_error *error) {
    mc_status status = MC_OK;
    while (status == MC_OK && r->spare_end == 0 && !r->ended) {
        if (cancelled(r))
            status = fail_cancelled(error);
        else
            status = step(r, error);
    }
    return status;
}

mc_status mc_remote_open(mc_remote **out, const char *url, const atomic_int *cancel,
                         mc_error *error) {
    *out = NULL;
    mc_remote *r;
    MC_TRY(MC_ALLOC(r, 1, error));
    r->cancel = cancel;
    mc_status status = init(r, url, error);
    if (status == MC_OK)
        status = wait_for_first(r, error);
    if (status != MC_OK) {
        mc_error_place(error, url, MC_NONE, MC_NONE);
        mc_remote_close(r);
        return status;
    }
    *out = r;
    return MC_OK;
}

void mc_remote_close(mc_remote *r) {
    if (!r)
        return;
    stop(r);
    curl_easy_cleanup(r->easy);
    if (r->multi)
        mc_session_give(r->multi);
    curl_slist_free_all(r->headers);
    XXH3_freeState(r->hash);
    XXH3_freeState(r->again_hash);
    free(r->spare);
    free(r->url);
    free(r);
}

uint64_t mc_remote_size(const mc_remote *r) {
    return r->size;
}
