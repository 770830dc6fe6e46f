/* Walking a fastText model's file (version 12 of its format, as fastText 0.9 writes it).
 *
 * Numbers are little-endian. Header: magic, version; twelve int32 and a double of settings. The
 * dictionary: counts, then an entry a word and a label (its name and a NUL, an int64 count, an int8
 * type), then pairs of int32 where it is pruned. Then the input and the output matrix, each either
 * plain (rows, columns, floats) or quantized (norms or not, rows, columns, codes, a codebook, and
 * the norms' codes and codebook), with a byte before each that says which.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "metacurate/io.h"
#include "pool/lid_fasttext.h"

typedef struct model_walk {
    const unsigned char *at;
    size_t left;
    const char *problem; /* the first one; NULL so far */
} model_walk;

static void refuse(model_walk *walk, const char *problem) {
    if (!walk->problem)
        walk->problem = problem;
    walk->left = 0;
}

static void hold(model_walk *walk, bool condition, const char *problem) {
    if (!condition)
        refuse(walk, problem);
}

static const unsigned char *take(model_walk *walk, uint64_t size) {
    if (walk->problem || size > walk->left) {
        refuse(walk, "it is cut short");
        return NULL;
    }
    const unsigned char *taken = walk->at;
    walk->at += size;
    walk->left -= (size_t)size;
    return taken;
}

