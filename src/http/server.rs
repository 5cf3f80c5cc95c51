//! Sockets: accepting, limits, timeouts, leaving. Shell.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tracing::{debug, warn};

use crate::http::app::App;
use crate::http::auth::Caller;

/// How many connections there may be at once; more wait in the kernel's line.
pub const MAX_CONNECTIONS: usize = 512;
/// How many of them one address may have; more are closed at once.
pub const MAX_CONNECTIONS_PER_ADDRESS: usize = 64;
/// How long a request's header may take, and how long a kept connection may idle: whoever sends again opens a new one.
const HEADER_TIME: Duration = Duration::from_secs(5);
/// How long connections may take to finish when the process leaves.
const LEAVE_TIME: Duration = Duration::from_secs(10);
/// How long to wait when the system has no descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const _: () = assert!(MAX_CONNECTIONS_PER_ADDRESS * 4 <= MAX_CONNECTIONS, "one address must not shut out the others");

/// Where connections come from.
pub enum Acceptor {
    /// The web side.
    Tcp(TcpListener),
    /// The control socket.
    Control(UnixListener),
}

/// Serves until `leave` turns true, then lets open requests finish.
///
/// Slow senders are cut off, an address has its share of the connections and no more, and a sender that goes away in
/// the middle undoes nothing: what it asked for runs to its end elsewhere.
pub async fn serve(acceptor: Acceptor, app: Arc<App>, mut leave: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let guests = Arc::new(Guests::default());
    // Every connection holds a sender; when all are gone, so are the connections.
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("the places are never closed");
        let stay = Stay { place, alive: alive.clone(), leave: leave.clone(), app: Arc::clone(&app) };
        tokio::select! {
            accepted = accept(&acceptor, &guests) => match accepted {
                Ok(Some((stream, guest))) => drop(tokio::spawn(stay.converse(stream, guest))),
                Ok(None) => {}
                Err(error) => {
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = told_to_leave(&mut leave) => break,
        }
    }
    drop((acceptor, alive));
    if tokio::time::timeout(LEAVE_TIME, all_gone.recv()).await.is_err() {
        warn!("some connections did not finish in time");
    }
}

/// Returns when it is time to leave, or when nobody is left to say so.
async fn told_to_leave(leave: &mut watch::Receiver<bool>) {
    let _ = leave.wait_for(|leave| *leave).await;
}

type Stream = Box<dyn Both>;

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

async fn accept(acceptor: &Acceptor, guests: &Arc<Guests>) -> io::Result<Option<(Stream, Guest)>> {
    match acceptor {
        Acceptor::Control(listener) => {
            let (stream, _) = listener.accept().await?;
            Ok(Some((Box::new(stream), Guest { address: None, guests: Arc::clone(guests) })))
        }
        Acceptor::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            stream.set_nodelay(true)?;
            // Dropped here, the connection of an address that has its share is closed.
            Ok(guests.welcome(peer.ip()).map(|guest| (Box::new(stream) as Stream, guest)))
        }
    }
}

/// What a connection holds while it lasts.
struct Stay {
    place: OwnedSemaphorePermit,
    alive: mpsc::Sender<Infallible>,
    leave: watch::Receiver<bool>,
    app: Arc<App>,
}

impl Stay {
    async fn converse(mut self, stream: Stream, guest: Guest) {
        let caller = if guest.address.is_some() { Caller::Web } else { Caller::Control };
        let app = Arc::clone(&self.app);
        let service = service_fn(move |request| {
            let app = Arc::clone(&app);
            async move { Ok::<_, Infallible>(app.answer(caller, request).await) }
        });
        let mut builder = http1::Builder::new();
        // Without a timer hyper would silently not keep the header time.
        builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(MAX_HEADER);
        // A sender that closes its side behind a whole request has sent it all the same.
        builder.half_close(true);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = told_to_leave(&mut self.leave) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(%error, "a connection ended badly");
        }
        drop((self.place, self.alive, guest));
    }
}

/// Largest request header; also what hyper buffers of a body at once.
const MAX_HEADER: usize = 64 * 1024;

/// Connections by address.
#[derive(Default)]
struct Guests {
    count: Mutex<HashMap<IpAddr, usize>>,
}

impl Guests {
    fn welcome(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let here = count.entry(address).or_default();
        if *here >= MAX_CONNECTIONS_PER_ADDRESS {
            return None;
        }
        *here += 1;
        Some(Guest { address: Some(address), guests: Arc::clone(self) })
    }
}

/// One connection's place at its address; gives it back when dropped.
struct Guest {
    address: Option<IpAddr>,
    guests: Arc<Guests>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut count = self.guests.count.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = count.get_mut(&address) {
            *here -= 1;
            if *here == 0 {
                count.remove(&address);
            }
        }
    }
}
