//! The tree of eight leaves that the tests of google/certificate-transparency publish (cpp/merkletree), and the one of
//! seven that RFC 9162 draws in section 2.1.5.

use serde_json::json;
use transparency::{
    Frontier, NotInLog, ProofMismatch, TreeHash, consistency_proof, inclusion_proof, root,
    verify_consistency, verify_inclusion,
};

use crate::sample::leaves;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const INPUTS: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
/// Index, size, and the proof. The source counts leaves from 1.
const INCLUSION: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];
/// Earlier size, later size, and the proof.
const CONSISTENCY: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn hash(text: &str) -> TreeHash {
    text.parse().unwrap()
}

fn hashes(texts: &[&str]) -> Vec<TreeHash> {
    texts.iter().map(|text| hash(text)).collect()
}

/// The first leaves of the reference tree.
fn reference(size: u64) -> Vec<TreeHash> {
    let input = |text: &&str| TreeHash::of_leaf(&hex::decode(text).unwrap());
    INPUTS.iter().take(usize::try_from(size).unwrap()).map(input).collect()
}

fn reference_root(size: u64) -> TreeHash {
    hash(ROOTS[usize::try_from(size).unwrap() - 1])
}

#[test]
fn root_each_size_is_as_published() {
    assert_eq!(root(&[]), hash(EMPTY));
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), hash(EMPTY));
    for (size, leaf) in (1..).zip(reference(8)) {
        frontier.append(leaf);
        assert_eq!((frontier.size(), frontier.root()), (size, reference_root(size)));
        assert_eq!(root(&reference(size)), reference_root(size));
    }
}

/// The form that the store keeps. Its hashes are published too: the root of four leaves, and the node above two more.
#[test]
fn frontier_of_six_leaves_is_stored_as_two_published_hashes() {
    let stored = json!({
        "size": 6,
        "hashes": [ROOTS[3], "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"],
    });
    let mut frontier = Frontier::default();
    for leaf in reference(6) {
        frontier.append(leaf);
    }
    assert_eq!(serde_json::to_value(&frontier).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Frontier>(stored).unwrap(), frontier);
    let error = serde_json::from_value::<Frontier>(json!({"size": 6, "hashes": [ROOTS[3]]})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a log of 6 leaves has 2 subtree hashes, one for each bit set in its size, and not 1"
    );
}

#[test]
fn inclusion_proof_of_the_reference_tree_is_as_published_and_verifies() {
    for (index, size, proof) in INCLUSION {
        let leaves = reference(size);
        assert_eq!(inclusion_proof(index, &leaves), Ok(hashes(proof)));
        let leaf = leaves[usize::try_from(index).unwrap()];
        assert_eq!(verify_inclusion(leaf, index, &hashes(proof), size, reference_root(size)), Ok(()));
    }
}

#[test]
fn consistency_proof_of_the_reference_tree_is_as_published_and_verifies() {
    for (earlier, later, proof) in CONSISTENCY {
        assert_eq!(consistency_proof(earlier, &reference(later)), Ok(hashes(proof)));
        let roots = (reference_root(earlier), reference_root(later));
        assert_eq!(verify_consistency(earlier, roots.0, later, roots.1, &hashes(proof)), Ok(()));
    }
}

