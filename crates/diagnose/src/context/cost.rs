use common::provider::{Cost, Provider, Scope};
pub fn cost(_p: Provider, _s: &Scope) -> Cost { Cost::default() }
