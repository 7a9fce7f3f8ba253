// swift-tools-version: 6.2
import PackageDescription

/// The language rules of every Swift target: Swift 6 mode, unsafe code marked, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let locks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

/// Order is the direction of imports: a target may name only targets above it.
let package = Package(
    name: "cryptotrader",
    products: [
        .executable(name: "ingest", targets: ["IngestCommand"]),
        .executable(name: "ops", targets: ["OpsCommand"]),
        .executable(name: "frontend", targets: ["FrontendCommand"]),
        .executable(name: "bitfinex-replay", targets: ["BitfinexReplayCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .target(name: "Resilience", swiftSettings: settings),
        .target(name: "Candles", dependencies: ["Resilience"], swiftSettings: settings),
        .target(name: "Gzip", dependencies: ["CZlib", "Resilience"], swiftSettings: settings),
        .target(name: "Host", dependencies: ["Resilience", locks, subprocess, systemPackage], swiftSettings: settings),
        .target(
            name: "Transport",
            dependencies: [
                "Candles", "Resilience", asyncHTTPClient, crypto, locks, nioCore, nioHTTP1, nioHTTPCompression,
                nioPosix,
                nioSSL, nioWebSocket, systemPackage,
            ],
            swiftSettings: settings),
        .target(
            name: "HTTPServer",
            dependencies: [
                "Candles", "Resilience", hummingbird, hummingbirdCore, locks, logging, nioCore, nioHTTP1, nioHTTPTypes,
                nioHTTPTypesHTTP1, serviceLifecycle, systemPackage,
            ],
            swiftSettings: settings),
        .target(name: "Postgres", dependencies: ["CPostgres", "Resilience", locks], swiftSettings: settings),
        .target(name: "SQLiteRows", dependencies: ["Resilience", grdb], swiftSettings: settings),
        .target(
            name: "Journal", dependencies: ["Candles", "Host", "Resilience", "SQLiteRows", grdb, systemPackage],
            swiftSettings: settings),
        .target(name: "Jobs", dependencies: ["Candles", "Journal", "Resilience", logging], swiftSettings: settings),
        .target(
            name: "Storage",
            dependencies: ["Candles", "Journal", "Resilience", "Postgres", "SQLiteRows", grdb, grdbSQLite],
            resources: [
                .embedInCode("Migrations/postgres_001_candles.sql"),
                .embedInCode("Migrations/postgres_002_realtime.sql"),
                .embedInCode("Migrations/postgres_003_database_id.sql"),
                .embedInCode("Migrations/postgres_004_history.sql"),
                .embedInCode("Migrations/sqlite_001_candles.sql"),
                .embedInCode("Migrations/sqlite_002_realtime.sql"),
                .embedInCode("Migrations/sqlite_003_database_id.sql"),
                .embedInCode("Migrations/sqlite_004_history.sql"),
            ],
            swiftSettings: settings),
        .target(
            name: "HostStatus", dependencies: ["Candles", "Host", "Journal", "Resilience"], swiftSettings: settings),
        .target(
            name: "Ingest",
            dependencies: [
                "Candles", "Host", "Jobs", "Journal", "Resilience", "Storage", "Transport", locks, logging,
                systemPackage,
            ],
            swiftSettings: settings),
        .target(
            name: "Backup",
            dependencies: [
                "Candles", "Gzip", "Jobs", "Journal", "Postgres", "Host", "Resilience", "Storage", crypto, grdb,
                grdbSQLite,
                locks, logging, subprocess, systemPackage,
            ],
            swiftSettings: settings),
        .target(
            name: "Logs",
            dependencies: ["Candles", "Gzip", "Host", "Journal", "Resilience", locks, logging, systemPackage],
            path: "Sources/Ops/Logs",
            swiftSettings: settings),
        .target(
            name: "Alerts",
            dependencies: [
                "Candles", "Host", "Jobs", "Journal", "Resilience", "SQLiteRows", "Transport", crypto, grdb, locks,
                logging,
                systemPackage,
            ],
            path: "Sources/Ops/Alerts",
            swiftSettings: settings),
        .target(
            name: "Scheduler",
            dependencies: ["Alerts", "Candles", "Host", "Journal", "Resilience", locks],
            path: "Sources/Ops/Scheduler",
            swiftSettings: settings),
        .target(
            name: "Health",
            dependencies: [
                "Alerts", "Candles", "Host", "HostStatus", "HTTPServer", "Jobs", "Journal", "Logs", "Resilience",
                "Storage", hummingbird, locks, logging, nioCore, serviceLifecycle, systemPackage,
            ],
            path: "Sources/Ops/Health",
            swiftSettings: settings),
        .target(
            name: "Tasks",
            dependencies: [
                "Alerts", "Candles", "Health", "Host", "Journal", "Resilience", "Scheduler", locks, systemPackage,
            ],
            path: "Sources/Ops/Tasks",
            swiftSettings: settings),
        .target(
            name: "Watchdog",
            dependencies: [
                "Alerts", "Candles", "Health", "Host", "Journal", "Logs", "Resilience", "Transport", locks, logging,
                systemPackage,
            ],
            path: "Sources/Ops/Watchdog",
            swiftSettings: settings),
        .target(
            name: "Frontend",
            dependencies: [
                "Alerts", "Host", "HostStatus", "Candles", "Gzip", "HTTPServer", "Journal", "Resilience", "Storage",
                crypto, hummingbird, locks, logging, nioCore, nioHTTP1, serviceLifecycle, systemPackage,
            ],
            resources: [.copy("Public")],
            swiftSettings: settings),
        .target(
            name: "BitfinexReplay",
            dependencies: [
                "Candles", "Resilience", "Gzip", hummingbird, hummingbirdCore, locks, logging, nioCore, nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, nioWebSocket,
            ],
            swiftSettings: settings),
        .target(
            name: "CommandRuntime",
            dependencies: [
                "Candles", "Jobs", "Logs", "Postgres", "Host", "Resilience", "Storage", argumentParser, configuration,
                locks,
                logging,
                systemPackage, unixSignals,
            ],
            path: "Sources/Commands/Runtime",
            swiftSettings: settings),
        .executableTarget(
            name: "IngestCommand",
            dependencies: [
                "Backup", "Candles", "CommandRuntime", "Ingest", "Jobs", "Journal", "Host", "Resilience", "Storage",
                "Transport", argumentParser, locks, logging, systemPackage,
            ],
            path: "Sources/Commands/Ingest",
            swiftSettings: settings),
        .executableTarget(
            name: "OpsCommand",
            dependencies: [
                "Host", "HostStatus", "Backup", "Candles", "CommandRuntime", "HTTPServer", "Jobs", "Journal", "Logs",
                "Alerts",
                "Health",
                "Scheduler", "Tasks", "Watchdog", "Postgres",
                "Resilience",
                "Storage", "Transport", argumentParser, locks, logging, serviceLifecycle, systemPackage,
                unixSignals,
            ],
            path: "Sources/Commands/Ops",
            swiftSettings: settings),
        .executableTarget(
            name: "FrontendCommand",
            dependencies: [
                "Host", "Candles", "CommandRuntime", "Frontend", "HTTPServer", "Jobs", "Logs", "Storage",
                argumentParser, locks,
                logging, serviceLifecycle,
            ],
            path: "Sources/Commands/Frontend",
            swiftSettings: settings),
        .executableTarget(
            name: "BitfinexReplayCommand",
            dependencies: [
                "BitfinexReplay", "Candles", "Resilience", argumentParser, logging, serviceLifecycle, unixSignals,
            ],
            path: "Sources/Commands/BitfinexReplay",
            swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: [locks, logging, nioCore, nioPosix, serviceLifecycle, subprocess, systemPackage],
            path: "Tests/Support",
            swiftSettings: settings),
        .executableTarget(
            name: "IngestBench", dependencies: ["Candles", "Ingest", "TestSupport"], path: "Tests/Benchmarks",
            swiftSettings: settings),
        .testTarget(name: "CandlesTests", dependencies: ["Candles", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "ResilienceTests", dependencies: ["Resilience", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "GzipTests", dependencies: ["Gzip"], swiftSettings: settings),
        .testTarget(name: "HostTests", dependencies: ["Host", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "Candles", "Resilience", "TestSupport", "Transport", locks, nioCore, nioHTTP1, nioPosix, nioSSL,
                systemPackage,
                nioWebSocket,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "Resilience", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "JournalTests",
            dependencies: ["Alerts", "Candles", "Journal", "Resilience", "TestSupport", grdb, locks],
            swiftSettings: settings),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Candles", "Postgres", "Resilience", "Storage", "TestSupport", grdb, locks],
            swiftSettings: settings),
        .testTarget(
            name: "IngestTests",
            dependencies: ["Candles", "Ingest", "Journal", "Resilience", "Storage", "TestSupport", "Transport", locks],
            swiftSettings: settings),
        .testTarget(
            name: "BackupTests",
            dependencies: [
                "Backup", "Candles", "Gzip", "Journal", "Postgres", "Resilience", "Storage", "TestSupport", grdb, locks,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                "HTTPServer", "Resilience", "TestSupport", hummingbird, locks, logging, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LogsTests",
            dependencies: ["Candles", "Gzip", "Host", "Journal", "Logs", "TestSupport", locks, logging, systemPackage],
            swiftSettings: settings),
        .testTarget(
            name: "OpsTests",
            dependencies: [
                "Host", "HostStatus", "Candles", "HTTPServer", "Journal", "Alerts", "Health", "Scheduler", "Tasks",
                "Watchdog", "Resilience", "Storage", "TestSupport", "Transport", grdb, locks, logging, nioCore,
                subprocess,
                systemPackage,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FrontendTests",
            dependencies: [
                "Alerts", "Candles", "Frontend", "Gzip", "HostStatus", "HTTPServer", "Journal", "Postgres",
                "Resilience",
                "Storage", "TestSupport", grdb, hummingbird, locks, logging, nioCore, nioHTTP1, nioPosix,
                serviceLifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "BitfinexReplayTests",
            dependencies: [
                "BitfinexReplay", "BitfinexReplayCommand", "Candles", "Gzip", "TestSupport", locks, logging, nioCore,
                nioHTTP1, nioPosix, nioWebSocket,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "CommandRuntimeTests",
            dependencies: [
                "CommandRuntime", "Host", "Jobs", "Postgres", "Resilience", "Storage", "TestSupport", systemPackage,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OpsCommandTests",
            dependencies: [
                "Backup", "Candles", "CommandRuntime", "Gzip", "IngestCommand", "Jobs", "Journal", "Logs", "OpsCommand",
                "Postgres", "Host", "Storage", "TestSupport", "Transport", grdb, locks, nioCore, nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FrontendCommandTests",
            dependencies: [
                "Alerts", "BitfinexReplay", "Candles", "CommandRuntime", "Frontend", "FrontendCommand", "Gzip",
                "HostStatus",
                "Jobs",
                "HTTPServer",
                "IngestCommand", "Journal", "OpsCommand", "Postgres", "Resilience", "Storage", "TestSupport", grdb,
                locks, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "IngestCommandTests",
            dependencies: [
                "BitfinexReplay", "BitfinexReplayCommand", "Candles", "Gzip", "Ingest", "IngestCommand", "Jobs",
                "Journal",
                "Postgres", "Resilience", "Storage", "TestSupport", "Transport", grdb, locks, logging, nioCore,
            ],
            swiftSettings: settings),
    ]
)

// A build for some of the tests, such as those under the thread sanitizer, need not build the others.
if let tested = Context.environment["TESTED_TARGETS"]?.split(separator: " ").map(String.init) {
    package.targets.removeAll { $0.type == .test && !tested.contains($0.name) }
}
