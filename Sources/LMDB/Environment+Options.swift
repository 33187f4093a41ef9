extension Environment {
    /// How an environment is opened.
    public struct Options: Hashable, Sendable {
        /// Bytes of the map: address space, not memory or disk.
        ///
        /// Where the system refuses, smaller ones are tried.
        public var mapBytes = 1 << 40
        /// Bytes to which a full map grows, by doubling.
        public var mapBytesMax = 1 << 44
        /// Named databases that this process can have opened.
        public var databasesMax = 4096
        /// Read transactions of all processes at one time; the first to open the environment decides.
        public var readersMax = 1022
        /// Whether only reading is allowed; an environment must be there then.
        public var isReadOnly = false
        /// Whether a missing folder (the last part of its path) and missing files are made.
        public var isCreating = true
        /// Permissions of new files.
        public var fileMode: UInt32 = 0o600
        /// Permissions of a new folder.
        public var folderMode: UInt32 = 0o700
        /// Whether a commit is on the disk when it returns.
        ///
        /// Without it a power cut may damage the file: for tests.
        public var isSynced = true

        /// Durable, writable, a sparse map of 1 TiB.
        public init() {}

        /// The maps to try, each smaller than the one before: limits on address space and the thread sanitizer.
        var mapLadder: [Int] { [mapBytes] + [64 << 30, 4 << 30, 1 << 30].filter { $0 < mapBytes } }
    }
}
