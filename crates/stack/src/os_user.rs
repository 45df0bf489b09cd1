//! The system user that PostgreSQL runs as: it refuses to run as root, and that user has to reach its folder.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::error::{Result, StackError};

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OsUser {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl OsUser {
    /// Whom PostgreSQL has to run as: `None` means as oneself.
    pub(crate) fn for_postgres() -> Result<Option<Self>> {
        if !rustix::process::getuid().is_root() {
            return Ok(None);
        }
        let passwd = std::fs::read_to_string("/etc/passwd").map_err(StackError::io("read", "/etc/passwd"))?;
        find(&passwd, "postgres").map(Some).ok_or_else(|| StackError::Missing {
            program: "the system user `postgres`".into(),
            hint: "PostgreSQL does not run as root; scripts/setup installs the package that makes this user".into(),
        })
    }

    /// Whether this user can get to `path`, that is, may pass through every folder above it.
    pub(crate) fn reaches(&self, path: &Path) -> bool {
        path.ancestors().skip(1).all(|dir| match std::fs::metadata(dir) {
            Ok(meta) => self.may_enter(meta.uid(), meta.gid(), meta.mode()),
            Err(_) => false,
        })
    }

    fn may_enter(&self, uid: u32, gid: u32, mode: u32) -> bool {
        let bit = if uid == self.uid {
            0o100
        } else if gid == self.gid {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }
}

fn find(passwd: &str, name: &str) -> Option<OsUser> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(OsUser { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_user_by_its_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:\npostgres:x:101:104:PG:/var/lib/postgresql:/bin/sh\n";
        assert_eq!(find(passwd, "postgres"), Some(OsUser { uid: 101, gid: 104 }));
        assert_eq!(find(passwd, "nobody"), None);
    }

    #[test]
    fn the_owners_bits_decide_for_the_owner() {
        let user = OsUser { uid: 101, gid: 104 };
        assert!(user.may_enter(101, 0, 0o700));
        assert!(!user.may_enter(101, 0, 0o077));
        assert!(user.may_enter(0, 104, 0o710));
        assert!(!user.may_enter(0, 0, 0o770));
        assert!(user.may_enter(0, 0, 0o711));
    }
}
