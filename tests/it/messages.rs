//! What customers are written about: through the real program, with a real script in the place of
//! the mail program.
#![cfg(unix)]

use crate::cli::Counter;
use rentdesk::kernel::Clock;
use rentdesk::shop::Shop;
use rusqlite::Connection;
use serde_json::Value;
use std::fs;

/// A shop whose mail program keeps what it is given, and fails as long as there is a file called
/// `down`.
fn with_mail() -> Counter {
    let counter = Counter::open();
    let folder = counter.folder.path();
    let script = "if [ -e down ]; then cat >/dev/null; echo 'server says 421 for maya@kite.example' >&2; exit 75; fi\ncat >>sent.txt\n";
    fs::write(folder.join("mail program.sh"), script).unwrap();
    done(
        &counter,
        r#"settings set mail_command "sh 'mail program.sh'""#,
    );
    done(&counter, "settings set mail_from desk@northlight.example");
    counter
}

#[track_caller]
fn done(counter: &Counter, line: &str) -> String {
    let (code, stdout, stderr) = counter.run(line);
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}: {stdout}");
    stdout
}

fn sent(counter: &Counter) -> String {
    fs::read_to_string(counter.folder.path().join("sent.txt")).unwrap_or_default()
}

fn mails(counter: &Counter) -> usize {
    sent(counter).matches("Message-ID: ").count()
}

fn down(counter: &Counter, is_down: bool) {
    let flag = counter.folder.path().join("down");
    if is_down {
        fs::write(flag, "").unwrap()
    } else {
        fs::remove_file(flag).unwrap()
    }
}

/// Every message, oldest first: what it is about, and how it stands.
fn standing(counter: &Counter) -> Vec<(String, String, i64)> {
    let rows = counter.json("messages list --limit 0");
    let word = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|row| {
            (
                word(row, "template"),
                word(row, "state"),
                row["attempts"].as_i64().unwrap(),
            )
        })
        .collect()
}

fn stands(counter: &Counter) -> Vec<String> {
    standing(counter)
        .into_iter()
        .map(|(about, state, _)| format!("{about} {state}"))
        .collect()
}

