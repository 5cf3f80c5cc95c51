//! A pseudo-terminal whose other end a program opens as if it were a serial port.

use std::{
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStringExt},
    path::PathBuf,
};

use rustix::{
    fs::{self, Mode, OFlags},
    pty::{OpenptFlags, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use tokio::{
    io::Join,
    net::unix::pipe::{Receiver, Sender},
};

/// The near end. A pipe's two halves do for a terminal: both are read and written when the system says so.
pub(super) type Terminal = Join<Receiver, Sender>;

/// A pseudo-terminal in raw mode.
pub(super) struct Pty {
    /// What a client opens.
    pub(super) path: PathBuf,
    /// The modem's side.
    pub(super) near: Terminal,
    /// To be kept as long as clients may come: without it the system would hang up between two of them, and
    /// forget the raw mode.
    pub(super) far: OwnedFd,
}

/// Opens one.
///
/// # Errors
/// When the system has none left.
pub(super) fn open() -> io::Result<Pty> {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    unlockpt(&near)?;
    let path = PathBuf::from(OsString::from_vec(ptsname(&near, Vec::new())?.into_bytes()));
    let far = fs::open(&path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let mut settings = tcgetattr(&far)?;
    settings.make_raw();
    tcsetattr(&far, OptionalActions::Now, &settings)?;
    fs::fcntl_setfl(&near, fs::fcntl_getfl(&near)? | OFlags::NONBLOCK)?;
    let reader = Receiver::from_owned_fd_unchecked(near.try_clone()?)?;
    let writer = Sender::from_owned_fd_unchecked(near)?;
    Ok(Pty { path, near: tokio::io::join(reader, writer), far })
}
