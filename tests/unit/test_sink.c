/* Sinks: a file appears whole or not at all; arrays and JSON text written through them. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <zstd.h>

#include "io/json_out.h"
#include "io/npy.h"
#include "io/sink.h"
#include "metacurate/io.h"

static uint64_t random_state = 1;

static uint64_t next_random(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33 | random_state << 31;
}

static char *make_text(size_t size) {
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + next_random() % 9);
    return text;
}

static bool exists(const char *name) {
    struct stat info;
    return lstat(scratch(name), &info) == 0;
}

static void assert_file(const char *name, const void *data, size_t size) {
    size_t there;
    char *found = scratch_read(name, &there);
    assert_int_equal(there, size);
    if (size > 0)
        assert_memory_equal(found, data, size);
    free(found);
}

static int empty_folder(void **state) {
    (void)state;
    scratch_empty(scratch_folder);
    return 0;
}

static void a_file_appears_at_commit(void **state) {
    (void)state;
    size_t size = 1000000;
    char *text = make_text(size);
    for (int zstd = 0; zstd < 2; zstd++) {
        mc_sink *sink;
        if (zstd)
            assert_int_equal(mc_sink_create_zstd(&sink, scratch("f"), 3, 1, NULL), MC_OK);
        else
            assert_int_equal(mc_sink_create(&sink, scratch("f"), NULL), MC_OK);
        assert_false(exists("f"));
        assert_true(exists(".f.tmp"));
        assert_int_equal(mc_sink_write(sink, text, size, NULL), MC_OK);
        assert_int_equal(mc_sink_write(sink, text, 0, NULL), MC_OK);
        assert_int_equal(mc_sink_written(sink), size);
        assert_false(exists("f"));
        assert_int_equal(mc_sink_commit(&sink, NULL), MC_OK);
        assert_null(sink);
        assert_int_equal(scratch_count(), 1);
        char *data;
        size_t n;
        assert_int_equal(mc_read_file(scratch("f"), size, &data, &n, NULL), MC_OK);
        assert_int_equal(n, size);
        assert_memory_equal(data, text, size);
        free(data);
        assert_int_equal(unlink(scratch("f")), 0);
    }
    free(text);
}

static void pieces_of_any_size_add_up(void **state) {
    (void)state;
    size_t size = 3000000;
    char *text = make_text(size);
    mc_sink *sink;
    assert_int_equal(mc_sink_create(&sink, scratch("f"), NULL), MC_OK);
    for (size_t at = 0, n = 0; at < size; at += n) {
        n = next_random() % (next_random() % 10 ? 1000 : 600000);
        if (n > size - at)
            n = size - at;
        assert_int_equal(mc_sink_write(sink, text + at, n, NULL), MC_OK);
    }
    assert_int_equal(mc_sink_commit(&sink, NULL), MC_OK);
    assert_file("f", text, size);
    free(text);
}

static void discard_leaves_nothing(void **state) {
    (void)state;
    mc_sink *sink;
    scratch_write("f", "old", 3);
    assert_int_equal(mc_sink_create(&sink, scratch("f"), NULL), MC_OK);
    assert_int_equal(mc_sink_write(sink, "new", 3, NULL), MC_OK);
    mc_sink_discard(&sink);
    assert_null(sink);
    mc_sink_discard(&sink);
    assert_int_equal(scratch_count(), 1);
    assert_file("f", "old", 3);
}

static void old_files_and_leftovers_are_replaced(void **state) {
    (void)state;
    scratch_write("f", "old content", 11);
    scratch_write("other", "other", 5);
    /* What a killed process left; here a link that must not be followed. */
    char target[600];
    snprintf(target, sizeof target, "%s", scratch("other"));
    assert_int_equal(symlink(target, scratch(".f.tmp")), 0);
    assert_int_equal(mc_write_file(scratch("f"), "new", 3, NULL), MC_OK);
    assert_file("f", "new", 3);
    assert_file("other", "other", 5);
    assert_int_equal(scratch_count(), 2);
}

