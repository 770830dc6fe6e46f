#include "audit/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "match/index.h"
#include "match/resume.h"
#include "metacurate/audit.h"
#include "metacurate/io.h"

/* Bytes a manifest may have: a million shards, about. */
#define MANIFEST_MAX ((size_t)1 << 30)

/* Where the index of a shard of a manifest lies. */
static mc_status find_index(const char *folder, const char *matches, const json_t *shard,
                            char path[MC_PATH_MAX], mc_error *error) {
    const char *name = json_string_value(json_object_get(shard, "name"));
    const char *index = json_string_value(json_object_get(shard, "index"));
    if (!name || strchr(name, '/'))
        return mc_fail(error, MC_E_FORMAT, "damaged manifest: a shard has no name");
    int length;
    if (matches)
        length = snprintf(path, MC_PATH_MAX, "%s/%s" MC_INDEX_SUFFIX, matches, name);
    else if (index)
        length = snprintf(path, MC_PATH_MAX, "%s", index);
    else
        length = snprintf(path, MC_PATH_MAX, "%s/matches/%s" MC_INDEX_SUFFIX, folder, name);
    return length < MC_PATH_MAX ? MC_OK : mc_fail(error, MC_E_LIMIT, "a path is too long");
}

mc_status mc_manifest_indexes(const char *folder, const char *matches, const json_t *manifest,
                              char ***paths, size_t *n, mc_error *error) {
    const json_t *shards = json_object_get(manifest, "shards");
    size_t n_shards = json_array_size(shards);
    *n = 0;
    MC_TRY(MC_ALLOC(*paths, n_shards, error));
    mc_status status = MC_OK;
    for (size_t i = 0; i < n_shards && status == MC_OK; i++) {
        char path[MC_PATH_MAX];
        status = find_index(folder, matches, json_array_get(shards, i), path, error);
        if (status == MC_OK)
            status = mc_copy_string(&(*paths)[i], path, error);
        *n += status == MC_OK;
    }
    if (status != MC_OK)
        mc_free_paths(paths, n);
    return status;
}

void mc_free_paths(char ***paths, size_t *n) {
    for (size_t i = 0; *paths && i < *n; i++)
        free((*paths)[i]);
    free(*paths);
    *paths = NULL;
    *n = 0;
}

mc_status mc_manifest_read(const char *folder, json_t **manifest, mc_error *error) {
    char path[MC_PATH_MAX], *text = NULL;
    size_t size = 0;
    *manifest = NULL;
    if (snprintf(path, sizeof path, "%s/manifest.json", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "a path is too long");
    if (access(path, F_OK) == 0)
        MC_TRY(mc_read_file(path, MANIFEST_MAX, &text, &size, error));
    *manifest = text ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(text);
    if (json_is_array(json_object_get(*manifest, "shards")))
        return MC_OK;
    json_decref(*manifest);
    *manifest = NULL;
    mc_fail(error, MC_E_FORMAT,
            "there is no whole manifest.json: the folder is none that match, balance or curate "
            "wrote, or the run did not finish (go on with --resume)");
    mc_error_place(error, folder, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

mc_status mc_find_indexes(const char *folder, const char *matches, char ***paths, size_t *n,
                          mc_error *error) {
    json_t *manifest;
    *paths = NULL;
    *n = 0;
    MC_TRY(mc_manifest_read(folder, &manifest, error));
    mc_status status = mc_manifest_indexes(folder, matches, manifest, paths, n, error);
    json_decref(manifest);
    return status;
}

mc_status mc_find_metadata(const char *folder, char **path, char digest[33], mc_error *error) {
    json_t *manifest;
    *path = NULL;
    digest[0] = '\0';
    MC_TRY(mc_manifest_read(folder, &manifest, error));
    const json_t *metadata = json_object_get(manifest, "metadata");
    const char *found = json_string_value(json_object_get(metadata, "digest"));
    if (found && strlen(found) == 32)
        memcpy(digest, found, 33);
    mc_status status =
        mc_copy_string(path, json_string_value(json_object_get(metadata, "path")), error);
    json_decref(manifest);
    return status;
}
