#include "list_print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

void print_entry(mc_bytes entry) {
    for (size_t i = 0; i < entry.size; i++) {
        unsigned char c = (unsigned char)entry.data[i];
        if (c < 0x20 || c == 0x7f)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
}

void print_name(const char *name, int width) {
    mc_bytes bytes = {name, strlen(name)};
    print_entry(bytes);
    if (bytes.size < (size_t)width)
        printf("%*s", width - (int)bytes.size, "");
}

void print_rest(size_t n, bool all) {
    if (!all && n > LIST_PRINT_FEW)
        printf("  ... and %zu more (--all)\n", n - LIST_PRINT_FEW);
}

void print_ids(const mc_list *list, const uint64_t *ids, size_t n, bool all) {
    for (size_t i = 0; i < n && (all || i < LIST_PRINT_FEW); i++) {
        printf("  %9llu  ", (unsigned long long)ids[i]);
        print_entry(mc_list_entries(list)[ids[i]]);
        putchar('\n');
    }
    print_rest(n, all);
}

json_t *entry_document(const mc_list *list, uint64_t id, bool with_source) {
    mc_bytes entry = mc_list_entries(list)[id];
    double score = mc_list_score(list, id);
    json_t *document =
        json_pack("{s:I,s:s%}", "id", (json_int_t)id, "entry", entry.data, entry.size);
    if (!with_source)
        return document;
    const char *source = mc_list_source(list, id);
    uint32_t rank = mc_list_rank(list, id);
    json_object_set_new(document, "source", source ? json_string(source) : json_null());
    json_object_set_new(document, "score", isnan(score) ? json_null() : json_real(score));
    json_object_set_new(document, "rank", rank ? json_integer(rank) : json_null());
    return document;
}

json_t *ids_document(const mc_list *list, const uint64_t *ids, size_t n) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, entry_document(list, ids[i], true));
    return array;
}

static int write_some(const char *data, size_t size, void *error) {
    return console_write(NULL, data, size, error) == MC_OK ? 0 : -1;
}

mc_status print_document(json_t *document, mc_error *error) {
    if (!document)
        return mc_fail(error, MC_E_MEMORY, "out of memory for what is to be printed");
    mc_error why = {0};
    int failed = json_dump_callback(document, write_some, &why, JSON_INDENT(1));
    json_decref(document);
    if (why.status != MC_OK) {
        *error = why;
        return why.status;
    }
    if (failed)
        return mc_fail(error, MC_E_MEMORY, "out of memory for what is to be printed");
    return console_write(NULL, "\n", 1, error);
}
