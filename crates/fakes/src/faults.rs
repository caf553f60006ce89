use std::sync::{Arc, Mutex, PoisonError};

use common::{PortError, ports::PortErrorKind};

/// Says if a call fails before its effect or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// Decides which port call fails. Clones share the count and the decision.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    calls: Vec<String>,
    fail_call: Option<(usize, When)>,
    fail_operations: Vec<String>,
    interruption: Option<Interruption>,
}

/// Something that happens right before the call with this number.
struct Interruption {
    call: usize,
    happens: Box<dyn FnOnce() + Send>,
}

impl std::fmt::Debug for Interruption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interruption").field("call", &self.call).finish_non_exhaustive()
    }
}

impl Faults {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The call with this number, counted from 0 over all fakes that share these faults, fails once.
    pub fn fail_call(&self, number: usize, when: When) {
        self.with(|state| state.fail_call = Some((number, when)));
    }

    /// Lets something happen once, right before the call with this number: what somebody else does meanwhile.
    pub fn interrupt(&self, call: usize, happens: impl FnOnce() + Send + 'static) {
        self.with(|state| state.interruption = Some(Interruption { call, happens: Box::new(happens) }));
    }

    /// Every call of this operation fails without effect, until [`heal`](Self::heal).
    pub fn fail_operation(&self, operation: &str) {
        self.with(|state| state.fail_operations.push(operation.to_owned()));
    }

    pub fn heal(&self) {
        self.with(|state| {
            state.fail_call = None;
            state.fail_operations.clear();
        });
    }

    /// The operations called so far, failed ones included.
    pub fn calls(&self) -> Vec<String> {
        self.with(|state| state.calls.clone())
    }

    /// Runs `effect` as a call of `operation`, or fails as decided.
    pub fn call<T>(&self, operation: &str, effect: impl FnOnce() -> T) -> Result<T, PortError> {
        let interruption = self.with(|state| {
            let number = state.calls.len();
            state.interruption.take_if(|interruption| interruption.call == number)
        });
        if let Some(Interruption { happens, .. }) = interruption {
            happens();
        }
        let fails = self.with(|state| {
            let number = state.calls.len();
            state.calls.push(operation.to_owned());
            if state.fail_operations.iter().any(|failing| failing == operation) {
                return Some(When::Before);
            }
            state.fail_call.filter(|(at, _)| *at == number).map(|(_, when)| when)
        });
        let error = || PortError::new(operation, PortErrorKind::Unavailable, "made to fail");
        match fails {
            Some(When::Before) => Err(error()),
            Some(When::After) => {
                effect();
                Err(error())
            }
            None => Ok(effect()),
        }
    }
}
