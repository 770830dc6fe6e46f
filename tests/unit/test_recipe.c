/* Recipes: read, strictly; changed; described so that they read back; what they take. */
#include "scratch.h"

#include <math.h>

#include "metadata/json_value.h"
#include "metadata/recipe.h"
#include "random.h"

static mc_recipe *read_recipe(const char *name) {
    mc_recipe *recipe;
    mc_error error = {0};
    mc_status status = mc_recipe_read(&recipe, name, &error);
    if (status != MC_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, MC_OK);
    return recipe;
}

static char *describe(const mc_recipe *recipe) {
    json_t *document;
    mc_buffer text = {0};
    assert_int_equal(mc_recipe_describe(&document, recipe, NULL), MC_OK);
    assert_int_equal(mc_json_value(&text, document, NULL), MC_OK);
    assert_int_equal(mc_buffer_append(&text, "", 1, NULL), MC_OK);
    json_decref(document);
    return text.data;
}

/* A recipe's description is a recipe, with the same description. */
static void assert_reads_back(const mc_recipe *recipe) {
    char *text = describe(recipe);
    mc_recipe *again = read_recipe(scratch_write("recipe", text, strlen(text)));
    char *second = describe(again);
    assert_string_equal(text, second);
    free(text);
    free(second);
    mc_recipe_free(again);
}

static void those_of_the_library_are_read(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const char *sources[6];
    } expected[] = {{"wordnet", {"number", "wordnet"}},
                    {"metaclip1", {"number", "wordnet", "unigram", "bigram", "title"}},
                    {"metaclip2", {"number", "omw", "unigram", "bigram", "title"}}};
    assert_int_equal(mc_recipe_texts_count, 3);
    for (size_t i = 0; i < 3; i++) {
        mc_recipe *recipe = read_recipe(expected[i].name);
        assert_string_equal(mc_recipe_name(recipe), expected[i].name);
        size_t n = 0;
        for (; expected[i].sources[n]; n++) {
            assert_true(mc_recipe_takes(recipe, expected[i].sources[n]));
            assert_string_equal(mc_origin_name(recipe->steps[n].origin), expected[i].sources[n]);
        }
        assert_int_equal(recipe->n_steps, n);
        assert_false(mc_recipe_takes(recipe, "words"));
        assert_reads_back(recipe);
        mc_recipe_free(recipe);
    }
    mc_recipe_free(NULL);
}

static void the_first_one_is_as_published(void **state) {
    (void)state;
    mc_recipe *recipe = read_recipe("metaclip1");
    assert_true(recipe->size == 500000 && recipe->longest == UINT64_MAX && recipe->marks_only);
    const mc_recipe_step *step = recipe->steps + 2;
    assert_true(step->min_count == 100 && step->share == 1 && step->max == UINT64_MAX);
    step++;
    assert_true(step->score == MC_BIGRAM_PMI && step->min_score == 30 && !step->joined);
    assert_true(step->min_count == 0 && step->max == UINT64_MAX);
    assert_false(mc_recipe_joins(step, "zh"));
    step++;
    assert_true(step->hour_floor == 50 && step->min_count == 70);
    mc_recipe_free(recipe);
}

static void the_second_one_is_as_published(void **state) {
    (void)state;
    mc_recipe *recipe = read_recipe("metaclip2");
    assert_true(recipe->size == UINT64_MAX && recipe->longest == 256 && !recipe->marks_only);
    const mc_recipe_step *step = recipe->steps + 2;
    assert_true(mc_recipe_quota(step, 1000, 0) == 100);
    assert_true(mc_recipe_quota(step, 2514649, 0) == 251464);
    assert_true(mc_recipe_quota(step, 2514650, 0) == 251465);
    assert_true(mc_recipe_quota(step, 9999999, 0) == 251465);
    step++;
    assert_true(step->score == MC_BIGRAM_WORLDWIDE && step->of == MC_ORIGIN_UNIGRAM);
    assert_true(mc_recipe_quota(step, 1000000, 1000) == 400);
    assert_true(mc_recipe_quota(step, 300, 1000) == 300);
    assert_true(mc_recipe_quota(step, 1000000, 251465) == 100586);
    assert_true(mc_recipe_quota(step, 1000000, 0) == 0);
    assert_true(mc_recipe_joins(step, "zh") && mc_recipe_joins(step, "th"));
    assert_false(mc_recipe_joins(step, "en") || mc_recipe_joins(step, "z"));
    step++;
    assert_true(mc_recipe_quota(step, 100, 0) == 76);
    assert_true(mc_recipe_quota(step, 100000, 0) == 61235);
    mc_recipe_free(recipe);
}

