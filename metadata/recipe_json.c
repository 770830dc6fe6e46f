/* Recipes as JSON, strictly: every key is known, of its type and in its range. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "metadata/recipe.h"

/* Which keys a source has. */
enum { COUNTED = 1, SCORED = 2, VIEWED = 4 };

static unsigned traits(mc_origin origin) {
    switch (origin) {
    case MC_ORIGIN_UNIGRAM:
        return COUNTED;
    case MC_ORIGIN_BIGRAM:
        return COUNTED | SCORED;
    case MC_ORIGIN_TITLE:
        return COUNTED | VIEWED;
    case MC_ORIGIN_NUMBER:
    case MC_ORIGIN_WORDNET:
    case MC_ORIGIN_OMW:
    case MC_ORIGIN_COUNT:
        break;
    }
    return 0;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* One object being read: its members are asked for, and then there must be no others. */
typedef struct reading {
    const json_t *object;
    const char *where;
    const char *asked[16];
    size_t n_asked;
    mc_error *error;
    mc_status status; /* the first failure */
} reading;

static void refuse(reading *r, const char *key, const char *what) {
    if (r->status == MC_OK)
        r->status = mc_fail(r->error, MC_E_FORMAT, "%s: \"%s\" is no %s", r->where, key, what);
}

static const json_t *ask(reading *r, const char *key) {
    r->asked[r->n_asked++] = key;
    return json_object_get(r->object, key);
}

static const char *ask_string(reading *r, const char *key) {
    const json_t *value = ask(r, key);
    if (value && !json_is_string(value))
        refuse(r, key, "string");
    return json_string_value(value);
}

static void ask_count(reading *r, const char *key, uint64_t *out) {
    const json_t *value = ask(r, key);
    if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
        refuse(r, key, "whole number from 0 on");
    else if (value)
        *out = (uint64_t)json_integer_value(value);
}

static void ask_real(reading *r, const char *key, double least, double most, const char *what,
                     double *out) {
    const json_t *value = ask(r, key);
    double number = json_number_value(value);
    if (value && (!json_is_number(value) || !(number >= least && number <= most)))
        refuse(r, key, what);
    else if (value)
        *out = number;
}

static void ask_bool(reading *r, const char *key, bool *out) {
    const json_t *value = ask(r, key);
    if (value && !json_is_boolean(value))
        refuse(r, key, "true or false");
    else if (value)
        *out = json_is_true(value);
}

static bool was_asked(const reading *r, const char *key) {
    size_t i = 0;
    while (i < r->n_asked && strcmp(r->asked[i], key) != 0)
        i++;
    return i < r->n_asked;
}

static mc_status end(reading *r) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)r->object, key, value) {
        if (r->status == MC_OK && !was_asked(r, key))
            r->status = mc_fail(r->error, MC_E_FORMAT, "%s: the key \"%.40s\" is not known here",
                                r->where, key);
    }
    return r->status;
}

/* joined: true, false or the projects where it is so. */
static mc_status take_joined(reading *r, mc_recipe_step *step) {
    const json_t *value = ask(r, "joined");
    if (!value || json_is_boolean(value)) {
        step->joined = json_is_true(value);
        return MC_OK;
    }
    size_t n = json_array_size(value);
    if (!json_is_array(value))
        refuse(r, "joined", "true, false or array of projects");
    for (size_t i = 0; i < n; i++)
        if (!json_is_string(json_array_get(value, i)))
            refuse(r, "joined", "array of strings");
    if (r->status != MC_OK)
        return r->status;
    MC_TRY(MC_ALLOC(step->joined_in, n, r->error));
    for (; step->n_joined_in < n; step->n_joined_in++)
        MC_TRY(mc_copy_string(&step->joined_in[step->n_joined_in],
                              json_string_value(json_array_get(value, step->n_joined_in)),
                              r->error));
    return MC_OK;
}

/* A share is of the source's own candidates, or of another's that comes before. */
static void take_share(reading *r, const mc_recipe *recipe, mc_recipe_step *step) {
    ask_real(r, "share", 0, 1, "number from 0 to 1", &step->share);
    const char *of = ask_string(r, "of");
    if (!of || r->status != MC_OK)
        return;
    step->of = mc_origin_parse(of);
    if (step->of == MC_ORIGIN_COUNT || !mc_recipe_find(recipe, step->of))
        refuse(r, "of", "source that comes before");
}

static mc_status take_step(mc_recipe *recipe, const json_t *object, mc_error *error) {
    char where[40];
    snprintf(where, sizeof where, "source %zu (counted from 1)", recipe->n_steps + 1);
    reading r = {.object = object, .where = where, .error = error};
    if (!json_is_object(object))
        return mc_fail(error, MC_E_FORMAT, "%s is no object", where);
    const char *name = ask_string(&r, "source");
    mc_origin origin = name ? mc_origin_parse(name) : MC_ORIGIN_COUNT;
    if (origin == MC_ORIGIN_COUNT && r.status == MC_OK)
        refuse(&r, "source",
               "known one (number, wordnet, omw, unigram, bigram, title) or is missing");
    else if (mc_recipe_find(recipe, origin))
        refuse(&r, "source", "new one: it comes twice");
    if (r.status != MC_OK)
        return r.status;
    mc_recipe_step *step = &recipe->steps[recipe->n_steps];
    *step = (mc_recipe_step){
        .origin = origin, .of = origin, .min_score = -INFINITY, .share = 1, .max = UINT64_MAX};
    mc_status status = MC_OK;
    ask_string(&r, "note");
    if (traits(origin) & COUNTED) {
        ask_count(&r, "min_count", &step->min_count);
        ask_count(&r, "max", &step->max);
        take_share(&r, recipe, step);
    }
    recipe->n_steps++; /* what it holds is freed with the recipe from here on */
    if (traits(origin) & VIEWED)
        ask_count(&r, "hour_floor", &step->hour_floor);
    if (traits(origin) & SCORED) {
        const char *score = ask_string(&r, "score");
        if (score && strcmp(score, "worldwide") == 0)
            step->score = MC_BIGRAM_WORLDWIDE;
        else if (score && strcmp(score, "pmi") != 0)
            refuse(&r, "score", "known one (pmi, worldwide)");
        ask_real(&r, "min_score", -1e300, 1e300, "number", &step->min_score);
        status = take_joined(&r, step);
    }
    return status != MC_OK ? status : end(&r);
}

