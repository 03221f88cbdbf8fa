//! Says on a terminal what is being done while it takes long, on a line that is gone before anything else is printed.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner is not worth a word.
const LONG: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// What is being done.
#[derive(Debug)]
pub(super) struct Progress {
    is_wanted: bool,
    line: Mutex<Option<Line>>,
}

/// The line, and the thread that shows it when the time has come.
#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    done: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// Says something only if it is wanted.
    pub(super) fn new(is_wanted: bool) -> Self {
        Self {
            is_wanted,
            line: Mutex::new(None),
        }
    }

    /// Says what is done from now on.
    pub(super) fn doing(&self, what: &str) {
        if self.is_wanted {
            self.line()
                .get_or_insert_with(Line::start)
                .bar
                .set_message(format!("{what} …"));
        }
    }

    /// Removes the line.
    pub(super) fn end(&self) {
        if let Some(line) = self.line().take() {
            line.end();
        }
    }

    fn line(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

impl Line {
    fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // No colours: it is readable on any ground.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style.tick_chars("-\\|/ "));
        }
        let (done, is_done) = channel();
        let shown = bar.clone();
        let thread = thread::spawn(move || {
            if is_done.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(TICK);
            }
        });
        Self { bar, done, thread }
    }

    fn end(self) {
        // The thread may be at its end already.
        let _ = self.done.send(());
        let _ = self.thread.join();
        self.bar.finish_and_clear();
    }
}
