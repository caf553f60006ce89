//! Parses drills: an AWS event inside one of Nightshift's own, to exercise the whole pipeline on purpose.

use common::{Fingerprint, Signal};

use crate::{aws_event, envelope::Envelope, no_signal::NoSignal};

pub(crate) const SOURCE: &str = "nightshift.drill";
pub(crate) const DETAIL_TYPE: &str = "Drill";

pub(crate) fn is_drill(envelope: &Envelope<'_>) -> bool {
    envelope.source == SOURCE && envelope.detail_type == DETAIL_TYPE
}

/// Returns the signals of the event inside, under the drill's own id, so that every drill is a new event.
pub(crate) fn parse_drill(drill: &Envelope<'_>) -> Result<Vec<Signal>, NoSignal> {
    let inside = drill.detail.object("event")?;
    let event = Envelope::parse(inside.clone())?;
    if event.source == SOURCE {
        return Err(inside
            .invalid("source", "the source of an AWS event, because a drill cannot hold another drill")
            .into());
    }
    // EventBridge vouches for the account and region of the drill; whoever sends one writes what is
    // inside, and must not reach into another account by it.
    if event.account != drill.account {
        return Err(inside.invalid("account", &format!("the drill's own account, {}", drill.account)).into());
    }
    if event.region != drill.region {
        return Err(inside.invalid("region", &format!("the drill's own region, {}", drill.region)).into());
    }
    let signals = aws_event::parse_event(&event)?;
    // Whoever sends a drill writes the time inside, too; EventBridge vouches for the drill's own. And a
    // drill is a problem of its own: it must not swallow the real alarm, nor be taken for it.
    let of_drill = |(i, signal): (usize, Signal)| Signal {
        event_id: drill.id_of_part(i),
        occurred_at: drill.time,
        fingerprint: Fingerprint::from_parts(&["drill", signal.fingerprint.as_str()]),
        drill: true,
        ..signal
    };
    Ok(signals.into_iter().enumerate().map(of_drill).collect())
}
