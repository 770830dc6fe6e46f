/* Members are decoded in one of three ways.
 *
 *   at once   a codec that can decodes a member that lies in the window whole, and checks it, into
 *             the caller's memory where that has room, else into our own: the way of crawls, whose
 *             records are members of some kilobytes
 *   held      step by step into our own memory, and handed out once it is checked; the member's
 *             stored bytes stay in the window until then
 *   streamed  what a held member becomes at MC_MEMBER_HELD bytes: what is decoded is handed out
 *
 * Where the first way fails the second follows, and the next member is given to what the last one
 * would have been right for. So no part of a member is decoded more than twice, and rarely that.
 *
 * Damage. A damaged member is passed over up to the next place where a member decodes whole (or
 * far), which is looked for from its own start on: a decoder gone astray may run through the next
 * member, too, to that one's end even. Where only the checks of a member fail, what looks like a
 * member before its end must fit that end: it may be content of a stored block. Streamed members
 * are searched again from about LOOKBACK before the fault. What looks like members without being
 * any costs work, of which there is a share for each byte of the file; beyond it places are passed
 * over untried, so hostile files are read in linear time, too.
 *
 * Where a file has but one member, what comes before the damage is handed out though it cannot be
 * checked: otherwise all would be lost. */
#include "io/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define LOOKBACK ((size_t)1 << 20)
#define PIECE ((size_t)64 << 10)
#define IN_MAX ((size_t)1 << 20)  /* of a member that is decoded at once, as stored */
#define OUT_MAX ((size_t)4 << 20) /* decoded */
/* Bytes, in and out, of members tried in vain: so many, and so many more for each byte stored. */
#define WORK ((uint64_t)64 << 20)
#define WORK_SHARE 16

typedef struct members {
    const mc_codec *codec;
    void *state;
    /* To be handed out in this order: what came before damage, the damage, what follows it. */
    mc_buffer before, held;
    size_t before_at, held_at;
    mc_status failed;
    mc_error failure;

    bool streams; /* a member is on its way */
    size_t at;    /* of the codec, from the front of the window */
    uint64_t n_members;
    uint64_t work;
    /* Of recent members decoded at once, and whether the last was too large for that. */
    size_t usual_in, usual_out;
    bool large;
} members;

/* How the decoding of a member into our memory ended. */
typedef struct found {
    enum { WHOLE, FAR, WRONG, DAMAGED, CUT } kind;
    const char *fault;
} found;

static const unsigned char *window(const mc_stored *stored) {
    return stored->data + stored->begin;
}

static size_t window_size(const mc_stored *stored) {
    return stored->end - stored->begin;
}

static mc_status step(members *m, const mc_stored *stored, char *out, size_t room, size_t *made,
                      mc_step *how, const char **fault, bool *starves, mc_error *error) {
    mc_input input = {window(stored), window_size(stored), m->at, stored->ended};
    *made = 0;
    *how = MC_STEP_MORE;
    MC_TRY(m->codec->step(m->state, &input, out, room, made, how, fault, error));
    *starves = *how == MC_STEP_MORE && *made == 0 && input.at == m->at;
    m->at = input.at;
    return MC_OK;
}

/* MC_END where the file is known to end. */
static mc_status read_more(mc_stored *stored, mc_error *error) {
    size_t have = window_size(stored), more = have / 2 < PIECE ? have / 2 : PIECE;
    if (stored->ended)
        return MC_END;
    return mc_stored_peek(stored, have + more + 1, error);
}

static mc_status make_room(mc_buffer *out, size_t *room, mc_error *error) {
    size_t left = MC_MEMBER_HELD - out->size;
    *room = out->size < PIECE ? PIECE : out->size;
    if (*room > left)
        *room = left;
    return mc_buffer_reserve(out, *room, error);
}

/* Decodes the member that begins the window into our memory. Leaves the window where it is, and
 * m->at behind what was decoded. */