static void two_writers_of_one_file_do_not_mix(void **state) {
    (void)state;
    mc_sink *first, *second;
    assert_int_equal(mc_sink_create(&first, scratch("f"), NULL), MC_OK);
    assert_int_equal(mc_sink_create(&second, scratch("f"), NULL), MC_OK);
    assert_int_equal(mc_sink_write(first, "first", 5, NULL), MC_OK);
    assert_int_equal(mc_sink_write(second, "second", 6, NULL), MC_OK);
    assert_int_equal(mc_sink_commit(&first, NULL), MC_E_IO);
    assert_int_equal(mc_sink_commit(&second, NULL), MC_OK);
    assert_file("f", "second", 6);
    assert_int_equal(scratch_count(), 1);
}

static void names_that_cannot_be_written_are_refused(void **state) {
    (void)state;
    mc_error error = {0};
    char text[1200], long_name[400];
    mc_sink *sink;
    assert_int_equal(mc_sink_create(&sink, scratch("none/f"), &error), MC_E_IO);
    assert_null(sink);
    mc_error_text(&error, text, sizeof text);
    assert_non_null(strstr(text, "none/f: cannot be written: No such file"));
    assert_int_equal(mc_sink_create(&sink, scratch_folder, &error), MC_E_IO);
    assert_int_equal(mc_sink_create(&sink, scratch("f/"), &error), MC_E_ARGUMENT);
    assert_int_equal(mc_sink_create(&sink, "", &error), MC_E_ARGUMENT);
    memset(long_name, 'x', 300);
    long_name[300] = '\0';
    assert_int_equal(mc_sink_create(&sink, scratch(long_name), &error), MC_E_IO);
    assert_int_equal(mc_sink_create_zstd(&sink, scratch("none/f"), 3, 1, &error), MC_E_IO);
    assert_int_equal(scratch_count(), 0);
    assert_int_equal(mkdir(scratch("locked"), 0755), 0);
    assert_int_equal(chmod(scratch("locked"), 0555), 0);
    scratch_drop_root();
    mc_status status = mc_sink_create(&sink, scratch("locked/f"), &error);
    scratch_regain_root();
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.message, "Permission denied"));
}

static void written_bytes_can_be_rewritten(void **state) {
    (void)state;
    size_t size = 700000;
    char *text = make_text(size);
    mc_sink *sink;
    assert_int_equal(mc_sink_create(&sink, scratch("f"), NULL), MC_OK);
    assert_int_equal(mc_sink_write(sink, text, 600000, NULL), MC_OK);
    memset(text + 599000, '!', 1000);
    memset(text, '?', 10);
    assert_int_equal(mc_sink_rewrite(sink, 599000, text + 599000, 1000, NULL), MC_OK);
    assert_int_equal(mc_sink_rewrite(sink, 0, text, 10, NULL), MC_OK);
    assert_int_equal(mc_sink_write(sink, text + 600000, 100000, NULL), MC_OK);
    assert_int_equal(mc_sink_written(sink), size);
    assert_int_equal(mc_sink_commit(&sink, NULL), MC_OK);
    assert_file("f", text, size);
    free(text);
    for (int zstd = 0; zstd < 2; zstd++) {
        if (zstd)
            assert_int_equal(mc_sink_create_zstd(&sink, scratch("g"), 3, 1, NULL), MC_OK);
        else
            assert_int_equal(mc_sink_create(&sink, scratch("g"), NULL), MC_OK);
        assert_int_equal(mc_sink_write(sink, "12345", 5, NULL), MC_OK);
        assert_int_equal(mc_sink_rewrite(sink, zstd ? 0 : 1, "abcde", 5, NULL), MC_E_ARGUMENT);
        assert_int_equal(mc_sink_commit(&sink, NULL), MC_E_ARGUMENT);
        assert_false(exists("g"));
    }
}

