// Goal: mail wakes the thread that polls for it, and none of it is lost. Method: a bell's descriptor is asked with no
// waiting; threads post while another one takes.

import Glibc
import Runtime
import TestSupport
import Testing

@Suite("Bell and mailbox")
struct BellTests {
    @Test("a bell rings until it is silenced, however often it was rung")
    func ringing() throws {
        let bell = try Bell()
        #expect(!bell.wait(milliseconds: 0))
        for _ in 0..<100 { bell.ring() }
        #expect(bell.wait(milliseconds: 0))
        #expect(bell.wait(milliseconds: 0))
        bell.silence()
        #expect(!bell.wait(milliseconds: 0))
        bell.ring()
        #expect(bell.wait(milliseconds: 0))
    }

    @Test("L7: ringing more often than a pipe has room for neither waits nor loses the ring")
    func fullPipe() throws {
        let bell = try Bell()
        for _ in 0..<100_000 { bell.ring() }
        #expect(bell.wait(milliseconds: 0))
        bell.silence()
        #expect(!bell.wait(milliseconds: 0))
    }

    @Test("O5: a thread that waits is woken by a ring")
    func woken() throws {
        let bell = try Bell()
        let waiting = Background { bell.wait(milliseconds: 60_000) }
        bell.ring()
        #expect(try waiting.result())
    }

    @Test("a bell passes no descriptor on to other programs, and leaves none behind")
    func descriptors() async throws {
        let bell = try Bell()
        #expect(fcntl(bell.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(bell.descriptor, F_GETFL) & O_NONBLOCK != 0)
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 64, rlim_max: 64)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(1) }
            for _ in 0..<1_000 { try Bell().ring() }
        }
    }

    @Test("a mailbox without a descriptor is a typed error, not a mailbox that never rings")
    func noDescriptor() async {
        await #expect(processExitsWith: .exitCode(9)) {
            var limit = rlimit(rlim_cur: 3, rlim_max: 3)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { exit(1) }
            do {
                _ = try Mailbox<Int>()
            } catch let error as SystemError {
                // At once: a sanitizer that looks back at the end of a process needs descriptors for that.
                _exit(error.call == "pipe" && error.code == EMFILE ? 9 : 2)
            }
        }
    }

    @Test("S4: mail of many threads is taken once, in each sender's order, and the bell rings while there is some")
    func mailbox() throws {
        let mailbox = try Mailbox<Int>()
        let senders = (0..<4).map { sender in
            Background { for number in 0..<1_000 { mailbox.post(sender * 1_000 + number) } }
        }
        var taken: [Int] = []
        while taken.count < 4_000 {
            // Mail that is in the box rings: who polls never sleeps beside it.
            #expect(mailbox.bell.wait(milliseconds: 60_000))
            taken += mailbox.takeAll()
        }
        for sender in senders { try sender.result() }
        #expect(mailbox.takeAll().isEmpty)
        #expect(taken.sorted() == Array(0..<4_000))
        for sender in 0..<4 {
            #expect(taken.filter { $0 / 1_000 == sender } == Array(sender * 1_000..<(sender + 1) * 1_000))
        }
    }
}
