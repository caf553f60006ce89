//! Decides what may be done: the action catalogue, the Cedar policies, and the only maker of an [`Allow`].
//!
//! A diagnosis proposes; [`Guard::plan`] makes a plan of the proposal or refuses it; [`Guard::judge`]
//! decides on the plan, on facts that the caller has just read. Nothing here does I/O.

mod allow;
mod automations;
mod catalogue;
mod decide;
mod documents;
pub mod facts;
mod judge;
mod met_if;
mod planning;
mod policies;
pub mod policy_table;
mod unmet;

pub use allow::{Allow, Judgement};
pub use automations::{Automations, Progress};
pub use catalogue::{Action, ByHand, Catalogue, CatalogueError, TargetProperty};
pub use documents::{DocumentPin, Documents, ExpectedDocument, content_hash};
pub use facts::Facts;
pub use met_if::met_if;
pub use planning::{OurChange, Refusal, Undoing};
pub use policies::{Policies, PolicyError, resource_attributes};

/// The catalogue and the policies, loaded and checked against each other.
#[derive(Debug, Clone)]
pub struct Guard {
    pub catalogue: Catalogue,
    policies: Policies,
}

/// A guard that cannot be trusted to decide.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Guard {
    /// The guard with the catalogue and policies that this binary was built with.
    pub fn shipped() -> Result<Self, GuardError> {
        Ok(Self { catalogue: Catalogue::shipped()?, policies: Policies::shipped()? })
    }

    pub const fn policies(&self) -> &Policies {
        &self.policies
    }
}
