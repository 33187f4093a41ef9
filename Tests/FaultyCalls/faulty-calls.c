/* Makes calls fail, or the process end or stop, at chosen calls of a program that knows nothing of it:
 *
 *     cc -shared -fPIC -O1 -o faulty-calls.so faulty-calls.c -ldl
 *     LD_PRELOAD=./faulty-calls.so FAULTY_CALLS=mdb_put/50,fdatasync/20 gapless worker
 *
 * FAULTY_CALLS   CALL/N with commas between: one call in N fails. CALL is mdb_put, mdb_cursor_put, mdb_txn_commit,
 *                fsync, fdatasync, write, pwrite or writev. Of the last three only calls on regular files count, and
 *                none on standard input, output and error.
 * FAULTY_TIMES   failures of this process at the most; default 5, so that they end.
 * FAULTY_LASTING if set, mdb_cursor_put fails for good (EACCES), not for a while (EBUSY).
 * FAULTY_SEED    which calls fail; the process's id is mixed in.
 * FAULTY_COMMIT  K:kill or K:stop: after the K-th commit of a write transaction the process kills or stops itself.
 * FAULTY_LOG     a file that gets a line "PID CALL" for each.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PUT, CURSOR_PUT, COMMIT, FSYNC, FDATASYNC, WRITE, PWRITE, WRITEV, CALLS };
static const char *const names[CALLS] = {
    "mdb_put", "mdb_cursor_put", "mdb_txn_commit", "fsync", "fdatasync", "write", "pwrite", "writev",
};
static void *real[CALLS];
static unsigned long one_in[CALLS];
static atomic_long left;
static atomic_ulong dice;
static atomic_long commits;
static long ending_commit;
static int ending_signal;
static int log_file = -1;

static void *call(int which) {
    /* Found late as well: other libraries write before this one's constructor has run. */
    if (!real[which]) real[which] = dlsym(RTLD_NEXT, names[which]);
    return real[which];
}

static int is_lasting;

__attribute__((constructor)) static void start(void) {
    const char *text = getenv("FAULTY_CALLS");
    const char *times = getenv("FAULTY_TIMES"), *seed = getenv("FAULTY_SEED"), *path = getenv("FAULTY_LOG");
    const char *commit = getenv("FAULTY_COMMIT");
    atomic_store(&left, times ? atol(times) : 5);
    atomic_store(&dice, (seed ? strtoul(seed, NULL, 10) : 1) * 0x9E3779B97F4A7C15ul + (unsigned long)getpid());
    for (int which = 0; which < CALLS; which++) {
        size_t length = strlen(names[which]);
        for (const char *at = text; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
            if (!strncmp(at, names[which], length) && at[length] == '/')
                one_in[which] = strtoul(at + length + 1, NULL, 10);
    }
    if (commit && strchr(commit, ':')) {
        ending_commit = atol(commit);
        ending_signal = strcmp(strchr(commit, ':') + 1, "stop") ? SIGKILL : SIGSTOP;
    }
    is_lasting = getenv("FAULTY_LASTING") != NULL;
    if (path) log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(const char *what) {
    char line[64];
    int length = snprintf(line, sizeof line, "%d %s\n", (int)getpid(), what);
    if (log_file >= 0) syscall(SYS_write, log_file, line, (size_t)length);
}

static int fails(int which) {
    if (!one_in[which]) return 0;
    unsigned long mixed = atomic_fetch_add(&dice, 0x9E3779B97F4A7C15ul);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ul;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBul;
    if ((mixed ^ (mixed >> 31)) % one_in[which]) return 0;
    if (atomic_fetch_sub(&left, 1) <= 0) return 0;
    note(names[which]);
    return 1;
}

static int is_file(int descriptor) {
    struct stat status;
    return descriptor > 2 && !fstat(descriptor, &status) && S_ISREG(status.st_mode);
}

int mdb_put(void *txn, unsigned dbi, void *key, void *value, unsigned flags) {
    if (fails(PUT)) return EBUSY;
    return ((int (*)(void *, unsigned, void *, void *, unsigned))call(PUT))(txn, dbi, key, value, flags);
}

int mdb_cursor_put(void *cursor, void *key, void *value, unsigned flags) {
    if (fails(CURSOR_PUT)) return is_lasting ? EACCES : EBUSY;
    return ((int (*)(void *, void *, void *, unsigned))call(CURSOR_PUT))(cursor, key, value, flags);
}

int mdb_txn_commit(void *txn) {
    if (fails(COMMIT)) {
        /* As LMDB does: after a commit that failed the transaction is gone and nothing of it is kept. */
        ((void (*)(void *))dlsym(RTLD_NEXT, "mdb_txn_abort"))(txn);
        return EIO;
    }
    size_t before = ((size_t (*)(void *))dlsym(RTLD_NEXT, "mdb_txn_id"))(txn);
    void *environment = ((void *(*)(void *))dlsym(RTLD_NEXT, "mdb_txn_env"))(txn);
    size_t info[6] = {0}; /* MDB_envinfo: address, map size, last page, last transaction, ... */
    ((int (*)(void *, void *))dlsym(RTLD_NEXT, "mdb_env_info"))(environment, info);
    int status = ((int (*)(void *))call(COMMIT))(txn);
    /* A write transaction has the number behind the last one; a reading one does not. */
    if (!status && ending_commit && before > info[3] && atomic_fetch_add(&commits, 1) + 1 == ending_commit) {
        note(ending_signal == SIGKILL ? "killed after a commit" : "stopped after a commit");
        kill(getpid(), ending_signal);
    }
    return status;
}

int fsync(int descriptor) {
    if (fails(FSYNC)) { errno = EIO; return -1; }
    return ((int (*)(int))call(FSYNC))(descriptor);
}

int fdatasync(int descriptor) {
    if (fails(FDATASYNC)) { errno = EIO; return -1; }
    return ((int (*)(int))call(FDATASYNC))(descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (one_in[WRITE] && is_file(descriptor) && fails(WRITE)) { errno = ENOSPC; return -1; }
    return ((ssize_t (*)(int, const void *, size_t))call(WRITE))(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    if (one_in[PWRITE] && is_file(descriptor) && fails(PWRITE)) { errno = ENOSPC; return -1; }
    return ((ssize_t (*)(int, const void *, size_t, off_t))call(PWRITE))(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    if (one_in[WRITEV] && is_file(descriptor) && fails(WRITEV)) { errno = ENOSPC; return -1; }
    return ((ssize_t (*)(int, const struct iovec *, int))call(WRITEV))(descriptor, parts, count);
}
