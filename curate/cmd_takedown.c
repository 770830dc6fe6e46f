/* takedown: images out of a subset, for good. */
#include <stdlib.h>

#include "audit_print.h"
#include "commands.h"
#include "console.h"
#include "run_folder.h"

static mc_status take_down(const settings *s, run_folder *run, mc_error *error) {
    char *json = NULL;
    mc_takedown_request request = {.uids = s->files[FILE_UIDS],
                                   .n_uids = s->n_files[FILE_UIDS],
                                   .hosts = s->files[FILE_HOSTS],
                                   .n_hosts = s->n_files[FILE_HOSTS],
                                   .url_file = s->url_file,
                                   .uid_file = s->uid_file};
    MC_TRY(run_folder_open(run, s, s->inputs[0], error));
    MC_TRY(mc_takedown(&run->options, &request, &json, error));
    console_end_progress();
    mc_status status = s->quiet ? MC_OK : audit_print(json, s->json, error);
    free(json);
    return status;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    run_folder folder = {0};
    mc_status status = MC_OK;
    if (s->n_inputs != 1)
        status = mc_fail(&error, MC_E_ARGUMENT, "name one folder that balance or curate wrote");
    if (status == MC_OK)
        status = take_down(s, &folder, &error);
    console_end_progress();
    run_folder_close(&folder);
    return status == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_takedown = {
    .name = "takedown",
    .summary = "images out of a subset, for good",
    .usage = "DIR [--uid UID ...] [--uid-file FILE] [--host HOST ...] [--url-file FILE]",
    .help = "Takes images out of the subset in the folder DIR. Its files are rewritten, each whole "
            "or not at\nall, and changes.jsonl says what changed. The uids are listed in "
            "takedown.jsonl beside the match\nindexes, and every later balancing of these leaves "
            "them out. Hosts and URLs are looked for in\nthe whole pool. A takedown that was "
            "interrupted is finished by the next one, which needs no\noptions.",
    .options = OPTIONS_METADATA | OPTIONS_TAKEDOWN | OPTIONS_RUNS | OPTIONS_JSON | OPTIONS_THREADS |
               OPTIONS_CONSOLE,
    .run = run,
};
