/* What all transfers of a process share: the library's start, open connections, the moment of the
 * next retry, and the options of every request. */
#ifndef MC_IO_REMOTE_SESSION_H
#define MC_IO_REMOTE_SESSION_H

#include <curl/curl.h>

#include "metacurate/base.h"

#define MC_SESSION_REDIRECTS 10L       /* that are followed */
#define MC_SESSION_BUFFER (256L << 10) /* bytes that libcurl hands out at once, at most */

/* How long to be patient; times in milliseconds. */
typedef struct mc_patience {
    long connect; /* for a connection */
    long stall;   /* of waiting, in which at least stall * speed / 1000 bytes must come */
    long speed;   /* bytes a second */
    long retry; /* between two retries of this process; doubled with each failure, 60 times at most
                 */
    long tries; /* without progress */
} mc_patience;

/* The default, or what METACURATE_REMOTE says. */
MC_MUST_CHECK mc_status mc_patience_read(mc_patience *out, mc_error *error);

/* Starts libcurl, once. */
MC_MUST_CHECK mc_status mc_session_start(mc_error *error);

/* A handle for transfers, perhaps with connections that are open; NULL: out of memory. And back. */
CURLM *mc_session_take(void);
void mc_session_give(CURLM *multi);

/* Monotonic, in milliseconds. */
double mc_session_now(void);

/* The moment of the next retry, delay from now on at the soonest; each is given out once. */
double mc_session_reserve_retry(const mc_patience *p, double delay);

/* Sets what every request has in common. */
MC_MUST_CHECK mc_status mc_session_prepare(CURL *easy, const char *url, const mc_patience *p,
                                           mc_error *error);

/* Size of an answer's body; 0 when it is not told. */
uint64_t mc_session_told_size(CURL *easy);

/* What a status means to a reader of messages: "", or ": " and some words. */
const char *mc_session_meaning(long code);

#endif
