/* The data card: what a published subset is, from what and how it was made, in Markdown. */
#ifndef MC_AUDIT_CARD_CARD_H
#define MC_AUDIT_CARD_CARD_H

#include "audit/audited.h"

/* Writes FOLDER/card.md from report.json's document, the run's manifest and its files. The bytes
 * follow from these alone: nothing of time or machine is in them. */
MC_MUST_CHECK mc_status mc_card_write(const mc_audited *audited, const json_t *report,
                                      const char *folder, mc_error *error);

#endif
