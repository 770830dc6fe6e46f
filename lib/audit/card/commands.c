/* The data card's command lines. Their options are those of the manifest's parameters and, of how
 * shards were read, of their "read" objects; shards that were read differently were matched by
 * commands of their own. Options that leave the result as it is are not given. */
#include "audit/card/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "match/resume.h"

enum { PATHS_MAX = 10 };

/* Members of "read" that are strings, and their options. */
static const struct {
    const char *key, *option;
} read_options[] = {
    {"format", "--format"},           {"text_field", "--text-field"},
    {"texts_field", "--texts-field"}, {"url_field", "--url-field"},
    {"id_field", "--id-field"},       {"lang_field", "--lang-field"},
    {"columns", "--columns"},         {"reader", "--reader"},
    {"languages", "--lang"},          {"block_hosts", "--block-hosts"},
    {"block_texts", "--block-text"},
};

#define N_OF(array) (sizeof(array) / sizeof *(array))

static void put_word(mc_markdown *m, const json_t *string) {
    mc_markdown_printf(m, " ");
    mc_markdown_shell(m, (mc_bytes){json_string_value(string), json_string_length(string)});
}

static void put_string_option(mc_markdown *m, const char *option, const json_t *value) {
    if (!json_is_string(value))
        return;
    mc_markdown_printf(m, " %s", option);
    put_word(m, value);
}

/* The fewest digits, but at least six, that are the same number when read; or "inf". */
static void put_real(mc_markdown *m, const json_t *value) {
    char digits[40];
    double real = json_number_value(value);
    if (json_is_string(value)) {
        put_word(m, value);
        return;
    }
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, real);
        if (strtod(digits, NULL) == real)
            break;
    }
    mc_markdown_printf(m, " %s", digits);
}

static void put_metadata(const mc_card *c) {
    const json_t *metadata = json_object_get(c->manifest, "metadata");
    const json_t *path = json_object_get(metadata, "path");
    mc_markdown_printf(c->m, " -m");
    if (json_is_string(path))
        put_word(c->m, path);
    else
        mc_markdown_printf(c->m, " LIST");
    mc_markdown_printf(c->m, " --rules");
    put_word(c->m, json_object_get(json_object_get(c->manifest, "parameters"), "rules"));
}

static void put_reading(mc_markdown *m, const json_t *read) {
    const json_t *lid = json_object_get(read, "lid"), *size = json_object_get(read, "max_record");
    const char *name = json_is_string(lid) ? json_string_value(lid) : "none";
    for (size_t i = 0; i < N_OF(read_options); i++)
        put_string_option(m, read_options[i].option, json_object_get(read, read_options[i].key));
    if (json_is_integer(size) && json_integer_value(size) != MC_MAX_RECORD_DEFAULT)
        mc_markdown_printf(m, " --max-record %" JSON_INTEGER_FORMAT, json_integer_value(size));
    if (json_is_true(json_object_get(read, "lazy_images")))
        mc_markdown_printf(m, " --lazy-images");
    if (strcmp(name, "fasttext") == 0) {
        mc_markdown_printf(m, " --lid fasttext:");
        const json_t *model = json_object_get(read, "lid_model");
        mc_markdown_shell(m, (mc_bytes){json_string_value(model), json_string_length(model)});
    } else if (strcmp(name, "none") != 0 || json_is_string(json_object_get(read, "languages"))) {
        put_string_option(m, "--lid", lid);
    }
}

