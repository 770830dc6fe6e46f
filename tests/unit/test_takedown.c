/* Takedowns: what remains of a subset, what is listed and logged, and that no kill, full disk or
 * damaged file leaves anything in between. */
#include "made_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "audit/audited.h"
#include "audit/takedown/journal.h"
#include "audit/takedown/lock.h"
#include "kept_folder.h"
#include "metacurate/io.h"

/* ---- a process that dies at a chosen step ---- */

static int step, die_at; /* 0: it lives */

static void take_step(void) {
    if (die_at > 0 && ++step == die_at)
        _exit(99);
}

int rename(const char *from, const char *to) {
    take_step();
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *path) {
    take_step();
    return unlinkat(AT_FDCWD, path, 0);
}

int fsync(int fd) {
    (void)fd;
    take_step();
    return 0;
}

/* ---- runs and takedowns of them ---- */

/* What a takedown writes first, whatever becomes of it; and what tells when it was. */
static const char *const wished[] = {"takedown.jsonl", ".takedown.lock", NULL};
static const char *const dated[] = {"changes.jsonl", "card.md", NULL};

static const made_shape shape = {3, 120, 3, 60, 90, true};
static const mc_balance_options everything = {.target = MC_TARGET_THRESHOLD,
                                              .threshold = INFINITY,
                                              .n_threads = 1,
                                              .emit = MC_EMIT_TSV | MC_EMIT_DATACOMP |
                                                      MC_EMIT_METACLIP};

/* uid of the n-th image of the pool. */
static const char *uid_of(const made_run *run, size_t n) {
    static char uids[8][33];
    static unsigned next;
    char *out = uids[next++ % 8];
    mc_u128_hex(run->pool.texts[n % run->pool.n_texts].pair.uid, out);
    return out;
}

/* Images of the pool, and one that is not in it; the URLs of others; a host that has none. */
typedef struct wishes {
    const char *uids[4];
    char url_file[600];
    const char *hosts[1];
    mc_takedown_request request;
} wishes;

static void make_wishes(wishes *w, const made_run *run) {
    const made_text *texts = run->pool.texts;
    size_t another = 1, third;
    while (mc_u128_equal(texts[another].pair.uid, texts[0].pair.uid))
        another++;
    for (third = another + 1;
         !texts[third].url[0] || mc_u128_equal(texts[third].pair.uid, texts[0].pair.uid) ||
         mc_u128_equal(texts[third].pair.uid, texts[another].pair.uid);
         third++)
        continue;
    char urls[200], url[40];
    size_t n = strcspn(texts[third].url, "\t"); /* tabs are no part of a URL */
    snprintf(url, sizeof url, "%.*s%s", (int)n, texts[third].url, texts[third].url + n + 1);
    int size = snprintf(urls, sizeof urls, "http://u/1%%22\n  %s \nhttp://nowhere.example/\n", url);
    snprintf(w->url_file, sizeof w->url_file, "%s", scratch_write("urls", urls, (size_t)size));
    w->uids[0] = uid_of(run, 0);
    w->uids[1] = uid_of(run, another);
    w->uids[2] = "0123456789abcdef01234567";
    w->uids[3] = uid_of(run, 0);
    w->hosts[0] = "nobody.example";
    w->request = (mc_takedown_request){
        .uids = w->uids, .n_uids = 4, .hosts = w->hosts, .n_hosts = 1, .url_file = w->url_file};
}

/* The answer; json_decref it. */
static json_t *take_down(const made_run *run, const mc_takedown_request *request) {
    mc_error error = {0};
    char *text = NULL;
    if (mc_takedown(&run->audit, request, &text, &error) != MC_OK)
        fail_msg("%s: %s", error.file, error.message);
    json_t *answer = json_loads(text, 0, NULL);
    assert_non_null(answer);
    free(text);
    return answer;
}

