/* What sources of metadata offer, for the tests that hold it against other counts.
 *
 * usage: metadata_sources titles PROJECT FLOOR THREADS MEMORY FILE...
 *        metadata_sources omw as-written|joined FILE...
 *
 * Prints a JSON line with the totals, one with the number of lines in the ledger and the hash of
 * the ledger, and one a candidate: [string, count, score]. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json_out.h"
#include "metadata/omw.h"
#include "metadata/titles.h"

static int fail(const mc_error *error) {
    char text[1200];
    fprintf(stderr, "%s\n", mc_error_text(error, text, sizeof text));
    return 1;
}

static int print(const mc_candidates *found, const mc_buffer *ledger) {
    size_t n_lines = 0;
    for (size_t i = 0; i < ledger->size; i++)
        n_lines += ledger->data[i] == '\n';
    printf("[%zu, \"%016" PRIx64 "\"]\n", n_lines, mc_hash64(ledger->data, ledger->size));
    mc_buffer line = {0};
    mc_error error;
    mc_status status = MC_OK;
    for (size_t i = 0; status == MC_OK && i < found->n; i++) {
        mc_bytes string = mc_candidate_string(found, i);
        line.size = 0;
        status = mc_json_string(&line, string.data, string.size, &error);
        if (status == MC_OK)
            status = mc_buffer_printf(&line, &error, ", %" PRIu64 ", ", found->items[i].count);
        if (status == MC_OK)
            status = mc_json_double(&line, found->items[i].score, &error);
        printf("[%.*s]\n", (int)line.size, line.data);
    }
    mc_buffer_dispose(&line);
    return status == MC_OK ? 0 : fail(&error);
}

static int print_titles(int argc, char **argv) {
    mc_titles_options options = {.project = argv[2],
                                 .hour_floor = strtoull(argv[3], NULL, 10),
                                 .n_threads = strtoull(argv[4], NULL, 10),
                                 .memory = strtoull(argv[5], NULL, 10)};
    mc_titles_totals totals = {0};
    mc_candidates found = {0};
    mc_buffer ledger = {0};
    mc_error error;
    if (mc_titles_read(&found, (const char *const *)argv + 6, (size_t)argc - 6, &options, &totals,
                       &ledger, NULL, &error) != MC_OK)
        return fail(&error);
    printf("{\"lines\": %" PRIu64 ", \"counted\": %" PRIu64 ", \"other_domains\": %" PRIu64
           ", \"below_floor\": %" PRIu64 ", \"with_colon\": %" PRIu64 ", \"untitled\": %" PRIu64
           ", \"damaged\": %" PRIu64 "}\n",
           totals.lines, totals.counted, totals.other_domains, totals.below_floor,
           totals.with_colon, totals.untitled, totals.damaged);
    int code = print(&found, &ledger);
    mc_candidates_dispose(&found);
    mc_buffer_dispose(&ledger);
    return code;
}

static int print_words(int argc, char **argv) {
    mc_omw_totals totals = {0};
    mc_candidates found = {0};
    mc_buffer ledger = {0};
    mc_error error;
    if (mc_omw_read(&found, (const char *const *)argv + 3, (size_t)argc - 3,
                    !strcmp(argv[2], "joined"), &totals, &ledger, NULL, &error) != MC_OK)
        return fail(&error);
    printf("{\"lines\": %" PRIu64 ", \"words\": %" PRIu64 ", \"passed\": %" PRIu64
           ", \"damaged\": %" PRIu64 "}\n",
           totals.lines, totals.words, totals.passed, totals.damaged);
    int code = print(&found, &ledger);
    mc_candidates_dispose(&found);
    mc_buffer_dispose(&ledger);
    return code;
}

int main(int argc, char **argv) {
    if (argc > 6 && !strcmp(argv[1], "titles"))
        return print_titles(argc, argv);
    if (argc > 3 && !strcmp(argv[1], "omw"))
        return print_words(argc, argv);
    fprintf(stderr, "usage: %s titles PROJECT FLOOR THREADS MEMORY FILE... | omw FORM FILE...\n",
            argv[0]);
    return 2;
}
