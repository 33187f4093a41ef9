// Goal: what goes into a channel comes out, once and in order, whoever waits and whoever closes it; nobody waits for
// ever. Method: senders and receivers on threads of their own; a wait that must not end is seen by what cannot have
// happened yet, not by time.

import Glibc
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite("Channel")
struct ChannelTests {
    @Test("S3: no item is lost or doubled between many senders and many receivers", arguments: [1, 2, 7])
    func nothingIsLost(capacity: Int) throws {
        let channel = Channel<Int>(capacity: capacity)
        let senders = (0..<4).map { sender in
            Background {
                for number in 0..<1_000 where !channel.send(sender * 1_000 + number) { return false }
                return true
            }
        }
        let receivers = (0..<3).map { _ in
            Background { () -> [Int] in
                var items: [Int] = []
                while let item = channel.receive() { items.append(item) }
                return items
            }
        }
        for sender in senders { #expect(try sender.result()) }
        channel.close()
        let received = try receivers.map { try $0.result() }
        #expect(received.flatMap { $0 }.sorted() == Array(0..<4_000))
        for items in received {
            for sender in 0..<4 {
                let own = items.filter { $0 / 1_000 == sender }
                #expect(own == own.sorted(), "the items of one sender keep their order")
            }
        }
    }

    @Test("a sender is never more than the capacity ahead")
    func bounded() throws {
        let channel = Channel<Int>(capacity: 3)
        let counter = Counter()
        let sender = Background {
            while channel.send(counter.value) { counter.increment() }
        }
        for received in 0..<500 {
            #expect(counter.value <= received + 3)
            #expect(channel.receive() == received)
        }
        channel.close()
        try sender.result()
    }

    @Test("L7: closing wakes a receiver that waits, and it sees the end")
    func closeWakesReceiver() throws {
        let channel = Channel<Int>(capacity: 1)
        let receiver = Background { channel.receive() }
        channel.close()
        #expect(try receiver.result() == nil)
    }

    @Test("L7: closing wakes a sender that waits, and it learns that its item was not taken")
    func closeWakesSender() throws {
        let channel = Channel<Int>(capacity: 1)
        #expect(channel.send(1))
        let sender = Background { channel.send(2) }
        channel.close()
        #expect(try sender.result() == false)
        #expect(channel.receive() == 1)
        #expect(channel.receive() == nil)
    }

    @Test("what is inside when it is closed can still be received, and nothing more comes in")
    func closedIsDrained() {
        let channel = Channel<String>(capacity: 4)
        for item in ["a", "b", "c"] { #expect(channel.send(item)) }
        channel.close()
        #expect(!channel.send("d"))
        #expect(channel.receive() == "a")
        #expect(channel.receive() == "b")
        #expect(channel.receive() == "c")
        #expect(channel.receive() == nil)
        #expect(channel.receive() == nil)
    }

    @Test("a channel without room is refused where it is made, instead of letting its senders wait for ever")
    func capacity() async {
        await #expect(processExitsWith: .failure) { _ = Channel<Int>(capacity: 0) }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .acquiring) }
    func increment() { count.add(1, ordering: .acquiringAndReleasing) }
}
