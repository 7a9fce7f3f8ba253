import Foundation
import Gzip
import Testing

@Suite("Gzip files") struct GzipFileTests {
    private let bytes = [UInt8]((0..<200_000).map { "[\($0),966.61,966.\($0 % 97)]\n" }.joined().utf8)

    @Test func `gzip accepts and gunzip restores what we compress`() throws {
        try withScratchFolder { folder in
            let file = folder.appending(path: "rows.jsonl.gz")
            try Data(try Gzip.deflate(bytes)).write(to: file)
            #expect(try shell("gzip -t '\(file.path)' && gunzip -c '\(file.path)'") == Data(bytes))
        }
    }

    @Test(arguments: ["-1", "-9"]) func `we restore what gzip compresses`(level: String) throws {
        try withScratchFolder { folder in
            let file = folder.appending(path: "rows")
            try Data(bytes).write(to: file)
            _ = try shell("gzip \(level) '\(file.path)'")
            var restored: [UInt8] = []
            var largest = 0
            try Gzip.inflate(contentsOf: file.appendingPathExtension("gz")) {
                restored.append(copying: $0)
                largest = max(largest, $0.count)
            }
            #expect(restored == bytes)
            #expect(largest <= 1 << 16)
        }
    }

    @Test func `a cut file is truncated, a missing one unreadable`() throws {
        try withScratchFolder { folder in
            let file = folder.appending(path: "cut.gz")
            try Data(try Gzip.deflate(bytes).dropLast(9)).write(to: file)
            #expect(throws: GzipFault.truncated) { try Gzip.inflate(contentsOf: file) { _ in } }
            let fault = #expect(throws: GzipFault.self) {
                try Gzip.inflate(contentsOf: folder.appending(path: "none.gz")) { _ in }
            }
            #expect(fault?.code == "gzip-unavailable")
            #expect(fault?.summary.contains("none.gz") == true)
        }
    }

    @Test(arguments: ["plain.jsonl", "packed.jsonl.gz"], ["", "[last]", "[last]\n"])
    func `line blocks hold every line whole`(name: String, end: String) throws {
        let text = bytes + Array(end.utf8)
        try withScratchFolder { folder in
            let file = folder.appending(path: name)
            try Data(name.hasSuffix(".gz") ? try Gzip.deflate(text) : text).write(to: file)
            var lines: [String] = []
            try LineBlocks.read(file) { block in
                var start = 0
                for end in block.ends {
                    lines.append(String(decoding: block.bytes[start..<end], as: UTF8.self))
                    start = end + 1
                }
                #expect(start == block.bytes.count)
            }
            #expect(lines == String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init))
        }
    }

    private func withScratchFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gzip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func shell(_ command: String) throws -> Data {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }
}
