//! Runs many simulations side by side.

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{Recording, Report, Simulation, SimulationError};

type Run = Result<Report, SimulationError>;

impl Simulation {
    /// Runs the recording that `make` makes of each item, in as many threads as the machine has processors. The results
    /// are in the order of the items, whatever the order of the runs is.
    ///
    /// Only the recordings that are running are in memory.
    ///
    /// # Errors
    /// The first error in the order of the items.
    pub fn run_all<T: Sync>(
        &self,
        items: &[T],
        make: impl Fn(&T) -> Recording + Sync,
    ) -> Result<Vec<Report>, SimulationError> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len().max(1));
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Run)>> = Mutex::new(Vec::with_capacity(items.len()));
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(place) else { return };
                        let run = match &runtime {
                            Ok(runtime) => runtime.block_on(self.run(&make(item))),
                            Err(error) => Err(SimulationError::Runtime(std::io::Error::from(error.kind()))),
                        };
                        done.lock().unwrap_or_else(PoisonError::into_inner).push((place, run));
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, run)| run).collect()
    }
}
