/* Which list of uids left an image out. The lists are read again where the manifest names them, and
 * where takedowns lie; one that is gone or cannot be read tells nothing. */
#include "audit/questions/explain.h"
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

/* *out: the list can be read and holds the uid, or, with expected false, does not. */
static mc_status look_up(const char *path, mc_u128 uid, bool expected, bool *out, mc_error *error) {
    search s = {.uid = uid};
    mc_error failure = {0};
    mc_status status = mc_uid_list_read(path, compare_uid, &s, &failure);
    *out = s.found ? expected : status == MC_OK && !expected;
    if (status == MC_E_MEMORY && error)
        *error = failure;
    return status == MC_E_MEMORY ? status : MC_OK;
}

static mc_status look_up_takedowns(const mc_audited *audited, mc_u128 uid, bool *out,
                                   mc_error *error) {
    char **paths = NULL;
    size_t n = 0;
    MC_TRY(mc_takedown_lists(&audited->set, &paths, &n, error));
    mc_status status = MC_OK;
    for (size_t i = 0; i < n && !*out && status == MC_OK; i++)
        status = look_up(paths[i], uid, true, out, error);
    mc_takedown_lists_free(&paths, &n);
    return status;
}

mc_status mc_explained_left_out(const mc_audited *audited, mc_u128 uid, mc_left_out *out,
                                mc_error *error) {
    const json_t *parameters = json_object_get(audited->manifest, "parameters");
    const char *only = json_string_value(json_object_get(parameters, "only"));
    const char *exclude = json_string_value(json_object_get(parameters, "exclude"));
    bool excluded = false, not_listed = false, taken_down = false;
    if (exclude)
        MC_TRY(look_up(exclude, uid, true, &excluded, error));
    if (only)
        MC_TRY(look_up(only, uid, false, &not_listed, error));
    MC_TRY(look_up_takedowns(audited, uid, &taken_down, error));
    *out = excluded     ? MC_LEFT_OUT_EXCLUDED
           : not_listed ? MC_LEFT_OUT_NOT_LISTED
           : taken_down ? MC_LEFT_OUT_TAKEN_DOWN
                        : MC_LEFT_OUT_UNKNOWN;
    return MC_OK;
}
