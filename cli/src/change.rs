//! How a change is made: the worker says what would happen, the person at the terminal agrees, then it is done.
//!
//! Without a terminal nothing is ever asked: then `--yes` must stand on the command line, and this is checked before anything else.

use callboard_domain::RequestId;
use inquire::{Confirm, InquireError, Text};

use crate::context::Context;
use crate::fail::{Category, Failure, Outcome, Result};
use crate::flags::ChangeFlags;
use crate::out;
use crate::report::{Format, Report};

/// How somebody agrees to a change.
#[derive(Clone, Debug)]
pub(crate) enum Consent {
    /// By yes or no.
    Yes(String),
    /// By typing a word: for what is large or cannot be taken back.
    Typing {
        /// What is asked.
        question: String,
        /// What has to be typed.
        word: String,
    },
}

impl Consent {
    /// By yes or no.
    pub(crate) fn yes(question: impl Into<String>) -> Self {
        Self::Yes(question.into())
    }

    /// By typing a word.
    pub(crate) fn typing(question: impl Into<String>, word: &impl ToString) -> Self {
        Self::Typing { question: question.into(), word: word.to_string() }
    }
}

/// Refuses where a question would be needed and nobody is there to answer it.
pub(crate) fn check(flags: &ChangeFlags) -> Result<()> {
    if flags.yes || flags.dry_run || out::can_ask() {
        return Ok(());
    }
    Err(Failure::usage("this changes something and there is no terminal to ask on")
        .hint("say --yes to do it without asking, or --dry-run to see what would happen"))
}

/// Shows what would happen, asks, does it and shows what it came to. `act` is called with `dry_run` first, unless nothing is asked.
pub(crate) async fn carry_out<R>(
    context: &Context,
    flags: &ChangeFlags,
    consent: impl FnOnce(&R) -> Consent,
    mut act: impl AsyncFnMut(RequestId, bool) -> Result<R>,
    show: impl Fn(&R) -> Report,
) -> Result<Outcome> {
    match agree_and_do(context, flags, consent, &mut act, &show).await? {
        Some(reply) => context.print(&show(&reply)),
        None => Ok(Outcome::Done),
    }
}

/// The same, but leaves the printing of the result to the caller; `None` after a dry run.
pub(crate) async fn agree_and_do<R>(
    context: &Context,
    flags: &ChangeFlags,
    consent: impl FnOnce(&R) -> Consent,
    act: &mut impl AsyncFnMut(RequestId, bool) -> Result<R>,
    show: &impl Fn(&R) -> Report,
) -> Result<Option<R>> {
    check(flags)?;
    if flags.dry_run || !flags.yes {
        // An id of its own: the id of the change must stay free for the change.
        let preview = act(RequestId::generate(), true).await?;
        if flags.dry_run {
            context.print(&show(&preview))?;
            context.note("nothing was changed: this is what would happen");
            return Ok(None);
        }
        out::note(&show(&preview).render(Format::Table, false, false));
        ask(&consent(&preview))?;
    }
    let id = flags.request_id.clone().unwrap_or_else(RequestId::generate);
    if flags.request_id.is_none() {
        context.note(format!("request id: {id}"));
    }
    act(id.clone(), false).await.map(Some).map_err(|failure| failure.on_request(&id))
}

/// Makes a change that takes nothing from anybody: nothing is asked, and a repeat is recognised all the same.
pub(crate) async fn at_once<R>(
    context: &Context,
    request_id: Option<RequestId>,
    act: impl AsyncFnOnce(RequestId) -> Result<R>,
    show: impl Fn(&R) -> Report,
) -> Result<Outcome> {
    let id = request_id.clone().unwrap_or_else(RequestId::generate);
    if request_id.is_none() {
        context.note(format!("request id: {id}"));
    }
    let reply = act(id.clone()).await.map_err(|failure| failure.on_request(&id))?;
    context.print(&show(&reply))
}

/// Asks on the terminal; the answer is no unless it is said otherwise.
pub(crate) fn ask(consent: &Consent) -> Result<()> {
    let agreed = match consent {
        Consent::Yes(question) => Confirm::new(question).with_default(false).prompt(),
        Consent::Typing { question, word } => {
            let help = format!("type {word} to go on, anything else leaves everything as it is");
            Text::new(question).with_help_message(&help).prompt().map(|typed| typed.trim() == word)
        }
    };
    match agreed {
        Ok(true) => Ok(()),
        Ok(false) | Err(InquireError::OperationCanceled) => {
            Err(Failure::new(Category::Failed, "declined", "not confirmed; nothing was changed"))
        }
        Err(InquireError::OperationInterrupted) => Err(Failure::interrupted()),
        Err(error) => Err(Failure::failed(format!("cannot ask: {error}")).hint("say --yes to do it without asking")),
    }
}