static json_int_t number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void take_down_all(const made_run *run, const mc_takedown_request *request,
                          json_int_t listed, json_int_t taken_down) {
    json_t *answer = take_down(run, request);
    if (listed >= 0)
        assert_int_equal(number(answer, "listed"), listed);
    if (taken_down >= 0)
        assert_int_equal(number(answer, "taken_down"), taken_down);
    json_decref(answer);
}

static void refuse(const made_run *run, const mc_takedown_request *request, mc_status expected,
                   const char *said) {
    mc_error error = {0};
    char *text = NULL;
    assert_int_equal(mc_takedown(&run->audit, request, &text, &error), expected);
    assert_null(text);
    if (!strstr(error.message, said))
        fail_msg("\"%s\" says nothing of \"%s\"", error.message, said);
}

static json_t *read_json(const char *name) {
    json_t *document = json_load_file(scratch(name), 0, NULL);
    assert_non_null(document);
    return document;
}

/* The subset's lines, and the number of them. */
static char *read_subset(size_t *n) {
    char *text;
    size_t size;
    assert_int_equal(mc_read_file(scratch("subset.jsonl.zst"), 1u << 30, &text, &size, NULL),
                     MC_OK);
    *n = 0;
    for (size_t i = 0; i < size; i++)
        *n += text[i] == '\n';
    return text;
}

/* ---- what remains ---- */

/* With an infinite threshold all matched pairs are kept, so what remains is what a balancing that
 * excludes these images keeps; only keys differ, which are in the lines alone. */
