/* Labels: the table of the Encoding standard, 4.2. Where glibc's converter of the same name differs
 * from the standard's, the one that is nearest is named. */
#include "pool/charset_table.h"

#include <string.h>

#include "pool/html_scan.h"

#define WINDOWS(number) "windows-" number " cp" number " x-cp" number " "

const mc_encoding_facts mc_encodings[MC_N_ENCODINGS] = {
    [MC_ENCODING_UTF8] = {"utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 "
                          "x-unicode20utf8 ",
                          MC_DECODE_UTF8, NULL},
    [MC_ENCODING_WINDOWS_1252] =
        {WINDOWS("1252") "iso-8859-1 latin1 us-ascii ascii iso8859-1 "
                         "iso88591 iso_8859-1 iso_8859-1:1987 l1 ansi_x3.4-1968 cp819 "
                         "csisolatin1 ibm819 iso-ir-100 ",
         MC_DECODE_SINGLE, "CP1252"},
    [MC_ENCODING_UTF16LE] = {"utf-16le utf-16 csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff ",
                             MC_DECODE_UTF16, NULL},
    [MC_ENCODING_UTF16BE] = {"utf-16be unicodefffe ", MC_DECODE_UTF16, NULL},
    [MC_ENCODING_USER_DEFINED] = {"x-user-defined ", MC_DECODE_USER_DEFINED, NULL},
    {WINDOWS("1251"), MC_DECODE_SINGLE, "CP1251"},
    {"shift_jis shift-jis sjis x-sjis windows-31j ms932 ms_kanji csshiftjis ", MC_DECODE_PAIRS,
     "CP932"},
    {"gbk gb2312 chinese csgb2312 csiso58gb231280 gb_2312 gb_2312-80 iso-ir-58 x-gbk ",
     MC_DECODE_PAIRS, "GB18030"},
    {"gb18030 ", MC_DECODE_PAIRS, "GB18030"},
    {"euc-jp x-euc-jp cseucpkdfmtjapanese ", MC_DECODE_PAIRS, "EUC-JP-MS"},
    {"euc-kr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 cseuckr "
     "csksc56011987 iso-ir-149 ",
     MC_DECODE_PAIRS, "CP949"},
    {"big5 big5-hkscs cn-big5 csbig5 x-x-big5 ", MC_DECODE_PAIRS, "BIG5-HKSCS"},
    {"iso-2022-jp csiso2022jp ", MC_DECODE_STATEFUL, "ISO-2022-JP"},
    {WINDOWS("1250"), MC_DECODE_SINGLE, "CP1250"},
    {WINDOWS("1253"), MC_DECODE_SINGLE, "CP1253"},
    {WINDOWS("1254") "iso-8859-9 latin5 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 "
                     "csisolatin5 iso-ir-148 ",
     MC_DECODE_SINGLE, "CP1254"},
    {WINDOWS("1255"), MC_DECODE_SINGLE, "CP1255"},
    {WINDOWS("1256"), MC_DECODE_SINGLE, "CP1256"},
    {WINDOWS("1257"), MC_DECODE_SINGLE, "CP1257"},
    {WINDOWS("1258"), MC_DECODE_SINGLE, "CP1258"},
    {"windows-874 tis-620 iso-8859-11 iso8859-11 iso885911 dos-874 ", MC_DECODE_SINGLE, "CP874"},
    {"iso-8859-2 latin2 l2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 csisolatin2 iso-ir-101 ",
     MC_DECODE_SINGLE, "ISO-8859-2"},
    {"iso-8859-3 latin3 l3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 csisolatin3 iso-ir-109 ",
     MC_DECODE_SINGLE, "ISO-8859-3"},
    {"iso-8859-4 latin4 l4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 csisolatin4 iso-ir-110 ",
     MC_DECODE_SINGLE, "ISO-8859-4"},
    {"iso-8859-5 cyrillic iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 csisolatincyrillic "
     "iso-ir-144 ",
     MC_DECODE_SINGLE, "ISO-8859-5"},
    {"iso-8859-6 arabic asmo-708 ecma-114 iso-8859-6-e iso-8859-6-i iso8859-6 iso88596 iso_8859-6 "
     "iso_8859-6:1987 csiso88596e csiso88596i csisolatinarabic iso-ir-127 ",
     MC_DECODE_SINGLE, "ISO-8859-6"},
    {"iso-8859-7 greek greek8 ecma-118 elot_928 sun_eu_greek iso8859-7 iso88597 iso_8859-7 "
     "iso_8859-7:1987 csisolatingreek iso-ir-126 ",
     MC_DECODE_SINGLE, "ISO-8859-7"},
    {"iso-8859-8 hebrew visual iso-8859-8-e iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 "
     "csiso88598e csisolatinhebrew iso-ir-138 ",
     MC_DECODE_SINGLE, "ISO-8859-8"},
    {"iso-8859-8-i logical csiso88598i ", MC_DECODE_SINGLE, "ISO-8859-8"},
    {"iso-8859-10 latin6 l6 iso8859-10 iso885910 csisolatin6 iso-ir-157 ", MC_DECODE_SINGLE,
     "ISO-8859-10"},
    {"iso-8859-13 iso8859-13 iso885913 ", MC_DECODE_SINGLE, "ISO-8859-13"},
    {"iso-8859-14 iso8859-14 iso885914 ", MC_DECODE_SINGLE, "ISO-8859-14"},
    {"iso-8859-15 l9 iso8859-15 iso885915 iso_8859-15 csisolatin9 ", MC_DECODE_SINGLE,
     "ISO-8859-15"},
    {"iso-8859-16 ", MC_DECODE_SINGLE, "ISO-8859-16"},
    {"koi8-r koi koi8 koi8_r cskoi8r ", MC_DECODE_SINGLE, "KOI8-R"},
    {"koi8-u koi8-ru ", MC_DECODE_SINGLE, "KOI8-U"},
    {"ibm866 866 cp866 csibm866 ", MC_DECODE_SINGLE, "IBM866"},
    {"macintosh mac x-mac-roman csmacintosh ", MC_DECODE_SINGLE, "MACINTOSH"},
    {"x-mac-cyrillic x-mac-ukrainian ", MC_DECODE_SINGLE, "MAC-UK"},
    {"replacement csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr ", MC_DECODE_NEVER,
     NULL}};

const char *mc_charset_name(mc_encoding encoding) {
    return encoding < 0 || encoding >= MC_N_ENCODINGS ? "" : mc_encodings[encoding].labels;
}

mc_encoding mc_charset_find(mc_bytes label) {
    while (label.size > 0 && mc_html_is_space(*label.data)) {
        label.data++;
        label.size--;
    }
    while (label.size > 0 && mc_html_is_space(label.data[label.size - 1]))
        label.size--;
    if (label.size == 0)
        return MC_ENCODING_NONE;
    for (int i = 0; i < MC_N_ENCODINGS; i++) {
        const char *p = mc_encodings[i].labels, *space;
        for (; (space = strchr(p, ' ')); p = space + 1)
            if ((size_t)(space - p) == label.size && mc_html_is_same(label.data, p, label.size))
                return i;
    }
    return MC_ENCODING_NONE;
}