static void parts_are_rounded_down_but_for_a_hair(void **state) {
    (void)state;
    mc_recipe_step step = {.max = UINT64_MAX};
    for (uint64_t percent = 0; percent <= 100; percent++) {
        step.share = (double)percent / 100;
        assert_true(mc_recipe_quota(&step, 100, 0) == percent);
        assert_true(mc_recipe_quota(&step, 1000000000, 0) == percent * 10000000);
        assert_true(mc_recipe_quota(&step, 99, 0) == percent * 99 / 100);
    }
}

static void parameters_are_changed(void **state) {
    (void)state;
    static const char *const changes[][2] = {
        {"size", "7"},           {"longest", "none"},    {"marks-only", "yes"},
        {"min-unigram", "1k"},   {"share-unigram", "1"}, {"max-unigram", "none"},
        {"min-bigram", "3"},     {"min-pmi", "-2.5"},    {"bigram-score", "worldwide"},
        {"share-bigram", "0.5"}, {"max-bigram", "9"},    {"joined", "yes"},
        {"hour-floor", "1"},     {"min-views", "2"},     {"share-title", "0"},
        {"max-title", "0"}};
    mc_recipe *recipe = read_recipe("metaclip2");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        assert_int_equal(mc_recipe_set(recipe, changes[i][0], changes[i][1], NULL), MC_OK);
    assert_true(recipe->size == 7 && recipe->longest == UINT64_MAX && recipe->marks_only);
    const mc_recipe_step *step = mc_recipe_find(recipe, MC_ORIGIN_UNIGRAM);
    assert_true(step->min_count == 1000 && step->share == 1 && step->max == UINT64_MAX);
    step = mc_recipe_find(recipe, MC_ORIGIN_BIGRAM);
    assert_true(step->min_count == 3 && step->min_score == -2.5 && step->share == 0.5);
    assert_true(step->max == 9 && step->joined && step->n_joined_in == 0);
    assert_true(mc_recipe_joins(step, "en"));
    step = mc_recipe_find(recipe, MC_ORIGIN_TITLE);
    assert_true(step->hour_floor == 1 && step->min_count == 2 && step->share == 0);
    assert_true(step->max == 0);
    assert_reads_back(recipe);
    assert_int_equal(mc_recipe_set(recipe, "bigram-score", "pmi", NULL), MC_OK);
    assert_true(mc_recipe_find(recipe, MC_ORIGIN_BIGRAM)->min_score == -INFINITY);
    mc_error error = {0};
    assert_int_equal(mc_recipe_set(recipe, "sizes", "7", &error), MC_E_ARGUMENT);
    assert_non_null(strstr(error.message, "sizes"));
    assert_int_equal(mc_recipe_leave_out(recipe, "title", NULL), MC_OK);
    assert_int_equal(mc_recipe_leave_out(recipe, "title", NULL), MC_OK);
    assert_int_equal(mc_recipe_leave_out(recipe, "bigram", NULL), MC_OK);
    assert_int_equal(mc_recipe_leave_out(recipe, "bigrams", &error), MC_E_ARGUMENT);
    assert_int_equal(mc_recipe_set(recipe, "min-views", "7", &error), MC_E_ARGUMENT);
    assert_int_equal(recipe->n_steps, 3);
    mc_recipe_free(recipe);
}

/* Recipes with bytes changed: read or refused, and no other end. */
static void spoilt_recipes_end_well(void **state) {
    (void)state;
    size_t n_read = 0;
    for (size_t round = 0; round < 6000; round++) {
        const mc_recipe_text *text = &mc_recipe_texts[round % mc_recipe_texts_count];
        static const char likely[] = "\"[]{},:0919.-etrunl \xff";
        char *spoilt = malloc(text->size);
        mc_recipe *recipe;
        assert_non_null(spoilt);
        memcpy(spoilt, text->data, text->size);
        for (size_t i = 0; i <= round % 3; i++)
            spoilt[random_below((uint32_t)text->size)] = likely[random_below(sizeof likely - 1)];
        mc_status status =
            mc_recipe_read(&recipe, scratch_write("recipe", spoilt, text->size), NULL);
        assert_true(status == MC_OK || status == MC_E_FORMAT || status == MC_E_UNSUPPORTED);
        if (status == MC_OK && n_read++ % 8 == 0)
            assert_reads_back(recipe);
        mc_recipe_free(recipe);
        free(spoilt);
    }
    assert_true(n_read > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_the_library_are_read),
        cmocka_unit_test(the_first_one_is_as_published),
        cmocka_unit_test(the_second_one_is_as_published),
        cmocka_unit_test(parts_are_rounded_down_but_for_a_hair),
        cmocka_unit_test(parameters_are_changed),
        cmocka_unit_test(spoilt_recipes_end_well),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
