/* Byte sources: files, pipes and commands, read in pieces. Compressed ones have tests of their own.
 */
#include "source_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "metacurate/io.h"

static void plain_files_are_read_as_they_are(void **state) {
    (void)state;
    char *text = make_text(700000);
    for (size_t i = 0; i < N_PIECES; i++) {
        size_t size = i == 0 ? 3000 : 700000;
        outcome found = read_bytes(text, size, pieces[i]);
        assert_content(&found, text, size);
    }
    outcome empty = read_bytes("", 0, 10);
    assert_content(&empty, "", 0);
    for (size_t size = 1; size < 8; size++) {
        outcome small = read_bytes(text, size, 3);
        assert_content(&small, text, size);
    }
    free(text);
}

static void sizes_are_told(void **state) {
    (void)state;
    char data[5000] = {1};
    mc_source *source;
    size_t got;
    assert_int_equal(mc_source_open(&source, scratch_write("f", data, sizeof data), NULL), MC_OK);
    assert_int_equal(mc_source_size(source), sizeof data);
    assert_int_equal(mc_source_taken(source), 0);
    assert_int_equal(mc_source_read(source, data, 0, &got, NULL), MC_OK);
    assert_int_equal(mc_source_read(source, data, 10, &got, NULL), MC_OK);
    assert_int_equal(got, 10);
    mc_u128 digest;
    uint64_t size;
    /* What has not been read yet is read for the digest. */
    assert_int_equal(mc_source_digest(source, &digest, &size, NULL), MC_OK);
    assert_int_equal(size, sizeof data);
    mc_source_close(source);
    mc_source_close(NULL);

    mc_u128 again;
    assert_int_equal(mc_digest_file(scratch("f"), &again, &size, NULL), MC_OK);
    assert_true(mc_u128_equal(digest, again));
    assert_int_equal(size, sizeof data);
    assert_int_equal(mc_digest_file(scratch("none"), &again, &size, NULL), MC_E_IO);
}

/* Pipes deliver what they have: magic numbers, headers and trailers arrive in bits. */
static void short_reads_from_a_pipe_change_nothing(void **state) {
    (void)state;
    char *text = make_text(3000);
    mc_buffer stored[3] = {{0}};
    append_member(&stored[0], text, 1000);
    append_member(&stored[0], text + 1000, 2000);
    append_frame(&stored[1], text, 1000, 1);
    append_frame(&stored[1], text + 1000, 2000, 1);
    append(&stored[2], text, 3000);
    const char *path = scratch("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t i = 0; i < 3; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            int fd = open(path, O_WRONLY);
            for (size_t at = 0; at < stored[i].size;) {
                size_t n = at < 30 ? 1 : 1 + at % 97;
                if (n > stored[i].size - at)
                    n = stored[i].size - at;
                if (write(fd, stored[i].data + at, n) != (ssize_t)n)
                    _exit(1);
                at += n;
                if (at < 40 || at + 100 > stored[i].size)
                    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
            }
            _exit(0);
        }
        mc_source *source;
        assert_int_equal(mc_source_open(&source, path, NULL), MC_OK);
        assert_int_equal(mc_source_size(source), 0);
        outcome found = drain(source, 700);
        mc_source_close(source);
        assert_content(&found, text, 3000);
        assert_int_equal(found.stored_size, stored[i].size);
        assert_int_equal(waitpid(child, NULL, 0), child);
        mc_buffer_dispose(&stored[i]);
    }
    free(text);
}

static void standard_input_is_a_source(void **state) {
    (void)state;
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    int saved = dup(STDIN_FILENO);
    int fd = open(scratch_write("stdin", stored.data, stored.size), O_RDONLY);
    assert_true(fd >= 0);
    dup2(fd, STDIN_FILENO);
    outcome found = read_path("-", 100);
    lseek(fd, 0, SEEK_SET);
    char *data;
    size_t size;
    assert_int_equal(mc_read_file("-", 7, &data, &size, NULL), MC_OK);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    close(fd);
    assert_content(&found, "content", 7);
    assert_string_equal(data, "content");
    free(data);
    mc_buffer_dispose(&stored);
}

