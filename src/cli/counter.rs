//! `rentdesk` alone opens the counter, `rentdesk demo` opens it on a filled shop that is made for
//! the occasion and thrown away.

use super::{Globals, clock, file, open, usage};
use crate::exchange::demo;
use crate::kernel::Stop;
use crate::shop::Shop;
use crate::tui;
use std::path::PathBuf;

/// Opens the counter on the shop; the exit code.
pub fn counter(globals: &Globals) -> Result<u8, Stop> {
    let crash_file = file(globals)?.with_extension("crash.txt");
    let shop = open(globals)?;
    shop.store.stop_supposing()?; // the counter's tick writes what has lapsed
    stand(globals, shop, false, Some(crash_file))
}

/// Makes the demo shop, in a folder of its own unless --db names a file, and opens the counter on
/// it.
pub fn demo(globals: &Globals) -> Result<u8, Stop> {
    // The shop that RENTDESK_DB names is somebody's own: only --db puts the demo into a file that
    // stays.
    let named = std::env::args_os()
        .any(|word| word == "--db" || word.to_string_lossy().starts_with("--db="));
    let (path, passing) = match globals
        .db
        .as_ref()
        .filter(|path| named && !path.as_os_str().is_empty())
    {
        Some(path) => (path.clone(), None),
        None => {
            let folder = demo_folder();
            (folder.join("demo.db"), Some(folder))
        }
    };
    let clock = clock(globals, &demo::settings())?;
    let code = demo::make(&path, clock).and_then(|mut shop| {
        shop.sign(globals.staff.as_deref().unwrap_or("Ana"))?;
        stand(globals, shop, true, None)
    });
    if let Some(folder) = passing {
        let _ = std::fs::remove_dir_all(folder); // what the system clears away in time if this could not
    }
    code
}

fn demo_folder() -> PathBuf {
    let unique = uuid::Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext))
        .simple()
        .to_string();
    std::env::temp_dir().join(format!("rentdesk-demo-{unique}"))
}

fn stand(
    globals: &Globals,
    shop: Shop,
    is_demo: bool,
    crash_file: Option<PathBuf>,
) -> Result<u8, Stop> {
    let names = crate::staff::names(shop.read())?;
    let staff_name = shop
        .staff
        .and_then(|id| names.get(&id).map(ToString::to_string))
        .unwrap_or_default();
    let code = if globals.plain {
        tui::plain::run(
            shop,
            staff_name,
            std::io::stdin().lock(),
            std::io::stdout().lock(),
        )?
    } else {
        if !terminal_is_there() {
            return Err(usage(
                "The counter needs a terminal, and there is none here",
                "use --plain, or a subcommand: rentdesk --help",
            ));
        }
        tui::run(
            shop,
            tui::Options {
                ascii: globals.ascii,
                staff_name,
                is_demo,
                crash_file,
            },
        )?
    };
    Ok(u8::try_from(code).unwrap_or(super::FAULT))
}

fn terminal_is_there() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}
