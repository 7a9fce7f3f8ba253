import Foundation
import HTTPServer
import NIOCore
import NIOHTTP1

/// Pages that are written here: of the licences, and of what is not there.
enum StandardPages {
    /// Says under which terms the chart library is given on; `apache` is the text of its licence, where this host has it.
    static func licenses(apache: String?) -> String {
        let text = apache.map { "<pre>\(escaped($0))</pre>" } ?? ""
        return page(
            title: "Licences",
            """
            <h1>Licences</h1>
            <h2>TradingView Lightweight Charts™ 5.2.1</h2>
            <p>The charts are drawn by TradingView Lightweight Charts™, Copyright © 2025 TradingView, Inc.
            <a href="https://www.tradingview.com/" rel="noopener noreferrer">https://www.tradingview.com/</a></p>
            <p>It is given on unchanged, under the Apache License, Version 2.0:
            <a href="https://www.apache.org/licenses/LICENSE-2.0" rel="noopener noreferrer">apache.org/licenses/LICENSE-2.0</a>.
            Its source is at <a href="https://github.com/tradingview/lightweight-charts"
            rel="noopener noreferrer">github.com/tradingview/lightweight-charts</a>.</p>
            <h2>cryptotrader</h2>
            <p>All else of these pages is part of cryptotrader itself. They load nothing from other hosts.</p>
            \(text)
            """)
    }

    /// The answer to who asks for what is not there.
    static let notFound: ReadyAnswer = {
        let body = ByteBuffer(
            string: page(
                title: "Not found",
                """
                <h1>Not found</h1>
                <p>There is nothing at this address. <a href="/">The dashboard</a> has all there is, and
                <a href="/api/v1/openapi.json">the API</a> says what programs can ask for.</p>
                """))
        return ReadyAnswer(
            status: .notFound,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Content-Length": "\(body.readableBytes)",
                "Cache-Control": "no-store",
            ], body: body)
    }()

    private static func page(title: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>\(title) – cryptotrader</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/app.css">
        </head>
        <body>
        <main>
        \(body)
        <p><a href="/">Back to the dashboard</a></p>
        </main>
        </body>
        </html>

        """
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}
