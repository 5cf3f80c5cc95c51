//! What senders post, good and bad, and the texts that come of it.

use std::time::{Duration, Instant};

use nightbell::modem::sim::{Accepted, Entry, EntryKind};
use serde_json::{Value, json};

use crate::gateway::{Gateway, Installation, ROUTING, SimModem, alert, notification};
use crate::http::{Answer, get, metric, post_alerts, request};

/// How long a figure may take to become what is expected.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at a figure.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A gateway, its files and its one modem.
pub struct Bench {
    pub modem: SimModem,
    pub installation: Installation,
    pub gateway: Gateway,
}

impl Bench {
    /// A polite modem and the routing file of all.
    pub fn start() -> Self {
        Self::of("{}", "", ROUTING)
    }

    /// With a script for the modem, more lines for `nightbell.yml`, and a routing file.
    pub fn of(script: &str, more: &str, routing: &str) -> Self {
        Self::with_files(script, more, routing, &[])
    }

    /// The same with more files beside them.
    pub fn with_files(script: &str, more: &str, routing: &str, files: &[(&str, &str)]) -> Self {
        let modem = SimModem::start(script);
        let installation = Installation::new(&modem.line("stick"), more, routing);
        files.iter().for_each(|(name, text)| installation.write(name, text));
        let gateway = installation.start();
        Self { modem, installation, gateway }
    }

    /// Posts to `/alerts`.
    pub fn post(&self, body: &str) -> Answer {
        post_alerts(self.gateway.address, body)
    }

    /// Posts what must be taken: how many texts it owed.
    pub fn owed(&self, body: &str) -> u64 {
        self.taken(body)["accepted"].as_u64().expect("a count")
    }

