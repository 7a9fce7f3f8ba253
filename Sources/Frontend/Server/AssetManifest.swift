import Candles
import Crypto
package import Foundation
package import HTTPServer
package import Logging
import NIOConcurrencyHelpers
package import NIOHTTP1
import ServiceLifecycle

/// Everything that browsers may have which no database makes: the page's files, the chart library, licences, and an honest 404.
///
/// All of it was read before the first request; no request touches the disk, whatever it asks for. As a service it looks once a
/// minute for a chart library that was fetched since.
package struct AssetManifest: ReadyAnswers, Service {
    private struct Served {
        var documents: [String: ServedDocument]
        /// As it was last seen.
        var charts: WebAsset.Found?
    }

    private let served: NIOLockedValueBox<Served>
    private let webAssets: URL
    private let passed: [String]
    private let clock: any Clock<Duration>
    private let logger: Logger

    /// Reads `publicFolder`, and the chart library from `webAssets` where it is there and has the bytes that it must have.
    ///
    /// What begins with one of `passed` is for others to answer.
    /// - Throws: `PageFault`, or `GzipFault`.
    package init(
        publicFolder: URL, webAssets: URL, passing passed: [String] = ["/api/", "/health/", "/metrics"],
        license: URL = URL(filePath: "/usr/share/common-licenses/Apache-2.0"), clock: any Clock<Duration>,
        logger: Logger
    ) throws {
        let page = try PageFiles(of: publicFolder)
        var documents: [String: ServedDocument] = [:]
        for (path, file) in page.files {
            guard let type = PageFiles.mediaType(of: path.split(separator: "/").last.map(String.init) ?? "") else {
                continue
            }
            let name = path == "/index.html" ? "/" : path
            documents[name] = try ServedDocument(
                PageText.lean(file.bytes, name: path), type: type, modified: file.modified)
        }
        let modified = page.files["/index.html"]?.modified ?? HTTPDate(seconds: 0)
        // Where this host has no copy, the page's link leads to the text.
        let apache = (try? PageFile(at: license.path)).flatMap { $0 }.map { String(decoding: $0.bytes, as: UTF8.self) }
        documents["/licenses"] = try ServedDocument(
            Array(StandardPages.licenses(apache: apache).utf8), type: "text/html; charset=utf-8", modified: modified)
        served = NIOLockedValueBox(Served(documents: documents))
        self.webAssets = webAssets
        self.passed = passed
        self.clock = clock
        self.logger = logger
        if !page.skipped.isEmpty {
            logger.debug("files of the page's folder that are not served", metadata: ["files": "\(page.skipped)"])
        }
        try look(modified)
    }

    /// Whether the chart library is served.
    package var hasCharts: Bool { served.withLockedValue { $0.documents[WebAsset.charts.path] != nil } }

    package func answer(to head: HTTPRequestHead) -> ReadyAnswer? {
        let path = Self.path(of: head.uri)
        if let document = served.withLockedValue({ $0.documents[path] }) { return document.answer(to: head) }
        return passed.contains { path.hasPrefix($0) } ? nil : StandardPages.notFound
    }

    /// Looks for the chart library until it is there; ends at graceful shutdown.
    ///
    /// - Throws: `CancellationError`, or `GzipFault`.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                while !hasCharts {
                    try await clock.sleep(for: .seconds(60))
                    try look(.now)
                }
                try await gracefulShutdown()
            }
        } catch is CancellationError where Task.isShuttingDownGracefully {}
    }

    /// Reads 200 kB at most, and only once.
    private func look(_ modified: HTTPDate) throws {
        let asset = WebAsset.charts
        let found = asset.found(in: webAssets)
        var charts: ServedDocument?
        if case .file(let file) = found {
            charts = try ServedDocument(
                file.bytes, type: "text/javascript; charset=utf-8", freshness: .forever, modified: file.modified)
        }
        served.withLockedValue {
            if $0.charts != found { tell(found) }
            $0.charts = found
            $0.documents[asset.path] = charts
        }
    }

    private func tell(_ found: WebAsset.Found) {
        let metadata: Logger.Metadata = ["file": "\(WebAsset.charts.name)"]
        switch found {
        case .file: logger.info("the chart library is served", metadata: metadata)
        case .missing: logger.notice("there is no chart library; scripts/fetch-web-assets gets it", metadata: metadata)
        case .wrong: logger.warning("the chart library has other bytes than it must have", metadata: metadata)
        }
    }

    /// The target as it came, up to its query.
    private static func path(of target: String) -> String {
        guard let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        return String(target[..<end])
    }
}

/// A file that others made and `scripts/fetch-web-assets` fetches, as `scripts/web-assets.lock.json` has it.
package struct WebAsset: Sendable, Equatable {
    package let name: String
    package let bytes: Int
    package let sha256: String

    /// Draws the chart (Apache-2.0).
    package static let charts = WebAsset(
        name: "lightweight-charts-5.2.1.js", bytes: 197_922,
        sha256: "e21cc5caa0226ef30bd8549c50b9ef926615f2a4ee6b4e486353477a55f598cf")

    /// Whether it is in a folder.
    enum Found: Sendable, Equatable {
        case file(PageFile)
        case missing
        /// A file of that name has other bytes, or cannot be read.
        case wrong
    }

    /// Where browsers ask for it.
    var path: String { "/assets/\(name)" }

    func found(in folder: URL) -> Found {
        guard let file = try? PageFile(at: folder.appending(path: name).path, largest: bytes) else {
            return FileManager.default.fileExists(atPath: folder.appending(path: name).path) ? .wrong : .missing
        }
        return Array(SHA256.hash(data: file.bytes)) == digest ? .file(file) : .wrong
    }

    private var digest: [UInt8] {
        let digits = Array(sha256)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
