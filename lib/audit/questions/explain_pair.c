/* The row of a text: its draws, the verdict, and the verdict's reason as a sentence. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/questions/explain.h"
#include "metacurate/text.h"

enum { SHOWN_BYTES = 80 }; /* of an entry, in a sentence */

typedef struct judgement {
    const mc_audited *run;
    const mc_explained_list *list;
    const mc_explained *item;
    double *draws; /* u, by place in the match set */
    double key;    /* infinite without a match */
    size_t least;  /* place of the entry that the key comes from */
    double chance;
    bool by_rule; /* the rules keep it */
    const char *verdict;
    bool undecided; /* another t can change it */
} judgement;

/* ---- draws ---- */

static double count_of(const judgement *j, size_t i) {
    return (double)mc_audited_drawn(j->run)[j->item->ids[i]];
}

static void store_identity(const mc_pair *pair, char out[MC_IDENTITY_SIZE]) {
    mc_store_u64(out, pair->uid.low);
    mc_store_u64(out + 8, pair->uid.high);
    mc_store_u64(out + 16, pair->text_hash);
}

static void draw(judgement *j) {
    const mc_entry_table *entries = &j->run->entries;
    char bytes[MC_IDENTITY_SIZE + 8];
    double miss = 1;
    store_identity(&j->item->pair, bytes);
    j->key = INFINITY;
    for (size_t i = 0; i < j->item->n_ids; i++) {
        uint32_t id = j->item->ids[i];
        mc_store_u64(bytes + MC_IDENTITY_SIZE, entries->hashes[id]);
        uint64_t hash = XXH3_64bits_withSeed(bytes, sizeof bytes, j->run->seed);
        j->draws[i] = (double)(hash >> 11) * 0x1p-53;
        if (j->draws[i] * count_of(j, i) < j->key) {
            j->key = j->draws[i] * count_of(j, i);
            j->least = i;
        }
        double p = j->run->selection.threshold / count_of(j, i);
        if (entries->firsts[id] == id)
            miss *= 1 - (p < 1 ? p : 1);
    }
    j->chance = 1 - miss;
}

/* ---- the verdict ---- */

static void judge(judgement *j) {
    const mc_explained *item = j->item;
    char identity[MC_IDENTITY_SIZE];
    store_identity(&item->pair, identity);
    j->by_rule = item->n_ids > 0 && j->run->balanced &&
                 mc_selected(&j->run->selection, j->key, identity, item->ordinal);
    if (item->empty && item->in_pool)
        j->verdict = "empty";
    else if (item->dropped)
        j->verdict = item->chosen != UINT64_MAX ? "duplicate" : "excluded";
    else if (item->n_ids == 0 && item->in_pool)
        j->verdict = "unmatched";
    else if (!j->run->balanced)
        j->verdict = item->in_pool ? "not balanced" : "not in the pool";
    else if (!item->in_pool)
        j->verdict =
            j->by_rule ? "not in the pool: would be kept" : "not in the pool: would not be kept";
    else if (item->kept)
        j->verdict = "kept";
    else
        j->verdict = j->by_rule ? "taken down" : "not kept";
    j->undecided =
        item->n_ids > 0 && !item->dropped && !(j->by_rule && item->in_pool && !item->kept);
}

/* ---- the reason ---- */

typedef struct sentence {
    mc_buffer text;
    bool lost;
} sentence;

#define SAY(s, ...) ((s)->lost |= mc_buffer_printf(&(s)->text, NULL, __VA_ARGS__) != MC_OK)

/* An entry in quotes, its end left out where it is long. */
static void say_entry(sentence *s, const mc_audited *run, uint32_t id) {
    mc_bytes entry = mc_entry_table_string(&run->entries, id);
    size_t size = entry.size;
    if (!entry.data) {
        SAY(s, "entry %" PRIu32, id);
        return;
    }
    if (size > SHOWN_BYTES)
        for (size = SHOWN_BYTES; size > 0 && ((unsigned char)entry.data[size] & 0xC0) == 0x80;)
            size--;
    SAY(s, "\"");
    s->lost |= mc_buffer_append(&s->text, entry.data, size, NULL) != MC_OK;
    SAY(s, size < entry.size ? "...\"" : "\"");
}

