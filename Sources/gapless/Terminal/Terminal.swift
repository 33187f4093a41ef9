import Glibc

/// What is known of the terminal on standard error, where progress is shown.
enum Terminal {
    /// The width that is taken where none is known.
    static let defaultWidth = 80

    /// Whether a descriptor is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// The columns of the terminal on a descriptor; 80 where it is none.
    static func width(of descriptor: Int32 = STDERR_FILENO) -> Int {
        var size = winsize()
        guard let control, control(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return defaultWidth
        }
        return Int(size.ws_col)
    }

    /// `ioctl` takes a variable number of arguments, which Swift does not call: it is looked up by name, with the one
    /// that
    /// TIOCGWINSZ has.
    private static let control = dlsym(nil, "ioctl").map {
        unsafeBitCast($0, to: (@convention(c) (Int32, UInt, UnsafeMutablePointer<winsize>?) -> Int32).self)
    }
}
