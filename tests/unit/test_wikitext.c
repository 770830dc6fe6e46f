/* Wikitext to plain text: markup of every kind, broken and hostile markup, the dumps' real pages.
 */
#include "random.h"
#include "scratch.h"

#include "base/buffer.h"
#include "metacurate/text.h"
#include "metadata/wikitext.h"

static char *strip(const char *wikitext, size_t size, const mc_wiki_names *names) {
    mc_buffer out = {0};
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, wikitext, size);
    assert_int_equal(mc_wikitext_strip((mc_bytes){copy, size}, names, &out, NULL), MC_OK);
    free(copy);
    assert_true(out.size == 0 || out.data[out.size - 1] == '\n');
    assert_true(mc_utf8_valid(out.data ? out.data : "", out.size));
    assert_int_equal(mc_buffer_append(&out, "", 1, NULL), MC_OK);
    return out.data;
}

typedef struct strip_case {
    const char *wikitext, *text; /* without the last line feed */
} strip_case;

static void check(const strip_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char *text = strip(cases[i].wikitext, strlen(cases[i].wikitext), NULL);
        size_t size = strlen(text);
        if (size > 0)
            text[size - 1] = '\0';
        if (strcmp(text, cases[i].text) != 0)
            print_message("of: %s\n", cases[i].wikitext);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}
#define CHECK(cases) check(cases, sizeof cases / sizeof *cases)

static void links_leave_their_labels(void **state) {
    (void)state;
    static const strip_case cases[] = {
        {"a [[b]] c", "a b c"},
        {"[[b|label]]s", "labels"},
        {"[[b (town)|]]", "b"},
        {"[[b, Ohio|]]", "b"},
        {"[[Help:b (c)|]]", "b"},
        {"[[b|{{x}}]]", "b"},
        {"[[b#part|c ''d'']]", "c d"},
        {"[[:Category:Towns]]", "Category:Towns"},
        {"a[[Category:Towns|Key]]b", "ab"},
        {"a [[category: Towns]]\n[[Категория:Градове]]\n[[de:Stadt]]\n[[zh-min-nan:x]] b", "a b"},
        {"[[Star Trek: Voyager]]", "Star Trek: Voyager"},
        {"[[File:a.jpg|thumb|A [[b|c]] and [[d]], {{e|f}}]]g", "g"},
        {"[[Image:a.jpg]] g", "g"},
        {"[[файл:a.jpg|мини|Текст]] [[Datei:x.png|20px]][[ Fichier : y.svg ]]g", "g"},
        {"[http://a.org/b?c=d text here] end", "text here end"},
        {"[http://a.org] end", "end"},
        {"[//a.org b] [https://c.org/d_e f] [g]", "b f [g]"},
        {"see http://a.org/b_(c) there", "see there"},
        {"[[http://a.org text]]", "text"},
        {"[[a|b [http://c.org d] e]]", "b d e"},
        {"[[a|b|c]]", "c"},
        {"[[a\nb]]", "a b"},
    };
    CHECK(cases);
}

static void templates_and_tables_go(void **state) {
    (void)state;
    static const strip_case cases[] = {
        {"a{{b|c}}d", "ad"},
        {"{{a|{{b|{{c}}}}|d={{{e|f}}}}}g", "g"},
        {"{{a\n| b = c\n\n| d = [[e]]\n== f ==\n}}\ng", "g"},
        {"{{a|b|}}c", "c"},
        {"{{{a|b}}}c", "c"},
        {"{{{{{a}}}}}c", "c"},
        {"a {1} b", "a {1} b"},
        {"{| class=x\n|-\n| a || b\n|}\nc", "c"},
        {":{| \n! a\n{|\n| n\n|}\n| b\n|}c", "c"},
        {"{{a}}\n{|\n| {{b|\n|}} | c\n|}\nd", "d"},
        {"{{clear}}{| \n| a\n|}d", "d"},
        {"<!-- x -->{| \n| a\n|}d", "d"},
        {"{{a|\n{|\n|b\n|}}}\nc", "c"},
        {"a<table><tr><td>b<table><td>c</table></table>d", "ad"},
        {"{{start of a table}}\n| a\n|-\n| b {{c}}\n|}\n\nd", "d"},
        {"(from {{lang|la|x}}; y) b ({{c}}), d ( {{e}} )", "(from ; y) b, d"},
        {"({{IPA}}; from x)", "(from x)"},
        {"* {{cite}}.\n* {{cite}}, b\n.NET ...", "b\n.NET ..."},
        {"-{zh-hans:a;zh-hant:b}- -{c}- -{T|d}-e-{A|f}- {{g-{h}-}}", "a c ef"},
    };
    CHECK(cases);
}

