/* Which list of uids left an image out. The lists are read again where the manifest names them, and
 * where takedowns lie; one that is gone or cannot be read tells nothing. */
#include "audit/explain.h"
#include "balance/takedowns.h"
#include "balance/uid_list.h"

typedef struct search {
    mc_u128 uid;
    bool found;
} search;

static mc_status compare_uid(void *context, mc_u128 uid, const json_t *object, mc_error *error) {
    search *s = context;
    (void)object;
    (void)error;
    s->found = s->found || mc_u128_equal(uid, s->uid);
    return s->found ? MC_END : MC_OK;
}

/* Whether the list can be read and holds the uid, or does not. */
static bool is_listed(const char *path, mc_u128 uid, bool expected) {
    search s = {.uid = uid};
    mc_status status = mc_uid_list_read(path, compare_uid, &s, NULL);
    return s.found ? expected : status == MC_OK && !expected;
}

static bool was_taken_down(const mc_audited *audited, mc_u128 uid) {
    char **paths = NULL;
    size_t n = 0;
    bool found = false;
    if (mc_takedown_lists(&audited->set, &paths, &n, NULL) != MC_OK)
        return false;
    for (size_t i = 0; i < n && !found; i++)
        found = is_listed(paths[i], uid, true);
    mc_takedown_lists_free(&paths, &n);
    return found;
}

mc_left_out mc_explained_left_out(const mc_audited *audited, mc_u128 uid) {
    const json_t *parameters = json_object_get(audited->manifest, "parameters");
    const char *only = json_string_value(json_object_get(parameters, "only"));
    const char *exclude = json_string_value(json_object_get(parameters, "exclude"));
    if (exclude && is_listed(exclude, uid, true))
        return MC_LEFT_OUT_EXCLUDED;
    if (only && is_listed(only, uid, false))
        return MC_LEFT_OUT_NOT_LISTED;
    if (was_taken_down(audited, uid))
        return MC_LEFT_OUT_TAKEN_DOWN;
    return MC_LEFT_OUT_UNKNOWN;
}