static void compressed_bytes_depend_on_content_alone(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 1000, 300000, 9000000};
    static const size_t helpers[][4] = {{1, 2, 5, 1000}, {0, 0, 0, 0}};
    for (size_t s = 0; s < 2 * sizeof sizes / sizeof *sizes; s++) {
        char *text = make_text(sizes[s / 2]), *first = NULL;
        size_t first_size = 0, size = sizes[s / 2];
        for (size_t t = 0; t < 4; t++) {
            mc_sink *sink;
            assert_int_equal(mc_sink_create_zstd(&sink, scratch("f"), 3, helpers[s % 2][t], NULL),
                             MC_OK);
            size_t piece = t == 0 ? size : 1 + next_random() % 400000;
            for (size_t at = 0; at < size; at += piece)
                assert_int_equal(
                    mc_sink_write(sink, text + at, piece < size - at ? piece : size - at, NULL),
                    MC_OK);
            assert_int_equal(mc_sink_commit(&sink, NULL), MC_OK);
            if (t > 0) {
                assert_file("f", first, first_size);
                continue;
            }
            first = scratch_read("f", &first_size);
            assert_int_equal(ZSTD_findFrameCompressedSize(first, first_size), first_size);
            assert_true(first[4] & 4); /* the frame header's checksum flag */
        }
        char *data;
        size_t n;
        assert_int_equal(mc_read_file(scratch("f"), size, &data, &n, NULL), MC_OK);
        assert_int_equal(n, size);
        assert_memory_equal(data, text, n);
        free(data);
        free(first);
        free(text);
    }
}

/* A file size limit is a disk that fills up, for whatever is written here. */
static void a_full_disk_fails_the_commit(void **state) {
    (void)state;
    char *text = make_text(3000000);
    struct rlimit old, limit;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    static const size_t limits[] = {10, 100000, 500000};
    static const size_t sizes[] = {100, 300000, 3000000};
    for (int i = 0; i < 18; i++) {
        int zstd = i & 1;
        size_t size = sizes[i / 2 % 3];
        limit = old;
        limit.rlim_cur = limits[i / 6];
        if ((zstd ? size / 3 : size) <= limit.rlim_cur)
            continue;
        mc_sink *sink;
        mc_error error = {0};
        if (zstd)
            assert_int_equal(mc_sink_create_zstd(&sink, scratch("f"), 1, 2, &error), MC_OK);
        else
            assert_int_equal(mc_sink_create(&sink, scratch("f"), &error), MC_OK);
        setrlimit(RLIMIT_FSIZE, &limit);
        mc_status written = mc_sink_write(sink, text, size / 2, &error);
        if (written == MC_OK)
            written = mc_sink_write(sink, text + size / 2, size / 2, &error);
        if (written != MC_OK) /* and so does every write after it */
            assert_int_equal(mc_sink_write(sink, "x", 1, &error), MC_E_IO);
        mc_status status = mc_sink_commit(&sink, &error);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_true(written == MC_OK || written == MC_E_IO);
        assert_int_equal(status, MC_E_IO);
        assert_non_null(strstr(error.message, "cannot be written"));
        assert_non_null(strstr(error.file, "/f"));
        assert_null(sink);
        assert_int_equal(scratch_count(), 0);
    }
    scratch_write("f", "old", 3);
    limit = old;
    limit.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &limit);
    mc_status status = mc_write_file(scratch("f"), text, 3000000, NULL);
    mc_status array = mc_npy_write_u64(scratch("a"), (uint64_t *)(void *)text, 1000, NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, MC_E_IO);
    assert_int_equal(array, MC_E_IO);
    assert_int_equal(scratch_count(), 1);
    assert_file("f", "old", 3);
    free(text);
}

static void devices_are_written_in_place(void **state) {
    (void)state;
    struct stat info;
    if (stat("/dev/full", &info) != 0 || stat("/dev/null", &info) != 0)
        SKIP_WITHOUT("/dev/full or /dev/null");
    mc_error error = {0};
    assert_int_equal(mc_write_file("/dev/null", "x", 1, &error), MC_OK);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(mc_write_file("/dev/full", "x", 1, &error), MC_E_IO);
    assert_non_null(strstr(error.message, "No space left"));
}

