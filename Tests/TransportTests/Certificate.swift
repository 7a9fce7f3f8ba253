import Foundation
import NIOSSL
import TestSupport
import Testing

/// A certificate of this machine's loopback, which is its own authority.
struct Certificate {
    let path: String
    private let key: String

    /// `names`: what it is good for; `from` and `until` as openssl writes times.
    init(
        in folder: ScratchFolder, named name: String, names: String = "DNS:localhost,IP:127.0.0.1",
        from: String = "20200101000000Z", until: String = "21200101000000Z"
    ) throws {
        path = folder.path("\(name).pem")
        key = folder.path("\(name).key")
        let request = folder.path("\(name).csr")
        let settings = folder.path("\(name).cnf")
        try Data().write(to: URL(filePath: folder.path("\(name).index")))
        try Data("01".utf8).write(to: URL(filePath: folder.path("\(name).serial")))
        let text = """
            [ca]
            default_ca = own
            [own]
            database = \(folder.path("\(name).index"))
            new_certs_dir = \(folder.path)
            serial = \(folder.path("\(name).serial"))
            default_md = sha256
            policy = any
            x509_extensions = names
            [any]
            commonName = supplied
            [names]
            subjectAltName = \(names)
            """
        try Data(text.utf8).write(to: URL(filePath: settings))
        try Self.openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=\(name)",
            "-keyout", key, "-out", request,
        ])
        try Self.openssl([
            "ca", "-batch", "-config", settings, "-selfsign", "-keyfile", key, "-in", request, "-out", path, "-notext",
            "-startdate", from, "-enddate", until,
        ])
    }

    private static func openssl(_ arguments: [String]) throws {
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = ["openssl"] + arguments
        openssl.standardError = FileHandle.nullDevice
        openssl.standardOutput = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
    }

    func serverContext() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(path).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: key, format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
}
