#include "concept_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

enum { SOURCES_MAX = 64 };

/* The number of a source's name, which is added where it is new. */
static uint16_t number_of(const char **names, size_t *n, const char *name) {
    size_t i = 0;
    while (i < *n && names[i] != name && strcmp(names[i], name) != 0)
        i++;
    if (i == SOURCES_MAX)
        return UINT16_MAX;
    if (i == *n)
        names[(*n)++] = name;
    return (uint16_t)i;
}

/* Notes where the entries come from, when the list says so of any. */
static mc_status note_sources(concept_list *list, mc_error *error) {
    size_t n = mc_list_count(list->entries), n_names = 0;
    const char **names = calloc(SOURCES_MAX, sizeof *names);
    uint16_t *of = calloc(n + 1, sizeof *of);
    list->sources = (mc_audit_sources){.names = names, .of = of};
    if (!names || !of)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    for (size_t id = 0; id < n; id++) {
        const char *name = mc_list_source(list->entries, id);
        of[id] = name ? number_of(names, &n_names, name) : UINT16_MAX;
    }
    list->sources.n_names = n_names;
    return MC_OK;
}

static mc_status read_and_compile(concept_list *list, const char *path, mc_rules rules,
                                  mc_error *error) {
    MC_TRY(mc_list_read(&list->entries, path, error));
    mc_status status = mc_concepts_compile(&list->concepts, mc_list_entries(list->entries),
                                           mc_list_count(list->entries), rules, error);
    if (status == MC_OK)
        status = note_sources(list, error);
    if (status != MC_OK && error && !error->file[0])
        mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

/* By content, or by name: a damaged .mca must not be taken for a list of lines. */
static bool looks_compiled(const char *path) {
    char start[16] = "";
    size_t length = strlen(path);
    if (length >= 4 && strcmp(path + length - 4, ".mca") == 0)
        return true;
    FILE *file = strcmp(path, "-") != 0 ? fopen(path, "rb") : NULL;
    size_t n = file ? fread(start, 1, sizeof start, file) : 0;
    if (file)
        fclose(file);
    return mc_concepts_is_compiled(start, n);
}

static mc_status open_compiled(concept_list *list, const char *path, mc_error *error) {
    MC_TRY(mc_map_file(path, &list->mapped, &list->mapped_size, error));
    mc_status status = mc_concepts_map(&list->concepts, list->mapped, list->mapped_size, error);
    if (status != MC_OK)
        mc_error_place(error, path, MC_NONE, MC_NONE);
    return status;
}

static mc_status open_list(concept_list *list, const char *path, const char *rules_name,
                           mc_error *error) {
    mc_rules rules = MC_RULES_METACLIP1;
    if (rules_name)
        MC_TRY(mc_rules_parse(rules_name, &rules, error));
    if (!looks_compiled(path)) {
        MC_TRY(read_and_compile(list, path, rules, error));
    } else {
        MC_TRY(open_compiled(list, path, error));
        if (rules_name && mc_concepts_rules(list->concepts) != rules)
            return mc_fail(error, MC_E_MISMATCH, "%s was compiled for other rules than %s", path,
                           rules_name);
    }
    if (mc_concepts_count(list->concepts) > 0)
        return MC_OK;
    mc_fail(error, MC_E_FORMAT, "has no entries");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

mc_status concept_list_open(concept_list *list, const char *path, const char *rules,
                            mc_error *error) {
    *list = (concept_list){0};
    if (!path)
        return mc_fail(error, MC_E_ARGUMENT, "a concept list is needed: -m FILE");
    mc_status status = open_list(list, path, rules, error);
    if (status != MC_OK)
        concept_list_close(list);
    return status;
}

void concept_list_warn(const concept_list *list, const char *path) {
    if (mc_concepts_repeated(list->concepts) > 0)
        console_warn("%s: %u entries repeat an earlier one; they match under each of their ids and "
                     "share their draws",
                     path, mc_concepts_repeated(list->concepts));
}

void concept_list_close(concept_list *list) {
    mc_concepts_free(list->concepts);
    mc_unmap_file(list->mapped, list->mapped_size);
    free((void *)list->sources.names);
    free((void *)list->sources.of);
    mc_list_free(list->entries);
    *list = (concept_list){0};
}
