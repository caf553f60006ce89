//! Fakes the sources of context, and the team's files and tools.

use serde_json::Value;

use crate::{account::FakeAccount, reading::reading};
use common::{
    PortError,
    context_source::{ContextSource, Note, Scope},
    model::ToolDefinition,
    ports::{ContextSources, PortErrorKind, Reading, TeamKnowledge, TeamTools},
};

impl FakeAccount {
    pub fn add_note(&self, source: ContextSource, note: Note) {
        self.state().notes.entry(source).or_default().push(note);
    }

    /// A Markdown file of the team's own.
    pub fn add_file(&self, name: &str, text: &str) {
        self.state().files.push((name.to_owned(), text.to_owned()));
    }

    /// A tool of the team's own that always answers `text`.
    pub fn add_tool(&self, definition: ToolDefinition, text: &str) {
        self.state().tools.push((definition, text.to_owned()));
    }
}

impl ContextSources for FakeAccount {
    async fn look(&self, source: ContextSource, scope: &Scope) -> Result<Reading<Vec<Note>>, PortError> {
        self.faults.call(&format!("Providers::{}", source.as_str()), || {
            let notes = self.state().notes.get(&source).cloned().unwrap_or_default();
            let near = |note: &Note| note.resource.as_ref().is_none_or(|arn| scope.resources.contains(arn));
            reading(source.as_str(), notes.into_iter().filter(near).collect())
        })
    }
}

impl TeamKnowledge for FakeAccount {
    async fn files(&self) -> Result<Reading<Vec<(String, String)>>, PortError> {
        self.faults.call("TeamKnowledge::files", || reading("files", self.state().files.clone()))
    }

    async fn passages(&self, _question: &str, _most: u32) -> Result<Reading<Vec<String>>, PortError> {
        self.faults.call("TeamKnowledge::passages", || reading("passages", Vec::new()))
    }
}

impl TeamTools for FakeAccount {
    async fn definitions(&self) -> (Vec<ToolDefinition>, Vec<PortError>) {
        let call = self.faults.call("TeamTools::definitions", || {
            self.state().tools.iter().map(|(definition, _)| definition.clone()).collect()
        });
        call.map_or_else(|error| (Vec::new(), vec![error]), |found| (found, Vec::new()))
    }

    async fn call(&self, name: &str, _input: &Value) -> Result<String, PortError> {
        let found = self.faults.call("TeamTools::call", || {
            self.state().tools.iter().find(|(tool, _)| tool.name == name).map(|(_, text)| text.clone())
        })?;
        found.ok_or_else(|| PortError::new(format!("tool {name}"), PortErrorKind::NotFound, "no such tool"))
    }
}
