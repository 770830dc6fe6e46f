/* What the steps of a build hand to each other: sorted patterns and their tree (tree.c), the tree
 * laid into a double array (place.c), the links between its states (build.c). */
#ifndef AC_BUILD_H
#define AC_BUILD_H

#include "format.h"

/* The plain tree of all patterns. Nodes are numbered in preorder, the root is node 0: the first
 * child of node v, if it has any, is v + 1, and the others follow by link in ascending order of
 * their bytes. */
typedef struct ac_tree {
    size_t n_nodes;
    size_t n_patterns;
    size_t longest;
    uint32_t *sibling;    /* next child of the same parent, 0 for none */
    unsigned char *label; /* byte that leads to the node */
    unsigned char *inner; /* 1: has children */
    uint32_t *order;      /* pattern ids, sorted by bytes, equal ones by id */
    uint32_t *ends;       /* node where pattern order[i] ends; ascending */
} ac_tree;

/* The double array: of every slot its base and check. */
typedef struct ac_places {
    uint32_t *bases;
    unsigned char *checks;
    uint32_t n_slots;
    uint32_t *slot_of; /* of a node */
} ac_places;

/* Who watches the build. The work is 1000 units in all; each step has its share of them. */
typedef struct ac_watch {
    const ac_build_options *options; /* or NULL */
    ac_error *error;                 /* or NULL */
} ac_watch;

#define AC_WORK_TREE 300u
#define AC_WORK_PLACE 600u
#define AC_WORK_ALL 1000u

/* AC_E_CANCELLED when the caller wants no more. */
AC_MUST_CHECK ac_status ac_report(const ac_watch *watch, uint64_t done);

/* Both leave something to dispose of in any case. */
AC_MUST_CHECK ac_status ac_tree_build(ac_tree *tree, const ac_pattern *patterns, size_t n,
                                      const ac_watch *watch);
void ac_tree_dispose(ac_tree *tree);
AC_MUST_CHECK ac_status ac_places_build(ac_places *places, const ac_tree *tree,
                                        const ac_watch *watch);
void ac_places_dispose(ac_places *places);

static inline uint32_t ac_first_child(const ac_tree *tree, uint32_t node) {
    return tree->inner[node] ? node + 1 : 0;
}

#endif
