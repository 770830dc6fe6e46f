/* The name that somebody meant who wrote another. */
#ifndef CURATE_NEAREST_H
#define CURATE_NEAREST_H

#include <stddef.h>

/* How many letters must be put in, left out, changed or swapped with the next to make a of b;
 * more than enough for names of more than 39 letters. */
size_t nearest_distance(const char *a, const char *b);

/* True when the distance is that of a slip, given how long the word is. */
int nearest_is_slip(const char *word, size_t distance);

#endif
