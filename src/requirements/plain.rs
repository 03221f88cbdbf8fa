//! The requirements as text for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;

use super::{ContainerOf, NO_APPROVALS, Requirements, Since};
use crate::wrap;

const BOLD: Style = Style::new().bold();
const DIMMED: Style = Style::new().dimmed();

/// Text for people, so many columns wide where the names allow it.
pub fn plain(requirements: &Requirements<'_>, columns: usize) -> String {
    let mut page = Page {
        text: String::new(),
        columns,
        projects: requirements.projects.len(),
    };
    page.plugins(requirements);
    page.credentials(requirements);
    page.section("Script approvals", true);
    page.detail(NO_APPROVALS);
    page.images(requirements);
    page.cluster(requirements);
    let configuration = &requirements.configuration;
    page.section("Configuration of Jenkins", configuration.is_empty());
    for setting in configuration {
        page.item(&setting.what, "");
        page.detail(setting.because);
        page.only_for(&setting.projects);
    }
    let own = &requirements.own_files;
    if !own.is_empty() {
        page.section("Not counted: what your own files use", false);
        for file in own {
            page.item(&file.path, "");
            page.only_for(&file.projects);
        }
    }
    page.text
}

struct Page {
    text: String,
    /// How many projects the page is about.
    projects: usize,
    /// Columns of the page.
    columns: usize,
}

impl Page {
    /// The title of what follows, which may be nothing.
    fn section(&mut self, title: &str, is_empty: bool) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        self.push(format_args!("{gap}{BOLD}{title}{BOLD:#}\n"));
        if is_empty {
            self.item("none", "");
        }
    }

    /// A name, and what is said of it in the second column.
    fn item(&mut self, name: &str, about: &str) {
        let line = format!("{name:<29} {about}");
        self.push(format_args!("  {}\n", line.trim_end()));
    }

    /// Text below an item, in lines that fit.
    fn detail(&mut self, text: &str) {
        const INDENT: &str = "      ";
        let options = wrap::options(self.columns.saturating_sub(INDENT.len()));
        for line in textwrap::wrap(text, options) {
            self.push(format_args!("{INDENT}{DIMMED}{line}{DIMMED:#}\n"));
        }
    }

    /// Which projects need what was said, unless all do.
    fn only_for(&mut self, projects: &[&str]) {
        if projects.len() < self.projects {
            let text = format!("only for {}", self.several(projects));
            self.detail(&text);
        }
    }

    fn plugins(&mut self, requirements: &Requirements<'_>) {
        let plugins = &requirements.plugins;
        let title = "Plugins, with the oldest release that has what is used";
        self.section(title, plugins.is_empty());
        let mut undated = false;
        for plugin in plugins {
            self.item(plugin.id, &plugin.since.to_string());
            // What decides stands first.
            let uses = plugin.uses.iter().rev().map(|used| {
                let open = used.since == Since::Unknown && plugin.since != Since::Unknown;
                undated |= open;
                format!("{}{}", used.what, if open { "*" } else { "" })
            });
            let uses: Vec<String> = uses.collect();
            self.detail(&format!("{}: {}", plugin.name, uses.join(", ")));
            self.only_for(&plugin.projects);
        }
        if undated {
            self.push(format_args!("  * not established since which release\n"));
        }
    }

    fn credentials(&mut self, requirements: &Requirements<'_>) {
        self.section("Credentials", requirements.credentials.is_empty());
        for credential in &requirements.credentials {
            self.item(credential.id, &credential.kind.to_string());
            // The same key of many projects is said once.
            let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for used in &credential.uses {
                keys.entry(&used.key).or_default().push(used.project);
            }
            for (key, projects) in keys {
                self.detail(&format!("{key} of {}", self.several(&projects)));
            }
        }
    }

    fn images(&mut self, requirements: &Requirements<'_>) {
        self.section("Images of the pods", requirements.images.is_empty());
        for image in &requirements.images {
            self.item(&image.image, "");
            self.containers(&image.uses);
        }
    }

    fn cluster(&mut self, requirements: &Requirements<'_>) {
        let is_empty = requirements.cluster.is_empty() && requirements.objects.is_empty();
        self.section("Cluster", is_empty);
        for setting in &requirements.cluster {
            self.item(&setting.what, "");
            self.detail(setting.because);
            self.only_for(&setting.projects);
        }
        for object in &requirements.objects {
            let about = match object.key {
                Some(key) => format!("{} with the key {key}", object.kind),
                None => object.kind.to_owned(),
            };
            self.item(object.name, &about);
            self.containers(&object.uses);
        }
    }

    /// Containers, the same one of many projects once.
    fn containers(&mut self, uses: &[ContainerOf<'_>]) {
        let mut places: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
        for used in uses {
            let place = (used.container, used.path);
            places.entry(place).or_default().push(used.project);
        }
        for ((container, path), projects) in places {
            let path = path.map_or_else(String::new, |path| format!(" at {path}"));
            let projects = self.several(&projects);
            let text = format!("container {container} of {projects}{path}");
            self.detail(&text);
        }
    }

    /// Some projects: by name if they are few.
    fn several(&self, projects: &[&str]) -> String {
        match projects {
            [one] => (*one).to_owned(),
            [first, second] => format!("{first} and {second}"),
            _ if projects.len() == self.projects => format!("all {} projects", self.projects),
            [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
            [] => "no project".to_owned(),
        }
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // A String takes all that is written.
        let _ = self.text.write_fmt(text);
    }
}
