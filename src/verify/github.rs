//! Findings as annotations in the repository of the service, where its workflow runs.

use camino::Utf8Path;

use crate::checkout::{Checkout, git};
use crate::diagnostic::{self, Diagnostic};
use crate::source::Place;
use crate::workspace::Workspace;

/// The findings as annotations. Paths are relative to the top of the checkout's repository; `root` is the workspace's folder, whose files can be annotated if
/// it stands in the same one.
pub fn to_github(
    findings: &[Diagnostic],
    workspace: &Workspace,
    root: &Utf8Path,
    checkout: &Checkout,
) -> String {
    // Without Git, the checkout is taken for the whole.
    let service = git::below_top(checkout.root());
    let top = git::top(root).filter(|top| Some(top) == git::top(checkout.root()).as_ref());
    let library = top.map(|_| git::below_top(root));
    diagnostic::to_github(findings, |place: &Place| {
        let folder = match workspace.has(place) {
            true => library.as_ref()?,
            false => &service,
        };
        Some(folder.join(&place.source.path))
    })
}
