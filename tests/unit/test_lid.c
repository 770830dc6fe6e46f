/* Languages of texts: both detectors on real sentences and on hostile texts, from several threads,
 * and what becomes of models that are cut short or changed. A small fastText model is trained here,
 * by fastText's program. */
#include "scratch.h"

#include <pthread.h>

#include "pool/filter.h"
#include "pool/lid.h"
#include "pool/lid_fasttext.h"
#include "random.h"

static mc_bytes bytes_of(const char *text) {
    return (mc_bytes){text, strlen(text)};
}

static const struct {
    const char *language, *text;
} SENTENCES[] = {
    {"en", "A boy on a skateboard is at the top of a ramp"},
    {"en", "Two dogs run together across the green grass"},
    {"de", "Eine Frau mit gelber Bluse sitzt an einem Schreibtisch"},
    {"de", "Zwei Hunde laufen \xC3\xBC"
           "ber die Wiese und spielen mit dem Ball"},
    {"fr", "Une immense foule attend au milieu de la ville"},
    {"fr", "Deux chiens courent ensemble dans l'herbe verte"},
    {"it", "Una vecchia moto parcheggiata sulla strada con un ombrellone"},
    {"it", "Due cani corrono insieme sul prato verde della casa"},
};
enum { N_SENTENCES = sizeof SENTENCES / sizeof *SENTENCES };

static mc_language detect(const mc_lid_model *model, mc_lid_scratch *own, mc_bytes text) {
    mc_language language;
    assert_int_equal(mc_lid_detect(model, own, text, &language, NULL), MC_OK);
    return language;
}

static void check_sentences(const mc_lid_model *model, const char *name) {
    mc_lid_scratch *own;
    assert_int_equal(mc_lid_scratch_create(&own, model, NULL), MC_OK);
    for (size_t i = 0; i < N_SENTENCES; i++) {
        char code[MC_LANGUAGE_MAX + 1];
        mc_language_text(detect(model, own, bytes_of(SENTENCES[i].text)), code);
        if (strcmp(code, SENTENCES[i].language) != 0)
            fail_msg("%s: %s: %s", name, code, SENTENCES[i].text);
    }
    mc_lid_scratch_free(own);
}

/* What must neither crash nor depend on what lies behind it. */
static void check_hostile(const mc_lid_model *model) {
    mc_lid_scratch *own;
    assert_int_equal(mc_lid_scratch_create(&own, model, NULL), MC_OK);
    static const char *const pieces[] = {
        "a",
        " ",
        "\n",
        "\r",
        "\t",
        ".",
        "the ",
        "und ",
        "\xC3\xA9",
        "\xE4\xB8\xAD",
        "\xF0\x9F\x98\x80",
        "\xEF\xBF\xBD",
        "<b>",
        "&amp;",
        "</s>",
        "__label__en",
        "\xE2\x80\x8B",
        "\xD9\x87",
        "0",
    };
    char text[800];
    for (int i = 0; i < 3000; i++) {
        size_t size = random_pieces(text, 60, pieces, sizeof pieces / sizeof *pieces);
        if (size > 2 && i % 3 == 0)
            text[size - 1] = text[size - 1] & 0x80 ? text[size - 1] : '\0';
        /* The exact bytes, where a sanitizer sees a read beyond them. */
        char *exact = malloc(size + !size);
        assert_non_null(exact);
        memcpy(exact, text, size);
        mc_language alone = detect(model, own, (mc_bytes){exact, size});
        free(exact);
        memset(text + size, 'e', 8);
        assert_int_equal(detect(model, own, (mc_bytes){text, size}), alone);
    }
    /* A line feed is a space, and so is a NUL; a long text's beginning tells. */
    mc_bytes plain = bytes_of(SENTENCES[2].text);
    mc_language language = detect(model, own, plain);
    memcpy(text, plain.data, plain.size);
    *strchr(text, ' ') = '\n';
    *strchr(text, ' ') = '\0';
    assert_int_equal(detect(model, own, (mc_bytes){text, plain.size}), language);
    size_t size = 1 << 20;
    char *large = malloc(size);
    assert_non_null(large);
    for (size_t i = 0; i < size; i += plain.size + 1) {
        memcpy(large + i, plain.data, size - i < plain.size ? size - i : plain.size);
        if (size - i > plain.size)
            large[i + plain.size] = ' ';
    }
    assert_int_equal(detect(model, own, (mc_bytes){large, size}), language);
    memset(large, 'x', size);
    detect(model, own, (mc_bytes){large, size});
    for (size_t i = 0; i + 3 <= size; i += 3)
        memcpy(large + i, "\xE4\xB8\xAD", 3);
    for (size_t cut = MC_LID_TEXT_MAX - 3; cut < MC_LID_TEXT_MAX + 4; cut++)
        detect(model, own, (mc_bytes){large, cut / 3 * 3});
    detect(model, own, (mc_bytes){large, size / 3 * 3});
    detect(model, own, (mc_bytes){"", 0});
    free(large);
    mc_lid_scratch_free(own);
}

