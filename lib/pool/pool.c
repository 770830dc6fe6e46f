/* Pools: the shards that inputs stand for, their names in outputs, and options that make sense. */
#include "metacurate/pool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "io/remote.h"
#include "pool/fields.h"
#include "pool/filter.h"
#include "pool/paths.h"

struct mc_pool {
    mc_pool_options options;
    mc_paths paths;
    char **names; /* one a path */
    uint64_t size;
    mc_filter *filter; /* NULL when no text is to be taken out and no language is asked for */
};

static mc_status check_options(mc_pool_options *options, mc_error *error) {
    const struct {
        const char *value, *name;
    } given[] = {{options->text_field, "text-field"}, {options->texts_field, "texts-field"},
                 {options->url_field, "url-field"},   {options->id_field, "id-field"},
                 {options->columns, "columns"},       {options->reader, "reader"},
                 {options->lang_field, "lang-field"}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].value && !given[i].value[0])
            return mc_fail(error, MC_E_ARGUMENT, "--%s is empty", given[i].name);
    if ((unsigned)options->format > MC_FORMAT_TAR)
        return mc_fail(error, MC_E_ARGUMENT, "there is no format %d", (int)options->format);
    if (options->reader && !strstr(options->reader, "{}"))
        return mc_fail(error, MC_E_ARGUMENT,
                       "the reader's command has no {} for the file, as in --reader "
                       "'tools/read-parquet {}'");
    if (options->max_record > MC_MAX_RECORD_LIMIT)
        return mc_fail(error, MC_E_ARGUMENT, "a record may have at most %u bytes, not %" PRIu64,
                       MC_MAX_RECORD_LIMIT, options->max_record);
    if (options->max_record == 0)
        options->max_record = MC_MAX_RECORD_DEFAULT;
    return MC_OK;
}

static mc_status expand(mc_pool *pool, const char *const *inputs, size_t n_inputs,
                        mc_error *error) {
    const mc_pool_options *options = &pool->options;
    bool has_stdin = false;
    for (size_t i = 0; i < n_inputs; i++) {
        const char *list = inputs[i][0] == '@' ? inputs[i] + 1 : NULL;
        bool is_stdin = !strcmp(list ? list : inputs[i], "-");
        if (is_stdin && has_stdin)
            return mc_fail(error, MC_E_ARGUMENT, "standard input (-) is given twice");
        if (is_stdin && !list && pool->options.reader)
            return mc_fail(error, MC_E_ARGUMENT,
                           "a reader needs files; standard input (-) is none");
        has_stdin = has_stdin || is_stdin;
        if (list)
            MC_TRY(mc_paths_add_list(&pool->paths, list, options->base, options->cancel, error));
        else
            MC_TRY(mc_paths_expand(&pool->paths, inputs[i], error));
    }
    return MC_OK;
}

/* 0 as soon as one is no file, or has vanished; a file of 0 bytes adds nothing. */
static uint64_t sum_sizes(const mc_paths *paths) {
    uint64_t sum = 0;
    for (size_t i = 0; i < paths->n; i++) {
        struct stat info;
        const char *path = paths->items[i];
        if (!strcmp(path, "-") || stat(path, &info) < 0 || !S_ISREG(info.st_mode))
            return 0;
        sum += (uint64_t)info.st_size;
    }
    return sum;
}

/* The part of a path that names its file: of a URL, what comes before a query or fragment. */
static mc_bytes base_name(const char *path) {
    if (!strcmp(path, "-"))
        return (mc_bytes){"stdin", 5};
    size_t end = mc_remote_is(path) ? strcspn(path, "?#") : strlen(path), begin;
    while (mc_remote_is(path) && end > 0 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/';)
        begin--;
    return (mc_bytes){path + begin, end - begin};
}

static mc_status make_name(const char *path, char **out, mc_error *error) {
    enum { LONGEST = 200 }; /* leaves room for suffixes in the 255 bytes of a file name */
    mc_bytes base = base_name(path);
    char name[LONGEST + 1];
    snprintf(name, sizeof name, "%.*s", base.size < LONGEST ? (int)base.size : LONGEST, base.data);
    for (char *c = name; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '.' || *c == '_' || *c == '-';
        if (!plain)
            *c = '_';
    }
    mc_buffer buffer = {0};
    uint32_t hash = (uint32_t)mc_hash64(path, strlen(path));
    mc_status status = mc_buffer_printf(&buffer, error, "%s-%08" PRIx32, name, hash);
    if (status == MC_OK)
        status = mc_copy_string(out, buffer.data, error);
    mc_buffer_dispose(&buffer);
    return status;
}

typedef struct named {
    char *name;
    size_t shard;
} named;

static int compare_named(const void *a, const void *b) {
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->shard > y->shard) - (x->shard < y->shard);
}

