/* Recipes: found by name or path, changed parameter by parameter, asked. */
#include "metadata/recipe.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "metacurate/io.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

static const char *const origin_names[MC_ORIGIN_COUNT] = {"number",  "wordnet", "omw",
                                                          "unigram", "bigram",  "title"};

const char *mc_origin_name(mc_origin origin) {
    return origin_names[origin];
}

mc_origin mc_origin_parse(const char *name) {
    int i = 0;
    while (i < MC_ORIGIN_COUNT && strcmp(origin_names[i], name) != 0)
        i++;
    return (mc_origin)i;
}

static void dispose_step(mc_recipe_step *step) {
    for (size_t i = 0; i < step->n_joined_in; i++)
        free(step->joined_in[i]);
    free(step->joined_in);
}

void mc_recipe_free(mc_recipe *recipe) {
    if (!recipe)
        return;
    for (size_t i = 0; i < recipe->n_steps; i++)
        dispose_step(&recipe->steps[i]);
    free(recipe->name);
    free(recipe->note);
    free(recipe);
}

const char *mc_recipe_name(const mc_recipe *recipe) {
    return recipe->name;
}

mc_recipe_step *mc_recipe_find(const mc_recipe *recipe, mc_origin origin) {
    for (size_t i = 0; i < recipe->n_steps; i++)
        if (recipe->steps[i].origin == origin)
            return (mc_recipe_step *)&recipe->steps[i];
    return NULL;
}

bool mc_recipe_takes(const mc_recipe *recipe, const char *source) {
    mc_origin origin = mc_origin_parse(source);
    return origin != MC_ORIGIN_COUNT && mc_recipe_find(recipe, origin) != NULL;
}

bool mc_recipe_joins(const mc_recipe_step *step, const char *project) {
    bool joins = step->joined;
    for (size_t i = 0; i < step->n_joined_in; i++)
        joins = joins || strcmp(step->joined_in[i], project) == 0;
    return joins;
}

uint64_t mc_recipe_quota(const mc_recipe_step *step, uint64_t n, uint64_t n_of) {
    uint64_t quota = n;
    if (step->share < 1 || step->of != step->origin) {
        /* A hair more, so that 0.29 of 100 is 29. */
        double part = (double)(step->of == step->origin ? n : n_of) * step->share + 1e-6;
        if (part < (double)quota)
            quota = (uint64_t)part;
    }
    return quota < step->max ? quota : step->max;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static mc_status read_text(mc_recipe **out, const char *data, size_t size, mc_error *error) {
    json_error_t why;
    json_t *document = json_loadb(data, size, JSON_REJECT_DUPLICATES, &why);
    if (!document && json_error_code(&why) == json_error_out_of_memory)
        return mc_fail(error, MC_E_MEMORY, "out of memory for a recipe");
    if (!document)
        return mc_fail(error, MC_E_FORMAT, "is no JSON: line %d, column %d: %s", why.line,
                       why.column, why.text);
    mc_status status = mc_recipe_parse(out, document, error);
    json_decref(document);
    return status;
}

mc_status mc_recipe_read(mc_recipe **out, const char *name, mc_error *error) {
    char *data;
    size_t size;
    *out = NULL;
    for (size_t i = 0; i < mc_recipe_texts_count; i++) {
        const mc_recipe_text *text = &mc_recipe_texts[i];
        if (strcmp(text->name, name) == 0)
            return read_text(out, (const char *)text->data, text->size, error);
    }
    mc_status status = mc_read_file(name, FILE_MAX_BYTES, &data, &size, error);
    if (status == MC_E_IO && !strchr(name, '/')) {
        mc_buffer known = {0};
        for (size_t i = 0; i < mc_recipe_texts_count; i++)
            MC_TRY(mc_buffer_printf(&known, error, "%s%s", i > 0 ? ", " : "",
                                    mc_recipe_texts[i].name));
        mc_fail(error, MC_E_ARGUMENT, "\"%.100s\" is neither a recipe (known: %s) nor a file", name,
                known.data ? known.data : "");
        mc_buffer_dispose(&known);
        return MC_E_ARGUMENT;
    }
    MC_TRY(status);
    status = read_text(out, data, size, error);
    free(data);
    if (status != MC_OK)
        mc_error_place(error, name, MC_NONE, MC_NONE);
    return status;
}

/* --- changing ----------------------------------------------------------------------------------
 */

static mc_status parse_real(const char *text, double *out, mc_error *error) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value))
        return mc_fail(error, MC_E_ARGUMENT, "\"%.40s\" is no number", text);
    *out = value;
    return MC_OK;
}

static mc_status set_count(void *field, const char *value, mc_error *error) {
    return mc_parse_count(value, field, error);
}

static mc_status set_limit(void *field, const char *value, mc_error *error) {
    uint64_t limit = UINT64_MAX;
    if (strcmp(value, "none") != 0)
        MC_TRY(mc_parse_count(value, &limit, error));
    *(uint64_t *)field = limit;
    return MC_OK;
}

static mc_status set_real(void *field, const char *value, mc_error *error) {
    return parse_real(value, field, error);
}

