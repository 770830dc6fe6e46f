/* Lines of pageviews. Most belong to other domains, which their first bytes tell. */
#include "metadata/titles_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "metacurate/text.h"

mc_status mc_project_init(mc_project *project, const char *name, mc_error *error) {
    static const char *const sites[MC_PROJECT_DOMAINS] = {"", ".m", ".zero"};
    size_t size = strlen(name), language = strcspn(name, ".");
    bool sound = language > 0 && size <= MC_DOMAIN_MAX;
    for (size_t i = 0; sound && i < size; i++)
        sound = (unsigned char)name[i] > ' ';
    if (!sound)
        return mc_fail(error, MC_E_ARGUMENT,
                       "a project is named as in pageviews files, \"en\" say, in up to %d bytes",
                       MC_DOMAIN_MAX);
    for (size_t i = 0; i < MC_PROJECT_DOMAINS; i++)
        project->sizes[i] =
            (size_t)snprintf(project->domains[i], sizeof project->domains[i], "%.*s%s%s ",
                             (int)language, name, sites[i], name + language);
    return MC_OK;
}

/* Size of the domain and the space after it when it is one of the project's, else 0. */
static size_t own_domain(const mc_project *project, mc_bytes line) {
    for (size_t i = 0; i < MC_PROJECT_DOMAINS; i++)
        if (line.size >= project->sizes[i] &&
            memcmp(line.data, project->domains[i], project->sizes[i]) == 0)
            return project->sizes[i];
    return 0;
}

/* Reads digits alone as a number. */
static bool read_number(mc_bytes field, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < field.size; i++) {
        unsigned digit = (unsigned)(unsigned char)field.data[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return field.size > 0;
}

static bool all_digits(mc_bytes field) {
    for (size_t i = 0; i < field.size; i++)
        if (field.data[i] < '0' || field.data[i] > '9')
            return false;
    return field.size > 0;
}

/* Takes a field and the space after it off the front of rest; false when there is no space. */
static bool take_field(mc_bytes *rest, mc_bytes *field) {
    const char *space = rest->size > 0 ? memchr(rest->data, ' ', rest->size) : NULL;
    if (!space)
        return false;
    *field = (mc_bytes){rest->data, (size_t)(space - rest->data)};
    rest->size -= field->size + 1;
    rest->data = space + 1;
    return true;
}

mc_views_fate mc_views_parse(const mc_project *project, uint64_t floor, mc_bytes line,
                             mc_bytes *title, uint64_t *views) {
    size_t domain = own_domain(project, line);
    if (domain == 0) {
        bool has_domain = line.size > 0 && memchr(line.data, ' ', line.size);
        return has_domain ? MC_VIEWS_OTHER_DOMAIN : MC_VIEWS_BAD_LINE;
    }
    mc_bytes rest = {line.data + domain, line.size - domain}, count;
    if (!take_field(&rest, title) || title->size == 0 || !take_field(&rest, &count) ||
        !all_digits(rest))
        return MC_VIEWS_BAD_LINE;
    if (!read_number(count, views))
        return MC_VIEWS_BAD_COUNT;
    if (!mc_utf8_valid(title->data, title->size))
        return MC_VIEWS_BAD_UTF8;
    if (title->size == 1 && title->data[0] == '-')
        return MC_VIEWS_UNTITLED;
    if (memchr(title->data, ':', title->size))
        return MC_VIEWS_WITH_COLON;
    return *views == 0 || *views < floor ? MC_VIEWS_BELOW_FLOOR : MC_VIEWS_COUNTED;
}
