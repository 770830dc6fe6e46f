/* jansson's own output has 17 digits for every real; here 0.1 stays 0.1. Documents are as deep as
 * jansson's reader lets them be (2,048), which bounds the recursion. */
#include "metadata/json_value.h"

#include <string.h>

#include "io/json_out.h"

static mc_status put_text(mc_buffer *out, const char *text, mc_error *error) {
    return mc_buffer_append(out, text, strlen(text), error);
}

static mc_status put_object(mc_buffer *out, const json_t *object, mc_error *error) {
    const char *key, *between = "{";
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        MC_TRY(put_text(out, between, error));
        MC_TRY(mc_json_string(out, key, strlen(key), error));
        MC_TRY(put_text(out, ":", error));
        MC_TRY(mc_json_value(out, value, error));
        between = ",";
    }
    return put_text(out, json_object_size(object) > 0 ? "}" : "{}", error);
}

static mc_status put_array(mc_buffer *out, const json_t *array, mc_error *error) {
    MC_TRY(put_text(out, "[", error));
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            MC_TRY(put_text(out, ",", error));
        MC_TRY(mc_json_value(out, json_array_get(array, i), error));
    }
    return put_text(out, "]", error);
}

mc_status mc_json_value(mc_buffer *out, const json_t *value, mc_error *error) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return put_object(out, value, error);
    case JSON_ARRAY:
        return put_array(out, value, error);
    case JSON_STRING:
        return mc_json_string(out, json_string_value(value), json_string_length(value), error);
    case JSON_INTEGER:
        return mc_buffer_printf(out, error, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL:
        return mc_json_double(out, json_real_value(value), error);
    case JSON_TRUE:
        return put_text(out, "true", error);
    case JSON_FALSE:
        return put_text(out, "false", error);
    case JSON_NULL:
        break;
    }
    return put_text(out, "null", error);
}
