//! What is allowed where. The only file here that grows with the house.

/// Which floor a room is on. It may import rooms of lower floors only.
pub const FLOORS: &[(u8, &[&str])] = &[
    (11, &["main"]),
    (10, &["cli"]),
    (9, &["daemon"]),
    (8, &["config", "check"]),
    (7, &["http", "inbound"]),
    (6, &["intake", "dispatch"]),
    (5, &["plan"]),
    (4, &["outbox", "modem", "policy", "upstream"]),
    (3, &["page", "heartbeat", "render", "route", "oncall"]),
    (2, &["message", "yaml"]),
    (1, &["sms", "at", "alert", "clock", "metrics", "finding"]),
];

/// Rooms that may import one of their own floor: from, to, why.
pub const SIBLINGS: &[(&str, &str, &str)] = &[
    ("at", "clock", "the deadlines of a dialogue are instants; only the type is used"),
    ("check", "config", "it tells every finding of a configuration, so it reads one"),
];

/// Nothing here may be imported by the simulated modem: an oracle that shares code proves nothing.
pub const CLOSED_TO_THE_SIMULATED_MODEM: &[&str] = &["at", "sms", "modem"];

/// The simulated modem.
pub const SIMULATED_MODEM: &str = "src/modem/sim/";

/// The only file that reads a clock.
pub const CLOCK: &str = "src/clock.rs";

/// Files that act. Every other file is pure; a folder ends in `/` and is a shell as a whole.
pub const SHELLS: &[&str] = &[
    CLOCK,
    "src/main.rs",
    "src/metrics.rs",
    // The wires to modems, and the task that keeps one in service.
    "src/modem/direct.rs",
    "src/modem/lane.rs",
    "src/modem/session.rs",
    "src/modem/transport.rs",
    // The simulated modem's connections, and the file its ledger may be written to.
    "src/modem/sim/ledger.rs",
    "src/modem/sim/pty.rs",
    "src/modem/sim/server.rs",
    // The ledger of texts on disk, and its threads.
    "src/outbox/codes.rs",
    "src/outbox/service.rs",
    "src/outbox/sqlite.rs",
    "src/outbox/sqlite_accept.rs",
    "src/outbox/sqlite_memory.rs",
    "src/outbox/sqlite_read.rs",
    "src/outbox/sqlite_write.rs",
    // Alertmanager's API.
    "src/upstream/",
    // The one accept path, and the one loop.
    "src/intake/",
    "src/dispatch/run.rs",
    "src/dispatch/show.rs",
    // Sockets, connections, pages.
    "src/http/",
    // Configuration and templates on disk.
    "src/config/disk.rs",
    "src/config/files.rs",
    // Starting, supervising, ending.
    "src/daemon/",
    "src/cli/",
];

/// Files of a shell's folder that are pure all the same.
pub const PURE_IN_A_SHELL: &[&str] = &["src/http/config.rs", "src/intake/own.rs"];

/// Longest file, in lines without its tests: beyond it there is a seam to be found.
pub const MAX_FILE_LINES: usize = 350;

/// Files that may be longer: path, how long, why.
pub const LONG_FILES: &[(&str, usize, &str)] =
    &[("src/message.rs", 520, "a list of values without an algorithm; every room looks here first")];

/// Longest body of a function, in lines: one screen.
pub const MAX_FUNCTION_LINES: usize = 60;

/// Functions that may be longer: path, name, how long, why.
pub const LONG_FUNCTIONS: &[(&str, &str, usize, &str)] =
    &[("src/metrics.rs", "all", 110, "the list of all metrics, a few lines each and no decision")];

/// Fewest words of an `expect`: below that it names no invariant.
pub const MIN_EXPECT_WORDS: usize = 3;

/// How fictional numbers begin: those set aside for films in France and in the United Kingdom.
pub const FICTION: &[&str] = &["+3363998", "+447700900"];

/// What looks like a number and is nobody's: the digits without `+`, and why.
pub const NOBODYS: &[(&str, &str)] = &[
    ("330639980001", "fiction with the national `0` left in, a mistake that is told"),
    ("4407700900123", "fiction with the national `0` left in, a mistake that is told"),
    ("0639980001", "fiction without its country, a mistake that is told"),
    ("88160000000", "a satellite prefix and zeros, a mistake that is told"),
];
