//! The graph as a flowchart of Mermaid.

use std::fmt::Write as _;

use super::{Edge, Graph, Kind, MARK, Node};

/// Wider than usual, so that most lines stay whole.
const INIT: &str = "%%{init: {\"flowchart\": {\"wrappingWidth\": 360}}}%%";

/// Text of a flowchart that GitHub, GitLab and other programs with Mermaid draw.
pub fn mermaid(graph: &Graph<'_>) -> String {
    let title = graph.title();
    let mut text = format!("%% {MARK}\n{INIT}\nflowchart TD\n    accTitle: {title}\n");
    let mut write = |line: std::fmt::Arguments<'_>| {
        // A String takes all that is written.
        let _ = writeln!(text, "    {line}");
    };
    for kind in Kind::STAGES {
        let mut nodes = graph.of_kind(kind).peekable();
        if nodes.peek().is_none() {
            continue;
        }
        write(format_args!(
            "subgraph {}[\"{}\"]",
            kind.name(),
            label([&graph.heading(kind)])
        ));
        for node in nodes {
            write(format_args!(
                "    {}[\"{}\"]{}",
                node.id,
                about(graph, node),
                class(node)
            ));
        }
        write(format_args!("end"));
    }
    for node in &graph.nodes {
        match node.kind {
            Kind::Guard => {
                let question = label([&node.title, &graph.condition_of_release()]);
                write(format_args!("{}{{{{\"{question}\"}}}}", node.id));
            }
            Kind::End => write(format_args!("{}([\"{}\"])", node.id, label([&node.title]))),
            Kind::Every | Kind::Release | Kind::Last => {}
        }
    }
    for edge in &graph.edges {
        let arrow = match edge.when {
            Some(when) => format!("-->|{when}|"),
            None => "-->".to_owned(),
        };
        let (from, to) = ends(graph, edge);
        write(format_args!("{from} {arrow} {to}"));
    }
    // Below everything else.
    write(format_args!("notes[\"{}\"]:::notes", label(&graph.notes())));
    write(format_args!("done ~~~ notes"));
    write(format_args!("classDef conditional stroke-dasharray: 5 4"));
    write(format_args!("classDef notes fill:none,stroke:none"));
    text
}

fn about(graph: &Graph<'_>, node: &Node<'_>) -> String {
    let details = graph.details(node);
    label(std::iter::once(&node.title).chain(&details))
}

fn class(node: &Node<'_>) -> &'static str {
    match node.condition {
        Some(_) => ":::conditional",
        None => "",
    }
}

/// What an arrow joins: between stages of different kinds it ends at the frames around them, and so runs through no heading.
fn ends<'a>(graph: &'a Graph<'_>, edge: &'a Edge) -> (&'a str, &'a str) {
    let kind = |id: &str| {
        let node = graph.nodes.iter().find(|node| node.id == id);
        node.map(|node| node.kind)
    };
    let (from, to) = (kind(&edge.from), kind(&edge.to));
    let end = |id: &'a str, kind: Option<Kind>| match kind {
        Some(kind) if kind.is_stage() && from != to => kind.name(),
        _ => id,
    };
    (end(&edge.from, from), end(&edge.to, to))
}

/// Lines of a text in double quotes.
fn label<'a>(lines: impl IntoIterator<Item = &'a String>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|line| escaped(line)).collect();
    lines.join("<br>")
}

/// Text that means nothing to Mermaid, of which more than quotes do: a label is Markdown, `%%{` begins a directive anywhere, and an entity between `style` and
/// the next colon loses its end. So all but letters, digits, spaces and a few marks inside words is an entity.
fn escaped(line: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    let mut letters = line.split_whitespace().collect::<Vec<_>>().join(" ");
    letters.push(' ');
    let letters: Vec<char> = letters.chars().collect();
    for pair in letters.windows(2) {
        let (letter, after) = (pair[0], pair[1]);
        let in_word = before.is_alphanumeric() && after.is_alphanumeric();
        let plain = match letter {
            ' ' | ',' => true,
            '-' | '.' | '/' => in_word,
            _ => letter.is_alphanumeric(),
        };
        if plain {
            text.push(letter);
        } else {
            text.push_str(&format!("#{};", u32::from(letter)));
        }
        if matches!(letter, '\\' | '$' | ':') && after != ' ' {
            // In a label of several lines entities are read first: `\n` ends a line, `$$` begins a formula and `fa:` an icon. A word joiner has no width.
            text.push_str("#8288;");
        }
        before = letter;
    }
    text
}
