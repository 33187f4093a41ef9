public import ArgumentParser
public import Logging
public import Tables
public import Values

// What the command line spells as the raw value of a type of another module.
extension Logger.Level: @retroactive ExpressibleByArgument {}
extension TextFormat: ExpressibleByArgument {}
extension ValueFormat: ExpressibleByArgument {}
extension AttachedKeys: ExpressibleByArgument {}
