//! Waiting for many reads at once.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// All results, in the order of `futures`. Every unfinished future is polled at each wake-up, which
/// is nothing for the few dozen reads of one diagnosis and spares a dependency.
pub(crate) async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(|future| (Some(Box::pin(future)), None)).collect();
    let joined = poll_fn(move |context| {
        let mut ready = true;
        for (future, output) in &mut waiting {
            let Some(pending) = future else { continue };
            match pending.as_mut().poll(context) {
                Poll::Ready(value) => {
                    *output = Some(value);
                    *future = None;
                }
                Poll::Pending => ready = false,
            }
        }
        if ready {
            Poll::Ready(waiting.iter_mut().filter_map(|(_, output)| output.take()).collect())
        } else {
            Poll::Pending
        }
    });
    pin!(joined).await
}
