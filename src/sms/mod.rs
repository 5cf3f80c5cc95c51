//! The SMS codec: what fits into one short message, whom it may go to, and how it looks on the wire.
//!
//! Everything here is pure. The way of a text through the room:
//!
//! ```text
//! any words → transliterate → Text (GSM alphabet, at most 160 septets)
//!   Text × Number → Submit → Pdu                    PDU mode
//!   Text × WireCharset → text_mode_body             text mode, where a modem has nothing else
//! ```
//!
//! The nouns are those of TS 23.038 (alphabet), TS 23.040 (TPDU) and TS 27.005 (AT commands). One file
//! per alphabet and per TPDU type, so that a new one arrives beside the old ones.

mod charset;
pub mod gsm7;
mod number;
mod submit;
mod symbols;
mod text;
mod transliterate;

pub use charset::{WireCharset, shown, text_mode_body};
pub use number::{Number, Prefix};
pub use submit::{Pdu, Submit, Validity};
pub use text::{Text, TextError};
pub use transliterate::{Transliterated, transliterate};
