import Candles
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Lets a reply have a date of its own: the server writes the time over whatever a responder says.
final class OwnDate: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What a responder writes instead; it never leaves the process.
    static var field: HTTPFields.Element.Name { HTTPFields.Element.Name(parsed: "x-replay-date") ?? .date }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var response) = unwrapOutboundIn(data), let date = response.headerFields[OwnDate.field] else {
            return context.write(data, promise: promise)
        }
        response.headerFields[OwnDate.field] = nil
        response.headerFields[.date] = date
        context.write(wrapOutboundOut(.head(response)), promise: promise)
    }
}

/// A whole second, as the header field `Date` has it.
struct HTTPDate: CustomStringConvertible {
    let seconds: Int64

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    var description: String {
        let day = CivilDay(sinceEpoch: Int(seconds / 86_400))
        let parts = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { two(Int($0)) }
        return """
            \(Self.weekdays[Int(seconds / 86_400 % 7)]), \(two(day.day)) \(Self.months[day.month - 1]) \(day.year) \
            \(parts.joined(separator: ":")) GMT
            """
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
