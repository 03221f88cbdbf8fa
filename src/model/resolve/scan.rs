//! The analyses: SonarQube's and grype's.

use super::reader::Reader;
use crate::model::{Scan, Sonar};

impl<'a> Reader<'a, '_> {
    pub(super) fn sonar(&mut self) -> Option<Sonar> {
        if !self.enabled(
            |project| project.sonar.as_ref(),
            |sonar| sonar.enabled.as_ref(),
        ) {
            return None;
        }
        let installation = self.needed("sonar.installation", |project| {
            project.sonar.as_ref()?.installation.as_ref()
        });
        let properties = self.map("sonar.properties", |project| {
            Some(&project.sonar.as_ref()?.properties)
        });
        Some(Sonar {
            installation: installation?,
            properties,
        })
    }

    pub(super) fn scan(&mut self) -> Option<Scan> {
        let report_title = self.or("scan.report_title", |project| {
            project.scan.report_title.as_ref()
        });
        let program = self.or("scan.program", |project| project.scan.program.as_ref());
        Some(Scan {
            fail_on: self.plain("scan.fail_on", |project| project.scan.fail_on.as_ref())?,
            only_fixed: self.plain("scan.only_fixed", |project| {
                project.scan.only_fixed.as_ref()
            })?,
            scope: self.plain("scan.scope", |project| project.scan.scope.as_ref())?,
            match_go_by_cpe: self.plain("scan.match_go_by_cpe", |project| {
                project.scan.match_go_by_cpe.as_ref()
            })?,
            report_title: report_title?,
            program: program?,
        })
    }
}
