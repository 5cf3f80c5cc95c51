//! The way of one alert through the binary.

use crate::gateway::{Installation, ROUTING, SimModem, alert, notification};
use crate::http::{get, metric, post_alerts};

#[test]
fn an_alert_becomes_a_text_and_its_end_becomes_another() {
    let modem = SimModem::start("{}");
    let installation = Installation::new(&modem.line("stick"), "", ROUTING);
    let gateway = installation.start();
    let fires = notification("g", &[alert("firing", "DiskFull", "db-1", "critical")]);
    let answer = post_alerts(gateway.address, &fires);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let accepted = modem.wait_accepted(1);
    assert_eq!(accepted[0].number, "+33639980001");
    assert!(accepted[0].text.starts_with("CRITICAL db-1 DiskFull since "), "{}", accepted[0].text);
    assert!(post_alerts(gateway.address, &fires).body.contains("\"duplicate\":true"));
    let ends = notification("g", &[alert("resolved", "DiskFull", "db-1", "critical")]);
    assert_eq!(post_alerts(gateway.address, &ends).status, 200);
    let accepted = modem.wait_accepted(2);
    assert!(accepted[1].text.starts_with("ALL CLEAR critical db-1 DiskFull"), "{}", accepted[1].text);
    assert_eq!(get(gateway.address, "/-/ready").status, 200);
    let mut texts = 0.0;
    while texts < 2.0 {
        texts = metric(
            gateway.address,
            "nightbell_texts_total{outcome=\"accepted\",recipient=\"ana\",severity=\"critical\"}",
        )
        .unwrap_or(0.0);
    }
    assert_eq!(modem.ledger().violations(), Vec::<String>::new());
}
