import Glibc

/// The bench could not measure: one sentence on why.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A call of the system that failed.
struct SystemCallFailure: Error, CustomStringConvertible {
    let call: String
    let subject: String
    let code: Int32

    init(_ call: String, _ subject: String, code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    var description: String { "\(call) \(subject): \(String(cString: strerror(code)))" }
}
