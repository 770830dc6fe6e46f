/* Arrays that were written here, mapped. */
#include <string.h>

#include "io/npy.h"
#include "metacurate/io.h"

mc_status mc_npy_map(mc_npy *array, const char *path, const char *descr, size_t item_size,
                     mc_error *error) {
    *array = (mc_npy){0};
    MC_TRY(mc_map_file(path, &array->mapped, &array->mapped_size, error));
    char header[MC_NPY_HEADER_SIZE];
    size_t size = array->mapped_size < sizeof header ? 0 : array->mapped_size - sizeof header;
    mc_npy_header(header, descr, size / item_size, 0);
    if (array->mapped_size < sizeof header || size % item_size != 0 ||
        memcmp(array->mapped, header, sizeof header) != 0) {
        mc_npy_unmap(array);
        mc_fail(error, MC_E_FORMAT, "is no array of %s as balancing writes it", descr);
        mc_error_place(error, path, MC_NONE, MC_NONE);
        return MC_E_FORMAT;
    }
    array->n = size / item_size;
    array->items = array->n ? (const char *)array->mapped + sizeof header : NULL;
    return MC_OK;
}

void mc_npy_unmap(mc_npy *array) {
    mc_unmap_file(array->mapped, array->mapped_size);
    *array = (mc_npy){0};
}
