//! Files: what people attach to messages, in a bucket of the object store.
//!
//! What must always hold: a file is there as a whole or not at all; what was broken off leaves nothing behind. Names are ids of the house.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::jetstream::object_store::{DeleteErrorKind, GetErrorKind, Object, ObjectStore};
use bytes::{Bytes, BytesMut};
use callboard_contract::subject;
use futures::stream::{self, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};
use tokio_util::io::StreamReader;

use crate::connection::Bus;
use crate::error::BusError;

/// The store writes what it is given at once as one message: this much makes few of them.
const CHUNK_BYTES: usize = 128 * 1024;

/// A file that is being read.
#[derive(Debug)]
pub struct StoredFile {
    object: Object,
    bytes: u64,
}

impl StoredFile {
    /// Its length in bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Goes on to a place. What lies before it is read and dropped.
    pub async fn skip(&mut self, bytes: u64) -> std::io::Result<()> {
        let mut before = (&mut self.object).take(bytes);
        tokio::io::copy(&mut before, &mut tokio::io::sink()).await.map(|_| ())
    }
}

impl AsyncRead for StoredFile {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.object).poll_read(cx, buf)
    }
}

impl Bus {
    /// Puts a file; gives its length. Fails, and keeps nothing, as soon as `content` fails or is longer than `most` bytes.
    pub async fn file_put<S, E>(&self, name: &str, content: S, most: u64) -> Result<u64, BusError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: std::fmt::Display + Send,
    {
        self.check_connected()?;
        let bucket = self.files().await?;
        let mut fault = None;
        let stored = {
            // The store would leave what it has of a file that fails: for the store it ends, and is taken away again.
            let whole = chunks(content, most, &mut fault);
            let mut reader = StreamReader::new(Box::pin(whole.map(Ok::<Bytes, std::io::Error>)));
            bucket.put(name, &mut reader).await
        };
        let stored = stored.map_err(|e| BusError::failed(format!("storing the file {name}"), e))?;
        if let Some(fault) = fault {
            self.file_delete(name).await?;
            return Err(BusError::failed(format!("taking the file {name}"), fault));
        }
        Ok(u64::try_from(stored.size).unwrap_or(u64::MAX))
    }

    /// Opens a file, if it is there.
    pub async fn file_get(&self, name: &str) -> Result<Option<StoredFile>, BusError> {
        self.check_connected()?;
        match self.files().await?.get(name).await {
            Ok(object) => {
                let bytes = u64::try_from(object.info().size).unwrap_or(u64::MAX);
                Ok(Some(StoredFile { object, bytes }))
            }
            Err(error) if error.kind() == GetErrorKind::NotFound => Ok(None),
            Err(error) => Err(BusError::failed(format!("opening the file {name}"), error)),
        }
    }

    /// Deletes a file, if it is there.
    pub async fn file_delete(&self, name: &str) -> Result<(), BusError> {
        self.check_connected()?;
        match self.files().await?.delete(name).await {
            Err(error) if error.kind() != DeleteErrorKind::NotFound => {
                Err(BusError::failed(format!("deleting the file {name}"), error))
            }
            _ => Ok(()),
        }
    }

    /// How many bytes the bucket takes.
    pub async fn files_used(&self) -> Result<u64, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed("looking at the bucket of files", e);
        let mut stream = self.jetstream.get_stream(subject::files_stream()).await.map_err(|e| failed(&e))?;
        Ok(stream.info().await.map_err(|e| failed(&e))?.state.bytes)
    }

    async fn files(&self) -> Result<ObjectStore, BusError> {
        if let Ok(store) = self.jetstream.get_object_store(subject::FILES_BUCKET).await {
            return Ok(store);
        }
        self.apply_files().await?;
        let store = self.jetstream.get_object_store(subject::FILES_BUCKET).await;
        store.map_err(|e| BusError::failed("opening the bucket of files", e))
    }
}

/// The same content in pieces of one size, up to the first fault, which is told in `fault`.
fn chunks<'a, S, E>(content: S, most: u64, fault: &'a mut Option<String>) -> impl Stream<Item = Bytes> + Send + 'a
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'a,
    E: std::fmt::Display + Send + 'a,
{
    stream::unfold((content, fault, 0_u64, false), move |(mut content, fault, mut taken, mut done)| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        while !done && chunk.len() < CHUNK_BYTES {
            match content.next().await {
                Some(Ok(piece)) => {
                    taken = taken.saturating_add(piece.len() as u64);
                    chunk.extend_from_slice(&piece);
                    if taken > most {
                        *fault = Some(format!("it is longer than {most} bytes"));
                        done = true;
                    }
                }
                Some(Err(error)) => {
                    *fault = Some(error.to_string());
                    done = true;
                }
                None => done = true,
            }
        }
        (!chunk.is_empty()).then(|| (chunk.freeze(), (content, fault, taken, done)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Piece = Result<Bytes, String>;

    async fn read(pieces: Vec<Piece>, most: u64) -> (Vec<usize>, Option<String>) {
        let mut fault = None;
        let lengths = chunks(stream::iter(pieces), most, &mut fault).map(|c| c.len()).collect().await;
        (lengths, fault)
    }

    #[tokio::test]
    async fn pieces_of_any_size_become_chunks_until_something_is_wrong() {
        let piece = |n: usize| -> Piece { Ok(Bytes::from(vec![0; n])) };
        let small: Vec<Piece> = (0..300).map(|_| piece(1000)).collect();
        let (lengths, fault) = read(small, u64::MAX).await;
        assert_eq!((lengths.iter().sum::<usize>(), lengths.len(), fault), (300_000, 3, None));
        let (lengths, fault) = read(vec![piece(10), Err("gone".to_owned()), piece(10)], u64::MAX).await;
        assert_eq!((lengths, fault.as_deref()), (vec![10], Some("gone")));
        let (lengths, fault) = read(vec![piece(10), piece(10), piece(10)], 15).await;
        assert!(lengths.iter().sum::<usize>() <= 20 && fault.is_some());
        assert_eq!(read(vec![], 10).await, (vec![], None));
    }
}