enum { THREADS = 4, ROUNDS = 40 };

static void *detect_often(void *argument) {
    const mc_lid_model *model = argument;
    mc_lid_scratch *own;
    size_t wrong = 0;
    if (mc_lid_scratch_create(&own, model, NULL) != MC_OK)
        return "no scratch";
    for (size_t i = 0; i < ROUNDS * N_SENTENCES; i++) {
        mc_language language = 0;
        mc_bytes text = bytes_of(SENTENCES[i % N_SENTENCES].text);
        wrong += mc_lid_detect(model, own, text, &language, NULL) != MC_OK ||
                 language != mc_language_make(bytes_of(SENTENCES[i % N_SENTENCES].language));
    }
    mc_lid_scratch_free(own);
    return wrong ? "another answer" : NULL;
}

static void check_threads(const mc_lid_model *model) {
    pthread_t threads[THREADS];
    union {
        const mc_lid_model *given;
        void *taken;
    } argument = {model};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, detect_often, argument.taken), 0);
    for (int i = 0; i < THREADS; i++) {
        void *problem;
        assert_int_equal(pthread_join(threads[i], &problem), 0);
        assert_null(problem);
    }
}

static void cld2(void **state) {
    (void)state;
    mc_lid_model *model;
    assert_int_equal(mc_lid_create(&model, MC_LID_CLD2, NULL, NULL), MC_OK);
    check_sentences(model, "cld2");
    check_hostile(model);
    check_threads(model);
    mc_lid_scratch *own;
    assert_int_equal(mc_lid_scratch_create(&own, model, NULL), MC_OK);
    static const struct {
        const char *text, *language;
    } cases[] = {
        {"", ""},
        {" ", ""},
        {"DSC_0001.JPG", ""},
        {"123 456", ""},
        {"ok", ""},
        {"\xE4\xBB\xBB\xE4\xBD\x95\xE5\xA2\x83\xE9\x81\x87\xE9\x83\xBD\xE6\x98\xAF\xE5\xAE\x87\xE5"
         "\xAE\x99"
         "\xE7\xBB\x99\xE4\xBD\xA0\xE7\x9A\x84\xE6\x9C\xBA\xE4\xBC\x9A\xEF\xBC\x8C\xE5\x81\x87\xE5"
         "\xA6\x82"
         "\xE4\xBD\xA0\xE6\x87\x82\xE5\xBE\x97\xE5\x88\xA9\xE7\x94\xA8\xE5\xAE\x83\xE4\xBB\xAC",
         "zh"},
        {"\xE3\x81\x93\xE3\x82\x8C\xE3\x81\xAF\xE7\x8A\xAC\xE3\x81\xAE\xE5\x86\x99\xE7\x9C\x9F\xE3"
         "\x81\xA7\xE3\x81\x99",
         "ja"},
        {"\xE0\xB8\xA0\xE0\xB8\xB2\xE0\xB8\x9E\xE0\xB8\x96\xE0\xB9\x88\xE0\xB8\xB2\xE0\xB8\xA2",
         "th"},
        {"\xF0\x90\x8C\xB0\xF0\x90\x8C\xB1\xF0\x90\x8C\xB2\xF0\x90\x8C\xB3\xF0\x90\x8C\xB4\xF0\x90"
         "\x8C\xB5",
         ""}, /* Gothic: a script alone */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char code[MC_LANGUAGE_MAX + 1];
        mc_language_text(detect(model, own, bytes_of(cases[i].text)), code);
        assert_string_equal(code, cases[i].language);
    }
    mc_lid_scratch_free(own);
    mc_lid_free(model);
}

