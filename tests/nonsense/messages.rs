//! Messages of PostgreSQL's protocol, as a server sends them.

use tokio::io::{AsyncRead, AsyncReadExt as _};

pub(crate) const DATA_ROW: u8 = b'D';
pub(crate) const ROW_DESCRIPTION: u8 = b'T';
pub(crate) const READY: u8 = b'Z';
pub(crate) const COMPLETE: u8 = b'C';

/// A letter and what follows its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn new(kind: u8, body: impl Into<Vec<u8>>) -> Self {
        Self { kind, body: body.into() }
    }

    pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let kind = from.read_u8().await.ok()?;
        let length = from.read_u32().await.ok()?;
        let mut body = vec![0; (length as usize).checked_sub(4)?];
        from.read_exact(&mut body).await.ok()?;
        Some(Self { kind, body })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes_of_length(self.body.len() as u32 + 4)
    }

    /// With another length than it has.
    pub(crate) fn bytes_of_length(&self, length: u32) -> Vec<u8> {
        [&[self.kind][..], &length.to_be_bytes(), &self.body].concat()
    }

    /// The values of a row.
    pub(crate) fn columns(&self) -> Vec<Option<Vec<u8>>> {
        let count = u16::from_be_bytes([self.body[0], self.body[1]]);
        let mut rest = &self.body[2..];
        (0..count)
            .map(|_| {
                let (length, after) = rest.split_at(4);
                let length = i32::from_be_bytes(length.try_into().expect("four bytes"));
                rest = after;
                let length = usize::try_from(length).ok()?;
                let (value, after) = rest.split_at(length);
                rest = after;
                Some(value.to_vec())
            })
            .collect()
    }

    pub(crate) fn row(columns: &[Option<Vec<u8>>]) -> Self {
        let mut body = (columns.len() as u16).to_be_bytes().to_vec();
        for column in columns {
            let length = column.as_ref().map_or(-1, |value| value.len() as i32);
            body.extend(length.to_be_bytes());
            body.extend(column.iter().flatten());
        }
        Self::new(DATA_ROW, body)
    }

    pub(crate) fn error(code: &[u8], words: &[u8]) -> Self {
        let parts: [&[u8]; 8] =
            [b"SERROR\0VERROR\0C", code, b"\0M", words, b"\0", b"Ffile.c\0", b"L1\0", b"\0"];
        Self::new(b'E', parts.concat())
    }

    pub(crate) fn notice(words: &str) -> Self {
        Self::new(b'N', format!("SNOTICE\0VNOTICE\0C00000\0M{words}\0\0"))
    }

    pub(crate) fn notification(channel: &[u8], payload: &[u8]) -> Self {
        Self::new(b'A', [&[0, 0, 0, 1][..], channel, b"\0", payload, b"\0"].concat())
    }

    pub(crate) fn ready() -> Self {
        Self::new(READY, *b"I")
    }
}
