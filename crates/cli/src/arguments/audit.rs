//! Arguments of the commands about the ledger.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};
use transparency::{TreeHash, VerifierKey};

use super::{HashPrefix, IncidentSelector};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no record was edited, removed, inserted or replaced.
    #[command(
        after_long_help = "Without a checkpoint that was kept outside the table, a ledger that was cut to an \
earlier state cannot be told from a whole one. Messages and the log of the function `sequence` hold checkpoints.

Examples:
  nightshift audit verify
  nightshift audit verify --checkpoint 1204:5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
  nightshift audit verify --checkpoint heads/        what `aws s3 sync` copied from the bucket for heads
  nightshift audit verify --record 3f9a2c1d    the hash of a record, as a message named it

Exit codes: 0 intact, 1 broken, 2 invalid input."
    )]
    Verify(AuditVerifyArgs),
    /// Write what proves the records of an incident offline, to anybody who has the log's public key.
    #[command(after_long_help = "Examples:
  nightshift audit prove latest > proof.json")]
    Prove {
        /// Incident id, the beginning of one, or `latest`.
        incident: IncidentSelector,
    },
    /// Check such a proof. Needs no deployment and no network.
    #[command(after_long_help = "Exit codes: 0 it holds, 1 it does not, 2 invalid input.")]
    Check {
        /// A file with the proof, as `nightshift audit prove` wrote it.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The log's public key, as `nightshift audit key` printed it.
        #[arg(long, value_name = "KEY")]
        key: VerifierKey,
    },
    /// Print every record for an auditor: as a report, or with `--format json` as JSON lines.
    #[command(after_long_help = "Exit codes: 0 every chain is intact, 1 one is broken.")]
    Export {
        /// Incident id, the beginning of one, or `latest`; without it, all incidents.
        incident: Option<IncidentSelector>,
    },
    /// Print the log's public key. Keep it: who has it needs to trust nobody's table.
    Key,
    /// Have the log take in records that nothing says it has to, and what is left of a chain that was cut.
    Repair,
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerifyArgs {
    /// A checkpoint that was kept outside the table, as a message names it, or a file or folder of signed ones, as they lie in
    /// the bucket: check that nothing of it is gone.
    #[arg(long, value_name = "SIZE:ROOT|PATH")]
    pub(crate) checkpoint: Option<KeptCheckpoint>,
    /// The hash of a record, for example from a message: check that it is still there.
    #[arg(long, alias = "head", value_name = "HASH")]
    pub(crate) record: Option<HashPrefix>,
    /// The log's public key, as `nightshift audit key` printed it; without it, KMS is asked.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<VerifierKey>,
    /// Another table than the deployment's, for example one that was restored from a backup.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
}

/// Where a head is that was kept outside the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeptCheckpoint {
    Head(KeptHead),
    /// A file with a signed head, or a folder of them.
    Path(PathBuf),
}

impl FromStr for KeptCheckpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(head) => Ok(Self::Head(head)),
            Err(_) if std::path::Path::new(text).exists() => Ok(Self::Path(text.into())),
            Err(expected) => Err(format!("{expected}, or a file or folder: there is none of this name")),
        }
    }
}

/// A head of the log that was kept outside the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptHead {
    /// Leaves.
    pub(crate) size: u64,
    pub(crate) root: TreeHash,
}

impl FromStr for KeptHead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(size, root)| {
            Some(Self { size: size.parse().ok()?, root: root.to_ascii_lowercase().parse().ok()? })
        });
        parsed.ok_or_else(|| {
            "expected the number of leaves, a colon and the root as 64 hexadecimal digits, as in a message".to_owned()
        })
    }
}
