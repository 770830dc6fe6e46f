/* Scanning many texts side by side, in lanes that take turns, a step each. A step ends by asking
 * the memory for the slot that the lane's next step begins with, and by then it is there. A fall
 * to a suffix is a step of its own, so that no lane keeps the others waiting. */
#include "format.h"

/* Puts the lane on the next text that has any bytes. False when there is none. */
static bool begin_text(ac_batch *batch, uint32_t lane) {
    while (batch->next_text < batch->n_texts) {
        size_t number = batch->next_text++;
        const ac_pattern *text = &batch->texts[number];
        const unsigned char *bytes = text->data;
        if (text->size == 0)
            continue;
        batch->lanes[lane].text = batch->lanes[lane].begin = bytes;
        batch->lanes[lane].end = bytes + text->size;
        batch->lanes[lane].number = number;
        batch->lanes[lane].state = AC_ROOT;
        batch->lanes[lane].child = AC_ROOT_BASE ^ bytes[0];
        return true;
    }
    return false;
}

void ac_batch_init(ac_batch *batch, const ac_automaton *ac, const ac_pattern *texts, size_t n) {
    *batch = (ac_batch){.ac = ac, .texts = texts, .n_texts = n};
    while (batch->n_lanes < AC_LANES && begin_text(batch, batch->n_lanes))
        batch->n_lanes++;
}

/* Compiled twice, for narrow and for wide automata. */
static inline size_t run(ac_batch *batch, ac_text_match *out, size_t capacity, bool wide) {
    const ac_automaton ac = *batch->ac;
    uint32_t turn = batch->turn, output = batch->output;
    size_t n = 0;
    while (batch->n_lanes > 0) {
        if (turn >= batch->n_lanes)
            turn = 0;
        uint32_t state = batch->lanes[turn].child, word = ac.words[state];
        const unsigned char *text = batch->lanes[turn].text;
        if (output == 0 && ac_check(word) != *text) {
            state = ac.links[batch->lanes[turn].state].fail;
            word = ac.words[state];
            goto next;
        }
        text++;
        if (output == 0 && (word & AC_ENDS))
            output = ac.links[state].output;
        for (; output != 0; output = ac.outputs[output - 1].next) {
            if (n == capacity)
                goto full;
            const ac_output *o = &ac.outputs[output - 1];
            uint64_t end = (uint64_t)(text - batch->lanes[turn].begin);
            out[n++] = (ac_text_match){end, o->id, o->size, batch->lanes[turn].number};
        }
        if (text == batch->lanes[turn].end) {
            if (begin_text(batch, turn))
                turn++;
            else
                batch->lanes[turn] = batch->lanes[--batch->n_lanes];
            continue;
        }
    next:
        batch->lanes[turn].text = text;
        batch->lanes[turn].state = state;
        batch->lanes[turn].child = ac_base(ac.highs, state, word, wide) ^ *text;
        __builtin_prefetch(&ac.words[batch->lanes[turn].child]);
        turn++;
    }
full:
    batch->turn = turn;
    batch->output = output;
    return n;
}

size_t ac_batch_next(ac_batch *batch, ac_text_match *out, size_t capacity) {
    return batch->ac->highs ? run(batch, out, capacity, true) : run(batch, out, capacity, false);
}
