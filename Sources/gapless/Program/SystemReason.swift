import Glibc
import Supervision
import Tables

extension GaplessError {
    /// An error of the operating system: what could not be done, and its reason.
    static func ofSystem(_ what: String, number: Int32) -> GaplessError {
        GaplessError(code(of: number), "\(what): \(reason(number))")
    }

    /// What the operating system refused to the supervision of processes.
    init(failure: SystemFailure) {
        self.init(Self.code(of: failure.code), failure.description)
    }

    /// The system's words for an error number.
    static func reason(_ number: Int32) -> String {
        guard let text = strerror(number) else { return "error \(number)" }
        return String(cString: text)
    }

    private static func code(of number: Int32) -> ErrorCode {
        switch number {
        case ENOSPC, EDQUOT, EFBIG: .noSpace
        case EACCES, EPERM, EROFS: .notPermitted
        default: .inputOutput
        }
    }
}