    /// Posts what must be taken: the answer.
    pub fn taken(&self, body: &str) -> Value {
        let answer = self.post(body);
        assert_eq!(answer.status, 200, "{}: {}", &body[..body.len().min(500)], answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// The figure of the first line of `/metrics` that begins so, 0 where there is none.
    pub fn figure(&self, line_start: &str) -> f64 {
        metric(self.gateway.address, line_start).unwrap_or(0.0)
    }

    /// Waits until the figure is this.
    pub fn wait_figure(&self, line_start: &str, expected: f64) {
        wait_until(&format!("{line_start} does not become {expected}"), || self.figure(line_start) == expected);
    }

    /// Waits until so many of the gateway's own troubles were known already.
    pub fn wait_own_duplicates(&self, count: usize) {
        let is_one = |line: &&str| line.contains("receiver=nightbell") && line.contains("duplicate=true");
        wait_until("its own trouble is not taken for a known one", || {
            self.gateway.log().lines().filter(is_one).count() == count
        });
    }

    /// Every text the network took, once nothing is queued any more.
    pub fn settled(&self) -> Vec<Accepted> {
        wait_until("texts stay in the queue", || {
            let page = get(self.gateway.address, "/metrics").body;
            let queue: Vec<&str> = page.lines().filter(|line| line.starts_with("nightbell_queue_texts{")).collect();
            !queue.is_empty() && queue.iter().all(|line| line.ends_with(" 0"))
        });
        assert_eq!(self.modem.ledger().violations(), Vec::<String>::new());
        self.modem.ledger().accepted()
    }

    /// The words of every text, without codes, once nothing is queued any more.
    pub fn words(&self) -> Vec<String> {
        self.settled().iter().map(|accepted| words(accepted).to_owned()).collect()
    }
}

/// A text without its code.
pub fn words(accepted: &Accepted) -> &str {
    let (words, code) = accepted.text.rsplit_once(" #").expect("every text has its code");
    assert!(code.len() == 4, "{}", accepted.text);
    words
}

/// Waits until it is so; `complaint` is what is said if it never is.
pub fn wait_until(complaint: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "{complaint}");
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// A notification of one critical alert in a group of its own.
pub fn fires(name: &str, host: &str) -> String {
    notification(&format!("{name} {host}"), &[alert("firing", name, host, "critical")])
}

/// A body with some fields of the top level set otherwise.
fn amended(body: &str, fields: Value) -> String {
    let mut read: Value = serde_json::from_str(body).expect("JSON");
    let object = read.as_object_mut().expect("an object");
    object.extend(fields.as_object().expect("an object").clone());
    read.to_string()
}

#[test]
fn what_can_never_be_read_is_answered_400_with_the_place() {
    let bench = Bench::start();
    let deep = "[".repeat(1_000_000);
    let cases: [(&[u8], &str); 14] = [
        (b"", "EOF while parsing a value at line 1 column 0"),
        (b" \n\t", "EOF while parsing a value at line 2 column 1"),
        (b"hello", "expected value at line 1 column 1"),
        (b"[1]", "invalid type: sequence, expected an object with `alerts` at line 1 column 0"),
        (b"7", "invalid type: integer `7`, expected an object with `alerts`"),
        (b"null", "invalid type: null, expected an object with `alerts`"),
        (b"{\"alerts\":[{\"labels\":{\"a\":\"b\"}", "EOF while parsing an object at line 1 column 30"),
        (b"{\n  \"alerts\": [\n    {\"labels\": {\"a\" \"b\"}}]}", "expected `:` at line 3 column 21"),
        (b"{\"alerts\":[]} x", "trailing characters at line 1 column 15"),
        (b"\xff\xfe\x00\x1f\x8b", "expected value at line 1 column 1"),
        (b"status=firing&alerts=1", "expected value at line 1 column 1"),
        (b"{\"text\":\"fixed by a custom payload\"}", "remove `payload:`"),
        (b"{\"alerts\":{\"0\":{}}}", "`alerts` is not a list"),
        (deep.as_bytes(), "invalid type: sequence"),
    ];
    for (body, sentence) in cases {
        let answer = request(bench.gateway.address, "POST", "/alerts", &[], body);
        let sent = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(answer.status, 400, "{sent}: {}", answer.body);
        assert!(answer.body.contains(sentence), "{sent}: {}", answer.body);
        assert_eq!(answer.body.lines().count(), 1, "one sentence for Alertmanager's log: {}", answer.body);
    }
    assert_eq!(bench.figure("nightbell_webhook_requests_total{code=\"400\"}"), cases.len() as f64);
}

#[test]
fn unreadable_body_is_told_to_the_root_route_once_an_hour() {
    let bench = Bench::start();
    assert_eq!(bench.post("hello").status, 400);
    let told = bench.modem.wait_accepted(1);
    assert_eq!(told[0].number, "+33639980001");
    let says = words(&told[0]);
    assert!(says.starts_with("CRITICAL nightbell NightbellUnreadableNotification since "), "{says}");
    assert!(says.ends_with(": its alerts wake nobody: not JSON at line 1 column 1"), "{says}");
    assert_eq!(bench.post("{\"text\":1}").status, 400);
    bench.wait_own_duplicates(1);
    assert_eq!(bench.settled().len(), 1, "one text an hour");
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1, "and good ones are taken as before");
    assert_eq!(bench.settled().len(), 2);
}

#[test]
fn own_troubles_are_not_counted_as_what_a_sender_sent() {
    let bench = Bench::start();
    assert_eq!(bench.post("hello").status, 400);
    bench.modem.wait_accepted(1);
    assert_eq!(bench.figure("nightbell_alerts_received_total{status=\"firing\"}"), 0.0);
    assert_eq!(metric(bench.gateway.address, "nightbell_last_webhook_timestamp_seconds"), None);
}

#[test]
fn no_alerts_owe_nothing() {
    let bench = Bench::start();
    let complete = notification("g", &[]);
    for body in ["{\"alerts\":null}", "{\"alerts\":[]}", &complete, &amended(&complete, json!({"alerts": null}))] {
        assert_eq!(bench.taken(body), json!({"accepted": 0, "duplicate": false, "id": null}), "{body}");
    }
    assert_eq!(bench.settled(), []);
}

#[test]
fn whatever_is_missing_or_of_a_wrong_type_still_rings() {
    let cases = [
        (r#"{"alerts":[{}]}"#, "CRITICAL unnamed alert"),
        (r#"{"alerts":[null,7,"x",[],true,{}]}"#, "CRITICAL unnamed alert"),
        (r#"{"alerts":[{"labels":{}}],"groupKey":7}"#, "CRITICAL unnamed alert"),
        (r#"{"alerts":[{"annotations":{"summary":"boiler out"}}]}"#, "CRITICAL unnamed alert: boiler out"),
        (r#"{"alerts":[{"labels":{"alertname":5,"host":true,"severity":null}}]}"#, "CRITICAL true 5"),
        (r#"{"alerts":[{"labels":{"alertname":"A","severity":"odd"},"startsAt":"soon","endsAt":7}]}"#, "ODD A"),
        (
            r#"{"receiver":[],"status":7,"version":4,"groupLabels":"no","commonLabels":[1],"externalURL":{},"groupKey":false,
               "truncatedAlerts":"x","alerts":[{"status":{},"labels":{"host":"db-1","x":["y"]},"annotations":"z",
               "startsAt":5,"generatorURL":[],"fingerprint":{"a":1}}]}"#,
            "CRITICAL db-1 unnamed alert",
        ),
    ];
    let mut wrong = Vec::new();
    for (body, expected) in cases {
        let bench = Bench::start();
        assert_eq!(bench.owed(body), 1, "{body}");
        assert_eq!(bench.figure("nightbell_webhook_nonconforming_total"), 1.0, "{body}");
        let said = bench.words();
        if said != [expected] {
            wrong.push((body, said, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn other_paths_types_and_methods_of_posting_are_taken() {
    let bench = Bench::start();
    let cases = [
        ("POST", "/alert", ("accept", "*/*")),
        ("POST", "/api/v1/alerts", ("content-type", "text/plain")),
        ("PUT", "/alerts", ("content-type", "")),
        ("POST", "/alerts?x=y", ("content-encoding", "identity")),
        ("POST", "/alerts", ("x-prometheus-anything", "7")),
    ];
    for (index, (method, path, header)) in cases.into_iter().enumerate() {
        let body = fires("DiskFull", &format!("db-{index}"));
        let answer = request(bench.gateway.address, method, path, &[header], body.as_bytes());
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
    }
    assert_eq!(bench.settled().len(), cases.len());
}

#[test]
fn captured_notifications_become_these_very_texts() {
    let bench = Bench::start();
    let captured = |name: &str| {
        let path = format!("{}/tests/payloads/{name}", env!("CARGO_MANIFEST_DIR"));
        // Long ago, so that the texts say a date and not an hour, whenever this runs.
        std::fs::read_to_string(path).expect("captured").replace("2026-11-22T", "2020-01-05T")
    };
    for (name, texts) in [("firing-single.json", 1), ("firing-grouped.json", 1), ("resolved.json", 1)] {
        assert_eq!(bench.owed(&captured(name)), texts, "{name}");
        bench.settled();
    }
    assert_eq!(
        bench.words(),
        [
            "CRITICAL db-01.example.org DiskAlmostFull since 2020-01-05: Disk almost full on db-01.example.org",
            "CRITICAL 4x DiskAlmostFull: db-02.example.org, db-03.example.org, db-04.example.org, db-05.example.org \
             since 2020-01-05: Disk almost full on~",
            "RESOLVED critical 3x DiskAlmostFull: db-01.example.org, db-03.example.org, db-05.example.org after 1m",
        ]
    );
    let codes: Vec<String> = bench.settled().iter().map(|text| text.text[text.text.len() - 5..].to_owned()).collect();
    assert!(codes.iter().all(|code| *code == codes[0]), "one page, one code: {codes:?}");
}

#[test]
fn grafanas_dialect_becomes_a_text() {
    let bench = Bench::start();
    let body = json!({
        "receiver": "sms", "status": "firing", "state": "alerting", "orgId": 1, "version": "1",
        "title": "[FIRING:1] HighLoad web-1", "message": "**Firing**\n\nValue: B=22", "truncatedAlerts": 0,
        "groupLabels": {"alertname": "HighLoad"}, "commonLabels": {"alertname": "HighLoad"}, "commonAnnotations": {},
        "groupKey": "{}:{alertname=\"HighLoad\"}", "externalURL": "http://grafana.example.org/",
        "alerts": [{
            "status": "firing", "fingerprint": "c6eadffa33fcdf37", "startsAt": "2020-01-05T09:06:00+02:00",
            "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://grafana.example.org/alerting/1", "values": {"B": 22, "C": null},
            "valueString": "[ var='B' labels={host=web-1} value=22 ]", "silenceURL": "", "dashboardURL": "", "panelURL": "",
            "labels": {"alertname": "HighLoad", "host": "web-1", "severity": "critical", "grafana_folder": "ops"},
            "annotations": {"summary": "Load is 22"}
        }]
    })
    .to_string();
    assert_eq!(bench.owed(&body), 1);
    assert_eq!(bench.words(), ["CRITICAL web-1 HighLoad since 2020-01-05: Load is 22"]);
    assert_eq!(bench.figure("nightbell_webhook_nonconforming_total"), 0.0);
    let over = body.replace("\"firing\"", "\"resolved\"").replace("\"alerting\"", "\"ok\"");
    assert_eq!(bench.owed(&over.replace("0001-01-01T00:00:00Z", "2020-01-05T09:16:00+02:00")), 1);
    assert_eq!(bench.words()[1], "ALL CLEAR critical web-1 HighLoad after 10m");
}

#[test]
fn fields_of_newer_alertmanagers_choose_words_only() {
    let bench = Bench::start();
    let newer =
        json!({"notification_reason": "first notification", "routeLabels": {"team": "db"}, "somethingNew": [{}]});
    let first = amended(&fires("DiskFull", "db-1"), newer);
    assert_eq!(bench.owed(&first), 1);
    // Whatever the reason says, an open alert is not told again.
    for reason in ["repeat interval elapsed", "new alerts added", "some alerts resolved", "a reason of next year", ""] {
        let answer = bench.taken(&amended(&first, json!({"notification_reason": reason})));
        assert_eq!(answer["duplicate"], true, "{reason}: {answer}");
    }
    assert_eq!(bench.settled().len(), 1);
}

#[test]
fn end_of_a_truncated_list_is_never_an_all_clear() {
    let bench = Bench::start();
    let fired = amended(&fires("DiskFull", "db-1"), json!({"truncatedAlerts": 7}));
    assert_eq!(bench.owed(&fired), 1);
    let over = notification("DiskFull db-1", &[alert("resolved", "DiskFull", "db-1", "critical")]);
    assert_eq!(
        bench.owed(&amended(&over, json!({"truncatedAlerts": 7, "notification_reason": "some alerts resolved"}))),
        1
    );
    let texts = bench.words();
    assert!(texts[0].ends_with(": DiskFull on db-1 (+7 more)"), "{texts:?}");
    assert!(texts[1].starts_with("RESOLVED critical db-1 DiskFull after "), "{texts:?}");
    assert!(texts[1].contains(" (list cut, more may fire)"), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains("ALL CLEAR")), "{texts:?}");
    assert_eq!(bench.figure("nightbell_webhook_truncated_total"), 2.0);
}

#[test]
fn control_characters_in_labels_never_reach_the_modem_or_the_phone() {
    let host = "db-1\u{1a}\u{1b}[2J\r\nAT+CMGS=\"+33639980002\"\r\0\u{7}\u{8}\u{7f}\u{9b}\u{202e}\u{2066}\u{2069}\u{200f}\u{feff}";
    let summary = "disk {full} [\u{1a}] ~^|\\ \u{20ac}\r\nAT+CMGD=1,4\r\u{2028}\u{1f525}\u{e000}\u{ffff} end";
    let modems = [
        "{}",
        "{ profile: advantech-old }",
        "{ pdu: false, charsets: [GSM] }",
        "{ pdu: false, charsets: [IRA] }",
        "{ pdu: false, charsets: [8859-1] }",
    ];
    for script in modems {
        let bench = Bench::of(script, "", ROUTING);
        let mut body: Value = serde_json::from_str(&fires("DiskFull", "db-1")).expect("JSON");
        body["alerts"][0]["labels"]["host"] = json!(host);
        body["alerts"][0]["annotations"]["summary"] = json!(summary);
        assert_eq!(bench.owed(&body.to_string()), 1);
        let texts = bench.settled();
        assert_eq!(texts.len(), 1, "{script}: {texts:?}");
        assert_eq!(texts[0].number, "+33639980001", "{script}");
        let text = &texts[0].text;
        assert!(text.starts_with("CRITICAL db-1") && text.contains("DiskFull"), "{script}: {text:?}");
        assert!(!text.chars().any(is_dangerous), "{script}: {text:?}");
        let commands = bench.modem.ledger().commands();
        assert_eq!(commands.iter().filter(|line| line.starts_with("AT+CMGS")).count(), 1, "{script}: {commands:?}");
        assert!(commands.iter().all(|line| !line.contains("CMGD")), "{script}: {commands:?}");
    }
}

/// Control characters, and those that turn the direction of what follows or cannot be seen.
fn is_dangerous(character: char) -> bool {
    let unseen = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}', '\u{feff}'..='\u{feff}'];
    character.is_control() || unseen.iter().any(|range| range.contains(&character))
}

#[test]
fn refusal_that_leaves_doubt_is_not_repeated_without_a_pause() {
    // A plain `ERROR` behind the commit byte: nobody can tell whether the text went out, so every try may be a text.
    let bench = Bench::of("{ faults: [ { on: submit, do: error } ] }", "", ROUTING);
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    let submitted = |entry: &Entry| matches!(entry.kind, EntryKind::Submitted(_));
    let times = || -> Vec<_> {
        let entries = bench.modem.ledger().entries();
        entries.iter().filter(|entry| submitted(entry)).map(|entry| entry.at).collect()
    };
    wait_until("nothing is submitted", || !times().is_empty());
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until && times().len() < 10 {
        std::thread::sleep(LOOK_AGAIN);
    }
    let times = times();
    assert!(times.len() < 10, "{} tries, the first ten within {}", times.len(), times[9] - times[0]);
}

#[test]
fn failing_template_gives_plain_words_and_is_told_once() {
    let template = [("default.hbs", "{{lookup}}")];
    let bench = Bench::with_files("{}", "templates: [ \"*.hbs\" ]", ROUTING, &template);
    assert_eq!(bench.figure("nightbell_template_failures_total{template=\"default\"}"), 0.0);
    assert_eq!(bench.owed(&fires("DiskFull", "db-1")), 1);
    // Its own text fails in the same way, in plain words too, and nothing goes round in a circle.
    bench.modem.wait_accepted(2);
    bench.wait_own_duplicates(1);
    bench.wait_figure("nightbell_template_failures_total{template=\"default\"}", 2.0);
    let texts = bench.words();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[0], "CRITICAL db-1 DiskFull: DiskFull on db-1");
    let told = "WARNING default NightbellTemplateFailing: template default fails, texts are in plain words: ";
    assert!(texts[1].starts_with(told), "{texts:?}");
}

#[test]
fn explicitly_nobody_is_200_and_no_text() {
    let bench = Bench::start();
    let body = notification("g", &[alert("firing", "Chatter", "db-1", "info")]);
    for _ in 0..2 {
        assert_eq!(bench.taken(&body), json!({"accepted": 0, "duplicate": false, "id": null}));
    }
    assert_eq!(bench.settled(), []);
    assert_eq!(bench.figure("nightbell_unrouted_total"), 0.0);
}

#[test]
fn heartbeat_is_stamped_and_never_texted() {
    let bench = Bench::start();
    let stamp = "nightbell_heartbeat_last_received_timestamp_seconds{name=\"Watchdog\"}";
    assert_eq!(metric(bench.gateway.address, stamp), None);
    let watchdog = alert("firing", "Watchdog", "prometheus", "none");
    assert_eq!(bench.owed(&notification("w", std::slice::from_ref(&watchdog))), 0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let stamped = bench.figure(stamp);
    assert!((now - stamped).abs() < 60.0, "{stamped} is not about {now}");
    // Beside another alert it is not in the text of that one.
    assert_eq!(bench.owed(&notification("w", &[watchdog, alert("firing", "DiskFull", "db-1", "critical")])), 1);
    let texts = bench.words();
    assert!(texts.len() == 1 && texts[0].starts_with("CRITICAL db-1 DiskFull since "), "{texts:?}");
    assert!(!texts[0].contains("Watchdog"), "{texts:?}");
}

#[test]
fn copy_of_another_peer_is_a_duplicate_of_its_kind() {
    let bench = Bench::start();
    let first = fires("DiskFull", "db-1");
    let code = bench.taken(&first)["id"].clone();
    let peer = amended(&first, json!({"externalURL": "http://am-2.example.org"})).replace("07:11:49", "07:11:52");
    assert_eq!(bench.taken(&peer), json!({"accepted": 0, "duplicate": true, "id": code}));
    assert_eq!(bench.taken(&first), json!({"accepted": 0, "duplicate": true, "id": code}));
    assert_eq!(bench.figure("nightbell_webhook_duplicates_total{kind=\"ha_peer\"}"), 1.0);
    assert_eq!(bench.figure("nightbell_webhook_duplicates_total{kind=\"retry\"}"), 1.0);
    assert_eq!(bench.settled().len(), 1);
}

#[test]
fn alert_in_two_groups_is_one_text_to_a_person() {
    let bench = Bench::start();
    let shared = alert("firing", "DiskFull", "db-1", "critical");
    let own = alert("firing", "LoadHigh", "db-2", "critical");
    assert_eq!(bench.owed(&notification("by host", std::slice::from_ref(&shared))), 1);
    assert_eq!(bench.taken(&notification("by name", std::slice::from_ref(&shared)))["duplicate"], true);
    // What only the other group has is told, and only that.
    assert_eq!(bench.owed(&notification("by name", &[shared, own])), 1);
    let texts = bench.words();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[1].contains("LoadHigh") && !texts[1].contains("DiskFull"), "{texts:?}");
}

#[test]
fn everybody_named_gets_one_text_and_nobody_else() {
    let bench = Bench::start();
    let mut body: Value = serde_json::from_str(&fires("DiskFull", "db-1")).expect("JSON");
    body["alerts"][0]["labels"]["team"] = json!("web");
    assert_eq!(bench.owed(&body.to_string()), 2);
    let mut numbers: Vec<String> = bench.settled().into_iter().map(|text| text.number).collect();
    numbers.sort();
    assert_eq!(numbers, ["+33639980001", "+33639980002"]);
    assert!(!bench.gateway.log().contains("3363998000"), "no number in the log");
    assert!(!get(bench.gateway.address, "/metrics").body.contains("3363998000"), "no number in a metric");
}