/* A number that is read beside another one: in as few digits as tell the two apart. */
static void say_number(sentence *s, double value, double beside) {
    char shown[32], other[32];
    int digits = 6;
    do {
        snprintf(shown, sizeof shown, "%.*g", digits, value);
        snprintf(other, sizeof other, "%.*g", digits, beside);
    } while (value != beside && strcmp(shown, other) == 0 && ++digits <= 17);
    SAY(s, "%s", shown);
}

static void say_place(sentence *s, const mc_audited *run, const mc_explained *item) {
    SAY(s, "text %" PRIu32 " of record %" PRIu64 " in shard %s", item->number, item->record,
        run->set.names[item->index]);
}

/* the smallest of its draws times counts is that of "dog", 0.01 x 1234 = 12.34 */
static void say_key(sentence *s, const judgement *j) {
    bool several = j->item->n_ids > 1;
    SAY(s, several ? "the smallest of its draws times counts is that of "
                   : "its draw times the count of ");
    say_entry(s, j->run, j->item->ids[j->least]);
    SAY(s, several ? ", " : " is ");
    SAY(s, "%.6g x %.0f = ", j->draws[j->least], count_of(j, j->least));
    say_number(s, j->key, j->run->selection.threshold);
}

/* How the key stands to what was kept. */
static void say_rule(sentence *s, const judgement *j) {
    double t = j->run->selection.threshold;
    if (j->run->selection.by_rank) {
        SAY(s, j->by_rule ? ", among the smallest keys up to the size asked for"
                          : ", not among the smallest keys up to the size asked for");
    } else if (isinf(t)) {
        SAY(s, ", and t has no limit");
    } else {
        SAY(s, j->by_rule ? ", below t = " : ", not below t = ");
        say_number(s, t, j->key);
    }
}

static void say_duplicate(sentence *s, const judgement *j) {
    const mc_explained *chosen = mc_explained_find(j->list, j->item->chosen);
    char uid[33];
    switch (j->run->dedup) {
    case MC_DEDUP_URL:
        SAY(s, "An image has one text here, and another one of this image was chosen: ");
        break;
    case MC_DEDUP_TEXT:
        mc_u128_hex(chosen->pair.uid, uid);
        SAY(s, "A text has one image here, and that of uid %s was chosen: ", uid);
        break;
    default:
        SAY(s, "Equal pairs count once, and this one was chosen: ");
    }
    say_place(s, j->run, chosen);
    SAY(s, ".");
}

static void say_matched(sentence *s, const judgement *j) {
    const mc_explained *item = j->item;
    if (!j->run->balanced)
        SAY(s, "Nothing was balanced here; it is kept at every t above its key: ");
    else if (!item->in_pool)
        SAY(s, "The pool holds no such text of this image; by its counts it would %sbe kept: ",
            j->by_rule ? "" : "not ");
    else if (item->kept && !j->by_rule)
        SAY(s, "The subset's files hold it, though the rules do not keep it: ");
    else if (!item->kept && j->by_rule)
        SAY(s, "The rules keep it, but it was taken down, out of the subset's files: ");
    else
        SAY(s, item->kept ? "Kept: " : "Not kept: ");
    say_key(s, j);
    if (j->run->balanced)
        say_rule(s, j);
    SAY(s, ".");
}

static void say_why(sentence *s, const judgement *j) {
    static const char *const lists[] = {[MC_LEFT_OUT_UNKNOWN] = "by a list of uids",
                                        [MC_LEFT_OUT_EXCLUDED] = "the list of --exclude holds it",
                                        [MC_LEFT_OUT_NOT_LISTED] =
                                            "the list of --only does not hold it",
                                        [MC_LEFT_OUT_TAKEN_DOWN] = "it was taken down"};
    const mc_explained *item = j->item;
    if (item->empty)
        SAY(s, "The text has not a single byte, so there is nothing to match.");
    else if (item->dropped && item->chosen != UINT64_MAX)
        say_duplicate(s, j);
    else if (item->dropped)
        SAY(s, "Its image was left out before anything was counted: %s.", lists[j->list->left_out]);
    else if (item->n_ids == 0)
        SAY(s, "No entry of the metadata occurs in the text.");
    else
        say_matched(s, j);
}

