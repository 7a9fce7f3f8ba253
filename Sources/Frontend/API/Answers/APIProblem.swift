import Foundation
import Resilience

/// An answer that is not what was asked for, in the form of RFC 9457.
struct APIProblem: Error, Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        case badParameters = "bad-parameters"
        case notFound = "not-found"
        case databaseAway = "database-away"
        case tooManyStreams = "too-many-streams"
        case busy
        case internalError = "internal-error"
    }

    let kind: Kind
    /// What is wrong, with the values.
    let detail: String
    /// What to do about it.
    let hint: String?

    init(_ kind: Kind, _ detail: String, hint: String? = nil) {
        self.kind = kind
        self.detail = detail
        self.hint = hint
    }

    var status: Int {
        switch kind {
        case .badParameters: 400
        case .notFound: 404
        case .databaseAway, .tooManyStreams, .busy: 503
        case .internalError: 500
        }
    }

    /// Seconds after which it may be better.
    var retryAfter: Int? {
        switch kind {
        case .databaseAway, .busy: 5
        case .tooManyStreams: 10
        case .badParameters, .notFound, .internalError: nil
        }
    }

    /// `request` names the request in the server's log.
    func body(request: String) -> [UInt8] {
        APIJSON.bytes(
            Body(
                type: "urn:cryptotrader:problem:\(kind.rawValue)", title: title, status: status, detail: detail,
                hint: hint,
                requestId: request))
    }

    private var title: String {
        switch kind {
        case .badParameters: "The request's parameters are wrong"
        case .notFound: "There is no such thing"
        case .databaseAway: "The database cannot be read at this moment"
        case .tooManyStreams: "Too many browsers listen"
        case .busy: "The server has too much to do at this moment"
        case .internalError: "The server could not make the answer"
        }
    }

    private struct Body: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String
        let hint: String?
        let requestId: String
    }
}

extension APIProblem {
    /// What to answer where an answer could not be made; nil where nobody waits for it any more.
    ///
    /// No text of the error gets out, since it may name paths and addresses.
    init?(_ error: any Error, condition: DatabaseCondition) {
        switch error {
        case is CancellationError: return nil
        case let problem as APIProblem: self = problem
        case is any Fault:
            let away = Self.condition(of: error, condition)
            self.init(.databaseAway, away.message ?? "the database cannot be read", hint: away.hint)
        default: self.init(.internalError, "the answer could not be made", hint: "see what 'frontend serve' logs of it")
        }
    }

    /// What can be said of the database after a read of it threw.
    static func condition(of error: any Error, _ condition: DatabaseCondition) -> DatabaseCondition {
        if let away = error as? DatabaseUnavailable, away.condition.state == .unavailable { return away.condition }
        if condition.state == .unavailable { return condition }
        return DatabaseCondition(
            kind: condition.kind, state: .unavailable, message: "the database cannot be read",
            hint: "see what 'frontend serve' logs of it; this goes on by itself")
    }
}
