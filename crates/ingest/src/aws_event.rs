//! Reads an event by what the table of kinds says of it.

mod alarm;
mod health;
mod metric_resource;

use common::{Signal, untrusted_text::one_line};

use crate::{
    by_shape, by_table,
    envelope::Envelope,
    kind_table::KindRow,
    kinds::{self, KnownKind},
    no_signal::NoSignal,
};

/// Reads the signals in an event: one, or one for each part of a batch. A kind that the table does not have is read by its
/// shape.
pub(crate) fn parse_event(envelope: &Envelope<'_>) -> Result<Vec<Signal>, NoSignal> {
    let row = match kinds::find(envelope.source, envelope.detail_type) {
        Some(KnownKind::Row(row)) => row,
        Some(KnownKind::Ignored(reason)) => return Err(ignored(envelope, reason)),
        None => return Ok(vec![unrecognised(envelope)]),
    };
    match (&row.ignored, &row.code) {
        (Some(reason), _) => Err(ignored(envelope, reason)),
        (None, Some(name)) => {
            let reader = READERS.iter().find(|(reader, _)| reader == name);
            reader.map_or_else(
                || Ok(vec![unrecognised(envelope)]),
                |(_, parse)| Ok(vec![parse(envelope, row)?]),
            )
        }
        (None, None) => by_table::parse(envelope, row),
    }
}

fn ignored(envelope: &Envelope<'_>, reason: &str) -> NoSignal {
    let (source, detail_type) = (one_line(envelope.source, 80), one_line(envelope.detail_type, 80));
    NoSignal::Ignored(format!("{source}, \"{detail_type}\": {reason}"))
}

type Reader = fn(&Envelope<'_>, &KindRow) -> Result<Signal, NoSignal>;

/// The readers that are code, by the name that a row's `code` gives.
pub(crate) const READERS: &[(&str, Reader)] = &[
    ("alarm", alarm::parse_alarm),
    ("alarm-contributor", alarm::parse_contributor),
    ("health", health::parse_health),
];

fn unrecognised(envelope: &Envelope<'_>) -> Signal {
    by_shape::signal(envelope, &envelope.detail, "kind")
}