static void tags_and_their_like(void **state) {
    (void)state;
    static const strip_case cases[] = {
        {"a<ref>b</ref>c<ref name=d />e<ref name=\"f\">{{g}}\n\nh</ref>.", "ace."},
        {"a<REF>b</Ref >c", "ac"},
        {"<references>\n<ref name=a>b</ref>\n</references>c", "c"},
        {"a<references/>b", "ab"},
        {"a<!-- b -- > -->c<!---->d", "acd"},
        {"a <math>\\frac{1}{2}</math> b<gallery>\nFile:x.jpg|y\n</gallery>", "a b"},
        {"<syntaxhighlight lang=\"c\">a[[</syntaxhighlight>b<code>c</code><pre>{{</pre>", "b"},
        {"<nowiki>[[a]] &amp; ''b''</nowiki> <nowiki/>c", "[[a]] & ''b'' c"},
        {"a<br>b<br />c<b>d</b><span style=\"x\">e</span> 10<sup>6</sup>", "a\nb\ncde 106"},
        {"a < b <c and d> e", "a < b e"},
        {"a <- b <3 c", "a <- b <3 c"},
        {"a&nbsp;b &amp;nbsp; &lt;c&gt; &#233;&#xe9; &d; &", "a b <c> éé &d; &"},
        {"&amp;lt;b&amp;gt; AT&amp;T", "<b> AT&T"},
        {"''a'' '''b''' '''''c''''' d's ''''e'''", "a b c d's 'e"},
        {"__NOTOC__a __ b__ snake__case__ __БЕЗСЪДЪРЖАНИЕ__", "a __ b__ snake__case__"},
    };
    CHECK(cases);
}

static void lines_are_paragraphs(void **state) {
    (void)state;
    static const strip_case cases[] = {
        {"a\nb\n\n\nc", "a b\nc"},
        {"== a ==\nb\n===c=== <!-- d -->\ne = f", "a\nb\nc\ne = f"},
        {"* a\n** b\n# c\n: d\n; e : f\ng", "a\nb\nc\nd\ne : f\ng"},
        {"a\n----\nb", "a b"},
        {"=", "="},
        {"== ==", ""},
        {"a  \t b\xC2\xA0"
         "c\xE3\x80\x80"
         "d\xC2\xAD\xE2\x80\x8B"
         "e\r\nf",
         "a b c de f"},
        {"", ""},
        {"\n\n \n", ""},
    };
    CHECK(cases);
}

static void broken_markup_costs_little(void **state) {
    (void)state;
    static const strip_case cases[] = {
        {"a {{b|c=d\n| e = f\ng\n\nh", "a c=d g\nh"},
        {"a {{b\n\nc {{d}} e", "a b\nc e"},
        {"a }} b ]] c |} d", "a b c |} d"},
        {"a [[b|c d\n\ne", "a c d\ne"},
        {"a [[b\n* c", "a b\nc"},
        {"a [http://b c\nd", "a c d"},
        {"[[File:a.jpg|thumb|b\n\nc", "b\nc"},
        {"{| class=x\n| a\n\nb", "b"},
        {"a<ref>b <ref>c</ref> d", "ab d"},
        {"a<ref>b", "ab"},
        {"a<!-- b", "a b"},
        {"a<math>b <math>c", "ab c"},
        {"a <ref<ref<ref", "a <ref<ref<ref"},
        {"{{a [[b}} c", "c"},
        {"[[a {{b]] c}} d", "a d"},
        {"[[a|-{b]] c", "b c"},
        {"a <table> b {{c </table> d", "a b c d"},
        {"'''a ''b", "a b"},
        {"{{{{{{", ""},
        {"[[[[[[", ""},
        {"[[a|b", "b"},
        {"[[", ""},
        {"-{a", "a"},
    };
    CHECK(cases);
}

