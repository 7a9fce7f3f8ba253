import Foundation
import TestSupport
import Testing

@testable import Watchdog

@Suite("Restarts that the journal did not take") struct RestartNotesTests {
    private let folder: ScratchFolder
    private let notes: RestartNotes

    init() throws {
        folder = try ScratchFolder()
        notes = RestartNotes(in: folder.url)
    }

    @Test func `what was added is read, of each service, by any process`() throws {
        #expect(try notes.times(of: "a") == [])
        for time in [3, 1, 2] as [Int64] { try notes.add("a", at: time) }
        try RestartNotes(in: folder.url).add("b", at: 9)
        #expect(try notes.times(of: "a") == [3, 1, 2])
        #expect(try RestartNotes(in: folder.url).times(of: "b") == [9])
        #expect(try notes.times(of: "c") == [])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path(RestartNotes.name))[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func `a line that was cut anywhere spoils neither those before nor those after it`() throws {
        try notes.add("bot", at: 1_700_000_000_000)
        let whole = try Data(contentsOf: folder.url.appending(path: RestartNotes.name))
        for length in 0..<whole.count - 1 {
            try (whole + whole.prefix(length)).write(to: folder.url.appending(path: RestartNotes.name))
            try notes.add("bot", at: 5)
            // Without its last sign, the end of the line, it is whole all the same.
            let cut: [Int64] = length == whole.count - 1 ? [1_700_000_000_000] : []
            #expect(try notes.times(of: "bot") == [1_700_000_000_000] + cut + [5], "cut at \(length)")
        }
    }
}
