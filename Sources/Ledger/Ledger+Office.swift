public import Backfill
internal import Faults
internal import LMDB
internal import Tables

extension Ledger {
    /// Takes office: one epoch higher than ever before, durable before anything is done in its name.
    ///
    /// The caller holds the environment's coordinator lock. The epoch fences whoever lost that lock without knowing.
    /// Throws `INCOMPATIBLE_VERSION` for a ledger of a later format.
    public func takeOffice(_ incarnation: Incarnation, program: String) throws -> OfficeRow {
        try Faults.point(.ledgerOffice)
        return try store.environment.write(passingShutGate: true) { txn in
            let database = try txn.createDatabase(Ledger.databaseName)
            try checkFormat(of: database, in: txn)
            try txn.put(Row.format, Array("gapless-ledger \(Ledger.formatVersion)".utf8), in: database)
            let before = try Row.read(OfficeRow.self, at: Row.office, in: database, txn)
            let office = OfficeRow(
                epoch: (before?.epoch ?? 0) + 1, incarnation: incarnation, program: program,
                nextJob: before?.nextJob ?? 1)
            try txn.put(Row.office, Row.encode(office), in: database)
            return office
        }
    }

    /// Who holds office, or held it last; nil where nobody ever did.
    public func office() throws -> OfficeRow? {
        try store.read { txn in
            guard let database = try database(in: txn) else { return nil }
            return try Row.read(OfficeRow.self, at: Row.office, in: database, txn)
        }
    }

    /// Throws ``Fenced`` unless `epoch` is the current one now: before something that no transaction can fence.
    public func requireOffice(_ epoch: Epoch) throws {
        let office = try office()
        guard office?.epoch == epoch else { throw Fenced.office(office) }
    }

    /// Throws ``Fenced`` unless `epoch` is the current one in this very transaction.
    func confirm(epoch: Epoch, in txn: borrowing WriteTransaction) throws -> OfficeRow {
        let database = try requiredDatabase(in: txn)
        let office = try Row.read(OfficeRow.self, at: Row.office, in: database, txn)
        guard let office, office.epoch == epoch else { throw Fenced.office(office) }
        return office
    }
}
