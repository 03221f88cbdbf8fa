//! Where everything of the picture stands.

use super::{Graph, Kind, Node, RELEASES, RELEASES_NOT};

// In pixels.
const MARGIN: usize = 40;
const PADDING: usize = 20;
const CARD: usize = 200;
const INSET: usize = 14;
const GAP: usize = 40;
const GUARD: usize = 400;
const END: (usize, usize) = (90, 32);

/// Stages in a row.
const COLUMNS: usize = 4;

/// The picture, from back to front.
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) shapes: Vec<Shape>,
}

/// A part of the picture.
pub(super) enum Shape {
    Rect {
        class: String,
        at: (usize, usize),
        size: (usize, usize),
        radius: usize,
    },
    Text {
        class: String,
        at: (usize, usize),
        line: String,
    },
    /// A line that ends in the tip of an arrow.
    Way { path: String },
}

/// How large a text is.
#[derive(Clone, Copy)]
struct Size {
    class: &'static str,
    /// Height of a line.
    line: usize,
    /// Width of an em, less where the letters are not bold.
    em: f64,
}

const TITLE: Size = Size::new("title", 28, 20.0);
const HEADING: Size = Size::new("heading", 20, 14.0);
const NAME: Size = Size::new("name", 18, 14.0);
const DETAIL: Size = Size::new("detail", 16, 11.0);
const NOTE: Size = Size::new("note", 19, 12.0);

impl Size {
    const fn new(class: &'static str, line: usize, em: f64) -> Self {
        Self { class, line, em }
    }

    /// A text in lines that fit, broken inside a word only where it alone is too long.
    fn wrap(self, text: &str, width: usize) -> Vec<String> {
        let room = width as f64 / self.em;
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() {
                if ems(&line) + ems(" ") + ems(word) <= room {
                    line.push(' ');
                } else {
                    lines.push(std::mem::take(&mut line));
                }
            }
            for letter in word.chars() {
                if !line.is_empty() && ems(&line) + em(letter) > room {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(letter);
            }
        }
        lines.push(line);
        lines
    }
}

fn ems(text: &str) -> f64 {
    text.chars().map(em).sum()
}

/// The width of a letter. Which font there will be is not known: this is a wide one, DejaVu Sans in bold, roughly.
fn em(letter: char) -> f64 {
    match letter {
        ' ' | '!' | '\'' | '(' | ')' | ',' | '-' | '.' | '/' | ':' | ';' | '[' | ']' => 0.42,
        '`' | 'f' | 'i' | 'j' | 'l' | 'r' | 't' | '|' => 0.45,
        '%' | '&' | '@' | 'M' | 'W' | 'm' | 'w' => 1.1,
        '#' | '+' | '<' | '=' | '>' | '^' | '~' | 'A'..='Z' => 0.84,
        // Ideographs, pictures and other scripts.
        '\u{1100}'.. => 1.25,
        _ => 0.72,
    }
}

/// A stage with its place.
struct Card<'a> {
    node: &'a Node<'a>,
    name: Vec<String>,
    details: Vec<Vec<String>>,
    at: (usize, usize),
    /// That of its row.
    height: usize,
}

impl<'a> Card<'a> {
    fn new(graph: &Graph<'_>, node: &'a Node<'a>, at: (usize, usize)) -> Self {
        let inner = CARD - 2 * INSET;
        let details = graph.details(node);
        let mut card = Self {
            node,
            name: NAME.wrap(&node.title, inner),
            details: details
                .iter()
                .map(|detail| DETAIL.wrap(detail, inner))
                .collect(),
            at,
            height: 0,
        };
        let details: usize = card
            .details
            .iter()
            .map(|lines| 3 + lines.len() * DETAIL.line)
            .sum();
        card.height = 2 * INSET + card.name.len() * NAME.line + details;
        card
    }

    /// The way to the next one: to the right, or around to the beginning of the next row.
    fn way_to(&self, next: &Self) -> String {
        let (x, y) = self.at;
        let (next_x, next_y) = next.at;
        if y == next_y {
            return format!("M{} {} H{next_x}", x + CARD, y + self.height / 2);
        }
        let (middle, next_middle) = (x + CARD / 2, next_x + CARD / 2);
        let bottom = y + self.height;
        format!(
            "M{middle} {bottom} V{} H{next_middle} V{next_y}",
            bottom + GAP / 2
        )
    }
}

impl Layout {
    pub(super) fn of(graph: &Graph<'_>) -> Self {
        let longest = Kind::STAGES.map(|kind| graph.of_kind(kind).count());
        let columns = longest
            .into_iter()
            .max()
            .unwrap_or_default()
            .clamp(1, COLUMNS);
        let mut layout = Self {
            width: 2 * (MARGIN + PADDING) + columns * (CARD + GAP) - GAP,
            height: MARGIN - 10,
            shapes: Vec::new(),
        };
        layout.lines(MARGIN, &TITLE.wrap(&graph.title(), layout.inner()), TITLE);
        if let Some(description) = graph.description {
            layout.lines(MARGIN, &NOTE.wrap(description, layout.inner()), NOTE);
        }
        layout.height += 12;
        layout.band(graph, Kind::Every, columns);
        let mut aside = None;
        for guard in graph.of_kind(Kind::Guard) {
            layout.down(None);
            aside = Some(layout.guard(graph, guard));
            layout.down(Some(RELEASES));
            layout.band(graph, Kind::Release, columns);
        }
        layout.down(None);
        let has_last = graph.of_kind(Kind::Last).next().is_some();
        if has_last {
            let top = layout.height;
            layout.band(graph, Kind::Last, columns);
            layout.aside(aside.take(), (layout.width - MARGIN, top + PADDING + 10));
            layout.down(None);
        }
        for end in graph.of_kind(Kind::End) {
            let right = (layout.width + END.0) / 2;
            layout.aside(aside.take(), (right, layout.height + END.1 / 2));
            layout.end(end);
        }
        layout.height += 28;
        for note in graph.notes() {
            layout.lines(MARGIN, &NOTE.wrap(&note, layout.inner()), NOTE);
            layout.height += 4;
        }
        layout.height += MARGIN / 2;
        layout
    }