/* Gives the second of equal names "-2", the third "-3", and so on, in the order of the shards. */
static mc_status number_repeats(mc_pool *pool, mc_error *error) {
    size_t n = pool->paths.n;
    named *sorted;
    MC_TRY(MC_ALLOC(sorted, n, error));
    for (size_t i = 0; i < n; i++)
        sorted[i] = (named){pool->names[i], i};
    qsort(sorted, n, sizeof *sorted, compare_named);
    mc_status status = MC_OK;
    mc_buffer name = {0};
    size_t first = 0;
    for (size_t i = 1; status == MC_OK && i < n; i++) {
        /* The first of a run keeps its name, so it stays what the others are compared with. */
        if (strcmp(sorted[i].name, sorted[first].name) != 0) {
            first = i;
            continue;
        }
        name.size = 0;
        status = mc_buffer_printf(&name, error, "%s-%zu", sorted[i].name, i - first + 1);
        char *copy = NULL;
        if (status == MC_OK)
            status = mc_copy_string(&copy, name.data, error);
        if (status == MC_OK) {
            free(pool->names[sorted[i].shard]);
            pool->names[sorted[i].shard] = copy;
        }
    }
    mc_buffer_dispose(&name);
    free(sorted);
    return status;
}

static mc_status fill_pool(mc_pool *pool, const char *const *inputs, size_t n_inputs,
                           const mc_pool_options *options, mc_error *error) {
    if (options)
        pool->options = *options;
    MC_TRY(check_options(&pool->options, error));
    MC_TRY(mc_filter_create(&pool->filter, &pool->options, error));
    MC_TRY(expand(pool, inputs, n_inputs, error));
    MC_TRY(MC_ALLOC(pool->names, pool->paths.n, error));
    for (size_t i = 0; i < pool->paths.n; i++)
        MC_TRY(make_name(pool->paths.items[i], &pool->names[i], error));
    pool->size = sum_sizes(&pool->paths);
    return number_repeats(pool, error);
}

mc_status mc_pool_create(mc_pool **out, const char *const *inputs, size_t n_inputs,
                         const mc_pool_options *options, mc_error *error) {
    *out = NULL;
    mc_pool *pool;
    MC_TRY(MC_ALLOC(pool, 1, error));
    mc_status status = fill_pool(pool, inputs, n_inputs, options, error);
    if (status != MC_OK) {
        mc_pool_free(pool);
        return status;
    }
    *out = pool;
    return MC_OK;
}

void mc_pool_free(mc_pool *pool) {
    if (!pool)
        return;
    for (size_t i = 0; pool->names && i < pool->paths.n; i++)
        free(pool->names[i]);
    free(pool->names);
    mc_paths_dispose(&pool->paths);
    mc_filter_free(pool->filter);
    free(pool);
}

size_t mc_pool_count(const mc_pool *pool) {
    return pool->paths.n;
}

const char *mc_pool_path(const mc_pool *pool, size_t shard) {
    return pool->paths.items[shard];
}

const char *mc_pool_name(const mc_pool *pool, size_t shard) {
    return pool->names[shard];
}

uint64_t mc_pool_size(const mc_pool *pool) {
    return pool->size;
}

const mc_pool_options *mc_pool_get_options(const mc_pool *pool) {
    return &pool->options;
}

const mc_filter *mc_pool_filter(const mc_pool *pool) {
    return pool->filter;
}
