#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// Asks the processor to fetch a line of memory that will be read soon.
//
// It never waits and never faults: an address that is not mapped, or whose page is not in memory, is let be.
static inline void gapless_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

// Tells the disk to begin with bytes of a file that were written; 0, or -1 and errno.
//
// By its number: the C library declares sync_file_range for programs that ask for GNU's extensions only. 2 stands for
// SYNC_FILE_RANGE_WRITE: begin, and do not wait.
static inline long gapless_start_writing(int descriptor, int64_t offset, int64_t count) {
    return syscall(SYS_sync_file_range, descriptor, offset, count, 2);
}
