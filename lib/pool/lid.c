/* Languages of texts: both detectors give a number, which a table made once turns into a code.
 *
 * A text is copied first: CLD2 may look a few bytes beyond its end, which must not be another text,
 * and fastText takes a line.
 */
#include "pool/lid.h"

#include <stdlib.h>
#include <string.h>

#include "pool/fields.h"
#include "pool/lid_cld2.h"
#include "pool/lid_fasttext.h"

enum { PADDING = 8 };

struct mc_lid_model {
    mc_fasttext *fasttext; /* NULL: CLD2 */
    mc_language *codes;    /* of the detector's numbers; the last is for "none" */
    size_t n_codes;
};

struct mc_lid_scratch {
    mc_fasttext_scratch *fasttext;
    char text[MC_LID_TEXT_MAX + PADDING];
};

/* Scripts ("xx-Latn") tell no language. */
static mc_language language_of(const char *code) {
    if (!strncmp(code, "xx-", 3))
        return 0;
    return mc_fields_language((mc_bytes){code, strlen(code)});
}

static mc_status fill_codes(mc_lid_model *model, mc_error *error) {
    model->n_codes = model->fasttext ? mc_fasttext_count(model->fasttext) : mc_cld2_count();
    MC_TRY(MC_ALLOC(model->codes, model->n_codes + 1, error));
    for (size_t i = 0; i < model->n_codes; i++)
        model->codes[i] =
            language_of(model->fasttext ? mc_fasttext_label(model->fasttext, i) : mc_cld2_code(i));
    return MC_OK;
}

static mc_status check_codes(const mc_lid_model *model, const char *path, mc_error *error) {
    for (size_t i = 0; i < model->n_codes; i++)
        if (model->codes[i])
            return MC_OK;
    mc_fail(error, MC_E_FORMAT, "none of the model's %zu labels is the code of a language",
            model->n_codes);
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

static mc_status fill(mc_lid_model *model, mc_lid kind, const char *path, mc_error *error) {
    if (kind == MC_LID_FASTTEXT) {
        MC_TRY(mc_fasttext_check(path, error));
        MC_TRY(mc_fasttext_open(&model->fasttext, path, error));
    }
    MC_TRY(fill_codes(model, error));
    return check_codes(model, path, error);
}

mc_status mc_lid_create(mc_lid_model **out, mc_lid kind, const char *path, mc_error *error) {
    *out = NULL;
    if ((unsigned)kind > MC_LID_FASTTEXT)
        return mc_fail(error, MC_E_ARGUMENT, "there is no language identification %d", (int)kind);
    if (kind == MC_LID_FASTTEXT && (!path || !path[0]))
        return mc_fail(error, MC_E_ARGUMENT, "fastText needs the file of a model: fasttext:FILE");
    if (kind != MC_LID_FASTTEXT && path)
        return mc_fail(error, MC_E_ARGUMENT, "a model's file is for fastText alone");
    if (kind == MC_LID_NONE)
        return MC_OK;
    mc_lid_model *model;
    MC_TRY(MC_ALLOC(model, 1, error));
    mc_status status = fill(model, kind, path, error);
    if (status != MC_OK) {
        mc_lid_free(model);
        return status;
    }
    *out = model;
    return MC_OK;
}

void mc_lid_free(mc_lid_model *model) {
    if (!model)
        return;
    mc_fasttext_close(model->fasttext);
    free(model->codes);
    free(model);
}

mc_status mc_lid_scratch_create(mc_lid_scratch **out, const mc_lid_model *model, mc_error *error) {
    *out = NULL;
    mc_lid_scratch *scratch;
    MC_TRY(MC_ALLOC(scratch, 1, error));
    if (model->fasttext) {
        mc_status status = mc_fasttext_scratch_create(&scratch->fasttext, error);
        if (status != MC_OK) {
            free(scratch);
            return status;
        }
    }
    *out = scratch;
    return MC_OK;
}

void mc_lid_scratch_free(mc_lid_scratch *scratch) {
    if (!scratch)
        return;
    mc_fasttext_scratch_free(scratch->fasttext);
    free(scratch);
}

static size_t cut_size(mc_bytes text, size_t most) {
    if (text.size <= most)
        return text.size;
    while (most > 0 && ((unsigned char)text.data[most] & 0xC0) == 0x80)
        most--;
    return most;
}

mc_status mc_lid_detect(const mc_lid_model *model, mc_lid_scratch *scratch, mc_bytes text,
                        mc_language *language, mc_error *error) {
    size_t size = cut_size(text, MC_LID_TEXT_MAX), found;
    char *copy = scratch->text;
    for (size_t i = 0; i < size; i++)
        copy[i] = text.data[i] == '\n' || text.data[i] == '\0' ? ' ' : text.data[i];
    if (model->fasttext) {
        copy[size] = '\n';
        MC_TRY(
            mc_fasttext_detect(model->fasttext, scratch->fasttext, copy, size + 1, &found, error));
    } else {
        memset(copy + size, 0, PADDING);
        MC_TRY(mc_cld2_detect(copy, size, &found, error));
    }
    *language = model->codes[found];
    return MC_OK;
}
