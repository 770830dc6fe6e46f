/* Character sets of web pages: labels, where a page declares its own, and decoding to UTF-8, after
 * the WHATWG Encoding standard. */
#ifndef MC_POOL_CHARSET_H
#define MC_POOL_CHARSET_H

#include "base/buffer.h"
#include "metacurate/base.h"

typedef struct mc_charset mc_charset; /* one thread's scratch: open converters, tables */

/* An encoding: an index into the table of them. These have names here. */
typedef int mc_encoding;
#define MC_ENCODING_NONE (-1)
#define MC_ENCODING_UTF8 0
#define MC_ENCODING_WINDOWS_1252 1
#define MC_ENCODING_UTF16LE 2
#define MC_ENCODING_UTF16BE 3
#define MC_ENCODING_USER_DEFINED 4

/* By label ("latin1", " UTF-8 "), in any case, white space at the ends ignored. */
mc_encoding mc_charset_find(mc_bytes label);

/* The encoding's first label, which is its name in lower case. */
const char *mc_charset_name(mc_encoding encoding);

/* By "charset=..." in a Content-Type. */
mc_encoding mc_charset_of_type(mc_bytes content_type);

/* By a byte order mark; *size (0 without one) is the mark's. */
mc_encoding mc_charset_of_mark(mc_bytes page, size_t *size);

/* By the <meta> or the XML declaration in the page's first 1,024 bytes. */
mc_encoding mc_charset_of_page(mc_bytes page);

MC_MUST_CHECK mc_status mc_charset_create(mc_charset **out, mc_error *error);
void mc_charset_free(mc_charset *charset);

/* *text is bytes as UTF-8: the bytes themselves where they are that already, else in out (which is
 * overwritten). Adds to *n_replaced the ill-formed parts that became U+FFFD. MC_E_UNSUPPORTED for
 * what this system has no converter for, and for the sets that the standard has replaced as
 * unsafe; MC_E_MEMORY. */
MC_MUST_CHECK mc_status mc_charset_decode(mc_charset *charset, mc_encoding encoding, mc_bytes bytes,
                                          mc_buffer *out, mc_bytes *text, size_t *n_replaced,
                                          mc_error *error);

#endif
