package import Candles

/// What one channel is to tell a person of one alert.
package struct AlertNotice: Sendable, Equatable {
    package let kind: AlertDelivery.Kind
    package let alert: Alert
    /// The same for every message about this alert, short, without secrets: lets people and mail programs group them.
    package let key: String
    /// When it was first raised, and last.
    package let firstAt: UnixMilliseconds
    package let lastAt: UnixMilliseconds
    /// How often it was raised since this channel was last told of it, this time not counted.
    package let suppressed: Int
    /// `DEPLOYMENT_ENV`; nil where it is not set.
    package let environment: String?
    package let host: String

    package init(
        kind: AlertDelivery.Kind, alert: Alert, key: String, firstAt: UnixMilliseconds, lastAt: UnixMilliseconds,
        suppressed: Int = 0,
        environment: String? = nil, host: String
    ) {
        self.kind = kind
        self.alert = alert
        self.key = key
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.suppressed = suppressed
        self.environment = environment
        self.host = host
    }
}
