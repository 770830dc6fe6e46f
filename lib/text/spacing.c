/* Spacing, and the entries that no spaced text can hold. */
#include <string.h>

#include "metacurate/text.h"

enum { PLAIN, BLANK, MARK };

static const unsigned char class_of[256] = {
    ['\t'] = BLANK, ['\n'] = BLANK, ['\r'] = BLANK, [','] = MARK, ['.'] = MARK,
    [';'] = MARK,   [':'] = MARK,   ['?'] = MARK,   ['!'] = MARK, ['`'] = MARK,
};

const char *mc_rules_name(mc_rules rules) {
    return rules == MC_RULES_METACLIP1 ? "metaclip1" : NULL;
}

mc_status mc_rules_parse(const char *name, mc_rules *out, mc_error *error) {
    if (strcmp(name, "metaclip1") != 0)
        return mc_fail(error, MC_E_ARGUMENT, "unknown rules \"%.40s\" (known: metaclip1)", name);
    *out = MC_RULES_METACLIP1;
    return MC_OK;
}

/* The replacements of the rule touch no character that another one makes except spaces, so one
 * pass over the text does what the sequence of passes does. */
size_t mc_space(const char *text, size_t size, char *out) {
    char *o = out;
    *o++ = ' ';
    for (size_t i = 0; i < size; i++) {
        unsigned char class = class_of[(unsigned char)text[i]];
        if (class == PLAIN) {
            *o++ = text[i];
        } else if (class == BLANK) {
            *o++ = ' ';
        } else {
            o[0] = ' ';
            o[1] = text[i];
            o[2] = ' ';
            o += 3;
        }
    }
    *o++ = ' ';
    return (size_t)(o - out);
}

bool mc_entry_is_dead(const char *entry, size_t size, mc_rules rules) {
    (void)rules;
    if (size == 0 || !mc_utf8_valid(entry, size))
        return true;
    for (size_t i = 0; i < size; i++) {
        unsigned char class = class_of[(unsigned char)entry[i]];
        if (class == BLANK)
            return true;
        if (class != MARK)
            continue;
        bool left = i == 0 || entry[i - 1] == ' ';
        bool right = i + 1 == size || entry[i + 1] == ' ';
        bool near = i + 2 < size && class_of[(unsigned char)entry[i + 2]] == MARK;
        if (!left || !right || near)
            return true;
    }
    return false;
}
