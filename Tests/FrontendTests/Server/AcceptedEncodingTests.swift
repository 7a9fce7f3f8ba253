import NIOHTTP1
import Testing

@testable import Frontend

@Suite struct AcceptedEncodingTests {
    @Test(
        "gzip is sent to who takes it",
        arguments: [
            ["gzip"], ["gzip, deflate"], ["gzip, deflate, br, zstd"], ["br;q=1.0, gzip;q=0.8, *;q=0.1"], ["*"],
            ["x-gzip"], ["GZip"], ["deflate", "gzip"], ["gzip ; q=0.001"], ["gzip;Q=1"], ["identity;q=0, *;q=0.5"],
            ["identity;q=0.5, gzip;q=0.5"], [" ,, gzip\t,"],
        ])
    func gzip(fields: [String]) { #expect(AcceptedEncoding(fields: fields) == .gzip) }

    @Test(
        "others get it as it is",
        arguments: [
            [], [""], ["identity"], ["br"], ["gzip;q=0"], ["gzip;q=0.000, *"], ["gzip;q=0", "*;q=0"], ["*;q=0"],
            ["gzip;q=0.4, identity;q=0.5"], ["gzip;q=x"], ["gzip;q"], ["gzip;q=-1"], ["gzip;q=2"], ["gzip;q=nan"],
            ["gzipped"], ["\"gzip\""], ["g z i p"], ["gzip;level=9"],
        ])
    func identity(fields: [String]) { #expect(AcceptedEncoding(fields: fields) == .identity) }

    @Test func `the fields of a request are all read`() {
        #expect(AcceptedEncoding(["Accept-Encoding": "br", "accept-encoding": "gzip"] as HTTPHeaders) == .gzip)
        #expect(AcceptedEncoding([:] as HTTPHeaders) == .identity)
    }
}