static void names_come_from_the_dump(void **state) {
    (void)state;
    static const char dump[] =
        "<mediawiki><siteinfo><namespaces><namespace key=\"-2\" case=\"x\">Medium</namespace>"
        "<namespace key=\"0\" /><namespace key=\"6\" case=\"x\">Bilddatei</namespace>"
        "<namespace key=\"14\" case=\"x\">Sorte</namespace></namespaces>";
    mc_wiki_names names = {0};
    assert_int_equal(mc_wiki_names_read(&names, (mc_bytes){dump, strlen(dump)}, NULL), MC_OK);
    static const char wikitext[] = "a[[bilddatei:b]][[Sorte:c]][[medium:d]][[File:e]] [[Sort:f]]";
    char *text = strip(wikitext, strlen(wikitext), &names);
    assert_string_equal(text, "a Sort:f\n");
    free(text);
    mc_wiki_names_dispose(&names);
}

/* Markup of every kind in any order: no step beyond, an end, well-formed text. */
static void any_order_is_survived(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "{{",    "}}",      "{{{",      "}}}",        "[[",       "]]",        "[",
        "]",     "{|",      "|}",       "|",          "|-",       "\n",        "\n\n",
        "==",    "*",       "''",       "'''",        "<ref>",    "</ref>",    "<ref",
        "<!--",  "-->",     "<math>",   "</math>",    "<br/>",    "-{",        "}-",
        "&amp;", "&nbsp;",  "http://",  "[http://a ", "File:",    "a",         "b c",
        "é",     "<table>", "</table>", "__NOTOC__",  "<nowiki>", "</nowiki>", "\xC2\xA0",
        "(",     ")",       ",",        " "};
    char wikitext[4096];
    for (unsigned i = 0; i < 20000; i++) {
        size_t size = random_pieces(wikitext, 100, pieces, sizeof pieces / sizeof *pieces);
        free(strip(wikitext, size, NULL));
    }
}

/* Each of these takes seconds at least when its time grows with the square of its size. */
static void hostile_markup_takes_linear_time(void **state) {
    (void)state;
    static const char *const units[] = {"{{",
                                        "[[",
                                        "{|\n",
                                        "<ref",
                                        "<ref>",
                                        "<math>",
                                        "<!--",
                                        "-{",
                                        "[http://a ",
                                        "}}",
                                        "]]",
                                        "'",
                                        "{{a|",
                                        "[[a|",
                                        "\n{|\n|a",
                                        "\n|}",
                                        "&amp;",
                                        "\n==",
                                        "<table>",
                                        "{{}}=",
                                        "<a ",
                                        "__",
                                        "\n|",
                                        "[[a:",
                                        "http:",
                                        "http://",
                                        "-",
                                        "{{a}}\n|",
                                        "[[b]]\n",
                                        "<nowiki>",
                                        "== a <!-- b -->",
                                        "-->",
                                        "<!-- -->=",
                                        "((",
                                        "()"};
    size_t size = (size_t)4 << 20;
    char *wikitext = malloc(size);
    assert_non_null(wikitext);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t unit = strlen(units[i]);
        for (size_t at = 0; at < size; at++)
            wikitext[at] = units[i][at % unit];
        free(strip(wikitext, size, NULL));
    }
    free(wikitext);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_leave_their_labels),
        cmocka_unit_test(templates_and_tables_go),
        cmocka_unit_test(tags_and_their_like),
        cmocka_unit_test(lines_are_paragraphs),
        cmocka_unit_test(broken_markup_costs_little),
        cmocka_unit_test(names_come_from_the_dump),
        cmocka_unit_test(any_order_is_survived),
        cmocka_unit_test(hostile_markup_takes_linear_time),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
