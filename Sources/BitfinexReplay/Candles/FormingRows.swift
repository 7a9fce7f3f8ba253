/// How the row of the interval that runs now is served.
package enum FormingRows: Sendable, Equatable {
    /// As far as it has come by now.
    case partial
    /// As it was recorded, from the interval's first moment on.
    case whole
}
