#include "concept_list.h"

#include <stdio.h>
#include <string.h>

#include "console.h"

static mc_status read_and_compile(concept_list *list, const char *path, mc_rules rules,
                                  mc_error *error) {
    mc_list *entries;
    MC_TRY(mc_list_read(&entries, path, error));
    mc_status status = mc_concepts_compile(&list->concepts, mc_list_entries(entries),
                                           mc_list_count(entries), rules, error);
    mc_list_free(entries);
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
    if (status != MC_OK) {
        mc_error_place(error, path, MC_NONE, MC_NONE);
        mc_unmap_file(list->mapped, list->mapped_size);
    }
    return status;
}

mc_status concept_list_open(concept_list *list, const settings *s, mc_error *error) {
    *list = (concept_list){0};
    mc_rules rules = MC_RULES_METACLIP1;
    const char *path = s->metadata;
    if (!path)
        return mc_fail(error, MC_E_ARGUMENT, "a concept list is needed: -m FILE");
    if (s->rules)
        MC_TRY(mc_rules_parse(s->rules, &rules, error));
    if (looks_compiled(path)) {
        MC_TRY(open_compiled(list, path, error));
        if (s->rules && mc_concepts_rules(list->concepts) != rules) {
            concept_list_close(list);
            return mc_fail(error, MC_E_MISMATCH, "%s was compiled for other rules than %s", path,
                           s->rules);
        }
    } else {
        MC_TRY(read_and_compile(list, path, rules, error));
    }
    if (mc_concepts_count(list->concepts) == 0) {
        concept_list_close(list);
        mc_fail(error, MC_E_FORMAT, "has no entries");
        mc_error_place(error, path, MC_NONE, MC_NONE);
        return MC_E_FORMAT;
    }
    if (mc_concepts_repeated(list->concepts) > 0)
        console_warn("%s: %u entries repeat an earlier one; they match under each of their ids and "
                     "share their draws",
                     path, mc_concepts_repeated(list->concepts));
    return MC_OK;
}

void concept_list_close(concept_list *list) {
    mc_concepts_free(list->concepts);
    mc_unmap_file(list->mapped, list->mapped_size);
    *list = (concept_list){0};
}
