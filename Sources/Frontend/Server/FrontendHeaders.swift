package import HTTPServer

/// Header fields of every answer of the dashboard.
package enum FrontendHeaders {
    /// A browser runs and loads what this server gives, and nothing else.
    package static let standing = DefaultHeaders(
        contentSecurityPolicy: """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
            worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """)
}
