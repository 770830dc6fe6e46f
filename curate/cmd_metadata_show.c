/* metadata show: what a list is made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "console.h"
#include "list_print.h"

static void print_lengths(const char *what, const mc_make_up_lengths *lengths) {
    printf("  %-20s %9llu %9llu %9llu %11.1f\n", what, (unsigned long long)lengths->least,
           (unsigned long long)lengths->median, (unsigned long long)lengths->most, lengths->mean);
}

/* The paper's table is of no use beside lists that have nothing of it. */
static bool has_published(const mc_make_up *m) {
    for (size_t i = 0; i < m->n_sources; i++)
        if (mc_published_entries(m->sources[i].name) > 0)
            return true;
    return false;
}

static uint64_t entries_of(const mc_make_up *m, const char *source) {
    for (size_t i = 0; i < m->n_sources; i++)
        if (m->sources[i].name && strcmp(m->sources[i].name, source) == 0)
            return m->sources[i].entries;
    return 0;
}

static void print_sources(const mc_make_up *m) {
    bool published = has_published(m);
    printf("\nby source                 entries%s\n", published ? "   in the paper's Table 1" : "");
    for (size_t i = 0; i < m->n_sources; i++) {
        const char *name = m->sources[i].name;
        uint64_t there = mc_published_entries(name);
        printf("  ");
        print_name(name ? name : "(unknown)", 20);
        printf(" %9llu", (unsigned long long)m->sources[i].entries);
        if (there > 0)
            printf(" %12llu", (unsigned long long)there);
        if (there > 0 && strcmp(name, "wordnet") == 0)
            printf(" with the numbers; here %llu",
                   (unsigned long long)(m->sources[i].entries + entries_of(m, "number")));
        putchar('\n');
    }
}

static void print_scripts(const mc_make_up *m) {
    printf("\nby script of the letters\n");
    for (size_t i = 0; i < m->n_scripts; i++)
        printf("  %-20s %9llu\n", m->scripts[i].name, (unsigned long long)m->scripts[i].entries);
}

static void print_text(const settings *s, const char *path, const mc_list *list,
                       const mc_make_up *m, mc_rules rules) {
    printf("%s\n  entries              %9zu\n", path, m->n_entries);
    print_sources(m);
    printf("\nlength                      least    median      most        mean\n");
    print_lengths("bytes", &m->bytes);
    print_lengths("code points", &m->code_points);
    print_lengths("words", &m->words);
    print_scripts(m);
    printf("\nequal to an earlier entry: %zu\n", m->n_repeated);
    print_ids(list, m->repeated, m->n_repeated, s->all);
    printf("\ndifferent from an earlier entry in case alone: %zu\n", m->n_folded);
    for (size_t i = 0; i < m->n_folded && (s->all || i < LIST_PRINT_FEW); i++) {
        printf("  %9llu  ", (unsigned long long)m->folded[2 * i]);
        print_entry(mc_list_entries(list)[m->folded[2 * i]]);
        printf("  (%llu ", (unsigned long long)m->folded[2 * i + 1]);
        print_entry(mc_list_entries(list)[m->folded[2 * i + 1]]);
        printf(")\n");
    }
    print_rest(m->n_folded, s->all);
    printf("\ncan never match under %s: %zu\n", mc_rules_name(rules), m->n_dead);
    print_ids(list, m->dead, m->n_dead, true);
}

static json_t *lengths_document(const mc_make_up_lengths *lengths) {
    return json_pack("{s:I,s:I,s:I,s:f}", "least", (json_int_t)lengths->least, "median",
                     (json_int_t)lengths->median, "most", (json_int_t)lengths->most, "mean",
                     lengths->mean);
}

static json_t *rows_document(const mc_make_up_row *rows, size_t n, bool published) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row =
            json_pack("{s:s?,s:I}", "name", rows[i].name, "entries", (json_int_t)rows[i].entries);
        uint64_t there = published ? mc_published_entries(rows[i].name) : 0;
        if (there > 0)
            json_object_set_new(row, "published", json_integer((json_int_t)there));
        json_array_append_new(array, row);
    }
    return array;
}

static json_t *folded_document(const mc_list *list, const mc_make_up *m) {
    json_t *array = json_array();
    for (size_t i = 0; i < 2 * m->n_folded; i += 2)
        json_array_append_new(array, json_pack("{s:o,s:o}", "entry",
                                               entry_document(list, m->folded[i], false), "earlier",
                                               entry_document(list, m->folded[i + 1], false)));
    return array;
}

static mc_status print_json(const mc_list *list, const mc_make_up *m, mc_rules rules,
                            mc_error *error) {
    char *about;
    MC_TRY(mc_list_about(list, &about, error));
    json_t *known = json_loads(about, 0, NULL);
    free(about);
    json_t *document = json_pack(
        "{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o}", "entries", (json_int_t)m->n_entries,
        "sources", rows_document(m->sources, m->n_sources, true), "bytes",
        lengths_document(&m->bytes), "code_points", lengths_document(&m->code_points), "words",
        lengths_document(&m->words), "scripts", rows_document(m->scripts, m->n_scripts, false),
        "repeated", ids_document(list, m->repeated, m->n_repeated), "differ_in_case",
        folded_document(list, m), "rules", mc_rules_name(rules), "dead",
        ids_document(list, m->dead, m->n_dead), "about", known);
    return print_document(document, error);
}

static mc_status show(const settings *s, mc_error *error) {
    mc_list *list;
    mc_make_up make_up;
    const char *path = s->n_inputs > 0 ? s->inputs[0] : s->metadata;
    mc_rules rules = MC_RULES_METACLIP1;
    if (!path || s->n_inputs + (s->metadata != NULL) > 1)
        return mc_fail(error, MC_E_ARGUMENT, "name a concept list: metadata show LIST");
    if (s->rules)
        MC_TRY(mc_rules_parse(s->rules, &rules, error));
    MC_TRY(mc_list_read(&list, path, error));
    mc_status status = mc_list_make_up(&make_up, list, rules, error);
    if (status == MC_OK && s->json)
        status = print_json(list, &make_up, rules, error);
    else if (status == MC_OK)
        print_text(s, path, list, &make_up, rules);
    mc_make_up_dispose(&make_up);
    mc_list_free(list);
    return status;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    return show(s, &error) == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_metadata_show = {
    .name = "metadata show",
    .summary = "a concept list's make-up and its dead entries",
    .usage = "LIST",
    .help =
        "Prints how many entries come from which source, beside the paper's Table 1; their "
        "lengths and\nscripts; those that come again, as they are or in another case; and those "
        "that can never match\nany text under the rules, with their ids.",
    .options = OPTIONS_METADATA | OPTIONS_SHOW | OPTIONS_CONSOLE,
    .run = run,
};
