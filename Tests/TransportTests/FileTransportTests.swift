import Foundation
import NIOConcurrencyHelpers
import Resilience
import SystemPackage
import TestSupport
import Testing
import Transport

/// Files that are sent to and fetched from an independent server.
@Suite("Files over HTTP", .timeLimit(.minutes(5))) struct FileTransportTests {
    private let transport = AsyncHTTPTransport(largestBody: 1 << 20)
    private let folder: ScratchFolder
    private let kept: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
        kept = try ScratchFolder()
    }

    /// Runs the server beside `body`, which gets its address.
    private func serving(_ body: @escaping @Sendable (URL) async throws -> Void) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "file_server.py")
        let server = Command(
            program: URL(filePath: "/usr/bin/env"), arguments: ["python3", script.path, kept.path],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await server.run(onError: { line.yield($0) }) }
            group.addTask {
                var lines = lines.makeAsyncIterator()
                let port = try #require(await lines.next()).trimmingCharacters(in: .whitespacesAndNewlines)
                try await body(try #require(URL(string: "http://127.0.0.1:\(port)/")))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func call(_ base: URL, _ path: String, method: String = "GET", headers: [String: String] = [:]) throws
        -> HTTPCall
    {
        HTTPCall(
            url: try #require(URL(string: path, relativeTo: base)).absoluteURL, method: method, headers: headers,
            deadline: .seconds(120), bodyLimit: 1 << 30)
    }

    /// A file of so many bytes that repeat in no short period.
    private func file(_ name: String, _ count: Int, in place: ScratchFolder? = nil) throws -> FilePath {
        let path = (place ?? folder).path(name)
        let piece = Data((0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) })
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        var left = count
        while left > 0 {
            try handle.write(contentsOf: piece.prefix(left))
            left -= min(left, piece.count)
        }
        try handle.close()
        return FilePath(path)
    }

    private func sha256(_ path: FilePath) async throws -> String {
        let end = try await Command(
            program: URL(filePath: "/usr/bin/sha256sum"), arguments: [path.string], environment: [:]
        ).run()
        return String(end.out.prefix(64))
    }

    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 3_000_000])
    func `a file arrives as it is, and comes back as it was`(count: Int) async throws {
        let path = try file("a", count)
        let digest = try await sha256(path)
        try await serving { [transport, folder] base in
            let upload = try await transport.upload(
                try self.call(base, "a", method: "PUT"), from: try FilePart(whole: path), idle: .seconds(20))
            #expect(upload.reply.status == 200 && upload.sha256 == digest)
            #expect(String(decoding: upload.reply.body, as: UTF8.self) == "\(count) \(digest) -")
            let target = FilePath(folder.path("b"))
            let download = try await transport.download(
                try self.call(base, "a"), to: target, from: 0, idle: .seconds(20))
            #expect(download.content == .init(size: Int64(count), sha256: digest))
            #expect(try await self.sha256(target) == digest)
        }
    }

    @Test func `a part goes with its range, and any status is a reply`() async throws {
        let path = try file("a", 1_000_000)
        let part = FilePart(path, from: 262_144, count: 262_144)
        #expect(part.contentRange(of: 1_000_000) == "bytes 262144-524287/1000000")
        #expect(FilePart(path, from: 7, count: 0).contentRange(of: 9) == "bytes */9")
        try await serving { [transport] base in
            let headers = ["Content-Range": part.contentRange(of: 1_000_000)]
            let upload = try await transport.upload(
                try self.call(base, "part?more=1", method: "PUT", headers: headers), from: part, idle: .seconds(20))
            let digest = try #require(upload.sha256)
            #expect(upload.reply.status == 308)
            #expect(
                String(decoding: upload.reply.body, as: UTF8.self)
                    == "262144 \(digest) bytes 262144-524287/1000000")
            let none = FilePath(self.folder.path("none"))
            let missing = try await transport.download(try self.call(base, "no"), to: none, from: 0, idle: .seconds(20))
            #expect(missing.reply.status == 404 && missing.reply.body == Array("none".utf8) && missing.content == nil)
            #expect(!FileManager.default.fileExists(atPath: none.string))
        }
    }

    @Test func `a download that was cut goes on from where it stopped`() async throws {
        let digest = try await sha256(try file("a", 2_000_000, in: kept))
        let target = FilePath(folder.path("b"))
        try await serving { [transport] base in
            let fault = await #expect(throws: TransportFault.self) {
                try await transport.download(
                    try self.call(base, "a?cut=700000"), to: target, from: 0, idle: .seconds(20))
            }
            #expect(fault?.code == "transport-unreachable")
            let size = Int64(try target.stat().size)
            #expect(size > 0 && size <= 700_000)
            let rest = try await transport.download(
                try self.call(base, "a"), to: target, from: size, idle: .seconds(20))
            #expect(rest.reply.status == 206 && rest.content == .init(size: 2_000_000, sha256: digest))
            // A server that cannot go on sends everything.
            let whole = try await transport.download(
                try self.call(base, "a?whole=1"), to: target, from: 9, idle: .seconds(20))
            #expect(whole.reply.status == 200 && whole.content == .init(size: 2_000_000, sha256: digest))
            let wrong = await #expect(throws: FileTransferFault.self) {
                try await transport.download(try self.call(base, "a?wrong=1"), to: target, from: 9, idle: .seconds(20))
            }
            #expect(wrong?.code == "transfer-wrong-range")
            #expect(try await self.sha256(target) == digest)
            let past = try await transport.download(
                try self.call(base, "a"), to: target, from: 2_000_000, idle: .seconds(20))
            #expect(past.reply.status == 416 && past.content == nil)
        }
    }

    @Test func `a transfer that stands still is ended, one that is too large too`() async throws {
        _ = try file("a", 2_000_000, in: kept)
        let large = try file("b", 40_000_000)
        let target = FilePath(folder.path("c"))
        try await serving { [transport] base in
            let still = await #expect(throws: TransportFault.self) {
                try await transport.download(
                    try self.call(base, "a?still=700000"), to: target, from: 0, idle: .milliseconds(300))
            }
            #expect(still?.code == "transport-timeout")
            let unheard = await #expect(throws: TransportFault.self) {
                try await transport.upload(
                    try self.call(base, "b?still=1", method: "PUT"), from: try FilePart(whole: large),
                    idle: .milliseconds(300))
            }
            #expect(unheard?.code == "transport-timeout")
            let cut = await #expect(throws: TransportFault.self) {
                try await transport.upload(
                    try self.call(base, "b?cut=9", method: "PUT"), from: try FilePart(whole: large), idle: .seconds(20))
            }
            #expect(cut?.code == "transport-unreachable")
            var small = try self.call(base, "a")
            small.bodyLimit = 1_000_000
            let tooLarge = await #expect(throws: TransportFault.self) {
                try await transport.download(small, to: target, from: 0, idle: .seconds(20))
            }
            #expect(tooLarge?.code == "transport-too-large")
            #expect(try target.stat().size <= 1_000_000)
        }
    }

    @Test func `a file that cannot be read or written is told`() async throws {
        _ = try file("a", 2_000_000, in: kept)
        let short = try file("b", 1000)
        try await serving { [transport, folder] base in
            #expect(throws: FileTransferFault.self) { try FilePart(whole: FilePath(folder.path("none"))) }
            let shortened = await #expect(throws: FileTransferFault.self) {
                try await transport.upload(
                    try self.call(base, "b", method: "PUT"), from: FilePart(short, count: 2000), idle: .seconds(20))
            }
            #expect(shortened == .shortened(path: short.string))
            for path in ["none/b", "."] {
                let fault = await #expect(throws: FileTransferFault.self) {
                    try await transport.download(
                        try self.call(base, "a"), to: FilePath(folder.path(path)), from: 0, idle: .seconds(20))
                }
                #expect(fault?.code == "file-not-written")
            }
            // Where a link was put, nothing is written through it.
            let (link, victim) = (folder.path("link"), folder.path("victim"))
            try Data("mine".utf8).write(to: URL(filePath: victim))
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: victim)
            await #expect(throws: FileTransferFault.self) {
                try await transport.download(try self.call(base, "a"), to: FilePath(link), from: 0, idle: .seconds(20))
            }
            #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
        }
        let full = FilePath("/dev/full")
        try await serving { [transport] base in
            let fault = await #expect(throws: FileTransferFault.self) {
                try await transport.download(try self.call(base, "a"), to: full, from: 0, idle: .seconds(20))
            }
            #expect(fault?.code == "file-not-written")
        }
    }

    @Test func `the memory does not grow with the file`() async throws {
        let count = Effort.isLong ? 1_000_000_000 : 64_000_000
        let path = try file("a", count)
        try await serving { [transport, folder] base in
            let before = try Self.peak()
            _ = try await transport.upload(
                try self.call(base, "a", method: "PUT"), from: try FilePart(whole: path), idle: .seconds(20))
            let download = try await transport.download(
                try self.call(base, "a"), to: FilePath(folder.path("b")), from: 0, idle: .seconds(20))
            #expect(download.content?.size == Int64(count))
            #expect(try Self.peak() - before < 32 << 10, "in kB")
        }
    }

    /// The most memory that this process has had since the last call, in kB.
    private static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        return try #require(line.flatMap { Int($0.filter(\.isNumber)) })
    }
}
