//! Sites that are not ours, on this machine.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Result;

/// A site of one page, whatever is asked. Gone when dropped.
#[derive(Debug)]
pub struct Elsewhere {
    port: u16,
    serving: JoinHandle<()>,
}

impl Elsewhere {
    /// Opens a site whose page has this in it.
    ///
    /// # Errors
    ///
    /// When there is no port to be had.
    pub async fn with(body: &str) -> Result<Self> {
        let page = format!("<!doctype html><title>Elsewhere</title>{body}");
        let response = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
            page.len()
        );
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let serving = tokio::spawn(serve(listener, response));
        Ok(Self { port, serving })
    }

    /// The address of the page, under a name of this machine.
    pub fn page_at(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.port)
    }
}

/// Whatever is asked, `response` is the answer.
async fn serve(listener: TcpListener, response: String) {
    let response: Arc<str> = response.into();
    while let Ok((mut stream, _)) = listener.accept().await {
        let response = Arc::clone(&response);
        // A task each: Chromium opens connections in advance that it may never use.
        tokio::spawn(async move {
            // A browser that hangs up is no concern of ours.
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(response.as_bytes()).await;
        });
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
