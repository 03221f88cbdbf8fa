//! Names from what people called their folders and files.

use camino::Utf8Path;

use crate::model::{LibraryName, PartName, ProjectName, StepName};

/// A library's name.
pub(super) fn library(raw: &str) -> String {
    let name = words(raw, "-_", 64);
    if name.parse::<LibraryName>().is_ok() {
        name
    } else {
        "pipelines".to_owned()
    }
}

/// A project's name, of which its step can be named.
pub(super) fn project(raw: &str) -> String {
    let good = |name: &String| {
        name.parse::<ProjectName>()
            .is_ok_and(|name| StepName::of_project(&name).is_ok())
    };
    let name = words(raw, "-_.", 56);
    let name = Some(name).filter(|name| !name.is_empty());
    let prefixed = name.as_ref().map(|name| format!("service-{name}"));
    name.filter(good)
        .or_else(|| prefixed.filter(good))
        .unwrap_or_else(|| "service".to_owned())
}

/// The name of an image.
pub(super) fn part(raw: &str) -> String {
    let lower = words(&raw.to_lowercase().replace(['_', '.'], "-"), "-", 40);
    let name = lower.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    if name.parse::<PartName>().is_ok() {
        name.to_owned()
    } else {
        "app".to_owned()
    }
}

/// What a Dockerfile's path says of its image: `web` for `Dockerfile.web`, `web.Dockerfile` and `web/Dockerfile`; nothing for `Dockerfile`.
pub(super) fn of_dockerfile(path: &Utf8Path) -> Option<&str> {
    let file = path.file_name()?;
    let lower = file.to_lowercase();
    let is_plain = |text: &str| matches!(text, "dockerfile" | "containerfile");
    if let Some((before, after)) = lower.split_once('.') {
        return match (is_plain(before), is_plain(after)) {
            (true, _) => file.get(before.len() + 1..),
            (_, true) => file.get(..before.len()),
            _ => None,
        };
    }
    path.parent()?.file_name()
}

/// Letters, digits and `extra`; anything between them becomes one `-`.
fn words(raw: &str, extra: &str, max: usize) -> String {
    let mut name = String::new();
    for character in raw.chars() {
        if character.is_ascii_alphanumeric() || extra.contains(character) {
            name.push(character);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let name = name.get(..max).unwrap_or(name);
    name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_valid_name() {
        let long = "x".repeat(300);
        for raw in [
            "",
            "..",
            "-",
            "é",
            "2fast",
            "a b/c",
            "CON",
            "checkout",
            "_x_",
            "buildImage",
            "a.b",
            "日本",
            long.as_str(),
        ] {
            let project: ProjectName = project(raw).parse().unwrap();
            StepName::of_project(&project).unwrap();
            part(raw).parse::<PartName>().unwrap();
            library(raw).parse::<LibraryName>().unwrap();
        }
        assert_eq!(project("My Service.v2"), "My-Service.v2");
        assert_eq!(project("2fast"), "service-2fast");
        assert_eq!(part("Web_App.2"), "web-app-2");
        assert_eq!(library("acme pipelines"), "acme-pipelines");
    }

    #[test]
    fn a_dockerfile_names_its_image() {
        let of = |path: &'static str| of_dockerfile(Utf8Path::new(path));
        assert_eq!(of("Dockerfile"), None);
        assert_eq!(of("web/Dockerfile"), Some("web"));
        assert_eq!(of("Dockerfile.Web"), Some("Web"));
        assert_eq!(of("docker/web.dockerfile"), Some("web"));
    }
}
