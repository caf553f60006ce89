use common::ports::Reading;

/// A reading of a whole answer.
pub(crate) fn reading<T>(command: &str, value: T) -> Reading<T> {
    Reading::new(command.to_owned(), value)
}
