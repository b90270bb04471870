//! Why a file is not opened, or not written.

use crate::kernel::{Refusal, Text};

/// Why a file was not opened, or not written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreRefusal {
    #[error("There is no shop at {0}")]
    Missing(Text),
    #[error("There is a file already at {0}")]
    Exists(Text),
    #[error("{0} is a folder, not a shop's file")]
    Folder(Text),
    #[error("{0} is empty (0 bytes), where a shop's file used to be")]
    ZeroBytes(Text),
    #[error("{0} is not a Rentdesk file")]
    Foreign(Text),
    #[error("{path} was written by a newer version: it has schema {found}, this one knows {known}")]
    Newer { path: Text, found: i64, known: i64 },
    #[error("{0} has a second name (a hard link), and two names would mean two logs")]
    HardLinked(Text),
    #[error("{0} lies on a network share, where SQLite cannot keep it whole")]
    NetworkShare(Text),
    #[error("Everybody on this machine can write into the folder of {0}")]
    OpenFolder(Text),
    #[error("{0} cannot be written here")]
    ReadOnly(Text),
    #[error("{path} cannot be written: {why}")]
    NotWritten {
        path: Text,
        why: Text,
        hint: &'static str,
    },
    #[error("Nothing is saved until {path} is proved after a failure of the disk: {why}")]
    Doubtful { path: Text, why: Text },
    #[error("{path} cannot be opened: {why}")]
    Unreadable { path: Text, why: Text },
    #[error("{0} is being changed by another Rentdesk that needs it alone")]
    Locked(Text),
    #[error("{0} was moved, replaced or deleted while it was open")]
    Replaced(Text),
}

impl Refusal for StoreRefusal {
    fn hint(&self) -> String {
        match self {
            StoreRefusal::Missing(_) => {
                "rentdesk init makes one, rentdesk demo shows a filled one".to_owned()
            }
            StoreRefusal::Exists(_) => "open it with --db, or name another file".to_owned(),
            StoreRefusal::Folder(path) => format!("name the file in it: {path}/shop.db"),
            StoreRefusal::ZeroBytes(_) => {
                "put a backup in its place, or move it away and run rentdesk init".to_owned()
            }
            StoreRefusal::Foreign(_) => "check the path given with --db".to_owned(),
            StoreRefusal::Newer { .. } => {
                "install the newer version; reading still works".to_owned()
            }
            StoreRefusal::HardLinked(_) => "remove the other name".to_owned(),
            StoreRefusal::NetworkShare(_) => {
                "keep the file on a disk of this machine, and backups on the share".to_owned()
            }
            StoreRefusal::OpenFolder(_) => {
                "chmod o-w the folder, or use a folder of your own".to_owned()
            }
            StoreRefusal::ReadOnly(_) => {
                "check the permissions of the file and its folder".to_owned()
            }
            StoreRefusal::Doubtful { .. } => {
                "look after the disk; rentdesk check proves the file".to_owned()
            }
            StoreRefusal::NotWritten { hint, .. } => (*hint).to_owned(),
            StoreRefusal::Unreadable { .. } => "look at the path, or restore a backup".to_owned(),
            StoreRefusal::Locked(_) => "wait for it to end, then try again".to_owned(),
            StoreRefusal::Replaced(_) => "close this window and open the shop again".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        "file"
    }

    fn not_found(&self) -> bool {
        matches!(self, StoreRefusal::Missing(_))
    }
}
