/* All lists of a set are one list: what any of them has is written to each, so that indexes that
 * are balanced together agree, and a run that was killed between two files is made good. */
#include "audit/takedown/list.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "balance/uid_list.h"
#include "io/json_out.h"
#include "io/sink.h"
#include "match/document.h"

static mc_status find_place(mc_takedown_list *list, mc_bytes why, uint32_t *out, mc_error *error) {
    json_t *string =
        mc_doc_bytes(why); /* with what is ill-formed replaced: a key has to be UTF-8 */
    const char *key = json_string_value(string);
    const json_t *place = key ? json_object_get(list->places, key) : NULL;
    size_t n = json_array_size(list->whys);
    *out = (uint32_t)(place ? (size_t)json_integer_value(place) : n);
    bool kept =
        place || (key && n < UINT32_MAX &&
                  json_object_set_new(list->places, key, json_integer((json_int_t)n)) == 0 &&
                  json_array_append(list->whys, string) == 0);
    json_decref(string);
    return kept ? MC_OK : mc_fail(error, MC_E_MEMORY, "out of memory: reasons of a takedown");
}

static mc_status add(mc_takedown_list *list, mc_u128 uid, mc_bytes why, bool is_new,
                     mc_error *error) {
    mc_taken item = {.uid = uid, .is_new = is_new};
    MC_TRY(find_place(list, why, &item.why, error));
    MC_TRY(MC_GROW(list->items, list->capacity, list->n + 1, error));
    list->items[list->n++] = item;
    return MC_OK;
}

mc_status mc_takedown_list_add(mc_takedown_list *list, mc_u128 uid, mc_bytes why, mc_error *error) {
    return add(list, uid, why, true, error);
}

static mc_status add_listed(void *context, mc_u128 uid, const json_t *object, mc_error *error) {
    mc_takedown_list *list = context;
    mc_takedown_file *file = &list->files[list->reading];
    const json_t *why = json_object_get(object, "why");
    file->ordered &= file->n == 0 || mc_u128_compare(file->last, uid) < 0;
    file->ordered &= json_is_string(why);
    file->last = uid;
    file->n++;
    mc_bytes reason = {"uid", 3};
    if (json_is_string(why))
        reason = (mc_bytes){json_string_value(why), json_string_length(why)};
    return add(list, uid, reason, false, error);
}

mc_status mc_takedown_list_open(mc_takedown_list *list, const mc_index_set *set, mc_error *error) {
    static const char *const first[] = {"uid", "url"}; /* and so sorted before hosts */
    uint32_t place;
    *list = (mc_takedown_list){.whys = json_array(), .places = json_object()};
    for (size_t i = 0; i < 2; i++)
        MC_TRY(find_place(list, (mc_bytes){first[i], 3}, &place, error));
    MC_TRY(mc_takedown_lists(set, &list->paths, &list->n_paths, error));
    MC_TRY(MC_ALLOC(list->files, list->n_paths, error));
    for (size_t i = 0; i < list->n_paths; i++) {
        list->reading = i;
        list->files[i].ordered = true;
        if (access(list->paths[i], F_OK) == 0 || errno != ENOENT)
            MC_TRY(mc_uid_list_read(list->paths[i], add_listed, list, error));
    }
    return MC_OK;
}

void mc_takedown_list_dispose(mc_takedown_list *list) {
    free(list->items);
    json_decref(list->whys);
    json_decref(list->places);
    mc_takedown_lists_free(&list->paths, &list->n_paths);
    free(list->files);
    *list = (mc_takedown_list){0};
}

/* By uid; of equal ones the listed before the new, and these by reason. */
static int compare_taken(const void *a, const void *b) {
    const mc_taken *x = a, *y = b;
    int order = mc_u128_compare(x->uid, y->uid);
    if (order == 0)
        order = (int)x->is_new - (int)y->is_new;
    return order ? order : (x->why > y->why) - (x->why < y->why);
}

void mc_takedown_list_seal(mc_takedown_list *list) {
    size_t n = 0;
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, compare_taken);
    for (size_t i = 0; i < list->n; i++) {
        if (n > 0 && mc_u128_equal(list->items[i].uid, list->items[n - 1].uid))
            continue;
        list->n_new += list->items[i].is_new;
        list->items[n++] = list->items[i];
    }
    list->n = n;
}

bool mc_takedown_list_has(const mc_takedown_list *list, mc_u128 uid) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = mc_u128_compare(list->items[middle].uid, uid);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static mc_status write_items(const mc_takedown_list *list, mc_sink *sink, mc_buffer *line,
                             mc_error *error) {
    for (size_t i = 0; i < list->n; i++) {
        char uid[33];
        const json_t *why = json_array_get(list->whys, list->items[i].why);
        mc_u128_hex(list->items[i].uid, uid);
        line->size = 0;
        MC_TRY(mc_buffer_printf(line, error, "{\"uid\":\"%s\",\"why\":", uid));
        MC_TRY(mc_json_string(line, json_string_value(why), json_string_length(why), error));
        MC_TRY(mc_buffer_append(line, "}\n", 2, error));
        MC_TRY(mc_sink_write(sink, line->data, line->size, error));
    }
    return MC_OK;
}

static mc_status write_file(const mc_takedown_list *list, const char *path, mc_error *error) {
    mc_sink *sink;
    mc_buffer line = {0};
    MC_TRY(mc_sink_create(&sink, path, error));
    mc_status status = write_items(list, sink, &line, error);
    if (status == MC_OK)
        status = mc_sink_commit(&sink, error);
    mc_sink_discard(&sink);
    mc_buffer_dispose(&line);
    return status;
}

mc_status mc_takedown_list_write(const mc_takedown_list *list, mc_error *error) {
    for (size_t i = 0; i < list->n_paths; i++)
        if (!list->files[i].ordered || list->files[i].n != list->n)
            MC_TRY(write_file(list, list->paths[i], error));
    return MC_OK;
}
