//! Builds the input of the model: the digest of everything that is known, the tools it is offered, and the
//! short names of the components it may name.

mod component_names;
mod digest;
pub(crate) mod tool_schemas;

pub(crate) use self::{
    component_names::ComponentNames,
    digest::{Digest, digest, gathered_digest},
};
