//! Invoice, rental contract and receipt: what is asked for, on what terms, and what was paid.

use super::document::{Column, Document, Heading, Piece, Section, Table, TableRow};
use crate::desk::{ContractPaper, InvoicePaper, PaperLine, PaperPayment};
use crate::kernel::{Moment, Money, Settings, Text};

fn amount(settings: &Settings, amount: Money) -> Piece {
    Piece::whole(settings.currency.show(amount))
}

fn total(settings: &Settings, amount: Money) -> Piece {
    Piece::whole(format!(
        "{} {}",
        settings.currency.show(amount),
        settings.currency.code()
    ))
}

fn line(label: impl AsRef<str>, value: Piece) -> Heading {
    Heading {
        left: vec![Piece::words(label)],
        right: vec![value],
        strong: false,
    }
}

fn strong(label: impl AsRef<str>, value: Piece) -> Heading {
    Heading {
        strong: true,
        ..line(label, value)
    }
}

fn said(words: impl AsRef<str>) -> Heading {
    Heading {
        left: vec![Piece::words(words)],
        ..Heading::default()
    }
}

fn day(settings: &Settings, moment: Moment) -> String {
    settings.zone.show_day(settings.zone.day(moment))
}

/// Whose paper it is: address and tax number from the settings.
fn shop_lines(settings: &Settings) -> Vec<Heading> {
    let tax = settings.value("tax_number");
    let tax = if tax.is_empty() {
        String::new()
    } else {
        format!("tax no. {tax}")
    };
    // Under its name, or it would read as the address of whoever stands below.
    let (name, address) = (settings.value("name"), settings.value("address"));
    let sender = if address.is_empty() {
        String::new()
    } else {
        format!("{name}, {address}")
    };
    [sender, tax]
        .iter()
        .filter(|line| !line.is_empty())
        .map(said)
        .collect()
}

/// `19 %`
fn percent(hundredths: i64) -> String {
    let part = format!("{:02}", hundredths % 100);
    let part = part.trim_end_matches('0');
    format!(
        "{}{}{part} %",
        hundredths / 100,
        if part.is_empty() { "" } else { "." }
    )
}

fn priced(settings: &Settings, lines: &[PaperLine]) -> Vec<TableRow> {
    let row = |line: &PaperLine| {
        let mut what = vec![Piece::Words(line.what.clone())];
        if line.discount.0 != 0 {
            what.push(Piece::words(format!(
                "less {}",
                settings.currency.show(line.discount)
            )));
        }
        TableRow {
            cells: vec![
                what,
                vec![Piece::whole(line.quantity.to_string())],
                vec![amount(settings, line.each)],
                vec![amount(settings, line.total)],
            ],
            continues: false,
        }
    };
    lines.iter().map(row).collect()
}

fn paid(settings: &Settings, payments: &[PaperPayment], word: &str, now: Moment) -> Vec<Heading> {
    payments
        .iter()
        .map(|payment| {
            line(
                format!(
                    "{word} {} {}",
                    settings.zone.show(payment.at, now),
                    payment.how
                ),
                amount(settings, payment.amount),
            )
        })
        .collect()
}

pub fn invoice(settings: &Settings, paper: &InvoicePaper, now: Moment, printed: &str) -> Document {
    let mut to: Vec<Heading> = shop_lines(settings);
    to.extend(paper.to.iter().enumerate().map(|(place, line)| Heading {
        left: vec![Piece::Words(line.clone())],
        strong: place == 0,
        ..Heading::default()
    }));
    to.push(line(
        format!("customer {}", paper.customer),
        Piece::whole(
            paper
                .reservation
                .map_or_else(String::new, |number| number.to_string()),
        ),
    ));
    if let Some((start, end)) = paper.rented {
        to.push(said(format!(
            "rented {} to {}",
            settings.zone.show(start, now),
            settings.zone.show(end, now)
        )));
    }
    if let Some(number) = &paper.credits {
        to.push(said(format!("takes back invoice {number}")));
    }
    if let Some(ended) = paper.ended {
        to.push(Heading {
            left: vec![Piece::words(format!(
                "This invoice is {ended}: nothing is asked for by it."
            ))],
            strong: true,
            ..Heading::default()
        });
    }
    let columns = vec![
        Column::new("what", 34),
        Column::new("qty", 6).to_the_right(),
        Column::new("each", 13).to_the_right(),
        Column::new("total", 14).to_the_right(),
    ];
    let lines = Section {
        bars: None,
        headings: to,
        table: Some(Table {
            columns,
            rows: priced(settings, &paper.lines),
        }),
        foot: Vec::new(),
    };
    let mut sums = Vec::new();
    if paper.gross {
        sums.push(strong("total", total(settings, paper.total)));
        for row in paper.taxes.iter().filter(|row| row.percent > 0) {
            sums.push(line(
                format!(
                    "of it {} tax on {}",
                    percent(row.percent),
                    settings.currency.show(row.net)
                ),
                amount(settings, row.tax),
            ));
        }
    } else {
        sums.push(line("net", amount(settings, paper.net)));
        for row in paper.taxes.iter().filter(|row| row.percent > 0) {
            sums.push(line(
                format!(
                    "{} tax on {}",
                    percent(row.percent),
                    settings.currency.show(row.net)
                ),
                amount(settings, row.tax),
            ));
        }
        sums.push(strong("total", total(settings, paper.total)));
    }
    sums.extend(paid(settings, &paper.payments, "paid", now));
    if paper.open.0 > 0 {
        let due = paper
            .due
            .map_or_else(String::new, |due| format!(", due {}", day(settings, due)));
        sums.push(strong(format!("to pay{due}"), total(settings, paper.open)));
    }
    Document {
        shop: Text::new(settings.value("name")),
        title: Text::new(paper.title),
        subject: Text::new(&if paper.number.is_empty() {
            paper
                .reservation
                .map_or_else(String::new, |number| number.to_string())
        } else {
            paper.number.clone()
        }),
        summary: Text::new(&paper.issued.map_or_else(
            || "not issued: no number, nothing to pay yet".to_owned(),
            |issued| format!("date {}", day(settings, issued)),
        )),
        printed: Text::new(printed),
        sections: vec![
            lines,
            Section {
                headings: sums,
                ..Section::default()
            },
        ],
    }
}

