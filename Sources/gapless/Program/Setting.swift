import ArgumentParser
import Glibc

/// Where a setting comes from: its flag, else its variable, else (nil) the default of whoever asks.
enum Setting {
    static func text(flag: String?, variable: String) -> String? {
        if let flag { return flag }
        guard let value = getenv(variable) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Throws a usage error for a variable that holds no such value; a flag was checked by the parser.
    static func value<Value: ExpressibleByArgument>(flag: Value?, variable: String) throws -> Value? {
        if let flag { return flag }
        guard let text = text(flag: nil, variable: variable) else { return nil }
        guard let value = Value(argument: text) else {
            throw ValidationError("The variable \(variable) holds '\(text)', which is not a value it can have.")
        }
        return value
    }
}
