package import Candles
import FoundationEssentials

extension HTTPDate {
    package static var now: Self { Self(seconds: Int64(Date.now.timeIntervalSince1970)) }
}
