//! The graph as a picture: SVG that needs nothing beside itself, neither fonts nor scripts, and follows the reader's light or dark colours.

use quick_xml::Writer;
use quick_xml::events::{BytesText, Event};

use super::layout::{Layout, Shape};
use super::{Graph, Kind, MARK};

const STYLE: &str = "
    text { font-family: system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 20px; font-weight: 600 }
    .heading, .name { font-size: 14px; font-weight: 600 }
    .detail { font-size: 12px; fill: #59636e }
    .note { font-size: 13px; fill: #59636e }
    .centred { text-anchor: middle }
    .page { fill: #ffffff }
    .band { fill: #f6f8fa; stroke: #d1d9e0 }
    .card { fill: #ffffff; stroke-width: 1.5 }
    .every { stroke: #0969da }
    .guard, .release { stroke: #1a7f37 }
    .last { stroke: #8250df }
    .end { stroke: #818b98 }
    .conditional { stroke-dasharray: 6 4 }
    .way { fill: none; stroke: #6e7781; stroke-width: 1.5 }
    .tip { fill: #6e7781 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .detail, .note { fill: #9ea7b3 }
      .page { fill: #0d1117 }
      .band { fill: #151b23; stroke: #3d444d }
      .card { fill: #0d1117 }
      .every { stroke: #4493f8 }
      .guard, .release { stroke: #3fb950 }
      .last { stroke: #ab7df8 }
      .end { stroke: #9198a1 }
      .way { stroke: #9198a1 }
      .tip { fill: #9198a1 }
    }
  ";

/// A whole SVG document.
///
/// # Errors
///
/// When XML can't be written, which is a mistake in this program and never one of the input.
pub fn svg(graph: &Graph<'_>) -> anyhow::Result<String> {
    let layout = Layout::of(graph);
    let (width, height) = (layout.width.to_string(), layout.height.to_string());
    // No other graph on the same page has these names.
    let id = |name: &str| format!("{}-{name}", graph.project);
    let (title, description, tip) = (id("title"), id("description"), id("tip"));
    let mut document = Writer::new_with_indent(Vec::new(), b' ', 2);
    let mark = BytesText::from_escaped(format!(" {MARK} "));
    document.write_event(Event::Comment(mark))?;
    document
        .create_element("svg")
        .with_attributes([
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("width", &width),
            ("height", &height),
            ("viewBox", &format!("0 0 {width} {height}")),
            ("role", "img"),
            ("aria-labelledby", &format!("{title} {description}")),
        ])
        .write_inner_content(|svg| {
            svg.create_element("title")
                .with_attribute(("id", &*title))
                .write_text_content(text(&graph.title()))?;
            svg.create_element("desc")
                .with_attribute(("id", &*description))
                .write_text_content(text(&in_words(graph)))?;
            svg.create_element("style")
                .write_text_content(text(STYLE))?;
            svg.create_element("marker")
                .with_attributes([
                    ("id", &*tip),
                    ("viewBox", "0 0 8 8"),
                    ("refX", "8"),
                    ("refY", "4"),
                    ("markerWidth", "8"),
                    ("markerHeight", "8"),
                    ("markerUnits", "userSpaceOnUse"),
                    ("orient", "auto"),
                ])
                .write_inner_content(|marker| {
                    let tip = marker.create_element("path");
                    tip.with_attributes([("class", "tip"), ("d", "M0 0 L8 4 L0 8 Z")])
                        .write_empty()?;
                    Ok(())
                })?;
            svg.create_element("rect")
                .with_attributes([("class", "page"), ("width", &width), ("height", &height)])
                .write_empty()?;
            let tip = format!("url(#{tip})");
            for shape in &layout.shapes {
                write(svg, shape, &tip)?;
            }
            Ok(())
        })?;
    let mut document = String::from_utf8(document.into_inner())?;
    document.push('\n');
    Ok(document)
}

fn write(svg: &mut Writer<Vec<u8>>, shape: &Shape, tip: &str) -> std::io::Result<()> {
    match shape {
        Shape::Rect {
            class,
            at: (x, y),
            size: (width, height),
            radius,
        } => {
            let [x, y, width, height, radius] = [x, y, width, height, radius].map(usize::to_string);
            svg.create_element("rect")
                .with_attributes([
                    ("class", class.as_str()),
                    ("x", &x),
                    ("y", &y),
                    ("width", &width),
                    ("height", &height),
                    ("rx", &radius),
                ])
                .write_empty()?;
        }
        Shape::Text {
            class,
            at: (x, y),
            line,
        } => {
            svg.create_element("text")
                .with_attributes([
                    ("class", class.as_str()),
                    ("x", &x.to_string()),
                    ("y", &y.to_string()),
                ])
                .write_text_content(text(line))?;
        }
        Shape::Way { path } => {
            svg.create_element("path")
                .with_attributes([("class", "way"), ("d", path), ("marker-end", tip)])
                .write_empty()?;
        }
    }
    Ok(())
}

/// Text without the two characters that the input may have and XML may not.
fn text(text: &str) -> BytesText<'static> {
    BytesText::new(&text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")).into_owned()
}

/// What those are told who can't see the picture.
fn in_words(graph: &Graph<'_>) -> String {
    let mut parts = Vec::new();
    for kind in Kind::STAGES {
        let stages: Vec<String> = graph
            .of_kind(kind)
            .map(|node| match graph.details(node) {
                details if details.is_empty() => node.title.clone(),
                details => format!("{} ({})", node.title, details.join("; ")),
            })
            .collect();
        if stages.is_empty() {
            continue;
        }
        let heading = match kind {
            Kind::Release => format!("{}, {}", graph.heading(kind), graph.condition_of_release()),
            _ => graph.heading(kind),
        };
        parts.push(format!("{heading}: {}.", stages.join(", ")));
    }
    parts.extend(graph.notes());
    parts.join(" ")
}