static void what_remains_is_what_excluding_leaves(void **state) {
    (void)state;
    made_run run;
    wishes w;
    size_t n_before, n_after;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    free(read_subset(&n_before));
    kept_folder *before = keep_folder();
    json_t *answer = take_down(&run, &w.request);
    free(read_subset(&n_after));
    assert_true(n_after < n_before);
    assert_int_equal(number(answer, "listed"), 4 + 0);
    assert_int_equal(number(answer, "taken_down"), n_before - n_after);
    assert_int_equal(number(answer, "kept"), n_after);
    json_t *manifest = read_json("manifest.json");
    const json_t *totals = json_object_get(manifest, "totals");
    const json_t *result = json_object_get(manifest, "result");
    assert_int_equal(number(totals, "kept"), n_after);
    assert_int_equal(number(result, "kept"), n_after);
    assert_int_equal(number(totals, "matched"), n_after + (size_t)number(totals, "not_kept"));
    assert_int_equal(number(totals, "taken_down"), n_before - n_after);
    json_decref(manifest);
    kept_folder *after = keep_folder();

    mc_balance_result again;
    char folder[512];
    snprintf(folder, sizeof folder, "%s/again", scratch_folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    mc_balance_options options = run.options;
    options.folder = folder;
    assert_int_equal(mc_balance_run(&options, &again, NULL), MC_OK);
    assert_int_equal(again.totals.kept, n_after);
    uint64_t n_listed = again.totals.excluded_for[MC_EXCLUDED_TAKEDOWN];
    assert_int_equal(again.totals.excluded, n_listed);
    assert_true(n_listed >= n_before - n_after);
    assert_int_equal(again.totals.texts, again.totals.empty + n_listed + again.totals.duplicates +
                                             again.totals.unmatched + again.totals.matched);
    size_t n_same = 0, n_changed = 0;
    for (size_t i = 0; i < after->n; i++) {
        const char *name = after->files[i].name;
        const kept_file *was = kept_named(before, name);
        char other[300];
        size_t size;
        bool changed = !was || was->size != after->files[i].size ||
                       memcmp(was->data, after->files[i].data, was->size) != 0;
        n_changed += changed;
        if (strncmp(name, "subset", 6) != 0 && strncmp(name, "metaclip/subset_inf/", 20) != 0) {
            bool may = strcmp(name, "manifest.json") == 0 || strcmp(name, "changes.jsonl") == 0 ||
                       strcmp(name, "takedown.jsonl") == 0;
            assert_int_equal(changed, may);
            continue;
        }
        if (strstr(name, "jsonl"))
            continue;
        snprintf(other, sizeof other, "again/%s", name);
        char *data = scratch_read(other, &size);
        assert_int_equal(size, after->files[i].size);
        assert_memory_equal(data, after->files[i].data, size);
        free(data);
        n_same++;
    }
    assert_int_equal(n_same, 3 + 3 + 2 + 3); /* a shard's two arrays, two tables, metaclip's */
    /* What changed is what was said, but for the log and the list. */
    assert_int_equal(json_array_size(json_object_get(answer, "files")), n_changed - 2);
    json_decref(answer);
    mc_balance_result_dispose(&again);
    free_kept(before);
    free_kept(after);
    made_run_free(&run);
}

static void a_second_takedown_changes_nothing(void **state) {
    (void)state;
    made_run run;
    wishes w;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    take_down_all(&run, &w.request, 4, -1);
    kept_folder *after = keep_folder();
    take_down_all(&run, &w.request, 0, 0);
    const mc_takedown_request none = {0};
    take_down_all(&run, &none, 0, 0);
    assert_kept(after, NULL);
    /* Another one adds to list, log and books. */
    const char *more[] = {uid_of(&run, 200)};
    const mc_takedown_request another = {.uids = more, .n_uids = 1};
    take_down_all(&run, &another, 1, -1);
    size_t size;
    char *log = scratch_read("changes.jsonl", &size);
    const kept_file *first = kept_named(after, "changes.jsonl");
    assert_true(size > first->size);
    assert_memory_equal(log, first->data, first->size);
    free(log);
    free_kept(after);
    made_run_free(&run);
}

static void lists_are_in_order_and_say_why(void **state) {
    (void)state;
    made_run run;
    wishes w;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    /* Edited by hand: out of order, one twice, one without a reason. */
    static const char edited[] =
        "{\"uid\":\"ffffffffffffffffffffffffffffffff\",\"why\":\"host a.b\"}\n"
        "00000000000000000000000000000001\n\n"
        "{\"uid\":\"ffffffffffffffffffffffffffffffff\",\"why\":\"host b.a\"}\n";
    scratch_write("takedown.jsonl", edited, strlen(edited));
    take_down_all(&run, &w.request, 4, -1);
    size_t size, n = 0, n_urls = 0;
    char *text = scratch_read("takedown.jsonl", &size), last[33] = "";
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        json_t *object = json_loads(line, 0, NULL);
        const char *uid = json_string_value(json_object_get(object, "uid"));
        const char *why = json_string_value(json_object_get(object, "why"));
        assert_true(strcmp(last, uid) < 0);
        snprintf(last, sizeof last, "%s", uid);
        if (strcmp(uid, "ffffffffffffffffffffffffffffffff") == 0)
            assert_string_equal(why, "host a.b");
        else if (strcmp(uid, "00000000000000000000000000000001") == 0)
            assert_string_equal(why, "uid");
        n_urls += strcmp(why, "url") == 0;
        json_decref(object);
    }
    assert_int_equal(n, 6);
    assert_int_equal(n_urls, 1);
    free(text);
    scratch_write("takedown.jsonl", "no uid\n", 7);
    refuse(&run, &w.request, MC_E_FORMAT, "no uid");
    mc_balance_result result;
    assert_int_equal(mc_balance_run(&run.options, &result, NULL), MC_E_FORMAT);
    made_run_free(&run);
}

static void hosts_take_their_subdomains(void **state) {
    (void)state;
    made_run run;
    made_run_init(&run, &shape, &everything);
    const char *hosts[] = {"*.U.", "example.org"};
    const mc_takedown_request request = {.hosts = hosts, .n_hosts = 2};
    json_t *answer = take_down(&run, &request);
    size_t n;
    char *lines = read_subset(&n);
    assert_null(strstr(lines, "http://u/"));
    assert_int_equal(number(answer, "kept"), n);
    assert_true(n > 0 && number(answer, "taken_down") > 0);
    free(lines);
    json_decref(answer);
    size_t size;
    char *list = scratch_read("takedown.jsonl", &size);
    assert_non_null(strstr(list, "\"why\":\"host u\""));
    free(list);
    made_run_free(&run);
}