/* A filter asks for the language of texts that have none, are no bytes long or are out already. */
static void filter_keeps_what_records_say(void **state) {
    (void)state;
    mc_pool_options options = {.lid = MC_LID_CLD2, .languages = "en,it"};
    mc_filter *filter;
    mc_filter_scratch *own;
    mc_batch batch = {0};
    assert_int_equal(mc_filter_create(&filter, &options, NULL), MC_OK);
    assert_int_equal(mc_filter_scratch_create(&own, filter, NULL), MC_OK);
    assert_int_equal(mc_batch_begin(&batch, NULL), MC_OK);
    for (size_t i = 0; i < N_SENTENCES; i++)
        assert_int_equal(mc_batch_text(&batch, bytes_of(SENTENCES[i].text), NULL), MC_OK);
    mc_batch_tag(&batch, MC_KEY_NONE, mc_language_make(bytes_of("de"))); /* it is Italian */
    assert_int_equal(mc_batch_text(&batch, bytes_of(""), NULL), MC_OK);
    assert_int_equal(mc_batch_text(&batch, bytes_of("?"), NULL), MC_OK);
    assert_int_equal(mc_batch_end(&batch, NULL, NULL, NULL, NULL), MC_OK);
    assert_int_equal(mc_filter_apply(filter, own, &batch, NULL), MC_OK);
    assert_int_equal(batch.n_texts, 4);
    assert_int_equal(batch.n_excluded[MC_EXCLUDED_LANGUAGE], N_SENTENCES + 2 - 4);
    static const struct {
        uint32_t number;
        const char *language;
    } left[] = {{0, "en"}, {1, "en"}, {6, "it"}, {8, ""}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(batch.texts[i].number, left[i].number);
        assert_int_equal(batch.texts[i].language, mc_language_make(bytes_of(left[i].language)));
    }
    mc_batch_dispose(&batch);
    mc_filter_scratch_free(own);
    mc_filter_free(filter);
}

/* --- fastText ----------------------------------------------------------------------------------*/

static void write_training(void) {
    mc_buffer lines = {0};
    for (size_t i = 0; i < N_SENTENCES; i++)
        assert_int_equal(mc_buffer_printf(&lines, NULL, "__label__%s %s\n", SENTENCES[i].language,
                                          SENTENCES[i].text),
                         MC_OK);
    assert_int_equal(mc_buffer_printf(&lines, NULL, "__label__unsettled a b c\n"), MC_OK);
    scratch_write("lines", lines.data, lines.size);
    /* So many labels that they are quantized, too. */
    for (int i = 0; i < 300; i++)
        assert_int_equal(mc_buffer_printf(&lines, NULL, "__label__x%d w%d\n", i, i), MC_OK);
    scratch_write("labels", lines.data, lines.size);
    mc_buffer_dispose(&lines);
}

static void run_fasttext(const char *arguments) {
    mc_buffer line = {0};
    assert_int_equal(mc_buffer_printf(&line, NULL, "cd '%s' && fasttext %s >log 2>&1",
                                      scratch_folder, arguments),
                     MC_OK);
    assert_int_equal(mc_buffer_append(&line, "", 1, NULL), MC_OK);
    assert_int_equal(system(line.data), 0);
    mc_buffer_dispose(&line);
}

#define TRAIN "supervised -thread 1 -epoch 300 -lr 1 -minCount 1 -verbose 0 -input "

/* The models that are tried: how they are made, and the file. */
static const struct {
    const char *train, *quantize, *file;
    bool learns;
} MODELS[] = {
    {TRAIN "lines -dim 6 -loss softmax -output plain", NULL, "plain.bin", true},
    {TRAIN "lines -dim 6 -loss hs -minn 2 -maxn 4 -bucket 3000 -output grams", NULL, "grams.bin",
     true},
    {TRAIN "lines -dim 6 -loss ova -wordNgrams 2 -bucket 200 -output words", NULL, "words.bin",
     true},
    {TRAIN "lines -dim 7 -loss softmax -minn 2 -maxn 3 -bucket 500 -output quant",
     "quantize -input lines -output quant -dsub 2 -qnorm -cutoff 400 -retrain -epoch 60 -lr 1 "
     "-thread 1 -verbose 0",
     "quant.ftz", true},
    {TRAIN "labels -dim 6 -loss softmax -minn 2 -maxn 3 -bucket 500 -output qout",
     "quantize -input labels -output qout -dsub 4 -qout -verbose 0", "qout.ftz", false},
};
enum { N_MODELS = sizeof MODELS / sizeof *MODELS };

static void make_models(void) {
    if (system("command -v fasttext >/dev/null 2>&1") != 0)
        SKIP_WITHOUT("the program fasttext is not installed");
    if (access(scratch("lines"), F_OK) == 0)
        return;
    write_training();
    for (size_t i = 0; i < N_MODELS; i++) {
        run_fasttext(MODELS[i].train);
        if (MODELS[i].quantize)
            run_fasttext(MODELS[i].quantize);
    }
}

static void fasttext(void **state) {
    (void)state;
    make_models();
    for (size_t i = 0; i < N_MODELS; i++) {
        mc_lid_model *model;
        mc_error error;
        if (mc_lid_create(&model, MC_LID_FASTTEXT, scratch(MODELS[i].file), &error) != MC_OK)
            fail_msg("%s: %s", MODELS[i].file, error.message);
        check_hostile(model);
        if (MODELS[i].learns) {
            check_sentences(model, MODELS[i].file);
            check_threads(model);
        }
        mc_lid_free(model);
    }
}

