//! `web:` in `nightbell.yml`.

use std::path::PathBuf;

/// Who may speak to the HTTP side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebConfig {
    /// `token_file:`, the file that holds the bearer token and nothing else; absent: everybody who reaches the port.
    pub token_file: Option<PathBuf>,
}

impl WebConfig {
    /// Fewest characters of a token: 16 of base64 are 96 bits, more than anybody can try over a network.
    pub const LEAST_TOKEN_CHARS: usize = 16;

    /// Most characters of a token; behind them somebody has named the wrong file.
    pub const MOST_TOKEN_CHARS: usize = 1024;
}
