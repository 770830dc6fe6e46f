/* A recipe: which sources a list is made of, in which order, and how much of each.
 *
 * A source's candidates are those that reach its thresholds and pass the recipe's filters, in the
 * order of their scores. The first so many of them are taken, as share and max say, and those that
 * the list does not have yet become entries. */
#ifndef MC_METADATA_RECIPE_H
#define MC_METADATA_RECIPE_H

#include <jansson.h>
#include <stdbool.h>

#include "metacurate/metadata.h"
#include "metadata/ngrams.h"

typedef enum mc_origin {
    MC_ORIGIN_NUMBER,
    MC_ORIGIN_WORDNET,
    MC_ORIGIN_OMW,
    MC_ORIGIN_UNIGRAM,
    MC_ORIGIN_BIGRAM,
    MC_ORIGIN_TITLE,
    MC_ORIGIN_COUNT
} mc_origin;

typedef struct mc_recipe_step {
    mc_origin origin;
    uint64_t min_count;    /* times seen; of titles: views */
    double min_score;      /* -INFINITY: none */
    mc_bigram_score score; /* of bigrams */
    double share;          /* 0 to 1 */
    mc_origin of;        /* of whose candidates the share is; of a source before: of those taken */
    uint64_t max;        /* UINT64_MAX: none */
    uint64_t hour_floor; /* of titles */
    bool joined;         /* bigrams have no space */
    char **joined_in;    /* or in these projects only */
    size_t n_joined_in;
} mc_recipe_step;

struct mc_recipe {
    char *name, *note;
    uint64_t size;    /* entries; UINT64_MAX: no limit */
    uint64_t longest; /* code points of an entry; UINT64_MAX: no limit */
    bool marks_only;  /* entries of nothing but marks are taken */
    mc_recipe_step steps[MC_ORIGIN_COUNT];
    size_t n_steps;
};

/* "number", "wordnet", "omw", "unigram", "bigram", "title". */
const char *mc_origin_name(mc_origin origin);
/* MC_ORIGIN_COUNT when there is none of this name. */
mc_origin mc_origin_parse(const char *name);

/* The step with this origin, or NULL. */
mc_recipe_step *mc_recipe_find(const mc_recipe *recipe, mc_origin origin);

/* A document (borrowed) as a recipe; MC_E_FORMAT with what is wrong where. */
MC_MUST_CHECK mc_status mc_recipe_parse(mc_recipe **out, const json_t *document, mc_error *error);
/* The whole recipe as a document that mc_recipe_parse reads. */
MC_MUST_CHECK mc_status mc_recipe_describe(json_t **out, const mc_recipe *recipe, mc_error *error);

/* Whether bigrams of this project are joined. */
bool mc_recipe_joins(const mc_recipe_step *step, const char *project);

/* How many of n candidates are taken; n_of: what there was of the source that the share is of. */
uint64_t mc_recipe_quota(const mc_recipe_step *step, uint64_t n, uint64_t n_of);

/* The recipes that the library holds; generated from metadata/recipes. */
typedef struct mc_recipe_text {
    const char *name;
    const unsigned char *data;
    size_t size;
} mc_recipe_text;
extern const mc_recipe_text mc_recipe_texts[];
extern const size_t mc_recipe_texts_count;

#endif