static mc_status decode_held(members *m, mc_stored *stored, found *how, mc_error *error) {
    *how = (found){FAR, NULL};
    m->held.size = m->held_at = 0;
    m->at = 0;
    MC_TRY(m->codec->start(m->state, error));
    while (m->held.size < MC_MEMBER_HELD && m->at < MC_MEMBER_HELD) {
        size_t room, made;
        mc_step next;
        bool starves;
        MC_TRY(make_room(&m->held, &room, error));
        MC_TRY(step(m, stored, m->held.data + m->held.size, room, &made, &next, &how->fault,
                    &starves, error));
        m->held.size += made;
        if (next != MC_STEP_MORE) {
            how->kind = next == MC_STEP_DONE ? WHOLE : next == MC_STEP_WRONG ? WRONG : DAMAGED;
            return MC_OK;
        }
        mc_status status = starves ? read_more(stored, error) : MC_OK;
        if (status == MC_END) {
            how->kind = CUT;
            return MC_OK;
        }
        MC_TRY(status);
    }
    return MC_OK;
}

static size_t follow(size_t usual, size_t now) {
    return now > usual ? now : usual - (usual - now) / 32;
}

static void remember(members *m, size_t in, size_t out) {
    m->usual_in = follow(m->usual_in, in);
    m->usual_out = follow(m->usual_out, out);
}

/* Goes on with what decode_held found good. */
static void accept(members *m, mc_stored *stored, const found *how) {
    m->streams = how->kind == FAR;
    m->large = m->streams || m->at > IN_MAX || m->held.size > OUT_MAX;
    if (!m->large)
        remember(m, m->at, m->held.size);
    if (!m->streams)
        stored->begin += m->at;
    m->n_members += how->kind == WHOLE;
}

static size_t find_magic(const mc_codec *codec, const unsigned char *data, size_t size,
                         size_t from) {
    while (from + codec->magic_size <= size) {
        const unsigned char *first =
            memchr(data + from, codec->magic[0], size - from - codec->magic_size + 1);
        if (!first)
            break;
        if (memcmp(first, codec->magic, codec->magic_size) == 0)
            return (size_t)(first - data);
        from = (size_t)(first - data) + 1;
    }
    return SIZE_MAX;
}

/* Takes up the member that begins the window if it is good. Before `end`, where a member ended
 * whose checks alone fail, one counts if it ends there or is followed by another: so the content of
 * that member does not, but members it ran into do. */
static mc_status take_up(members *m, mc_stored *stored, uint64_t end, bool *good, mc_error *error) {
    found how;
    MC_TRY(decode_held(m, stored, &how, error));
    *good = how.kind == WHOLE || how.kind == FAR;
    uint64_t behind = mc_stored_position(stored) + m->at;
    if (how.kind == WHOLE && behind < end) {
        MC_TRY(mc_stored_peek(stored, m->at + 1, error));
        *good = m->codec->begins(window(stored) + m->at, window_size(stored) - m->at);
    }
    if (*good) {
        accept(m, stored, &how);
    } else {
        m->work += m->at + m->held.size;
        m->held.size = 0;
    }
    return MC_OK;
}

/* Passes over at least one byte, up to the next good member, which is taken up, or to the end:
 * MC_OK or MC_END, with where that is in the file. */
static mc_status find_next(members *m, mc_stored *stored, uint64_t end, uint64_t *position,
                           mc_error *error) {
    size_t from = 1, magic_size = m->codec->magic_size;
    for (;;) {
        size_t next = find_magic(m->codec, window(stored), window_size(stored), from);
        if (next != SIZE_MAX) {
            stored->begin += next;
            *position = mc_stored_position(stored);
            bool good = false;
            if (m->work <= WORK + WORK_SHARE * *position)
                MC_TRY(take_up(m, stored, end, &good, error));
            if (good)
                return MC_OK;
            from = 1;
            continue;
        }
        if (window_size(stored) >= magic_size) {
            stored->begin = stored->end - (magic_size - 1);
            from = 0;
        }
        MC_TRY(mc_stored_peek(stored, magic_size, error));
        if (window_size(stored) < magic_size)
            break;
    }
    stored->begin = stored->end;
    *position = mc_stored_position(stored);
    return MC_END;
}