/* What fastText itself says of a line, for each line of the list. */
static void fasttext_says_the_same(void **state) {
    (void)state;
    make_models();
    enum { N = 300 };
    static const char *const pieces[] = {"a ",   "dogs ", "Hunde ", "chiens ",  "cani ", "the ",
                                         "und ", "la ",   "x",      "\xC3\xA9", ".",     "sulla "};
    char texts[N][200];
    mc_buffer lines = {0};
    for (size_t i = 0; i < N; i++) {
        size_t size = random_pieces(texts[i], 12, pieces, sizeof pieces / sizeof *pieces);
        texts[i][size] = '\0';
        if (size == 0)
            strcpy(texts[i], "a");
        assert_int_equal(mc_buffer_printf(&lines, NULL, "%s\n", texts[i]), MC_OK);
    }
    scratch_write("asked", lines.data, lines.size);
    mc_buffer_dispose(&lines);
    mc_lid_model *model;
    mc_lid_scratch *own;
    assert_int_equal(mc_lid_create(&model, MC_LID_FASTTEXT, scratch("grams.bin"), NULL), MC_OK);
    assert_int_equal(mc_lid_scratch_create(&own, model, NULL), MC_OK);
    run_fasttext("predict grams.bin asked >answers; true");
    size_t size;
    char *answers = scratch_read("answers", &size), *line = answers;
    for (size_t i = 0; i < N; i++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        mc_language theirs = 0;
        if (strcmp(line, "__label__unsettled") != 0) /* too long for a code */
            theirs = mc_language_make(bytes_of(line + strlen("__label__")));
        if (detect(model, own, bytes_of(texts[i])) != theirs)
            fail_msg("%s: %s", texts[i], line);
        line = end + 1;
    }
    free(answers);
    mc_lid_scratch_free(own);
    mc_lid_free(model);
}

/* Each shorter file is refused, and a longer one. */
static void refuses_models_cut_short(void **state) {
    (void)state;
    make_models();
    for (size_t i = 0; i < N_MODELS; i++) {
        size_t size;
        char *content = scratch_read(MODELS[i].file, &size);
        mc_error error;
        const char *path = scratch("cut");
        for (size_t n = 0; n < size; n += n < 600 || n + 600 > size ? 1 : 97) {
            unlink(path);
            scratch_write("cut", content, n);
            if (mc_fasttext_check(path, &error) != MC_E_FORMAT)
                fail_msg("%s is taken with %zu of %zu bytes", MODELS[i].file, n, size);
            assert_string_equal(error.file, path);
        }
        unlink(path);
        scratch_write("cut", content, size + 1); /* a NUL follows what was read */
        assert_int_equal(mc_fasttext_check(path, NULL), MC_E_FORMAT);
        mc_lid_model *model;
        assert_int_equal(mc_lid_create(&model, MC_LID_FASTTEXT, path, NULL), MC_E_FORMAT);
        assert_null(model);
        free(content);
    }
    mc_lid_model *model;
    assert_int_equal(mc_lid_create(&model, MC_LID_FASTTEXT, scratch("lines"), NULL), MC_E_FORMAT);
    assert_int_equal(mc_lid_create(&model, MC_LID_FASTTEXT, scratch("missing"), NULL), MC_E_IO);
}

/* Changed bytes: refused, or a model that answers something. */
static void stands_models_changed(void **state) {
    (void)state;
    make_models();
    for (size_t i = 0; i < N_MODELS; i++) {
        size_t size, n_taken = 0;
        char *content = scratch_read(MODELS[i].file, &size);
        for (int round = 0; round < 300; round++) {
            size_t at = round % 2 ? random_below(100) : random_below((uint32_t)size);
            char was = content[at];
            content[at] = (char)(was ^ (1 << random_below(8)));
            unlink(scratch("changed"));
            const char *path = scratch_write("changed", content, size);
            content[at] = was;
            mc_lid_model *model;
            if (mc_lid_create(&model, MC_LID_FASTTEXT, path, NULL) != MC_OK)
                continue;
            n_taken++;
            mc_lid_scratch *own;
            assert_int_equal(mc_lid_scratch_create(&own, model, NULL), MC_OK);
            for (size_t s = 0; s < N_SENTENCES; s++)
                detect(model, own, bytes_of(SENTENCES[s].text));
            mc_lid_scratch_free(own);
            mc_lid_free(model);
        }
        assert_in_range(n_taken, 1, 299);
        free(content);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cld2),
        cmocka_unit_test(filter_keeps_what_records_say),
        cmocka_unit_test(fasttext),
        cmocka_unit_test(fasttext_says_the_same),
        cmocka_unit_test(refuses_models_cut_short),
        cmocka_unit_test(stands_models_changed),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
