#include "commands.h"
#include "concept_list.h"
#include "console.h"
#include "folder.h"
#include "inputs.h"

static mc_status compile(const settings *s, mc_error *error) {
    concept_list list;
    MC_TRY(inputs_check_given(s, "compile", "-m LIST", "-o FILE.mca", NULL, error));
    if (s->n_inputs > 0)
        return mc_fail(error, MC_E_ARGUMENT, "compile takes no input but -m");
    MC_TRY(folder_check_file(s, error));
    MC_TRY(concept_list_open(&list, s->metadata, s->rules, error));
    concept_list_warn(&list, s->metadata);
    size_t size;
    const void *data = mc_concepts_data(list.concepts, &size);
    mc_status status = mc_write_file(s->output, data, size, error);
    if (status == MC_OK)
        console_note("%s: %u entries (%u repeated, %u that can never match), %.1f MB", s->output,
                     mc_concepts_count(list.concepts), mc_concepts_repeated(list.concepts),
                     mc_concepts_dead(list.concepts), (double)size / 1e6);
    concept_list_close(&list);
    return status;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    return compile(s, &error) == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_compile = {
    .name = "compile",
    .summary = "concept list -> compiled list (.mca)",
    .usage = "-m LIST -o FILE.mca",
    .help = "Compiles a concept list once, so that later runs map it instead of building it.",
    .options = OPTIONS_METADATA | OPTIONS_OUTPUT | OPTIONS_FILE | OPTIONS_CONSOLE,
    .run = run,
};
