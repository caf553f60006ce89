//! `nightshift migrate` moves the items of a table of the first version to the keys of this one.

use aws::store::Migrated;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Answer,
    account::{session, stack::Stack},
    arguments::Format,
    failure::Failure,
    output::plain,
};

#[derive(Serialize)]
struct MigratedJson<'a> {
    moved: usize,
    /// Incidents that have not ended: their items were not moved.
    open: Vec<String>,
    /// Items whose new key is taken.
    blocked: &'a [String],
}

pub(crate) async fn run(stack: &str, format: Format) -> Result<Answer, Failure> {
    let config = session::load().await?;
    let store = Stack::find(&config, stack).await?.store(&config)?;
    let migrated = store.migrate(Timestamp::now()).await?;
    let json = MigratedJson {
        moved: migrated.moved,
        open: migrated.open.iter().map(ToString::to_string).collect(),
        blocked: &migrated.blocked,
    };
    let answer = Answer::formatted(format, &json, || for_people(&migrated));
    Ok(Answer { success: migrated.open.is_empty() && migrated.blocked.is_empty(), ..answer })
}

fn for_people(migrated: &Migrated) -> String {
    let mut lines = vec![match migrated.moved {
        0 => "Nothing was moved".to_owned(),
        1 => "1 item was moved".to_owned(),
        moved => format!("{moved} items were moved"),
    }];
    lines.extend(migrated.open.iter().map(|id| {
        format!("incident {id} has not ended: run `nightshift migrate` again when it has, or close it")
    }));
    lines.extend(migrated.blocked.iter().map(|blocked| format!("left where it is: {blocked}")));
    lines.iter().map(|line| plain::line(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_people_says_what_is_left_and_what_to_do() {
        assert_eq!(for_people(&Migrated::default()), "Nothing was moved");
        let id = fakes::sample::incident().id;
        let migrated =
            Migrated { moved: 2, open: [id].into(), blocked: vec!["INCIDENT#1/LEASE#h".to_owned()] };
        let text = for_people(&migrated);
        for part in
            ["2 items were moved", &id.to_string(), "run `nightshift migrate` again", "INCIDENT#1/LEASE#h"]
        {
            assert!(text.contains(part), "{text}");
        }
    }
}
