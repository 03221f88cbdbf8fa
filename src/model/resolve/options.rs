//! Properties of the job.

use super::reader::Reader;
use crate::model::Options;

impl<'a> Reader<'a, '_> {
    pub(super) fn options(&mut self) -> Option<Options> {
        let timeout_minutes = self.number("options.timeout_minutes", |project| {
            project.options.timeout_minutes.as_ref()
        });
        let keep_builds = self.number("options.keep_builds", |project| {
            project.options.keep_builds.as_ref()
        });
        let keep_days = self.number("options.keep_days", |project| {
            project.options.keep_days.as_ref()
        });
        Some(Options {
            timeout_minutes: timeout_minutes?,
            keep_builds: keep_builds?,
            keep_days,
            concurrent_builds: self.plain("options.concurrent_builds", |project| {
                project.options.concurrent_builds.as_ref()
            })?,
            milestones: self.plain("options.milestones", |project| {
                project.options.milestones.as_ref()
            })?,
        })
    }
}
