//! The ledger's two threads, and the handle everybody holds. Shell.
//!
//! One thread writes: what has come in while it was busy with an fsync shares the next one. One thread reads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use tokio::sync::oneshot;

use crate::outbox::ledger::{Reader, Recall, Writer};
use crate::outbox::write::{Write, WriteError, Written};
use crate::page::Memory;

/// A handle on the ledger; cheap to clone. The threads end when the last handle is dropped.
#[derive(Clone)]
pub struct Outbox {
    writes: mpsc::SyncSender<Job>,
    reads: mpsc::SyncSender<Read>,
    /// The last write met a disk that did not take it.
    failing: Arc<AtomicBool>,
}

/// The ledger could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed(pub String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the ledger cannot be read: {}", self.0)
    }
}

enum Job {
    Write(Write, oneshot::Sender<Result<Written, WriteError>>),
    Recall(Recall, oneshot::Sender<Result<Memory, String>>),
}

type Read = Box<dyn FnOnce(&mut dyn Reader) + Send>;

/// How many writes one fsync carries at most: bounds what a failing batch takes with it.
const MAX_BATCH: usize = 256;
/// How many may wait; beyond it the caller is told the ledger is busy, which the sender hears as 503.
const MAX_WAITING: usize = 4096;

impl Outbox {
    /// Starts the threads.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(writer: Box<dyn Writer>, reader: Box<dyn Reader>) -> std::io::Result<Self> {
        let (writes, jobs) = mpsc::sync_channel(MAX_WAITING);
        let (reads, queries) = mpsc::sync_channel(MAX_WAITING);
        let failing = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&failing);
        thread::Builder::new().name("ledger-write".to_owned()).spawn(move || write_loop(writer, &jobs, &told))?;
        thread::Builder::new().name("ledger-read".to_owned()).spawn(move || read_loop(reader, &queries))?;
        Ok(Self { writes, reads, failing })
    }

    /// Puts one write on disk; returns after its fsync.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn write(&self, write: Write) -> Result<Written, WriteError> {
        let (reply, answer) = oneshot::channel();
        self.writes
            .try_send(Job::Write(write, reply))
            .map_err(|_| WriteError::Disk("too many writes wait".to_owned()))?;
        answer.await.unwrap_or_else(|_| Err(WriteError::Disk("the ledger's thread is gone".to_owned())))
    }

    /// Whether the disk did not take the last write; the next one that it takes ends that.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// What is known of a group, as of the newest commit.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn recall(&self, question: Recall) -> Result<Memory, Failed> {
        let (reply, answer) = oneshot::channel();
        self.writes.try_send(Job::Recall(question, reply)).map_err(|_| Failed("too many questions wait".to_owned()))?;
        answer.await.map_err(|_| Failed("the ledger's thread is gone".to_owned()))?.map_err(Failed)
    }

    /// Asks the reading side.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read<T, F>(&self, query: F) -> Result<T, Failed>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Reader) -> Result<T, String> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Read = Box::new(move |reader| {
            // Whoever asked may have gone.
            let _ = reply.send(query(reader));
        });
        self.reads.try_send(job).map_err(|_| Failed("too many questions wait".to_owned()))?;
        answer.await.map_err(|_| Failed("the ledger's thread is gone".to_owned()))?.map_err(Failed)
    }
}

fn write_loop(mut writer: Box<dyn Writer>, jobs: &mpsc::Receiver<Job>, failing: &AtomicBool) {
    while let Ok(first) = jobs.recv() {
        let (mut writes, mut write_replies) = (Vec::new(), Vec::new());
        let (mut questions, mut question_replies) = (Vec::new(), Vec::new());
        for job in std::iter::once(first).chain(jobs.try_iter().take(MAX_BATCH - 1)) {
            match job {
                Job::Write(write, reply) => {
                    writes.push(write);
                    write_replies.push(reply);
                }
                Job::Recall(question, reply) => {
                    questions.push(question);
                    question_replies.push(reply);
                }
            }
        }
        // Questions first: plans are made from their answers while the writes wait for the disk. Whoever asked may
        // have gone; a handler that was dropped does not undo what is on disk.
        if !questions.is_empty() {
            question_replies
                .into_iter()
                .zip(writer.recall(&questions))
                .for_each(|(reply, known)| drop(reply.send(known)));
        }
        if !writes.is_empty() {
            let results = writer.commit(&writes);
            let refused = results.iter().any(|result| matches!(result, Err(WriteError::Disk(_))));
            failing.store(refused, Ordering::Relaxed);
            write_replies.into_iter().zip(results).for_each(|(reply, result)| drop(reply.send(result)));
        }
    }
}

