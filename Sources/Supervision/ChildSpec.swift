/// What to run: a program with its arguments, variables and streams.
public struct ChildSpec: Sendable {
    /// Where a child's standard output and standard error go.
    public enum Output: Sendable {
        /// To where the parent's go.
        case inherited
        /// Line by line to a function, which is called on the supervisor's thread and must be quick.
        case lines(@Sendable (_ stream: Stream, _ line: String) -> Void)
    }

    /// One of the two streams of a child.
    public enum Stream: Hashable, Sendable {
        case output, error
    }

    /// What messages call it: `worker 2`.
    public var name: String
    /// The path of the program; PATH is not searched.
    public var executable: String
    /// The arguments, without the program's own name.
    public var arguments: [String]
    /// Variables added to those of the parent.
    public var environment: [String: String]
    /// Where its streams go; standard input is always empty.
    public var output: Output
    /// When it is started again.
    public var restart: RestartPolicy
    /// How long it may take to end after SIGTERM before it is sent SIGKILL.
    public var grace: Duration
    /// Whether the others need it while they end: when all are stopped, its turn comes after theirs.
    public var endsLast = false

    /// A child with the parent's variables and streams unless said otherwise.
    public init(
        name: String, executable: String, arguments: [String] = [], environment: [String: String] = [:],
        output: Output = .inherited, restart: RestartPolicy = RestartPolicy(), grace: Duration = .seconds(10)
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.output = output
        self.restart = restart
        self.grace = grace
    }
}

/// Names a child of one supervisor over all its restarts.
public struct ChildID: Hashable, Sendable, Comparable {
    let number: Int

    /// In the order in which they were added.
    public static func < (left: ChildID, right: ChildID) -> Bool { left.number < right.number }
}