static bool has_file(const mc_card *c, const char *name) {
    char path[MC_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", c->audited->options->folder, name);
    return n < MC_PATH_MAX && access(path, F_OK) == 0;
}

static void put_emit(const mc_card *c) {
    static const struct {
        const char *layout, *file;
    } layouts[] = {
        {"tsv", "subset.tsv"}, {"datacomp", "subset.datacomp.npy"}, {"metaclip", "metaclip"}};
    const char *before = " --emit ";
    for (size_t i = 0; i < N_OF(layouts); i++) {
        if (!has_file(c, layouts[i].file))
            continue;
        mc_markdown_printf(c->m, "%s%s", before, layouts[i].layout);
        before = ",";
    }
}

/* What says which pairs take part, and how many are kept. */
static void put_choice(const mc_card *c) {
    mc_markdown *m = c->m;
    const json_t *p = json_object_get(c->manifest, "parameters");
    const json_t *target = json_object_get(p, "target"), *seed = json_object_get(p, "seed");
    const char *name = json_is_string(target) ? json_string_value(target) : "";
    if (strcmp(name, "threshold") == 0) {
        mc_markdown_printf(m, " -t");
        put_real(m, json_object_get(p, "t"));
    } else if (strcmp(name, "size") == 0) {
        mc_markdown_printf(m, " --size %" JSON_INTEGER_FORMAT,
                           json_integer_value(json_object_get(p, "size")));
    } else if (strcmp(name, "tail_share") == 0) {
        mc_markdown_printf(m, " --tail-share");
        put_real(m, json_object_get(p, "tail_share"));
    }
    if (c->audited->balanced)
        mc_markdown_printf(m, " --seed %" JSON_INTEGER_FORMAT, json_integer_value(seed));
    put_string_option(m, "--dedup", json_object_get(p, "dedup"));
    put_string_option(m, "--only", json_object_get(p, "only"));
    put_string_option(m, "--exclude", json_object_get(p, "exclude"));
    put_string_option(m, "--counts", json_object_get(p, "counts"));
    put_emit(c);
}

/* A path that begins with a hyphen would be an option. */
static void put_path(mc_markdown *m, const json_t *path) {
    const char *bytes = json_string_value(path);
    if (!bytes || bytes[0] != '-' || bytes[1] == '\0') {
        put_word(m, path);
        return;
    }
    mc_markdown_printf(m, " ./");
    mc_markdown_shell(m, (mc_bytes){bytes, json_string_length(path)});
}

/* The inputs from first up to, but not with, end; many of them by a list. */
static void put_inputs(const mc_card *c, size_t first, size_t end) {
    const json_t *shards = json_object_get(c->manifest, "shards");
    if (end - first > PATHS_MAX) {
        mc_markdown_printf(c->m, " @inputs-%zu-%zu.txt", first, end);
        return;
    }
    for (size_t i = first; i < end; i++)
        put_path(c->m, json_object_get(json_array_get(shards, i), "path"));
}

/* Where shards end that were read as the first one was. */
static size_t group_end(const json_t *shards, size_t first) {
    const json_t *read = json_object_get(json_array_get(shards, first), "read");
    size_t end = first + 1;
    while (end < json_array_size(shards) &&
           json_equal(read, json_object_get(json_array_get(shards, end), "read")))
        end++;
    return end;
}

static void put_list(const mc_card *c, size_t first, size_t end) {
    if (end - first > PATHS_MAX)
        mc_markdown_printf(c->m,
                           "jq -r '.shards[%zu:%zu][].path' manifest.json >inputs-%zu-%zu.txt\n",
                           first, end, first, end);
}

void mc_card_put_commands(const mc_card *c) {
    mc_markdown *m = c->m;
    const json_t *shards = json_object_get(c->manifest, "shards");
    const json_t *totals = json_object_get(c->manifest, "totals");
    size_t n = json_array_size(shards);
    const char *command = json_string_value(json_object_get(c->manifest, "command"));
    bool whole = command && strcmp(command, "curate") == 0 && n > 0 && group_end(shards, 0) == n;
    mc_markdown_printf(m,
                       "## How to reproduce\n\nWith the inputs and files named above, unchanged, "
                       "at the same paths:\n\n```sh\n");
    for (size_t first = 0, end; first < n; first = end) {
        end = group_end(shards, first);
        put_list(c, first, end);
        if (whole)
            mc_markdown_printf(m, "metacurate curate -o out");
        else
            mc_markdown_printf(m, "metacurate match -o matched-%zu", first);
        put_metadata(c);
        put_reading(m, json_object_get(json_array_get(shards, first), "read"));
        if (whole)
            put_choice(c);
        put_inputs(c, first, end);
        mc_markdown_printf(m, "\n");
    }
    if (!whole && c->audited->balanced) {
        mc_markdown_printf(m, "metacurate balance -o out");
        put_choice(c);
        for (size_t first = 0; first < n; first = group_end(shards, first))
            mc_markdown_printf(m, " matched-%zu", first);
        mc_markdown_printf(m, "\n");
    }
    mc_markdown_printf(m, "```\n");
    const json_t *excluded = json_object_get(totals, "excluded_for");
    if (c->audited->n_taken_down > 0 || json_object_get(excluded, "takedown"))
        mc_markdown_printf(m, "\nImages that were taken down come back by this, unless the list of "
                              "them, takedown.jsonl beside the match indexes, is given to "
                              "`--exclude`.\n");
}
