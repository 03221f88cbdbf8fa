//! Findings as annotations in the repository of the service, where its workflow runs.

use camino::{Utf8Path, Utf8PathBuf};

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
    let top = git::top(checkout.root());
    let below_top = |folder: &Utf8Path| -> Option<Utf8PathBuf> {
        let whole = folder.canonicalize_utf8().ok()?;
        let below = whole.strip_prefix(top.as_ref()?).ok()?;
        Some(below.to_owned())
    };
    // Without Git, the checkout is taken for the whole.
    let service = below_top(checkout.root()).unwrap_or_default();
    let library = match git::top(root) == top {
        true => below_top(root),
        false => None,
    };
    diagnostic::to_github(findings, |place: &Place| {
        let folder = match workspace.has(place) {
            true => library.as_ref()?,
            false => &service,
        };
        Some(folder.join(&place.source.path))
    })
}