/// As the tests do that publish them: another index or earlier size, and a tree that is higher or lower.
#[test]
fn published_proofs_with_another_place_or_size_do_not_verify() {
    for (index, size, proof) in INCLUSION {
        let (leaf, root, proof) =
            (reference(8)[usize::try_from(index).unwrap()], reference_root(size), hashes(proof));
        for other in [index.wrapping_sub(1), index + 1, index ^ 2] {
            assert!(
                verify_inclusion(leaf, other, &proof, size, root).is_err(),
                "{index} of {size} at {other}"
            );
        }
        for other in [size * 2, size / 2] {
            assert!(
                verify_inclusion(leaf, index, &proof, other, root).is_err(),
                "{index} of {size} of {other}"
            );
        }
    }
    for (earlier, later, proof) in CONSISTENCY.into_iter().filter(|(_, _, proof)| !proof.is_empty()) {
        let (first, second, proof) = (reference_root(earlier), reference_root(later), hashes(proof));
        for other in [earlier - 1, earlier + 1, earlier ^ 2] {
            assert!(
                verify_consistency(other, first, later, second, &proof).is_err(),
                "{other} for {earlier}"
            );
        }
        for other in [later * 2, later / 2] {
            assert!(
                verify_consistency(earlier, first, other, second, &proof).is_err(),
                "{other} for {later}"
            );
        }
    }
}

/// The names of the nodes are those of the RFC's drawing.
#[test]
#[expect(clippy::many_single_char_names, reason = "the drawing names them so")]
fn proofs_of_seven_leaves_are_those_of_the_rfc() {
    let leaves = leaves(7);
    let [a, b, c, d, e, f, j] = leaves[..] else { panic!("seven leaves") };
    let node = TreeHash::of_node;
    let (g, h, i) = (node(a, b), node(c, d), node(e, f));
    let (k, l) = (node(g, h), node(i, j));
    assert_eq!(root(&leaves), node(k, l));
    for (index, proof) in [(0, vec![b, h, l]), (3, vec![c, g, l]), (4, vec![f, j, k]), (6, vec![i, k])] {
        assert_eq!(inclusion_proof(index, &leaves), Ok(proof));
    }
    for (earlier, proof) in [(3, vec![c, d, g, l]), (4, vec![l]), (6, vec![i, j, k])] {
        assert_eq!(consistency_proof(earlier, &leaves), Ok(proof));
    }
}

#[test]
fn consistency_proof_of_the_empty_and_of_the_same_log_is_empty_and_binds_the_root() {
    let (leaves, other) = (reference(5), reference_root(4));
    let (empty, all) = (root(&[]), root(&leaves));
    assert_eq!(consistency_proof(0, &leaves), Ok(vec![]));
    assert_eq!(verify_consistency(0, empty, 5, all, &[]), Ok(()));
    assert!(verify_consistency(0, other, 5, all, &[]).is_err());
    assert!(verify_consistency(5, all, 5, other, &[]).is_err());
    assert!(verify_consistency(0, empty, 5, all, &[all]).is_err());
}

#[test]
fn proofs_of_what_the_log_does_not_contain_are_refused() {
    let leaves = reference(5);
    assert_eq!(inclusion_proof(5, &leaves), Err(NotInLog::Leaf { index: 5, size: 5 }));
    assert_eq!(inclusion_proof(0, &[]), Err(NotInLog::Leaf { index: 0, size: 0 }));
    assert_eq!(consistency_proof(6, &leaves), Err(NotInLog::Size { earlier: 6, size: 5 }));
    let (leaf, all) = (leaves[0], root(&leaves));
    assert_eq!(verify_inclusion(leaf, 5, &[], 5, all), Err(ProofMismatch::NoSuchLeaf { index: 5, size: 5 }));
    assert_eq!(verify_inclusion(leaf, 0, &[], 0, all), Err(ProofMismatch::NoSuchLeaf { index: 0, size: 0 }));
    assert_eq!(verify_consistency(6, all, 5, all, &[]), Err(ProofMismatch::Shrunk { earlier: 6, later: 5 }));
    assert_eq!(verify_consistency(3, all, 5, all, &[]), Err(ProofMismatch::TooShort { found: 0, size: 5 }));
    assert_eq!(verify_inclusion(leaf, 0, &[all], 1, leaf), Err(ProofMismatch::TooLong { found: 1, size: 1 }));
    let too_long = Err(ProofMismatch::TooLong { found: 2, size: 2 });
    assert_eq!(verify_consistency(1, leaf, 2, all, &[all, all]), too_long);
}
