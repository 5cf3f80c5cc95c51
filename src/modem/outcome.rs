//! What a modem's answer to a submission means: one table from `+CMS ERROR` and `+CME ERROR` to a [`Verdict`].
//!
//! Sources: TS 24.011 annex E, TS 23.040 9.2.3.22, TS 27.005 3.2.5, TS 27.007 9.2. Everything before the commit
//! byte is provably not sent; after it, only a definite refusal is.

use crate::at::{ErrorCode, FinalResult, Response};
use crate::message::{Fault, Reason, Verdict};

/// The verdict on a submission that got no prompt.
#[must_use]
pub fn before_prompt(response: &Response) -> Verdict {
    match response.result {
        FinalResult::Error(code) => match class(code) {
            Class::Unknown | Class::Duplicate => not_sent(Fault::Modem { rest_s: 10 }, reason(code)),
            class => refused(class, code),
        },
        FinalResult::Ok | FinalResult::Timeout => not_sent(Fault::Modem { rest_s: 10 }, Reason::NoPrompt),
    }
}

/// The verdict on what came after the commit byte.
#[must_use]
pub fn after_commit(response: &Response) -> Verdict {
    match response.result {
        // A plain OK without `+CMGS:` is how older routers say yes (quirks 14 and 35).
        FinalResult::Ok => Verdict::Accepted { reference: response.message_reference() },
        FinalResult::Timeout => Verdict::InDoubt { reason: Reason::Timeout },
        FinalResult::Error(code) => match class(code) {
            Class::Unknown => Verdict::InDoubt { reason: reason(code) },
            // The service centre already has this very message: the first copy got through.
            Class::Duplicate => Verdict::Accepted { reference: None },
            class => refused(class, code),
        },
    }
}

/// What a code says about the text's fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// This recipient can never be reached so.
    Recipient,
    /// This form of the text was refused.
    Text,
    /// The modem, SIM or subscription; rest so many seconds.
    Modem(u16),
    /// The network; wait so many seconds.
    Network(u16),
    /// Nobody can tell whether it went out.
    Unknown,
    /// Accepted earlier.
    Duplicate,
}

fn class(code: ErrorCode) -> Class {
    match code {
        ErrorCode::Plain => Class::Unknown,
        ErrorCode::Cms(code) => find(CMS, code).unwrap_or(Class::Network(VENDOR_WAIT_S)),
        ErrorCode::Cme(code) => find(CME, code).unwrap_or(Class::Network(VENDOR_WAIT_S)),
    }
}

fn find(table: &[(u16, u16, Class)], code: u16) -> Option<Class> {
    table.iter().find(|(from, to, _)| (*from..=*to).contains(&code)).map(|(_, _, class)| *class)
}

/// For codes no table names: a definite refusal of unknown cause.
const VENDOR_WAIT_S: u16 = 30;
/// A subscription or SIM that refuses will not change its mind soon.
const SUBSCRIPTION_REST_S: u16 = 300;

/// `+CMS ERROR` from, to, class.
const CMS: &[(u16, u16, Class)] = &[
    (1, 1, Class::Recipient),
    (8, 8, Class::Modem(SUBSCRIPTION_REST_S)),
    (10, 10, Class::Modem(SUBSCRIPTION_REST_S)),
    (17, 17, Class::Network(5)),
    (21, 21, Class::Text),
    (22, 22, Class::Network(30)),
    (27, 27, Class::Network(300)),
    (28, 29, Class::Modem(SUBSCRIPTION_REST_S)),
    (30, 30, Class::Recipient),
    (38, 38, Class::Network(60)),
    (41, 41, Class::Network(3)),
    (42, 42, Class::Network(10)),
    (47, 47, Class::Network(10)),
    (50, 50, Class::Modem(SUBSCRIPTION_REST_S)),
    (69, 69, Class::Modem(SUBSCRIPTION_REST_S)),
    (81, 81, Class::Modem(5)),
    (95, 99, Class::Text),
    (111, 111, Class::Network(10)),
    (127, 127, Class::Network(10)),
    (128, 130, Class::Text),
    (143, 145, Class::Text),
    (159, 176, Class::Text),
    (192, 192, Class::Network(10)),
    (193, 193, Class::Modem(SUBSCRIPTION_REST_S)),
    (194, 194, Class::Network(15)),
    (195, 196, Class::Recipient),
    (197, 197, Class::Duplicate),
    (198, 199, Class::Text),
    (208, 213, Class::Modem(5)),
    (255, 255, Class::Network(15)),
    (300, 302, Class::Modem(10)),
    (303, 305, Class::Text),
    (310, 313, Class::Modem(SUBSCRIPTION_REST_S)),
    (314, 314, Class::Modem(5)),
    (315, 318, Class::Modem(SUBSCRIPTION_REST_S)),
    (320, 322, Class::Modem(10)),
    (330, 330, Class::Modem(SUBSCRIPTION_REST_S)),
    (331, 331, Class::Network(15)),
    (332, 332, Class::Unknown),
    (500, 500, Class::Unknown),
    (512, 512, Class::Network(10)),
    (513, 513, Class::Unknown),
    (514, 514, Class::Network(10)),
    (515, 515, Class::Modem(5)),
    (516, 531, Class::Text),
    (532, 532, Class::Modem(10)),
    (533, 534, Class::Text),
    (535, 535, Class::Modem(10)),
    (536, 554, Class::Text),
];

