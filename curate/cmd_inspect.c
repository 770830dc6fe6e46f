#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"

/* Of a folder that a run wrote, its manifest is shown. */
static mc_status inspect(const settings *s, const char *path, mc_error *error) {
    char manifest[4096];
    struct stat info;
    if (stat(path, &info) < 0 || !S_ISDIR(info.st_mode))
        return mc_inspect(path, s->lines, console_write, NULL, error);
    int n = snprintf(manifest, sizeof manifest, "%s/manifest.json", path);
    if (n < (int)sizeof manifest && access(manifest, F_OK) == 0)
        return mc_inspect(manifest, s->lines, console_write, NULL, error);
    mc_fail(error, MC_E_FORMAT, "is a folder without a manifest: name a file in it");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

static exit_code run(const settings *s) {
    mc_error error = {0};
    if (s->n_inputs == 0) {
        mc_fail(&error, MC_E_ARGUMENT, "name a file to inspect");
        return console_fail(&error);
    }
    for (size_t i = 0; i < s->n_inputs; i++)
        if (inspect(s, s->inputs[i], &error) != MC_OK)
            return console_fail(&error);
    return EXIT_DONE;
}

const command command_inspect = {
    .name = "inspect",
    .summary = "any file metacurate writes, as JSON",
    .usage = "[--lines] FILE ...",
    .help = "Describes a match index (.mcm), a compiled list (.mca), an array (.npy) or a list of "
            "lines as\na JSON document; documents are printed as they are, and of a folder that a "
            "run wrote its\n"
            "manifest.",
    .options = OPTIONS_LINES | OPTIONS_CONSOLE,
    .run = run,
};
