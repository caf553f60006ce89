//! Looks at the problems that came back: one that has stayed opens its next incident.

use common::{
    Clock, EventId, PortError, Signal,
    ports::{EventOutcome, EventRecord, Events, Intake, Returns},
    schedule::in_turn,
};

use crate::{Deps, Output, returning::STAYS};

/// The signals of one answer take no more bytes than this as JSON: a state's output holds 256 KiB.
const MOST_BYTES: usize = 200 * 1024;
/// They are taken in one a second, and an execution of the intake has minutes.
const MOST_SIGNALS: usize = 60;

/// Returns the signals of what is back for [`STAYS`] or longer, at most as many as one execution takes in; the others are the
/// next look's. Each has an event id of its own, made of that of the signal that came back. One that was taken in is looked
/// at no more. The look is recorded like an event, so that the executions of the intake add up.
pub(crate) async fn look_at_returns(
    deps: &Deps<impl Intake + Events + Returns, impl Clock>,
) -> Result<Output, PortError> {
    let now = deps.clock.now();
    let until = now.saturating_sub(STAYS).unwrap_or_default();
    let (mut signals, mut bytes) = (Vec::new(), 0_usize);
    for returned in in_turn(deps.store.back_since(until).await?, now) {
        let signal = Signal { event_id: returned.signal.event_id.of_return(), ..returned.signal.clone() };
        if deps.store.recorded(&signal.event_id).await?.is_some() {
            // Where another return was stored meanwhile, that one counts.
            deps.store.put_return(&returned.taken_in()).await?;
            continue;
        }
        let length = serde_json::to_vec(&signal).map_or(0, |text| text.len());
        bytes = bytes.saturating_add(length);
        if signals.len() >= MOST_SIGNALS || (bytes > MOST_BYTES && !signals.is_empty()) {
            break;
        }
        signals.push(signal);
    }
    let look = EventRecord {
        event_id: EventId::of_looks(),
        outcome: EventOutcome::Ignored,
        incident_id: None,
        recorded_at: now,
        reason: Some("a look at what came back".to_owned()),
        raw: None,
    };
    deps.store.keep(&look).await?;
    Ok(Output::Signals { signals })
}
