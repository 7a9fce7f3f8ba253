import Foundation
import Hummingbird
import NIOConcurrencyHelpers

/// The replay's own paths: `GET /__stats`, `POST /__reset`, `POST /__fault`.
struct ReplayControl {
    let state: NIOLockedValueBox<ReplayState>

    private static let largestBody = 1 << 20

    func reply(to request: Request) async -> ReplayReply {
        switch (request.method, request.uri.path) {
        case (.get, "/__stats"): statistics()
        case (.post, "/__reset"): reset()
        case (.post, "/__fault"): await script(request)
        default: .cannotGet(request.uri.path)
        }
    }

    private func statistics() -> ReplayReply {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let json = try? encoder.encode(state.withLockedValue { $0.statistics }) else {
            return .json(#"{"error":"the statistics cannot be printed"}"#, status: 500)
        }
        return .json(String(decoding: json, as: UTF8.self))
    }

    private func reset() -> ReplayReply {
        state.withLockedValue { $0.reset() }
        return .json(#"{"reset":true}"#)
    }

    /// Takes one fault, or a list of them.
    private func script(_ request: Request) async -> ReplayReply {
        do {
            var request = request
            let body = Data(try await request.collectBody(upTo: ReplayControl.largestBody).readableBytesView)
            let isList = body.first { $0 != 0x20 && $0 != 0x0A } == UInt8(ascii: "[")
            let decoder = JSONDecoder()
            let faults =
                isList
                ? try decoder.decode([ScriptedFault].self, from: body)
                : [try decoder.decode(ScriptedFault.self, from: body)]
            state.withLockedValue { state in for fault in faults { state.faults.add(fault) } }
            return .json(#"{"scripted":\#(faults.count)}"#)
        } catch {
            return ReplayControl.refusal(error)
        }
    }

    private static func refusal(_ error: any Error) -> ReplayReply {
        var reason = "the body is not a fault"
        if case .dataCorrupted(let context) = error as? DecodingError { reason = context.debugDescription }
        if case .keyNotFound(let key, _) = error as? DecodingError { reason = "'\(key.stringValue)' is missing" }
        let text = (try? JSONEncoder().encode(["error": reason])).map { String(decoding: $0, as: UTF8.self) }
        return .json(text ?? #"{"error":"the body is not a fault"}"#, status: 400)
    }
}
