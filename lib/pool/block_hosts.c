/* Blocked hosts: a hash table of names in lower case, asked for a host and for each domain it is in
 * ("a.b.example", "b.example", "example").
 *
 * Names lie one after the other in a buffer; the table holds their numbers, with open addressing,
 * and is at most half full.
 */
#include "pool/block_hosts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "pool/block_list.h"

typedef struct host_name {
    size_t offset;
    size_t size;
} host_name;

struct mc_block_hosts {
    mc_buffer bytes;
    host_name *names;
    size_t n_names, names_capacity;
    uint32_t *table; /* number of a name, from 1; 0: free */
    size_t mask;     /* its size less one */
};

static void lower(char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] | 0x20);
}

/* The place of name in the table, or the free one where it belongs. */
static size_t find_place(const mc_block_hosts *hosts, const char *name, size_t size) {
    size_t place = mc_hash64(name, size) & hosts->mask;
    for (; hosts->table[place]; place = (place + 1) & hosts->mask) {
        const host_name *known = &hosts->names[hosts->table[place] - 1];
        if (known->size == size && !memcmp(hosts->bytes.data + known->offset, name, size))
            break;
    }
    return place;
}

/* Adds what may be a name, with dots at its ends; MC_E_FORMAT, without a message, when it is none.
 */
static mc_status add_name(mc_block_hosts *hosts, const char *name, size_t size, mc_error *error) {
    size_t start = name[0] == '.' ? 1 : size > 1 && name[0] == '*' && name[1] == '.' ? 2 : 0;
    name += start;
    size -= start;
    if (size > 0 && name[size - 1] == '.')
        size--;
    bool plain = size > 0 && size <= MC_HOST_MAX && name[0] != '.';
    size_t n_colons = 0;
    for (size_t i = 0; plain && i < size; i++) {
        plain = (unsigned char)name[i] > ' ' && !strchr("/*@[]?\\", name[i]);
        n_colons += name[i] == ':';
    }
    plain = plain && n_colons != 1; /* a port; an IPv6 address has more */
    if (!plain)
        return MC_E_FORMAT;
    if (hosts->n_names == UINT32_MAX / 4)
        return mc_fail(error, MC_E_LIMIT, "the list has too many hosts");
    MC_TRY(MC_GROW(hosts->names, hosts->names_capacity, hosts->n_names + 1, error));
    MC_TRY(mc_buffer_append(&hosts->bytes, name, size, error));
    hosts->names[hosts->n_names++] = (host_name){hosts->bytes.size - size, size};
    lower(hosts->bytes.data + hosts->bytes.size - size, size);
    return MC_OK;
}

static mc_status add_line(void *context, char *line, size_t size, uint64_t number,
                          mc_error *error) {
    const char *comment = memchr(line, '#', size);
    if (comment)
        size = (size_t)(comment - line);
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t'))
        size--;
    mc_status status = size > 0 ? add_name(context, line, size, error) : MC_OK;
    if (status != MC_E_FORMAT)
        return status;
    return mc_fail(error, MC_E_FORMAT,
                   "line %" PRIu64 " is no host's name; a line is one name, such as "
                   "example.com",
                   number);
}

static mc_status make_table(mc_block_hosts *hosts, mc_error *error) {
    size_t size = 16;
    while (size < 2 * hosts->n_names)
        size *= 2;
    MC_TRY(MC_ALLOC(hosts->table, size, error));
    hosts->mask = size - 1;
    for (size_t i = 0; i < hosts->n_names; i++) {
        const host_name *name = &hosts->names[i];
        size_t place = find_place(hosts, hosts->bytes.data + name->offset, name->size);
        hosts->table[place] = (uint32_t)i + 1;
    }
    return MC_OK;
}

static mc_status read_list(mc_block_hosts *hosts, const char *path, mc_error *error) {
    MC_TRY(mc_block_list_read(path, add_line, hosts, error));
    if (hosts->n_names > 0)
        return make_table(hosts, error);
    mc_fail(error, MC_E_FORMAT, "the list of hosts is empty");
    mc_error_place(error, path, MC_NONE, MC_NONE);
    return MC_E_FORMAT;
}

static mc_status add_names(mc_block_hosts *hosts, const char *const *names, size_t n,
                           mc_error *error) {
    for (size_t i = 0; i < n; i++) {
        mc_status status = add_name(hosts, names[i], strlen(names[i]), error);
        if (status == MC_E_FORMAT)
            return mc_fail(error, MC_E_ARGUMENT,
                           "\"%.80s\" is no host's name; one is, for example, example.com",
                           names[i]);
        MC_TRY(status);
    }
    return make_table(hosts, error);
}

static mc_status hand_out(mc_block_hosts **out, mc_block_hosts *hosts, mc_status status) {
    if (status == MC_OK)
        *out = hosts;
    else
        mc_block_hosts_free(hosts);
    return status;
}

mc_status mc_block_hosts_create(mc_block_hosts **out, const char *path, mc_error *error) {
    *out = NULL;
    mc_block_hosts *hosts;
    MC_TRY(MC_ALLOC(hosts, 1, error));
    return hand_out(out, hosts, read_list(hosts, path, error));
}

mc_status mc_block_hosts_of(mc_block_hosts **out, const char *const *names, size_t n,
                            mc_error *error) {
    *out = NULL;
    mc_block_hosts *hosts;
    MC_TRY(MC_ALLOC(hosts, 1, error));
    return hand_out(out, hosts, add_names(hosts, names, n, error));
}

void mc_block_hosts_free(mc_block_hosts *hosts) {
    if (!hosts)
        return;
    mc_buffer_dispose(&hosts->bytes);
    free(hosts->names);
    free(hosts->table);
    free(hosts);
}

bool mc_block_hosts_has(const mc_block_hosts *hosts, mc_bytes host) {
    return mc_block_hosts_find(hosts, host).data != NULL;
}

mc_bytes mc_block_hosts_find(const mc_block_hosts *hosts, mc_bytes host) {
    const mc_bytes none = {NULL, 0};
    char name[MC_HOST_MAX + 1];
    if (host.size > 0 && host.data[host.size - 1] == '.')
        host.size--;
    /* Of a longer host the end is enough: no longer name is in the list. The byte before it tells
     * whether a label begins there. */
    size_t size = host.size < sizeof name ? host.size : sizeof name;
    if (size == 0)
        return none;
    memcpy(name, host.data + host.size - size, size);
    lower(name, size);
    bool whole = host.size <= MC_HOST_MAX;
    for (size_t start = 0;;) {
        uint32_t found = 0;
        if (whole || start > 0)
            found = hosts->table[find_place(hosts, name + start, size - start)];
        if (found > 0) {
            const host_name *known = &hosts->names[found - 1];
            return (mc_bytes){hosts->bytes.data + known->offset, known->size};
        }
        const char *dot = memchr(name + start, '.', size - start);
        if (!dot)
            return none;
        start = (size_t)(dot - name) + 1;
    }
}
