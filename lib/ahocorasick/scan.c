/* Scanning one stream: a step a byte through the double array, falling back to ever shorter
 * suffixes where a state has no child for the byte. The root has a child for every byte, so the
 * fall ends there at the latest without being asked. */
#include "format.h"

void ac_scanner_init(ac_scanner *scanner, const ac_automaton *ac) {
    *scanner = (ac_scanner){.ac = ac, .state = AC_ROOT};
}

void ac_scanner_feed(ac_scanner *scanner, const void *text, size_t size) {
    scanner->text = text;
    scanner->text_end = size ? scanner->text + size : scanner->text;
}

/* Compiled twice, for narrow and for wide automata. */
static inline size_t scan(ac_scanner *scanner, ac_match *out, size_t capacity, bool wide) {
    const ac_automaton ac = *scanner->ac;
    const unsigned char *const begin = scanner->text, *const end = scanner->text_end;
    const unsigned char *text = begin;
    uint32_t state = scanner->state, output = scanner->output;
    uint32_t word = ac.words[state];
    size_t n = 0;
    for (;;) {
        while (output != 0 && n < capacity) {
            const ac_output *o = &ac.outputs[output - 1];
            out[n++] = (ac_match){scanner->position + (uint64_t)(text - begin), o->id, o->size};
            output = o->next;
        }
        if (output != 0)
            break;
        do {
            if (text == end)
                goto done;
            uint32_t byte = *text++;
            uint32_t child = ac_base(ac.highs, state, word, wide) ^ byte;
            word = ac.words[child];
            while (ac_check(word) != byte) {
                state = ac.links[state].fail;
                child = ac_base(ac.highs, state, ac.words[state], wide) ^ byte;
                word = ac.words[child];
            }
            state = child;
        } while (!(word & AC_ENDS));
        output = ac.links[state].output;
    }
done:
    scanner->text = text;
    scanner->position += (uint64_t)(text - begin);
    scanner->state = state;
    scanner->output = output;
    return n;
}

size_t ac_scanner_next(ac_scanner *scanner, ac_match *out, size_t capacity) {
    return scanner->ac->highs ? scan(scanner, out, capacity, true)
                              : scan(scanner, out, capacity, false);
}

bool ac_scan(ac_scanner *scanner, const void *text, size_t size,
             bool (*on_match)(void *context, const ac_match *match), void *context) {
    ac_match matches[64];
    size_t n;
    ac_scanner_feed(scanner, text, size);
    while ((n = ac_scanner_next(scanner, matches, sizeof matches / sizeof matches[0])) > 0)
        for (size_t i = 0; i < n; i++)
            if (!on_match(context, &matches[i]))
                return false;
    return true;
}
