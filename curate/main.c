/* metacurate: the table of commands, and which one runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "commands.h"
#include "console.h"

static const command *const commands[] = {
    &command_metadata_build,  &command_metadata_show, &command_metadata_diff,
    &command_metadata_export, &command_compile,       &command_extract,
    &command_match,           &command_balance,       &command_curate,
    &command_audit,           &command_takedown,      &command_inspect,
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static void print_help(FILE *out) {
    fprintf(out,
            "metacurate %s: balanced image-text data from raw pools\n\n"
            "usage: metacurate COMMAND ...\n\ncommands:\n",
            mc_version());
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-16s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "\nmetacurate COMMAND --help explains a command and its options.\n");
}

/* The command that argv names, of one or two words; *n_words is how many. */
static const command *find_command(int argc, char **argv, int *n_words) {
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i]->name, *space = strchr(name, ' ');
        size_t first = space ? (size_t)(space - name) : strlen(name);
        if (strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
            continue;
        *n_words = space ? 2 : 1;
        if (!space || (argc > 1 && strcmp(argv[1], space + 1) == 0))
            return commands[i];
    }
    return NULL;
}

/* CLD2 takes and gives back tens of kilobytes for every text. Where these are at the end of the
 * heap, each would be a call of the system, which was seen to double the time of extract --lid
 * cld2. */
static void keep_memory(void) {
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

int main(int argc, char **argv) {
    keep_memory();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("metacurate %s\n", mc_version());
        return EXIT_DONE;
    }
    int n_words = 1;
    const command *c = find_command(argc - 1, argv + 1, &n_words);
    if (!c) {
        fprintf(stderr, "metacurate: unknown command \"%s\"\n\n", argv[1]);
        print_help(stderr);
        return EXIT_USAGE;
    }
    settings s;
    exit_code code;
    if (options_read(c, argc - 1 - n_words, argv + 1 + n_words, &s, &code)) {
        console_begin(&s);
        code = c->run(&s);
        if (fflush(stdout) != 0 && code == EXIT_DONE)
            code = EXIT_FAILED;
    }
    free(s.inputs);
    return (int)code;
}