fn read_loop(mut reader: Box<dyn Reader>, queries: &mpsc::Receiver<Read>) {
    while let Ok(query) = queries.recv() {
        query(reader.as_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Fingerprint, GroupKey, Labels};
    use crate::message::{Draft, LaneName, PageCode, Priority, Reason, RecipientId, TextId, TextKind, TextState};
    use crate::outbox::write::Accept;
    use crate::page::{Told, ToldChange};
    use crate::sms::Text;
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("in range")
    }

    fn ana() -> RecipientId {
        RecipientId::parse("ana").expect("an id")
    }

    fn draft(priority: Priority) -> Draft {
        Draft {
            recipient: ana(),
            page: PageCode::from_random(7),
            kind: TextKind::Firing,
            priority,
            body: Text::new("CRITICAL db-1").expect("fits"),
            began: Some(at(-5)),
        }
    }

    fn accept(drafts: Vec<Draft>) -> Write {
        Write::Accept(Box::new(Accept { at: at(0), drafts, ..Accept::default() }))
    }

    fn outbox(folder: &tempfile::TempDir) -> Outbox {
        let (writer, reader) = crate::outbox::open(folder.path()).expect("opens");
        Outbox::start(Box::new(writer), Box::new(reader)).expect("starts")
    }

    fn lane() -> LaneName {
        LaneName::parse("stick").expect("a name")
    }

    async fn state(outbox: &Outbox, text: TextId) -> TextState {
        outbox.read(move |ledger| ledger.text(text)).await.expect("read").expect("there").0.state
    }

    #[tokio::test]
    async fn urgent_texts_come_first_and_then_the_oldest() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = outbox(&folder);
        let drafts = [Priority::Info, Priority::Critical, Priority::Warning, Priority::Critical].map(draft);
        let ids = outbox.write(accept(drafts.to_vec())).await.expect("on disk").texts;
        let waiting = outbox.read(|ledger| ledger.waiting(at(0), 10)).await.expect("read");
        let order: Vec<TextId> = waiting.iter().map(|row| row.id).collect();
        assert_eq!(order, [ids[1], ids[3], ids[2], ids[0]]);
        assert_eq!(waiting[0].began, Some(at(-5)));
        assert_eq!(outbox.read(|ledger| ledger.tally()).await.expect("read").total(), 4);
    }

    #[tokio::test]
    async fn every_move_of_the_table_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = outbox(&folder);
        let reason = Reason::Timeout;
        type Make = fn(TextId) -> Write;
        let start: Make = |text| Write::Start { text, lane: lane(), at: at(1) };
        let accepted: Make = |text| Write::Accepted { text, at: at(2), reference: Some(9) };
        let doubt: Make = |text| Write::InDoubt { text, at: at(2), reason: Reason::Timeout };
        let again: Make = |text| Write::Requeue {
            text,
            at: at(2),
            not_before: at(9),
            reason: Reason::Cms(38),
            refused: false,
            marked: false,
        };
        let fail: Make =
            |text| Write::GiveUp { text, at: at(3), state: TextState::Failed, reason: Reason::Cms(1), told: vec![] };
        let retry: Make = |text| Write::OperatorRetry { text, at: at(4) };
        let drop: Make = |text| Write::OperatorDrop { text, at: at(4) };
        use TextState::{Accepted, Failed, InDoubt, Queued, Sending, Suppressed};
        let ways: [(&[Make], TextState); 7] = [
            (&[], Queued),
            (&[start], Sending),
            (&[start, accepted], Accepted),
            (&[start, doubt], InDoubt),
            (&[fail], Failed),
            (&[drop], Suppressed),
            (&[start, doubt, accepted], Accepted),
        ];
        // For each state: start, accepted, in doubt, again, fail, retry, drop.
        let allowed = |state: TextState| match state {
            Queued => [true, false, false, true, true, true, true],
            Sending => [false, true, true, true, true, false, false],
            InDoubt => [false, true, false, true, true, true, true],
            Failed | Suppressed => [false, false, false, false, false, true, false],
            _ => [false; 7],
        };
        for (way, reached) in ways {
            for (step, allowed) in [start, accepted, doubt, again, fail, retry, drop].into_iter().zip(allowed(reached))
            {
                let text = outbox.write(accept(vec![draft(Priority::Critical)])).await.expect("on disk").texts[0];
                for make in way {
                    outbox.write(make(text)).await.expect("on the way");
                }
                assert_eq!(state(&outbox, text).await, reached);
                let result = outbox.write(step(text)).await;
                assert_eq!(result.is_ok(), allowed, "{reached:?}: {:?} ({reason})", step(text));
                if !allowed {
                    assert_eq!(result, Err(WriteError::State(Some(reached))));
                }
            }
        }
    }

    #[tokio::test]
    async fn restart_finds_every_text_and_puts_the_started_ones_in_doubt() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = outbox(&folder);
        let ids = first.write(accept(vec![draft(Priority::Critical); 3])).await.expect("on disk").texts;
        first.write(Write::Start { text: ids[1], lane: lane(), at: at(1) }).await.expect("on disk");
        drop(first);
        let second = outbox(&folder);
        let recovered = second.write(Write::Recover { at: at(5) }).await.expect("on disk");
        assert_eq!(recovered.texts, [ids[1]]);
        assert_eq!(state(&second, ids[0]).await, TextState::Queued);
        let (row, story) = second.read(move |ledger| ledger.text(TextId(2))).await.expect("read").expect("there");
        assert_eq!((row.state, row.reason, row.attempts), (TextState::InDoubt, Some(Reason::Crash), 1));
        assert_eq!(story.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["sending", "in_doubt"]);
    }

    #[tokio::test]
    async fn marked_copy_carries_its_star() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = outbox(&folder);
        let text = outbox.write(accept(vec![draft(Priority::Critical)])).await.expect("on disk").texts[0];
        let requeue =
            Write::Requeue { text, at: at(1), not_before: at(1), reason: Reason::Crash, refused: false, marked: true };
        outbox.write(requeue).await.expect("on disk");
        let row = outbox.read(|ledger| ledger.waiting(at(1), 1)).await.expect("read").remove(0);
        assert_eq!(row.outgoing().as_str(), "CRITICAL db-1*");
    }

    #[tokio::test]
    async fn two_plans_from_one_memory_conflict() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = outbox(&folder);
        let fingerprint = Fingerprint::stored("f".to_owned());
        let group = GroupKey::new(Some("g"), "", &Labels::new());
        let told = |based_on| ToldChange {
            fingerprint: Fingerprint::stored("f".to_owned()),
            recipient: ana(),
            based_on,
            now: Told {
                open: true,
                starts_at: None,
                ended_at: None,
                told_at: Some(at(0)),
                closed_at: None,
                version: 0,
            },
        };
        let write = |based_on, open: bool| {
            Write::Accept(Box::new(Accept {
                at: at(0),
                drafts: vec![draft(Priority::Critical)],
                told: vec![told(based_on)],
                group: Some(group),
                open: open.then(|| (PageCode::from_random(7), "am".to_owned())),
                close: false,
            }))
        };
        let (one, two) = tokio::join!(outbox.write(write(None, true)), outbox.write(write(None, true)));
        assert!(one.is_ok());
        assert_eq!(two, Err(WriteError::Conflict));
        assert_eq!(
            outbox.read(|ledger| ledger.tally()).await.expect("read").total(),
            1,
            "the second left nothing behind"
        );
        let recalled =
            outbox.recall(Recall { group, fingerprints: vec![fingerprint], count_open: true }).await.expect("read");
        assert_eq!(recalled.page.map(|page| page.code), Some(PageCode::from_random(7)));
        assert_eq!(recalled.open.get(&ana()), Some(&1));
        assert!(outbox.write(write(Some(1), false)).await.is_ok());
        assert_eq!(outbox.write(write(Some(1), false)).await, Err(WriteError::Conflict));
    }

    #[tokio::test]
    async fn what_is_old_and_over_is_forgotten_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = outbox(&folder);
        let ids = outbox.write(accept(vec![draft(Priority::Critical); 2])).await.expect("on disk").texts;
        outbox.write(Write::OperatorDrop { text: ids[0], at: at(1) }).await.expect("on disk");
        outbox.write(Write::Prune { before: at(1_000_000) }).await.expect("on disk");
        let left = outbox.read(|ledger| ledger.newest(None, None, 10)).await.expect("read");
        assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1]]);
    }
}
