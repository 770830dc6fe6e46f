/* A report's document and the rows of all entries, both small, as the pages' tests want them. */
#ifndef TEST_MADE_REPORT_H
#define TEST_MADE_REPORT_H

#include "scratch.h"

#include <jansson.h>
#include <stdbool.h>

#include "audit/page/page.h"

/* What ' stands for here becomes " in the document. */
static const char made_report_text[] =
    "{'metacurate':'report','version':'0.1.0','command':'curate',"
    "'parameters':{'rules':'metaclip1','target':'threshold','t':20.0,'seed':0,'dedup':'pair',"
    "'only':null,'exclude':'it\\u0027s <b>.txt','counts':null},"
    "'metadata':{'digest':'00ff','path':'list.json','entries':6,'repeated':0,'dead':1},"
    "'inputs':{'shards':2,'bytes':1234567},"
    "'totals':{'records':1200,'read':1190,'rejected':10,'rejected_for':{'bad_json':10},"
    "'texts':1190,'empty':1,'excluded':2,'excluded_for':{'language':2},'duplicates':3,"
    "'unmatched':4,'matched':1180,'kept':900,'not_kept':280,'matches':2345,'replaced':1},"
    "'result':{'t':20.0,'p':0.25,'kept':900,'expected_size':901.5,'expected_deviation':7.5,"
    "'head_entries':2,'tail_entries':3,'never_matched_entries':1,'fewer_than_asked':true},"
    "'check':{'kept':899,'by_rule':900,'differ':1,'taken_down':1},"
    "'counts':{'matched_entries':4,'largest':'18446744073709551615','matches_before':2345,"
    "'matches_after':1500,'capped':60,'entropy_before':1.5,'entropy_after':1.75},"
    "'ranks':{'rank':[1,2,3,4],'before':[1000,500,7,1],'after':[400,300,6,1],'head':2},"
    "'cumulative':{'entries':[1,2,3,4],'curves':[{'t':2.0,'sum':[1,3,5,7]},"
    "{'t':'inf','sum':[1,8,508,1508]}]},"
    "'sizes':{'t':[1.0,20.0,1000.0],'realised':[10,900,1180],'expected':[11.5,901.5,1180.0],"
    "'deviation':[1.5,7.5,null],'tail_share':[0.0,0.25,1.0],'capped':[4,60,1508],"
    "'head_entries':[4,2,0]},"
    "'matches_a_text':{'matches':[1,2,3],'before':[1000,180,0],'after':[800,100,0],'most':2},"
    "'entries':{'top_before':[{'id':0,'entry':'</script><b>','source':'wordnet','before':1000,"
    "'after':400,'share_before':0.5,'share_after':0.25,'p':0.02}],"
    "'top_after':[{'id':1,'entry':'\\u202ea\\u0000b&','source':null,'before':500,'after':300,"
    "'share_before':0.5,'share_after':0.25,'p':0.04}],'bottom_before':[],'bottom_after':[],"
    "'gained':[],'lost':[{'id':5,'entry':null,'source':null,'before':500,'after':300,"
    "'share_before':0.5,'share_after':0.25,'p':0.04}]},"
    "'sources':[{'source':'<wordnet>','entries':5,'dead':1,'never_matched':2,'before':2000,"
    "'after':1400,'share_before':0.85,'share_after':0.93},{'source':null,'entries':1,'dead':0,"
    "'never_matched':0,'before':345,'after':100,'share_before':0.15,'share_after':0.07}],"
    "'never_matched':{'entries':1,'first':[{'id':3,'entry':'\\u0027x\\u0027','source':null}]},"
    "'dead':{'entries':1,'first':[{'id':4,'entry':'','source':null}]},"
    "'languages':[{'lang':'en','matched':1000,'kept':800,'matches':2000,'matches_after':1300},"
    "{'lang':null,'matched':180,'kept':100,'matches':345,'matches_after':200}]}";

static const char made_comparison_text[] =
    "{'metacurate':'comparison','version':'0.1.0','a':{'command':'curate','folder':'<a>',"
    "'parameters':{'rules':'metaclip1'},'metadata':{'entries':6},'result':{'t':20.0,'kept':9}},"
    "'b':{'command':'match','folder':'b','parameters':{},'metadata':{'entries':6},'result':null},"
    "'comparisons':[{'name':'pools','a':{'of':'pool','entries':3,'matches':12},"
    "'b':{'of':'pool','entries':4,'matches':34},'jensen_shannon':0.25,'total_variation':0.5,"
    "'rank_correlation':null,'common_entries':2,"
    "'only_a':{'entries':1,'first':[{'entry':'<i>','source':null,'a':1,'b':0,'share_a':0.1,"
    "'share_b':0.0}]},'only_b':{'entries':0,'first':[]},"
    "'moved':[{'entry':'</script>','source':'<s>','a':5,'b':1,'share_a':0.5,'share_b':0.125},"
    "{'entry':'only','source':null,'a':0,'b':9,'share_a':0.0,'share_b':0.25}]}]}";

/* The document of a text above; the caller drops it. */
static inline json_t *made_document(const char *text) {
    size_t size = strlen(text);
    char *quoted = malloc(size + 1);
    assert_non_null(quoted);
    for (size_t i = 0; i <= size; i++)
        quoted[i] = text[i] == '\'' ? '"' : text[i];
    json_error_t failure;
    json_t *document = json_loads(quoted, JSON_ALLOW_NUL, &failure);
    if (!document)
        fail_msg("%s at %d", failure.text, failure.position);
    free(quoted);
    return document;
}

static const char *const made_strings[] = {
    "</script><b>",
    "\xE2\x80\xAE"
    "a\tb&",
    "ill \xFF formed \xE2\x82",
    NULL,
    "",
    "plain",
};
static const uint64_t made_before[] = {1000, 500, 7, 0, 0, 1};
static const uint64_t made_after[] = {400, 300, 6, 0, 0, 1};
static const char *const made_names[] = {"wordnet", "<titles>"};
static const uint16_t made_of[] = {0, 0, 1, 1, UINT16_MAX, 0};
static const mc_audit_sources made_sources = {made_names, 2, made_of};

static mc_bytes made_string(const void *context, uint32_t id) {
    (void)context;
    const char *string = made_strings[id];
    return (mc_bytes){string, string ? strlen(string) : 0};
}

static bool made_is_dead(const void *context, uint32_t id) {
    (void)context;
    return id == 4;
}

static const mc_page_rows made_rows = {
    .n = 6,
    .before = made_before,
    .after = made_after,
    .string = made_string,
    .is_dead = made_is_dead,
    .sources = &made_sources,
};

static inline mc_status made_pack(mc_packed_rows *packed, const mc_page_rows *rows,
                                  mc_error *error) {
    *packed = (mc_packed_rows){0};
    MC_TRY(mc_page_pack_pool(packed, rows, error));
    return mc_page_pack_subset(packed, rows, error);
}

/* Packs the rows and writes the page. */
static inline mc_status made_page_write(const json_t *report, const mc_page_rows *rows,
                                        const char *folder, mc_error *error) {
    mc_packed_rows packed;
    mc_status status = made_pack(&packed, rows, error);
    if (status == MC_OK)
        status = mc_page_write(report, rows, &packed, folder, error);
    mc_packed_rows_dispose(&packed);
    return status;
}

#endif
