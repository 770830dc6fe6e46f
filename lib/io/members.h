/* Compressed members one after another, whatever a format calls them: gzip's members, zstd's
 * frames, bzip2's streams. What is common to them is here: which bytes are handed out when, and
 * what damage costs. A codec knows one format.
 * Internal to the byte sources. */
#ifndef MC_IO_MEMBERS_H
#define MC_IO_MEMBERS_H

#include <stdbool.h>

#include "io/stored.h"

/* A member of up to so many bytes, decoded and as stored, is checked to its end before a byte of
 * it is handed out; and a member behind damage must decode so far without fault to count as one. */
#define MC_MEMBER_HELD ((size_t)8 << 20)

/* What a codec decodes from: data[at, size), and what came before, of which the last kilobytes are
 * there at least. */
typedef struct mc_input {
    const unsigned char *data;
    size_t size, at;
    bool last; /* nothing follows */
} mc_input;

typedef enum mc_step {
    MC_STEP_MORE,    /* go on; neither input taken nor output made: more input is needed */
    MC_STEP_DONE,    /* the member is whole and right */
    MC_STEP_WRONG,   /* the member ends at `at`, but its checks fail */
    MC_STEP_DAMAGED, /* no member goes on like this */
} mc_step;

typedef struct mc_codec {
    const char *name;   /* "gzip" */
    const char *member; /* "member" */
    const char *magic;  /* what every member begins with that is looked for behind damage */
    size_t magic_size;
    bool padded; /* zero bytes may lie between members and behind them */
    bool held;   /* members are held until they are checked, as MC_MEMBER_HELD says */

    /* True when a member may begin like this; size may be less than a magic number has. */
    bool (*begins)(const unsigned char *data, size_t size);
    /* Gets ready for the first step of a member. */
    mc_status (*start)(void *state, mc_error *error);
    /* Decodes some of a member. *fault says what is wrong with one that is not right. MC_E_MEMORY
     * is the only failure. */
    mc_status (*step)(void *state, mc_input *input, char *out, size_t room, size_t *made,
                      mc_step *step, const char **fault, mc_error *error);
    /* May be NULL. Decodes a member that lies in data whole and is right, at the best speed; false
     * when it cannot, for whatever reason; *full says that the reason is room. */
    bool (*decode)(void *state, const unsigned char *data, size_t size, size_t *used, char *out,
                   size_t room, size_t *made, bool *full);
    void (*free)(void *state);
} mc_codec;

/* A decoder of such members. Takes over state, on failure, too. */
MC_MUST_CHECK mc_status mc_members_create(mc_decoder *out, const mc_codec *codec, void *state,
                                          mc_error *error);

#endif
