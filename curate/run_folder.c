#include "run_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

/* Opens the list that the manifest names, unless it is gone, or another one by now. */
static mc_status find_list(run_folder *run, const char *folder, mc_error *error) {
    char *path, digest[33];
    mc_error why = {0};
    MC_TRY(mc_find_metadata(folder, &path, digest, error));
    if (path && (access(path, R_OK) != 0 || concept_list_open(&run->list, path, NULL, &why) != 0 ||
                 strcmp(mc_concepts_digest(run->list.concepts), digest) != 0)) {
        console_warn("the concept list %s is not there as it was matched: -m says where it is",
                     path);
        concept_list_close(&run->list);
    }
    free(path);
    return MC_OK;
}

mc_status run_folder_open(run_folder *run, const settings *s, const char *folder, mc_error *error) {
    *run = (run_folder){0};
    if (s->metadata)
        MC_TRY(concept_list_open(&run->list, s->metadata, s->rules, error));
    else
        MC_TRY(find_list(run, folder, error));
    if (s->matches)
        MC_TRY(mc_find_indexes(folder, s->matches, &run->indexes, &run->n_indexes, error));
    run->options = (mc_audit_options){.folder = folder,
                                      .indexes = (const char *const *)run->indexes,
                                      .n_indexes = run->n_indexes,
                                      .concepts = run->list.concepts,
                                      .sources = run->list.sources.of ? &run->list.sources : NULL,
                                      .reader = s->pool.reader,
                                      .memory = s->memory,
                                      .n_threads = s->threads,
                                      .control = console_control()};
    return MC_OK;
}

void run_folder_close(run_folder *run) {
    for (size_t i = 0; i < run->n_indexes; i++)
        free(run->indexes[i]);
    free(run->indexes);
    concept_list_close(&run->list);
    *run = (run_folder){0};
}
