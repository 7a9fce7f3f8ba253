import Foundation
import HTTPServer
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct WebAssetTests {
    private struct Lock: Decodable {
        struct Asset: Decodable, Equatable {
            let name: String
            let bytes: Int
            let sha256: String
        }
        let assets: [Asset]
    }

    /// The library itself, where it was fetched.
    private static let fetched = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../web-assets/\(WebAsset.charts.name)").standardizedFileURL

    @Test func `the lock and the program name the same file`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../scripts/web-assets.lock.json").standardizedFileURL
        let lock = try JSONDecoder().decode(Lock.self, from: Data(contentsOf: path))
        let charts = WebAsset.charts
        #expect(lock.assets == [.init(name: charts.name, bytes: charts.bytes, sha256: charts.sha256)])
    }

    @Test func `a file with other bytes is not served`() async throws {
        try await PublicTree.with { tree in
            for bytes in [0, 5, WebAsset.charts.bytes, WebAsset.charts.bytes + 1] {
                try Data(repeating: 97, count: bytes).write(to: tree.webAssets.appending(path: WebAsset.charts.name))
                #expect(WebAsset.charts.found(in: tree.webAssets) == .wrong)
                let manifest = try tree.manifest()
                #expect(!manifest.hasCharts && manifest.get(WebAsset.charts.path)?.status == .notFound)
            }
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: fetched.path), "scripts/fetch-web-assets was not run"))
    func `a file that is fetched later is served within a minute, for good`() async throws {
        try await PublicTree.with { tree in
            let clock = ManualClock()
            let manifest = try tree.manifest(clock: clock)
            let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let group = ServiceGroup(configuration: .init(services: [.init(service: manifest)], logger: quiet))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                await clock.sleepers(atLeast: 1)
                clock.advance(by: .seconds(60))
                await clock.sleepers(atLeast: 1)
                #expect(!manifest.hasCharts)
                try Data(contentsOf: Self.fetched).write(to: tree.webAssets.appending(path: WebAsset.charts.name))
                clock.advance(by: .seconds(60))
                while !manifest.hasCharts { await Task.yield() }
                let answer = manifest.get(WebAsset.charts.path, ["Accept-Encoding": "gzip"])
                #expect(answer?.headers["cache-control"] == ["public, max-age=31536000, immutable"])
                #expect(answer.map { $0.body.readableBytes < 65_000 } == true)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `it ends when the dashboard does, without the library too`() async throws {
        try await PublicTree.with { tree in
            let clock = ManualClock()
            let manifest = try tree.manifest(clock: clock)
            let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let group = ServiceGroup(configuration: .init(services: [.init(service: manifest)], logger: quiet))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                await clock.sleepers(atLeast: 1)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `the folder of web assets may be a link, or have spaces`() async throws {
        try await PublicTree.with { tree in
            let files = FileManager.default
            let (spaced, link) = (tree.folder.appending(path: "re al"), tree.folder.appending(path: "link"))
            try files.createDirectory(at: spaced, withIntermediateDirectories: false)
            try Data("x".utf8).write(to: spaced.appending(path: WebAsset.charts.name))
            try files.createSymbolicLink(atPath: link.path, withDestinationPath: spaced.path)
            // `wrong` is what is there without its right bytes; what is not found is missing.
            for folder in [spaced, link, URL(filePath: link.path + "/", directoryHint: .isDirectory)] {
                #expect(WebAsset.charts.found(in: folder) == .wrong, "\(folder.path)")
            }
            #expect(WebAsset.charts.found(in: tree.folder.appending(path: "elsewhere")) != .wrong)
        }
    }
}
