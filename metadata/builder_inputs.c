/* What a list's document says of its inputs and totals. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/source.h"
#include "metacurate/text.h"
#include "metadata/builder.h"

static mc_status out_of_memory(mc_error *error) {
    return mc_fail(error, MC_E_MEMORY, "out of memory for the list's description");
}

/* A name of a file may be any bytes. */
static json_t *make_name(const char *name, mc_error *error) {
    char *valid;
    size_t size = strlen(name);
    if (mc_alloc(&valid, MC_UTF8_REPLACED_MAX(size) + 1, 1, error) != MC_OK)
        return NULL;
    json_t *string = json_stringn(valid, mc_utf8_replace(name, size, valid, NULL));
    free(valid);
    return string;
}

static json_t *make_digest(mc_u128 digest) {
    char hex[33];
    mc_u128_hex(digest, hex);
    return json_string(hex);
}

static mc_status note_input(mc_builder *builder, const char *kind, const char *path,
                            const mc_u128 *digest, mc_error *error) {
    struct stat info;
    mc_u128 found;
    uint64_t size = 0;
    bool is_file = strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISREG(info.st_mode);
    if (is_file && digest)
        size = (uint64_t)info.st_size;
    if (is_file && !digest) {
        MC_TRY(mc_digest_file(path, &found, &size, error));
        digest = &found;
    }
    const char *slash = strrchr(path, '/');
    json_t *input = json_object();
    int failed = json_object_set_new(input, "kind", json_string(kind));
    failed |= json_object_set_new(input, "name", make_name(slash ? slash + 1 : path, error));
    failed |=
        json_object_set_new(input, "size", is_file ? json_integer((json_int_t)size) : json_null());
    failed |= json_object_set_new(input, "digest", digest ? make_digest(*digest) : json_null());
    failed |= json_array_append_new(builder->inputs, input);
    return failed ? out_of_memory(error) : MC_OK;
}

mc_status mc_builder_note_inputs(mc_builder *builder, const char *kind, mc_paths files,
                                 const mc_u128 *digests, mc_error *error) {
    for (size_t i = 0; i < files.n; i++)
        MC_TRY(note_input(builder, kind, files.paths[i], digests ? &digests[i] : NULL, error));
    return MC_OK;
}

mc_status mc_builder_note_totals(mc_builder *builder, const char *name,
                                 const mc_builder_number *numbers, size_t n, mc_error *error) {
    json_t *object = json_object();
    int failed = 0;
    for (size_t i = 0; i < n; i++)
        failed |= json_object_set_new(
            object, numbers[i].name,
            json_integer(
                (json_int_t)(numbers[i].value <= INT64_MAX ? numbers[i].value : INT64_MAX)));
    failed |= json_object_set_new(builder->totals, name, object);
    return failed ? out_of_memory(error) : MC_OK;
}
