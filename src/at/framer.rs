//! Bytes → lines and prompts, in whatever pieces they come.

/// Cuts a modem's output into lines. Any of CR, LF or a run of them ends a line; empty lines and NUL bytes
/// do not exist; the exact echo of what was last written is removed.
///
/// Feeding a transcript whole, byte by byte or cut at any point gives the same tokens.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    partial: Vec<u8>,
    /// Set while the rest of an overlong line is thrown away.
    overlong: bool,
    echo: Vec<u8>,
}

/// What the framer makes of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A whole line, trimmed, never empty.
    Line(String),
    /// `>` where a prompt is awaited.
    Prompt,
}

/// Longest line kept, in bytes; a stored message's PDU in hex has 352, a long `+COPS=?` under 2,000. The
/// rest of a longer line is dropped.
pub const MAX_LINE: usize = 4096;

impl Framer {
    /// What was just written and may come back as an echo, without the final CR or 0x1A.
    pub fn wrote(&mut self, line: &[u8]) {
        self.echo = line.to_vec();
    }

    /// Takes one byte; gives a token if the byte completes one. `prompt_awaited` says whether a lone `>` is a prompt.
    pub fn push(&mut self, byte: u8, prompt_awaited: bool) -> Option<Token> {
        match byte {
            0 => None,
            b'\r' | b'\n' => self.end_line(prompt_awaited),
            _ if self.overlong => None,
            _ if self.partial.len() == MAX_LINE => {
                self.overlong = true;
                None
            }
            _ => {
                self.partial.push(byte);
                (prompt_awaited && self.is_prompt()).then(|| self.take_prompt())
            }
        }
    }

    /// Forgets a half-read line, as after a reconnect.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn end_line(&mut self, prompt_awaited: bool) -> Option<Token> {
        self.overlong = false;
        let line = std::mem::take(&mut self.partial);
        let line = self.without_echo(&line);
        let text = String::from_utf8_lossy(line);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{1a}' || c == '\u{1b}');
        match text {
            "" => None,
            ">" if prompt_awaited => Some(Token::Prompt),
            _ => Some(Token::Line(text.to_owned())),
        }
    }

    fn is_prompt(&self) -> bool {
        self.without_echo(&self.partial).trim_ascii() == b">"
    }

    fn take_prompt(&mut self) -> Token {
        self.partial.clear();
        Token::Prompt
    }

    /// Removes the echo, which may be glued to what follows it (`AT+CMGS=18> `).
    fn without_echo<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let bare = line.trim_ascii_start();
        match bare.strip_prefix(self.echo.as_slice()) {
            Some(rest) if !self.echo.is_empty() => rest,
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(bytes: &[u8], echo: &str, prompt_awaited: bool) -> Vec<Token> {
        let mut framer = Framer::default();
        framer.wrote(echo.as_bytes());
        bytes.iter().filter_map(|byte| framer.push(*byte, prompt_awaited)).collect()
    }

    fn lines(texts: &[&str]) -> Vec<Token> {
        texts.iter().map(|text| Token::Line((*text).to_owned())).collect()
    }

    #[test]
    fn any_line_ending_ends_a_line() {
        for bytes in ["\r\nOK\r\n", "OK\n", "\r\r\nOK\r\r\n", "\n\nOK\r", "\0\r\nO\0K\r\n", "  OK \r\n"] {
            assert_eq!(tokens(bytes.as_bytes(), "", false), lines(&["OK"]), "{bytes:?}");
        }
    }

    #[test]
    fn echo_is_removed_wherever_it_stands() {
        assert_eq!(tokens(b"AT+CSQ\r\r\n+CSQ: 20,99\r\n", "AT+CSQ", false), lines(&["+CSQ: 20,99"]));
        assert_eq!(tokens(b"AT+CMGS=18\r\r\n> ", "AT+CMGS=18", true), [Token::Prompt]);
        assert_eq!(tokens(b"AT+CMGS=18> ", "AT+CMGS=18", true), [Token::Prompt]);
        assert_eq!(tokens(b"0011FF\x1a\r\n+CMGS: 5\r\n", "0011FF", false), lines(&["+CMGS: 5"]));
    }

    #[test]
    fn prompt_is_seen_only_where_awaited() {
        for bytes in ["\r\n> ", ">", "\r\n>\r\n", "> "] {
            assert_eq!(tokens(bytes.as_bytes(), "", true), [Token::Prompt], "{bytes:?}");
        }
        assert_eq!(tokens(b"\r\n> \r\nOK\r\n", "", false), lines(&[">", "OK"]));
        assert_eq!(tokens(b"a > b\r\n", "", true), lines(&["a > b"]));
    }

    #[test]
    fn endless_line_is_bounded() {
        let mut flood = vec![b'x'; MAX_LINE * 3];
        flood.extend_from_slice(b"\r\nOK\r\n");
        let tokens = tokens(&flood, "", false);
        assert_eq!(tokens.len(), 2);
        assert_eq!(tokens[1], Token::Line("OK".to_owned()));
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        assert_eq!(tokens(b"\xff\xfe\r\nOK\r\n", "", false).len(), 2);
    }
}