static void nonsense_is_refused_before_anything_changes(void **state) {
    (void)state;
    made_run run;
    made_run_init(&run, &shape, &everything);
    const char *good = uid_of(&run, 0);
    const char *uids[] = {good, "not-a-uid"}, *hosts[] = {"a b"};
    kept_folder *before = keep_folder();
    mc_takedown_request request = {.uids = uids, .n_uids = 2};
    refuse(&run, &request, MC_E_ARGUMENT, "not-a-uid");
    request = (mc_takedown_request){.uids = uids, .n_uids = 1, .hosts = hosts, .n_hosts = 1};
    refuse(&run, &request, MC_E_ARGUMENT, "a b");
    request = (mc_takedown_request){.uids = uids, .n_uids = 1, .url_file = "/nowhere/at/all"};
    refuse(&run, &request, MC_E_IO, "");
    request = (mc_takedown_request){.uids = uids, .n_uids = 1, .uid_file = "/nowhere/at/all"};
    refuse(&run, &request, MC_E_IO, "");
    assert_kept(before, NULL);
    free_kept(before);
    made_run_free(&run);
}

static void files_of_other_subsets_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"subset/shard1.npy", "subset.tsv", "subset.jsonl.zst",
                                        "metaclip/subset_inf/1/1.npy"};
    made_run run;
    wishes w;
    made_run_init(&run, &shape, &everything);
    kept_folder *before = keep_folder();
    mc_balance_result result;
    mc_balance_options options = run.options;
    options.target = MC_TARGET_THRESHOLD;
    options.threshold = 7;
    assert_int_equal(mc_balance_run(&options, &result, NULL), MC_OK);
    mc_balance_result_dispose(&result);
    assert_int_equal(
        renameat(AT_FDCWD, scratch("metaclip/subset_7"), AT_FDCWD, scratch("metaclip/subset_inf")),
        -1);
    kept_folder *other = keep_folder();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s", names[i]);
        char *t = strstr(path, "subset_inf");
        if (t)
            memmove(t + strlen("subset_7"), t + strlen("subset_inf"), strlen(t + 10) + 1);
        if (t)
            t[7] = '7';
        const kept_file *file = kept_named(other, path);
        assert_non_null(file);
        bring_back(before);
        make_wishes(&w, &run);
        scratch_write(names[i], file->data, file->size);
        kept_folder *mixed = keep_folder();
        char *text = NULL;
        mc_status status = mc_takedown(&run.audit, &w.request, &text, NULL);
        assert_true(status == MC_E_MISMATCH || (i == 0 && status == MC_E_FORMAT));
        assert_null(text);
        forget(mixed, wished);
        assert_kept(mixed, wished);
        free_kept(mixed);
    }
    free_kept(before);
    free_kept(other);
    made_run_free(&run);
}

static void runs_without_a_subset_are_listed_for(void **state) {
    (void)state;
    static const mc_balance_options counts = {.target = MC_TARGET_COUNTS, .n_threads = 1};
    made_run run;
    wishes w;
    made_run_init(&run, &shape, &counts);
    make_wishes(&w, &run);
    json_t *answer = take_down(&run, &w.request);
    assert_int_equal(number(answer, "listed"), 4);
    assert_int_equal(number(answer, "taken_down"), 0);
    assert_true(json_is_null(json_object_get(answer, "kept")));
    json_decref(answer);
    assert_int_equal(access(scratch("changes.jsonl"), F_OK), 0);
    made_run_free(&run);
}

/* ---- kills ---- */