/// `+CME ERROR` from, to, class.
const CME: &[(u16, u16, Class)] = &[
    (3, 4, Class::Text),
    (10, 13, Class::Modem(SUBSCRIPTION_REST_S)),
    (14, 14, Class::Modem(5)),
    (15, 18, Class::Modem(SUBSCRIPTION_REST_S)),
    (20, 22, Class::Modem(10)),
    (30, 30, Class::Network(15)),
    (31, 31, Class::Unknown),
    (32, 32, Class::Modem(60)),
    (100, 100, Class::Network(15)),
    (103, 113, Class::Modem(SUBSCRIPTION_REST_S)),
    (126, 126, Class::Modem(10)),
    (256, 256, Class::Modem(10)),
    (515, 515, Class::Modem(5)),
    (772, 772, Class::Modem(10)),
];

fn refused(class: Class, code: ErrorCode) -> Verdict {
    let fault = match class {
        Class::Recipient => Fault::Recipient,
        Class::Text => Fault::Text,
        Class::Modem(rest_s) => Fault::Modem { rest_s },
        Class::Network(wait_s) => Fault::Network { wait_s },
        Class::Unknown | Class::Duplicate => Fault::Modem { rest_s: 10 },
    };
    not_sent(fault, reason(code))
}

fn not_sent(fault: Fault, reason: Reason) -> Verdict {
    Verdict::NotSent { fault, reason }
}

fn reason(code: ErrorCode) -> Reason {
    match code {
        ErrorCode::Cms(code) => Reason::Cms(code),
        ErrorCode::Cme(code) => Reason::Cme(code),
        ErrorCode::Plain => Reason::PlainError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(result: FinalResult, info: &[&str]) -> Response {
        Response { info: info.iter().map(|line| (*line).to_owned()).collect(), result }
    }

    fn error(code: ErrorCode) -> Response {
        answer(FinalResult::Error(code), &[])
    }

    #[test]
    fn each_class_leads_to_its_verdict_after_the_commit_byte() {
        use ErrorCode::{Cme, Cms, Plain};
        let cases = [
            (Cms(1), not_sent(Fault::Recipient, Reason::Cms(1))),
            (Cms(10), not_sent(Fault::Modem { rest_s: 300 }, Reason::Cms(10))),
            (Cms(38), not_sent(Fault::Network { wait_s: 60 }, Reason::Cms(38))),
            (Cms(304), not_sent(Fault::Text, Reason::Cms(304))),
            (Cms(197), Verdict::Accepted { reference: None }),
            (Cms(332), Verdict::InDoubt { reason: Reason::Cms(332) }),
            (Cms(500), Verdict::InDoubt { reason: Reason::Cms(500) }),
            (Cms(513), Verdict::InDoubt { reason: Reason::Cms(513) }),
            (Cme(31), Verdict::InDoubt { reason: Reason::Cme(31) }),
            (Plain, Verdict::InDoubt { reason: Reason::PlainError }),
            (Cms(9999), not_sent(Fault::Network { wait_s: 30 }, Reason::Cms(9999))),
            (Cme(14), not_sent(Fault::Modem { rest_s: 5 }, Reason::Cme(14))),
        ];
        for (code, verdict) in cases {
            assert_eq!(after_commit(&error(code)), verdict, "{code:?}");
        }
    }

    #[test]
    fn nothing_is_in_doubt_before_the_prompt() {
        for code in 0..2000 {
            for family in [ErrorCode::Cms(code), ErrorCode::Cme(code), ErrorCode::Plain] {
                assert!(matches!(before_prompt(&error(family)), Verdict::NotSent { .. }), "{family:?}");
            }
        }
        assert!(matches!(before_prompt(&answer(FinalResult::Ok, &[])), Verdict::NotSent { .. }));
    }

    #[test]
    fn ok_is_accepted_with_or_without_a_reference() {
        assert_eq!(after_commit(&answer(FinalResult::Ok, &["+CMGS: 255"])), Verdict::Accepted { reference: Some(255) });
        assert_eq!(after_commit(&answer(FinalResult::Ok, &[])), Verdict::Accepted { reference: None });
    }

    #[test]
    fn tables_are_in_order_and_do_not_overlap() {
        for table in [CMS, CME] {
            assert!(table.iter().all(|(from, to, _)| from <= to));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }
}