static void temporary_files_have_no_name(void **state) {
    (void)state;
    int fd;
    char data[10];
    mc_error error = {0};
    assert_int_equal(mc_temporary_file(scratch_folder, &fd, &error), MC_OK);
    assert_int_equal(scratch_count(), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(mc_write_all(fd, "0123456789", 10, "spill", &error), MC_OK);
    assert_int_equal(mc_read_at(fd, data, 4, 3, "spill", &error), MC_OK);
    assert_memory_equal(data, "3456", 4);
    assert_int_equal(mc_read_at(fd, data, 0, 10, "spill", &error), MC_OK);
    assert_int_equal(mc_read_at(fd, data, 4, 7, "spill", &error), MC_E_FORMAT);
    assert_string_equal(error.file, "spill");
    assert_int_equal(mc_read_at(fd, data, 1, UINT64_MAX, "spill", &error), MC_E_FORMAT);
    close(fd);
    assert_int_equal(mc_read_at(fd, data, 1, 0, "spill", &error), MC_E_IO);
    assert_int_equal(mc_write_all(fd, "x", 1, "spill", &error), MC_E_IO);
    assert_int_equal(mc_temporary_file(scratch("none"), &fd, &error), MC_E_IO);
}

static void folders_are_made_with_their_parents(void **state) {
    (void)state;
    mc_error error = {0};
    struct stat info;
    assert_int_equal(mc_make_folder(scratch("a/b//c/"), &error), MC_OK);
    assert_int_equal(mc_make_folder(scratch("a/b/c"), &error), MC_OK);
    assert_int_equal(stat(scratch("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    scratch_write("f", "x", 1);
    assert_int_equal(mc_make_folder(scratch("f"), &error), MC_E_IO);
    assert_int_equal(mc_make_folder(scratch("f/g"), &error), MC_E_IO);
    assert_int_equal(mc_make_folder("", &error), MC_E_IO);
}

static void array_headers_have_one_size(void **state) {
    (void)state;
    char header[MC_NPY_HEADER_SIZE + 1];
    header[MC_NPY_HEADER_SIZE] = '!';
    mc_npy_header(header, "'<u4'", 12, 2);
    assert_memory_equal(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    static const char pairs[] = "{'descr': '<u4', 'fortran_order': False, 'shape': (12, 2), } ";
    assert_memory_equal(header + 10, pairs, strlen(pairs));
    assert_int_equal(header[MC_NPY_HEADER_SIZE - 2], ' ');
    assert_int_equal(header[MC_NPY_HEADER_SIZE - 1], '\n');
    mc_npy_header(header, "[('f0', '<u8'), ('f1', '<u8')]", UINT64_MAX, 0);
    static const char both[] = "{'descr': [('f0', '<u8'), ('f1', '<u8')], 'fortran_order': False, "
                               "'shape': (18446744073709551615,), } ";
    assert_memory_equal(header + 10, both, strlen(both));
    assert_int_equal(header[MC_NPY_HEADER_SIZE - 1], '\n');
    assert_int_equal(header[MC_NPY_HEADER_SIZE], '!');
}

static void arrays_of_unknown_length_get_it_at_the_end(void **state) {
    (void)state;
    mc_sink *sink;
    const uint32_t values[4] = {1, 2, 3, 4};
    assert_int_equal(mc_npy_begin(&sink, scratch("a"), "'<u4'", NULL), MC_OK);
    assert_int_equal(mc_sink_write(sink, values, sizeof values, NULL), MC_OK);
    assert_int_equal(mc_npy_end(&sink, "'<u4'", 2, 2, NULL), MC_OK);
    assert_null(sink);
    size_t size;
    char *data = scratch_read("a", &size);
    assert_int_equal(size, MC_NPY_HEADER_SIZE + sizeof values);
    assert_non_null(strstr(data + 10, "'shape': (2, 2), }"));
    assert_memory_equal(data + MC_NPY_HEADER_SIZE, values, sizeof values);
    free(data);
    assert_int_equal(mc_npy_begin(&sink, scratch("none/a"), "'<u4'", NULL), MC_E_IO);
    assert_null(sink);
}

static void counts_are_read_back(void **state) {
    (void)state;
    uint64_t values[1000], *found;
    mc_error error = {0};
    for (size_t i = 0; i < 1000; i++)
        values[i] = next_random();
    for (size_t n = 0; n <= 1000; n += 500) {
        assert_int_equal(mc_npy_write_u64(scratch("a"), values, n, &error), MC_OK);
        assert_int_equal(mc_npy_read_u64(scratch("a"), n, &found, &error), MC_OK);
        if (n > 0)
            assert_memory_equal(found, values, n * 8);
        free(found);
        assert_int_equal(mc_npy_read_u64(scratch("a"), n + 1, &found, &error), MC_E_MISMATCH);
        assert_null(found);
    }
    assert_int_equal(mc_npy_read_u64(scratch("none"), 1, &found, &error), MC_E_IO);
}

static mc_status read_array(const char *dict, int version, const void *values, size_t size) {
    char file[2000];
    size_t header = strlen(dict), at = version == 1 ? 10 : 12;
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (char)version;
    file[7] = 0;
    file[8] = (char)(header & 255);
    file[9] = (char)(header >> 8);
    file[10] = file[11] = 0;
    memcpy(file + at, dict, header);
    memcpy(file + at + header, values, size);
    uint64_t *found;
    mc_error error = {0};
    mc_status status =
        mc_npy_read_u64(scratch_write("a", file, at + header + size), 2, &found, &error);
    if (status == MC_OK) {
        assert_memory_equal(found, values, 16);
        free(found);
    } else {
        assert_null(found);
        assert_non_null(strstr(error.file, "/a"));
    }
    return status;
}

#define DICT(descr, shape) "{'descr': " descr ", 'fortran_order': False, 'shape': " shape ", }\n"

static void other_arrays_are_refused(void **state) {
    (void)state;
    const uint64_t v[3] = {7, INT64_MAX, 9}, negative[2] = {7, (uint64_t)-1};
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 1, v, 16), MC_OK);
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 2, v, 16), MC_OK);
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 3, v, 16), MC_OK);
    assert_int_equal(read_array(DICT("'<i8'", "(2,)"), 1, v, 16), MC_OK);
    assert_int_equal(read_array("{'shape':(2,),'fortran_order':False,'descr':'<u8'}", 1, v, 16),
                     MC_OK);
    assert_int_equal(read_array(DICT("'<i8'", "(2,)"), 1, negative, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 4, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 1, v, 15), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 1, v, 0), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(2,)"), 1, v, 17), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(3,)"), 1, v, 24), MC_E_MISMATCH);
    assert_int_equal(read_array(DICT("'<u8'", "(2, 1)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "()"), 1, v, 8), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(-2,)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u8'", "(18446744073709551618,)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'>u8'", "(2,)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<f8'", "(2,)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("'<u4'", "(4,)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array(DICT("[('f0', '<u8')]", "(2,)"), 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array("{'fortran_order': False}", 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array("{'descr' '<u8'}", 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array("{'descr': '<u8', 'shape': 2}", 1, v, 16), MC_E_FORMAT);
    assert_int_equal(read_array("", 1, v, 16), MC_E_FORMAT);
    uint64_t *found;
    assert_int_equal(mc_npy_read_u64(scratch_write("a", "not an array", 12), 2, &found, NULL),
                     MC_E_FORMAT);
    assert_int_equal(mc_npy_read_u64(scratch_write("a", "\x93NUM", 4), 2, &found, NULL),
                     MC_E_FORMAT);
    assert_int_equal(
        mc_npy_read_u64(scratch_write("a", "\x93NUMPY\2\0\xff\xff\xff\xff", 12), 2, &found, NULL),
        MC_E_FORMAT);
}

static void assert_json_string(const char *data, size_t size, const char *expected) {
    mc_buffer out = {0};
    assert_int_equal(mc_json_string(&out, data, size, NULL), MC_OK);
    assert_int_equal(out.size, strlen(expected));
    assert_memory_equal(out.data, expected, out.size);
    mc_buffer_dispose(&out);
}

static void strings_are_escaped(void **state) {
    (void)state;
    assert_json_string("", 0, "\"\"");
    assert_json_string("plain \xc3\xa9 \xf0\x9f\x98\x80", 13,
                       "\"plain \xc3\xa9 \xf0\x9f\x98\x80\"");
    assert_json_string("\"\\/", 3, "\"\\\"\\\\/\"");
    assert_json_string("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    assert_json_string("\0a\1\x1f\x7f", 5, "\"\\u0000a\\u0001\\u001f\\u007f\"");
}

static void assert_double(double value, const char *expected) {
    mc_buffer out = {0};
    assert_int_equal(mc_json_double(&out, value, NULL), MC_OK);
    assert_int_equal(mc_buffer_append(&out, "", 1, NULL), MC_OK);
    if (expected)
        assert_string_equal(out.data, expected);
    double back = strtod(out.data, NULL);
    if (isfinite(value))
        assert_memory_equal(&back, &value, sizeof value);
    mc_buffer_dispose(&out);
}

static void numbers_read_back_exactly(void **state) {
    (void)state;
    assert_double(0, "0");
    assert_double(-0.0, "-0");
    assert_double(20, "20");
    assert_double(0.1, "0.1");
    assert_double(1.0 / 3, "0.3333333333333333");
    assert_double(0.1 + 0.2, "0.30000000000000004");
    assert_double(1e300, "1e+300");
    assert_double(DBL_MAX, NULL);
    assert_double(DBL_MIN, NULL);
    assert_double(5e-324, NULL);
    assert_double(INFINITY, "null");
    assert_double(-INFINITY, "null");
    assert_double(NAN, "null");
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random();
        double value;
        memcpy(&value, &bits, sizeof value);
        assert_double(value, NULL);
    }
    static const uint64_t whole[] = {0, 9, 10, 99, 100, 4294967296, UINT64_MAX};
    static const char *const texts[] = {
        "0", "9", "10", "99", "100", "4294967296", "18446744073709551615"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        mc_buffer out = {0};
        assert_int_equal(mc_json_u64(&out, whole[i], NULL), MC_OK);
        assert_int_equal(out.size, strlen(texts[i]));
        assert_memory_equal(out.data, texts[i], out.size);
        mc_buffer_dispose(&out);
    }
}

static void the_locale_changes_no_number(void **state) {
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
        SKIP_WITHOUT("a locale with a decimal comma");
    mc_buffer out = {0};
    mc_status status = mc_json_double(&out, 0.5, NULL);
    setlocale(LC_NUMERIC, "C");
    assert_int_equal(status, MC_OK);
    assert_memory_equal(out.data, "0.5", 3);
    mc_buffer_dispose(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_appears_at_commit, empty_folder),
        cmocka_unit_test_teardown(pieces_of_any_size_add_up, empty_folder),
        cmocka_unit_test_teardown(discard_leaves_nothing, empty_folder),
        cmocka_unit_test_teardown(old_files_and_leftovers_are_replaced, empty_folder),
        cmocka_unit_test_teardown(two_writers_of_one_file_do_not_mix, empty_folder),
        cmocka_unit_test_teardown(names_that_cannot_be_written_are_refused, empty_folder),
        cmocka_unit_test_teardown(written_bytes_can_be_rewritten, empty_folder),
        cmocka_unit_test_teardown(compressed_bytes_depend_on_content_alone, empty_folder),
        cmocka_unit_test_teardown(a_full_disk_fails_the_commit, empty_folder),
        cmocka_unit_test_teardown(devices_are_written_in_place, empty_folder),
        cmocka_unit_test_teardown(temporary_files_have_no_name, empty_folder),
        cmocka_unit_test_teardown(folders_are_made_with_their_parents, empty_folder),
        cmocka_unit_test_teardown(array_headers_have_one_size, empty_folder),
        cmocka_unit_test_teardown(arrays_of_unknown_length_get_it_at_the_end, empty_folder),
        cmocka_unit_test_teardown(counts_are_read_back, empty_folder),
        cmocka_unit_test_teardown(other_arrays_are_refused, empty_folder),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(numbers_read_back_exactly),
        cmocka_unit_test(the_locale_changes_no_number),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
