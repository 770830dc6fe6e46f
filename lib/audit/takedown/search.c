/* URLs are compared as joining to a page leaves them: without white space at their ends and tabs
 * and line ends inside, spaces as %20. The set of those asked for holds their 128-bit hashes. */
#include "audit/takedown/search.h"

#include <stdlib.h>

#include "balance/texts.h"
#include "balance/uid_list.h"
#include "pool/block_hosts.h"
#include "pool/block_list.h"
#include "text/url.h"

typedef struct search {
    mc_takedown_list *list;
    mc_takedown_asked *asked;
    mc_u128 *urls; /* hashes, ascending */
    size_t n_urls, urls_capacity;
    mc_block_hosts *hosts; /* NULL: none are asked for */
    mc_buffer scratch;
    mc_buffer why;
    mc_u128 last; /* image added last: its texts follow one another */
    bool any;
} search;

static mc_bytes uid_reason(void) {
    return (mc_bytes){"uid", 3};
}

static mc_status add_uids(search *s, const mc_takedown_request *request, mc_error *error) {
    for (size_t i = 0; i < request->n_uids; i++) {
        mc_u128 uid;
        const char *text = request->uids[i];
        if (!mc_u128_parse(text, strlen(text), &uid))
            return mc_fail(error, MC_E_ARGUMENT, "\"%.80s\" is no uid of 24 or 32 hex digits",
                           text);
        MC_TRY(mc_takedown_list_add(s->list, uid, uid_reason(), error));
    }
    s->asked->n_uids += request->n_uids;
    return MC_OK;
}

static mc_status add_uid_line(void *context, mc_u128 uid, const json_t *object, mc_error *error) {
    search *s = context;
    (void)object;
    s->asked->n_uids++;
    return mc_takedown_list_add(s->list, uid, uid_reason(), error);
}

static bool has_space(mc_bytes url) {
    unsigned char any = 0;
    for (size_t i = 0; i < url.size; i++)
        any |= (unsigned char)url.data[i] <= ' ';
    return any;
}

static mc_status hash_url(search *s, mc_bytes url, mc_u128 *out, mc_error *error) {
    if (has_space(url)) {
        MC_TRY(mc_url_join((mc_bytes){"", 0}, url, &s->scratch, error));
        url = (mc_bytes){s->scratch.data, s->scratch.size};
    }
    *out = mc_hash128(url.data, url.size);
    return MC_OK;
}

static mc_status add_url(void *context, char *line, size_t size, uint64_t number, mc_error *error) {
    search *s = context;
    (void)number;
    MC_TRY(MC_GROW(s->urls, s->urls_capacity, s->n_urls + 1, error));
    return hash_url(s, (mc_bytes){line, size}, &s->urls[s->n_urls++], error);
}

static int compare_hashes(const void *a, const void *b) {
    return mc_u128_compare(*(const mc_u128 *)a, *(const mc_u128 *)b);
}

static bool is_url_asked(const search *s, mc_u128 hash) {
    return s->n_urls > 0 && bsearch(&hash, s->urls, s->n_urls, sizeof hash, compare_hashes);
}

static mc_bytes find_host(const search *s, mc_bytes url) {
    while (url.size > 0 && (unsigned char)url.data[0] <= ' ')
        url = (mc_bytes){url.data + 1, url.size - 1};
    return s->hosts ? mc_block_hosts_find(s->hosts, mc_url_host(url)) : (mc_bytes){NULL, 0};
}

static mc_status look_at(void *context, const mc_text_visit *visit, mc_error *error) {
    search *s = context;
    mc_u128 hash, uid = visit->pair.uid;
    if (visit->url.size == 0 || (s->any && mc_u128_equal(s->last, uid)))
        return MC_OK;
    MC_TRY(hash_url(s, visit->url, &hash, error));
    mc_bytes why = {"url", 3}, host = {NULL, 0};
    if (!is_url_asked(s, hash)) {
        host = find_host(s, visit->url);
        if (!host.data)
            return MC_OK;
        s->why.size = 0;
        MC_TRY(mc_buffer_append(&s->why, "host ", 5, error));
        MC_TRY(mc_buffer_append(&s->why, host.data, host.size, error));
        why = (mc_bytes){s->why.data, s->why.size};
    }
    s->any = true;
    s->last = uid;
    return mc_takedown_list_add(s->list, uid, why, error);
}

static mc_status gather(search *s, mc_audited *a, const mc_takedown_request *request,
                        mc_error *error) {
    MC_TRY(add_uids(s, request, error));
    if (request->uid_file)
        MC_TRY(mc_uid_list_read(request->uid_file, add_uid_line, s, error));
    if (request->url_file)
        MC_TRY(mc_block_list_read(request->url_file, add_url, s, error));
    if (request->n_hosts > 0)
        MC_TRY(mc_block_hosts_of(&s->hosts, request->hosts, request->n_hosts, error));
    s->asked->n_urls = s->n_urls;
    if (s->n_urls > 0)
        qsort(s->urls, s->n_urls, sizeof *s->urls, compare_hashes);
    if (s->n_urls == 0 && !s->hosts)
        return MC_OK;
    const mc_texts_options texts = {.reader = a->options->reader,
                                    .n_threads = a->options->n_threads,
                                    .control = a->options->control,
                                    .context = s,
                                    .visit = look_at};
    return mc_texts_visit(&a->set, &texts, error);
}

mc_status mc_takedown_search(mc_audited *audited, const mc_takedown_request *request,
                             mc_takedown_list *list, mc_takedown_asked *asked, mc_error *error) {
    search s = {.list = list, .asked = asked};
    *asked = (mc_takedown_asked){0};
    mc_status status = gather(&s, audited, request, error);
    mc_block_hosts_free(s.hosts);
    mc_buffer_dispose(&s.scratch);
    mc_buffer_dispose(&s.why);
    free(s.urls);
    return status;
}