static void describe(members *m, const found *how, uint64_t from, uint64_t to, bool at_end) {
    const mc_codec *codec = m->codec;
    char what[160];
    if (how->kind == CUT)
        snprintf(what, sizeof what, "%s data is truncated", codec->name);
    else if (how->fault)
        snprintf(what, sizeof what, "%s data is damaged: %s", codec->name, how->fault);
    else if (from > 0)
        snprintf(what, sizeof what, "what follows %s %s is no %s data", at_end ? "the last" : "a",
                 codec->member, codec->name);
    else
        snprintf(what, sizeof what, "%s data is damaged at its beginning", codec->name);
    unsigned long long first = from, end = to;
    m->failed = first == end
                    ? mc_fail(&m->failure, MC_E_FORMAT, "%s at byte %llu of the file", what, end)
                    : mc_fail(&m->failure, MC_E_FORMAT,
                              "%s; bytes %llu to %llu of the file are lost", what, first, end);
}

/* Ends a member that is not right: finds where to go on and sets what is to be reported. Without a
 * fault in it, no member begins at the window. */
static mc_status lose(members *m, mc_stored *stored, const found *how, mc_error *error) {
    uint64_t start = mc_stored_position(stored), reached = start + m->at, to = reached;
    uint64_t from = m->streams ? reached : start;
    mc_buffer before = {0};
    m->work += m->at + m->held.size;
    if (start == 0) { /* it may be the only one */
        before = m->held;
        m->held = (mc_buffer){0};
    }
    m->streams = false;
    m->held.size = 0;
    if (how->kind == CUT && stored->failed != MC_OK) {
        stored->begin = stored->end;
        m->before = before;
        m->failed = stored->failed;
        m->failure = stored->failure;
        return MC_OK;
    }
    mc_status status = find_next(m, stored, how->kind == WRONG ? reached : 0, &to, error);
    if (status == MC_END && start == 0) {
        m->before = before;
        from = reached;
    } else {
        mc_buffer_dispose(&before);
    }
    if (status != MC_OK && status != MC_END)
        return status;
    describe(m, how, from < to ? from : to, to, status == MC_END);
    return MC_OK;
}

/* Hands out what lies in our memory. */
static size_t hand_out(const mc_buffer *bytes, size_t *at, char *out, size_t size) {
    size_t n = bytes->size - *at;
    if (n > size)
        n = size;
    if (n > 0)
        memcpy(out, bytes->data + *at, n);
    *at += n;
    return n;
}

static mc_status decode_at_once(members *m, mc_stored *stored, char *out, size_t size, size_t *got,
                                bool *done, mc_error *error) {
    const mc_codec *codec = m->codec;
    const unsigned char *data = window(stored);
    size_t have = window_size(stored), used, made;
    size_t own = 4 * m->usual_out < OUT_MAX ? 4 * m->usual_out : OUT_MAX;
    bool full = true;
    *done = false;
    if (size / 2 >= m->usual_out) {
        size_t room = size < OUT_MAX ? size : OUT_MAX;
        *done = codec->decode(m->state, data, have, &used, out, room, &made, &full);
        if (*done)
            *got += made;
        full = full && room < own;
    }
    if (!*done && full) {
        m->held.size = m->held_at = 0;
        MC_TRY(mc_buffer_reserve(&m->held, own, error));
        *done = codec->decode(m->state, data, have, &used, m->held.data, own, &made, &full);
        if (*done)
            m->held.size = made;
    }
    if (!*done)
        return MC_OK;
    stored->begin += used;
    m->n_members++;
    remember(m, used, made);
    return MC_OK;
}

static mc_status skip_padding(mc_stored *stored, mc_error *error) {
    for (;;) {
        while (stored->begin < stored->end && stored->data[stored->begin] == 0)
            stored->begin++;
        if (stored->begin < stored->end)
            return MC_OK;
        MC_TRY(mc_stored_fill(stored, error));
    }
}

