/* metadata diff: two lists compared. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "console.h"
#include "list_print.h"

static const char *name_of(const char *source) {
    return source ? source : "(unknown)";
}

static void print_moved(const mc_list *a, const mc_list *b, const mc_difference *d, bool all) {
    for (size_t i = 0; i < d->n_moved && (all || i < LIST_PRINT_FEW); i++) {
        uint64_t in_a = d->moved[2 * i], in_b = d->moved[2 * i + 1];
        printf("  %9llu  ", (unsigned long long)in_a);
        print_entry(mc_list_entries(a)[in_a]);
        printf("  (");
        print_name(name_of(mc_list_source(a, in_a)), 0);
        printf(" -> ");
        print_name(name_of(mc_list_source(b, in_b)), 0);
        printf(")\n");
    }
    print_rest(d->n_moved, all);
}

static void print_text(const settings *s, const mc_list *a, const mc_list *b,
                       const mc_difference *d) {
    printf("A %s: %zu entries\nB %s: %zu entries\nin both: %zu\n", s->inputs[0], mc_list_count(a),
           s->inputs[1], mc_list_count(b), d->n_common);
    printf("\nonly in A: %zu\n", d->n_only_a);
    print_ids(a, d->only_a, d->n_only_a, s->all);
    printf("\nonly in B: %zu\n", d->n_only_b);
    print_ids(b, d->only_b, d->n_only_b, s->all);
    printf("\nfrom another source: %zu\n", d->n_moved);
    print_moved(a, b, d, s->all);
}

static json_t *moved_document(const mc_list *a, const mc_list *b, const mc_difference *d) {
    json_t *array = json_array();
    for (size_t i = 0; i < 2 * d->n_moved; i += 2)
        json_array_append_new(array,
                              json_pack("{s:o,s:o}", "a", entry_document(a, d->moved[i], true), "b",
                                        entry_document(b, d->moved[i + 1], true)));
    return array;
}

static mc_status print_json(const mc_list *a, const mc_list *b, const mc_difference *d,
                            mc_error *error) {
    return print_document(
        json_pack("{s:I,s:I,s:I,s:o,s:o,s:o}", "entries_a", (json_int_t)mc_list_count(a),
                  "entries_b", (json_int_t)mc_list_count(b), "in_both", (json_int_t)d->n_common,
                  "only_a", ids_document(a, d->only_a, d->n_only_a), "only_b",
                  ids_document(b, d->only_b, d->n_only_b), "moved", moved_document(a, b, d)),
        error);
}

static mc_status diff(const settings *s, mc_error *error) {
    mc_list *a = NULL, *b = NULL;
    mc_difference difference = {0};
    if (s->n_inputs != 2)
        return mc_fail(error, MC_E_ARGUMENT, "name two concept lists: metadata diff A B");
    mc_status status = mc_list_read(&a, s->inputs[0], error);
    if (status == MC_OK)
        status = mc_list_read(&b, s->inputs[1], error);
    if (status == MC_OK)
        status = mc_list_compare(&difference, a, b, error);
    if (status == MC_OK && s->json)
        status = print_json(a, b, &difference, error);
    else if (status == MC_OK)
        print_text(s, a, b, &difference);
    mc_difference_dispose(&difference);
    mc_list_free(a);
    mc_list_free(b);
    return status;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    return diff(s, &error) == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_metadata_diff = {
    .name = "metadata diff",
    .summary = "compare two concept lists",
    .usage = "A B",
    .help = "Prints the entries that are in one list only, and those that come from another "
            "source. Order and\nrepeated entries do not count.",
    .options = OPTIONS_SHOW | OPTIONS_CONSOLE,
    .run = run,
};
