/* What the program says while it works: progress, warnings, errors; and how it is interrupted. */
#ifndef CURATE_CONSOLE_H
#define CURATE_CONSOLE_H

#include "options.h"

/* Sets up signals and the console. */
void console_begin(const settings *s);

/* Passed to long runs; valid after console_begin. */
const mc_control *console_control(void);

/* Ends a progress line, so that other output starts on its own. */
void console_end_progress(void);

void console_note(const char *format, ...) MC_PRINTF(1, 2);
void console_warn(const char *format, ...) MC_PRINTF(1, 2);
void console_error(const char *format, ...) MC_PRINTF(1, 2);

/* Reports the error and returns the exit code that goes with it. */
exit_code console_fail(const mc_error *error);

/* Writes to standard output; MC_E_IO when that fails. When its reader has gone (`| head`), it has
 * seen enough: console_fail says nothing then. context is unused. */
mc_status console_write(void *context, const char *data, size_t size, mc_error *error);

#endif
