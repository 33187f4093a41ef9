import Glibc
import Runs
import Testing

/// Goal: runs are found where they were put, and nothing else is taken for one.
@Suite struct RunFolderTests {
    @Test func `names carry job, range, attempt and index`() {
        let folder = RunFolder(environment: "/data")
        let identity = RunFixture.identity(range: 77)
        #expect(folder.folder(job: 42) == "/data/runs/000000000000002a")
        #expect(folder.path(of: identity) == "/data/runs/000000000000002a/r77-a2-i1.run")
        #expect(folder.folder(job: .max) == "/data/runs/ffffffffffffffff")
    }

    @Test func `folders and files are their owner's only`() throws {
        let place = try TemporaryFolder()
        let folder = RunFolder(environment: place.path)
        try folder.create(job: 42)
        try folder.create(job: 42)
        let source = try RunFixture(folder: folder.folder(job: 42)).write([[1]])
        #expect(source.path == folder.path(of: RunFixture.identity()))
        #expect(try place.mode(of: "runs") == 0o700)
        #expect(try place.mode(of: "runs/000000000000002a") == 0o700)
        #expect(try place.mode(of: "runs/000000000000002a/r3-a2-i1.run") == 0o600)
    }

    @Test("S9: an unfinished file is a leftover, never a run")
    func leftovers() throws {
        let place = try TemporaryFolder()
        let folder = RunFolder(environment: place.path)
        #expect(try folder.jobs().isEmpty && folder.runs(job: 42).isEmpty && folder.unfinished(job: 42).isEmpty)
        try folder.create(job: 42)
        try folder.create(job: 7)
        let fixture = RunFixture(folder: folder.folder(job: 42))
        _ = try fixture.write([[1]], range: 1)
        _ = try fixture.write([[1]], range: 2)
        var writer = try fixture.writer(range: 3)
        try writer.append([1].span.bytes)
        try place.write([1], to: "runs/notes.txt")
        try place.write([1], to: "runs/000000000000002a/other")
        #expect(try folder.jobs() == [7, 42])
        #expect(try folder.runs(job: 42) == ["r1-a2-i1.run", "r2-a2-i1.run"])
        #expect(try folder.unfinished(job: 42) == ["r3-a2-i1.run.tmp"])
        try writer.abandon()
        try folder.remove(job: 42, files: ["r1-a2-i1.run", "never-there"])
        #expect(try folder.runs(job: 42) == ["r2-a2-i1.run"])
        try folder.remove(job: 42)
        try folder.remove(job: 42)
        #expect(try folder.jobs() == [7])
    }

    @Test func `a folder that cannot be made or read is a typed error that names it`() throws {
        let place = try TemporaryFolder()
        try place.write([], to: "runs")
        let folder = RunFolder(environment: place.path)
        #expect(failure { _ = try folder.create(job: 1) }?.errno == ENOTDIR)
        #expect(failure { _ = try folder.jobs() }?.path == folder.root)
        let nowhere = RunFolder(environment: place.path + "/nowhere")
        #expect(failure { try nowhere.create(job: 1) }?.code == .missing)
    }
}
