/// 128 bits that stand for a state: two SipHash values of the whole of it, from different beginnings.
///
/// States are told apart by these alone, since millions of whole states do not fit in memory. Two different states
/// with the same fingerprint would be taken for one, and what lies behind the second would not be searched. With n
/// states the chance of that is about n * n / 2^129: for ten million states one in 10^24. The keys are new in every
/// process unless `SWIFT_DETERMINISTIC_HASHING` is set, so an accident would not repeat; counts of states do repeat.
struct Fingerprint: Hashable {
    let high: UInt64
    let low: UInt64

    init(_ state: some Hashable) {
        var first = Hasher()
        first.combine(UInt8(1))
        state.hash(into: &first)
        var second = Hasher()
        second.combine(UInt64(2))
        state.hash(into: &second)
        high = UInt64(bitPattern: Int64(first.finalize()))
        low = UInt64(bitPattern: Int64(second.finalize()))
    }

    static func == (left: Fingerprint, right: Fingerprint) -> Bool {
        left.high == right.high && left.low == right.low
    }

    func hash(into hasher: inout Hasher) { hasher.combine(low) }
}
