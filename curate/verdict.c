#include "verdict.h"

#include "console.h"
#include "summary.h"

static void warn_rejects(const verdict *v) {
    char first[1200] = "", rejected[32], records[32];
    if (v->first_reject->status != MC_OK)
        mc_error_text(v->first_reject, first, sizeof first);
    console_warn(
        "%s of %s records %s rejected%s%s%s%s%s", summary_number(v->totals->rejected, rejected),
        summary_number(v->totals->records, records), v->totals->rejected == 1 ? "was" : "were",
        *first ? ", the first: " : "", first, v->ledger ? "; " : "", v->ledger ? v->ledger : "",
        v->ledger ? "/rejects.jsonl says which and why" : "");
}

/* A run that keeps nothing for such a reason is a mistake, most likely. */
static void warn_nothing(const verdict *v) {
    char reasons[200];
    const mc_totals *t = v->totals;
    if (t->records == 0 && v->n_failed == 0)
        console_warn("the pool holds no records");
    if (t->excluded > 0 && t->excluded + t->empty == t->texts) {
        summary_exclusions(t, reasons, sizeof reasons);
        console_warn("all texts were excluded (%s)", reasons);
    }
}

exit_code verdict_say(const verdict *v) {
    const settings *s = v->s;
    uint64_t rejected = v->totals->rejected;
    char allowed[32];
    if (rejected > 0)
        warn_rejects(v);
    warn_nothing(v);
    if (v->n_failed > 0) {
        console_error("%zu of %zu shards %s missing from the result; --resume goes on once %s can "
                      "be read",
                      v->n_failed, v->n_shards, v->n_failed == 1 ? "is" : "are",
                      v->n_failed == 1 ? "it" : "they");
        return EXIT_FAILED;
    }
    if (s->has_max_rejects && rejected > s->max_rejects) {
        console_warn("that is more than --max-rejects %s allows",
                     summary_number(s->max_rejects, allowed));
        return EXIT_REJECTS;
    }
    return EXIT_DONE;
}

mc_status verdict_check_read(size_t n_shards, size_t n_failed, const mc_error *first,
                             mc_error *error) {
    char why[1200];
    if (n_failed == 0 || n_failed < n_shards)
        return MC_OK;
    mc_error_text(first, why, sizeof why);
    if (n_shards == 1)
        return mc_fail(error, MC_E_IO, "the only shard could not be read: %.400s", why);
    return mc_fail(error, MC_E_IO, "none of %zu shards could be read, the first: %.400s", n_shards,
                   why);
}
