package import NIOCore
package import NIOHTTP1

/// Answers that are ready before they are asked for, so that they are given on the event loop, without a task.
package protocol ReadyAnswers: Sendable {
    /// The answer to a GET or HEAD that the rules allow, or nil where the responder is to give it. Must not block.
    func answer(to head: HTTPRequestHead) -> ReadyAnswer?
}

/// A whole answer to GET; to HEAD it goes without its body.
package struct ReadyAnswer: Sendable {
    package let status: HTTPResponseStatus
    /// With `Content-Length`, unless the status has no body.
    package let headers: HTTPHeaders
    package let body: ByteBuffer

    package init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
