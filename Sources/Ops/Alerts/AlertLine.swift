import Foundation

/// One alert as a line of JSON.
struct AlertLine {
    let alert: Alert
    let isOver: Bool

    struct Malformed: Error {
        let problem: String
    }

    init(_ line: String) throws(Malformed) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(line.utf8))
        } catch {
            throw Malformed(problem: "no JSON object with a message: \(line.prefix(80))")
        }
        guard let severity = Severity(name: document.severity ?? Severity.warning.name) else {
            throw Malformed(problem: "severity is '\(document.severity ?? "")'; use info, warning or critical")
        }
        alert = Alert(
            source: document.source ?? "manual", rule: document.rule ?? document.message, target: document.target ?? "",
            severity: severity, message: document.message, hint: document.hint)
        isOver = document.resolve ?? false
    }

    private struct Document: Decodable {
        let message: String
        let severity: String?
        let source: String?
        let rule: String?
        let target: String?
        let hint: String?
        let resolve: Bool?
    }
}
