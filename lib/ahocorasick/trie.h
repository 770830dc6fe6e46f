/* The plain tree of all patterns, from which the automaton is compiled. Nodes are numbered in
 * preorder: the first child of node v, if it has any, is v + 1, and its siblings follow by link
 * in ascending order of their bytes. */
#ifndef AC_TRIE_H
#define AC_TRIE_H

#include "ahocorasick.h"

typedef struct ac_trie {
    size_t n_nodes;
    uint32_t *sibling;     /* next child of the same parent, 0 for none */
    unsigned char *label;  /* byte that leads to the node */
    unsigned char *parent; /* bool: has children */
    uint32_t *order;       /* pattern ids, sorted by bytes and then by id */
    uint32_t *node;        /* of order[i] */
    size_t n_patterns;
    size_t longest;
} ac_trie;

/* Builds the tree; ac_trie_dispose in any case. */
AC_MUST_CHECK ac_status ac_trie_build(ac_trie *trie, const ac_pattern *patterns, size_t n,
                                      ac_error *error);
void ac_trie_dispose(ac_trie *trie);

#endif