/* Exit status of a takedown in a process of its own that dies at a step. */
static int take_down_and_die(const made_run *run, const mc_takedown_request *request, int at) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char *text = NULL;
        mc_error error = {0};
        die_at = at;
        mc_status status = mc_takedown(&run->audit, request, &text, &error);
        _exit(status == MC_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* No file is half of anything: each is as before or as after. */
static void assert_whole(const kept_folder *before, const kept_folder *after) {
    kept_folder *now = keep_folder();
    for (size_t i = 0; i < now->n; i++) {
        const kept_file *file = &now->files[i];
        const char *slash = strrchr(file->name, '/'), *name = slash ? slash + 1 : file->name;
        if (name[0] == '.' || strcmp(name, "takedown.pending") == 0 ||
            strcmp(name, dated[0]) == 0 || strcmp(name, dated[1]) == 0)
            continue;
        const kept_file *old = kept_named(before, file->name);
        const kept_file *new = kept_named(after, file->name);
        bool is_old = old && old->size == file->size && !memcmp(old->data, file->data, old->size);
        bool is_new = new &&new->size == file->size && !memcmp(new->data, file->data, new->size);
        if (!is_old && !is_new)
            fail_msg("%s is neither as before nor as after", file->name);
    }
    free_kept(now);
}

static void kills_at_any_step_can_be_made_good(void **state) {
    (void)state;
    made_run run;
    wishes w;
    const mc_takedown_request none = {0};
    mc_error error = {0};
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    assert_int_equal(mc_audit_report(&run.audit, NULL, MC_REPORT_JSON | MC_REPORT_CARD, &error),
                     MC_OK);
    kept_folder *before = keep_folder();
    take_down_all(&run, &w.request, 4, -1);
    kept_folder *after = keep_folder();
    assert_non_null(kept_named(after, "report.json"));
    assert_non_null(kept_named(after, "card.md"));
    forget(after, dated);
    int n_steps = 0, n_pending = 0, n_unlisted = 0;
    for (int at = 1;; at++) {
        bring_back(before);
        int died = take_down_and_die(&run, &w.request, at);
        if (died != 99) {
            assert_int_equal(died, 0);
            break;
        }
        n_steps++;
        assert_whole(before, after);
        mc_audited a;
        bool pending = mc_takedown_pending(scratch_folder);
        assert_int_equal(mc_audited_open(&a, &run.audit, NULL), pending ? MC_E_FORMAT : MC_OK);
        mc_audited_dispose(&a);
        n_pending += pending;
        /* Once something is listed, a takedown without wishes finishes it. */
        bool listed = access(scratch("takedown.jsonl"), F_OK) == 0;
        n_unlisted += !listed;
        take_down_all(&run, listed ? &none : &w.request, -1, -1);
        assert_kept(after, dated);
        assert_int_equal(access(scratch("card.md"), F_OK), 0);
        size_t size, n_lines = 0;
        char *log = scratch_read("changes.jsonl", &size);
        for (size_t i = 0; i < size; i++)
            n_lines += log[i] == '\n';
        assert_int_equal(n_lines, 1);
        free(log);
        take_down_all(&run, &w.request, 0, 0);
    }
    assert_true(n_steps > 60 && n_pending > 15 && n_unlisted > 0);
    /* Twice in the same takedown: finishing is killed, too. */
    for (int at = n_steps / 2; at <= n_steps; at += 5)
        for (int again = 1; again < 12; again += 5) {
            bring_back(before);
            assert_int_equal(take_down_and_die(&run, &w.request, at), 99);
            (void)take_down_and_die(&run, &w.request, again);
            assert_whole(before, after);
            take_down_all(&run, &w.request, -1, -1);
            assert_kept(after, dated);
        }
    free_kept(before);
    free_kept(after);
    made_run_free(&run);
}

/* ---- full disks ---- */

static void full_disks_change_nothing_or_are_made_good(void **state) {
    (void)state;
    made_run run;
    wishes w;
    struct rlimit usual, small;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    kept_folder *before = keep_folder();
    take_down_all(&run, &w.request, 4, -1);
    kept_folder *after = keep_folder();
    forget(after, dated);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond it fails, as on a full disk */
    size_t n_failed = 0;
    for (rlim_t limit = 0; limit < 40000; limit += limit < 3000 ? 500 : 2500) {
        mc_error error = {0};
        char *text = NULL;
        bring_back(before);
        small = usual;
        small.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        mc_status status = mc_takedown(&run.audit, &w.request, &text, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
        free(text);
        if (status != MC_OK) {
            n_failed++;
            assert_int_equal(status, MC_E_IO);
            assert_whole(before, after);
        }
        take_down_all(&run, &w.request, -1, -1);
        assert_kept(after, dated);
    }
    assert_true(n_failed > 5);
    signal(SIGXFSZ, SIG_DFL);
    free_kept(before);
    free_kept(after);
    made_run_free(&run);
}

/* ---- damaged journals ---- */

/* A run that was killed when its journal was written and nothing was renamed. */
static kept_folder *make_pending(const made_run *run, const wishes *w, const kept_folder *before) {
    for (int at = 1;; at++) {
        bring_back(before);
        assert_int_equal(take_down_and_die(run, &w->request, at), 99);
        if (mc_takedown_pending(scratch_folder))
            return keep_folder();
    }
}

static void damaged_journals_are_refused(void **state) {
    (void)state;
    static const char row[] = "{\"metacurate\":\"takedown.pending\",\"version\":\"0.1.0\","
                              "\"taken_down\":1,\"forms\":0,\"files\":[{\"file\":\"%s\",\"before\":"
                              "null,\"after\":\"00000000000000000000000000000000\"}]}";
    static const char *const names[] = {
        "",
        "/etc/passwd",
        "../x.npy",
        "subset/../../x.npy",
        "subset/../manifest.json",
        "subset//x.npy",
        "subset/.npy",
        "subset/x",
        "subset/",
        "metaclip/subset_1/../x.npy",
        "metaclip/subset_1/0/../0.npy",
        "metaclip/0/0_inverted.npy",
        "counts.npy",
        "matches/x.npy",
        "subset/a/b.npy",
        "subset/x.npy\\u0000y.npy",
        "rejects.jsonl",
    };
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "nothing",
        "{\"metacurate\":\"takedown.pending\"}",
        "{\"metacurate\":\"takedown.pending\",\"taken_down\":-1,\"forms\":0,\"files\":[{}]}",
        "{\"metacurate\":\"takedown.pending\",\"taken_down\":1,\"forms\":99,\"files\":[{}]}",
        "{\"metacurate\":\"takedown.pending\",\"taken_down\":1,\"forms\":0,\"files\":[{}]}",
        "{\"metacurate\":\"takedown.pending\",\"taken_down\":1,\"forms\":0,\"files\":[]}"};
    made_run run;
    wishes w;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    for (size_t i = 0; i < sizeof names / sizeof *names + sizeof texts / sizeof *texts; i++) {
        char text[1000];
        size_t n_names = sizeof names / sizeof *names;
        if (i < n_names)
            snprintf(text, sizeof text, row, names[i]);
        else
            snprintf(text, sizeof text, "%s", texts[i - n_names]);
        scratch_write("takedown.pending", text, strlen(text));
        kept_folder *before = keep_folder();
        refuse(&run, &w.request, MC_E_FORMAT, "damaged");
        assert_kept(before, NULL);
        free_kept(before);
    }
    made_run_free(&run);
}

/* Somebody else wrote a file while a journal was left. */
static void journals_of_other_files_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"subset/shard0.npy", "subset.tsv",
                                        "subset/.shard0.npy.takedown", ".subset.tsv.takedown"};
    made_run run;
    wishes w;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    kept_folder *before = keep_folder(), *pending = make_pending(&run, &w, before);
    for (size_t i = 0; i < 2 * sizeof names / sizeof *names; i++) {
        bring_back(pending);
        if (i % 2)
            assert_int_equal(unlink(scratch(names[i / 2])), 0);
        else
            scratch_write(names[i / 2], "another", 7);
        kept_folder *mixed = keep_folder();
        refuse(&run, &w.request, MC_E_MISMATCH, "interrupted");
        forget(mixed, wished);
        assert_kept(mixed, wished);
        free_kept(mixed);
    }
    free_kept(before);
    free_kept(pending);
    made_run_free(&run);
}

