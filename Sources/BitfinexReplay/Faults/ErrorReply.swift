/// The errors that the exchange is known to send, by name.
package enum ErrorReply: String, Codable, Sendable, CaseIterable {
    case rateLimited = "rate_limited"
    case rateLimitedDict = "rate_limited_dict"
    case parameter
    case generic
    case unknown
    case maintenance
    case notReady = "not_ready"
    case temporarilyUnavailable = "temporarily_unavailable"
    case badPath = "bad_path"
    case cloudflareHTML = "cloudflare_html"
    case forbiddenHTML = "forbidden_html"

    package var status: Int {
        switch self {
        case .rateLimited, .rateLimitedDict: 429
        case .parameter, .generic, .unknown, .maintenance, .notReady: 500
        case .temporarilyUnavailable: 503
        case .badPath: 404
        case .cloudflareHTML: 502
        case .forbiddenHTML: 403
        }
    }

    package var body: String {
        switch self {
        case .rateLimited: #"["error",11010,"ratelimit: error"]"#
        case .rateLimitedDict: #"{"error":"ERR_RATE_LIMIT"}"#
        case .parameter: #"["error",10020,"symbol: invalid"]"#
        case .generic: #"["error",10001,"generic: error"]"#
        case .unknown: #"["error",10000,"unknown: error"]"#
        case .maintenance: #"["error",20060,"maintenance"]"#
        case .notReady: #"["error",11000,"ready: invalid"]"#
        case .temporarilyUnavailable:
            #"{"code":503,"error":"temporarily_unavailable","error_description":"Sorry, the service is temporarily "#
                + #"unavailable. See https://www.bitfinex.com/ for more info."}"#
        case .badPath:
            "<!DOCTYPE html>\n<html lang=\"en\">\n<body>\n<pre>Cannot GET /api/v2/nope</pre>\n</body>\n</html>\n"
        case .cloudflareHTML: ErrorReply.edgePage("502: Bad gateway")
        case .forbiddenHTML: ErrorReply.edgePage("Attention Required! | Cloudflare")
        }
    }

    private static func edgePage(_ title: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en-US">
        <head><title>api-pub.bitfinex.com | \(title)</title></head>
        <body><h1>\(title)</h1><p>Cloudflare Ray ID: 8a1b2c3d4e5f6071</p></body>
        </html>

        """
    }

    func reply(retryAfter: Int?) -> ReplayReply {
        var reply: ReplayReply =
            body.hasPrefix("<") ? .html(body, status: status) : .json(body, status: status)
        reply.retryAfter = retryAfter
        return reply
    }
}
