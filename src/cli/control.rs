//! The command line's way to the running gateway: HTTP over the control socket. Shell.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::config::{default_config_file, storage_of};
use crate::daemon::CONTROL_SOCKET;

/// Where the gateway is to be found.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Where {
    /// The configuration, to find the state folder [default: ./nightbell.yml, else /etc/nightbell/nightbell.yml]
    #[arg(long = "config.file", value_name = "FILE")]
    pub config_file: Option<PathBuf>,
    /// The state folder, instead of `storage.path` of the configuration
    #[arg(long = "storage.path", value_name = "FOLDER")]
    pub storage_path: Option<PathBuf>,
}

impl Where {
    /// The state folder.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub(crate) fn state_folder(&self) -> Result<PathBuf, String> {
        if let Some(path) = &self.storage_path {
            return Ok(path.clone());
        }
        let file = self.config_file.clone().unwrap_or_else(default_config_file);
        storage_of(&file).map_err(|finding| format!("{finding}; or name the state folder with `--storage.path=`"))
    }
}

/// What the gateway answered.
pub(crate) struct Answer {
    /// The code.
    pub status: StatusCode,
    /// The body, JSON or one sentence.
    pub body: String,
}

/// Asks the gateway; `None` when none is running on this state folder.
///
/// # Errors
/// It runs and does not answer.
pub(crate) async fn ask(state: &Path, method: Method, path: &str, body: String) -> Result<Option<Answer>, String> {
    let socket = state.join(CONTROL_SOCKET);
    let sentence = |error: &dyn std::fmt::Display| format!("{}: {error}", socket.display());
    let stream = match UnixStream::connect(&socket).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(sentence(&"no permission; run this as the user the gateway runs as"));
        }
        Err(error) => return Err(sentence(&error)),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| sentence(&error))?;
    tokio::spawn(connection);
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|error| sentence(&error))?;
    request.headers_mut().insert(HOST, HeaderValue::from_static("nightbell"));
    let response = sender.send_request(request).await.map_err(|error| sentence(&error))?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|error| sentence(&error))?.to_bytes();
    Ok(Some(Answer { status, body: String::from_utf8_lossy(&body).trim_end().to_owned() }))
}
