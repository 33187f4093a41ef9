import Glibc

/// A folder of a test's own, removed when the test lets it go.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/gapless-runtime-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("mkdtemp: error \(errno)") }
        path = String(cString: made)
    }

    deinit {
        unlink("\(path)/lock")
        rmdir(path)
    }
}
