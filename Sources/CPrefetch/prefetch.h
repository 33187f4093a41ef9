// Asks the processor to fetch a line of memory that will be read soon.
//
// It never waits and never faults: an address that is not mapped, or whose page is not in memory, is let be.
static inline void gapless_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}
