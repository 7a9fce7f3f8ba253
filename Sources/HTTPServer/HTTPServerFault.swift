import NIOCore
package import Resilience
import SystemPackage

/// Why a server could not begin.
package enum HTTPServerFault: Fault, Equatable {
    case portTaken(host: String, port: Int)
    /// A port below 1024, or a rule of the system.
    case portForbidden(host: String, port: Int)
    /// No address of this machine, or a name that nobody knows.
    case addressUnknown(host: String)
    case cannotListen(host: String, port: Int, reason: String)

    init(_ error: any Error, at place: ListenAddress) {
        switch error {
        case let error as IOError: self.init(Errno(rawValue: error.errnoCode), at: place)
        case is SocketAddressError, is SocketAddressError.UnknownHost: self = .addressUnknown(host: place.host)
        default: self = .cannotListen(host: place.host, port: place.port, reason: "\(error)")
        }
    }

    private init(_ reason: Errno, at place: ListenAddress) {
        switch reason {
        case .addressInUse: self = .portTaken(host: place.host, port: place.port)
        case .permissionDenied: self = .portForbidden(host: place.host, port: place.port)
        case .addressNotAvailable: self = .addressUnknown(host: place.host)
        default: self = .cannotListen(host: place.host, port: place.port, reason: "\(reason)")
        }
    }

    package var code: String { "server-cannot-listen" }
    package var kind: FaultKind { .unavailable }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .portTaken(let host, let port): "cannot listen on \(host) port \(port): another program does"
        case .portForbidden(let host, let port): "cannot listen on \(host) port \(port): the system does not permit it"
        case .addressUnknown(let host): "cannot listen on \(host): it is no address of this machine"
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
        }
    }
    package var hint: String? {
        switch self {
        case .portTaken(_, let port):
            "see with 'ss -ltnp sport = :\(port)' which one, and end it, or set another port"
        case .portForbidden: "set a port above 1023"
        case .addressUnknown:
            "set 127.0.0.1 for this machine alone, 0.0.0.0 for the LAN, or one that 'ip address' shows"
        case .cannotListen: "set another host or port"
        }
    }
}
