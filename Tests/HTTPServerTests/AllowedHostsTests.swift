import Testing

@testable import HTTPServer

@Suite struct AllowedHostsTests {
    private let hosts = AllowedHosts(["Trader.example.org", "192.168.1.5", "fe80::1%eth0", "other:8080", "not a host"])

    @Test(
        "names are compared without case, port and last dot",
        arguments: [
            "localhost", "LOCALHOST:5176", "localhost.", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8080",
            "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]:80", "[::0001]", "[0::1]", "[::0:1]",
            "[::1%25lo]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[FE80:0::0001]",
            "trader.example.org", "TRADER.EXAMPLE.ORG.:443", "192.168.1.5:1", "[fe80::1]", "other",
        ])
    func allowed(host: String) { #expect(hosts.verdict(on: [host], own: nil) == .allowed) }

    @Test(
        "other names are unknown",
        arguments: [
            "evil.example", "localhost.evil.example", "example.org", "127.0.0.2", "[::2]", "192.168.1.6",
            "[::ffff:127.0.0.2]", "[1::]",
        ])
    func unknown(host: String) { #expect(hosts.verdict(on: [host], own: nil) == .unknown) }

    @Test(
        "what is no authority is malformed",
        arguments: [
            [], [""], ["localhost", "localhost"], ["localhost", "evil.example"], ["user@localhost"], ["localhost:"],
            ["localhost:x"], ["localhost:123456"], ["local host"], ["localhost, evil.example"], ["[::1"], ["[::1]x"],
            ["[::1::]"], ["[0:0:0:0:0:0:0:0:1]"], ["[::g]"], ["::1::2"], ["[127.0.0.1]"],
            ["."], [":80"], ["localhost/"], ["localhost\u{00}"],
        ])
    func malformed(fields: [String]) {
        // A colon without a port is allowed by RFC 3986, section 3.2.3.
        let expected: AllowedHosts.Verdict = fields == ["localhost:"] ? .allowed : .malformed
        #expect(hosts.verdict(on: fields, own: nil) == expected)
    }

    @Test(arguments: [
        "::1", "[0:0:0:0:0:0:0:1]", "127.0.0.1", "127.8.9.1", "::ffff:127.0.0.1", "localhost", "LOCALHOST",
    ])
    func `every spelling of the loopback is one`(host: String) { #expect(HostAddress.isLoopback(host)) }

    @Test(arguments: ["127.evil.example", "::", "0.0.0.0", "::2", "10.0.0.1", "localhost.example", "", "[]", "[::1"])
    func `nothing else is the loopback`(host: String) { #expect(!HostAddress.isLoopback(host)) }

    @Test func `the address that a client connected to is a name of the host`() {
        #expect(hosts.verdict(on: ["10.0.0.7:5176"], own: "10.0.0.7") == .allowed)
        #expect(hosts.verdict(on: ["10.0.0.8"], own: "10.0.0.7") == .unknown)
        #expect(hosts.verdict(on: ["10.0.0.7"], own: "::ffff:10.0.0.7") == .allowed)
        #expect(hosts.verdict(on: ["[fe80::7]"], own: "fe80::7%eth1") == .allowed)
    }

    @Test func `this host's own name and addresses are known`() {
        let names = HostNames.current()
        #expect(names.contains("127.0.0.1"))
        #expect(names.contains { $0.hasSuffix(".local") })
        for name in names where AllowedHosts.name(name) != nil {
            let field = name.contains(":") ? "[\(name)]" : name
            #expect(AllowedHosts(names).verdict(on: [field], own: nil) == .allowed)
        }
    }
}