/// What stands on both papers: who, when, what, for how much.
fn agreement(settings: &Settings, paper: &ContractPaper, now: Moment) -> Vec<Section> {
    let mut head: Vec<Heading> = shop_lines(settings);
    head.extend(paper.to.iter().enumerate().map(|(place, line)| Heading {
        left: vec![Piece::Words(line.clone())],
        strong: place == 0,
        ..Heading::default()
    }));
    head.push(line(
        format!("customer {}", paper.customer),
        paper.phone.clone().map_or(Piece::whole(""), Piece::Whole),
    ));
    head.push(line(
        format!("out {}", settings.zone.show(paper.out, now)),
        Piece::whole(format!("due {}", settings.zone.show(paper.due, now))),
    ));
    head.extend(
        paper
            .back
            .map(|back| said(format!("all back {}", settings.zone.show(back, now)))),
    );
    let columns = vec![
        Column::new("tag / serial", 15).giving_way(),
        Column::new("thing", 30),
        Column::new("value new", 10).to_the_right().giving_way(),
        Column::new("each", 10).to_the_right().giving_way(),
        Column::new("price", 12).to_the_right(),
    ];
    let rows = paper.rows.iter().map(|row| {
        let mut tags = Vec::new();
        for tag in &row.tags {
            tags.push(Piece::Whole(tag.tag.clone()));
            tags.extend(
                tag.serial
                    .iter()
                    .map(|serial| Piece::words(format!("({serial})"))),
            );
            tags.extend(
                tag.back
                    .map(|back| Piece::words(format!("back {}", settings.zone.show(back, now)))),
            );
            tags.extend(
                tag.due
                    .map(|due| Piece::words(format!("due {}", settings.zone.show(due, now)))),
            );
        }
        let count = format!(
            "{}{}{}",
            if row.along { "+ " } else { "" },
            if row.quantity == 1 {
                String::new()
            } else {
                format!("{} x ", row.quantity)
            },
            row.thing
        );
        let money = |value: Option<Money>| {
            value
                .map(|value| amount(settings, value))
                .into_iter()
                .collect::<Vec<_>>()
        };
        TableRow {
            cells: vec![
                tags,
                vec![Piece::words(count)],
                money(row.value),
                money(row.each),
                money(row.price),
            ],
            continues: false,
        }
    });
    let things = Section {
        bars: Some(
            paper
                .number
                .to_string()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect(),
        ),
        headings: head,
        table: Some(Table {
            columns,
            rows: rows.collect(),
        }),
        foot: Vec::new(),
    };
    let mut sums: Vec<Heading> = paper
        .charges
        .iter()
        .map(|charge| line(charge.what.as_str(), amount(settings, charge.total)))
        .collect();
    if let Some(sum) = paper.total {
        let tax = if paper.tax.0 == 0 {
            String::new()
        } else {
            format!(" (tax in it {})", settings.currency.show(paper.tax))
        };
        sums.push(strong(format!("total{tax}"), total(settings, sum)));
    }
    sums.extend(paid(settings, &paper.payments, "paid", now));
    if let Some(open) = paper
        .total
        .map(|sum| Money(sum.0 - paper.paid.0))
        .filter(|open| open.0 > 0)
    {
        sums.push(line("to pay", total(settings, open)));
    }
    sums.extend(paid(settings, &paper.deposits, "deposit", now));
    if paper.deposit_kept.0 > 0 {
        let what = if paper.kept_for.is_empty() {
            "the rent".to_owned()
        } else {
            paper
                .kept_for
                .iter()
                .map(Text::as_str)
                .collect::<Vec<_>>()
                .join("; ")
        };
        sums.push(line(
            format!("kept of the deposit, for {what}"),
            amount(settings, Money(-paper.deposit_kept.0)),
        ));
    }
    sums.extend(paid(
        settings,
        &paper.deposits_back,
        "deposit given back",
        now,
    ));
    if paper.deposit_held.0 > 0 {
        sums.push(line("deposit held", total(settings, paper.deposit_held)));
    }
    vec![
        things,
        Section {
            headings: sums,
            ..Section::default()
        },
    ]
}

