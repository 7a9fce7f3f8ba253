import Foundation
import TestSupport
import Testing

@testable import Watchdog

@Suite("Log tail") struct LogTailTests {
    private let folder: ScratchFolder
    private let path: String

    init() throws {
        folder = try ScratchFolder()
        path = folder.path("bot.log")
    }

    private func look(lines: Int = 100, patterns: [String] = []) -> Observation.Log {
        LogTail(.init(path: path, age: .seconds(300), lines: lines, patterns: patterns))
            .look(now: Int64(Date().timeIntervalSince1970 * 1000))
    }

    private func write(_ text: String) throws { try text.write(toFile: path, atomically: false, encoding: .utf8) }

    private func counts(_ log: Observation.Log) -> [Int] {
        if case .seen(_, _, let lines, let matches) = log { [lines, matches] } else { [] }
    }

    @Test func `only the last lines count, however long the file and its lines are`() throws {
        try write(
            "Update early\n"
                + (1...5000).map { "noise \($0) " + String(repeating: "x", count: $0 % 700) + "\n" }.joined())
        #expect(counts(look(patterns: ["VIX|Update"])) == [100, 0])
        #expect(counts(look(lines: 5001, patterns: ["VIX|Update"])) == [5001, 1])
        #expect(counts(look(lines: 3, patterns: ["noise 4999", "noise 5000"])) == [3, 2])
        #expect(counts(look(lines: 7)) == [7, 7])
    }

    @Test func `an empty file and bytes that are no text are read as they are`() throws {
        try write("")
        #expect(counts(look()) == [0, 0])
        try Data([0xff, 0xfe, 0x0a, 0x56, 0x49, 0x58, 0x0a]).write(to: URL(filePath: path))
        #expect(counts(look(patterns: ["VIX"])) == [2, 1])
    }

    @Test func `the age is that of the last write`() throws {
        try write("x\n")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -1000)], ofItemAtPath: path)
        guard case .seen(_, let age, _, _) = look() else { return #expect(Bool(false), "it was not seen") }
        #expect((.seconds(999)...(.seconds(1010))).contains(age))
    }

    @Test func `each write changes the stamp, and a clock that was set back leaves a negative age`() throws {
        func stamp() -> String { if case .seen(let stamp, _, _, _) = look() { stamp } else { "" } }
        try write("x\n")
        let first = stamp()
        #expect(first == stamp())
        try write("x\ny\n")
        #expect(first != stamp())
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: 1000)], ofItemAtPath: path)
        guard case .seen(_, let age, _, _) = look() else { return #expect(Bool(false), "it was not seen") }
        #expect(age < .seconds(-900))
    }

    @Test func `what is not there is missing, and what cannot be read says why`() throws {
        #expect(look() == .missing)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard case .unreadable = look() else { return #expect(Bool(false), "a folder was read") }
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything"))
    func `a file without permission is unreadable`() throws {
        try write("x\n")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        #expect(look() == .unreadable("no permission"))
    }
}
