/* Tar headers: ustar, the older kind without a magic, GNU's and pax's additions. */
#define _GNU_SOURCE /* memmem */
#include "pool/tar.h"

#include <string.h>

#define MAGIC_AT 257
#define SIZE_LIMIT ((uint64_t)INT64_MAX / 2)

/* An octal number with blanks around it, or GNU's big-endian one; false for anything else. */
static bool read_number(const char *field, size_t size, uint64_t *out) {
    uint64_t value = 0;
    size_t i = 0;
    if ((unsigned char)field[0] == 0x80) {
        for (i = 1; i < size; i++) {
            if (value > SIZE_LIMIT >> 8)
                return false;
            value = value << 8 | (unsigned char)field[i];
        }
        *out = value;
        return value <= SIZE_LIMIT;
    }
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        value = value << 3 | (uint64_t)(field[i] - '0'); /* 12 digits at most */
    *out = value;
    return i == size || field[i] == ' ' || field[i] == '\0';
}

/* The sum of the bytes, those of its own field as blanks; some wrote it with signed bytes. */
static bool sum_agrees(const char *block) {
    enum { SUM_AT = 148, SUM_SIZE = 8 };
    uint64_t told;
    if (!read_number(block + SUM_AT, SUM_SIZE, &told))
        return false;
    int64_t plain = 0, with_sign = 0;
    for (size_t i = 0; i < MC_TAR_BLOCK; i++) {
        bool own = i >= SUM_AT && i < SUM_AT + SUM_SIZE;
        plain += own ? ' ' : (unsigned char)block[i];
        with_sign += own ? ' ' : (signed char)block[i];
    }
    return (int64_t)told == plain || (int64_t)told == with_sign;
}

static size_t field_length(const char *field, size_t size) {
    const char *end = memchr(field, '\0', size);
    return end ? (size_t)(end - field) : size;
}

const char *mc_tar_read_header(const char block[MC_TAR_BLOCK], mc_tar_header *header) {
    enum { NAME_SIZE = 100, SIZE_AT = 124, SIZE_SIZE = 12, TYPE_AT = 156 };
    enum { PREFIX_AT = 345, PREFIX_SIZE = 155 };
    if (!sum_agrees(block))
        return "a header of the archive does not agree with its checksum";
    header->type = block[TYPE_AT];
    if (!read_number(block + SIZE_AT, SIZE_SIZE, &header->size))
        return "a header of the archive holds no size";
    size_t n = 0;
    if (memcmp(block + MAGIC_AT, "ustar", 6) == 0 && block[PREFIX_AT]) {
        n = field_length(block + PREFIX_AT, PREFIX_SIZE);
        memcpy(header->name, block + PREFIX_AT, n);
        header->name[n++] = '/';
    }
    size_t rest = field_length(block, NAME_SIZE);
    memcpy(header->name + n, block, rest);
    header->name[n + rest] = '\0';
    return NULL;
}

bool mc_tar_is_blank(const char block[MC_TAR_BLOCK]) {
    return block[0] == '\0' && memcmp(block, block + 1, MC_TAR_BLOCK - 1) == 0;
}

bool mc_tar_begins(const char *data, size_t size) {
    mc_tar_header header;
    return size >= MC_TAR_BLOCK && memcmp(data + MAGIC_AT, "ustar", 5) == 0 &&
           !mc_tar_read_header(data, &header);
}

size_t mc_tar_find_header(const char *data, size_t size) {
    for (size_t at = 0; at < size && size - at >= MC_TAR_BLOCK;) {
        const char *magic = memmem(data + at + MAGIC_AT, size - at - MAGIC_AT, "ustar", 5);
        if (!magic)
            break;
        at = (size_t)(magic - data) - MAGIC_AT;
        if (mc_tar_begins(data + at, size - at))
            return at;
        at++;
    }
    return size;
}

