//! The version: a file of the checkout has it under its key.

use super::{Read, Subject};
use crate::checkout::properties;
use crate::config::KeyPath;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Version, VersionNumber};
use crate::source::Place;

pub(super) fn look(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) -> anyhow::Result<()> {
    let Version::Properties { file, key } = &subject.project.version else {
        return Ok(());
    };
    let table = KeyPath::from("version");
    let named = table.key("file");
    let source = match subject.read(file.as_str(), &named, findings)? {
        Read::File(source) => source,
        Read::Absent => {
            findings.push(
                Diagnostic::new(
                    Code::MissingVersionFile,
                    subject.place(&named),
                    format!("the checkout has no file `{file}`"),
                )
                .help("name a Java properties file of the checkout, or write the version here: `literal = \"1.2.3\"`"),
            );
            return Ok(());
        }
        Read::Refused => return Ok(()),
    };
    let Some((value, range)) = properties::find(&source.text, key.as_str()) else {
        findings.push(
            Diagnostic::new(
                Code::MissingVersionKey,
                subject.place(&table.key("key")),
                format!("`{file}` has no key `{key}`"),
            )
            .help(format!(
                "write `{key}=1.2.3` there, or name the key that it has"
            )),
        );
        return Ok(());
    };
    if let Err(invalid) = value.trim().parse::<VersionNumber>() {
        let place = Place { source, range };
        let message = format!("`{key}` {}", invalid.rule);
        let new = Diagnostic::new(Code::InvalidVersion, place, message);
        findings.push(match invalid.help {
            Some(help) => new.help(help),
            None => new,
        });
    }
    Ok(())
}