static void what_cannot_be_opened_is_named(void **state) {
    (void)state;
    mc_source *source;
    mc_error error = {0};
    char text[1200];
    assert_int_equal(mc_source_open(&source, scratch("none"), &error), MC_E_IO);
    mc_error_text(&error, text, sizeof text);
    assert_non_null(strstr(text, "/none: "));
    assert_non_null(strstr(text, "No such file"));
    assert_null(source);
    assert_int_equal(mc_source_open(&source, scratch_folder, &error), MC_E_IO);
    assert_non_null(strstr(error.message, "folder"));
    assert_int_equal(chmod(scratch_write("locked", "x", 1), 0), 0);
    scratch_drop_root();
    mc_status status = mc_source_open(&source, scratch("locked"), &error);
    scratch_regain_root();
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.message, "Permission denied"));
}

static void a_failing_read_is_reported_once(void **state) {
    (void)state;
    mc_source *source;
    /* Address 0 of this process is not mapped: reading there is an input/output error. */
    if (access("/proc/self/mem", R_OK) != 0)
        SKIP_WITHOUT("/proc/self/mem");
    assert_int_equal(mc_source_open(&source, "/proc/self/mem", NULL), MC_OK);
    outcome found = drain(source, 100);
    mc_source_close(source);
    assert_int_equal(found.failure, MC_E_IO);
    assert_int_equal(found.data.size, 0);
    assert_int_equal(found.digest_status, MC_E_IO);
    mc_buffer_dispose(&found.data);
}

static outcome run(const char *command, const char *path) {
    mc_source *source;
    mc_error error = {0};
    assert_int_equal(mc_source_open_command(&source, command, path, &error), MC_OK);
    assert_int_equal(mc_source_size(source), 0);
    outcome found = drain(source, 1000);
    mc_source_close(source);
    return found;
}

static void a_command_is_a_source(void **state) {
    (void)state;
    char *text = make_text(200000);
    const char *path = scratch_write("it's a \"file\" $(x) {} name", text, 200000);
    outcome found = run("cat {} && cat < {}", path);
    assert_int_equal(found.data.size, 400000);
    assert_memory_equal(found.data.data + 200000, text, 200000);
    found.data.size = 200000;
    assert_content(&found, text, 200000);
    assert_int_equal(found.stored_size, 400000);
    found = run("cat", "standard input is empty");
    assert_content(&found, "", 0);
    mc_buffer stored = {0};
    append_member(&stored, "content", 7);
    found = run("cat {}", scratch_write("f", stored.data, stored.size));
    assert_content(&found, stored.data, stored.size); /* not decompressed */
    mc_buffer_dispose(&stored);
    free(text);
}

static void a_failing_command_is_reported_after_its_output(void **state) {
    (void)state;
    const char *path = scratch_write("f", "some lines\n", 11);
    outcome found = run("cat {}; exit 3", path);
    assert_int_equal(found.failure, MC_E_IO);
    assert_int_equal(found.data.size, 11);
    assert_non_null(strstr(found.error.message, "status 3"));
    assert_non_null(strstr(found.error.file, "/f"));
    assert_int_equal(found.digest_status, MC_E_IO);
    mc_buffer_dispose(&found.data);
    found = run("kill -9 $$", path);
    assert_int_equal(found.failure, MC_E_IO);
    assert_non_null(strstr(found.error.message, "signal 9"));
    mc_buffer_dispose(&found.data);
    found = run("no-such-command-here {} 2>/dev/null", path);
    assert_int_equal(found.failure, MC_E_IO);
    assert_non_null(strstr(found.error.message, "127"));
    mc_buffer_dispose(&found.data);
}

static void closing_ends_a_command(void **state) {
    (void)state;
    /* The second does not heed the first, kind signal. */
    static const char *const commands[] = {"yes", "trap '' TERM; echo y; while :; do :; done",
                                           "exec sleep 1000"};
    for (size_t i = 0; i < 3; i++) {
        mc_source *source;
        char data[2];
        size_t got;
        assert_int_equal(mc_source_open_command(&source, commands[i], "x", NULL), MC_OK);
        if (i < 2) {
            assert_int_equal(mc_source_read(source, data, 2, &got, NULL), MC_OK);
            assert_memory_equal(data, "y\n", 2);
        }
        mc_source_close(source);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
        assert_int_equal(errno, ECHILD);
    }
}

