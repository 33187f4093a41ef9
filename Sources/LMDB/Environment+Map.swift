internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
    /// The least by which a map grows.
    private static let growthBytesMin = 1 << 20

    /// Notes, inside a transaction, that the map is full and must grow.
    func noteFullMap() {
        gate.note(.grow(fromBytes: mapBytes.load(ordering: .relaxed)))
    }

    /// Makes the map larger than `fromBytes`: twice as large, or as much as there is address space for.
    ///
    /// Waits until no transaction of this process is live.
    func grow(fromBytes: Int) throws {
        try gate.withNoneInside {
            let current = mapBytes.load(ordering: .relaxed)
            guard current == fromBytes else { return }
            var increment = max(current, Environment.growthBytesMin)
            while increment >= Environment.growthBytesMin {
                let target = min(current + increment, options.mapBytesMax)
                if target > current, isRoom(for: target) { return try replaceMap(bytes: target) }
                increment /= 2
            }
            let context = "growing the map of \(directory) beyond \(current) bytes (at most \(options.mapBytesMax))"
            throw LMDBError(code: .mapFull, call: "mdb_env_set_mapsize", context: context)
        }
    }

    /// Follows another process that made the file larger than our map.
    ///
    /// Waits until no transaction of this process is live.
    func remap() throws {
        try gate.withNoneInside {
            var info = unsafe MDB_envinfo()
            var stat = MDB_stat()
            let context = "following the growth of \(directory)"
            try check(unsafe mdb_env_info(environment, &info), "mdb_env_info", context)
            try check(unsafe mdb_env_stat(environment, &stat), "mdb_env_stat", context)
            let needed = unsafe (info.me_last_pgno + 1) * Int(stat.ms_psize)
            let current = mapBytes.load(ordering: .relaxed)
            guard needed > current else { return }
            var doubled = current
            while doubled < needed { doubled *= 2 }
            for target in [doubled, needed] where isRoom(for: target) { return try replaceMap(bytes: target) }
            throw LMDBError(code: .mapResized, call: "mdb_env_set_mapsize", context: context + " to \(needed) bytes")
        }
    }

    /// Whether so much address space is free: LMDB drops the old map before it asks for the new one.
    private func isRoom(for bytes: Int) -> Bool {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let area = unsafe mmap(nil, bytes, PROT_NONE, flags, -1, 0), unsafe area != MAP_FAILED else {
            return false
        }
        unsafe munmap(area, bytes)
        return true
    }

    private func replaceMap(bytes: Int) throws {
        let status = unsafe mdb_env_set_mapsize(environment, bytes)
        // On failure LMDB has neither the old map nor a new one.
        if status != MDB_SUCCESS { isMapLost.store(true, ordering: .releasing) }
        try check(status, "mdb_env_set_mapsize", "mapping \(bytes) bytes of \(directory)")
        mapBytes.store(bytes, ordering: .relaxed)
    }
}