static void journals_of_a_run_before_are_dropped(void **state) {
    (void)state;
    made_run run;
    wishes w;
    size_t size;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    kept_folder *before = keep_folder(), *pending = make_pending(&run, &w, before);
    take_down_all(&run, &w.request, 0, -1);
    kept_folder *after = keep_folder();
    const char *but[] = {"changes.jsonl", "manifest.json", NULL};
    forget(after, but);
    bring_back(pending);
    char *manifest = scratch_read("manifest.json", &size);
    manifest[size - 1] = ' '; /* another one */
    scratch_write("manifest.json", manifest, size);
    free(manifest);
    take_down_all(&run, &w.request, 0, -1);
    assert_kept(after, but);
    /* Without a manifest the run is not finished, and nothing is done to it. */
    bring_back(pending);
    assert_int_equal(unlink(scratch("manifest.json")), 0);
    refuse(&run, &w.request, MC_E_MISMATCH, "");
    free_kept(before);
    free_kept(pending);
    free_kept(after);
    made_run_free(&run);
}

static void leftovers_without_a_journal_are_removed(void **state) {
    (void)state;
    static const char *const names[] = {
        "subset/.shard0.npy.takedown", "subset/..shard0.npy.takedown.tmp",
        ".manifest.json.takedown", "..subset.jsonl.zst.takedown.tmp",
        "metaclip/subset_inf/0/.0.npy.takedown"};
    made_run run;
    const mc_takedown_request none = {0};
    made_run_init(&run, &shape, &everything);
    kept_folder *before = keep_folder();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        scratch_write(names[i], "left", 4);
    take_down_all(&run, &none, 0, 0);
    assert_kept(before, NULL);
    free_kept(before);
    made_run_free(&run);
}

