/* metadata export: a list in a form that others read. */
#include "commands.h"
#include "console.h"
#include "folder.h"
#include "inputs.h"

static mc_status export_list(const settings *s, mc_error *error) {
    mc_list *list;
    mc_list_form form = MC_LIST_JSON;
    MC_TRY(inputs_check_given(s, "metadata export", NULL, "-o FILE", "a LIST", error));
    if (s->n_inputs != 1)
        return mc_fail(error, MC_E_ARGUMENT, "metadata export takes one list");
    if (s->form)
        MC_TRY(mc_list_form_parse(s->form, &form, error));
    MC_TRY(folder_check_file(s, error));
    MC_TRY(mc_list_read(&list, s->inputs[0], error));
    mc_status status = mc_list_export(list, form, s->output, error);
    if (status == MC_OK)
        console_note("%s: %zu entries", s->output, mc_list_count(list));
    mc_list_free(list);
    return status;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    return export_list(s, &error) == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_metadata_export = {
    .name = "metadata export",
    .summary = "write a concept list in another form",
    .usage = "LIST --as FORM -o FILE",
    .help = "Writes the entries of a list, in their order, without sources and scores.",
    .options = OPTIONS_EXPORT | OPTIONS_OUTPUT | OPTIONS_FILE | OPTIONS_CONSOLE,
    .run = run,
};
