/* The subcommands: a file each. */
#ifndef CURATE_COMMANDS_H
#define CURATE_COMMANDS_H

#include "options.h"

extern const command command_metadata_build;
extern const command command_metadata_show;
extern const command command_metadata_diff;
extern const command command_metadata_export;
extern const command command_compile;
extern const command command_extract;
extern const command command_match;
extern const command command_balance;
extern const command command_curate;
extern const command command_audit;
extern const command command_takedown;
extern const command command_inspect;

#endif
