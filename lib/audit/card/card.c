/* Writes card.md: what it is, from what, how it was chosen, and its limits; other parts are in
 * files of their own. */
#include "audit/card/card.h"

#include <stdio.h>
#include <string.h>

#include "audit/card/parts.h"
#include "base/hash.h"
#include "match/resume.h"
#include "metacurate/io.h"

enum { INPUTS_MAX = 50 };

static const json_t *get(const json_t *object, const char *part, const char *key) {
    return json_object_get(json_object_get(object, part), key);
}

void mc_card_head(mc_markdown *m, const mc_card_column *columns, size_t n) {
    for (size_t i = 0; i < n; i++)
        mc_markdown_printf(m, "| %s ", columns[i].title);
    mc_markdown_printf(m, "|\n");
    for (size_t i = 0; i < n; i++)
        mc_markdown_printf(m, columns[i].put == mc_markdown_value ? "|---" : "|---:");
    mc_markdown_printf(m, "|\n");
}

void mc_card_table(mc_markdown *m, const mc_card_column *columns, size_t n, const json_t *rows,
                   size_t most) {
    size_t n_rows = json_array_size(rows);
    mc_card_head(m, columns, n);
    for (size_t i = 0; i < n_rows && i < most; i++) {
        const json_t *row = json_array_get(rows, i);
        for (size_t k = 0; k < n; k++) {
            mc_markdown_printf(m, "| ");
            columns[k].put(m, columns[k].key ? json_object_get(row, columns[k].key) : row);
            mc_markdown_printf(m, " ");
        }
        mc_markdown_printf(m, "|\n");
    }
    if (n_rows > most)
        mc_markdown_printf(m, "\n... and %zu more.\n", n_rows - most);
    mc_markdown_printf(m, "\n");
}

static void put_what(const mc_card *c) {
    mc_markdown *m = c->m;
    const json_t *r = c->report, *result = json_object_get(r, "result");
    mc_markdown_printf(m, "# Data card\n\n## What it is\n\n");
    if (json_is_object(result)) {
        mc_markdown_count(m, get(r, "totals", "kept"));
        mc_markdown_printf(m, " pairs of an image and a text, chosen from ");
    }
    mc_markdown_count(m, get(r, "totals", "texts"));
    mc_markdown_printf(m, " texts of ");
    mc_markdown_count(m, get(r, "totals", "records"));
    if (json_is_object(result)) {
        mc_markdown_printf(m, " records so that they are balanced over ");
        mc_markdown_count(m, get(r, "metadata", "entries"));
        mc_markdown_printf(m, " concepts: of a concept that fewer than t = ");
        mc_markdown_real(m, json_object_get(result, "t"));
        mc_markdown_printf(m, " of these texts hold, all are kept; of one that more hold, about t, "
                              "and besides those that another of their concepts keeps. ");
    } else {
        mc_markdown_printf(m, " records, matched against ");
        mc_markdown_count(m, get(r, "metadata", "entries"));
        mc_markdown_printf(m, " concepts. Nothing has been chosen from them yet. ");
    }
    mc_markdown_printf(m, "Texts and URLs are those of the pool; no image was looked at. Made by "
                          "metacurate ");
    mc_markdown_value(m, json_object_get(c->manifest, "version"));
    mc_markdown_printf(m, ", ");
    mc_markdown_value(m, json_object_get(r, "command"));
    mc_markdown_printf(m, ".\n\n");
}

static void put_digest_of_inputs(const mc_card *c, const json_t *shards) {
    XXH3_state_t state;
    char hex[33];
    XXH3_128bits_reset(&state);
    for (size_t i = 0; i < json_array_size(shards); i++) {
        const json_t *digest = json_object_get(json_array_get(shards, i), "digest");
        XXH3_128bits_update(&state, json_string_value(digest), json_string_length(digest));
        XXH3_128bits_update(&state, "\n", 1);
    }
    XXH128_hash_t all = XXH3_128bits_digest(&state);
    mc_u128_hex((mc_u128){all.high64, all.low64}, hex);
    mc_markdown_printf(
        c->m, "Digest of the digests of all inputs, each with a line feed: `%s`.\n\n", hex);
}

static void put_inputs(const mc_card *c) {
    static const mc_card_column columns[] = {
        {"input", "path", mc_markdown_value},      {"bytes", "size", mc_markdown_count},
        {"records", "records", mc_markdown_count}, {"rejected", "rejected", mc_markdown_count},
        {"texts", "texts", mc_markdown_count},     {"XXH3_128bits", "digest", mc_markdown_value}};
    mc_markdown *m = c->m;
    const json_t *shards = json_object_get(c->manifest, "shards");
    mc_markdown_printf(m, "## From what\n\nInputs of the pool: ");
    mc_markdown_count(m, get(c->report, "inputs", "shards"));
    mc_markdown_printf(m, ", with ");
    mc_markdown_count(m, get(c->report, "inputs", "bytes"));
    mc_markdown_printf(m, " bytes as stored. ");
    put_digest_of_inputs(c, shards);
    mc_card_table(m, columns, sizeof columns / sizeof *columns, shards, INPUTS_MAX);
    mc_markdown_printf(m, "The concept list: ");
    mc_markdown_value(m, get(c->report, "metadata", "path"));
    mc_markdown_printf(m, ", ");
    mc_markdown_count(m, get(c->report, "metadata", "entries"));
    mc_markdown_printf(m, " entries, of which ");
    mc_markdown_count(m, get(c->report, "metadata", "repeated"));
    mc_markdown_printf(m, " repeat another and ");
    mc_markdown_count(m, get(c->report, "metadata", "dead"));
    mc_markdown_printf(m, " can never match; digest ");
    mc_markdown_value(m, get(c->report, "metadata", "digest"));
    mc_markdown_printf(m, ".\n\n");
}

