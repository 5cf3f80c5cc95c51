//! Opening the way to a modem. Shell.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags};
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::modem::Address;
use crate::modem::sim::Sim;

/// An open way to a modem.
pub type Link = Box<dyn Duplex>;

/// Both directions of a byte stream.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Where links come from.
#[derive(Clone)]
pub enum Source {
    /// A device or a socket.
    Address(Address),
    /// A simulated modem of this process.
    Sim(Sim),
}

/// How long a TCP connection may take to open.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Bytes written and unacknowledged for so long mean the peer is gone (quirk 82).
const USER_TIMEOUT_MS: u32 = 10_000;
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);

impl Source {
    /// Opens a link; one try.
    ///
    /// # Errors
    /// Whatever the operating system says, with what an operator can do about it.
    pub async fn open(&self) -> io::Result<Link> {
        match self {
            Self::Sim(sim) => Ok(Box::new(sim.connect())),
            Self::Address(Address::Tcp { host, port }) => Ok(Box::new(tcp(host, *port).await?)),
            Self::Address(Address::Serial { path, baud }) => Ok(Box::new(serial(path, *baud)?)),
            Self::Address(Address::Sim { .. }) => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "`sim:` is started by the gateway, not opened"))
            }
        }
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let connecting = tokio::time::timeout(CONNECT_TIME, TcpStream::connect((host, port)));
    let stream =
        connecting.await.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no connection within 5 s"))??;
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, KEEPALIVE_IDLE)?;
    sockopt::set_tcp_user_timeout(&stream, USER_TIMEOUT_MS)?;
    Ok(stream)
}

/// A serial port nobody else may use while it is open.
struct ExclusivePort {
    port: serial2_tokio::SerialPort,
    /// Holds the lock; closed with the port.
    _lock: File,
}

fn serial(path: &str, baud: u32) -> io::Result<ExclusivePort> {
    let explained = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => io::Error::new(error.kind(), "no permission: join the group `dialout`"),
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "no such device: is the modem plugged in?"),
        io::ErrorKind::ResourceBusy => busy(),
        _ => error,
    };
    let port = serial2_tokio::SerialPort::open(path, baud).map_err(explained)?;
    let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits().cast_signed();
    let lock = File::options().read(true).write(true).custom_flags(flags).open(path).map_err(explained)?;
    rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| busy())?;
    rustix::termios::ioctl_tiocexcl(&lock)?;
    Ok(ExclusivePort { port, _lock: lock })
}

impl AsyncRead for ExclusivePort {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ExclusivePort {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.port).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_shutdown(cx)
    }
}

fn busy() -> io::Error {
    let who = "another program has the port open; ModemManager often does: `systemctl stop ModemManager`";
    io::Error::new(io::ErrorKind::ResourceBusy, who)
}
