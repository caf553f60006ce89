//! Keys, notes and checkpoints: the published examples, and what strict reading refuses.

use proptest::prelude::*;
use transparency::{
    Checkpoint, InvalidCheckpoint, InvalidVerifierKey, KeyName, Note, NoteError, TreeHash, VerifierKey,
};

use crate::sample::{NAME, Signer, checkpoint, leaves};

/// Keys and note of the tests of golang.org/x/mod/sumdb/note.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const BY_PETER: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const BY_ENOCH: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
/// The example of C2SP's tlog-checkpoint.
const SOFA: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
/// The example of RFC 8410, section 10.1, and the 32 bytes of its key.
const SPKI: &str = "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

#[test]
fn note_of_two_signers_is_verified_with_the_key_of_either() {
    let note: Note = format!("{TEXT}\n{BY_PETER}{BY_ENOCH}").parse().unwrap();
    for known in [PETER, ENOCH] {
        assert_eq!(note.verified_text(&key(known)), Ok(TEXT));
    }
    assert_eq!(note.to_string(), format!("{TEXT}\n{BY_PETER}{BY_ENOCH}"));
}

#[test]
fn note_of_an_unknown_signer_is_not_verified() {
    let note: Note = format!("{TEXT}\n{BY_ENOCH}").parse().unwrap();
    let error = note.verified_text(&key(PETER)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "PeterNeumann with the key id c74f20a3 did not sign the note: the signatures are by EnochRoot (af0cfe78)"
    );
}

#[test]
fn note_with_a_second_wrong_signature_of_the_same_key_is_rejected() {
    let wrong = BY_PETER.replace("x08go/ZJ", "x08go/ZK");
    let note: Note = format!("{TEXT}\n{BY_PETER}{wrong}").parse().unwrap();
    assert!(matches!(note.verified_text(&key(PETER)), Err(NoteError::WrongSignature { .. })));
}

/// As after a change of the log's key.
#[test]
fn note_signed_with_two_keys_of_one_name_is_verified_with_each() {
    let (old, new) = (Signer::new(NAME, 1), Signer::new(NAME, 2));
    let by_new = new.sign(TEXT).to_string();
    let note = format!("{}{}", old.sign(TEXT), by_new.strip_prefix(TEXT).unwrap().trim_start());
    let note: Note = note.parse().unwrap();
    for signer in [old, new] {
        assert_eq!(note.verified_text(&signer.key), Ok(TEXT));
    }
}

#[test]
fn key_name_that_would_break_a_line_is_refused() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{1}", "a\u{2003}b", " "] {
        let error = name.parse::<KeyName>().unwrap_err();
        assert!(error.to_string().starts_with(&format!("invalid key name {name:?}: expected ")), "{error}");
    }
    assert_eq!("example.com/log".parse::<KeyName>().unwrap().as_str(), "example.com/log");
}

#[test]
fn note_with_another_text_is_not_verified() {
    let note: Note = format!("{}\n{BY_PETER}", TEXT.replace("answer", "Answer")).parse().unwrap();
    assert!(matches!(note.verified_text(&key(PETER)), Err(NoteError::WrongSignature { .. })));
}

