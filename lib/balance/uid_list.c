#include "balance/uid_list.h"

#include "io/lines.h"

#define LINE_MAX_BYTES (64u << 20)

typedef struct list {
    const char *path;
    mc_status (*use)(void *context, mc_u128 uid, const json_t *object, mc_error *error);
    void *context;
} list;

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static bool parse_object(const json_t *object, mc_u128 *uid) {
    const json_t *value = json_object_get(object, "uid");
    return json_is_string(value) &&
           mc_u128_parse(json_string_value(value), json_string_length(value), uid);
}

static mc_status use_line(void *context, const mc_line *line, mc_error *error) {
    const list *l = context;
    const char *data = line->data;
    size_t size = line->size;
    for (; size > 0 && is_space(data[size - 1]); size--)
        continue;
    for (; size > 0 && is_space(data[0]); size--)
        data++;
    if (size == 0)
        return MC_OK;
    mc_u128 uid;
    json_t *object = data[0] == '{' ? json_loadb(data, size, JSON_ALLOW_NUL, NULL) : NULL;
    bool good = object ? parse_object(object, &uid) : mc_u128_parse(data, size, &uid);
    mc_status status = good ? l->use(l->context, uid, object, error) : MC_E_FORMAT;
    json_decref(object);
    if (good)
        return status;
    mc_fail(error, MC_E_FORMAT, "is no uid (24 or 32 hex digits, or a JSON object with \"uid\")");
    mc_error_place(error, l->path, line->number, line->offset);
    return MC_E_FORMAT;
}

mc_status mc_uid_list_read(const char *path,
                           mc_status (*use)(void *context, mc_u128 uid, const json_t *object,
                                            mc_error *error),
                           void *context, mc_error *error) {
    list l = {.path = path, .use = use, .context = context};
    return mc_lines_read(path, LINE_MAX_BYTES, use_line, &l, error);
}
