import Resilience

/// What a rotation did, or would do, as lines or a document.
package struct LogRotationText {
    package let document: Document

    package init(_ report: LogRotationReport) {
        document = Document(isDryRun: false, report.done, report.postponed, report.failures.map(\.summary))
    }

    package init(planned steps: [RotationStep]) { document = Document(isDryRun: true, steps, [], []) }

    package var lines: [String] {
        if document.isEmpty { return ["Nothing to do."] }
        let verb = document.isDryRun ? "would " : ""
        return document.removed.map { "\(verb)remove \($0)" }
            + document.rotated.map { "\(verb)rotate \($0.file) to \($0.to)" }
            + document.compressed.map { "\(verb)compress \($0)" }
            + document.postponed.map { "\($0) is still written to, and is compressed later" }
    }

    package struct Document: Encodable {
        struct Rotated: Encodable {
            let file: String
            let to: String
        }

        let isDryRun: Bool
        var rotated: [Rotated] = []
        var compressed: [String] = []
        var removed: [String] = []
        var postponed: [String] = []
        let failures: [String]

        fileprivate init(isDryRun: Bool, _ done: [RotationStep], _ later: [RotationStep], _ failures: [String]) {
            self.isDryRun = isDryRun
            self.failures = failures
            for step in done { add(step) }
            for case .compress(let name) in later { postponed.append(name) }
        }

        fileprivate var isEmpty: Bool {
            rotated.isEmpty && compressed.isEmpty && removed.isEmpty && postponed.isEmpty && failures.isEmpty
        }

        private mutating func add(_ step: RotationStep) {
            switch step {
            case .discard(let name), .remove(let name): removed.append(name)
            case .rename(let name, let other): rotated.append(Rotated(file: name, to: other))
            case .compress(let name): compressed.append(name)
            }
        }

        enum CodingKeys: String, CodingKey {
            case rotated, compressed, removed, postponed, failures
            case isDryRun = "dry_run"
        }
    }
}