/* The members of an object as a table. */
static void put_members(mc_markdown *m, const char *title, json_t *object) {
    const char *key;
    json_t *value;
    mc_markdown_printf(m, "| %s | |\n|---|---|\n", title);
    json_object_foreach(object, key, value) {
        if (json_is_object(value) || json_is_array(value) || json_is_null(value))
            continue;
        mc_markdown_printf(m, "| ");
        mc_markdown_text(m, (mc_bytes){key, strlen(key)});
        mc_markdown_printf(m, " | ");
        mc_markdown_value(m, value);
        mc_markdown_printf(m, " |\n");
    }
    mc_markdown_printf(m, "\n");
}

static void put_choice(const mc_card *c) {
    const json_t *check = json_object_get(c->report, "check");
    mc_markdown *m = c->m;
    mc_markdown_printf(m, "## How it was chosen\n\n");
    put_members(m, "parameter", json_object_get(c->report, "parameters"));
    if (!json_is_object(check))
        return;
    mc_markdown_printf(
        m, "Each pair has a key: the least, over its concepts, of a number between 0 and 1, which "
           "follows from the pair, the concept and the seed alone, times the count of the concept. "
           "Pairs with a key below t are kept, so that the choice depends on neither order nor "
           "machine.\n\n");
    put_members(m, "result", json_object_get(c->report, "result"));
    mc_markdown_printf(m, "Checked when this card was written: the files hold ");
    mc_markdown_count(m, json_object_get(check, "kept"));
    mc_markdown_printf(m, " pairs; the rules keep ");
    mc_markdown_count(m, json_object_get(check, "by_rule"));
    mc_markdown_printf(m, ", of which ");
    mc_markdown_count(m, json_object_get(check, "taken_down"));
    mc_markdown_printf(m, " were taken down; they differ in ");
    mc_markdown_count(m, json_object_get(check, "differ"));
    mc_markdown_printf(m, ".\n\n");
}

static void put_limits(const mc_card *c) {
    mc_markdown *m = c->m;
    mc_markdown_printf(m, "## Known limits\n\n");
    if (json_is_false(json_object_get(c->manifest, "complete")))
        mc_markdown_printf(m, "- Some inputs could not be read and are missing: the pool is not "
                              "whole. rejects.jsonl names them.\n");
    if (json_is_true(get(c->report, "result", "fewer_than_asked")))
        mc_markdown_printf(m, "- More pairs were asked for than match; all of these are kept.\n");
    if (json_is_string(get(c->report, "parameters", "counts")))
        mc_markdown_printf(m, "- It was drawn against the counts of another pool: concepts may be "
                              "more or less frequent in it than t says.\n");
    mc_markdown_printf(m, "- A concept is met by its exact words: case and spelling count, meaning "
                          "does not. ");
    mc_markdown_count(m, get(c->report, "never_matched", "entries"));
    mc_markdown_printf(m, " concepts match no text of the pool, and ");
    mc_markdown_count(m, get(c->report, "dead", "entries"));
    mc_markdown_printf(
        m,
        " more can match none at all.\n"
        "- Texts are balanced, not images. Images may be gone or changed by now, unsafe, or other "
        "than their texts say; nothing is known here of whose they are and what may be done with "
        "them.\n"
        "- Texts that hold none of the concepts are left out, whatever else they say, so texts in "
        "languages that the list does not cover are rare.\n"
        "- A text with several concepts is kept for any of them, so frequent concepts stay above "
        "t.\n");
    mc_markdown_printf(m, strcmp(mc_dedup_name(c->audited->dedup), "none") == 0
                              ? "- Copies of a pair were not removed.\n\n"
                              : "- Only equal copies were removed; near ones are still there.\n\n");
}

static mc_status put_all(const mc_card *c, mc_error *error) {
    put_what(c);
    put_inputs(c);
    put_choice(c);
    mc_card_put_distribution(c);
    MC_TRY(mc_card_put_files(c, error));
    put_limits(c);
    mc_card_put_commands(c);
    return c->m->status;
}

mc_status mc_card_write(const mc_audited *audited, const json_t *report, const char *folder,
                        mc_error *error) {
    char path[MC_PATH_MAX];
    mc_markdown m = {.error = error};
    const mc_card card = {
        .audited = audited, .report = report, .manifest = audited->manifest, .m = &m};
    if (snprintf(path, sizeof path, "%s/card.md", folder) >= MC_PATH_MAX)
        return mc_fail(error, MC_E_LIMIT, "the output folder's path is too long");
    mc_status status = put_all(&card, error);
    if (status == MC_OK)
        status = mc_write_file(path, m.out.data, m.out.size, error);
    mc_buffer_dispose(&m.out);
    return status;
}
