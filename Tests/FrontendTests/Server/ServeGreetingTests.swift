import Frontend
import HTTPServer
import Testing

@Suite struct ServeGreetingTests {
    private static let names = ["nas1.lan", "nas1", "nas1.local", "127.0.0.1", "192.168.1.20", "::1", "fe80::1%eth0"]

    @Test func `on the loopback it names one address, and nobody else can read`() {
        let greeting = ServeGreeting(ListenAddress(host: "127.0.0.1", port: 0), port: 5176, names: Self.names)
        #expect(greeting == ServeGreeting(ListenAddress(host: "127.0.0.1", port: 5176), port: 5176, names: []))
        #expect(greeting.urls == ["http://127.0.0.1:5176/"])
        #expect(greeting.exposure == nil)
    }

    @Test(arguments: ["0.0.0.0", "::"])
    func `on every address it names what others can open, who can read, and which names are allowed`(host: String) {
        let place = ListenAddress(host: host, port: 5176, allowedHosts: ["charts.home"])
        let greeting = ServeGreeting(place, port: 5176, names: Self.names)
        #expect(greeting.urls == ["http://192.168.1.20:5176/", "http://nas1.local:5176/"])
        let exposure = greeting.exposure ?? ""
        #expect(exposure.contains("everybody on that network can read it"))
        #expect(exposure.contains("localhost, nas1.lan, nas1, nas1.local, 192.168.1.20, charts.home"))
        #expect(!exposure.contains("fe80"))
    }

    @Test func `a host without a network is found at its loopback`() {
        let greeting = ServeGreeting(ListenAddress(host: "0.0.0.0", port: 0), port: 1234, names: ["127.0.0.1"])
        #expect(greeting.urls == ["http://127.0.0.1:1234/"])
    }

    @Test func `one address of the network is told as such`() {
        let greeting = ServeGreeting(ListenAddress(host: "fd00::5", port: 0), port: 80, names: [])
        #expect(greeting.urls == ["http://[fd00::5]:80/"])
        #expect(greeting.exposure?.contains("fd00::5") == true)
    }
}
