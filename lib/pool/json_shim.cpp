// simdjson's DOM parser behind json_shim.h. It validates the whole document, and picks the code for
// the processor at run time.
#include "pool/json_shim.h"

#include <cstring>
#include <new>

#include <simdjson.h>

using namespace simdjson;

static_assert(SIMDJSON_PADDING <= MC_JSON_PADDING, "chunks are padded for the parser");

// The parser takes about 14 bytes of memory a byte of capacity and touches what a document needs.
// After a document beyond LARGE it starts anew, so that one long record does not stay in memory.
static constexpr size_t SMALL = 64u << 10;
static constexpr size_t LARGE = 8u << 20;

struct mc_json {
    dom::parser parser;
    dom::object object;
    dom::element fields[MC_JSON_FIELDS_MAX];
    dom::array::iterator item, end;
};

// Parser and document grow apart by themselves, and only just as far as each line needs.
static error_code allocate(mc_json *json, size_t capacity) {
    error_code code = json->parser.allocate(capacity);
    return code == SUCCESS ? json->parser.doc.allocate(capacity) : code;
}

static error_code make_room(mc_json *json, size_t size) {
    size_t capacity = json->parser.capacity();
    if (capacity > LARGE && size <= LARGE) {
        json->parser = dom::parser();
        capacity = 0;
    }
    if (size <= capacity && capacity > 0)
        return SUCCESS;
    return allocate(json, size < SMALL ? SMALL : size < LARGE / 2 ? 2 * size : size);
}

extern "C" {

mc_status mc_json_create(mc_json **out, mc_error *error) {
    *out = new (std::nothrow) mc_json;
    if (*out && allocate(*out, SMALL) == SUCCESS)
        return MC_OK;
    delete *out;
    *out = nullptr;
    return mc_fail(error, MC_E_MEMORY, "out of memory: the JSON parser could not be had");
}

void mc_json_free(mc_json *json) {
    delete json;
}

mc_status mc_json_parse(mc_json *json, const char *data, size_t size, const char **problem) {
    if (make_room(json, size) != SUCCESS)
        return MC_E_MEMORY;
    error_code code = json->parser.parse(data, size, false).get(json->object);
    if (code == SUCCESS)
        return MC_OK;
    if (code == MEMALLOC)
        return MC_E_MEMORY;
    *problem = code == INCORRECT_TYPE ? "JSON, but no object"
               : code == TAPE_ERROR   ? "no JSON object"
                                      : error_message(code);
    return MC_E_FORMAT;
}

// Into *value member by member: a struct returned whole is read before its parts are through.
static inline void get_value(dom::element element, mc_json_value *value) {
    switch (element.type()) {
    case dom::element_type::NULL_VALUE:
        value->type = MC_JSON_NULL;
        break;
    case dom::element_type::BOOL:
        value->type = MC_JSON_BOOLEAN;
        break;
    case dom::element_type::INT64:
        value->type = MC_JSON_SIGNED;
        value->as.whole = element.get_int64().value_unsafe();
        break;
    case dom::element_type::UINT64:
        value->type = MC_JSON_UNSIGNED;
        value->as.natural = element.get_uint64().value_unsafe();
        break;
    case dom::element_type::DOUBLE:
        value->type = MC_JSON_DOUBLE;
        value->as.real = element.get_double().value_unsafe();
        break;
    case dom::element_type::STRING:
        value->type = MC_JSON_STRING;
        value->as.string.data = element.get_c_str().value_unsafe();
        value->as.string.size = element.get_string_length().value_unsafe();
        break;
    case dom::element_type::ARRAY:
        value->type = MC_JSON_ARRAY;
        break;
    case dom::element_type::OBJECT:
        value->type = MC_JSON_OBJECT;
        break;
    }
}

void mc_json_fields(mc_json *json, const mc_bytes *names, size_t n, const uint16_t *by_length,
                    mc_json_value *values) {
    for (size_t i = 0; i < n; i++)
        values[i].type = MC_JSON_MISSING;
    auto end = json->object.end();
    for (auto field = json->object.begin(); field != end; ++field) {
        size_t size = field.key_length();
        unsigned candidates = by_length[size & 63]; // none, for most keys
        for (; candidates != 0; candidates &= candidates - 1) {
            int i = __builtin_ctz(candidates);
            if (names[i].size == size && std::memcmp(names[i].data, field.key_c_str(), size) == 0) {
                json->fields[i] = field.value();
                get_value(json->fields[i], &values[i]);
            }
        }
    }
}

size_t mc_json_keys(const mc_json *json, mc_bytes *keys, size_t max) {
    size_t n = 0;
    for (auto field = json->object.begin(); n < max && field != json->object.end(); ++field)
        keys[n++] = {field.key_c_str(), field.key_length()};
    return n;
}

void mc_json_items(mc_json *json, size_t field) {
    dom::array array = json->fields[field].get_array().value_unsafe();
    json->item = array.begin();
    json->end = array.end();
}

bool mc_json_next_item(mc_json *json, mc_json_value *item, mc_json_value inner[MC_JSON_INNER]) {
    if (!(json->item != json->end))
        return false;
    dom::element element = *json->item;
    get_value(element, item);
    dom::array array;
    if (element.get(array) == SUCCESS) {
        auto at = array.begin(), end = array.end();
        for (int i = 0; i < MC_JSON_INNER; i++) {
            inner[i].type = MC_JSON_MISSING;
            if (at != end) {
                get_value(*at, &inner[i]);
                ++at;
            }
        }
    }
    ++json->item;
    return true;
}

bool mc_json_utf8_valid(const char *data, size_t size) {
    return validate_utf8(data, size);
}

} // extern "C"