static mc_status set_share(void *field, const char *value, mc_error *error) {
    double share = 0;
    MC_TRY(parse_real(value, &share, error));
    if (!(share >= 0 && share <= 1))
        return mc_fail(error, MC_E_ARGUMENT, "a share is a number from 0 to 1");
    *(double *)field = share;
    return MC_OK;
}

static mc_status parse_yes(const char *value, bool *out, mc_error *error) {
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return mc_fail(error, MC_E_ARGUMENT, "\"%.40s\" is neither yes nor no", value);
    *out = value[0] == 'y';
    return MC_OK;
}

static mc_status set_yes(void *field, const char *value, mc_error *error) {
    return parse_yes(value, field, error);
}

static mc_status set_joined(mc_recipe_step *step, const char *value, mc_error *error) {
    bool joined = false;
    MC_TRY(parse_yes(value, &joined, error));
    dispose_step(step);
    step->joined_in = NULL;
    step->n_joined_in = 0;
    step->joined = joined;
    return MC_OK;
}

/* What reached a threshold of one score means nothing for another. */
static mc_status set_score(mc_recipe_step *step, const char *value, mc_error *error) {
    mc_bigram_score score;
    if (strcmp(value, "pmi") == 0)
        score = MC_BIGRAM_PMI;
    else if (strcmp(value, "worldwide") == 0)
        score = MC_BIGRAM_WORLDWIDE;
    else
        return mc_fail(error, MC_E_ARGUMENT, "unknown score \"%.40s\" (known: pmi, worldwide)",
                       value);
    if (score != step->score)
        step->min_score = -INFINITY;
    step->score = score;
    return MC_OK;
}

/* Parameters of the recipe itself (origin MC_ORIGIN_COUNT) and of its steps. */
static const struct {
    const char *name;
    mc_origin origin;
    size_t offset;
    mc_status (*set)(void *field, const char *value, mc_error *error);
    mc_status (*set_step)(mc_recipe_step *step, const char *value, mc_error *error);
} parameters[] = {
#define RECIPE(name, field, set)                                                                   \
    { name, MC_ORIGIN_COUNT, offsetof(mc_recipe, field), set, NULL }
#define STEP(name, origin, field, set)                                                             \
    { name, MC_ORIGIN_##origin, offsetof(mc_recipe_step, field), set, NULL }
    RECIPE("size", size, set_limit),
    RECIPE("longest", longest, set_limit),
    RECIPE("marks-only", marks_only, set_yes),
    STEP("min-unigram", UNIGRAM, min_count, set_count),
    STEP("share-unigram", UNIGRAM, share, set_share),
    STEP("max-unigram", UNIGRAM, max, set_limit),
    {"bigram-score", MC_ORIGIN_BIGRAM, 0, NULL, set_score},
    STEP("min-bigram", BIGRAM, min_count, set_count),
    STEP("min-pmi", BIGRAM, min_score, set_real),
    STEP("share-bigram", BIGRAM, share, set_share),
    STEP("max-bigram", BIGRAM, max, set_limit),
    {"joined", MC_ORIGIN_BIGRAM, 0, NULL, set_joined},
    STEP("hour-floor", TITLE, hour_floor, set_count),
    STEP("min-views", TITLE, min_count, set_count),
    STEP("share-title", TITLE, share, set_share),
    STEP("max-title", TITLE, max, set_limit),
#undef RECIPE
#undef STEP
};

mc_status mc_recipe_set(mc_recipe *recipe, const char *parameter, const char *value,
                        mc_error *error) {
    size_t i = 0, n = sizeof parameters / sizeof *parameters;
    while (i < n && strcmp(parameters[i].name, parameter) != 0)
        i++;
    if (i == n)
        return mc_fail(error, MC_E_ARGUMENT, "\"%.40s\" is no parameter of a recipe", parameter);
    if (parameters[i].origin == MC_ORIGIN_COUNT)
        return parameters[i].set((char *)recipe + parameters[i].offset, value, error);
    mc_recipe_step *step = mc_recipe_find(recipe, parameters[i].origin);
    if (!step)
        return mc_fail(error, MC_E_ARGUMENT, "the recipe %.80s takes no %ss", recipe->name,
                       mc_origin_name(parameters[i].origin));
    if (parameters[i].set_step)
        return parameters[i].set_step(step, value, error);
    return parameters[i].set((char *)step + parameters[i].offset, value, error);
}

mc_status mc_recipe_leave_out(mc_recipe *recipe, const char *source, mc_error *error) {
    mc_origin origin = mc_origin_parse(source);
    if (origin == MC_ORIGIN_COUNT)
        return mc_fail(error, MC_E_ARGUMENT,
                       "unknown source \"%.40s\" (known: number, wordnet, omw, unigram, bigram, "
                       "title)",
                       source);
    mc_recipe_step *step = mc_recipe_find(recipe, origin);
    if (!step)
        return MC_OK;
    dispose_step(step);
    size_t after = (size_t)(recipe->steps + recipe->n_steps - (step + 1));
    memmove(step, step + 1, after * sizeof *step);
    recipe->n_steps--;
    return MC_OK;
}
