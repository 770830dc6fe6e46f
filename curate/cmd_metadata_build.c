/* metadata build: a recipe, what its sources are read from, and the list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "folder.h"

/* The option that gives a source its input. */
static mc_status check_given(const settings *s, const mc_recipe *recipe, mc_error *error) {
    bool counts = s->n_files[FILE_WIKIPEDIA] || s->n_files[FILE_TEXT] || s->n_files[FILE_NGRAMS];
    const struct {
        const char *source;
        bool is_given;
        const char *option;
    } needs[] = {
        {"wordnet", s->wordnet != NULL, "--wordnet DIR"},
        {"omw", s->n_files[FILE_OMW] > 0, "--omw FILE"},
        {"unigram", counts, "--wikipedia FILE, --text FILE or --ngrams FILE"},
        {"bigram", counts, "--wikipedia FILE, --text FILE or --ngrams FILE"},
        {"title", s->n_files[FILE_PAGEVIEWS] > 0, "--pageviews FILE"},
    };
    char options[200] = "", names[80] = "";
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        size_t at = strlen(options), end = strlen(names);
        if (!mc_recipe_takes(recipe, needs[i].source) || needs[i].is_given)
            continue;
        snprintf(names + end, sizeof names - end, "%s%s", end ? "," : "", needs[i].source);
        if (!strstr(options, needs[i].option)) /* one option may serve two sources */
            snprintf(options + at, sizeof options - at, "%s%s", at ? "; " : "", needs[i].option);
    }
    if (names[0])
        return mc_fail(error, MC_E_ARGUMENT,
                       "the recipe %.80s takes what is not given: give %s; or leave it out: "
                       "--without %s",
                       mc_recipe_name(recipe), options, names);
    if (!s->recipe && (counts || s->n_files[FILE_OMW] || s->n_files[FILE_PAGEVIEWS]))
        return mc_fail(error, MC_E_ARGUMENT,
                       "say what is to be made of these sources: --recipe metaclip1, metaclip2 or "
                       "FILE");
    return MC_OK;
}

static mc_status leave_out(mc_recipe *recipe, const char *names, mc_error *error) {
    while (names && *names) {
        char name[64];
        size_t size = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size : sizeof name - 1),
                 names);
        MC_TRY(mc_recipe_leave_out(recipe, name, error));
        names += size + (names[size] == ',');
    }
    return MC_OK;
}

/* A new score drops the threshold of the old one, so it comes before the others. */
static mc_status change(mc_recipe *recipe, const settings *s, mc_error *error) {
    for (int turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < s->n_changes; i++) {
            const parameter_change *c = &s->changes[i];
            if ((strcmp(c->name, "bigram-score") == 0) != (turn == 0))
                continue;
            mc_error why = {0};
            mc_status status = mc_recipe_set(recipe, c->name, c->value, &why);
            if (status != MC_OK)
                return mc_fail(error, status, "--%s: %.400s", c->name, why.message);
        }
    return MC_OK;
}

static mc_status read_recipe(mc_recipe **out, const settings *s, mc_error *error) {
    MC_TRY(mc_recipe_read(out, s->recipe ? s->recipe : "wordnet", error));
    mc_status status = leave_out(*out, s->without, error);
    if (status == MC_OK && s->no_numbers)
        status = mc_recipe_leave_out(*out, "number", error);
    if (status == MC_OK)
        status = change(*out, s, error);
    if (status == MC_OK)
        status = check_given(s, *out, error);
    if (status != MC_OK)
        mc_recipe_free(*out);
    return status;
}

/* The folder of the list; the caller frees it. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash > path ? (size_t)(slash - path) : 1);
}

/* What was lost in the inputs is written beside the list, and goes with an older list. */
static mc_status write_ledger(const settings *s, const mc_metadata_result *result,
                              mc_error *error) {
    size_t size = strlen(s->output) + sizeof ".rejects.jsonl";
    char *path = malloc(size);
    if (!path)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    snprintf(path, size, "%s.rejects.jsonl", s->output);
    mc_status status = MC_OK;
    if (result->ledger_size > 0)
        status = mc_write_file(path, result->ledger, result->ledger_size, error);
    else
        unlink(path);
    if (status == MC_OK && result->ledger_size > 0)
        console_warn("parts of the inputs were damaged and are left out; %s says which (%zu lines)",
                     path, result->n_ledger);
    free(path);
    return status;
}

