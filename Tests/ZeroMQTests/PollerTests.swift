// Goal: one wait for sockets and descriptors, that says which are ready, ends in time, and survives signals.

import Glibc
import Synchronization
import Testing
import ZeroMQ

private enum Name: Hashable, Sendable { case router, pipe, event, dealer }

@Suite("Poller") struct PollerTests {
    @Test("sockets and descriptors are ready exactly when they have something")
    func mixed() throws {
        let folder = try Folder()
        let context = try Context()
        let router = try Socket(context, .router)
        try router.bind(folder.endpoint)
        let dealer = try Socket(context, .dealer, dealerOptions("d"))
        try dealer.connect(folder.endpoint)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let event = try System.eventDescriptor()
        defer { for descriptor in ends + [event] { close(descriptor) } }

        let poller = Poller<Name>()
        poller.add(router, as: .router)
        poller.add(descriptor: ends[0], as: .pipe)
        poller.add(descriptor: event, as: .event)
        #expect(try poller.wait(timeoutMillis: 0).isEmpty)

        #expect(write(ends[1], "x", 1) == 1)
        #expect(try poller.wait(timeoutMillis: patienceMillis).map(\.id) == [.pipe])
        var one: UInt64 = 1
        #expect(write(event, &one, 8) == 8)
        #expect(try poller.wait(timeoutMillis: patienceMillis).map(\.id) == [.pipe, .event])
        var byte: UInt8 = 0
        #expect(read(ends[0], &byte, 1) == 1)
        #expect(read(event, &one, 8) == 8)

        try dealer.send([[1]], timeoutMillis: patienceMillis)
        let ready = try poller.wait(timeoutMillis: patienceMillis)
        #expect(ready.map(\.id) == [.router] && ready.map(\.events) == [.readable])
        _ = try router.receive()
        #expect(try poller.wait(timeoutMillis: 0).isEmpty)
    }

    @Test("a wait ends when its time is over, and not before")
    func timeout() throws {
        let poller = Poller<Name>()
        let router = try Socket(try Context(), .router)
        poller.add(router, as: .router)
        let start = ContinuousClock.now
        #expect(try poller.wait(timeoutMillis: 30).isEmpty)
        #expect(ContinuousClock.now - start >= .milliseconds(29))
    }

    @Test("a socket becomes writable when its peer is there, and an entry can be changed and removed")
    func writable() throws {
        let folder = try Folder()
        let context = try Context()
        let dealer = try Socket(context, .dealer, dealerOptions("d"))
        try dealer.connect(folder.endpoint)
        let poller = Poller<Name>()
        poller.add(dealer, [.readable, .writable], as: .dealer)
        #expect(try poller.wait(timeoutMillis: 0).isEmpty)
        let router = try Socket(context, .router)
        try router.bind(folder.endpoint)
        #expect(try poller.wait(timeoutMillis: patienceMillis).map(\.events) == [.writable])
        #expect(poller.update(.dealer, .readable))
        #expect(!poller.update(.router, .readable))
        #expect(try poller.wait(timeoutMillis: 0).isEmpty)
        #expect(poller.remove(.dealer))
        #expect(!poller.remove(.dealer))
    }

    @Test("the other end of a pipe going away is reported")
    func hangUp() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[1]) }
        let poller = Poller<Name>()
        poller.add(descriptor: ends[1], [], as: .pipe)
        #expect(try poller.wait(timeoutMillis: 0).isEmpty)
        close(ends[0])
        #expect(try poller.wait(timeoutMillis: patienceMillis).map(\.events) == [.failed])
    }

    @Test("a signal ends a wait with nothing ready instead of an error, and does not end a receive")
    func signals() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        // Without SA_RESTART, as handlers of a service have it.
        try #require(sigaction(SIGUSR2, &action, nil) == 0)
        let outcome = Outcome()
        // On a thread of its own: the threads that tests run on let no signal in.
        let waiter = try startThread {
            outcome.result = Result { try waitsUnderSignals() }
            outcome.isThere.store(true, ordering: .releasing)
        }
        while !outcome.isThere.load(ordering: .acquiring) {
            pthread_kill(waiter, SIGUSR2)
            usleep(5_000)
        }
        pthread_join(waiter, nil)
        let (polled, received) = try #require(try outcome.result?.get())
        #expect(polled < .milliseconds(patienceMillis))
        #expect(received >= .milliseconds(99))
    }

    @Test("shutting a context down wakes a thread that waits for ever")
    func shutdown() throws {
        let context = try Context()
        let router = try Socket(context, .router)
        let handle = try startThread { try? context.shutdown() }  // a failure leaves the wait below to hang visibly
        #expect(try code { _ = try router.receive(timeoutMillis: nil) } == .terminated)
        pthread_join(handle, nil)
    }
}

/// What a thread found out. Sendable without checks: read only after the thread was joined.
private final class Outcome: @unchecked Sendable {
    var result: Result<(polled: Duration, received: Duration), any Error>?
    let isThere = Atomic(false)
}

/// How long a wait of ``patienceMillis`` and a receive of 100 ms took, with nothing to be had and signals all the
/// while.
private func waitsUnderSignals() throws -> (polled: Duration, received: Duration) {
    let clock = ContinuousClock()
    var none = sigset_t()
    // A thread begins with the signals blocked that its maker had blocked.
    pthread_sigmask(SIG_SETMASK, &none, nil)
    let router = try Socket(try Context(), .router)
    let poller = Poller<Name>()
    poller.add(router, as: .router)
    let start = clock.now
    #expect(try poller.wait(timeoutMillis: patienceMillis).isEmpty)
    let middle = clock.now
    #expect(try router.receive(timeoutMillis: 100) == nil)
    return (middle - start, clock.now - middle)
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread of the system; a task could be run on the very thread that waits.
private func startThread(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
    var handle = pthread_t()
    let box = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let result = pthread_create(
        &handle, nil,
        { pointer in
            if let pointer { Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run() }
            return nil
        }, box)
    try #require(result == 0)
    return handle
}
