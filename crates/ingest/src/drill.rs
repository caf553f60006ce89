//! Drills: an event of AWS's inside one of ours, so that the whole way can be walked on purpose.

use common::{Fingerprint, Signal};

use crate::{
    envelope::Envelope,
    reading::{NoSignal, read_aws},
};

const SOURCE: &str = "nightshift.drill";
const DETAIL_TYPE: &str = "Drill";

pub(crate) fn is_drill(envelope: &Envelope<'_>) -> bool {
    envelope.source == SOURCE && envelope.detail_type == DETAIL_TYPE
}

/// The signal of the event inside, under the drill's own id: every drill is a new event.
pub(crate) fn read(drill: &Envelope<'_>) -> Result<Signal, NoSignal> {
    let inside = drill.detail.object("event")?;
    let event = Envelope::of(inside.clone())?;
    if event.source == SOURCE {
        return Err(inside.malformed("source", "another source: a drill inside a drill is not read").into());
    }
    // EventBridge vouches for the account and region of the drill; whoever sends one writes what is
    // inside, and must not reach into another account by it.
    if event.account != drill.account {
        return Err(inside.malformed("account", &format!("the drill's own, {}", drill.account)).into());
    }
    if event.region != drill.region {
        return Err(inside.malformed("region", &format!("the drill's own, {}", drill.region)).into());
    }
    let signal = read_aws(&event)?;
    // Whoever sends a drill writes the time inside, too; EventBridge vouches for the drill's own. And a
    // drill is a problem of its own: it must not swallow the real alarm, nor be taken for it.
    Ok(Signal {
        event_id: drill.id.clone(),
        occurred_at: drill.time,
        fingerprint: Fingerprint::from_parts(&["drill", signal.fingerprint.as_str()]),
        drill: true,
        ..signal
    })
}