/* ---- two at a time ---- */

static void two_takedowns_exclude_each_other(void **state) {
    (void)state;
    made_run run;
    wishes w;
    int ready[2], done[2];
    char byte = 0;
    made_run_init(&run, &shape, &everything);
    make_wishes(&w, &run);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        mc_takedown_lock lock;
        bool taken = mc_takedown_lock_take(&lock, scratch("takedown.jsonl"), NULL) == MC_OK;
        (void)!write(ready[1], taken ? "y" : "n", 1);
        (void)!read(done[0], &byte, 1);
        mc_takedown_lock_release(&lock);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    refuse(&run, &w.request, MC_E_EXISTS, "another takedown");
    assert_int_equal(access(scratch("takedown.jsonl"), F_OK), -1);
    assert_int_equal(write(done[1], "", 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (size_t i = 0; i < 2; i++) {
        close(ready[i]);
        close(done[i]);
    }
    take_down_all(&run, &w.request, 4, -1);
    assert_int_equal(access(scratch(".takedown.lock"), F_OK), -1);
    made_run_free(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_remains_is_what_excluding_leaves),
        cmocka_unit_test(a_second_takedown_changes_nothing),
        cmocka_unit_test(lists_are_in_order_and_say_why),
        cmocka_unit_test(hosts_take_their_subdomains),
        cmocka_unit_test(nonsense_is_refused_before_anything_changes),
        cmocka_unit_test(files_of_other_subsets_are_refused),
        cmocka_unit_test(runs_without_a_subset_are_listed_for),
        cmocka_unit_test(kills_at_any_step_can_be_made_good),
        cmocka_unit_test(full_disks_change_nothing_or_are_made_good),
        cmocka_unit_test(damaged_journals_are_refused),
        cmocka_unit_test(journals_of_other_files_are_refused),
        cmocka_unit_test(journals_of_a_run_before_are_dropped),
        cmocka_unit_test(leftovers_without_a_journal_are_removed),
        cmocka_unit_test(two_takedowns_exclude_each_other),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
