// fastText behind lid_fasttext.h: exceptions end here.
#include "pool/lid_fasttext.h"

#include <istream>
#include <new>
#include <streambuf>
#include <string>
#include <vector>

#include <fasttext/fasttext.h>

namespace {

// A stream over bytes that are there, so that a text is not copied into a new one.
struct line_buffer : std::streambuf {
    void show(char *data, size_t size) { setg(data, data, data + size); }
};

} // namespace

struct mc_fasttext {
    fasttext::FastText model;
    std::vector<std::string> labels;
};

struct mc_fasttext_scratch {
    line_buffer buffer;
    std::istream stream{&buffer};
    std::vector<int32_t> words, labels;
    fasttext::Predictions predictions;
};

extern "C" {

mc_status mc_fasttext_open(mc_fasttext **out, const char *path, mc_error *error) {
    *out = nullptr;
    mc_fasttext *model = nullptr;
    const std::string prefix = "__label__";
    try {
        model = new mc_fasttext;
        model->model.loadModel(std::string(path));
        auto words = model->model.getDictionary();
        for (int32_t i = 0; i < words->nlabels(); i++) {
            std::string label = words->getLabel(i);
            model->labels.push_back(label.rfind(prefix, 0) == 0 ? label.substr(prefix.size())
                                                                : label);
        }
        *out = model;
        return MC_OK;
    } catch (const std::bad_alloc &) {
        delete model;
        return mc_fail(error, MC_E_MEMORY, "out of memory: a fastText model");
    } catch (const std::exception &problem) {
        mc_fail(error, MC_E_FORMAT, "fastText does not take the model: %.200s", problem.what());
    } catch (...) {
        mc_fail(error, MC_E_FORMAT, "fastText does not take the model");
    }
    delete model;
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

void mc_fasttext_close(mc_fasttext *model) {
    delete model;
}

size_t mc_fasttext_count(const mc_fasttext *model) {
    return model->labels.size();
}

const char *mc_fasttext_label(const mc_fasttext *model, size_t label) {
    return model->labels[label].c_str();
}

mc_status mc_fasttext_scratch_create(mc_fasttext_scratch **out, mc_error *error) {
    try {
        *out = new mc_fasttext_scratch;
        return MC_OK;
    } catch (...) {
        *out = nullptr;
        return mc_fail(error, MC_E_MEMORY, "out of memory: fastText's scratch");
    }
}

void mc_fasttext_scratch_free(mc_fasttext_scratch *scratch) {
    delete scratch;
}

mc_status mc_fasttext_detect(const mc_fasttext *model, mc_fasttext_scratch *scratch, char *line,
                             size_t size, size_t *label, mc_error *error) {
    *label = model->labels.size();
    try {
        scratch->buffer.show(line, size);
        scratch->stream.clear();
        scratch->predictions.clear();
        model->model.getDictionary()->getLine(scratch->stream, scratch->words, scratch->labels);
        model->model.predict(1, scratch->words, scratch->predictions);
        if (!scratch->predictions.empty()) {
            size_t found = static_cast<size_t>(scratch->predictions[0].second);
            *label = found < model->labels.size() ? found : model->labels.size();
        }
    } catch (const std::bad_alloc &) {
        return mc_fail(error, MC_E_MEMORY, "out of memory: the language of a text");
    } catch (...) {
        // No label: weights that are no numbers, for one.
    }
    return MC_OK;
}

} // extern "C"
