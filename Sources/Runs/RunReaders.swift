/// The opened runs of a merge, and the buffer in which they verify blocks when each holds only a part of one.
final class RunReaders {
    private let first: UnsafeMutablePointer<RunReader>
    private let scratch: UnsafeMutableRawPointer
    private(set) var count = 0
    private var scratchBytes: Int

    init(_ sources: [RunSource], memoryBytesMax: Int, isForgetting: Bool, calls: FileCalls) throws(RunError) {
        guard sources.count < Int(UInt32.max) else { fatalError("a merge of \(sources.count) runs") }
        let wholeMax = RunFormat.blockHeaderBytes + RunLimits.blockBytesMax
        let windowBytes = max(memoryBytesMax / max(sources.count, 1), RunLimits.windowBytesMin)
        first = .allocate(capacity: max(sources.count, 1))
        // Room for the largest block that a footer may announce; what is not used is never touched.
        scratch = .allocate(byteCount: wholeMax, alignment: 16)
        scratchBytes = 0
        for source in sources {
            let opening = RunOpening(input: RunInput(path: source.path, calls: calls))
            let (footer, found) = try opening.footer(expecting: source.summary, identity: source.identity)
            (first + count).initialize(
                to: RunReader(
                    input: opening.input, footer: footer, summary: found, windowBytes: windowBytes, scratch: scratch,
                    isForgetting: isForgetting))
            count += 1
            scratchBytes = max(scratchBytes, RunFormat.blockHeaderBytes + footer.payloadBytesMax)
        }
    }

    deinit {
        first.deinitialize(count: count)
        first.deallocate()
        scratch.deallocate()
    }

    subscript(run: Int) -> UnsafeMutablePointer<RunReader> {
        @inline(__always)
        get { first + run }
    }

    var memoryBytes: Int {
        var sum = scratchBytes
        for run in 0..<count { sum += first[run].memoryBytes }
        return sum
    }
}
