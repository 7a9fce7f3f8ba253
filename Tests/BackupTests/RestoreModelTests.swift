import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Backup

/// Restores, undos and deaths at every step, in random order, against a plain model of what undo must bring.
@Suite("Model of restores", .timeLimit(.minutes(5))) struct RestoreModelTests {
    private struct Killed: Error {}

    /// Whether each restore keeps what was there as the model does.
    private struct Model {
        var live: String
        /// What the last restore that came as far as replacing has replaced; nil where nothing can be taken back.
        var before: String?

        mutating func replaced(by content: String, savesFirst: Bool) {
            before = savesFirst ? live : nil
            live = content
        }
    }

    /// As SIGKILL does, a step that throws leaves what was written; only what the kernel gives back is given back.
    private func restore(
        _ stage: RestoreStage, dyingAt death: RestoreStep?, _ change: (inout RestoreRequest) -> Void
    ) async throws {
        var request = RestoreRequest()
        change(&request)
        _ = try await RestoreRun(
            stage.target(), from: stage.folder, request, makeSafetyBackup: { try await stage.backUp(.beforeRestore) },
            now: stage.now, emit: stage.note, checkpoint: { if $0 == death { throw Killed() } }
        ).run { _ in true }
    }

    private func content(_ stage: RestoreStage) throws -> String {
        try stage.value("SELECT count(*) || ' ' || coalesce(max(open_time), 0) FROM candle") ?? ""
    }

    private static let seeds: [UInt64] = {
        let first = UInt64.random(in: 1...1_000_000)
        return (first..<first + 6).map { $0 }
    }()

    @Test(arguments: seeds) func `undo always brings exactly what was before`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let stage = try RestoreStage()
        try await stage.fill(200)
        // Three backups to choose from, each with other content.
        var backups: [(file: String, content: String)] = []
        for _ in 0..<3 {
            let file = try await stage.backUp(.manual).file
            backups.append((file, try content(stage)))
            try stage.change("DELETE FROM candle WHERE open_time >= (SELECT max(open_time) FROM candle) - 600000")
        }
        var model = Model(live: try content(stage))
        for turn in 0..<12 {
            let note = Comment(rawValue: "seed \(seed), turn \(turn)")
            let death = Bool.random(using: &random) ? RestoreStep.allCases.randomElement(using: &random) : nil
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                try stage.change("DELETE FROM candle WHERE open_time = (SELECT max(open_time) FROM candle)")
                model.live = try content(stage)
            case 1, 2:
                let chosen = backups[Int.random(in: 0..<backups.count, using: &random)]
                let saves = Int.random(in: 0..<4, using: &random) > 0
                do {
                    try await restore(stage, dyingAt: death) {
                        $0.file = chosen.file
                        $0.makesSafetyBackup = saves
                    }
                    model.replaced(by: chosen.content, savesFirst: saves)
                } catch {
                    if death == .replaced { model.replaced(by: chosen.content, savesFirst: saves) }
                }
            default:
                let expected = model.before
                do {
                    try await restore(stage, dyingAt: death) { $0.isUndo = true }
                    #expect(expected != nil, note)
                    model.replaced(by: expected ?? "", savesFirst: true)
                } catch let fault as RestoreFault where fault.code == "restore-nothing-to-undo" {
                    #expect(expected == nil, note)
                } catch {
                    if death == .replaced, let expected { model.replaced(by: expected, savesFirst: true) }
                }
            }
            #expect(try content(stage) == model.live, note)
        }
    }

    @Test func `a folder of backups that fills up after the swap does not make the restore a failure`() async throws {
        let stage = try RestoreStage()
        try await stage.fill(50)
        let manifest = try await stage.backUp()
        let whole = try content(stage)
        try stage.change("DELETE FROM candle WHERE open_time > 60000")
        let poor = try content(stage)
        var request = RestoreRequest()
        request.file = manifest.file
        let outcome = try await RestoreRun(
            stage.target(), from: stage.folder, request, makeSafetyBackup: { try await stage.backUp(.beforeRestore) },
            now: stage.now, emit: stage.note,
            checkpoint: { [stage] step in
                // Nothing can be read or written there any more.
                guard step == .replaced else { return }
                try FileManager.default.moveItem(atPath: stage.folder.path, toPath: stage.scratch.path("aside"))
                try Data().write(to: stage.scratch.url.appending(path: "backups"))
            }
        ).run { _ in true }
        #expect(outcome.ending == .restored)
        #expect(try content(stage) == whole)
        try FileManager.default.removeItem(atPath: stage.folder.path)
        try FileManager.default.moveItem(atPath: stage.scratch.path("aside"), toPath: stage.folder.path)
        try await restore(stage, dyingAt: nil) { $0.isUndo = true }
        #expect(try content(stage) == poor)
    }
}
