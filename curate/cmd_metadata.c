/* metadata build and metadata show. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "console.h"
#include "folder.h"

static mc_status build(const settings *s, mc_error *error) {
    mc_list *list;
    size_t n_synsets = 0;
    if (!s->wordnet || !s->output)
        return mc_fail(error, MC_E_ARGUMENT, "name the source and the list: --wordnet DIR -o FILE");
    MC_TRY(folder_check_file(s, error));
    MC_TRY(mc_list_create(&list, error));
    mc_status status = s->no_numbers ? MC_OK : mc_list_add_numbers(list, error);
    if (status == MC_OK)
        status = mc_list_add_wordnet(list, s->wordnet, &n_synsets, error);
    if (status == MC_OK)
        status = mc_list_write(list, s->output, error);
    if (status == MC_OK)
        console_note("%s: %zu entries from %zu synsets", s->output, mc_list_count(list), n_synsets);
    mc_list_free(list);
    return status;
}

static exit_code run_build(const settings *s) {
    mc_error error = {0};
    return build(s, &error) == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_metadata_build = {
    .name = "metadata build",
    .summary = "build a concept list",
    .usage = "--wordnet DIR -o LIST.json",
    .help = "Builds a concept list: the numbers 0 to 99, then WordNet's names. The same sources "
            "give the\nsame bytes.",
    .options = OPTIONS_WORDNET | OPTIONS_OUTPUT | OPTIONS_FILE | OPTIONS_CONSOLE,
    .run = run_build,
};

/* Prints an entry so that nothing in it can move the cursor or end the line. */
static void print_entry(mc_bytes entry) {
    for (size_t i = 0; i < entry.size; i++) {
        unsigned char c = (unsigned char)entry.data[i];
        if (c < 0x20 || c == 0x7f)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
}

static void print_sources(const mc_list *list) {
    size_t n = mc_list_count(list);
    const char *current = NULL;
    /* Sources are few; each is counted when it is met first. */
    for (size_t i = 0; i < n; i++) {
        const char *source = mc_list_source(list, i);
        bool met = i > 0 && source == current;
        for (size_t k = 0; !met && k < i; k++)
            met = mc_list_source(list, k) == source;
        current = source;
        if (met)
            continue;
        size_t count = 0;
        for (size_t k = i; k < n; k++)
            count += mc_list_source(list, k) == source;
        printf("  %-20s %9zu\n", source ? source : "(unknown)", count);
    }
}

static mc_status show(const settings *s, mc_error *error) {
    mc_list *list;
    const char *path = s->n_inputs > 0 ? s->inputs[0] : s->metadata;
    mc_rules rules = MC_RULES_METACLIP1;
    if (!path)
        return mc_fail(error, MC_E_ARGUMENT, "name a concept list: metadata show LIST");
    if (s->rules)
        MC_TRY(mc_rules_parse(s->rules, &rules, error));
    MC_TRY(mc_list_read(&list, path, error));
    const mc_bytes *entries = mc_list_entries(list);
    size_t n = mc_list_count(list), n_dead = 0, n_spaced = 0, longest = 0;
    for (size_t i = 0; i < n; i++) {
        n_dead += mc_entry_is_dead(entries[i].data, entries[i].size, rules);
        n_spaced += entries[i].size && memchr(entries[i].data, ' ', entries[i].size) != NULL;
        longest = entries[i].size > longest ? entries[i].size : longest;
    }
    printf("%s\n  entries              %9zu\n  with a space         %9zu\n"
           "  longest, bytes       %9zu\nby source\n",
           path, n, n_spaced, longest);
    print_sources(list);
    printf("can never match under %s: %zu\n", mc_rules_name(rules), n_dead);
    for (size_t i = 0; i < n; i++) {
        if (!mc_entry_is_dead(entries[i].data, entries[i].size, rules))
            continue;
        printf("  %9zu  ", i);
        print_entry(entries[i]);
        putchar('\n');
    }
    mc_list_free(list);
    return MC_OK;
}

static exit_code run_show(const settings *s) {
    mc_error error = {0};
    return show(s, &error) == MC_OK ? EXIT_DONE : console_fail(&error);
}

const command command_metadata_show = {
    .name = "metadata show",
    .summary = "a concept list's make-up and its dead entries",
    .usage = "LIST",
    .help = "Prints how many entries come from which source, and those that can never match any "
            "text under\nthe rules, with their ids.",
    .options = OPTIONS_METADATA | OPTIONS_CONSOLE,
    .run = run_show,
};
