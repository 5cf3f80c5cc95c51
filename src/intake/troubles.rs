//! Nightbell's own troubles take the way of every alert. Shell.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tracing::warn;

use crate::clock::now;
use crate::intake::accept::Intake;
use crate::intake::own::as_notification;
use crate::message::Trouble;

/// Takes troubles off the wire until nobody can send any.
pub async fn ring_for(intake: Arc<Intake>, mut troubles: mpsc::Receiver<Trouble>) {
    while let Some(trouble) = troubles.recv().await {
        let notification = as_notification(&trouble, now());
        for _ in 0..MAX_TRIES {
            let Err(error) = intake.accept(notification.clone()).await else { break };
            warn!(%error, trouble = trouble.words, "a trouble of our own could not be stored; trying again");
            tokio::time::sleep(TRY_EVERY).await;
        }
    }
}

/// How often a trouble is stored again while the ledger does not take it, and after which wait: a quarter of an hour.
const MAX_TRIES: u32 = 90;
const TRY_EVERY: Duration = Duration::from_secs(10);
