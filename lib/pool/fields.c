/* The usual names, and the options' names in their place. */
#include "pool/fields.h"

#include <string.h>

#include "metacurate/text.h"

static void add(mc_fields *fields, const char *name) {
    fields->names[fields->n++] = (mc_bytes){name, strlen(name)};
}

void mc_fields_init(mc_fields *fields, const mc_pool_options *options) {
    *fields = (mc_fields){0};
    if (options->texts_field)
        add(fields, options->texts_field);
    else if (!options->text_field)
        add(fields, "texts");

    fields->first[MC_FIELD_TEXT] = fields->n;
    if (options->text_field) {
        add(fields, options->text_field);
    } else {
        add(fields, "text");
        add(fields, "caption");
        add(fields, "TEXT");
        add(fields, "alt");
    }

    fields->first[MC_FIELD_URL] = fields->n;
    if (options->url_field) {
        add(fields, options->url_field);
    } else {
        add(fields, "URL");
        add(fields, "url");
        add(fields, "image_url");
    }

    fields->first[MC_FIELD_ID] = fields->n;
    if (options->id_field)
        add(fields, options->id_field);
    fields->first[MC_FIELD_UID] = fields->n;
    if (!options->id_field)
        add(fields, "uid");
    fields->first[MC_FIELD_UUID] = fields->n;
    if (!options->id_field)
        add(fields, "uuid");
    fields->first[MC_FIELD_LANGUAGE] = fields->n;
    if (options->lang_field) {
        add(fields, options->lang_field);
    } else {
        add(fields, "language");
        add(fields, "lang");
        add(fields, "LANGUAGE");
    }
    fields->first[MC_N_FIELDS] = fields->n;

    for (size_t i = 0; i < fields->n; i++)
        fields->by_length[fields->names[i].size & 63] |= (uint16_t)(1u << i);
}

size_t mc_fields_rank(const mc_fields *fields, mc_field field, mc_bytes name) {
    for (size_t i = fields->first[field]; i < fields->first[field + 1]; i++) {
        mc_bytes known = fields->names[i];
        if (known.size == name.size && !memcmp(known.data, name.data, name.size))
            return i - fields->first[field];
    }
    return MC_FIELD_NAMES_MAX;
}

mc_language mc_fields_language(mc_bytes value) {
    static const char *const unknown[] = {"un", "und", "unknown", "nolang"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (value.size == strlen(unknown[i]) && !memcmp(value.data, unknown[i], value.size))
            return 0;
    return mc_language_make(value);
}

void mc_names_append(char *list, size_t size, mc_bytes name) {
    enum { LONGEST = 40 };
    size_t used = strlen(list), n = name.size;
    bool valid = mc_utf8_valid(name.data, n);
    if (n > LONGEST)
        for (n = LONGEST; n > 0 && ((unsigned char)name.data[n] & 0xC0) == 0x80;)
            n--;
    if (used + 2 + n >= size)
        return;
    if (used > 0) {
        memcpy(list + used, ", ", 2);
        used += 2;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name.data[i];
        list[used++] = c < 0x20 || c == 0x7F || (c >= 0x80 && !valid) ? '?' : name.data[i];
    }
    list[used] = '\0';
}
