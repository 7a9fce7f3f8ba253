import Foundation
import HTTPServer
import Logging
import NIOHTTP1
import TestSupport

@testable import Frontend

/// A folder with a small page, and one for fetched files.
struct PublicTree {
    static let index = "<!doctype html>\n<title>page</title>\n" + String(repeating: "<p>a paragraph</p>\n", count: 50)

    let folder: URL
    let webAssets: URL
    var license: URL { folder.appending(path: "none") }

    /// Runs `body` with a folder of its own.
    static func with<T>(_ body: (PublicTree) async throws -> T) async throws -> T {
        let top = FileManager.default.temporaryDirectory.appending(path: "public-\(UUID().uuidString)")
        let tree = PublicTree(folder: top.appending(path: "Public"), webAssets: top.appending(path: "web-assets"))
        try FileManager.default.createDirectory(at: tree.webAssets, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: top) }
        try tree.write("index.html", index)
        try tree.write("app.css", "p { color: red }\n")
        try tree.write("js/main.js", "export const a = 1;\n" + String(repeating: "// a line\n", count: 100))
        try tree.write("types.d.ts", "interface Secret {}\n")
        return try await body(tree)
    }

    func write(_ path: String, _ text: String) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: path).path, withDestinationPath: target)
    }

    func manifest(clock: any Clock<Duration> = ContinuousClock()) throws -> AssetManifest {
        try AssetManifest(
            publicFolder: folder, webAssets: webAssets, license: license, clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}

extension AssetManifest {
    func get(_ target: String, _ headers: HTTPHeaders = [:]) -> ReadyAnswer? {
        answer(to: HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers))
    }
}
