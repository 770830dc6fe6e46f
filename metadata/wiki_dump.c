/* Every page is a document of its own to expat, so that what is wrong with one touches no other.
 * Parsing stops where a page turns out to be no article; the elements that tell come before the
 * text. */
#include "metadata/wiki_dump.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SMALL_MAX_BYTES 4096 /* of a title, a namespace or a model */

struct mc_wiki_parser {
    XML_Parser xml;
    mc_buffer title, text, small; /* small: of the element that is open, ns or model */
    mc_buffer *into;              /* one of these, or NULL */
    unsigned depth;
    bool passed; /* no article */
    bool out_of_memory;
};

/* Elements whose text is kept, at their depth below <page>. */
static mc_buffer *buffer_of(mc_wiki_parser *p, const char *name) {
    if (p->depth == 1 && strcmp(name, "title") == 0)
        return &p->title;
    if ((p->depth == 1 && strcmp(name, "ns") == 0) || (p->depth == 2 && strcmp(name, "model") == 0))
        return &p->small;
    if (p->depth == 2 && strcmp(name, "text") == 0)
        return &p->text;
    return NULL;
}

static void pass(mc_wiki_parser *p) {
    p->passed = true;
    XML_StopParser(p->xml, XML_FALSE);
}

static void XMLCALL begin_element(void *context, const XML_Char *name,
                                  const XML_Char **attributes) {
    (void)attributes;
    mc_wiki_parser *p = context;
    p->into = buffer_of(p, name);
    if (p->into)
        p->into->size = 0;
    if (p->depth == 1 && strcmp(name, "redirect") == 0)
        pass(p);
    p->depth++;
}

static void XMLCALL end_element(void *context, const XML_Char *name) {
    mc_wiki_parser *p = context;
    p->depth--;
    if (p->into == &p->small) {
        mc_bytes text = {p->small.data, p->small.size};
        bool main = text.size == 1 && *text.data == '0';
        bool wikitext = text.size == 8 && memcmp(text.data, "wikitext", 8) == 0;
        if (strcmp(name, "ns") == 0 ? !main : !wikitext)
            pass(p);
    }
    p->into = NULL;
}

static void XMLCALL take_text(void *context, const XML_Char *text, int size) {
    mc_wiki_parser *p = context;
    if (!p->into || size <= 0 ||
        (p->into != &p->text && p->into->size + (size_t)size > SMALL_MAX_BYTES))
        return;
    if (mc_buffer_append(p->into, text, (size_t)size, NULL) != MC_OK) {
        p->out_of_memory = true;
        XML_StopParser(p->xml, XML_FALSE);
    }
}

mc_status mc_wiki_parser_create(mc_wiki_parser **out, mc_error *error) {
    MC_TRY(MC_ALLOC(*out, 1, error));
    (*out)->xml = XML_ParserCreate("UTF-8");
    if ((*out)->xml)
        return MC_OK;
    free(*out);
    *out = NULL;
    return mc_fail(error, MC_E_MEMORY, "out of memory for the XML parser");
}

void mc_wiki_parser_free(mc_wiki_parser *parser) {
    if (!parser)
        return;
    XML_ParserFree(parser->xml);
    mc_buffer_dispose(&parser->title);
    mc_buffer_dispose(&parser->text);
    mc_buffer_dispose(&parser->small);
    free(parser);
}

static bool is_redirect(const mc_buffer *text) {
    return text->size >= 9 && strncasecmp(text->data, "#redirect", 9) == 0;
}

mc_status mc_wiki_parse(mc_wiki_parser *parser, mc_bytes xml, mc_wiki_page *page, mc_error *error) {
    *page = (mc_wiki_page){0};
    parser->title.size = parser->text.size = parser->depth = 0;
    parser->into = NULL;
    parser->passed = parser->out_of_memory = false;
    if (xml.size > INT_MAX)
        return mc_fail(error, MC_E_FORMAT, "the page is too large for the XML parser");
    if (!XML_ParserReset(parser->xml, "UTF-8"))
        return mc_fail(error, MC_E_MEMORY, "out of memory for the XML parser");
    XML_SetUserData(parser->xml, parser);
    XML_SetElementHandler(parser->xml, begin_element, end_element);
    XML_SetCharacterDataHandler(parser->xml, take_text);
    enum XML_Status status = XML_Parse(parser->xml, xml.data, (int)xml.size, XML_TRUE);
    enum XML_Error what = XML_GetErrorCode(parser->xml);
    page->title = (mc_bytes){parser->title.data, parser->title.size};
    if (parser->out_of_memory || (status != XML_STATUS_OK && what == XML_ERROR_NO_MEMORY))
        return mc_fail(error, MC_E_MEMORY, "out of memory for a page");
    if (parser->passed)
        return MC_OK;
    if (status != XML_STATUS_OK)
        return mc_fail(error, MC_E_FORMAT, "the page is no well-formed XML: %s, at its byte %lld",
                       XML_ErrorString(what), (long long)XML_GetCurrentByteIndex(parser->xml));
    if (is_redirect(&parser->text))
        return MC_OK;
    page->article = true;
    page->text = (mc_bytes){parser->text.data, parser->text.size};
    return MC_OK;
}
