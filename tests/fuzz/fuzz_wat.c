/* Documents of any bytes, read with each instruction set: all must agree, strings must lie inside,
 * and where jansson takes the document, the links must be those of its tree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "tests/unit/wat_reference.h"

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "fuzz_wat: %s\n", what);
    abort();
}

static void check_string(const char *data, size_t size, mc_wat_string string) {
    if (string.at == 0)
        return;
    check(string.at < size && data[string.at - 1] == '"', "a string does not begin at a quote");
    size_t end = string.size == MC_WAT_ESCAPED
                     ? (size_t)(mc_json_string_end(data + string.at) - data) - 1
                     : (size_t)string.at + string.size;
    check(end < size && data[end] == '"', "a string does not end at a quote");
    mc_buffer scratch = {0};
    mc_bytes decoded;
    size_t n_replaced = 0;
    mc_status status = mc_json_decode(data + string.at, &scratch, &decoded, &n_replaced, NULL);
    check(status == MC_OK || status == MC_E_FORMAT, "decoding failed");
    check(status != MC_OK || decoded.size <= end - string.at, "a string grew");
    mc_buffer_dispose(&scratch);
}

static mc_status read_with(mc_wat *wat, mc_wat_find *find, const char *data, size_t size) {
    *wat = (mc_wat){.find = find};
    mc_status status = mc_wat_read(wat, data, size, NULL);
    check(status == MC_OK || status == MC_E_FORMAT, "reading failed");
    if (status != MC_OK)
        return status;
    check_string(data, size, wat->url);
    check_string(data, size, wat->base);
    for (size_t i = 0; i < wat->n_links; i++) {
        check_string(data, size, wat->links[i].url);
        for (unsigned k = 0; k < MC_WAT_TEXTS; k++)
            check_string(data, size, wat->links[i].texts[k]);
    }
    return status;
}

static void compare(const mc_wat *expected, mc_status status, mc_wat_find *find, const char *data,
                    size_t size) {
    mc_wat wat;
    check(read_with(&wat, find, data, size) == status, "instruction sets disagree");
    if (status == MC_OK)
        check(wat.n_links == expected->n_links && wat.is_html == expected->is_html &&
                  wat.is_response == expected->is_response && wat.is_ascii == expected->is_ascii &&
                  wat.url.at == expected->url.at && wat.base.at == expected->base.at &&
                  (wat.n_links == 0 ||
                   !memcmp(wat.links, expected->links, wat.n_links * sizeof *wat.links)),
              "instruction sets find other links");
    mc_wat_dispose(&wat);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char *data = malloc(size + MC_WAT_PADDING);
    check(data != NULL, "no memory");
    memcpy(data, bytes, size);
    memset(data + size, 0, MC_WAT_PADDING);
    mc_wat wat;
    mc_status status = read_with(&wat, mc_wat_find_portable, data, size);
#if defined(__x86_64__)
    if (mc_cpu_best() >= MC_ISA_AVX2)
        compare(&wat, status, mc_wat_find_avx2, data, size);
    if (mc_cpu_best() >= MC_ISA_AVX512)
        compare(&wat, status, mc_wat_find_avx512, data, size);
#endif
    json_t *root = json_loadb(data, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (root) {
        check((status == MC_OK) == json_is_object(root), "well-formed JSON is judged otherwise");
        check(status != MC_OK || reference_agrees(&wat, data, root), "the tree holds other links");
        json_decref(root);
    }
    mc_wat_dispose(&wat);
    free(data);
    return 0;
}
