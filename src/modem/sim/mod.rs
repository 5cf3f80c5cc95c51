//! A simulated GSM modem: it speaks AT, takes messages, and goes wrong as its script says.
//!
//! It is a part of the product (`nightbell modem sim`, `nightbell demo`, `address: "sim:"`) and the oracle of the
//! tests, so it shares no code with what it judges: it has its own alphabet and reads SMS-SUBMIT by itself.
//! What a client sends that is not AT, at the point where it arrives, becomes a violation in the [`Ledger`] and an
//! `ERROR` on the line; a run with violations has failed.
//!
//! [`Engine`] is the modem as a pure machine, [`Sim`] the same with connections and a clock.
//!
//! # A script
//!
//! ```yaml
//! profile: advantech        # generic | advantech | advantech-old
//! network_time: 4s          # from the commit to the network taking the text
//! result_time: 1s           # from there to the final result
//! registration: 5           # roaming
//! chunk: 3                  # answers arrive in pieces of three bytes
//! faults:
//!   - { on: submit, nth: 2, do: cms, code: 500, accepted: true }   # refused, and sent all the same
//!   - { on: submit, nth: 3, do: drop }                             # sent, and the line is cut
//!   - { on: submit, to: "+33639980002", do: cms, code: 1 }         # a number that does not exist
//!   - { on: cmgs, every: 5, do: no_prompt }
//!   - { on: "command:AT+CSQ", do: urc, lines: ["+CREG: 2"], repeat: 1s }
//! ```
//!
//! # Faults
//!
//! A fault strikes always, at the `nth` occurrence of its point, or at `every` so-many-th. Several may strike at
//! once. At `submit`, `to` names one recipient, and `accepted` says whether the network takes the text; it is true
//! unless the act refuses (`error`, `cms`, `cme`, `answer`, `boot`).
//!
//! | `do` | at | |
//! |---|---|---|
//! | `ignore` | all | done, never answered; at `connect` the same as `mute` |
//! | `no_prompt` | `cmgs` | the prompt never comes, the modem reads commands |
//! | `error`, `cms` with `code`, `cme` with `code` | `command:…`, `cmgs`, `submit` | refused; a command is not carried out |
//! | `answer` with `lines` | `command:…`, `cmgs`, `submit` | these lines instead of the answer |
//! | `late` with `after` | `command:…`, `cmgs`, `submit` | the answer or prompt comes later |
//! | `late_accept` with `after` | `submit` | the network takes it later, the answer follows that |
//! | `plain_ok` | `command:…`, `cmgs`, `submit` | `OK` without information lines |
//! | `drop` | all | the connection is closed |
//! | `urc` with `lines`, perhaps `repeat` | all | unsolicited lines in the middle of the answer, or over and over |
//! | `mute` | all | nothing more is said on this connection |
//! | `banner` with `text` | `connect` | a text in band |
//! | `boot` | all | it restarts, and forgets its settings |

mod answer;
mod body;
mod card;
mod charset;
mod command;
mod commands;
mod dialogue;
mod duration;
mod engine;
mod entry;
mod fault;
mod general;
mod gsm;
mod ledger;
mod messages;
mod output;
mod pty;
mod script;
mod sending;
mod server;
mod settings;
mod submit;

#[cfg(test)]
mod tests;

pub use duration::parse_duration;
pub use engine::{Effect, Engine, Event};
pub use entry::{Accepted, Entry, EntryKind, Part, Submission};
pub use fault::{Act, Fault, Point, When};
pub use ledger::{Ledger, MAX_ENTRIES};
pub use script::{Clients, Escape, LateResult, Profile, Script};
pub use server::Sim;
pub use submit::decode_submit;