/* ---- the row ---- */

static json_t *describe_entries(const judgement *j, bool *lost) {
    json_t *rows = json_array();
    for (size_t i = 0; i < j->item->n_ids; i++) {
        uint32_t id = j->item->ids[i];
        json_t *row = json_object();
        mc_put(row, "id", json_integer(id), lost);
        mc_put(row, "entry", mc_audited_entry(j->run, id), lost);
        mc_put(row, "source", mc_value_string(mc_audited_source(j->run, id)), lost);
        mc_put(row, "count", mc_value_number(mc_audited_drawn(j->run)[id]), lost);
        mc_put(row, "p", mc_answer_p(j->run, id), lost);
        mc_put(row, "u", json_real(j->draws[i]), lost);
        mc_put(row, "key", json_real(j->draws[i] * count_of(j, i)), lost);
        mc_push(rows, row, lost);
    }
    return rows;
}

static void describe_place(const judgement *j, json_t *row, bool *lost) {
    const mc_explained *item = j->item;
    bool in_pool = item->in_pool;
    char uid[33], hash[17];
    const char *shard = in_pool ? j->run->set.names[item->index] : NULL;
    mc_u128_hex(item->pair.uid, uid);
    snprintf(hash, sizeof hash, "%016" PRIx64, item->pair.text_hash);
    mc_put(row, "shard", mc_value_string(shard), lost);
    mc_put(row, "record", in_pool ? mc_value_number(item->record) : json_null(), lost);
    mc_put(row, "text_number", in_pool ? mc_value_number(item->number) : json_null(), lost);
    mc_put(row, "uid", json_string(uid), lost);
    mc_put(row, "text_hash", json_string(hash), lost);
}

static json_t *space_text(mc_bytes text) {
    if (!text.data || text.size > SIZE_MAX / 3 - 2)
        return json_null();
    char *spaced = malloc(MC_SPACED_MAX(text.size));
    if (!spaced)
        return NULL;
    size_t size = mc_space(text.data, text.size, spaced);
    json_t *string = mc_doc_bytes((mc_bytes){spaced, size});
    free(spaced);
    return string;
}

static json_t *describe(const judgement *j, const mc_fetched *text, bool *lost) {
    const mc_explained *item = j->item;
    bool matched = item->n_ids > 0;
    char language[MC_LANGUAGE_MAX + 1];
    sentence s = {0};
    json_t *row = json_object();
    describe_place(j, row, lost);
    mc_fetched_describe(text, row, lost);
    mc_language_text(item->language, language);
    mc_put(row, "lang", mc_value_string(language[0] ? language : NULL), lost);
    mc_put(row, "spaced", space_text(text->text), lost);
    mc_put(row, "entries", describe_entries(j, lost), lost);
    mc_put(row, "key", matched ? json_real(j->key) : json_null(), lost);
    mc_put(row, "chance", matched && j->run->balanced ? json_real(j->chance) : json_null(), lost);
    mc_put(row, "verdict", mc_value_string(j->verdict), lost);
    mc_put(row, "changes_at", j->undecided ? json_real(j->key) : json_null(), lost);
    say_why(&s, j);
    mc_put(row, "why", mc_doc_bytes((mc_bytes){s.text.data, s.text.size}), lost);
    *lost |= s.lost;
    mc_buffer_dispose(&s.text);
    return row;
}

json_t *mc_explained_describe(const mc_audited *audited, const mc_explained_list *list,
                              const mc_explained *item, const mc_fetched *text, bool *lost) {
    judgement j = {.run = audited, .list = list, .item = item};
    j.draws = malloc((item->n_ids + 1) * sizeof *j.draws);
    if (!j.draws) {
        *lost = true;
        return json_null();
    }
    draw(&j);
    judge(&j);
    json_t *row = describe(&j, text, lost);
    free(j.draws);
    return row;
}
