//! Keys of which only one can be written.

use super::layer::{Found, Layer};
use super::reader::Reader;
use crate::config::{KeyPath, Spanned};
use crate::diagnostic::{Code, Diagnostic, alternatives};

/// A key of a choice, its value if it is written, and what it makes of that: mostly a constructor.
pub(super) type Alternative<'a, M> = (&'static str, Option<&'a Spanned<String>>, M);

impl<'a> Reader<'a, '_> {
    /// The only one of several keys of one layer that is written. More than one is an error.
    pub(super) fn choice<M: Copy>(
        &mut self,
        table: &KeyPath,
        options: &[Alternative<'a, M>],
        layer: Layer<'a>,
    ) -> Option<(M, Found<'a, String>)> {
        let mut written = options
            .iter()
            .filter_map(|&(name, value, make)| Some((make, layer.found(&table.key(name), value?))));
        let first = written.next()?;
        if let Some((_, second)) = written.next() {
            let message = format!("`{}` and `{}` exclude each other", first.1.key, second.key);
            self.conflict(
                second.place,
                message,
                Some(first.1.place),
                "keep one of them",
            );
            return None;
        }
        Some(first)
    }

    /// The same where one of them must be written.
    pub(super) fn needed_choice<M: Copy>(
        &mut self,
        table: &KeyPath,
        options: &[Alternative<'a, M>],
        layer: Layer<'a>,
    ) -> Option<(M, Found<'a, String>)> {
        let reached = layer.reach(table);
        if options.iter().all(|(_, value, _)| value.is_none()) && !reached.incomplete {
            let keys = alternatives(options.iter().map(|(name, ..)| *name));
            let message = format!(
                "{} needs one of the keys {keys}",
                layer.path(table).subject()
            );
            self.diagnostics
                .push(Diagnostic::new(Code::MissingKey, reached.place, message));
        }
        self.choice(table, options, layer)
    }
}
