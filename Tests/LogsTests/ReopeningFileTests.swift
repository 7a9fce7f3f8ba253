import Foundation
import Logs
import NIOConcurrencyHelpers
import SystemPackage
import TestSupport
import Testing

@Suite("Reopening file") struct ReopeningFileTests {
    private let scratch: ScratchFolder
    private let clock = HandClock()
    private let complaints = NIOLockedValueBox<[String]>([])

    init() throws { scratch = try ScratchFolder() }

    private func file(_ name: String = "x.log") -> ReopeningFile {
        ReopeningFile(
            scratch.path(name), now: { [clock] in clock.now },
            complain: { [complaints] text in complaints.withLockedValue { $0.append(text) } })
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: scratch.path(name), encoding: .utf8)
    }

    private func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: scratch.path(name), toPath: scratch.path(other))
    }

    @Test func `a second after its file was renamed it writes to a new one`() throws {
        let file = file()
        file.append(Array("one\n".utf8))
        try move("x.log", to: "x-20240131.log")
        clock.advance(by: .milliseconds(999))
        file.append(Array("two\n".utf8))
        clock.advance(by: .milliseconds(1))
        file.append(Array("three\n".utf8))
        #expect(try text("x-20240131.log") == "one\ntwo\n")
        #expect(try text("x.log") == "three\n")
        #expect(file.lost == 0)
    }

    @Test func `it joins a file that another process made meanwhile`() throws {
        let first = file()
        let second = file()
        first.append(Array("1\n".utf8))
        second.append(Array("2\n".utf8))
        try move("x.log", to: "y.log")
        clock.advance(by: .seconds(1))
        second.append(Array("3\n".utf8))
        first.append(Array("4\n".utf8))
        #expect(try text("y.log") == "1\n2\n")
        #expect(try text("x.log") == "3\n4\n")
    }

    @Test func `folder and file are made, for their owner alone`() throws {
        file("a/b/x.log").append(Array("one\n".utf8))
        func mode(_ path: String) throws -> UInt32 {
            try FilePath(scratch.path(path)).stat().permissions.rawValue & 0o777
        }
        #expect(try mode("a") == 0o700)
        #expect(try mode("a/b") == 0o700)
        #expect(try mode("a/b/x.log") == 0o600)
    }

    @Test func `a torn line of another process is never continued`() throws {
        try Data("one\ntor".utf8).write(to: URL(filePath: scratch.path("x.log")))
        let file = file()
        file.append(Array("two\n".utf8))
        file.append(Array("three\n".utf8))
        let other = try FileHandle(forWritingTo: URL(filePath: scratch.path("x.log")))
        try other.seekToEnd()
        try other.write(contentsOf: Data("torn".utf8))
        clock.advance(by: .seconds(1))
        file.append(Array("four\n".utf8))
        #expect(try text("x.log") == "one\ntor\ntwo\nthree\ntorn\nfour\n")
    }

    @Test func `a file that cannot be opened is told of once a minute, and never thrown`() throws {
        try Data().write(to: URL(filePath: scratch.path("a")))
        let file = file("a/x.log")
        for _ in 0..<5 { file.append(Array("lost\n".utf8)) }
        #expect(file.lost == 5)
        #expect(complaints.withLockedValue(\.count) == 1)
        clock.advance(by: .seconds(60))
        file.append(Array("lost\n".utf8))
        #expect(complaints.withLockedValue(\.count) == 2)
        try FileManager.default.removeItem(atPath: scratch.path("a"))
        file.append(Array("kept\n".utf8))
        #expect(try text("a/x.log") == "kept\n")
        #expect(file.lost == 6)
    }

    @Test func `a file whose folder is gone keeps the one that is open`() throws {
        let file = file("a/x.log")
        file.append(Array("one\n".utf8))
        try move("a", to: "b")
        try Data().write(to: URL(filePath: scratch.path("a")))
        clock.advance(by: .seconds(1))
        file.append(Array("two\n".utf8))
        #expect(try text("b/x.log") == "one\ntwo\n")
        #expect(file.lost == 0)
    }
}