#[test]
fn note_that_is_malformed_says_how() {
    let many = BY_PETER.repeat(101);
    for (note, says) in [
        (TEXT.to_owned(), "there is no empty line"),
        (format!("{TEXT}\n"), "it has 0 signatures"),
        (format!("{TEXT}\n{many}"), "it has 101 signatures"),
        (format!("{TEXT}\n{}", BY_PETER.trim_end()), "expected a newline"),
        (format!("\u{1}{TEXT}\n{BY_PETER}"), "found '\\u{1}'"),
        (format!("{TEXT}\n{BY_PETER}Unexpected line.\n"), "expected an em dash"),
        (format!("{TEXT}\n{}", BY_PETER.replace('—', "-")), "expected an em dash"),
        (format!("{TEXT}\n{}", BY_PETER.replace("rN", "r N")), "in standard base64"),
        (format!("{TEXT}\n{}", BY_PETER.replace("rN", "r+N")), "invalid signature line"),
        (format!("{TEXT}\n{}", BY_PETER.replace("AM=", "AM")), "in standard base64"),
        (format!("{TEXT}\n{}", BY_PETER.replace("AM=", "AN=")), "in standard base64"),
        (format!("{TEXT}\n— PeterNeumann x08gow==\n"), "more than the key id's 4 bytes"),
    ] {
        let error = note.parse::<Note>().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn note_is_only_made_of_a_signature_that_holds() {
    let (ours, other) = (Signer::new(NAME, 1), Signer::new(NAME, 2));
    let text = checkpoint(3, TreeHash::of_empty_tree()).to_string();
    let note = ours.sign(&text);
    assert_eq!(note.verified_text(&ours.key), Ok(text.as_str()));
    assert_eq!(note.to_string().parse(), Ok(note));
    for signature in [other.signature(&text), ours.signature("other\n"), vec![0; 64], vec![], vec![0; 63]] {
        let refused = Note::signed(&text, &ours.key, &signature);
        assert!(matches!(refused, Err(NoteError::WrongSignature { .. })), "{refused:?}");
    }
    assert_eq!(
        Note::signed("no newline", &ours.key, &ours.signature("no newline")),
        Err(NoteError::NoNewline)
    );
}

#[test]
fn verifier_key_any_cut_or_changed_character_is_refused() {
    assert_eq!(key(PETER).to_string(), PETER);
    for end in 0..PETER.len() {
        assert!(PETER[..end].parse::<VerifierKey>().is_err());
        assert!(PETER[end + 1..].parse::<VerifierKey>().is_err());
        let mut bytes = PETER.as_bytes().to_vec();
        bytes[end] += 1;
        assert!(String::from_utf8(bytes).unwrap().parse::<VerifierKey>().is_err());
    }
    // Key ids that fit, of a key that is too long and of an unknown signature type.
    for wrong in [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert!(matches!(wrong.parse::<VerifierKey>(), Err(InvalidVerifierKey::Key { .. })));
    }
}

#[test]
fn verifier_key_with_another_id_says_which_is_right() {
    let error = PETER.replace("c74f20a3", "c74f20a4").parse::<VerifierKey>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid verifier key of PeterNeumann: it has the key id \"c74f20a4\", and name and key give c74f20a3"
    );
}

#[test]
fn verifier_key_from_der_is_the_key_in_it() {
    let der = hex::decode(SPKI).unwrap();
    let name = || NAME.parse().unwrap();
    let public: [u8; 32] = der[12..].try_into().unwrap();
    assert_eq!(VerifierKey::from_spki(name(), &der), Ok(VerifierKey::new(name(), public)));
    let longer = [der.as_slice(), &[0]].concat();
    let of_another_curve = [&[0x30, 0x59], &der[2..]].concat();
    for wrong in [&der[..43], &longer, &of_another_curve, &der[12..], &[]] {
        let error = VerifierKey::from_spki(name(), wrong).unwrap_err();
        assert!(error.to_string().contains("ECC_NIST_EDWARDS25519"), "{error}");
    }
}

#[test]
fn checkpoint_of_the_specification_reads_and_is_written_the_same() {
    let read: Checkpoint = SOFA.parse().unwrap();
    assert_eq!((read.origin.as_str(), read.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(read.to_string(), SOFA);
}

#[test]
fn checkpoint_that_is_not_strict_says_what_is_wrong() {
    for (text, says) in [
        (SOFA.replace("208", "0208"), "invalid size \"020852163\""),
        (SOFA.replace("208", "+208"), "invalid size"),
        (SOFA.replace("20852163", ""), "invalid size \"\""),
        (SOFA.replace("20852163", "18446744073709551616"), "invalid size"),
        (SOFA.replace("q2I=", "q2I"), "invalid root"),
        (SOFA.replace("q2I=", "q2J="), "invalid root"),
        (SOFA.replace("CsUY", ""), "invalid root"),
        (SOFA.replace("behind-the", "behind the"), "invalid origin"),
        (format!("\n{SOFA}"), "expected three lines"),
        (format!("{SOFA}extension\n"), "expected three lines"),
        (SOFA.trim_end().to_owned(), "expected three lines"),
        (SOFA.replace('\n', "\r\n"), "invalid origin"),
    ] {
        let error: InvalidCheckpoint = text.parse::<Checkpoint>().unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

proptest! {
    #[test]
    fn note_any_changed_character_is_not_verified(size: u64, at: prop::sample::Index, other: char) {
        let ours = Signer::new(NAME, 1);
        let text = checkpoint(size, leaves(1)[0]).to_string();
        let note = ours.sign(&text).to_string();
        let mut changed: Vec<char> = note.chars().collect();
        let place = at.index(changed.len());
        prop_assume!(changed[place] != other);
        changed[place] = other;
        let read = String::from_iter(changed).parse::<Note>();
        prop_assert!(read.is_err() || read.unwrap().verified_text(&ours.key).is_err());
    }
}
