import Foundation
import Testing

/// A program that knows nothing of Gapless and keeps its records with py-lmdb: Debian's python3-lmdb, in scripts/setup.
struct ForeignProgram {
    /// Values as MessagePack, for a program that has no library for it.
    private static let prelude = """
        import lmdb, json, struct, sys
        def pack(v):
            if isinstance(v, int):
                return bytes([v]) if 0 <= v < 128 else b'\\xd3' + struct.pack('>q', v)
            if isinstance(v, str):
                b = v.encode()
                return (bytes([0xa0 | len(b)]) if len(b) < 32 else b'\\xd9' + bytes([len(b)])) + b
            if isinstance(v, list):
                return bytes([0x90 | len(v)]) + b''.join(map(pack, v))
            return bytes([0x80 | len(v)]) + b''.join(pack(k) + pack(x) for k, x in v.items())
        def person(i): return {'email': 'u%d@x' % i, 'tags': ['t%d' % (i % 5)], 'age': i % 90}
        env = lmdb.open(sys.argv[1], max_dbs=8, map_size=1 << 28, sync=False)
        words = env.open_db(b'words')
        native = env.open_db(b'native', integerkey=True)
        big = env.open_db(b'big')
        def put(txn, i):
            txn.put(b'user-%06d' % i, json.dumps(person(i)).encode(), db=words)
            txn.put(struct.pack('=Q', i * 3), pack(person(i)), db=native)
            txn.put(struct.pack('>Q', i * 3), pack(person(i)), db=big)

        """

    let directory: String

    /// Runs lines of Python behind the prelude; what they printed.
    @discardableResult
    func run(_ lines: String) throws -> String {
        try Self.execute("/usr/bin/python3", ["-c", Self.prelude + lines, directory])
    }

    /// One database as `mdb_dump` writes it.
    func dump(_ database: String) throws -> String {
        try Self.execute("/usr/bin/mdb_dump", ["-s", database, directory])
    }

    private static func execute(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let (output, errors) = (Collected(), Collected())
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        try process.run()
        output.collect()
        errors.collect()
        let (text, complaints) = (output.text(), errors.text())
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(path): \(complaints)")
        return text
    }
}
