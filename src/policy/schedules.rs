//! `schedules:`, who takes turns.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::message::RecipientId;
use crate::oncall::{Every, Handoff, Override, Rotation, RotationFault, Schedule, first_instant};
use crate::policy::directory::Directory;
use crate::policy::people::read_zone;
use crate::yaml::duration::{Unit, parts};
use crate::yaml::{Entry, Fields, Findings, Node, entries, list, shown, text};

/// All schedules that are whole.
pub(super) fn read_schedules(
    node: &Node,
    directory: &Directory,
    findings: &mut Findings,
) -> BTreeMap<String, Schedule> {
    let mut schedules = BTreeMap::new();
    for entry in entries(node, "`schedules:`", findings).unwrap_or_default() {
        // One rule for both kinds of name: both end up in metrics and on the command line.
        if RecipientId::parse(&entry.key).is_err() {
            let message = format!("{} is no name for a schedule", shown(&entry.key));
            findings.add(entry.place, message, "use 1 to 64 letters, digits, `.`, `_` and `-`");
        }
        if let Some(schedule) = read_schedule(entry, directory, findings) {
            schedules.insert(entry.key.clone(), schedule);
        }
    }
    schedules
}

fn read_schedule(entry: &Entry, directory: &Directory, findings: &mut Findings) -> Option<Schedule> {
    let what = format!("schedule {}", shown(&entry.key));
    let fields = Fields::read(&entry.value, &what, &["timezone", "rotation", "overrides"], findings)?;
    let timezone = fields.need("timezone", &what, "timezone: Europe/Brussels", findings);
    let timezone = timezone.and_then(|node| read_zone(node, findings));
    let rotation = fields.need("rotation", &what, ROTATION_EXAMPLE, findings);
    let rotation = rotation.and_then(|node| read_rotation(node, directory, findings));
    let overrides =
        fields.get_filled("overrides").and_then(|node| list(node, "overrides", OVERRIDES_EXAMPLE, findings));
    // In a zone that is not known every time still gets read, for its other mistakes.
    let zone = timezone.clone().unwrap_or(TimeZone::UTC);
    let overrides = overrides.unwrap_or_default().iter();
    let overrides = overrides.filter_map(|node| read_override(node, &zone, directory, findings)).collect();
    Some(Schedule::new(timezone?, rotation?, overrides))
}

fn read_rotation(node: &Node, directory: &Directory, findings: &mut Findings) -> Option<Rotation> {
    let fields = Fields::read(node, "`rotation:`", &["every", "handoff", "from", "members"], findings)?;
    let mut need = |key, example| fields.need(key, "`rotation:`", example, findings);
    let every_node = need("every", "every: 1w");
    let handoff_node = need("handoff", "handoff: \"Mon 09:00\"");
    let from_node = need("from", "from: 2026-01-05");
    let members_node = need("members", "members: [ana, bob]");
    let every = every_node.and_then(|node| read_every(node, findings));
    let handoff = handoff_node.and_then(|node| read_handoff(node, findings));
    let from = from_node.and_then(|node| read_date(node, findings));
    let members = members_node.and_then(|node| read_members(node, directory, findings));
    let (every, handoff, from) = (every?, handoff?, from?);
    // Members who are nobody are told already; the rest of the rotation still gets looked at.
    let stand_in = || RecipientId::parse("nobody").ok().into_iter().collect();
    match Rotation::new(every, handoff, from, members.clone().unwrap_or_else(stand_in)) {
        Ok(rotation) => members.map(|_| rotation),
        Err(fault) => {
            let (at, message, help) = word(fault, handoff, from);
            let place = match at {
                Blame::Every => every_node,
                Blame::Handoff => handoff_node,
                Blame::From => from_node,
                Blame::Members => members_node,
            };
            findings.add(place.map_or(node.place, |node| node.place), message, help);
            None
        }
    }
}

/// Which key of a rotation a fault is shown at.
enum Blame {
    Every,
    Handoff,
    From,
    Members,
}

fn word(fault: RotationFault, handoff: Handoff, from: Date) -> (Blame, String, String) {
    match fault {
        RotationFault::NoMembers => (Blame::Members, NO_MEMBERS.to_owned(), MEMBERS_HELP.to_owned()),
        RotationFault::NoLength => {
            (Blame::Every, "a turn of no time never ends".to_owned(), "write such as `12h`, `1d` or `1w`".to_owned())
        }
        RotationFault::WeekdayWithoutWeeks => (
            Blame::Handoff,
            "`handoff:` names a weekday, but turns are no whole weeks".to_owned(),
            format!("write `{:02}:{:02}` alone, or `every: 1w`", handoff.time.hour(), handoff.time.minute()),
        ),
        RotationFault::FromOnAnotherWeekday => {
            let near = |nth| handoff.weekday.and_then(|weekday| from.nth_weekday(nth, weekday).ok()).unwrap_or(from);
            let message =
                format!("`{from}` is a {}, and `handoff:` says {}", from.strftime("%A"), near(1).strftime("%A"));
            (Blame::From, message, format!("write `{}` or `{}`", near(-1), near(1)))
        }
    }
}

