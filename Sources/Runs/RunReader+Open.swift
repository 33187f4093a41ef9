public import Values

extension RunReader {
    /// Opens a run and verifies size, footer and, if given, that it is the run that the ledger knows.
    ///
    /// Errors: `.missing`, `.wrongSize`, `.corrupt`, `.unsupportedVersion`, `.wrongRun`, `.system`; each names the
    /// file.
    public static func open(
        _ path: String, expecting summary: RunSummary? = nil, identity: RunIdentity? = nil, calls: FileCalls = .system
    ) throws(RunError) -> RunReader {
        let opening = RunOpening(input: RunInput(path: path, calls: calls))
        let (footer, found) = try opening.footer(expecting: summary, identity: identity)
        return RunReader(input: opening.input, footer: footer, summary: found, windowBytes: 0, scratch: nil)
    }

    /// A place among the entries, at about `part` of `parts` of their bytes: `seek(after:)` takes it. It need not be an
    /// entry itself.
    public borrowing func boundary(_ part: Int, of parts: Int) -> [UInt8] {
        footer.separator(part * footer.blockCount / parts)
    }

    /// Reads all entries and compares count, digest, first and last entry with the footer; moves to the end.
    ///
    /// Errors as `next`, and `.corrupt`.
    public mutating func verify() throws(RunError) {
        var digest = EntryDigest.zero
        var first: [UInt8] = []
        var isThere = try seek(after: RawSpan())
        while isThere {
            withEntry { entry in
                digest.add(entry: entry)
                if first.isEmpty { first = entry.withUnsafeBytes { bytes in [UInt8](bytes) } }
            }
            isThere = try next()
        }
        let last = digest.count == 0 ? [] : withEntry { entry in entry.withUnsafeBytes { bytes in [UInt8](bytes) } }
        guard digest == contents.digest, first == contents.firstEntry, last == contents.lastEntry else {
            throw RunError(.corrupt, path: path, call: "verify", reason: "the entries are not those of the footer")
        }
    }
}

/// What is done once to open a run: its ends are read and verified.
struct RunOpening {
    let input: RunInput

    /// The footer and what the file proved to be.
    func footer(
        expecting summary: RunSummary?, identity: RunIdentity?
    ) throws(RunError) -> (RunFooter, RunSummary) {
        let size = try input.size()
        if let summary, summary.bytes != size {
            throw failure(.wrongSize, "it has \(size) bytes, not \(summary.bytes)")
        }
        let smallest = UInt64(RunFormat.header.count + RunFormat.footerFixedBytes + RunFormat.tailBytes)
        guard size >= smallest else { throw failure(.wrongSize, "it has \(size) bytes, a run at least \(smallest)") }
        try checkHeader()
        let bytes = try footerBytes(size: size)
        let checksum = try verifiedChecksum(bytes, expecting: summary)
        let footer = try parsed(bytes, size: size)
        let name = input.path.split(separator: "/").last.map { String($0) } ?? input.path
        let found = RunSummary(file: name, bytes: size, digest: footer.contents.digest, checksum: checksum)
        try check(footer, found, expecting: summary, identity: identity)
        return (footer, found)
    }

    private func checkHeader() throws(RunError) {
        let header = try read(count: RunFormat.header.count, at: 0)
        guard header != RunFormat.header else { return }
        guard header[..<8] == RunFormat.header[..<8] else { throw failure(.corrupt, "the header is not that of a run") }
        let version = header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt32.self) }
        guard version == RunFormat.version.littleEndian else {
            throw failure(.unsupportedVersion, "format version \(UInt32(littleEndian: version)) is not known here")
        }
        throw failure(.corrupt, "the header is not that of a run")
    }

    /// The footer with the tail behind it.
    private func footerBytes(size: UInt64) throws(RunError) -> [UInt8] {
        let tail = try read(count: RunFormat.tailBytes, at: size - UInt64(RunFormat.tailBytes))
        guard tail[16...].elementsEqual(RunFormat.tailMagic) else {
            throw failure(.corrupt, "the end is not that of a run")
        }
        let count = UInt64(littleEndian: tail.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
        let room = size - UInt64(RunFormat.header.count + RunFormat.tailBytes)
        guard count >= UInt64(RunFormat.footerFixedBytes), count <= room else {
            throw failure(.corrupt, "a footer of \(count) bytes is not possible")
        }
        let whole = Int(count) + RunFormat.tailBytes
        return try read(count: whole, at: size - UInt64(whole))
    }

    /// The checksum covers the footer and its length in the tail.
    private func verifiedChecksum(_ bytes: [UInt8], expecting summary: RunSummary?) throws(RunError) -> UInt64 {
        let (computed, stored) = bytes.withUnsafeBytes { all in
            let end = all.count - 16
            return (
                RunFormat.checksum(UnsafeRawBufferPointer(rebasing: all[..<end])),
                UInt64(littleEndian: all.loadUnaligned(fromByteOffset: end, as: UInt64.self))
            )
        }
        guard computed == stored else { throw failure(.corrupt, "the footer's checksum is wrong") }
        if let summary, summary.checksum != stored {
            throw failure(.wrongRun, "the footer's checksum is another run's")
        }
        return stored
    }

    private func parsed(_ bytes: [UInt8], size: UInt64) throws(RunError) -> RunFooter {
        let footerOffset = size - UInt64(bytes.count)
        let result = bytes.withUnsafeBytes { all in
            let footer = UnsafeRawBufferPointer(rebasing: all[..<(all.count - RunFormat.tailBytes)])
            return RunFooter.parse(footer, footerOffset: footerOffset)
        }
        switch result {
        case .success(let footer): return footer
        case .failure(let flaw): throw failure(.corrupt, flaw.reason)
        }
    }

    private func check(
        _ footer: RunFooter, _ found: RunSummary, expecting summary: RunSummary?, identity: RunIdentity?
    ) throws(RunError) {
        if let summary, summary.digest != found.digest {
            throw failure(.wrongRun, "its digest is not the one reported")
        }
        if let summary, summary.file != found.file {
            throw failure(.wrongRun, "the run reported is named \(summary.file)")
        }
        if let identity, identity != footer.contents.identity {
            throw failure(.wrongRun, "it is of \(footer.contents.identity), not of \(identity)")
        }
    }

    private func read(count: Int, at offset: UInt64) throws(RunError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var mutableBytes = span.mutableBytes
        try mutableBytes.withUnsafeMutableBytes { buffer throws(RunError) in try input.read(buffer, at: offset) }
        return bytes
    }

    private func failure(_ code: RunError.Code, _ reason: String) -> RunError {
        RunError(code, path: input.path, call: "footer", reason: reason)
    }
}