static uint64_t take_number(model_walk *walk, size_t size) {
    const unsigned char *bytes = take(walk, size);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static int32_t take_int(model_walk *walk) {
    return (int32_t)(uint32_t)take_number(walk, 4);
}

static int64_t take_long(model_walk *walk) {
    return (int64_t)take_number(walk, 8);
}

static void take_items(model_walk *walk, uint64_t n, uint64_t size) {
    if (n > UINT64_MAX / size)
        refuse(walk, "it is cut short");
    else
        take(walk, n * size);
}

/* What the parts have to agree on. */
typedef struct model_shape {
    int32_t dim, word_ngrams, bucket, minn, maxn;
    int32_t n_words, n_labels;
    int64_t n_pruned; /* -1: it is not */
} model_shape;

static void walk_settings(model_walk *walk, model_shape *shape) {
    enum { SUPERVISED = 3, NGRAMS_MAX = 255 };
    hold(walk, (uint32_t)take_number(walk, 4) == 793712314, "it is no fastText model");
    hold(walk, take_int(walk) == 12, "its version is not 12");
    shape->dim = take_int(walk);
    take(walk, 4 * 4); /* window, epochs, rarest word, negatives */
    shape->word_ngrams = take_int(walk);
    int32_t loss = take_int(walk), model = take_int(walk);
    shape->bucket = take_int(walk);
    shape->minn = take_int(walk);
    shape->maxn = take_int(walk);
    take(walk, 4 + 8); /* rate of updates, sampling */
    hold(walk, model == SUPERVISED, "it was not trained on labels");
    hold(walk, loss >= 1 && loss <= 4, "its loss is unknown");
    hold(walk, shape->dim > 0, "it has no dimensions");
    hold(walk,
         shape->minn >= 0 && shape->maxn >= 0 && shape->maxn <= NGRAMS_MAX &&
             shape->word_ngrams <= NGRAMS_MAX,
         "its n-grams are out of bounds");
    bool hashed = shape->maxn > 0 || shape->word_ngrams > 1;
    hold(walk, shape->bucket > 0 || (shape->bucket == 0 && !hashed), "it has no buckets");
}

static void walk_entry(model_walk *walk, bool label) {
    const unsigned char *end = walk->left > 0 ? memchr(walk->at, '\0', walk->left) : NULL;
    if (!end) {
        refuse(walk, "it is cut short");
        return;
    }
    take(walk, (uint64_t)(end - walk->at) + 1);
    take(walk, 8);
    hold(walk, take_number(walk, 1) == label, "its words and labels are mixed up");
}

static void walk_dictionary(model_walk *walk, model_shape *shape) {
    int32_t n = take_int(walk);
    shape->n_words = take_int(walk);
    shape->n_labels = take_int(walk);
    take(walk, 8); /* tokens */
    shape->n_pruned = take_long(walk);
    hold(walk,
         shape->n_words >= 0 && shape->n_labels > 0 &&
             n == (int64_t)shape->n_words + shape->n_labels,
         "its words and labels do not add up");
    for (int32_t i = 0; i < n && !walk->problem; i++)
        walk_entry(walk, i >= shape->n_words);
    hold(walk, shape->n_pruned >= -1 && shape->n_pruned <= INT32_MAX, "its pruning is impossible");
    for (int64_t i = 0; i < shape->n_pruned && !walk->problem; i++) {
        take(walk, 4);
        int32_t row = take_int(walk);
        hold(walk, row >= 0 && row < shape->n_pruned, "its pruning points nowhere");
    }
}

/* A codebook for vectors of dim numbers; returns how many parts they are coded in. */
static int32_t walk_codebook(model_walk *walk, int64_t dim) {
    enum { CENTROIDS = 256 };
    int32_t own = take_int(walk), parts = take_int(walk), size = take_int(walk);
    int32_t last = take_int(walk);
    hold(walk,
         own == dim && size > 0 && last > 0 && last <= size && parts > 0 &&
             ((int64_t)parts - 1) * size + last == own,
         "its codebook has other dimensions");
    if (!walk->problem)
        take_items(walk, (uint64_t)own * CENTROIDS, sizeof(float));
    return parts;
}

/* A matrix of at least min_rows rows (exactly that many where it must be). */
static void walk_matrix(model_walk *walk, bool quantized, const model_shape *shape,
                        int64_t min_rows, bool exact) {
    bool norms = quantized && take_number(walk, 1) != 0;
    int64_t rows = take_long(walk), columns = take_long(walk);
    hold(walk, columns == shape->dim, "a matrix has other dimensions");
    if (walk->problem)
        return;
    hold(walk, rows >= min_rows && (!exact || rows == min_rows) && rows <= INT64_MAX / 8 / columns,
         "a matrix has another number of rows");
    if (walk->problem)
        return;
    if (!quantized) {
        take_items(walk, (uint64_t)rows * (uint64_t)columns, sizeof(float));
        return;
    }
    int32_t n_codes = take_int(walk);
    hold(walk, n_codes >= 0, "a matrix has no codes");
    take(walk, n_codes < 0 ? 0 : (uint64_t)n_codes);
    int32_t parts = walk_codebook(walk, columns);
    if (walk->problem)
        return;
    hold(walk, rows * parts == n_codes, "a matrix has another number of codes");
    if (norms) {
        take(walk, (uint64_t)rows);
        walk_codebook(walk, 1);
    }
}

static void walk_model(model_walk *walk) {
    model_shape shape;
    walk_settings(walk, &shape);
    walk_dictionary(walk, &shape);
    bool quantized = take_number(walk, 1) != 0;
    hold(walk, quantized || shape.n_pruned < 0, "it is pruned and not quantized");
    int64_t hashed = shape.n_pruned >= 0 ? shape.n_pruned : shape.bucket;
    walk_matrix(walk, quantized, &shape, (int64_t)shape.n_words + hashed, false);
    bool quantized_output = take_number(walk, 1) != 0;
    walk_matrix(walk, quantized && quantized_output, &shape, shape.n_labels, true);
    hold(walk, walk->left == 0, "something follows its end");
}

mc_status mc_fasttext_check(const char *path, mc_error *error) {
    const void *data;
    size_t size;
    MC_TRY(mc_map_file(path, &data, &size, error));
    model_walk walk = {.at = data, .left = size};
    walk_model(&walk);
    mc_unmap_file(data, size);
    if (!walk.problem)
        return MC_OK;
    mc_fail(error, MC_E_FORMAT, "not a whole fastText model for languages: %s", walk.problem);
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}
