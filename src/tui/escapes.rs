//! Esc and a key after it that come in one packet, as a slow line brings them. crossterm 0.29 takes
//! `ESC ESC [ 1 5 ~` for Esc and then five letters (event/sys/unix/parse.rs: a second escape byte
//! ends the first key, and with it the sequence), so that F5 would be typed into the box as `[15~`.
//! What follows an Esc in the same packet is read here as the key it was.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// More than any key sends.
const LETTERS_MAX: usize = 8;

fn letter(event: &Event) -> Option<char> {
    match event {
        Event::Key(KeyEvent {
            code: KeyCode::Char(letter),
            kind: KeyEventKind::Press,
            modifiers,
            ..
        }) if (*modifiers - KeyModifiers::SHIFT).is_empty() => Some(*letter),
        _ => None,
    }
}

pub fn is_escape(event: &Event) -> bool {
    matches!(
        event,
        Event::Key(KeyEvent {
            code: KeyCode::Esc,
            kind: KeyEventKind::Press,
            ..
        })
    )
}

/// Whether what came after an Esc may still become a key.
pub fn goes_on(after: &[Event]) -> bool {
    let Some((first, rest)) = after.split_first() else {
        return true;
    };
    let begins = matches!(letter(first), Some('[' | 'O'));
    begins
        && after.len() < LETTERS_MAX
        && rest.iter().all(|event| {
            letter(event).is_some_and(|letter| letter.is_ascii_digit() || letter == ';')
        })
}

/// The key that these were, if they were one.
pub fn key_of(after: &[Event]) -> Option<Event> {
    let letters: String = after.iter().map(letter).collect::<Option<String>>()?;
    let code = match letters.as_str() {
        "[A" | "OA" => KeyCode::Up,
        "[B" | "OB" => KeyCode::Down,
        "[C" | "OC" => KeyCode::Right,
        "[D" | "OD" => KeyCode::Left,
        "[H" | "OH" | "[1~" | "[7~" => KeyCode::Home,
        "[F" | "OF" | "[4~" | "[8~" => KeyCode::End,
        "[Z" => KeyCode::BackTab,
        "[2~" => KeyCode::Insert,
        "[3~" => KeyCode::Delete,
        "[5~" => KeyCode::PageUp,
        "[6~" => KeyCode::PageDown,
        "OP" | "[11~" => KeyCode::F(1),
        "OQ" | "[12~" => KeyCode::F(2),
        "OR" | "[13~" => KeyCode::F(3),
        "OS" | "[14~" => KeyCode::F(4),
        "[15~" => KeyCode::F(5),
        "[17~" => KeyCode::F(6),
        "[18~" => KeyCode::F(7),
        "[19~" => KeyCode::F(8),
        "[20~" => KeyCode::F(9),
        "[21~" => KeyCode::F(10),
        "[23~" => KeyCode::F(11),
        "[24~" => KeyCode::F(12),
        "[I" => return Some(Event::FocusGained),
        "[O" => return Some(Event::FocusLost),
        _ => return None,
    };
    Some(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<Event> {
        text.chars()
            .map(|letter| Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)))
            .collect()
    }

    #[test]
    fn what_follows_an_esc_in_its_packet_is_the_key_it_was() {
        for (letters, code) in [
            ("[15~", KeyCode::F(5)),
            ("OQ", KeyCode::F(2)),
            ("[A", KeyCode::Up),
            ("[3~", KeyCode::Delete),
        ] {
            let after = typed(letters);
            assert!(
                (0..after.len()).all(|count| goes_on(&after[..count])) && !goes_on(&after),
                "{letters}"
            );
            assert_eq!(
                key_of(&after),
                Some(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))),
                "{letters}"
            );
        }
        for letters in ["chen", "[x", "[1", "O", "[99~"] {
            assert_eq!(key_of(&typed(letters)), None, "{letters}");
        }
        assert!(!goes_on(&typed("c")));
    }
}
