/// What the page of the program itself says beyond its commands.
enum ManualOverview {
    static func environmentAndFiles(_ page: inout Mdoc) {
        page.macro("Sh ENVIRONMENT")
        page.line("A setting is a flag, else a variable, else a key of the configuration file, which is called as the")
        page.line("flag is, else a default.")
        page.macro("Bl -tag -width Ds")
        page.macro("It Ev GAPLESS_CONFIG")
        page.line("The path of the configuration file: one object in JSON, comments allowed.")
        for setting in Setting.allCases {
            page.macro("It Ev \(setting.variable)")
            page.line("As --\(setting.rawValue): \(setting.expectation).")
        }
        page.macro("El")
        page.macro("Sh FILES")
        page.macro("Bl -tag -width Ds")
        for (file, meaning) in files {
            page.macro("It Pa \(file)")
            page.line(meaning)
        }
        page.macro("El")
    }

    private static let files = [
        ("gapless-data/", "The database, unless --db or GAPLESS_DB names another folder."),
        ("gapless-data/data.mdb", "Records, indexes, catalog and ledger: an LMDB environment."),
        ("gapless-data/lock.mdb", "The readers of that environment, and the lock of its writers."),
        ("gapless-data/coordinator.sock", "Where workers meet the coordinator, unless --listen says otherwise."),
    ]

    /// The codes of sysexits.h that the program ends with.
    static let exitCodes: [(code: Int32, meaning: String)] = [
        (0, "Done."),
        (1, "A check found something, or an index that was waited for is blocked."),
        (64, "Wrong usage."),
        (65, "Bad input."),
        (66, "No such file, database, table, index or record."),
        (69, "The coordinator cannot be reached."),
        (70, "A defect of the program."),
        (73, "No space, or something cannot be created."),
        (74, "An input or output error, or a damaged database."),
        (75, "Not ready: try again later."),
        (77, "Not permitted."),
        (78, "Wrong configuration, or a database of a newer version."),
    ]

    static func exitStatus(_ page: inout Mdoc, isWhole: Bool) {
        page.macro("Sh EXIT STATUS")
        guard isWhole else {
            page.line("0 if done, 75 if it is worth to try again later; all codes are listed in")
            page.macro("Xr gapless 1 .")
            return
        }
        page.macro("Bl -tag -width Ds")
        for (code, meaning) in exitCodes {
            page.macro("It \(code)")
            page.line(meaning)
        }
        page.macro("El")
    }
}