static mc_status write_list(const settings *s, const mc_metadata_result *result, mc_error *error) {
    MC_TRY(write_ledger(s, result, error));
    MC_TRY(mc_list_write(result->list, s->output, error));
    console_note("%s: %zu entries", s->output, mc_list_count(result->list));
    return MC_OK;
}

/* The folder is easily taken for another. */
static mc_status check_wordnet(const settings *s, mc_error *error) {
    char path[4096];
    if (!s->wordnet ||
        snprintf(path, sizeof path, "%s/data.noun", s->wordnet) >= (int)sizeof path ||
        access(path, F_OK) == 0)
        return MC_OK;
    mc_fail(error, MC_E_IO,
            "cannot be found (--wordnet is the folder with WordNet's data files, such as "
            "/usr/share/wordnet)");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_IO;
}

static mc_status build_from(const settings *s, const mc_recipe *recipe, mc_error *error) {
    char *folder = s->folder ? strdup(s->folder) : folder_of(s->output);
    mc_metadata_result result;
    if (!folder)
        return mc_fail(error, MC_E_MEMORY, "out of memory");
    mc_paths files[FILE_KINDS];
    for (size_t kind = 0; kind < FILE_KINDS; kind++)
        files[kind] = (mc_paths){s->files[kind], s->n_files[kind]};
    mc_metadata_options options = {.recipe = recipe,
                                   .wordnet = s->wordnet,
                                   .omw = files[FILE_OMW],
                                   .wikipedia = files[FILE_WIKIPEDIA],
                                   .text = files[FILE_TEXT],
                                   .ngrams = files[FILE_NGRAMS],
                                   .pageviews = files[FILE_PAGEVIEWS],
                                   .project = s->project,
                                   .folder = folder,
                                   .memory = s->memory,
                                   .n_threads = s->threads,
                                   .control = console_control()};
    mc_status status = mc_metadata_build(&result, &options, error);
    console_end_progress();
    if (status == MC_OK)
        status = write_list(s, &result, error);
    mc_metadata_result_dispose(&result);
    free(folder);
    return status;
}

static mc_status build(const settings *s, mc_error *error) {
    mc_recipe *recipe;
    if (!s->output)
        return mc_fail(error, MC_E_ARGUMENT, "say where the list goes: -o LIST.json");
    if (s->n_inputs > 0)
        return mc_fail(
            error, MC_E_ARGUMENT,
            "\"%.200s\" belongs to no option; name inputs by --wikipedia, --pageviews, ...",
            s->inputs[0]);
    MC_TRY(read_recipe(&recipe, s, error));
    mc_status status = folder_check_file(s, error);
    if (status == MC_OK)
        status = check_wordnet(s, error);
    if (status == MC_OK)
        status = build_from(s, recipe, error);
    mc_recipe_free(recipe);
    return status;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    mc_status status = build(s, &error);
    if (status == MC_E_INTERRUPTED) {
        console_warn("interrupted; no list was written");
        return EXIT_INTERRUPTED;
    }
    return status == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_metadata_build = {
    .name = "metadata build",
    .summary = "build a concept list",
    .usage = "[--recipe NAME] SOURCES -o LIST.json",
    .help = "Builds a concept list from the sources of a recipe, in its order: numbers, WordNet, "
            "n-grams of\nWikipedia, titles by their views. Without --recipe: the numbers 0 to 99 "
            "and WordNet's names.\nOptions of parameters change those of the recipe. The same "
            "inputs give the same bytes.",
    .options = OPTIONS_BUILD | OPTIONS_OUTPUT | OPTIONS_FILE | OPTIONS_THREADS | OPTIONS_CONSOLE,
    .run = run,
};
