//! Words of a text: a [`View`] of what is told goes through a handlebars template into one SMS (pure).
//!
//! Templates write ordinary handlebars. What is elastic they mark: `{{shrink summary}}` may lose words from its
//! end, `{{list hosts}}` may become `web1, web2 +3`, `{{#shed 2}}…{{/shed}}` may go as a whole. Host and severity
//! are recognised by value wherever they are printed, and stay. A template that fails at run time is replaced by
//! built-in plain words, and that is said in the result.

mod fit;
mod helpers;
mod lint;
mod piece;
mod templates;
mod view;

pub use fit::{Fitted, MAX_BODY_SEPTETS, fit};
pub use piece::Piece;
pub use templates::{Rendered, SHIPPED, TemplateFile, Templates};
pub use view::{AlertView, Told, View};