static void commands_need_descriptors_and_children(void **state) {
    (void)state;
    struct rlimit old, limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    limit = old;
    limit.rlim_cur = 3;
    mc_source *source;
    mc_error error = {0};
    setrlimit(RLIMIT_NOFILE, &limit);
    mc_status status = mc_source_open_command(&source, "cat {}", "x", &error);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_int_equal(status, MC_E_IO);
    assert_non_null(strstr(error.message, "cannot be started"));
    assert_null(source);
    /* Where children are not to be waited for, their end cannot be told from a failure. */
    void (*handler)(int) = signal(SIGCHLD, SIG_IGN);
    outcome found = run("echo y", "x");
    signal(SIGCHLD, handler);
    assert_int_equal(found.failure, MC_E_IO);
    assert_non_null(strstr(found.error.message, "unknown"));
    mc_buffer_dispose(&found.data);
}

static void a_pipe_that_does_not_block_is_waited_for(void **state) {
    (void)state;
    const char *path = scratch("slow");
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int out = open(path, O_WRONLY);
        for (int i = 0; i < 5; i++) {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
            if (write(out, "bytes ", 6) != 6)
                _exit(1);
        }
        _exit(0);
    }
    int saved = dup(STDIN_FILENO);
    dup2(fd, STDIN_FILENO);
    /* Before the writer is there, the pipe looks ended; so its first bytes are waited for. */
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (poll(&wait, 1, 100) == 0 || !(wait.revents & POLLIN))
        continue;
    outcome found = read_path("-", 100);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
    close(fd);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_content(&found, "bytes bytes bytes bytes bytes ", 30);
}

static void whole_files_are_read(void **state) {
    (void)state;
    size_t size = 1000000, n;
    char *text = make_text(size), *data;
    mc_error error = {0};
    mc_buffer stored = {0};
    append_frame(&stored, text, size, 1);
    scratch_write("plain", text, size);
    scratch_write("packed", stored.data, stored.size);
    scratch_write("cut", stored.data, stored.size - 1);
    static const char *const names[] = {"plain", "packed"};
    for (size_t i = 0; i < 2; i++) {
        const size_t limits[] = {size, size + 1, SIZE_MAX};
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(mc_read_file(scratch(names[i]), limits[j], &data, &n, &error), MC_OK);
            assert_int_equal(n, size);
            assert_memory_equal(data, text, size);
            assert_int_equal(data[n], '\0');
            free(data);
        }
        assert_int_equal(mc_read_file(scratch(names[i]), size - 1, &data, &n, &error), MC_E_LIMIT);
        assert_int_equal(mc_read_file(scratch(names[i]), 0, &data, &n, &error), MC_E_LIMIT);
        assert_null(data);
    }
    assert_int_equal(mc_read_file(scratch("cut"), SIZE_MAX, &data, &n, &error), MC_E_FORMAT);
    assert_int_equal(mc_read_file(scratch("none"), 10, &data, &n, &error), MC_E_IO);
    scratch_write("empty", "", 0);
    assert_int_equal(mc_read_file(scratch("empty"), 0, &data, &n, &error), MC_OK);
    assert_int_equal(n, 0);
    assert_string_equal(data, "");
    free(data);
    mc_buffer_dispose(&stored);
    free(text);
}

static void files_are_mapped(void **state) {
    (void)state;
    const void *data;
    size_t size;
    mc_error error = {0};
    assert_int_equal(mc_map_file(scratch_write("f", "mapped", 6), &data, &size, &error), MC_OK);
    assert_int_equal(size, 6);
    assert_memory_equal(data, "mapped", 6);
    mc_unmap_file(data, size);
    assert_int_equal(mc_map_file(scratch_write("e", "", 0), &data, &size, &error), MC_OK);
    assert_int_equal(size, 0);
    assert_null(data);
    mc_unmap_file(data, size);
    assert_int_equal(mc_map_file(scratch("none"), &data, &size, &error), MC_E_IO);
    assert_int_equal(mc_map_file(scratch_folder, &data, &size, &error), MC_E_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_files_are_read_as_they_are),
        cmocka_unit_test(sizes_are_told),
        cmocka_unit_test(short_reads_from_a_pipe_change_nothing),
        cmocka_unit_test(standard_input_is_a_source),
        cmocka_unit_test(what_cannot_be_opened_is_named),
        cmocka_unit_test(a_failing_read_is_reported_once),
        cmocka_unit_test(a_command_is_a_source),
        cmocka_unit_test(a_failing_command_is_reported_after_its_output),
        cmocka_unit_test(closing_ends_a_command),
        cmocka_unit_test(commands_need_descriptors_and_children),
        cmocka_unit_test(a_pipe_that_does_not_block_is_waited_for),
        cmocka_unit_test(whole_files_are_read),
        cmocka_unit_test(files_are_mapped),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
