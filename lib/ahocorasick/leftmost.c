/* Leftmost-longest search: from each place on, the tree alone is followed as deep as the text
 * leads, and the deepest state on the way at which a pattern of its whole length ends is it. */
#include "format.h"

/* The longest pattern that begins at text. Returns 1 + its output, 0 when there is none. */
static uint32_t longest_at(const ac_automaton *ac, const unsigned char *text, size_t size) {
    uint32_t best = 0, base = AC_ROOT_BASE;
    for (size_t i = 0; i < size; i++) {
        uint32_t state = base ^ text[i], word = ac->words[state];
        base = ac_base(ac->highs, state, word, ac->highs != NULL);
        if (ac_check(word) != text[i] || base == AC_ROOT_BASE)
            break;
        if (word & AC_ENDS) {
            uint32_t output = ac->links[state].output;
            if (ac->outputs[output - 1].size == i + 1)
                best = output;
        }
    }
    return best;
}

size_t ac_leftmost(const ac_automaton *ac, const void *text, size_t size, size_t *position,
                   ac_match *out, size_t capacity) {
    const unsigned char *bytes = text;
    size_t n = 0, at = *position;
    while (n < capacity && at < size) {
        uint32_t output = longest_at(ac, bytes + at, size - at);
        if (output == 0) {
            at++;
            continue;
        }
        const ac_output *o = &ac->outputs[output - 1];
        at += o->size;
        out[n++] = (ac_match){at, o->id, o->size};
    }
    *position = at;
    return n;
}
