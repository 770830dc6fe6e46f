/* Scanning: one step a byte through the double array, failing to ever shorter suffixes where a
 * state has no child for the byte; and leftmost-longest search, which follows children alone. */
#include "format.h"

void ac_scanner_init(ac_scanner *scanner, const ac_automaton *ac) {
    *scanner = (ac_scanner){.ac = ac, .state = AC_ROOT};
}

void ac_scanner_feed(ac_scanner *scanner, const void *text, size_t size) {
    scanner->text = text;
    scanner->text_end = size ? scanner->text + size : scanner->text;
}

size_t ac_scanner_next(ac_scanner *scanner, ac_match *out, size_t capacity) {
    const ac_slot *slots = scanner->ac->slots;
    const ac_output *outputs = scanner->ac->outputs;
    const unsigned char *text = scanner->text;
    uint64_t position = scanner->position;
    uint32_t state = scanner->state;
    uint32_t output = scanner->output;
    size_t n = 0;
    for (;;) {
        while (output != 0 && n < capacity) {
            const ac_output *o = &outputs[output - 1];
            out[n++] = (ac_match){position, o->id, o->size};
            output = o->next;
        }
        if (n == capacity || text == scanner->text_end)
            break;
        uint32_t byte = *text++;
        position++;
        for (;;) {
            uint32_t child = slots[state].base ^ byte;
            if (ac_slot_check(slots[child]) == byte) {
                state = child;
                break;
            }
            if (state == AC_ROOT)
                break;
            state = slots[state].fail;
        }
        output = ac_slot_output(slots[state]);
    }
    scanner->text = text;
    scanner->position = position;
    scanner->state = state;
    scanner->output = output;
    return n;
}

bool ac_scan(ac_scanner *scanner, const void *text, size_t size,
             bool (*on_match)(void *context, const ac_match *match), void *context) {
    ac_match match;
    ac_scanner_feed(scanner, text, size);
    while (ac_scanner_next(scanner, &match, 1))
        if (!on_match(context, &match))
            return false;
    return true;
}

/* The longest pattern that begins at text. Returns its 1-based output, 0 when there is none. */
static uint32_t longest_at(const ac_automaton *ac, const unsigned char *text, size_t size) {
    const ac_slot *slots = ac->slots;
    uint32_t state = AC_ROOT, best = 0;
    for (size_t i = 0; i < size; i++) {
        uint32_t child = slots[state].base ^ text[i];
        if (ac_slot_check(slots[child]) != text[i])
            break;
        state = child;
        uint32_t output = ac_slot_output(slots[state]);
        if (output != 0 && ac->outputs[output - 1].size == i + 1)
            best = output;
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
