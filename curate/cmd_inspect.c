#include "commands.h"
#include "console.h"

static exit_code run(const settings *s) {
    mc_error error = {0};
    if (s->n_inputs == 0) {
        mc_fail(&error, MC_E_ARGUMENT, "name a file to inspect");
        return console_fail(&error);
    }
    for (size_t i = 0; i < s->n_inputs; i++)
        if (mc_inspect(s->inputs[i], s->lines, console_write, NULL, &error) != MC_OK)
            return console_fail(&error);
    return EXIT_DONE;
}

const command command_inspect = {
    .name = "inspect",
    .summary = "any file metacurate writes, as JSON",
    .usage = "[--lines] FILE ...",
    .help = "Describes a match index (.mcm), a compiled list (.mca), an array (.npy) or a list of "
            "lines as\na JSON document; documents are printed as they are.",
    .options = OPTIONS_LINES | OPTIONS_CONSOLE,
    .run = run,
};
