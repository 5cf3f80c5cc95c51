//! What a reload replaces as one.

use crate::policy::Policy;
use crate::render::Templates;

/// One immutable snapshot of routing file and templates, checked against each other.
pub struct Rules {
    /// The routing file.
    pub policy: Policy,
    /// The templates.
    pub templates: Templates,
}
