//! What holds of every log, of its proofs, and of everything that is read.

use proptest::{prelude::*, sample::Index};
use transparency::{
    Checkpoint, Frontier, InvalidFrontier, KeyName, Leaf, Note, Proof, TreeHash, VerifierKey,
    consistency_proof, inclusion_proof, root, verify_consistency, verify_inclusion,
};

use crate::sample::leaves;

const MAX_LEAVES: usize = 70;
/// One of each that is read.
const TEXTS: [&str; 4] = [
    "example.com/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "text\n\n— example.com/log Az3grlgtzPI=\n— example.com/witness Az3grlgtzPI=\n",
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn any_hash() -> impl Strategy<Value = TreeHash> {
    any::<[u8; 32]>().prop_map(|bytes| hex::encode(bytes).parse().unwrap())
}

fn size_of(leaves: &[TreeHash]) -> u64 {
    u64::try_from(leaves.len()).unwrap()
}

/// The number of hashes of an inclusion proof: those below the node where the ways of this leaf and of the last one
/// part, and the left siblings above.
fn hashes_of(index: u64, size: u64) -> usize {
    let below = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let above = index.checked_shr(below).unwrap_or(0).count_ones();
    usize::try_from(below + above).unwrap()
}

/// A change that makes another proof of `proof`.
fn changed(proof: &[TreeHash], at: Index, how: u8, other: TreeHash) -> Vec<TreeHash> {
    let mut proof = proof.to_vec();
    let place = if proof.is_empty() { 0 } else { at.index(proof.len()) };
    match how {
        0 if !proof.is_empty() => drop(proof.remove(place)),
        1 if !proof.is_empty() => proof[place] = other,
        2 => proof.push(other),
        _ => proof.insert(place, other),
    }
    proof
}

proptest! {
    /// The store keeps the frontier between two batches, as JSON.
    #[test]
    fn frontier_any_split_into_batches_has_the_root_of_the_whole_tree(
        batches in prop::collection::vec(0_usize..9, 0..9),
    ) {
        let all = leaves(batches.iter().sum());
        let mut rest = all.iter();
        let mut frontier = Frontier::default();
        for batch in batches {
            let stored = serde_json::to_string(&frontier).unwrap();
            frontier = serde_json::from_str(&stored).unwrap();
            rest.by_ref().take(batch).for_each(|leaf| frontier.append(*leaf));
        }
        prop_assert_eq!((frontier.size(), frontier.root()), (size_of(&all), root(&all)));
    }

    #[test]
    fn frontier_of_another_number_of_hashes_is_refused(size: u64, hashes in prop::collection::vec(any_hash(), 0..66)) {
        let (expected, found) = (size.count_ones(), hashes.len());
        let made = Frontier::new(size, hashes);
        if size > Frontier::MAX_SIZE {
            prop_assert_eq!(made, Err(InvalidFrontier::TooLarge { size }));
        } else if usize::try_from(expected).unwrap() == found {
            prop_assert_eq!(made.unwrap().size(), size);
        } else {
            prop_assert_eq!(made, Err(InvalidFrontier::WrongCount { size, expected, found }));
        }
    }

    #[test]
    fn inclusion_every_proof_verifies_and_any_change_of_it_does_not(
        count in 1..MAX_LEAVES, at: Index, other_at: Index, place: Index, how in 0_u8..4, other in any_hash(),
    ) {
        let leaves = leaves(count);
        let (index, size, all) = (at.index(count), size_of(&leaves), root(&leaves));
        let (leaf, number) = (leaves[index], u64::try_from(index).unwrap());
        let proof = inclusion_proof(number, &leaves).unwrap();
        prop_assert_eq!(verify_inclusion(leaf, number, &proof, size, all), Ok(()));

        prop_assert!(verify_inclusion(other, number, &proof, size, all).is_err());
        prop_assert!(verify_inclusion(leaf, number, &proof, size, other).is_err());
        prop_assert!(verify_inclusion(leaf, number, &changed(&proof, place, how, other), size, all).is_err());
        let other_index = u64::try_from(other_at.index(count + 1)).unwrap();
        prop_assert_eq!(verify_inclusion(leaf, other_index, &proof, size, all).is_ok(), other_index == number);
    }

    #[test]
    fn consistency_every_proof_verifies_and_any_change_of_it_does_not(
        count in 1..MAX_LEAVES, at: Index, place: Index, how in 0_u8..4, other in any_hash(),
    ) {
        let leaves = leaves(count);
        let first = at.index(count + 1);
        let (earlier, later) = (u64::try_from(first).unwrap(), size_of(&leaves));
        let (earlier_root, later_root) = (root(&leaves[..first]), root(&leaves));
        let proof = consistency_proof(earlier, &leaves).unwrap();
        prop_assert_eq!(verify_consistency(earlier, earlier_root, later, later_root, &proof), Ok(()));

        prop_assert!(verify_consistency(earlier, other, later, later_root, &proof).is_err());
        if earlier > 0 {
            prop_assert!(verify_consistency(earlier, earlier_root, later, other, &proof).is_err());
        }
        let changed = changed(&proof, place, how, other);
        prop_assert!(verify_consistency(earlier, earlier_root, later, later_root, &changed).is_err());
    }

    /// A log that replaced a leaf can't prove that it goes on from the one before.
    #[test]
    fn consistency_of_a_rewritten_log_is_not_proven(
        count in 1..MAX_LEAVES, at: Index, rewritten: Index, other in any_hash(),
    ) {
        let mut leaves = leaves(count);
        let first = at.index(count) + 1;
        let (earlier, earlier_root) = (u64::try_from(first).unwrap(), root(&leaves[..first]));
        leaves[rewritten.index(first)] = other;
        let proof = consistency_proof(earlier, &leaves).unwrap();
        prop_assert!(verify_consistency(earlier, earlier_root, size_of(&leaves), root(&leaves), &proof).is_err());
    }

    /// The size is bound by the checkpoint: a proof alone tells only sizes apart that take another number of hashes.
    #[test]
    fn inclusion_a_size_that_takes_another_number_of_hashes_fails(
        count in 1..MAX_LEAVES, at: Index, other_size in prop_oneof![any::<u64>(), 0..100_u64],
    ) {
        let leaves = leaves(count);
        let index = u64::try_from(at.index(count)).unwrap();
        let proof = inclusion_proof(index, &leaves).unwrap();
        prop_assume!(other_size <= index || hashes_of(index, other_size) != proof.len());
        prop_assert!(verify_inclusion(leaves[at.index(count)], index, &proof, other_size, root(&leaves)).is_err());
    }

    #[test]
    fn verification_of_anything_does_not_panic(
        a: u64, b: u64, proof in prop::collection::vec(any_hash(), 0..70), x in any_hash(), y in any_hash(),
    ) {
        prop_assert!(verify_inclusion(x, a, &proof, b, y).is_err());
        prop_assert!(verify_consistency(a, x, b, y, &proof).is_err());
    }

    #[test]
    fn text_of_anything_reads_back_the_same(
        bytes: [u8; 32], key: [u8; 32], name in "[a-z./0-9\u{e9}]{1,20}", size: u64,
    ) {
        let hash: TreeHash = hex::encode(bytes).parse().unwrap();
        prop_assert_eq!(hash.to_string(), hex::encode(bytes));
        prop_assert_eq!(TreeHash::from_base64(&hash.to_base64()), Ok(hash));
        let name: KeyName = name.parse().unwrap();
        let verifier = VerifierKey::new(name.clone(), key);
        prop_assert_eq!(verifier.to_string().parse(), Ok(verifier));
        let checkpoint = Checkpoint { origin: name, size, root: hash };
        prop_assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
    }

    /// What is read is written the same again: there is one text for each value, so nothing hides in a signed text.
    #[test]
    fn text_that_is_read_has_no_second_form(
        which in 0..TEXTS.len(), at: Index, cut in 0_usize..3, put in "[ -~\n—]{0,2}",
    ) {
        let mut text: Vec<char> = TEXTS[which].chars().collect();
        let place = at.index(text.len() + 1);
        let end = text.len().min(place + cut);
        text.splice(place..end, put.chars());
        let text = String::from_iter(text);
        let written = [
            text.parse::<Checkpoint>().map(|read| read.to_string()).ok(),
            text.parse::<Note>().map(|read| read.to_string()).ok(),
            text.parse::<VerifierKey>().map(|read| read.to_string()).ok(),
            text.parse::<TreeHash>().map(|read| read.to_string()).ok(),
        ];
        prop_assert!(written.iter().flatten().all(|written| *written == text), "{text:?} {written:?}");
    }

    #[test]
    fn arbitrary_text_is_refused(text: String) {
        prop_assert!(text.parse::<Checkpoint>().is_err());
        prop_assert!(text.parse::<Note>().is_err());
        prop_assert!(text.parse::<VerifierKey>().is_err());
        prop_assert!(text.parse::<TreeHash>().is_err());
        prop_assert!(serde_json::from_str::<Proof>(&text).is_err());
        prop_assert!(serde_json::from_str::<Leaf>(&text).is_err());
    }
}
