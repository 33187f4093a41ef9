/// The fields that an extractor looks for, each once, as a tree of names that is walked alongside the record.
///
/// A node stands for a place in the record: `root` for the record's own map, and one node for each step of each path.
/// Immutable after `init`; locators read it through a `View`, which is plain pointers.
struct WantedFields: Sendable {
    /// A place in the record; `field` is the ordinal of the wanted field there, or `none`.
    struct Node: Sendable {
        var firstEdge: Int32
        var edgeCount: Int32
        var field: Int32
        /// A bit for each name that leads on, by length and first byte: most other names are told apart by it alone.
        var names: UInt64
    }

    /// A step by name from one node to another.
    struct Edge: Sendable {
        var nameStart: Int32
        var nameLength: Int32
        var node: Int32
    }

    /// Stands for "no node" and "no field".
    static let none = -1
    /// The node of the record's own map.
    static let root = 0

    /// The wanted fields by ordinal.
    let paths: [FieldPath]
    private let kinds: [Schema.Kind?]
    private let nodes: [Node]
    private let edges: [Edge]
    private let names: [UInt8]

    /// Collects paths, each once, in order of first mention.
    init(_ wanted: [FieldPath], schema: Schema = Schema()) {
        var distinct: [FieldPath] = []
        for path in wanted where !distinct.contains(path) { distinct.append(path) }
        var builder = Builder()
        for (ordinal, path) in distinct.enumerated() { builder.insert(path, as: ordinal) }
        paths = distinct
        kinds = distinct.map(schema.kind(of:))
        (nodes, edges, names) = builder.flattened()
    }

    /// The ordinal of a path; nil if it is not wanted.
    func ordinal(of path: FieldPath) -> Int? { paths.firstIndex(of: path) }

    /// The bit of a name in a node's mask.
    @inline(__always)
    static func bit(of name: UnsafeRawBufferPointer) -> UInt64 {
        guard let first = name.first else { return 1 }
        return 1 << UInt64(truncatingIfNeeded: (name.count &* 5 &+ Int(first)) & 63)
    }

    /// Calls `body` with pointers into the tree, valid during the call.
    @inline(__always)
    func withView<R, E: Error>(_ body: (View) throws(E) -> R) throws(E) -> R {
        try kinds.withUnsafeBufferPointer { (kinds) throws(E) -> R in
            try nodes.withUnsafeBufferPointer { (nodes) throws(E) -> R in
                try edges.withUnsafeBufferPointer { (edges) throws(E) -> R in
                    try names.withUnsafeBufferPointer { (names) throws(E) -> R in
                        try body(
                            View(kinds: kinds, nodes: nodes, edges: edges, names: UnsafeRawBufferPointer(names)))
                    }
                }
            }
        }
    }
}

extension WantedFields {
    /// The tree as pointers: what the hot path reads.
    struct View {
        fileprivate let kinds: UnsafeBufferPointer<Schema.Kind?>
        fileprivate let nodes: UnsafeBufferPointer<Node>
        fileprivate let edges: UnsafeBufferPointer<Edge>
        fileprivate let names: UnsafeRawBufferPointer

        fileprivate init(
            kinds: UnsafeBufferPointer<Schema.Kind?>, nodes: UnsafeBufferPointer<Node>,
            edges: UnsafeBufferPointer<Edge>, names: UnsafeRawBufferPointer
        ) {
            self.kinds = kinds
            self.nodes = nodes
            self.edges = edges
            self.names = names
        }

        /// The ordinal of the field wanted at `node`, or `none`.
        @inline(__always)
        func field(at node: Int) -> Int { Int(nodes[node].field) }

        /// The bits of the names that lead on from `node`, which may be none.
        @inline(__always)
        func names(at node: Int) -> UInt64 { node == WantedFields.none ? 0 : nodes[node].names }

        /// True if something below `node` is wanted.
        @inline(__always)
        func hasChildren(_ node: Int) -> Bool { nodes[node].edgeCount > 0 }

        /// What the schema says about the field with this ordinal (JSON only).
        func kind(of field: Int) -> Schema.Kind? { kinds[field] }

        /// The node that `name` leads to from `node`, or `none`.
        ///
        /// Lengths are compared before bytes.
        @inline(__always)
        func child(of node: Int, named name: UnsafeRawBufferPointer) -> Int {
            let place = nodes[node]
            guard place.names & WantedFields.bit(of: name) != 0 else { return WantedFields.none }
            var index = Int(place.firstEdge)
            let end = index + Int(place.edgeCount)
            while index < end {
                let edge = edges[index]
                if Int(edge.nameLength) == name.count {
                    let start = Int(edge.nameStart)
                    let own = UnsafeRawBufferPointer(rebasing: names[start..<start + name.count])
                    if Bytes.areEqual(own, name) { return Int(edge.node) }
                }
                index += 1
            }
            return WantedFields.none
        }
    }
}

extension WantedFields {
    /// The tree while it grows.
    private struct Builder {
        var children: [[(name: [UInt8], node: Int)]] = [[]]
        var fields: [Int] = [WantedFields.none]

        mutating func insert(_ path: FieldPath, as ordinal: Int) {
            var node = WantedFields.root
            for step in path.components {
                if let known = children[node].first(where: { $0.name == step }) {
                    node = known.node
                } else {
                    children[node].append((step, children.count))
                    node = children.count
                    children.append([])
                    fields.append(WantedFields.none)
                }
            }
            fields[node] = ordinal
        }

        func flattened() -> ([Node], [Edge], [UInt8]) {
            var nodes: [Node] = []
            var edges: [Edge] = []
            var names: [UInt8] = []
            for (node, steps) in children.enumerated() {
                var mask: UInt64 = 0
                for step in steps { mask |= step.name.withUnsafeBytes { WantedFields.bit(of: $0) } }
                nodes.append(
                    Node(
                        firstEdge: Int32(edges.count), edgeCount: Int32(steps.count), field: Int32(fields[node]),
                        names: mask))
                for step in steps {
                    edges.append(
                        Edge(
                            nameStart: Int32(names.count), nameLength: Int32(step.name.count), node: Int32(step.node)))
                    names += step.name
                }
            }
            return (nodes, edges, names)
        }
    }
}
