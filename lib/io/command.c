/* A command whose output is read: started through sh, waited for at the end of its output, and
 * ended when nobody wants the rest. */
#define _GNU_SOURCE /* pipe2: another thread's command must not inherit this pipe's ends */
#include "io/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

extern char **environ;

/* Appends text as one word of the shell: in single quotes, themselves written as '\''. */
static mc_status append_quoted(mc_buffer *out, const char *text, mc_error *error) {
    MC_TRY(mc_buffer_append(out, "'", 1, error));
    for (const char *quote; (quote = strchr(text, '\'')) != NULL; text = quote + 1) {
        MC_TRY(mc_buffer_append(out, text, (size_t)(quote - text), error));
        MC_TRY(mc_buffer_append(out, "'\\''", 4, error));
    }
    MC_TRY(mc_buffer_append(out, text, strlen(text), error));
    return mc_buffer_append(out, "'", 1, error);
}

static mc_status fill_in(mc_buffer *out, const char *command, const char *path, mc_error *error) {
    for (const char *mark; (mark = strstr(command, "{}")) != NULL; command = mark + 2) {
        MC_TRY(mc_buffer_append(out, command, (size_t)(mark - command), error));
        MC_TRY(append_quoted(out, path, error));
    }
    return mc_buffer_append(out, command, strlen(command) + 1, error);
}

/* Starts sh with output as its standard output, an empty standard input and the signals as a shell
 * would set them. Returns 0 or an errno. */
static int spawn_shell(pid_t *child, char *command, int output) {
    char sh[] = "sh", option[] = "-c";
    char *arguments[] = {sh, option, command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    sigset_t none, standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    sigaddset(&standard, SIGXFSZ);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn(child, "/bin/sh", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

mc_status mc_stored_run(mc_stored *stored, const char *command, const char *path, mc_error *error) {
    mc_buffer line = {0};
    int ends[2] = {-1, -1}, failed = 0;
    pid_t child = 0;
    mc_status status = fill_in(&line, command, path, error);
    if (status == MC_OK) {
        if (pipe2(ends, O_CLOEXEC) != 0)
            failed = errno;
        else
            failed = spawn_shell(&child, line.data, ends[1]);
        if (failed)
            status = mc_fail(error, MC_E_IO, "the reader command cannot be started: %s",
                             strerror(failed));
    }
    mc_buffer_dispose(&line);
    if (ends[1] >= 0)
        close(ends[1]);
    if (status != MC_OK) {
        if (ends[0] >= 0)
            close(ends[0]);
        mc_error_place(error, path, MC_NONE, MC_NONE);
        return status;
    }
    return mc_stored_init(stored, path, ends[0], child, error);
}

mc_status mc_child_wait(pid_t child, mc_error *error) {
    int how;
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR)
            return mc_fail(error, MC_E_IO, "how the reader command ended is unknown: %s",
                           strerror(errno));
    if (WIFSIGNALED(how))
        return mc_fail(error, MC_E_IO, "the reader command was ended by signal %d", WTERMSIG(how));
    if (WEXITSTATUS(how) != 0)
        return mc_fail(error, MC_E_IO, "the reader command ended with status %d", WEXITSTATUS(how));
    return MC_OK;
}

void mc_child_end(pid_t child) {
    const struct timespec pause = {.tv_nsec = 5000000};
    kill(child, SIGTERM);
    for (int i = 0; i < 200; i++) {
        pid_t done = waitpid(child, NULL, WNOHANG);
        if (done == child || (done < 0 && errno != EINTR))
            return;
        nanosleep(&pause, NULL);
    }
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}
