//! The account as diagnose sees it: a port for each thing that is looked at, all of them read-only.

/// The account, by what is looked at in it.
#[derive(Debug, Clone)]
pub struct Account<Y, A, T, H, R, E, X> {
    pub symptoms: Y,
    pub alarms: A,
    pub topology: T,
    pub changes: H,
    pub resources: R,
    pub telemetry: E,
    pub context: X,
}

/// What runs, by what it tells.
#[derive(Debug, Clone)]
pub struct TelemetryPorts<X, M, L> {
    pub traces: X,
    pub metrics: M,
    pub logs: L,
}

/// What is worth knowing beside that, and who knows it.
#[derive(Debug, Clone)]
pub struct ContextPorts<P, D, K, T> {
    pub providers: P,
    pub connections: D,
    pub knowledge: K,
    pub team_tools: T,
}

/// An account whose every part is the same thing: a fake, or a recording.
pub type OneAccount<F> = Account<F, F, F, F, F, TelemetryPorts<F, F, F>, ContextPorts<F, F, F, F>>;

impl<F: Clone> OneAccount<F> {
    pub fn of_one(all: &F) -> Self {
        Self {
            symptoms: all.clone(),
            alarms: all.clone(),
            topology: all.clone(),
            changes: all.clone(),
            resources: all.clone(),
            telemetry: TelemetryPorts { traces: all.clone(), metrics: all.clone(), logs: all.clone() },
            context: ContextPorts {
                providers: all.clone(),
                connections: all.clone(),
                knowledge: all.clone(),
                team_tools: all.clone(),
            },
        }
    }
}
