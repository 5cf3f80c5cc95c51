//! Who may speak. Decides only; what it reads are hyper's headers.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

/// A bearer token as configured; never shown.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token as read from its file.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// Compares in a time that does not depend on where they differ.
    fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// By which door somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Over TCP.
    Web,
    /// Over the control socket, which only the service's own user can open.
    Control,
}

/// What a caller's credentials are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Good.
    Granted,
    /// None, or none we understand: 401.
    Missing,
    /// Understood and wrong: 403.
    Wrong,
}

/// Judges a request.
pub(crate) fn access(token: Option<&Token>, caller: Caller, headers: &HeaderMap) -> Access {
    let Some(token) = token.filter(|_| caller == Caller::Web) else { return Access::Granted };
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, secret)) = given.and_then(|value| value.split_once(' ')) else { return Access::Missing };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Access::Missing;
    }
    if token.is(secret.trim()) { Access::Granted } else { Access::Wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_asked_of_the_web_only() {
        let token = Token::new("correct horse battery");
        let cases = [
            (None, Access::Missing),
            (Some("Bearer correct horse battery"), Access::Granted),
            (Some("bearer  correct horse battery "), Access::Granted),
            (Some("Bearer correct"), Access::Wrong),
            (Some("Bearer "), Access::Wrong),
            (Some("Bearer"), Access::Missing),
            (Some("Basic Y29ycmVjdA=="), Access::Missing),
        ];
        for (header, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(AUTHORIZATION, header.parse().expect("a header"));
            }
            assert_eq!(access(Some(&token), Caller::Web, &headers), expected, "{header:?}");
            assert_eq!(access(Some(&token), Caller::Control, &headers), Access::Granted);
            assert_eq!(access(None, Caller::Web, &headers), Access::Granted);
        }
    }
}
