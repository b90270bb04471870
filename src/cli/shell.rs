//! What a shell and a reader of manuals need; made from the same arguments that are parsed.

use super::{Answer, Cli};
use crate::kernel::Stop;
use clap::CommandFactory;
use serde_json::json;

#[derive(clap::Args, Debug)]
pub struct Completions {
    /// bash, elvish, fish, powershell or zsh.
    pub shell: clap_complete::Shell,
}

impl Completions {
    pub fn run(self) -> Answer {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "rentdesk", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        Answer::new(
            json!({"shell": self.shell.to_string(), "script": script}),
            script,
        )
    }
}

pub fn man() -> Result<Answer, Stop> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(anyhow::Error::new)?;
    let page = String::from_utf8_lossy(&page).into_owned();
    Ok(Answer::new(json!({"page": page}), page))
}