static mc_status take_head(mc_recipe *recipe, const json_t *document, const json_t **sources,
                           mc_error *error) {
    reading r = {.object = document, .where = "recipe", .error = error};
    const char *kind = ask_string(&r, "metacurate");
    uint64_t version = 0;
    ask_count(&r, "version", &version);
    if (!kind || strcmp(kind, "recipe") != 0)
        return mc_fail(error, MC_E_FORMAT,
                       "is no recipe: it has no member \"metacurate\" that is \"recipe\"");
    if (r.status == MC_OK && version != 1)
        return mc_fail(error, MC_E_UNSUPPORTED,
                       "is a recipe of version %llu; this version reads version 1",
                       (unsigned long long)version);
    const char *name = ask_string(&r, "name"), *note = ask_string(&r, "note");
    if (!name)
        refuse(&r, "name", "string or is missing");
    ask_count(&r, "size", &recipe->size);
    ask_count(&r, "longest", &recipe->longest);
    ask_bool(&r, "marks_only", &recipe->marks_only);
    *sources = ask(&r, "sources");
    if (json_array_size(*sources) == 0)
        refuse(&r, "sources", "array of at least one source");
    MC_TRY(end(&r));
    MC_TRY(mc_copy_string(&recipe->name, name, error));
    return mc_copy_string(&recipe->note, note, error);
}

static mc_status take_recipe(mc_recipe *recipe, const json_t *document, mc_error *error) {
    const json_t *sources;
    size_t i;
    json_t *source;
    if (!json_is_object(document))
        return mc_fail(error, MC_E_FORMAT, "is no recipe: it is no JSON object");
    MC_TRY(take_head(recipe, document, &sources, error));
    json_array_foreach((json_t *)sources, i, source) {
        MC_TRY(take_step(recipe, source, error));
    }
    return MC_OK;
}

mc_status mc_recipe_parse(mc_recipe **out, const json_t *document, mc_error *error) {
    mc_recipe *recipe;
    *out = NULL;
    MC_TRY(MC_ALLOC(recipe, 1, error));
    recipe->size = recipe->longest = UINT64_MAX;
    recipe->marks_only = true;
    mc_status status = take_recipe(recipe, document, error);
    if (status == MC_OK)
        *out = recipe;
    else
        mc_recipe_free(recipe);
    return status;
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* Sets a member; a value that could not be made, or set, is remembered in *failed. */
static void put(json_t *object, const char *key, json_t *value, bool *failed) {
    *failed |= json_object_set_new(object, key, value) != 0;
}

static void put_count(json_t *object, const char *key, uint64_t value, bool *failed) {
    if (value <= INT64_MAX)
        put(object, key, json_integer((json_int_t)value), failed);
}

static json_t *joined_of(const mc_recipe_step *step, bool *failed) {
    if (step->n_joined_in == 0)
        return json_boolean(step->joined);
    json_t *array = json_array();
    for (size_t i = 0; i < step->n_joined_in; i++)
        *failed |= json_array_append_new(array, json_string(step->joined_in[i])) != 0;
    return array;
}

static json_t *describe_step(const mc_recipe_step *step, bool *failed) {
    json_t *object = json_object();
    unsigned has = traits(step->origin);
    put(object, "source", json_string(mc_origin_name(step->origin)), failed);
    if (has & SCORED)
        put(object, "score", json_string(step->score == MC_BIGRAM_PMI ? "pmi" : "worldwide"),
            failed);
    if (has & SCORED && step->min_score > -INFINITY)
        put(object, "min_score", json_real(step->min_score), failed);
    if (has & VIEWED)
        put_count(object, "hour_floor", step->hour_floor, failed);
    if (has & COUNTED)
        put_count(object, "min_count", step->min_count, failed);
    if (step->share < 1)
        put(object, "share", json_real(step->share), failed);
    if (step->of != step->origin)
        put(object, "of", json_string(mc_origin_name(step->of)), failed);
    if (has & COUNTED)
        put_count(object, "max", step->max, failed);
    if (has & SCORED)
        put(object, "joined", joined_of(step, failed), failed);
    return object;
}

mc_status mc_recipe_describe(json_t **out, const mc_recipe *recipe, mc_error *error) {
    bool failed = false;
    json_t *document = json_object(), *sources = json_array();
    put(document, "metacurate", json_string("recipe"), &failed);
    put(document, "version", json_integer(1), &failed);
    put(document, "name", json_string(recipe->name), &failed);
    if (recipe->note)
        put(document, "note", json_string(recipe->note), &failed);
    put_count(document, "size", recipe->size, &failed);
    put_count(document, "longest", recipe->longest, &failed);
    put(document, "marks_only", json_boolean(recipe->marks_only), &failed);
    for (size_t i = 0; i < recipe->n_steps; i++)
        failed |= json_array_append_new(sources, describe_step(&recipe->steps[i], &failed)) != 0;
    put(document, "sources", sources, &failed);
    *out = document;
    if (!failed)
        return MC_OK;
    json_decref(document);
    *out = NULL;
    return mc_fail(error, MC_E_MEMORY, "out of memory for a recipe");
}
