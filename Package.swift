// swift-tools-version: 6.3
import PackageDescription

/// One rule book for every target: Swift 6 mode, no warning passes, imports say what they expose.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The two wrappers of C libraries also spell out every unsafe step.
let wrapper: [SwiftSetting] = house + [.strictMemorySafety()]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "gapless",
    products: [
        .library(name: "GaplessKit", targets: ["GaplessKit"]),
        .executable(name: "gapless", targets: ["gapless"]),
        .executable(name: "gapless-bench", targets: ["gapless-bench"]),
        .executable(name: "gapless-chaos", targets: ["gapless-chaos"]),
        .executable(name: "gapless-rehearse", targets: ["gapless-rehearse"]),
        .executable(name: "gapless-simulate", targets: ["gapless-simulate"]),
    ],
    traits: [
        .trait(name: "Faults", description: "Failpoints, for tests: GAPLESS_FAILPOINTS makes named calls fail.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // C libraries of the system.
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CHints"),
        // The same work as a plain loop in C or C++, for the bench to compare with.
        .target(
            name: "CPeer", cSettings: [.define("_GNU_SOURCE")],
            linkerSettings: [.linkedLibrary("lmdb"), .linkedLibrary("simdjson")]),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),

        // Wrappers: nothing of ours below them.
        .target(name: "LMDB", dependencies: ["CLMDB", "CHints"], swiftSettings: wrapper),
        .target(name: "ZeroMQ", dependencies: ["CZeroMQ"], swiftSettings: wrapper),

        // Pure modules: no clock, no input or output.
        .target(
            name: "Values", dependencies: ["CXXHash", "CSimdJSON"], swiftSettings: house,
            linkerSettings: [.linkedLibrary("m")]),
        .target(name: "Backfill", dependencies: ["Values"], swiftSettings: house),
        .target(name: "Simulation", dependencies: ["Backfill", "Values"], swiftSettings: house),
        .target(
            name: "Wire", dependencies: ["Backfill", "Values", protobuf], exclude: ["gapless.proto"],
            swiftSettings: house),

        .target(name: "Exploration", swiftSettings: house),
        .target(name: "ClusterModel", dependencies: ["Exploration", "Backfill", "Values"], swiftSettings: house),

        // What is stored.
        .target(name: "Tables", dependencies: ["LMDB", "Values"], swiftSettings: house),
        .target(name: "Runs", dependencies: ["Values", "CHints", "CXXHash"], swiftSettings: house),
        .target(name: "Faults", dependencies: ["LMDB", "Runs", "ZeroMQ"], swiftSettings: house),
        .target(
            name: "Ledger", dependencies: ["Backfill", "Faults", "Tables", "LMDB", "Values"], swiftSettings: house),

        .target(name: "Supervision", dependencies: [log], swiftSettings: house),
        .target(name: "Runtime", dependencies: ["Backfill", "Supervision"], swiftSettings: house),

        // Shells: the core with sockets, files, timers and processes.
        .target(
            name: "Coordinator",
            dependencies: [
                "Backfill", "Faults", "Ledger", "LMDB", "Runs", "Runtime", "Supervision", "Tables", "Values", "Wire",
                "ZeroMQ", log,
            ],
            swiftSettings: house),
        .target(
            name: "Worker",
            dependencies: [
                "Backfill", "Faults", "Ledger", "LMDB", "Runs", "Runtime", "Supervision", "Tables", "Values", "Wire",
                "ZeroMQ", log,
            ],
            swiftSettings: house),

        .target(
            name: "Status",
            dependencies: [
                "Backfill", "Coordinator", "Ledger", "LMDB", "Runtime", "Supervision", "Tables", "Values",
            ],
            swiftSettings: house),
        .target(
            name: "Service",
            dependencies: ["Backfill", "LMDB", "Runtime", "Status", "Supervision", "Tables", "Values", log],
            swiftSettings: house),

        // The library for applications.
        .target(
            name: "GaplessKit", dependencies: ["LMDB", "Supervision", "Tables", "Values"], swiftSettings: house),

        // Programs.
        .executableTarget(
            name: "gapless",
            dependencies: [
                "Backfill", "Coordinator", "Faults", "Ledger", "LMDB", "Runs", "Service", "Status", "Supervision",
                "Tables", "Values", "Worker", "ZeroMQ", arguments, log,
            ],
            swiftSettings: house),
        .executableTarget(
            name: "gapless-bench",
            dependencies: [
                "Backfill", "Coordinator", "CPeer", "Ledger", "LMDB", "Runs", "Supervision", "Tables", "Values",
                arguments,
            ],
            swiftSettings: house),
        .executableTarget(name: "gapless-rehearse", dependencies: ["Supervision", arguments], swiftSettings: house),

        .executableTarget(
            name: "gapless-simulate", dependencies: ["Simulation", "ClusterModel", "Exploration", arguments],
            swiftSettings: house),

        .executableTarget(name: "gapless-chaos", dependencies: [arguments], swiftSettings: house),
        // Programs that show how the library is used.
        .executableTarget(name: "example-address-book", dependencies: ["GaplessKit"], swiftSettings: house),
        .executableTarget(name: "example-event-log", dependencies: ["GaplessKit"], swiftSettings: house),

        .executableTarget(name: "gapless-mutants", dependencies: ["Supervision", arguments], swiftSettings: house),

        // What tests of several modules share.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: house),

        .testTarget(name: "LMDBTests", dependencies: ["LMDB"], swiftSettings: house),
        .testTarget(name: "ZeroMQTests", dependencies: ["ZeroMQ"], swiftSettings: house),
        .testTarget(name: "ValuesTests", dependencies: ["Values"], swiftSettings: house),
        .testTarget(name: "RunsTests", dependencies: ["Runs", "Values"], swiftSettings: house),
        .testTarget(name: "BackfillTests", dependencies: ["Backfill", "Values"], swiftSettings: house),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "Backfill"], swiftSettings: house),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Backfill", "Values"], swiftSettings: house),
        .testTarget(
            name: "TablesTests", dependencies: ["Tables", "LMDB", "TestSupport", "Values"],
            swiftSettings: house),
        .testTarget(
            name: "LedgerTests", dependencies: ["Ledger", "Backfill", "Tables", "LMDB", "Values"],
            swiftSettings: house),
        .testTarget(name: "FaultsTests", dependencies: ["Faults"], swiftSettings: house),
        .testTarget(name: "SupervisionTests", dependencies: ["Supervision"], swiftSettings: house),
        .testTarget(
            name: "WorkerTests",
            dependencies: [
                "Worker", "Backfill", "Ledger", "LMDB", "Runs", "Runtime", "Supervision", "Tables", "TestSupport",
                "Values", log,
            ],
            swiftSettings: house),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: [
                "Coordinator", "Backfill", "Ledger", "LMDB", "Runtime", "Supervision", "Tables", "TestSupport",
                "Values", "Wire", "ZeroMQ", log,
            ],
            swiftSettings: house),
        .testTarget(
            name: "ServiceTests",
            dependencies: ["Service", "gapless", "LMDB", "Runtime", "Tables", "TestSupport", "Values", log],
            swiftSettings: house),
        .testTarget(name: "RuntimeTests", dependencies: ["Runtime", "Backfill", "TestSupport"], swiftSettings: house),
        .testTarget(
            name: "CommandTests",
            dependencies: ["gapless", "LMDB", "Status", "Supervision", "Tables", "Values", arguments, log],
            swiftSettings: house),
        .testTarget(
            name: "BenchTests", dependencies: ["gapless", "gapless-bench", "CPeer", "Values", arguments],
            swiftSettings: house),
        .testTarget(
            name: "GaplessKitTests",
            dependencies: ["GaplessKit", "Tables", "gapless", "example-address-book", "example-event-log"],
            exclude: ["PublicAPI.txt"],
            swiftSettings: house),
        .testTarget(
            name: "RehearsalTests", dependencies: ["gapless", "gapless-rehearse", "Supervision"], swiftSettings: house),
        .testTarget(name: "DeployTests", dependencies: ["gapless", arguments], swiftSettings: house),
        .testTarget(name: "ExplorationTests", dependencies: ["Exploration"], swiftSettings: house),
        .testTarget(name: "ClusterModelTests", dependencies: ["ClusterModel", "Exploration"], swiftSettings: house),
        .testTarget(
            name: "StoreConformanceTests",
            dependencies: ["Simulation", "Backfill", "Ledger", "LMDB", "Tables", "Values"],
            swiftSettings: house),
        .testTarget(name: "ChaosTests", dependencies: ["gapless", "gapless-chaos"], swiftSettings: house),
        .testTarget(
            name: "ClusterTests", dependencies: ["gapless", "Faults", "LMDB", "TestSupport"], swiftSettings: house),
        .testTarget(name: "HouseTests", dependencies: ["gapless-mutants", "Supervision"], swiftSettings: house),
    ],
    cxxLanguageStandard: .cxx17
)
