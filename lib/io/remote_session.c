/* What transfers share. Handles that are not in use keep their connections for the next file of the
 * same server; they are never freed, as they live as long as the process.
 */
#include "io/remote_session.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "io/remote.h"

#define IDLE_MAX 16

/* Connections that are open and not in use live in these; and the time of the next retry. */
static struct {
    pthread_once_t once;
    CURLcode started;
    pthread_mutex_t lock;
    CURLM *idle[IDLE_MAX];
    size_t n_idle;
    double next_retry; /* ms */
    CURL *asking;
    bool ask_in_vain; /* a server did not answer: no other is waited for */
} shared = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

static void start_curl(void) {
    shared.started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

mc_status mc_session_start(mc_error *error) {
    (void)pthread_once(&shared.once, start_curl);
    if (shared.started != CURLE_OK)
        return mc_fail(error, MC_E_IO, "libcurl cannot be used: %s",
                       curl_easy_strerror(shared.started));
    return MC_OK;
}

double mc_session_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

CURLM *mc_session_take(void) {
    CURLM *multi = NULL;
    pthread_mutex_lock(&shared.lock);
    if (shared.n_idle > 0)
        multi = shared.idle[--shared.n_idle];
    pthread_mutex_unlock(&shared.lock);
    return multi ? multi : curl_multi_init();
}

void mc_session_give(CURLM *multi) {
    pthread_mutex_lock(&shared.lock);
    if (shared.n_idle < IDLE_MAX) {
        shared.idle[shared.n_idle++] = multi;
        multi = NULL;
    }
    pthread_mutex_unlock(&shared.lock);
    curl_multi_cleanup(multi);
}

/* "retry=10,stall=300": what is not named stays as it is. */
mc_status mc_patience_read(mc_patience *out, mc_error *error) {
    *out =
        (mc_patience){.connect = 20000, .stall = 30000, .speed = 1000, .retry = 1000, .tries = 8};
    const struct {
        const char *name;
        long *value;
    } settings[] = {{"connect", &out->connect},
                    {"stall", &out->stall},
                    {"speed", &out->speed},
                    {"retry", &out->retry},
                    {"tries", &out->tries}};
    const char *text = getenv("METACURATE_REMOTE");
    while (text && *text) {
        size_t i = 0, n_settings = sizeof settings / sizeof *settings, size = strcspn(text, "=");
        while (i < n_settings &&
               (strlen(settings[i].name) != size || strncmp(text, settings[i].name, size) != 0))
            i++;
        char *end = NULL;
        long value = i < n_settings && text[size] ? strtol(text + size + 1, &end, 10) : 0;
        if (value < 1 || value > 86400000 || (*end && *end != ','))
            return mc_fail(error, MC_E_ARGUMENT,
                           "METACURATE_REMOTE is not understood from \"%.60s\" on; it is like "
                           "connect=20000,stall=30000,speed=1000,retry=1000,tries=8",
                           text);
        *settings[i].value = value;
        text = *end ? end + 1 : end;
    }
    return MC_OK;
}

mc_status mc_session_prepare(CURL *easy, const char *url, const mc_patience *p, mc_error *error) {
    bool encrypted = strncasecmp(url, "https:", 6) == 0;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    /* What was asked for encrypted is not taken unencrypted, wherever the server points. */
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!code)
        code =
            curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, encrypted ? "https" : "http,https");
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, "metacurate/" MC_VERSION);
    const struct {
        CURLoption name;
        long value;
    } numbers[] = {{CURLOPT_FOLLOWLOCATION, 1},
                   {CURLOPT_MAXREDIRS, MC_SESSION_REDIRECTS},
                   {CURLOPT_NOSIGNAL, 1},
                   {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
                   {CURLOPT_CONNECTTIMEOUT_MS, p->connect},
                   {CURLOPT_BUFFERSIZE, MC_SESSION_BUFFER},
                   {CURLOPT_TCP_KEEPALIVE, 1}};
    for (size_t i = 0; !code && i < sizeof numbers / sizeof *numbers; i++)
        code = curl_easy_setopt(easy, numbers[i].name, numbers[i].value);
    /* The certificates that programs built on these libraries are told to trust. */
    const char *bundle = getenv("CURL_CA_BUNDLE");
    if (!bundle || !*bundle)
        bundle = getenv("SSL_CERT_FILE");
    if (!code && bundle && *bundle)
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
    if (code)
        return mc_fail(error, code == CURLE_OUT_OF_MEMORY ? MC_E_MEMORY : MC_E_IO,
                       "libcurl refuses: %s", curl_easy_strerror(code));
    return MC_OK;
}

uint64_t mc_session_told_size(CURL *easy) {
    curl_off_t length = -1;
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length > 0 ? (uint64_t)length : 0;
}

const char *mc_session_meaning(long code) {
    switch (code) {
    case 401:
    case 403:
        return ": it does not hand out this file";
    case 404:
    case 410:
        return ": there is no such file";
    case 408:
    case 429:
    case 503:
        return ": it is overloaded or wants fewer requests";
    default:
        return "";
    }
}

double mc_session_reserve_retry(const mc_patience *p, double delay) {
    pthread_mutex_lock(&shared.lock);
    double at = mc_session_now() + delay;
    if (at < shared.next_retry)
        at = shared.next_retry;
    shared.next_retry = at + (double)p->retry;
    pthread_mutex_unlock(&shared.lock);
    return at;
}

/* The handle for questions, which keeps its connection; and whether asking still makes sense. */
static CURL *take_asking(bool *in_vain) {
    pthread_mutex_lock(&shared.lock);
    CURL *easy = shared.asking;
    shared.asking = NULL;
    *in_vain = shared.ask_in_vain;
    pthread_mutex_unlock(&shared.lock);
    return easy ? easy : curl_easy_init();
}

static void give_asking(CURL *easy, bool in_vain) {
    pthread_mutex_lock(&shared.lock);
    if (!shared.asking) {
        shared.asking = easy;
        easy = NULL;
    }
    shared.ask_in_vain = shared.ask_in_vain || in_vain;
    pthread_mutex_unlock(&shared.lock);
    curl_easy_cleanup(easy);
}

static mc_status ask_size(CURL *easy, const char *url, uint64_t *size, bool *in_vain,
                          mc_error *error) {
    mc_patience p;
    MC_TRY(mc_patience_read(&p, error));
    curl_easy_reset(easy);
    MC_TRY(mc_session_prepare(easy, url, &p, error));
    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, p.connect + p.stall);
    CURLcode code = *in_vain ? CURLE_COULDNT_CONNECT : curl_easy_perform(easy);
    *in_vain = code != CURLE_OK;
    if (code != CURLE_OK)
        return mc_fail(error, MC_E_IO, "%s", curl_easy_strerror(code));
    long answer = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
    if (answer != 200)
        return mc_fail(error, MC_E_IO, "the server answers with status %ld%s", answer,
                       mc_session_meaning(answer));
    *size = mc_session_told_size(easy);
    return MC_OK;
}

mc_status mc_remote_ask_size(const char *url, uint64_t *size, mc_error *error) {
    bool in_vain;
    *size = 0;
    MC_TRY(mc_session_start(error));
    CURL *easy = take_asking(&in_vain);
    if (!easy)
        return mc_fail(error, MC_E_MEMORY, "out of memory: a transfer");
    mc_status status = ask_size(easy, url, size, &in_vain, error);
    give_asking(easy, in_vain);
    if (status != MC_OK)
        mc_error_place(error, url, MC_NONE, MC_NONE);
    return status;
}
