import Foundation

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
