//! A list's text cut into records and cells: quotes, line ends and separators as spreadsheets and
//! other programs write them.

use super::sheet::SheetRefusal;
use std::borrow::Cow;

/// Reads record after record. All marks are ASCII, so every cut lies between characters.
pub(super) struct Records<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) separator: u8,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Records {
            text,
            at: 0,
            line: 1,
            separator: b',',
        }
    }

    pub(super) fn skip_line(&mut self, length: usize) {
        self.at = length;
        self.end_line();
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Steps over CR, LF or CRLF, if one stands here.
    pub(super) fn end_line(&mut self) -> bool {
        match self.byte() {
            Some(b'\r') => {
                self.at += 1 + usize::from(self.text.as_bytes().get(self.at + 1) == Some(&b'\n'))
            }
            Some(b'\n') => self.at += 1,
            _ => return false,
        }
        self.line += 1;
        true
    }

    /// Fills `cells` with the next record and returns the line it begins on.
    pub(super) fn next(
        &mut self,
        cells: &mut Vec<Cow<'a, str>>,
    ) -> Result<Option<usize>, SheetRefusal> {
        cells.clear();
        if self.byte().is_none() {
            return Ok(None);
        }
        let row = self.line;
        loop {
            cells.push(self.cell()?);
            if self.byte() != Some(self.separator) {
                self.end_line();
                return Ok(Some(row));
            }
            self.at += 1;
        }
    }

    pub(super) fn cell(&mut self) -> Result<Cow<'a, str>, SheetRefusal> {
        let start = self.at;
        // Lists written by hand have a space before the quotation mark.
        while self.byte() == Some(b' ') && self.separator != b' ' {
            self.at += 1;
        }
        if self.byte() != Some(b'"') {
            self.skip_to_end_of_cell();
            return Ok(Cow::Borrowed(self.slice(start, self.at)));
        }
        let opened = self.line;
        self.at += 1;
        let mut inside = Cow::Borrowed("");
        let mut from = self.at;
        loop {
            match self.byte() {
                None => return Err(SheetRefusal::OpenQuote(opened)),
                Some(b'"') => {
                    let doubled = self.text.as_bytes().get(self.at + 1) == Some(&b'"');
                    joined(
                        &mut inside,
                        self.slice(from, self.at + usize::from(doubled)),
                    );
                    self.at += 1 + usize::from(doubled);
                    from = self.at;
                    if !doubled {
                        break;
                    }
                }
                Some(b'\r' | b'\n') => {
                    self.end_line();
                }
                Some(_) => self.at += 1,
            }
        }
        self.skip_to_end_of_cell();
        joined(&mut inside, self.slice(from, self.at));
        Ok(inside)
    }

    pub(super) fn skip_to_end_of_cell(&mut self) {
        while self
            .byte()
            .is_some_and(|byte| byte != self.separator && byte != b'\r' && byte != b'\n')
        {
            self.at += 1;
        }
    }
}

fn joined<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else if !more.is_empty() {
        text.to_mut().push_str(more);
    }
}
