/// Encodes the wanted fields of one record as key components while a locator finds them.
///
/// Components lie one after the other in one buffer, each with the record's primary key part behind it: so the entry
/// of an index over one field stands there whole. Each field has a stretch of elements. After `finish` the elements of
/// each field are in ascending order and distinct. Reused from record to record without allocating.
struct ComponentCollector: ~Copyable, Sendable {
    /// Where one component lies in the buffer.
    struct Element: BitwiseCopyable {
        var start: Int
        var length: Int
    }

    /// The stretch of a field's elements.
    struct Stretch: BitwiseCopyable {
        var first = 0
        var count = 0
    }

    /// From how many elements on a field's elements are sorted by the library's sort, which may allocate.
    private static let insertionSortMax = 24

    private var buffer = ByteBuffer()
    private var elements = ElementBuffer<Element>(capacity: 64)
    private var stretches = ElementBuffer<Stretch>(capacity: 16)
    private var keyPart = ByteBuffer(capacity: EntryLayout.entryBytesMax)

    /// The primary key of the record as its entries hold it; valid until the next record begins.
    var primaryKeyPart: UnsafeRawBufferPointer { keyPart.contents }

    /// Forgets the last record and makes room for this many fields.
    @inline(__always)
    mutating func begin(primaryKey: UnsafeRawBufferPointer, fields: Int) {
        keyPart.removeAll()
        EntryLayout.appendPrimaryKeyPart(primaryKey, to: &keyPart)
        buffer.removeAll()
        elements.removeAll()
        stretches.removeAll()
        stretches.resize(to: fields, filling: Stretch())
    }

    /// Sorts the elements of each field and drops those that are there twice.
    mutating func finish() {
        for field in 0..<stretches.count where stretches[field].count > 1 {
            sort(stretches[field])
            stretches[field].count = keepDistinct(stretches[field])
        }
    }

    /// The elements of a field, without the null if nulls do not count.
    @inline(__always)
    func stretch(of field: Int, withNulls: Bool) -> Stretch {
        var stretch = stretches[field]
        // Null sorts first, and is there once at most.
        if !withNulls, stretch.count > 0, component(stretch.first).first == KeyEncoding.Tag.null {
            stretch.first += 1
            stretch.count -= 1
        }
        return stretch
    }

    /// The bytes of one component; valid until the next change.
    @inline(__always)
    func component(_ index: Int) -> UnsafeRawBufferPointer {
        let element = elements[index]
        return UnsafeRawBufferPointer(start: buffer.base + element.start, count: element.length)
    }

    /// The bytes of one component and the primary key part behind it; valid until the next change.
    @inline(__always)
    func componentAndKeyPart(_ index: Int) -> UnsafeRawBufferPointer {
        let element = elements[index]
        return UnsafeRawBufferPointer(start: buffer.base + element.start, count: element.length &+ keyPart.count)
    }

    private mutating func sort(_ stretch: Stretch) {
        let bytes = UnsafeRawPointer(buffer.base)
        var items = UnsafeMutableBufferPointer(start: elements.base + stretch.first, count: stretch.count)
        func precedes(_ a: Element, _ b: Element) -> Bool {
            Bytes.precedes(
                UnsafeRawBufferPointer(start: bytes + a.start, count: a.length),
                UnsafeRawBufferPointer(start: bytes + b.start, count: b.length))
        }
        guard items.count <= Self.insertionSortMax else {
            items.sort(by: precedes)
            return
        }
        for index in 1..<items.count {
            let item = items[index]
            var place = index
            while place > 0, precedes(item, items[place - 1]) {
                items[place] = items[place - 1]
                place -= 1
            }
            items[place] = item
        }
    }

    /// Moves the distinct ones of a sorted stretch to its front and returns how many they are.
    private mutating func keepDistinct(_ stretch: Stretch) -> Int {
        var kept = 1
        for index in (stretch.first + 1)..<(stretch.first + stretch.count) {
            if Bytes.areEqual(component(index), component(stretch.first + kept - 1)) { continue }
            elements[stretch.first + kept] = elements[index]
            kept += 1
        }
        return kept
    }

    /// Notes that what was appended since `start` is one more component of a field.
    @inline(__always)
    private mutating func add(to field: Int, from start: Int) {
        if stretches[field].count == 0 { stretches[field].first = elements.count }
        stretches[field].count &+= 1
        elements.append(Element(start: start, length: buffer.count &- start))
        buffer.append(raw: keyPart.contents)
    }
}

extension ComponentCollector: FieldSink {
    mutating func null(_ field: Int) {
        let start = buffer.count
        KeyEncoding.append(KeyEncoding.Tag.null, to: &buffer)
        add(to: field, from: start)
    }

    mutating func bool(_ field: Int, _ value: Bool) {
        let start = buffer.count
        KeyEncoding.append(value, to: &buffer)
        add(to: field, from: start)
    }

    mutating func int(_ field: Int, _ value: Int64) { number(field, OrderedNumber(value)) }

    mutating func uint(_ field: Int, _ value: UInt64) { number(field, OrderedNumber(value)) }

    mutating func double(_ field: Int, _ value: Double) { number(field, OrderedNumber(value)) }

    mutating func timestamp(_ field: Int, _ value: Timestamp) {
        let start = buffer.count
        KeyEncoding.append(value, to: &buffer)
        add(to: field, from: start)
    }

    mutating func string(_ field: Int, _ utf8: UnsafeRawBufferPointer) {
        let start = buffer.count
        KeyEncoding.append(string: utf8, to: &buffer)
        add(to: field, from: start)
    }

    mutating func bytes(_ field: Int, _ bytes: UnsafeRawBufferPointer) {
        let start = buffer.count
        KeyEncoding.append(bytes: bytes, to: &buffer)
        add(to: field, from: start)
    }

    @inline(__always)
    private mutating func number(_ field: Int, _ number: OrderedNumber) {
        let start = buffer.count
        KeyEncoding.append(number, to: &buffer)
        add(to: field, from: start)
    }
}
