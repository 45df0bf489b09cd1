//! The terminal: taken for as long as [`Screen`] lives, given back on every way out, panics and signals included.

use std::io::{self, Stdout, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Whether the terminal is ours just now, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The picture that the terminal keeps under this number is to be forgotten when the terminal is given back; none if 0.
static FORGOTTEN: AtomicU32 = AtomicU32::new(0);

/// The terminal while it is ours.
pub(crate) struct Screen {
    pub(crate) terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    pub(crate) fn take() -> io::Result<Self> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        let taken = execute!(io::stdout(), EnterAlternateScreen)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Puts a text into the clipboard, as far as the terminal understands OSC 52.
    pub(crate) fn copy(text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Has the terminal forget a picture at the end.
    pub(crate) fn forget(picture: u32) {
        FORGOTTEN.store(picture, Ordering::SeqCst);
    }

    pub(crate) fn bell() -> io::Result<()> {
        execute!(io::stdout(), Print('\u{7}'))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back. Every step is tried, whatever became of the others: there is nobody left to tell.
pub(crate) fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let picture = FORGOTTEN.swap(0, Ordering::SeqCst);
        if picture > 0 {
            let _ = execute!(io::stdout(), Print(format!("\x1b_Ga=d,d=I,i={picture},q=2\x1b\\")));
        }
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        let _ = io::stdout().flush();
    }
}

/// Makes panics give the terminal back and stand in the log before they are shown.
pub(crate) fn install_hooks() -> color_eyre::Result<()> {
    let (panic, eyre) = color_eyre::config::HookBuilder::default().display_env_section(false).into_hooks();
    eyre.install()?;
    let show = panic.into_panic_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!(panic = %info, "the console failed");
        give_back();
        show(info);
    }));
    Ok(())
}
