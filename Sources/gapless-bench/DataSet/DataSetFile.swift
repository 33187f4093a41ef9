import Glibc

/// Writes the data set to a file descriptor.
struct DataSetFile {
    /// Bytes handed to the system at a time.
    private static let blockBytes = 1 << 20

    let records: UInt64
    let generator: RecordGenerator

    init(records: UInt64, seed: UInt64, data: DataSet = .people, form: RecordForm = .ndjson) {
        self.records = records
        generator = RecordGenerator(seed: seed, data: data, form: form)
    }

    /// Writes all records; throws `SystemCallFailure`. `what` names the target in it.
    func write(to descriptor: Int32, named what: String) throws {
        var text = TextBuffer(capacity: Self.blockBytes)
        var number: UInt64 = 0
        while number < records {
            number += 1
            generator.append(number, to: &text)
            if text.room < generator.data.lineBytesMax { try Self.writeOut(&text, to: descriptor, what) }
        }
        try Self.writeOut(&text, to: descriptor, what)
    }

    /// Writes all records to a new file; throws `SystemCallFailure`.
    func write(toFile path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallFailure("open", path) }
        defer { close(descriptor) }
        try write(to: descriptor, named: path)
    }

    private static func writeOut(_ text: inout TextBuffer, to descriptor: Int32, _ what: String) throws {
        try text.withBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count > 0 {
                    done += count
                } else if errno != EINTR {
                    throw SystemCallFailure("write", what)
                }
            }
        }
        text.removeAll()
    }
}
