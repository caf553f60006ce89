//! Reads the heads of the log that were kept outside the table: as a message names one, or as they lie in a bucket.

use std::{
    fs,
    path::{Path, PathBuf},
};

use transparency::{Checkpoint, Note, VerifierKey};

use crate::{
    arguments::{KeptCheckpoint, KeptHead},
    failure::{Failure, chain},
};

/// Returns the heads that `given` names: each file's signature is verified with `key`.
///
/// # Errors
/// A file that cannot be read, is no checkpoint, or was not signed with this key; a folder without any file.
pub(super) fn heads(given: &KeptCheckpoint, key: &VerifierKey) -> Result<Vec<KeptHead>, Failure> {
    let path = match given {
        KeptCheckpoint::Head(head) => return Ok(vec![head.clone()]),
        KeptCheckpoint::Path(path) => path,
    };
    let files = files(path)?;
    if files.is_empty() {
        return Err(named(path, "it holds no file: expected signed checkpoints, as the bucket has them"));
    }
    files.iter().map(|file| head(file, key)).collect()
}

/// Returns the file itself, or all files of a folder and of those in it.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| named(path, &format!("cannot be read: {error}"));
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut found, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?.path();
            if entry.is_dir() { folders.push(entry) } else { found.push(entry) }
        }
    }
    found.sort();
    Ok(found)
}

fn head(file: &Path, key: &VerifierKey) -> Result<KeptHead, Failure> {
    let text = fs::read_to_string(file).map_err(|error| named(file, &format!("cannot be read: {error}")))?;
    let invalid = |error: &dyn std::error::Error| named(file, &chain(error));
    let note: Note = text.parse().map_err(|error| invalid(&error))?;
    let signed = note.verified_text(key).map_err(|error| invalid(&error))?;
    let checkpoint: Checkpoint = signed.parse().map_err(|error| invalid(&error))?;
    if checkpoint.origin != *key.name() {
        let problem = format!("it is of the log {}: expected one of {}", checkpoint.origin, key.name());
        return Err(named(file, &problem));
    }
    Ok(KeptHead { size: checkpoint.size, root: checkpoint.root })
}

fn named(path: &Path, problem: &str) -> Failure {
    Failure::Input(format!("checkpoint {}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use fakes::{FakeLogKey, Faults};
    use transparency::{TreeHash, ports::LogKey as _};

    use super::*;

    async fn key(seed: u8, name: &str) -> (FakeLogKey, VerifierKey) {
        let signer = FakeLogKey::new(&Faults::default(), seed);
        let key = VerifierKey::from_spki(name.parse().unwrap(), &signer.public_key().await.unwrap()).unwrap();
        (signer, key)
    }

    async fn note(size: u64) -> String {
        let (signer, key) = key(1, "log").await;
        let root = TreeHash::of_leaf(&size.to_be_bytes());
        let text = Checkpoint { origin: key.name().clone(), size, root }.to_string();
        let signature = signer.sign(text.as_bytes()).await.unwrap();
        Note::signed(&text, &key, &signature).unwrap().to_string()
    }

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("nightshift-kept-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join("deeper")).unwrap();
        path
    }

    #[tokio::test]
    async fn heads_of_a_file_and_of_a_folder_are_those_that_were_signed() {
        let (_, key) = key(1, "log").await;
        let folder = folder("signed");
        fs::write(folder.join("1"), note(1).await).unwrap();
        fs::write(folder.join("deeper/2"), note(2).await).unwrap();
        let sizes = |path: PathBuf| -> Vec<u64> {
            let heads = heads(&KeptCheckpoint::Path(path), &key).unwrap();
            heads.into_iter().map(|head| head.size).collect()
        };
        assert_eq!(sizes(folder.join("1")), [1]);
        assert_eq!(sizes(folder.clone()), [1, 2]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn heads_that_are_none_or_signed_by_another_key_are_refused_with_their_file() {
        let (_, ours) = key(1, "log").await;
        let (_, other) = key(2, "log").await;
        let folder = folder("refused");
        let file = folder.join("head");
        let refused = |key: &VerifierKey, path: &Path| {
            let failure = heads(&KeptCheckpoint::Path(path.to_owned()), key).unwrap_err();
            assert_eq!(failure.exit_code(), 2);
            assert!(failure.to_string().contains(&path.display().to_string()), "{failure}");
            failure.to_string()
        };
        assert!(refused(&ours, &folder.join("deeper")).contains("no file"));
        assert!(refused(&ours, &folder.join("missing")).contains("cannot be read"));
        fs::write(&file, note(1).await).unwrap();
        assert!(refused(&other, &file).contains("did not sign"));
        fs::write(&file, note(1).await.replacen("\n1\n", "\n2\n", 1)).unwrap();
        assert!(refused(&ours, &file).contains("is wrong"));
        fs::write(&file, "7:abc").unwrap();
        assert!(refused(&ours, &file).contains("invalid note"));
        fs::remove_dir_all(folder).unwrap();
    }
}
