//! The modem's transmitter: what it says, in pieces if the script wants pieces.

use std::{collections::VecDeque, time::Duration};

use crate::modem::sim::script::Script;

/// Bytes on their way to the client.
#[derive(Debug)]
pub(super) struct Output {
    chunk: Option<usize>,
    pause: Duration,
    queue: VecDeque<(Duration, Vec<u8>)>,
    free_at: Duration,
}

impl Output {
    pub(super) fn new(script: &Script) -> Self {
        Self { chunk: script.chunk, pause: script.chunk_pause, queue: VecDeque::new(), free_at: Duration::ZERO }
    }

    /// Queues bytes behind what is already on its way. Beyond [`MAX_QUEUE`] pieces they are lost, as on a line
    /// nobody reads.
    pub(super) fn push(&mut self, bytes: &[u8], now: Duration) {
        let Some(size) = self.chunk else {
            self.queue.push_back((now, bytes.to_vec()));
            return;
        };
        for piece in bytes.chunks(size.max(1)) {
            if self.queue.len() >= MAX_QUEUE {
                return;
            }
            let at = self.free_at.max(now);
            self.free_at = at + self.pause;
            self.queue.push_back((at, piece.to_vec()));
        }
    }

    /// The next piece that is due.
    pub(super) fn pop(&mut self, now: Duration) -> Option<Vec<u8>> {
        let (at, _) = self.queue.front()?;
        if *at > now { None } else { self.queue.pop_front().map(|(_, bytes)| bytes) }
    }

    /// Forgets what is on its way: the line is gone.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.free_at = Duration::ZERO;
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.queue.front().map(|(at, _)| *at)
    }
}

/// More pieces than any dialogue has in flight.
const MAX_QUEUE: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order_and_their_pauses() {
        let pause = Duration::from_millis(10);
        let mut output = Output::new(&Script { chunk: Some(2), chunk_pause: pause, ..Script::default() });
        output.push(b"abc", Duration::ZERO);
        output.push(b"d", Duration::ZERO);
        assert_eq!(output.pop(Duration::ZERO), Some(b"ab".to_vec()));
        assert_eq!(output.pop(Duration::ZERO), None);
        assert_eq!(output.deadline(), Some(pause));
        assert_eq!(output.pop(pause), Some(b"c".to_vec()));
        assert_eq!(output.pop(2 * pause), Some(b"d".to_vec()));
        assert_eq!(output.deadline(), None);
    }
}
