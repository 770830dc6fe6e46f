/* The parts of a data card, and what they share. Internal to it. */
#ifndef MC_AUDIT_CARD_PARTS_H
#define MC_AUDIT_CARD_PARTS_H

#include "audit/audited.h"
#include "audit/card/markdown.h"

typedef struct mc_card {
    const mc_audited *audited;
    const json_t *report;
    const json_t *manifest;
    mc_markdown *m;
} mc_card;

/* A column of a table, and where its values are in a row. */
typedef struct mc_card_column {
    const char *title;
    const char *key; /* NULL: the row itself */
    void (*put)(mc_markdown *m, const json_t *value);
} mc_card_column;

/* The heads of columns; texts stand to the left, numbers to the right. */
void mc_card_head(mc_markdown *m, const mc_card_column *columns, size_t n);
/* A table of the first so many rows, objects; then a line on how many more there are. */
void mc_card_table(mc_markdown *m, const mc_card_column *columns, size_t n, const json_t *rows,
                   size_t most);

/* How it is distributed: stages, sizes, entries, sources, languages. */
void mc_card_put_distribution(const mc_card *card);
/* What its files are: digests, and what was taken down of them. */
MC_MUST_CHECK mc_status mc_card_put_files(const mc_card *card, mc_error *error);
/* Command lines that make it again. */
void mc_card_put_commands(const mc_card *card);

#endif
