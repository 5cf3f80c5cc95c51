//! Where a modem is: `tcp://host:port`, `serial:///dev/…?baud=115200`, `sim:`.

use std::fmt;

/// A modem's address, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A modem behind a TCP port: a router's AT service, ser2net, a LAN modem.
    Tcp {
        /// Host name or address; IPv6 without its brackets.
        host: String,
        /// Port, never 0.
        port: u16,
    },
    /// A serial device.
    Serial {
        /// The device; a path below `/dev/serial/by-id/` survives replugging.
        path: String,
        /// Bits a second; USB modems ignore it.
        baud: u32,
    },
    /// The simulated modem inside this process.
    Sim {
        /// A script file that says how it behaves; none: as a well-behaved modem does.
        script: Option<String>,
    },
}

/// The rate most modems come up with.
const DEFAULT_BAUD: u32 = 115_200;

impl Address {
    /// Reads an address, or says what to write instead.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("tcp://") {
            return tcp(text, rest);
        }
        if let Some(rest) = text.strip_prefix("serial://") {
            return serial(text, rest);
        }
        if let Some(rest) = text.strip_prefix("sim:") {
            return sim(text, rest);
        }
        Err(match text {
            _ if text.starts_with("/dev/") => format!("`{text}` is a path; write `serial://{text}?baud=115200`"),
            _ if text.contains(':') && !text.contains("//") => format!("`{text}` has no scheme; write `tcp://{text}`"),
            _ => format!(
                "`{text}` is no modem address; write `tcp://192.168.90.103:8081`, \
                 `serial:///dev/serial/by-id/…?baud=115200` or `sim:`"
            ),
        })
    }
}

fn tcp(whole: &str, rest: &str) -> Result<Address, String> {
    let (host, port) = rest
        .trim_end_matches('/')
        .rsplit_once(':')
        .ok_or_else(|| format!("`{whole}` has no port; write `tcp://{rest}:8081` with the port of the AT service"))?;
    let port = port
        .parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| format!("`{port}` in `{whole}` is no port; write a number from 1 to 65535"))?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() {
        return Err(format!("`{whole}` has no host; write `tcp://192.168.90.103:{port}`"));
    }
    Ok(Address::Tcp { host: host.to_owned(), port })
}

fn serial(whole: &str, rest: &str) -> Result<Address, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.starts_with('/') || path.len() < 2 {
        return Err(format!("`{whole}` has no device path; write three slashes: `serial:///dev/ttyUSB0?baud=115200`"));
    }
    let mut baud = DEFAULT_BAUD;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        baud = match pair.split_once('=') {
            Some(("baud", rate)) => rate
                .parse()
                .ok()
                .filter(|rate| (300..=4_000_000).contains(rate))
                .ok_or_else(|| format!("`{rate}` in `{whole}` is no rate; write `baud=115200`"))?,
            _ => return Err(format!("`{pair}` in `{whole}` is not known; only `baud=` may stand there")),
        };
    }
    Ok(Address::Serial { path: path.to_owned(), baud })
}

fn sim(whole: &str, rest: &str) -> Result<Address, String> {
    match rest.strip_prefix("?script=") {
        Some(script) if !script.is_empty() => Ok(Address::Sim { script: Some(script.to_owned()) }),
        _ if rest.is_empty() => Ok(Address::Sim { script: None }),
        _ => Err(format!("`{whole}` is not known; write `sim:` or `sim:?script=FILE`")),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Serial { path, baud } => write!(f, "serial://{path}?baud={baud}"),
            Self::Sim { script: Some(script) } => write!(f, "sim:?script={script}"),
            Self::Sim { script: None } => f.write_str("sim:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_written() {
        for text in [
            "tcp://192.168.90.103:8081",
            "tcp://[::1]:8081",
            "tcp://modem.example.org:54321",
            "serial:///dev/serial/by-id/usb-x?baud=9600",
            "sim:",
            "sim:?script=a.yml",
        ] {
            assert_eq!(Address::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(
            Address::parse("serial:///dev/ttyUSB0").expect("default rate").to_string(),
            "serial:///dev/ttyUSB0?baud=115200"
        );
    }

    #[test]
    fn each_mistake_has_its_sentence() {
        let cases = [
            ("/dev/ttyUSB0", "write `serial:///dev/ttyUSB0?baud=115200`"),
            ("192.168.90.103:8081", "write `tcp://192.168.90.103:8081`"),
            ("tcp://host", "has no port"),
            ("tcp://host:0", "is no port"),
            ("tcp://host:99999", "is no port"),
            ("tcp://:8081", "has no host"),
            ("serial://ttyUSB0", "three slashes"),
            ("serial:///dev/x?baud=fast", "is no rate"),
            ("serial:///dev/x?parity=even", "only `baud=`"),
            ("sim:x", "write `sim:`"),
            ("modem", "is no modem address"),
            ("", "is no modem address"),
        ];
        for (text, sentence) in cases {
            let error = Address::parse(text).expect_err(text);
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }
}
