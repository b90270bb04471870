//! The command line as a person and a program meet it: the real binary, on a shop of its own, at a
//! fixed time. What a command does is proved where it is done; here stand the words, the exit codes
//! and the shapes.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) const NOW: &str = "2025-11-21T09:42:00Z";

/// A folder with a shop in it, or none yet.
pub(crate) struct Counter {
    pub(crate) folder: TempDir,
}

impl Counter {
    pub(crate) fn empty() -> Self {
        Counter {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A shop with two cameras, counted batteries, two customers and one hand-over.
    pub(crate) fn open() -> Self {
        let counter = Counter::empty();
        for line in [
            r#"init --name "North Light" --timezone Europe/Berlin --preset film"#,
            r#"type add "Sony FX6 body" --category Camera --daily 180 --spec Mount=E"#,
            r#"type add "V-lock 150" --category Power --bulk --quantity 20 --tag BAT-V150 --location B2"#,
            r#"item add "Sony FX6 body" --tag CAM-0012 --serial 4011207 --location A3"#,
            r#"item add "Sony FX6 body" --tag CAM-0013"#,
            r#"customer add "Maya Chen" --phone "0612 555 120" --email maya@kite.example"#,
            r#"customer add "Sam Okoro" --phone "0612 555 121""#,
            r#"staff add Ana"#,
            r#"out --customer C-0001 CAM-0012 4*BAT-V150 --due "mon 10:00""#,
        ] {
            let (code, _, stderr) = counter.run(line);
            assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
        }
        counter
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
        command
            .env_remove("RENTDESK_DB")
            .env_remove("RENTDESK_NOW")
            .env("COLUMNS", "100")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
            .env("RENTDESK_DB", self.file())
            .env("RENTDESK_NOW", NOW);
        command
    }

    /// One line as typed in a shell, double quotes understood: its exit code, stdout and stderr.
    pub(crate) fn run(&self, line: &str) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command().args(words(line)).output().unwrap();
        (
            status.code().unwrap(),
            self.without_folder(&stdout),
            self.without_folder(&stderr),
        )
    }

    fn without_folder(&self, bytes: &[u8]) -> String {
        let folder = self.folder.path().canonicalize().unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.replace(&*folder.to_string_lossy(), "FOLDER")
            .replace(&*self.folder.path().to_string_lossy(), "FOLDER")
    }

    pub(crate) fn json(&self, line: &str) -> Value {
        let (_, stdout, stderr) = self.run(&format!("{line} --json"));
        serde_json::from_str(&stdout)
            .unwrap_or_else(|error| panic!("{line}: {error}\n{stdout}{stderr}"))
    }

    /// What a person at a shell would see.
    pub(crate) fn transcript(&self, lines: &[&str]) -> String {
        let told = lines.iter().map(|line| {
            let (code, stdout, stderr) = self.run(line);
            let code = if code == 0 {
                String::new()
            } else {
                format!("[exit {code}]\n")
            };
            format!("$ rentdesk {line}\n{stdout}{stderr}{code}\n")
        });
        told.collect::<String>().trim_end().to_owned()
    }
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (position, part) in line.split('"').enumerate() {
        if position % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn a_shop_is_opened_filled_and_used() {
    let counter = Counter::empty();
    let told = counter.transcript(&[
        r#"init --name "North Light" --timezone Europe/Berlin"#,
        r#"category add Camera"#,
        r#"type add "Sony FX6 body" --category Camera --daily 180 --weekly 720 --spec Mount=E"#,
        r#"item add "Sony FX6 body" --tag CAM-0012 --location A3"#,
        r#"item add "Sony FX6 body""#,
        r#"customer add "Maya Chen" --phone "0612 555 120""#,
        r#"staff add Ana"#,
        r#"out --customer "Maya Chen" --due "mon 10:00" CAM-0012 CAM-7 --staff Ana"#,
        r#"item show CAM-0012"#,
        r#"who cam12"#,
        r#"in CAM-0012 --now "2025-11-26 18:00" --condition unusable --note "lens mount bent""#,
        r#"who CAM-0012 --on "22 nov" --now "2025-11-27""#,
        r#"history --item CAM-0012"#,
        r#"late"#,
        r#"check"#,
    ]);
    insta::assert_snapshot!(told, @r##"
    $ rentdesk init --name "North Light" --timezone Europe/Berlin
    North Light is open: EUR, Europe/Berlin, in FOLDER/shop.db
    Next: rentdesk category add NAME makes the first category.

    $ rentdesk category add Camera
    "Camera" is a category now; its tags begin with CAM.

    $ rentdesk type add "Sony FX6 body" --category Camera --daily 180 --weekly 720 --spec Mount=E
    Sony FX6 body
      category    Camera
      specs       Mount E
      rates       180.00 EUR by the day, 720.00 EUR by the week
      stock       0 owned, 0 in, 0 out, 0 on the bench, 0 lost

    $ rentdesk item add "Sony FX6 body" --tag CAM-0012 --location A3
    CAM-0012 Sony FX6 body
      state      in
      condition  good
      category   Camera
      location   A3
      rented     0 times

    $ rentdesk item add "Sony FX6 body"
    CAM-0001 Sony FX6 body
      state      in
      condition  good
      category   Camera
      rented     0 times

    $ rentdesk customer add "Maya Chen" --phone "0612 555 120"
    C-0001 Maya Chen
      phone      0612 555 120
      customer   since Fri 21 Nov 2025
      rentals    0 rentals, 0 of them late

    $ rentdesk staff add Ana
    S-0001 Ana works here now.

    $ rentdesk out --customer "Maya Chen" --due "mon 10:00" CAM-0012 CAM-7 --staff Ana
    1 item out to Maya Chen C-0001, R-1001
    TAG       TYPE           DUE
    CAM-0012  Sony FX6 body  Mon 24 Nov 10:00
    Not out:
      CAM-7: There is nothing with the tag "CAM-7" here; did you mean CAM-0001 Sony FX6 body or CAM-0012 Sony FX6 body?
    [exit 1]

    $ rentdesk item show CAM-0012
    CAM-0012 Sony FX6 body
      state      out to Maya Chen C-0001, R-1001, due Mon 24 Nov 10:00
      condition  good
      category   Camera
      location   A3
      rented     1 time

    $ rentdesk who cam12
    CAM-0012 is with Maya Chen C-0001, R-1001: out Fri 21 Nov 10:42, due Mon 24 Nov 10:00, not back yet.

    $ rentdesk in CAM-0012 --now "2025-11-26 18:00" --condition unusable --note "lens mount bent"
    TAG       TYPE           FROM              R- NO.  LATE    CONDITION  GOES TO
    CAM-0012  Sony FX6 body  Maya Chen C-0001  R-1001  2 days  unusable   BENCH
    1 item back

    $ rentdesk who CAM-0012 --on "22 nov" --now "2025-11-27"
    On Sat 22 Nov 2025 CAM-0012 was with Maya Chen C-0001, R-1001: out Fri 21 Nov 10:42, due Mon 24 Nov 10:00, back Wed 26 Nov 18:00.

    $ rentdesk history --item CAM-0012
    WHEN              WHAT                               ITEM                    WHO        R- NO.  BY
    Wed 26 Nov 18:00  good -> unusable: lens mount bent  CAM-0012 Sony FX6 body  Maya Chen  R-1001
    Wed 26 Nov 18:00  back, unusable, 2 days late        CAM-0012 Sony FX6 body  Maya Chen  R-1001
    Wed 26 Nov 18:00  overdue                            CAM-0012 Sony FX6 body  Maya Chen  R-1001
    Fri 21 Nov 10:42  out, good                          CAM-0012 Sony FX6 body  Maya Chen  R-1001  Ana
    Fri 21 Nov 10:42  added                              CAM-0012 Sony FX6 body
    5 of 5 entries

    $ rentdesk late
    Nothing is overdue.

    $ rentdesk check
    The books are right: 13 events proved.
    There is no backup yet (rentdesk backup).
    "##);
}

#[test]
fn every_way_to_fail_has_its_code_and_its_sentence() {
    let counter = Counter::open();
    for (line, code, says) in [
        ("item show CAM-0012", 0, ""),
        ("customer rentals C-0002", 0, ""),
        (
            "item add \"Sony FX6 body\" --tag cam0012",
            1,
            "Refused: CAM0012 is the tag of Sony FX6 body already.\nHint: use another tag\n",
        ),
        (
            "customer add Bo",
            1,
            "Refused: A customer needs a phone number.\nHint: type the number, or relax it (rentdesk settings set phone_required off)\n",
        ),
        (
            "out --customer C-0002 CAM-0012",
            1,
            "Refused: CAM-0012 Sony FX6 body is still out to Maya Chen R-1001, due Mon 24 Nov 10:00.\nHint: CAM-0013 is free\n",
        ),
        (
            "item condition CAM-0013 unusable",
            1,
            "Refused: \"unusable\" needs a note that says what is wrong.\nHint: say what is wrong (--note)\n",
        ),
        (
            "item block CAM-0013 --from \"28 nov\" --to \"27 nov\" --reason fair",
            1,
            "Refused: A block ends after it begins, after now and before 2100.\nHint: give another start or end (--from, --to)\n",
        ),
        (
            "item block BAT-V150 --reason fair",
            2,
            "Refused: BAT-V150 is counted: how many of it are blocked.\nHint: say how many: 4*BAT-V150, or --qty 4\n",
        ),
        (
            "item block BAT-V150 --qty 21 --reason fair",
            1,
            "Refused: 21 of BAT-V150 cannot be blocked: there are 20.\nHint: give the number of pieces (--qty)\n",
        ),
        (
            "item unblock CAM-0013",
            1,
            "Refused: CAM-0013 is not blocked.\nHint: F8 lists what is (rentdesk item blocks)\n",
        ),
        (
            "item unblock 7",
            3,
            "Refused: There is no block \"7\".\nHint: F8 lists what is (rentdesk item blocks)\n",
        ),
        (
            "item unblock CAM-9999",
            3,
            "Refused: There is nothing with the tag",
        ),
        (
            "item unpack CAM-0013",
            1,
            "Refused: CAM-0013 belongs into no case.\nHint: put it into one (rentdesk item case CASE TAG)\n",
        ),
        (
            "item case CAM-0013 CAM-0012",
            1,
            "Refused: CAM-0012 is out; take it back first.\nHint: F3 and scan it (rentdesk in CAM-0012)\n",
        ),
        (
            "kit show \"V-lock 150\"",
            3,
            "Refused: \"V-lock 150\" is no kit.\nHint: look among the kits (rentdesk kit list)\n",
        ),
        (
            "kit set \"V-lock 150\" \"Sony FX6 body*2\"",
            1,
            "Refused: V-lock 150 has 20 in stock, so it cannot be a kit.\nHint: make a new type for the kit (rentdesk type add)\n",
        ),
        (
            "kit set \"Sony FX6 body\" Nothing",
            3,
            "Refused: There is no type \"Nothing\".",
        ),
        (
            "kit set \"Sony FX6 body\"",
            2,
            "error: the following required arguments were not provided:",
        ),
        (
            "type edit \"Sony FX6 body\" --accessory \"V-lock 150*0\"",
            1,
            "Refused: A ratio is 1 to 1000 of V-lock 150 for 1 to 1000 of the type, not 0 for 1.\n",
        ),
        (
            "type edit \"Sony FX6 body\" --no-substitute \"V-lock 150\"",
            1,
            "Refused: V-lock 150 is not taken in place of Sony FX6 body.\n",
        ),
        (
            "settings set due_after soon",
            1,
            "Refused: due_after takes a length, like 4h or 1d, not \"soon\".\nHint: for example: rentdesk settings set due_after 1d\n",
        ),
        (
            "who CAM-0012 --on tmrw",
            2,
            "Refused: \"tmrw\" is not a date or time.\nHint: for example \"fri 9:00\", +3d, 2026-11-24 or 2026-11-24T09:00:00Z\n",
        ),
        (
            "type edit \"Sony FX6 body\" --daily much",
            2,
            "Refused: \"much\" is not an amount in EUR.\nHint: for example 49.90\n",
        ),
        (
            "who",
            2,
            "error: the following required arguments were not provided:",
        ),
        (
            "list --state gone",
            2,
            "error: invalid value 'gone' for '--state <STATE>': it is one of QUOTE, HOLD",
        ),
        (
            "frobnicate",
            2,
            "error: unrecognized subcommand 'frobnicate'",
        ),
        (
            "who CAM-9999",
            3,
            "Refused: There is nothing with the tag \"CAM-9999\" here.\nHint: did you mean CAM-00",
        ),
        (
            "show R-9",
            3,
            "Refused: There is no reservation \"R-9\".\nHint: check the number (rentdesk list)\n",
        ),
        (
            "customer show nobody@kite.example",
            3,
            "Refused: There is no customer \"nobody@kite.example\".",
        ),
        (
            "--staff Zoe list",
            3,
            "Refused: Nobody called \"Zoe\" works here.\nHint: rentdesk staff add \"Zoe\" adds them\n",
        ),
        (
            "import items nowhere.csv",
            3,
            "Refused: There is no file nowhere.csv.\nHint: check the path\n",
        ),
        (
            "out --customer C-0001 CAM-9999",
            3,
            "Refused: There is nothing with the tag",
        ),
    ] {
        let (found, _, stderr) = counter.run(line);
        assert!(
            found == code && stderr.starts_with(says) && says.is_empty() == stderr.is_empty(),
            "{line}: {found}\n{stderr}"
        );
    }
}

#[test]
fn a_refusal_is_a_document_too() {
    let counter = Counter::open();
    let (code, stdout, stderr) = counter.run("--json show R-9");
    assert_eq!((code, stdout.as_str()), (3, ""));
    insta::assert_snapshot!(stderr, @r#"
    {
      "refused": {
        "hint": "check the number (rentdesk list)",
        "kind": "booking",
        "message": "There is no reservation \"R-9\""
      }
    }
    "#);
    let (code, stdout, stderr) = counter.run("--json frobnicate");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(
        serde_json::from_str::<Value>(&stderr).unwrap()["refused"]["kind"],
        "usage"
    );
}

#[test]
fn what_cannot_leave_is_left_and_the_rest_goes() {
    let counter = Counter::open();
    let (code, stdout, _) = counter.run("out --customer C-0002 CAM-0012 CAM-0013 NOPE --json");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 1);
    assert_eq!(answer["out"], serde_json::json!(["CAM-0013"]));
    assert_eq!(answer["not_out"].as_array().unwrap().len(), 2);
    for (line, code) in [
        ("in NOPE", 3),
        ("in NOPE CAM-0013", 1),
        ("in CAM-0013", 1),
        ("in 2*BAT-V150", 0),
        ("in 3*BAT-V150", 1),
        ("in BAT-V150*2", 0),
        ("in CAM-0012", 0),
        ("in CAM-0012", 1),
    ] {
        let (found, stdout, stderr) = counter.run(line);
        assert_eq!(found, code, "{line}\n{stdout}{stderr}");
    }
    assert_eq!(
        counter.json("check"),
        serde_json::json!({"ok": true, "problems": []})
    );
}

#[test]
fn other_programs_can_rely_on_the_names() {
    let counter = Counter::open();
    counter.run("item condition CAM-0013 unusable --note scratched");
    for line in [
        "type add \"Battery set\" --category Power",
        "kit set \"Battery set\" \"V-lock 150*4\"",
        "type edit \"Sony FX6 body\" --accessory \"V-lock 150*3\" --substitute \"Battery set\"",
        "item add \"Sony FX6 body\" --tag CAM-0020",
        "item case CAM-0020 CAM-0013",
        "item block BAT-V150 --qty 2 --from tomorrow --reason \"being tested\"",
    ] {
        assert_eq!(counter.run(line).0, 0, "{line}: {}", counter.run(line).2);
    }
    std::fs::write(
        counter.folder.path().join("list.csv"),
        "name,phone,since\nBo,0612,2025-01-02\nCy,0613,once\n",
    )
    .unwrap();
    let late = "--now 2025-11-25T09:00:00Z";
    let keys = |line: &str| {
        let shape = shape(&counter.json(line));
        format!("{line}: {shape}\n")
    };
    let golden: String = [
        "item show CAM-0012",
        "item show BAT-V150",
        "item list",
        "item show CAM-0020",
        "item blocks",
        "item block CAM-0013 --reason fair --dry-run",
        "item unblock BAT-V150 --dry-run",
        "item unpack CAM-0013 --dry-run",
        "kit list",
        "kit show \"Battery set\"",
        "kit drop \"Battery set\" --dry-run",
        "type show \"Sony FX6 body\"",
        "type list",
        "category list",
        "customer show C-0001",
        "customer list",
        "customer rentals C-0001",
        "customer rentals C-0002",
        "staff list",
        "settings list",
        "who CAM-0012",
        "history",
        "history --tally customer",
        &format!("late {late}"),
        "list",
        "show R-1001",
        &format!("today {late}"),
        "outbox status",
        "events --limit 1",
        "check",
        "out --customer C-0002 BAT-V150 NOPE --dry-run",
        "in CAM-0012 NOPE --dry-run",
        "undo --dry-run",
        "import customers list.csv --dry-run",
    ]
    .iter()
    .map(|line| keys(line))
    .collect();
    insta::assert_snapshot!(golden.trim_end(), @r##"
    item show CAM-0012: {blocks, case, category, condition, contents, due, flags, held_by, lifecycle, lifecycle_by, lifecycle_reason, lifecycle_since, location, note, packed, reference, reservation, serial, state, tag, times_out, type}
    item show BAT-V150: {blocks [{block, from, kind, quantity, reason, to}], category, condition, due, held_by, holders [{customer, due, quantity, reservation}], lifecycle, location, out, quantity, state, tag, type}
    item list: [{condition, lifecycle, location, reference, serial, state, tag, type}]
    item show CAM-0020: {blocks, case, category, condition, contents [{packed, tag, type}], due, flags, held_by, lifecycle, lifecycle_by, lifecycle_reason, lifecycle_since, location, note, packed, reference, reservation, serial, state, tag, times_out, type}
    item blocks: [{block, from, kind, quantity, reason, tag, to, type}]
    item block CAM-0013 --reason fair --dry-run: {block, from, hurts, kind, mends, quantity, reason, tag, to, type}
    item unblock BAT-V150 --dry-run: {block, from, hurts, kind, mends, quantity, reason, tag, to, type}
    item unpack CAM-0013 --dry-run: {case, contents [{packed, tag, type}], hurts, mends, type}
    kit list: [{components [{quantity, type}], kit}]
    kit show "Battery set": {components [{quantity, type}], exploded [{quantity, type}], kit, part_of}
    kit drop "Battery set" --dry-run: {components, kit}
    type show "Sony FX6 body": {accessories [{by_default, per, quantity, type}], bench, category, components, contents, currency, description, fixed_hours, in, items, location, lost, out, owned, rates {daily, fixed, hourly, minimum, weekly}, rates_from, reference, role, specs {Mount}, substitutes, tag, tax_class, tracking, turnaround_minutes, type, value, withdrawn}
    type list: [{bench, category, currency, daily, in, lost, out, owned, reference, tracking, type}]
    category list: [{category, letters, name, types}]
    customer show C-0001: {city, company, country, currency, customer, email, known_up_to, late, name, note, out [{due, late_minutes, quantity, reservation, tag}], phone, points, postal_code, reference, region, registered, rentals, state, street, suspended_reason, tier, tier_until, value}
    customer list: [{company, customer, email, name, phone, reference, state}]
    customer rentals C-0001: [{back, condition, due, late_minutes, out, outcome, quantity, reference, reservation, state, tag, type}]
    customer rentals C-0002: []
    staff list: [{active, name, staff}]
    settings list: [{default, meaning, setting, takes, value}]
    who CAM-0012: {back, back_at, customer, due, on, out, reservation, state, tag}
    history: [{at, condition_after, condition_before, customer, due, event, late_minutes, reservation, seq, staff, summary, tag, type}]
    history --tally customer: [{count, customer}]
    late --now 2025-11-25T09:00:00Z: [{customer, due, late_minutes, quantity, reservation, tag, type}]
    list: [{customer, from, hold_lapses, items, reference, reservation, state, to}]
    show R-1001: {cancel_reason, currency, customer, customer_name, discounts, from, hold_lapses, lines [{back, due, each, from, kit, line, lost, out, packed, part_of, pin, quantity, short, state, swaps, tags, tax_class, tax_percent, total, type}], note, out_of_sync, prices, reference, reservation, state, subtotal, taxes, to, total}
    today --now 2025-11-25T09:00:00Z: {back_today, day, going_out, lapsing, more_to_settle, needs, out, overdue [{back, customer, due, late_minutes, name, out, phone, reservation, what}], short, to_settle, tomorrow}
    outbox status: {consumers [{attempts, lag, last_error, last_seq, name, state}], events}
    events --limit 1: [{aggregate, aggregate_id, at, id, kind, payload {category_id, tracking, turnaround_minutes, type_id}, seq, staff, version}]
    check: {ok, problems}
    out --customer C-0002 BAT-V150 NOPE --dry-run: {customer, due, hurts, items [{due, quantity, tag}], not_out [{candidates, hint, reason, tag}], out, reservation, short, warnings}
    in CAM-0012 NOPE --dry-run: {back [{condition, customer, hurts, late_minutes, location, mends, missing, next_stop, quantity, reservation, tag}], not_back [{candidates, hint, reason, tag}]}
    undo --dry-run: {before, hurts, mends, undone}
    import customers list.csv --dry-run: {columns, created {bulk, customers, items, payments, rentals, types}, dry_run, notes, out_now, problems [{column, message, row}], saved, skipped}
    "##);
}

/// The names of a document, one level into lists and objects.
pub(crate) fn shape(value: &Value) -> String {
    match value {
        Value::Array(rows) => format!("[{}]", rows.first().map_or_else(String::new, shape)),
        Value::Object(fields) => {
            let nested = |value: &Value| match value {
                Value::Array(rows) if rows.first().is_some_and(Value::is_object) => {
                    format!(" {}", shape(value))
                }
                Value::Object(fields) if !fields.is_empty() => format!(" {}", shape(value)),
                _ => String::new(),
            };
            format!(
                "{{{}}}",
                fields
                    .iter()
                    .map(|(name, value)| format!("{name}{}", nested(value)))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        other => other.to_string(),
    }
}

#[test]
fn a_rehearsal_changes_nothing() {
    let counter = Counter::open();
    let state = || {
        (
            counter.json("events --limit 0"),
            counter.json("settings"),
            counter.json("item list"),
            counter.json("customer list"),
        )
    };
    let before = state();
    for line in [
        "category add LED --under Light",
        "type add Tripod --category Grip --daily 12",
        "type edit \"V-lock 150\" --quantity 30",
        "item add \"Sony FX6 body\"",
        "item retire CAM-0013 --reason sold",
        "item block CAM-0013 --reason fair",
        "item block BAT-V150 --qty 2 --reason fair",
        "item case CAM-0013 --empty",
        "type add Set --category Grip",
        "customer add Bo --phone 1",
        "customer suspend C-0002 --reason \"owes 90\"",
        "staff add Ben",
        "settings set due_after 2d",
        "out --customer C-0002 CAM-0013",
        "in CAM-0012",
        "undo",
        "reserve --customer C-0002 --from tomorrow --to +3d --line CAM-0013 --confirm",
        "reserve --from tomorrow --to +3d --line \"V-lock 150*2\" --quote",
        "extend CAM-0012 --to \"tue 10:00\"",
        "pick-list --pdf list.pdf",
        "checklist R-1001 --print",
        "returns-list --date mon --print",
    ] {
        let (code, stdout, stderr) = counter.run(&format!("{line} --dry-run"));
        assert!(
            code == 0 && stderr.is_empty() && stdout.ends_with("Nothing was saved (dry run).\n"),
            "{line}: {code}\n{stdout}{stderr}"
        );
        assert_eq!(state(), before, "{line}");
    }
    let empty = Counter::empty();
    assert_eq!(empty.run("init --name Trial --dry-run").0, 0);
    assert!(!empty.file().exists());
}

#[test]
fn options_stand_before_or_after() {
    let counter = Counter::open();
    let expect = counter.run("--json --now 2025-11-25T09:00:00Z late");
    assert_eq!(
        counter.run("late --json --now 2025-11-25T09:00:00Z"),
        expect
    );
    assert_eq!(
        counter.run("late --json --now \"25 nov 2025 10:00\""),
        expect
    );
    assert_eq!(counter.run("--db elsewhere.db late").0, 3);
    // A variable that is set to nothing is not set.
    let empty = counter
        .command()
        .env("RENTDESK_DB", "")
        .env("RENTDESK_NOW", "")
        .env("HOME", counter.folder.path())
        .env_remove("XDG_DATA_HOME")
        .arg("list")
        .output()
        .unwrap();
    assert_eq!(
        (
            empty.status.code(),
            String::from_utf8_lossy(&empty.stderr).contains("There is no shop at")
        ),
        (Some(3), true)
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let counter = Counter::open();
    let mut child = counter
        .command()
        .args(["events", "--limit", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(0), "")
    );
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_a_usage_error() {
    use std::os::unix::ffi::OsStrExt;
    let counter = Counter::open();
    let output = counter
        .command()
        .arg("who")
        .arg(std::ffi::OsStr::from_bytes(b"CAM\xff0012"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("error: invalid UTF-8 was detected")
    );
}

#[test]
fn a_file_that_is_no_shop_is_refused_and_left_alone() {
    let counter = Counter::empty();
    insta::assert_snapshot!(counter.transcript(&["list"]), @r"
    $ rentdesk list
    Refused: There is no shop at FOLDER/shop.db
    Hint: rentdesk init makes one, rentdesk demo shows a filled one
    [exit 3]
    ");
    let garbage = "<html>".repeat(2000);
    for (bytes, says) in [
        (
            "",
            "Refused: FOLDER/shop.db is empty (0 bytes), where a shop's file used to be.",
        ),
        (
            garbage.as_str(),
            "Refused: FOLDER/shop.db is not a Rentdesk file.",
        ),
    ] {
        std::fs::write(counter.file(), bytes).unwrap();
        for line in ["list", "item add X"] {
            let (code, stdout, stderr) = counter.run(line);
            assert!(
                code == 1 && stdout.is_empty() && stderr.starts_with(says),
                "{line}: {code}\n{stderr}"
            );
        }
        let (code, _, stderr) = counter.run("init --name Again");
        assert!(
            code == 1 && stderr.starts_with("Refused: There is a file already at FOLDER/shop.db\n"),
            "{stderr}"
        );
        assert_eq!(std::fs::read(counter.file()).unwrap(), bytes.as_bytes());
    }
}

#[test]
fn a_newer_versions_file_is_read_and_not_written() {
    let counter = Counter::open();
    rusqlite::Connection::open(counter.file())
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert_eq!(counter.run("item show CAM-0012").0, 0);
    let (code, _, stderr) = counter.run("staff add Ben");
    assert!(
        code == 1 && stderr.contains("was written by a newer version: it has schema 99"),
        "{code} {stderr}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_written_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let counter = Counter::open();
    assert_eq!(counter.run("history --csv entries.csv").0, 0);
    assert_eq!(counter.run("export customers --to customers.csv").0, 0);
    assert_eq!(counter.run("backup copies").0, 0);
    for entry in ["shop.db", "entries.csv", "customers.csv", "copies"] {
        let mode = std::fs::metadata(counter.folder.path().join(entry))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{entry} has mode {mode:o}");
    }
    let (code, _, stderr) = counter.run("history --csv entries.csv");
    assert!(
        code == 1 && stderr.starts_with("Refused: There is a file already at entries.csv"),
        "{stderr}"
    );
}

#[test]
fn the_manual_and_the_completions_are_made_from_the_arguments() {
    let counter = Counter::empty();
    for (line, holds) in [
        ("man", ".TH rentdesk 1"),
        ("completions bash", "complete -F _rentdesk"),
        ("--help", "Checks the file, every row"),
        ("history --help", "--tally <TALLY>"),
        ("--version", "rentdesk 0.1.0"),
    ] {
        let (code, stdout, stderr) = counter.run(line);
        assert!(
            code == 0 && stdout.contains(holds),
            "{line}: {code}\n{stdout}{stderr}"
        );
    }
}

#[test]
fn kits_cases_and_blocks_are_said_and_shown() {
    let counter = Counter::open();
    let told = counter.transcript(&[
        r#"type add "C-stand" --category Grip --bulk --quantity 12"#,
        r#"type add "Camera kit" --category Camera"#,
        r#"kit set "Camera kit" "Sony FX6 body" "V-lock 150*3""#,
        r#"type add "Two cameras" --category Camera"#,
        r#"kit set "Two cameras" "Camera kit*2" C-stand"#,
        r#"kit list"#,
        r#"kit show "Two cameras""#,
        r#"kit set "Camera kit" "Two cameras""#,
        r#"type edit "Sony FX6 body" --accessory "V-lock 150*3" --accessory-on-request "C-stand*1/2""#,
        r#"type edit "V-lock 150" --role accessory --substitute C-stand"#,
        r#"type edit "V-lock 150" --no-substitute C-stand"#,
        r#"item block CAM-0013 --from mon --to wed --reason "trade fair""#,
        r#"item block CAM-0013 --from "1 dec" --reason "trade fair""#,
        r#"item block BAT-V150 --qty 5 --from "tomorrow 9:00" --to "tomorrow 18:00" --reason "being tested""#,
        r#"item blocks"#,
        r#"item unblock CAM-0013"#,
        r#"item unblock 2"#,
        r#"item unblock cam13"#,
        r#"item show BAT-V150"#,
        r#"item condition CAM-0013 maintenance --note "fan noise" --expected-back "fri 28 nov""#,
        r#"item condition CAM-0013 maintenance --expected-back "+2d""#,
        r#"item unblock CAM-0013"#,
        r#"type add Flightcase --category Grip"#,
        r#"item add Flightcase --tag CAS-1"#,
        r#"item case CAS-1 CAM-0013"#,
        r#"item unpack CAM-0013"#,
        r#"item show CAM-0013"#,
        r#"item pack CAS-1"#,
        r#"item case CAS-1 --empty"#,
        r#"kit drop "Two cameras""#,
        r#"check"#,
    ]);
    insta::assert_snapshot!(told);
}
