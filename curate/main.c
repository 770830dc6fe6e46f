/* metacurate: the table of commands, and which one runs. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "commands.h"
#include "console.h"
#include "nearest.h"

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
        if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
            continue;
        *n_words = space ? 2 : 1;
        if (!space || (argc > 1 && strcmp(argv[1], space + 1) == 0))
            return commands[i];
    }
    return NULL;
}

/* True when a command of two words begins with this one. */
static bool begins_commands(const char *word) {
    size_t size = strlen(word);
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strncmp(commands[i]->name, word, size) == 0 && commands[i]->name[size] == ' ')
            return true;
    return false;
}

/* The commands that begin with a word, in a row or with what they do. */
static void list_commands(FILE *out, const char *word, bool explain) {
    size_t size = strlen(word), n = 0;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i]->name;
        if (strncmp(name, word, size) != 0 || name[size] != ' ')
            continue;
        if (explain)
            fprintf(out, "  %-16s %s\n", name, commands[i]->summary);
        else
            fprintf(out, "%s%s", n++ ? ", " : "", name + size + 1);
    }
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static exit_code say_unknown(const char *name) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        size_t d = nearest_distance(name, commands[i]->name);
        if (d < distance) {
            distance = d;
            best = commands[i]->name;
        }
    }
    bool slip = nearest_is_slip(name, distance);
    fprintf(stderr,
            "metacurate: error: unknown command \"%s\"%s%s%s; metacurate --help lists them\n", name,
            slip ? " (did you mean " : "", slip ? best : "", slip ? "?)" : "");
    return EXIT_USAGE;
}

/* Arguments that name no command. */
static exit_code explain(int argc, char **argv) {
    if (!begins_commands(argv[0]))
        return say_unknown(argv[0]);
    if (argc > 1 && is_help(argv[1])) {
        printf("usage: metacurate %s COMMAND ...\n\ncommands:\n", argv[0]);
        list_commands(stdout, argv[0], true);
        return EXIT_DONE;
    }
    if (argc > 1 && argv[1][0] != '-') {
        char name[64];
        snprintf(name, sizeof name, "%s %s", argv[0], argv[1]);
        return say_unknown(name);
    }
    fprintf(stderr, "metacurate: error: %s takes one of: ", argv[0]);
    list_commands(stderr, argv[0], false);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

/* help, help COMMAND. */
static exit_code help(int argc, char **argv) {
    int n_words = 1;
    const command *c = find_command(argc, argv, &n_words);
    if (c)
        options_print_help(c);
    else if (argc == 0)
        print_help(stdout);
    else
        return explain(2, (char *[]){argv[0], argc > 1 ? argv[1] : (char[]){"--help"}});
    return EXIT_DONE;
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
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0)
        return (int)help(argc - 2, argv + 2);
    if (strcmp(argv[1], "--version") == 0) {
        printf("metacurate %s\n", mc_version());
        return EXIT_DONE;
    }
    int n_words = 1;
    const command *c = find_command(argc - 1, argv + 1, &n_words);
    if (!c)
        return (int)explain(argc - 1, argv + 1);
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
