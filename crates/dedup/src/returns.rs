//! Looks at the problems that came back: one that has stayed opens its next incident.

use common::{
    Clock, EventId, PortError, Signal,
    ports::{Events, Intake, Return, Returns},
};

use crate::{Deps, Output, returning::STAYS};

/// The signals of one answer take no more bytes than this as JSON: a state's output holds 256 KiB. The others are the next
/// look's.
const MOST_BYTES: usize = 200 * 1024;

/// Returns the signals of what is back for [`STAYS`] or longer. Each has an event id of its own, made of that of the signal
/// that came back. One that was taken in is looked at no more.
pub(crate) async fn look_at_returns(
    deps: &Deps<impl Intake + Events + Returns, impl Clock>,
) -> Result<Output, PortError> {
    let until = deps.clock.now().saturating_sub(STAYS).unwrap_or_default();
    let (mut signals, mut bytes) = (Vec::new(), 0_usize);
    for returned in deps.store.back_since(until).await? {
        let signal = Signal { event_id: event_id(&returned), ..returned.signal.clone() };
        if deps.store.recorded(&signal.event_id).await?.is_some() {
            deps.store.put_return(&Return { firing_since: None, ..returned }).await?;
            continue;
        }
        let length = serde_json::to_vec(&signal).map_or(0, |text| text.len());
        bytes = bytes.saturating_add(length);
        if bytes > MOST_BYTES && !signals.is_empty() {
            break;
        }
        signals.push(signal);
    }
    Ok(Output::Signals { signals })
}

fn event_id(returned: &Return) -> EventId {
    let id = format!("{}.stays", returned.signal.event_id.as_str());
    id.parse().unwrap_or_else(|_| EventId::from_content(&id))
}