fn money_paper(
    settings: &Settings,
    paper: &ContractPaper,
    title: &str,
    printed: &str,
    sections: Vec<Section>,
) -> Document {
    let pieces: i64 = paper
        .rows
        .iter()
        .filter(|row| !row.in_kit)
        .map(|row| row.quantity)
        .sum();
    Document {
        shop: Text::new(settings.value("name")),
        title: Text::new(title),
        subject: Text::new(&paper.number.to_string()),
        summary: Text::new(&if pieces == 1 {
            "1 item".to_owned()
        } else {
            format!("{pieces} items")
        }),
        printed: Text::new(printed),
        sections: sections
            .into_iter()
            .filter(|section| {
                section.table.is_some() || !section.headings.is_empty() || !section.foot.is_empty()
            })
            .collect(),
    }
}

/// What the customer signs at the hand-over.
pub fn contract(
    settings: &Settings,
    paper: &ContractPaper,
    now: Moment,
    printed: &str,
) -> Document {
    let mut sections = agreement(settings, paper, now);
    if paper.value.0 > 0 {
        sections[1]
            .headings
            .push(line("replacement value", total(settings, paper.value)));
    }
    let terms: Vec<Heading> = settings
        .value("terms")
        .split('|')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(said)
        .collect();
    sections.push(Section {
        headings: terms,
        ..Section::default()
    });
    let sign = vec![
        vec![Piece::words("collected by"), Piece::Blank(24)],
        vec![Piece::words("I received these items complete and working.")],
        vec![
            Piece::words("signed"),
            Piece::Blank(24),
            Piece::words("date"),
            Piece::Blank(10),
        ],
        vec![
            Piece::words("RETURNED date"),
            Piece::Blank(10),
            Piece::words("time"),
            Piece::Blank(6),
            Piece::tick(false, "complete"),
            Piece::words("damage"),
            Piece::Blank(14),
        ],
        vec![
            Piece::tick(false, "deposit back"),
            Piece::words("signed"),
            Piece::Blank(20),
        ],
    ];
    sections.push(Section {
        foot: sign,
        ..Section::default()
    });
    if !paper.why.is_empty() {
        sections.push(why(paper));
    }
    money_paper(settings, paper, "RENTAL CONTRACT", printed, sections)
}

/// How the price came about, in the words of the screen: each line of the agreement with its steps
/// beside it, then the sums. It stands behind the signatures: who wants to reckon it up can, and
/// nobody has to read past it to sign.
fn why(paper: &ContractPaper) -> Section {
    let numbered = |words: &str| {
        words
            .split_once(". ")
            .filter(|(number, _)| number.chars().all(|c| c.is_ascii_digit()))
            .map(|(number, name)| (number.to_owned(), name.to_owned()))
    };
    let mut rows: Vec<TableRow> = Vec::new();
    for words in &paper.why {
        match (words.strip_prefix("   "), numbered(words), rows.last_mut()) {
            (Some(step), _, Some(row)) => {
                if let Some(Piece::Words(before)) = row.cells[2].last_mut()
                    && !before.as_str().ends_with(':')
                {
                    *before = Text::new(&format!("{before};"));
                }
                row.cells[2].push(Piece::words(step));
            }
            (None, Some((number, name)), _) => rows.push(TableRow {
                cells: vec![
                    vec![Piece::whole(format!("{number}."))],
                    vec![Piece::words(name)],
                    Vec::new(),
                ],
                continues: false,
            }),
            _ => rows.push(TableRow {
                cells: vec![Vec::new(), Vec::new(), vec![Piece::words(words.trim())]],
                continues: false,
            }),
        }
    }
    let columns = vec![
        Column::new("", 4),
        Column::new("line", 22),
        Column::new("how the price comes about", 50),
    ];
    Section {
        table: Some(Table { columns, rows }),
        ..Section::default()
    }
}

/// What an agreement would say, before anybody agreed.
pub fn quote(settings: &Settings, paper: &ContractPaper, now: Moment, printed: &str) -> Document {
    let mut sections = agreement(settings, paper, now);
    if !paper.why.is_empty() {
        sections.push(why(paper));
    }
    sections.push(Section {
        headings: vec![said(
            "A quote holds no gear: what is free is settled when it is confirmed.",
        )],
        ..Section::default()
    });
    money_paper(settings, paper, "QUOTE", printed, sections)
}

/// What the customer takes along: what was rented and what was paid.
pub fn receipt(settings: &Settings, paper: &ContractPaper, now: Moment, printed: &str) -> Document {
    money_paper(
        settings,
        paper,
        "RECEIPT",
        printed,
        agreement(settings, paper, now),
    )
}
