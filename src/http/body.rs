//! Reading a body within its limits: size, memory shared with others, time. Shell.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::{Instant, instant};

/// Largest body read whole. Alertmanager has no limit of its own, and arrays are not sorted by severity, so every alert
/// up to here counts.
pub const MAX_BODY: usize = 32 * 1024 * 1024;
/// What bodies in flight may take together.
pub const MAX_BODIES: usize = 64 * 1024 * 1024;
/// How much of a body that is too large is read and thrown away, so that its sender hears the answer.
const MAX_DRAINED: usize = 1024 * 1024 * 1024;
/// How long a body may take at first.
const PATIENCE: Duration = Duration::from_secs(10);
/// A sender earns one more second with so many bytes: slower than this is no sender but a siege.
const BYTES_A_SECOND: usize = 64 * 1024;

const _: () = assert!(MAX_BODIES >= 2 * MAX_BODY, "a body of the largest size must not stop all others");

/// The memory all bodies in flight share.
#[derive(Clone)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    /// [`MAX_BODIES`] for this process.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_BODIES / UNIT)))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// The budget counts in units of this size, because a semaphore's permits are few.
const UNIT: usize = 4096;

/// A body and its share of the budget.
pub(crate) struct Held {
    /// The bytes.
    pub bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Larger than [`MAX_BODY`]; it has been read to its end and thrown away.
    TooLarge,
    /// Other bodies take all the memory there is.
    NoRoom,
    /// Too slow.
    TooSlow,
    /// The sender went away in the middle.
    Gone,
}

/// Reads a body whole.
pub(crate) async fn read(mut body: Incoming, budget: &Budget) -> Result<Held, Unread> {
    let began = instant();
    let announced = body.size_hint().exact().and_then(|size| usize::try_from(size).ok());
    if announced.is_some_and(|size| size > MAX_BODY) {
        return Err(drain(body, began).await);
    }
    let mut share = None;
    let mut held = 0;
    if let Some(size) = announced {
        held = take(budget, &mut share, held, size)?;
    }
    let mut first: Option<Bytes> = None;
    let mut bytes = BytesMut::new();
    let mut read = 0;
    while let Some(data) = next(&mut body, began, read).await? {
        read += data.len();
        if read > MAX_BODY {
            drop((first, bytes, share));
            return Err(drain(body, began).await);
        }
        if read > held {
            held = take(budget, &mut share, held, read.next_power_of_two().min(MAX_BODY))?;
        }
        // Most bodies come in one piece, which need not be copied.
        match (&first, bytes.is_empty()) {
            (None, true) => first = Some(data),
            _ => {
                if let Some(first) = first.take() {
                    bytes.reserve(announced.unwrap_or(2 * read));
                    bytes.extend_from_slice(&first);
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
    Ok(Held { bytes: first.unwrap_or_else(|| bytes.freeze()), _share: share })
}

/// Raises what is held to `size` bytes.
fn take(budget: &Budget, share: &mut Option<OwnedSemaphorePermit>, held: usize, size: usize) -> Result<usize, Unread> {
    let units = (size.div_ceil(UNIT) - held.div_ceil(UNIT)) as u32;
    let more = Arc::clone(&budget.0).try_acquire_many_owned(units).map_err(|_| Unread::NoRoom)?;
    match share {
        Some(share) => share.merge(more),
        None => *share = Some(more),
    }
    Ok(size)
}

async fn next(body: &mut Incoming, began: Instant, read: usize) -> Result<Option<Bytes>, Unread> {
    let earned = Duration::from_secs((read / BYTES_A_SECOND) as u64);
    loop {
        let frame = tokio::time::timeout_at(began + PATIENCE + earned, body.frame()).await;
        match frame.map_err(|_| Unread::TooSlow)? {
            None => return Ok(None),
            Some(Err(_)) => return Err(Unread::Gone),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

async fn drain(mut body: Incoming, began: Instant) -> Unread {
    let mut read = 0;
    loop {
        match next(&mut body, began, read).await {
            Ok(Some(data)) if read + data.len() <= MAX_DRAINED => read += data.len(),
            Err(unread) => return unread,
            _ => return Unread::TooLarge,
        }
    }
}