    /// What is between the margins.
    fn inner(&self) -> usize {
        self.width - 2 * MARGIN
    }

    /// The stages of one kind, in rows.
    fn band(&mut self, graph: &Graph<'_>, kind: Kind, columns: usize) {
        let top = self.height;
        let heading = HEADING.wrap(&graph.heading(kind), self.inner() - 2 * PADDING);
        let mut y = top + PADDING + heading.len() * HEADING.line + 6;
        let nodes: Vec<&Node<'_>> = graph.of_kind(kind).collect();
        let mut cards: Vec<Card<'_>> = Vec::new();
        for row in nodes.chunks(columns) {
            let first = cards.len();
            let lefts = (MARGIN + PADDING..).step_by(CARD + GAP);
            cards.extend(
                row.iter()
                    .zip(lefts)
                    .map(|(node, x)| Card::new(graph, node, (x, y))),
            );
            let height = cards[first..]
                .iter()
                .map(|card| card.height)
                .max()
                .unwrap_or_default();
            for card in &mut cards[first..] {
                card.height = height;
            }
            y += height + GAP;
        }
        let bottom = y - GAP + PADDING;
        self.rect("band", (MARGIN, top), (self.inner(), bottom - top), 10);
        self.height = top + PADDING;
        self.lines(MARGIN + PADDING, &heading, HEADING);
        for pair in cards.windows(2) {
            self.shapes.push(Shape::Way {
                path: pair[0].way_to(&pair[1]),
            });
        }
        for card in &cards {
            self.card(card);
        }
        self.height = bottom;
    }

    fn card(&mut self, card: &Card<'_>) {
        let class = match card.node.condition {
            Some(_) => format!("card {} conditional", card.node.kind.name()),
            None => format!("card {}", card.node.kind.name()),
        };
        let (x, y) = card.at;
        self.rect(&class, card.at, (CARD, card.height), 8);
        self.height = y + INSET;
        self.lines(x + INSET, &card.name, NAME);
        for detail in &card.details {
            self.height += 3;
            self.lines(x + INSET, detail, DETAIL);
        }
    }

    /// The question whether a build releases. Returns where the way of those begins that do not.
    fn guard(&mut self, graph: &Graph<'_>, guard: &Node<'_>) -> (usize, usize) {
        let (left, top) = ((self.width - GUARD) / 2, self.height);
        let name = NAME.wrap(&guard.title, GUARD - 4 * INSET);
        let details = DETAIL.wrap(&graph.condition_of_release(), GUARD - 4 * INSET);
        let height = 2 * INSET + name.len() * NAME.line + details.len() * DETAIL.line;
        self.rect("card guard", (left, top), (GUARD, height), 30);
        self.height = top + INSET;
        self.centred(&name, NAME);
        self.centred(&details, DETAIL);
        self.height = top + height;
        (left + GUARD, top + height / 2)
    }

    fn end(&mut self, end: &Node<'_>) {
        let top = self.height;
        self.rect("card end", ((self.width - END.0) / 2, top), END, END.1 / 2);
        self.height = top + (END.1 - NAME.line) / 2;
        self.centred(std::slice::from_ref(&end.title), NAME);
        self.height = top + END.1;
    }

    /// An arrow from what is above to what is below.
    fn down(&mut self, label: Option<&str>) {
        let (x, y) = (self.width / 2, self.height);
        self.shapes.push(Shape::Way {
            path: format!("M{x} {y} V{}", y + GAP),
        });
        if let Some(label) = label {
            self.text(DETAIL.class, (x + 10, y + GAP / 2 + 4), label);
        }
        self.height += GAP;
    }

    /// The way beside the release.
    fn aside(&mut self, from: Option<(usize, usize)>, (to_x, to_y): (usize, usize)) {
        if let Some((x, y)) = from {
            let rail = self.width - MARGIN / 2;
            let path = format!("M{x} {y} H{rail} V{to_y} H{to_x}");
            self.shapes.push(Shape::Way { path });
            self.text(DETAIL.class, (x + 10, y - 8), RELEASES_NOT);
        }
    }

    fn rect(&mut self, class: &str, at: (usize, usize), size: (usize, usize), radius: usize) {
        let class = class.to_owned();
        self.shapes.push(Shape::Rect {
            class,
            at,
            size,
            radius,
        });
    }

    /// Lines from here on downwards.
    fn lines(&mut self, x: usize, lines: &[String], size: Size) {
        for line in lines {
            self.text(size.class, (x, self.height + size.line * 3 / 4), line);
            self.height += size.line;
        }
    }

    /// The same in the middle.
    fn centred(&mut self, lines: &[String], size: Size) {
        for line in lines {
            let at = (self.width / 2, self.height + size.line * 3 / 4);
            self.text(&format!("{} centred", size.class), at, line);
            self.height += size.line;
        }
    }

    fn text(&mut self, class: &str, at: (usize, usize), line: &str) {
        let (class, line) = (class.to_owned(), line.to_owned());
        self.shapes.push(Shape::Text { class, at, line });
    }
}