fn read_every(node: &Node, findings: &mut Findings) -> Option<Every> {
    let written = text(node, "every", "1w", findings)?;
    let parts = match parts(written) {
        Ok(parts) => parts,
        Err(sentence) => {
            findings.add_sentence(node.place, &sentence);
            return None;
        }
    };
    let (mut hours, mut days, mut others) = (0_i64, 0_i64, false);
    for (count, unit) in parts {
        match unit {
            Unit::Hour => hours = count,
            Unit::Day => days = days.saturating_add(count),
            Unit::Week => days = days.saturating_add(count.saturating_mul(7)),
            Unit::Year | Unit::Minute | Unit::Second | Unit::Millisecond => others = true,
        }
    }
    let every = match (hours, days) {
        _ if others => None,
        (0, days) => u32::try_from(days).ok().filter(|days| *days <= MAX_TURN_DAYS).map(Every::Days),
        (hours, 0) => u32::try_from(hours).ok().filter(|hours| *hours <= 24 * MAX_TURN_DAYS).map(Every::Hours),
        _ => None,
    };
    if every.is_none() {
        let message =
            format!("{} is no length of a turn, which is whole hours, or whole days and weeks", shown(written));
        findings.add(node.place, message, "write such as `12h`, `1d` or `1w`");
    }
    every
}

fn read_handoff(node: &Node, findings: &mut Findings) -> Option<Handoff> {
    let written = text(node, "handoff", "Mon 09:00", findings)?;
    let handoff = Handoff::parse(written);
    if handoff.is_none() {
        let message = format!("{} is no time of a hand-off", shown(written));
        findings.add(node.place, message, "write such as `\"Mon 09:00\"` or `\"09:00\"`");
    }
    handoff
}

fn read_date(node: &Node, findings: &mut Findings) -> Option<Date> {
    let written = text(node, "from", "2026-01-05", findings)?;
    // Left to itself the parser would also take a date with a time behind it, and forget the time.
    let date = Some(written).filter(|text| text.len() == "2026-01-05".len()).and_then(|text| text.parse().ok());
    if date.is_none() {
        findings.add(
            node.place,
            format!("{} is no date", quoted(written)),
            "write year, month and day, such as `2026-01-05`",
        );
    }
    date
}

fn read_members(node: &Node, directory: &Directory, findings: &mut Findings) -> Option<Vec<RecipientId>> {
    let items = list(node, "members", "[ana, bob]", findings)?;
    let members: Vec<_> = items.iter().map(|item| directory.person(item, "members", findings)).collect();
    members.into_iter().collect()
}

fn read_override(node: &Node, zone: &TimeZone, directory: &Directory, findings: &mut Findings) -> Option<Override> {
    let what = "an override";
    let fields = Fields::read(node, what, &["from", "to", "members"], findings)?;
    let from = fields.need("from", what, "from: 2026-12-24T18:00", findings);
    let to_node = fields.need("to", what, "to: 2026-12-26T09:00", findings);
    let members_node = fields.need("members", what, "members: [bob]", findings);
    let from = from.and_then(|node| read_instant(node, "from", zone, findings));
    let to = to_node.and_then(|node| read_instant(node, "to", zone, findings));
    let members = members_node.and_then(|node| read_members(node, directory, findings));
    let place = |of: Option<&Node>| of.map_or(node.place, |node| node.place);
    if members.as_ref().is_some_and(Vec::is_empty) {
        findings.add(place(members_node), NO_MEMBERS, MEMBERS_HELP);
    }
    let (from, to) = (from?, to?);
    if to <= from {
        findings.add(place(to_node), "the override ends before it begins", "write a `to:` after its `from:`");
    }
    // Both of its faults are told above, each at its key.
    Override::new(from, to, members?).ok()
}

/// A wall time in the schedule's zone, or an instant where an offset stands behind it.
fn read_instant(node: &Node, key: &str, zone: &TimeZone, findings: &mut Findings) -> Option<Timestamp> {
    let written = text(node, key, "2026-12-24T18:00", findings)?;
    let (_, time) = written.split_once('T').unwrap_or_default();
    let instant = if time.is_empty() || time.contains('[') {
        None
    } else if time.contains(['Z', 'z', '+', '-']) {
        written.parse().ok()
    } else {
        written.parse::<DateTime>().ok().and_then(|local| first_instant(local, zone))
    };
    if instant.is_none() {
        let help = "write such as `2026-12-24T18:00`, in the zone of the schedule";
        findings.add(node.place, format!("{} is no date and time", quoted(written)), help);
    }
    instant
}

/// A date in a finding; `shown` would take it for a phone number.
fn quoted(written: &str) -> String {
    let is_date = written.len() <= MAX_DATE_LEN && written.get(4..5) == Some("-");
    if is_date { format!("`{}`", written.escape_debug()) } else { shown(written) }
}

/// Longest turn, in days; whoever waits a year for theirs is not in a rotation.
const MAX_TURN_DAYS: u32 = 366;

/// `2026-12-24T18:00:00+01:00`
const MAX_DATE_LEN: usize = 25;

const NO_MEMBERS: &str = "`members:` is empty, so nobody would be on call";

const MEMBERS_HELP: &str = "write such as `[ana, bob]`";

const ROTATION_EXAMPLE: &str = "rotation: { every: 1w, handoff: \"Mon 09:00\", from: 2026-01-05, members: [ana, bob] }";

const OVERRIDES_EXAMPLE: &str = "[ { from: 2026-12-24T18:00, to: 2026-12-26T09:00, members: [bob] } ]";