fn query(counter: &Counter, sql: &str) {
    Connection::open(counter.folder.path().join("shop.db"))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

const RESERVE: &str = r#"reserve --customer C-0001 --from "mon 12:00" --to "tue 10:00" --line "Sony FX6 body" --confirm"#;

#[test]
fn case_54_a_mail_that_fails_is_tried_again_and_sent_once() {
    let counter = with_mail();
    done(&counter, RESERVE);
    down(&counter, true);
    let (code, said, _) = counter.run("messages send");
    assert_eq!((code, mails(&counter)), (1, 0), "{said}");
    assert!(
        said.contains("sh says \"server says 421 for …\""),
        "what is kept repeats no address: {said}"
    );
    assert_eq!(
        standing(&counter),
        [
            ("CONFIRMED".to_owned(), "FAILED".to_owned(), 1),
            ("CONFIRMED".to_owned(), "FAILED".to_owned(), 1)
        ],
        "the walk-in and the reservation"
    );
    assert_eq!(
        counter.json("show R-1002")["state"],
        "CONFIRMED",
        "the reservation is as it was"
    );
    done(&counter, "messages send"); // too soon: nothing is tried
    assert_eq!(standing(&counter)[1].2, 1);
    down(&counter, false);
    let later = counter.json("messages send --now 2025-11-21T09:44:00Z");
    assert_eq!(
        (later["sent"].as_array().unwrap().len(), mails(&counter)),
        (2, 2)
    );
    done(&counter, "messages send --now 2025-11-21T10:44:00Z");
    assert_eq!(
        (mails(&counter), stands(&counter)),
        (
            2,
            vec!["CONFIRMED SENT".to_owned(), "CONFIRMED SENT".to_owned()]
        ),
        "each once"
    );
    let mail = sent(&counter);
    for part in [
        "Subject: Your reservation R-1002 is confirmed",
        "<maya@kite.example>",
        "desk@northlight.example",
        "Dear Maya Chen,",
        "1 x Sony FX6 body",
        "Mon 24 Nov 12:00",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    let event = counter.json("messages list --limit 1")[0]["event"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        mail.contains(&format!("Message-ID: <{event}.2@northlight.example>")),
        "{mail}"
    );
    let told = counter.json("history --customer C-0001");
    let told: Vec<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["event"].as_str().unwrap().starts_with("Notification"))
        .filter_map(|row| {
            row["summary"]
                .as_str()?
                .split_once("message ")
                .map(|(_, words)| words)
        })
        .collect();
    assert_eq!(
        told,
        [
            "sent: confirmed",
            "sent: confirmed",
            "not sent: confirmed",
            "not sent: confirmed"
        ]
    );
    assert_eq!(counter.json("check")["problems"], serde_json::json!([]));
}

#[test]
fn case_54_who_wants_no_marketing_gets_none_and_the_confirmation_still() {
    let counter = with_mail();
    done(&counter, r#"settings set mail_about "confirmed, thanks""#);
    done(&counter, "customer preferences C-0001 --marketing off");
    done(&counter, "in CAM-0012 4*BAT-V150"); // all of R-1001 is back: worth a thank-you
    done(&counter, RESERVE);
    done(&counter, "messages send");
    assert_eq!(
        stands(&counter),
        [
            "CONFIRMED SUPPRESSED",
            "THANKS SUPPRESSED",
            "CONFIRMED SENT"
        ],
        "what is over is confirmed to nobody"
    );
    let why = counter.json("messages list --state suppressed");
    assert_eq!(why[0]["why"], "the customer wants no marketing mail");
    assert_eq!(
        (mails(&counter), sent(&counter).contains("R-1002")),
        (1, true)
    );
    // It is looked at when the message is sent, not when it is written.
    done(&counter, "messages retry 2");
    done(&counter, "customer preferences C-0001 --marketing on");
    done(&counter, "messages send");
    assert!(
        sent(&counter).contains("Subject: Thank you (R-1001)"),
        "{}",
        sent(&counter)
    );
}

#[test]
fn case_54_after_eight_tries_a_message_is_given_up_and_somebody_decides() {
    let counter = with_mail();
    down(&counter, true);
    for time in [
        "21T10:00", "21T10:01", "21T10:05", "21T10:25", "21T11:20", "21T13:30", "21T17:40",
        "22T02:00",
    ] {
        assert_eq!(
            counter
                .run(&format!("messages send --now 2025-11-{time}:00Z"))
                .0,
            1,
            "{time}"
        );
    }
    let dead = counter.json("messages list")[0].clone();
    assert_eq!(
        (&dead["state"], &dead["attempts"], &dead["next_attempt"]),
        (&"DEAD".into(), &8.into(), &Value::Null)
    );
    down(&counter, false);
    done(&counter, "messages send --now 2025-11-23T10:00:00Z");
    assert_eq!(mails(&counter), 0, "given up is given up");
    done(&counter, "messages retry 1");
    done(&counter, "messages send --now 2025-11-23T10:00:00Z");
    assert_eq!(mails(&counter), 1);
    let (code, _, said) = counter.run("messages drop 1 --reason late");
    assert!(code == 1 && said.contains("was sent already"), "{said}");
    assert_eq!(counter.run("messages retry 99").0, 3);
}

#[test]
fn without_a_mail_program_messages_wait_and_it_is_said() {
    let counter = Counter::open();
    let said = done(&counter, "messages send");
    assert!(
        said.contains("1 message waits: no mail program is set, so nothing is sent"),
        "{said}"
    );
    assert_eq!(stands(&counter), ["CONFIRMED PENDING"]);
    done(&counter, r#"settings set mail_command "cat""#);
    let (code, _, said) = counter.run("messages send");
    assert!(
        code == 1 && said.contains("no address to write from"),
        "{said}"
    );
    done(&counter, "settings set mail_from desk@northlight.example");
    let said = done(&counter, "messages send --dry-run");
    assert!(
        said.contains("Subject: Your reservation R-1001 is confirmed")
            && said.contains("1 message would be sent"),
        "{said}"
    );
    assert_eq!(
        stands(&counter),
        ["CONFIRMED PENDING"],
        "a rehearsal sends nothing"
    );
    done(&counter, "messages drop 1 --reason \"told in person\"");
    assert_eq!(counter.json("messages send")["sent"], serde_json::json!([]));
}

#[test]
fn what_is_undone_before_it_was_sent_is_not_sent() {
    let counter = with_mail();
    done(&counter, "messages send"); // the walk-in
    done(&counter, RESERVE);
    done(&counter, "undo");
    assert_eq!(
        stands(&counter),
        ["CONFIRMED SENT", "CONFIRMED SUPPRESSED"],
        "and nothing tells of a cancellation that nobody heard of"
    );
    done(&counter, RESERVE);
    done(&counter, "messages send");
    done(&counter, "cancel R-1003 --reason customer");
    done(&counter, "undo");
    assert_eq!(
        stands(&counter)[2..],
        ["CONFIRMED SENT", "CANCELLED SUPPRESSED"]
    );
    done(&counter, "undo");
    done(&counter, "messages send");
    assert_eq!(
        stands(&counter)[4..],
        ["CANCELLED SENT"],
        "what the customer was told is taken back"
    );
    assert!(sent(&counter).contains("Subject: Your reservation R-1003 is cancelled"));
}

#[test]
fn several_changes_are_told_once_as_they_stand_when_it_is_sent() {
    let counter = with_mail();
    done(&counter, RESERVE);
    done(&counter, "messages send");
    for line in [
        r#"change R-1002 --to "tue 12:00""#,
        r#"change R-1002 --to "tue 15:00""#,
        r#"change R-1002 --note "at the back door""#,
    ] {
        done(&counter, line);
    }
    assert_eq!(
        stands(&counter)[2..],
        ["CHANGED PENDING", "CHANGED SUPPRESSED"],
        "a note is no news"
    );
    done(&counter, "messages send");
    let mail = sent(&counter);
    assert!(
        mail.contains("Subject: Your reservation R-1002 was changed")
            && mail.contains("Tue 25 Nov 15:00")
            && !mail.contains("12:00 to Tue 25 Nov 12:00"),
        "{mail}"
    );
}

#[test]
fn all_that_is_overdue_of_a_reservation_is_one_reminder() {
    let counter = with_mail();
    done(&counter, "messages send");
    done(
        &counter,
        "customer preferences C-0002 --sms off --now 2025-11-24T11:00:00Z",
    ); // any act lets the day go on
    assert_eq!(
        stands(&counter)[1..],
        ["OVERDUE PENDING", "OVERDUE SUPPRESSED"]
    );
    done(&counter, "messages send --now 2025-11-24T11:00:00Z");
    let mail = sent(&counter);
    assert!(
        mail.contains("1 x Sony FX6 body (CAM-0012), due Mon 24 Nov 10:00")
            && mail.contains("4 x V-lock 150, due Mon 24 Nov 10:00"),
        "{mail}"
    );
    // Brought back before it is sent, it is not reminded of.
    let counter = with_mail();
    done(
        &counter,
        "customer preferences C-0002 --sms off --now 2025-11-24T11:00:00Z",
    );
    done(
        &counter,
        "in CAM-0012 4*BAT-V150 --now 2025-11-24T11:01:00Z",
    );
    done(&counter, "messages send --now 2025-11-24T11:02:00Z");
    assert!(!sent(&counter).contains("due"), "{}", sent(&counter));
}

#[test]
fn a_sender_that_died_asks_before_it_sends_again() {
    let counter = with_mail();
    query(&counter, "UPDATE message SET sending = 1, attempts = 1");
    done(&counter, "messages send");
    let asked = counter.json("messages list")[0].clone();
    assert_eq!(
        (&asked["state"], &asked["next_attempt"], mails(&counter)),
        (&"FAILED".into(), &Value::Null, 0)
    );
    assert!(
        asked["why"]
            .as_str()
            .unwrap()
            .contains("may have been sent"),
        "{asked}"
    );
    assert!(done(&counter, "messages list").contains("1 for somebody to answer"));
    done(&counter, "messages retry 1");
    done(&counter, "messages send");
    assert_eq!(mails(&counter), 1);
}

#[test]
fn there_is_one_sender_at_a_time() {
    let counter = with_mail();
    let shop = Shop::open(
        &counter.folder.path().join("shop.db"),
        Clock::Fixed(crate::counter::friday()),
    )
    .unwrap();
    let lock = shop.store.sender().unwrap();
    assert!(lock.is_some());
    let (code, _, said) = counter.run("messages send");
    assert!(
        code == 1 && said.contains("being sent by another program"),
        "{said}"
    );
    drop(lock);
    done(&counter, "messages send");
    assert_eq!(mails(&counter), 1);
}

#[test]
fn messages_are_kept_and_never_made_again() {
    let counter = with_mail();
    done(&counter, "messages send");
    let before = counter.json("messages list");
    done(&counter, "rebuild all");
    let (code, _, said) = counter.run("rebuild notifications");
    assert!(
        code == 1 && said.contains("is kept, not made again"),
        "{said}"
    );
    query(
        &counter,
        "UPDATE consumer_cursor SET last_seq = 0 WHERE consumer = 'notifications'",
    );
    done(&counter, "outbox drain");
    assert_eq!(
        counter.json("messages list"),
        before,
        "heard twice, written once"
    );
}

#[test]
fn a_customer_without_an_address_or_with_a_hostile_name_does_no_harm() {
    let counter = with_mail();
    done(
        &counter,
        r#"customer add "Eve {lines} <x@evil.example>, Bcc: all@evil.example" --phone 1 --email eve@kite.example"#,
    );
    for customer in ["C-0002", "C-0003"] {
        done(
            &counter,
            &format!(
                r#"reserve --customer {customer} --from "fri 12:00" --to "fri 15:00" --line "V-lock 150" --confirm"#
            ),
        );
    }
    done(&counter, "messages send");
    assert_eq!(
        stands(&counter),
        ["CONFIRMED SENT", "CONFIRMED SUPPRESSED", "CONFIRMED SENT"]
    );
    let why = counter.json("messages list --state suppressed");
    assert_eq!(why[0]["why"], "the customer has no e-mail address");
    let mail = sent(&counter);
    assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
    assert!(mail.contains("<eve@kite.example>"), "{mail}");
}

/// The same shop at the counter, some minutes later. Its mail program is told by its whole path:
/// nobody knows where the counter was started.
fn at_the_counter(shop: Counter, minutes: i64) -> crate::counter::Counter {
    let script = shop.folder.path().join("mail program.sh");
    let program = fs::read_to_string(&script).unwrap();
    fs::write(&script, format!("cd \"$(dirname \"$0\")\"\n{program}")).unwrap();
    done(
        &shop,
        &format!("settings set mail_command \"sh '{}'\"", script.display()),
    );
    let folder = shop.folder;
    let opened = Shop::open(
        &folder.path().join("shop.db"),
        Clock::Fixed(crate::counter::friday().plus_minutes(minutes)),
    )
    .unwrap();
    opened.drain_all().unwrap(); // a slice of time may be too short for all of it on a busy machine
    crate::counter::Counter::over(opened, folder)
}

fn message(counter: &crate::counter::Counter, id: i64) -> rentdesk::notifications::Message {
    rentdesk::notifications::known(counter.app.shop.read(), rentdesk::kernel::MessageId(id))
        .unwrap()
}

/// Ticks until it is so: a mail program of its own takes its time.
fn tick_until(
    counter: &mut crate::counter::Counter,
    what: &str,
    is_so: impl Fn(&crate::counter::Counter) -> bool,
) {
    for _ in 0..400 {
        counter.app.tick().unwrap();
        if is_so(counter) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("never {what}");
}

#[test]
fn the_counter_sends_what_waits_beside_the_work() {
    use rentdesk::notifications::MessageState::{Pending, Sent};
    let mut counter = at_the_counter(with_mail(), 1);
    for _ in 0..3 {
        counter.app.tick().unwrap();
    }
    assert_eq!(
        message(&counter, 1).state,
        Pending,
        "what was done a minute ago may still be undone"
    );
    counter.app.shop.clock = Clock::Fixed(crate::counter::friday().plus_minutes(3));
    tick_until(&mut counter, "sent", |counter| {
        message(counter, 1).state == Sent
    });
    let sent = fs::read_to_string(counter.folder.path().join("sent.txt")).unwrap();
    assert_eq!(
        (
            sent.matches("Message-ID: ").count(),
            sent.contains("Subject: Your reservation R-1001 is confirmed")
        ),
        (1, true),
        "{sent}"
    );
    for _ in 0..3 {
        counter.app.tick().unwrap();
    }
    assert_eq!(
        fs::read_to_string(counter.folder.path().join("sent.txt")).unwrap(),
        sent,
        "once"
    );
    // The right to send is given back: a sender of its own may go on.
    assert!(counter.app.shop.store.sender().unwrap().is_some());
    counter.check();
}

#[test]
fn a_message_that_failed_for_good_needs_somebody() {
    use rentdesk::notifications::MessageState::{Dead, Failed, Sent};
    let shop = with_mail();
    down(&shop, true);
    let mut counter = at_the_counter(shop, 3);
    tick_until(&mut counter, "failed", |counter| {
        message(counter, 1).state == Failed
    });
    assert!(
        !counter.screen().contains("! not sent"),
        "it is tried again by itself"
    );
    for (tries, minutes) in [19, 23, 43, 98, 228, 478, 978].into_iter().enumerate() {
        counter.app.shop.clock = Clock::Fixed(crate::counter::friday().plus_minutes(minutes));
        tick_until(&mut counter, "tried again", |counter| {
            message(counter, 1).attempts == tries as i64 + 2
        });
        tick_until(&mut counter, "known", |counter| {
            !message(counter, 1).sending
        });
    }
    assert_eq!(
        (message(&counter, 1).state, message(&counter, 1).attempts),
        (Dead, 8)
    );
    counter.keys("<esc>");
    let screen = counter.screen_at(140, 30);
    assert!(
        screen.contains("! not sent")
            && screen.contains("Maya Chen · confirmed R-1001")
            && screen.contains("message failed for good"),
        "{screen}"
    );
    let small = counter.screen_at(80, 24);
    assert!(small.contains("failed · messages retry 1"), "{small}");
    // The command line says the same, and what it names brings it on its way again.
    let now = "2025-11-22T02:30:00Z";
    let shop = Counter {
        folder: counter.folder,
    };
    counter.app.shop.close();
    let today = done(&shop, &format!("today --now {now}"));
    assert!(today.contains("message to Maya Chen failed for good (confirmed, R-1001): sh says \"server says 421 for …\" (rentdesk messages retry 1)"), "{today}");
    let needs = shop.json(&format!("today --now {now}"))["needs"].clone();
    let unsent = needs
        .as_array()
        .unwrap()
        .iter()
        .find(|need| need["need"] == "UNSENT")
        .unwrap();
    assert_eq!(
        (&unsent["message"], &unsent["state"], &unsent["reservation"]),
        (&1.into(), &"DEAD".into(), &"R-1001".into())
    );
    down(&shop, false);
    done(&shop, &format!("messages retry 1 --now {now}"));
    assert!(
        !done(&shop, &format!("today --now {now}")).contains("message to"),
        "who acted has no row any more"
    );
    let mut counter = at_the_counter(shop, 1020);
    tick_until(&mut counter, "sent", |counter| {
        message(counter, 1).state == Sent
    });
}

#[test]
fn what_became_of_a_mail_is_kept_until_it_can_be_written() {
    use rentdesk::notifications::MessageState::Sent;
    let mut counter = at_the_counter(with_mail(), 3);
    tick_until(&mut counter, "begun", |counter| message(counter, 1).sending);
    let file = Connection::open(counter.folder.path().join("shop.db")).unwrap();
    file.execute_batch(
        "CREATE TRIGGER not_now BEFORE UPDATE ON message BEGIN SELECT RAISE(ABORT, 'not now'); END",
    )
    .unwrap();
    // The fault of the sender is told once, and keeps nothing else from being done.
    tick_until(&mut counter, "told", |counter| {
        counter.verdict().starts_with("BAD messages are not sent")
    });
    assert!(
        counter.app.shop.store.sender().unwrap().is_none(),
        "until it is marked nobody else may send"
    );
    counter.keys("chen<esc>");
    counter.app.tick().unwrap();
    assert!(
        !counter.verdict().contains("messages are not sent"),
        "{}",
        counter.verdict()
    );
    file.execute_batch("DROP TRIGGER not_now").unwrap();
    tick_until(&mut counter, "marked", |counter| {
        message(counter, 1).state == Sent
    });
    assert!(counter.app.shop.store.sender().unwrap().is_some());
    assert_eq!(
        (message(&counter, 1).attempts, message(&counter, 1).error),
        (1, None)
    );
    counter.check();
}
