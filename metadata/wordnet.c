/* WordNet's names from its database files, format wndb(5WN): a line is a synset,
 *     offset lex_filenum ss_type w_cnt word lex_id ... | gloss
 * and lines that begin with two spaces are the licence. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "metacurate/io.h"
#include "metacurate/text.h"
#include "metadata/list.h"
#include "metadata/name_set.h"

#define FILE_MAX_BYTES ((size_t)1 << 28)

/* What the file of a part of speech is called, and the synset types in it. */
typedef struct part_of_speech {
    const char *file;
    const char *types;
} part_of_speech;

static const part_of_speech parts[] = {
    {"data.noun", "n"}, {"data.verb", "v"}, {"data.adj", "as"}, {"data.adv", "r"}};

typedef struct builder {
    mc_list *list;
    mc_name_set names;
    uint32_t source;
    size_t n_synsets;
} builder;

/* Passes over n digits of the alphabet and the space after them. */
static bool pass_digits(const char **at, const char *end, size_t n, const char *alphabet) {
    if ((size_t)(end - *at) <= n || (*at)[n] != ' ')
        return false;
    for (size_t i = 0; i < n; i++)
        if ((*at)[i] == '\0' || !strchr(alphabet, (*at)[i]))
            return false;
    *at += n + 1;
    return true;
}

/* Finds the first lemma of a synset's line; false when the line is none. */
static bool find_lemma(const char *line, const char *end, const char *types, mc_bytes *lemma) {
    const char *at = line;
    if (!pass_digits(&at, end, 8, "0123456789") || !pass_digits(&at, end, 2, "0123456789") ||
        !pass_digits(&at, end, 1, types) || !pass_digits(&at, end, 2, "0123456789abcdefABCDEF"))
        return false;
    const char *space = memchr(at, ' ', (size_t)(end - at));
    const char *gloss = memchr(at, '|', (size_t)(end - at));
    if (!space || space == at || !gloss || gloss < space)
        return false;
    *lemma = (mc_bytes){at, (size_t)(space - at)};
    return mc_utf8_valid(lemma->data, lemma->size);
}

/* Adjectives may say where they can stand: before the noun, after it, or right after it. */
static size_t without_marker(mc_bytes lemma) {
    static const char *const markers[] = {"(a)", "(p)", "(ip)"};
    for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
        size_t size = strlen(markers[i]);
        if (lemma.size >= size && memcmp(lemma.data + lemma.size - size, markers[i], size) == 0)
            return lemma.size - size;
    }
    return lemma.size;
}

static mc_status make_name(mc_bytes lemma, mc_buffer *name, mc_error *error) {
    size_t size = without_marker(lemma);
    const char *dot = memchr(lemma.data, '.', size);
    if (dot)
        size = (size_t)(dot - lemma.data);
    name->size = 0;
    MC_TRY(mc_buffer_append(name, lemma.data, size, error));
    for (size_t i = 0; i < size; i++) {
        char *c = name->data + i;
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
        else if (*c == '_')
            *c = ' ';
    }
    return MC_OK;
}

static bool is_punctuation(mc_bytes name) {
    return name.size == 1 && name.data[0] != '\0' &&
           strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", name.data[0]) != NULL;
}

static mc_status add_name(builder *build, mc_bytes name, mc_error *error) {
    if (name.size == 0 || is_punctuation(name) || mc_name_set_has(&build->names, name))
        return MC_OK;
    MC_TRY(mc_list_append(build->list, name, build->source, error));
    return mc_name_set_add(&build->names, build->list->n - 1, error);
}

static mc_status take_lines(builder *build, const part_of_speech *part, const char *data,
                            size_t size, mc_buffer *name, mc_error *error) {
    const char *at = data, *end = data + size;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *stop = feed ? feed : end;
        mc_bytes lemma;
        if (stop - at < 2 || memcmp(at, "  ", 2) != 0) {
            if (!find_lemma(at, stop, part->types, &lemma)) {
                mc_fail(error, MC_E_FORMAT, "the line is no synset of WordNet's database");
                mc_error_place(error, NULL, MC_NONE, (uint64_t)(at - data));
                return MC_E_FORMAT;
            }
            build->n_synsets++;
            MC_TRY(make_name(lemma, name, error));
            MC_TRY(add_name(build, (mc_bytes){name->data, name->size}, error));
        }
        at = feed ? feed + 1 : end;
    }
    return MC_OK;
}

static mc_status take_file(builder *build, const part_of_speech *part, const char *path,
                           mc_error *error) {
    char *data;
    size_t size, n_before = build->n_synsets;
    mc_buffer name = {0};
    MC_TRY(mc_read_file(path, FILE_MAX_BYTES, &data, &size, error));
    mc_status status = take_lines(build, part, data, size, &name, error);
    if (status == MC_OK && build->n_synsets == n_before)
        status = mc_fail(error, MC_E_FORMAT, "holds no synset of WordNet's database");
    if (status != MC_OK && error)
        mc_error_place(error, path, MC_NONE, error->offset);
    mc_buffer_dispose(&name);
    free(data);
    return status;
}

static mc_status take_folder(builder *build, const char *folder, mc_error *error) {
    mc_buffer path = {0};
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < sizeof parts / sizeof *parts; i++) {
        path.size = 0;
        status = mc_buffer_printf(&path, error, "%s/%s", folder, parts[i].file);
        if (status == MC_OK)
            status = take_file(build, &parts[i], path.data, error);
    }
    mc_buffer_dispose(&path);
    return status;
}

mc_status mc_list_add_wordnet(mc_list *list, const char *folder, size_t *n_synsets,
                              mc_error *error) {
    builder build = {.list = list};
    size_t n_before = list->n;
    MC_TRY(mc_list_find_name(list, "wordnet", &build.source, error));
    MC_TRY(mc_name_set_init(&build.names, list, error));
    mc_status status = take_folder(&build, folder, error);
    mc_name_set_dispose(&build.names);
    if (status != MC_OK)
        list->n = n_before; /* all of WordNet or nothing */
    if (n_synsets)
        *n_synsets = build.n_synsets;
    return status;
}
