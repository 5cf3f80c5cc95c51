//! The bearer token, from Alertmanager's `credentials_file` to Nightbell's `token_file`.

use std::path::Path;

use super::bench::{Alertmanager, Bell, SAY_ONCE, fire, given_up, posted, refused};

const TOKEN: &str = "the-bell-tolls-for-thee";
const SHOWS_TOKEN: &str = "        http_config: { authorization: { credentials_file: token } }\n";

#[test]
fn a_page_passes_with_the_token_of_a_credentials_file() {
    let bell = guarded();
    show(&bell.folder(), TOKEN);
    let mut alertmanager = Alertmanager::new(&bell.folder(), bell.address(), SAY_ONCE, SHOWS_TOKEN).start("data");
    fire(&mut alertmanager, &["db-1"]);
    alertmanager.until("its post", |program| (posted(program) == 1.0).then_some(()));
    assert_eq!(bell.texts_in_the_end().len(), 1);
    assert_eq!(refused(&alertmanager), 0.0, "{}", alertmanager.log());
}

#[test]
fn a_wrong_or_absent_token_is_refused_and_alertmanager_gives_the_page_up_aloud() {
    for (webhook, code) in [(SHOWS_TOKEN, "403"), ("", "401")] {
        let bell = guarded();
        show(&bell.folder(), "the-bell-tolls-for-me");
        let mut alertmanager = Alertmanager::new(&bell.folder(), bell.address(), SAY_ONCE, webhook).start("data");
        fire(&mut alertmanager, &["db-1"]);
        alertmanager.until("the page given up", |program| (given_up(program) == 1.0).then_some(()));
        assert_eq!(refused(&alertmanager), 1.0, "a 4xx is not tried again");
        let words = format!("unexpected status code {code}");
        alertmanager.until("the code in its log", |program| program.log().contains(&words).then_some(()));
        assert_eq!(bell.answered(code), 1.0);
        assert_eq!(bell.texts_in_the_end(), []);
    }
}

/// What `deploy/alertmanager.yml` says of a missing file: nothing is sent at all, and nothing is lost by that alone.
#[test]
fn a_page_waits_for_a_credentials_file_that_comes_late() {
    let bell = guarded();
    let mut alertmanager = Alertmanager::new(&bell.folder(), bell.address(), SAY_ONCE, SHOWS_TOKEN).start("data");
    fire(&mut alertmanager, &["db-1"]);
    alertmanager.until("a failed attempt", |program| (refused(program) > 0.0).then_some(()));
    for code in ["200", "401", "403"] {
        assert_eq!(bell.answered(code), 0.0, "{code}");
    }
    show(&bell.folder(), TOKEN);
    alertmanager.until("its post", |_| (bell.answered("200") == 1.0).then_some(()));
    assert_eq!(bell.texts_in_the_end().len(), 1);
}

/// A gateway that asks for the token.
fn guarded() -> Bell {
    Bell::new("web: { token_file: token }", &[("token", TOKEN)])
}

/// Gives Alertmanager this token, whole at once.
fn show(folder: &Path, token: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("token.new"), token).expect("written");
    std::fs::rename(folder.join("token.new"), folder.join("token")).expect("renamed");
}
