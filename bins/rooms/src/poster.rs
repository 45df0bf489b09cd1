//! Sending messages and noting receipts, in batches.

use std::sync::Arc;

use callboard_contract::room::MessageView;
use callboard_contract::{ApiError, ErrorCode};
use callboard_rooms::chat::{self, Draft, Posted, Reached, Receipt};
use callboard_store::{Store, StoreError};
use callboard_worker::attempt;

use crate::batch::Batcher;
use crate::fanout::Fanout;

/// Takes messages and receipts.
#[derive(Debug)]
pub(crate) struct Poster {
    messages: Batcher<Draft, MessageView>,
    receipts: Batcher<Receipt, ()>,
}

impl Poster {
    pub(crate) fn start(store: &Store, fanout: &Arc<Fanout>) -> Self {
        let (kept, told) = (store.clone(), Arc::clone(fanout));
        let messages = Batcher::start(move |drafts| {
            let (store, fanout) = (kept.clone(), Arc::clone(&told));
            async move { post(&store, &fanout, drafts).await }
        });
        let (kept, told) = (store.clone(), Arc::clone(fanout));
        let receipts = Batcher::start(move |receipts| {
            let (store, fanout) = (kept.clone(), Arc::clone(&told));
            async move { note(&store, &fanout, receipts).await }
        });
        Self { messages, receipts }
    }

    /// Takes a message; what is answered is kept.
    pub(crate) async fn send(&self, draft: Draft) -> Result<MessageView, ApiError> {
        self.messages.ask(draft.room, draft).await
    }

    /// Notes how far somebody got.
    pub(crate) async fn note(&self, receipt: Receipt) -> Result<(), ApiError> {
        self.receipts.ask(receipt.room, receipt).await
    }
}

async fn post(store: &Store, fanout: &Fanout, drafts: Vec<Draft>) -> Vec<Result<MessageView, ApiError>> {
    match post_all(store, fanout, &drafts).await {
        Ok(results) => results,
        // What one message breaks must not keep the others back.
        Err(error) if error.code == ErrorCode::Internal && drafts.len() > 1 => {
            let mut results = Vec::with_capacity(drafts.len());
            for draft in &drafts {
                match post_all(store, fanout, std::slice::from_ref(draft)).await {
                    Ok(result) => results.extend(result),
                    Err(error) => results.push(Err(error)),
                }
            }
            results
        }
        Err(error) => drafts.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn post_all(
    store: &Store,
    fanout: &Fanout,
    drafts: &[Draft],
) -> Result<Vec<Result<MessageView, ApiError>>, ApiError> {
    let mut tries = 0;
    let posted = attempt(|| {
        tries += 1;
        commit(store, drafts)
    })
    .await;
    if tries > 1 {
        // The first try may have been committed although its answer was lost: then nobody was told by it.
        fanout.look(drafts.iter().map(|draft| draft.room));
    }
    Ok(posted?.into_iter().map(|result| result.map(|posted| tell(fanout, posted))).collect())
}

fn tell(fanout: &Fanout, posted: Posted) -> MessageView {
    fanout.tell(posted.told);
    posted.message
}

async fn commit(store: &Store, drafts: &[Draft]) -> Result<Vec<Result<Posted, ApiError>>, StoreError> {
    let mut tx = store.begin().await?;
    let results = chat::post(&mut tx, drafts).await?;
    tx.commit().await?;
    Ok(results)
}

async fn note(store: &Store, fanout: &Fanout, receipts: Vec<Receipt>) -> Vec<Result<(), ApiError>> {
    let noted = attempt(|| commit_receipts(store, &receipts)).await;
    match noted {
        Ok(reached) => {
            fanout.receipts(reached.into_iter().filter(|r| r.told).map(|r| r.news));
            receipts.iter().map(|_| Ok(())).collect()
        }
        Err(error) => receipts.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn commit_receipts(store: &Store, receipts: &[Receipt]) -> Result<Vec<Reached>, StoreError> {
    let mut tx = store.begin().await?;
    let reached = chat::note_receipts(&mut tx, receipts).await?;
    tx.commit().await?;
    Ok(reached)
}