/* Decodes the next member, or gets ready to stream it. MC_END after the last. */
static mc_status next_member(members *m, mc_stored *stored, char *out, size_t size, size_t *got,
                             mc_error *error) {
    size_t want = 2 * m->usual_in;
    want = want < PIECE ? PIECE : want > 2 * IN_MAX ? 2 * IN_MAX : want;
    MC_TRY(mc_stored_peek(stored, want, error));
    MC_TRY(mc_stored_fill(stored, error));
    m->at = 0;
    if (m->codec->padded && m->n_members > 0 && *window(stored) == 0) {
        MC_TRY(skip_padding(stored, error));
        MC_TRY(mc_stored_peek(stored, want, error));
    }
    if (!m->codec->begins(window(stored), window_size(stored)))
        return lose(m, stored, &(found){DAMAGED, NULL}, error);
    if (m->codec->decode && !m->large) {
        bool done;
        MC_TRY(decode_at_once(m, stored, out, size, got, &done, error));
        if (done)
            return MC_OK;
    }
    if (!m->codec->held) {
        m->streams = true;
        return m->codec->start(m->state, error);
    }
    found how;
    MC_TRY(decode_held(m, stored, &how, error));
    if (how.kind != WHOLE && how.kind != FAR)
        return lose(m, stored, &how, error);
    accept(m, stored, &how);
    return MC_OK;
}

static mc_status stream(members *m, mc_stored *stored, char *out, size_t size, size_t *got,
                        mc_error *error) {
    size_t made;
    mc_step next;
    bool starves;
    found how = {DAMAGED, NULL};
    MC_TRY(step(m, stored, out, size, &made, &next, &how.fault, &starves, error));
    *got += made;
    if (next == MC_STEP_DONE) {
        stored->begin += m->at;
        m->streams = false;
        m->n_members++;
        return MC_OK;
    }
    if (next != MC_STEP_MORE) {
        how.kind = next == MC_STEP_WRONG ? WRONG : DAMAGED;
        return lose(m, stored, &how, error);
    }
    if (!starves)
        return MC_OK;
    if (m->at > 2 * LOOKBACK) {
        stored->begin += m->at - LOOKBACK;
        m->at = LOOKBACK;
    }
    mc_status status = read_more(stored, error);
    how.kind = CUT;
    return status == MC_END ? lose(m, stored, &how, error) : status;
}

static mc_status read_members(void *state, mc_stored *stored, char *out, size_t size, size_t *got,
                              mc_error *error) {
    members *m = state;
    *got = 0;
    while (*got < size) {
        if (m->before_at < m->before.size) {
            *got += hand_out(&m->before, &m->before_at, out + *got, size - *got);
        } else if (m->failed != MC_OK) {
            mc_status status = m->failed;
            m->failed = MC_OK;
            mc_buffer_dispose(&m->before);
            m->before_at = 0;
            if (error)
                *error = m->failure;
            return status;
        } else if (m->held_at < m->held.size) {
            *got += hand_out(&m->held, &m->held_at, out + *got, size - *got);
        } else if (m->streams) {
            MC_TRY(stream(m, stored, out + *got, size - *got, got, error));
        } else {
            MC_TRY(next_member(m, stored, out + *got, size - *got, got, error));
        }
    }
    return MC_OK;
}

static void free_members(void *state) {
    members *m = state;
    m->codec->free(m->state);
    mc_buffer_dispose(&m->before);
    mc_buffer_dispose(&m->held);
    free(m);
}

mc_status mc_members_create(mc_decoder *out, const mc_codec *codec, void *state, mc_error *error) {
    members *m;
    mc_status status = MC_ALLOC(m, 1, error);
    if (status != MC_OK) {
        codec->free(state);
        return status;
    }
    m->codec = codec;
    m->state = state;
    m->usual_in = m->usual_out = PIECE;
    *out = (mc_decoder){.state = m, .read = read_members, .free = free_members};
    return MC_OK;
}