/* "LENGTH KEY=VALUE\n", LENGTH counting all of it. */
static bool next_record(mc_bytes *rest, mc_bytes *key, mc_bytes *value) {
    size_t length = 0, i = 0;
    for (; i < rest->size && rest->data[i] >= '0' && rest->data[i] <= '9'; i++) {
        if (length > rest->size)
            return false;
        length = 10 * length + (size_t)(rest->data[i] - '0');
    }
    if (i == 0 || length > rest->size || length < i + 3 || rest->data[i] != ' ' ||
        rest->data[length - 1] != '\n')
        return false;
    const char *text = rest->data + i + 1, *end = rest->data + length - 1;
    const char *equal = memchr(text, '=', (size_t)(end - text));
    if (!equal)
        return false;
    *key = (mc_bytes){text, (size_t)(equal - text)};
    *value = (mc_bytes){equal + 1, (size_t)(end - equal - 1)};
    *rest = (mc_bytes){rest->data + length, rest->size - length};
    return true;
}

mc_bytes mc_tar_pax_value(mc_bytes records, const char *key) {
    mc_bytes found = {0}, name, value;
    while (next_record(&records, &name, &value))
        if (name.size == strlen(key) && memcmp(name.data, key, name.size) == 0)
            found = value;
    return found;
}

bool mc_tar_pax_number(mc_bytes value, uint64_t *out) {
    uint64_t number = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9' || number > SIZE_LIMIT / 10 - 1)
            return false;
        number = 10 * number + (uint64_t)(value.data[i] - '0');
    }
    *out = number;
    return value.size > 0;
}

/* "__x__" as the first part of a path. */
static bool is_own(mc_bytes path) {
    const char *slash = path.size ? memchr(path.data, '/', path.size) : NULL;
    size_t n = slash ? (size_t)(slash - path.data) : path.size;
    return n >= 4 && memcmp(path.data, "__", 2) == 0 && memcmp(path.data + n - 2, "__", 2) == 0;
}

bool mc_tar_split(mc_bytes path, mc_bytes *key, mc_bytes *extension) {
    size_t base = path.size;
    while (base > 0 && path.data[base - 1] != '/')
        base--;
    const char *dot = base < path.size ? memchr(path.data + base, '.', path.size - base) : NULL;
    if (!dot || dot == path.data + base || is_own(path))
        return false;
    size_t n = (size_t)(dot - path.data);
    *key = (mc_bytes){path.data, n};
    *extension = (mc_bytes){dot + 1, path.size - n - 1};
    return true;
}

bool mc_tar_extension_is(mc_bytes extension, const char *name) {
    if (extension.size != strlen(name))
        return false;
    for (size_t i = 0; i < extension.size; i++)
        if ((extension.data[i] | 0x20) != name[i])
            return false;
    return true;
}

typedef struct stored_sample {
    uint64_t offset;
    uint32_t flags, key_size, json_size, txt_size;
} stored_sample;

mc_status mc_tar_put(mc_buffer *out, const mc_tar_sample *sample, mc_error *error) {
    const mc_bytes parts[] = {sample->key, sample->json, sample->txt};
    size_t sum = 0;
    for (int i = 0; i < 3; i++) {
        if (parts[i].size > UINT32_MAX / 2)
            return mc_fail(error, MC_E_LIMIT, "a sample is too large");
        sum += parts[i].size;
    }
    stored_sample head = {sample->offset, sample->flags, (uint32_t)parts[0].size,
                          (uint32_t)parts[1].size, (uint32_t)parts[2].size};
    MC_TRY(mc_buffer_reserve(out, sizeof head + sum, error));
    MC_TRY(mc_buffer_append(out, &head, sizeof head, error));
    for (int i = 0; i < 3; i++)
        if (parts[i].size > 0)
            MC_TRY(mc_buffer_append(out, parts[i].data, parts[i].size, error));
    return MC_OK;
}

bool mc_tar_take(mc_bytes samples, size_t *at, mc_tar_sample *sample) {
    stored_sample head;
    if (samples.size - *at < sizeof head)
        return false;
    memcpy(&head, samples.data + *at, sizeof head);
    const char *data = samples.data + *at + sizeof head;
    *sample = (mc_tar_sample){.flags = head.flags,
                              .offset = head.offset,
                              .key = {data, head.key_size},
                              .json = {data + head.key_size, head.json_size},
                              .txt = {data + head.key_size + head.json_size, head.txt_size}};
    *at += sizeof head + head.key_size + head.json_size + head.txt_size;
    return true;
}
