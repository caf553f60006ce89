//! What the model is shown.

pub(crate) mod component_names;
pub(crate) mod digest;
pub(crate) mod tool_schemas;
