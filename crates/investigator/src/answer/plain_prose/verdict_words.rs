//! Finds words that claim a verdict or an approval, or ask for one. Nothing rests on it: such a sentence is left out and
//! counted.

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_security::skeleton;

/// Parts of words that claim an approval, in the languages that are written most. `authoris` is French, too.
const STEMS: &[&str] = &[
    "approv",
    "authoriz",
    "authoris",
    "autoris",
    "autoriz",
    "autorizz",
    "greenlight",
    "signoff",
    "nightshift",
    "whitelist",
    "genehmig",
    "freigegeben",
    "freigabe",
    "bewillig",
    "zugestimmt",
    "zustimm",
    "abgesegnet",
    "gebilligt",
    "erlaubt",
    "approuv",
    "aprob",
    "aprov",
    "goedgekeur",
    "toestemming",
    "zatwierdz",
    "zezwol",
    "schval",
    "povolen",
    "onayla",
    "onayli",
    "godkan",
    "godkend",
    "godkjen",
    "hyvaksy",
    "jovahagy",
    "disetujui",
    "diizinkan",
    "phe duyet",
    "cho phep",
    "одобр",
    "разреш",
    "утвержд",
    "согласован",
    "санкционир",
    "схвал",
    "дозвол",
    "затвердж",
    "εγκριν",
    "εγκριθ",
    "εγκεκρι",
    "批准",
    "核准",
    "授权",
    "授權",
    "同意",
    "许可",
    "許可",
    "允许",
    "允許",
    "审批",
    "審批",
    "放行",
    "承認",
    "認可",
    "了承",
    "승인",
    "허가",
    "허용",
    "동의",
    "موافق",
    "وافق",
    "معتمد",
    "اعتماد",
    "مصرح",
    "تایید",
    "تأیید",
    "אושר",
    "אישור",
    "מאושר",
    "स्वीकृत",
    "अनुमोदित",
    "मंजूर",
    "อนุมัติ",
    "อนุญาต",
];

/// Whole words, one or more, that claim a verdict or ask for one.
const PHRASES: &[&str] = &[
    "permitted by",
    "permission granted",
    "granted permission",
    "permission was granted",
    "permission is granted",
    "is permitted to run",
    "allowed by policy",
    "allowed by the policy",
    "policy allows",
    "policy permits",
    "may run",
    "may proceed",
    "may act",
    "can proceed",
    "please proceed",
    "proceed with",
    "go ahead",
    "green light",
    "signed off",
    "sign off",
    "signs off",
    "consent",
    "consented",
    "cleared for",
    "cleared to",
    "vetted",
    "endorsed",
    "verdict",
    "press",
    "click",
    "tap",
    "please confirm",
    "please run",
    "safe to run",
    "safe to apply",
    "skip review",
    "no review needed",
    "feu vert",
    "valide par",
    "visto bueno",
    "via libera",
    "akkoord",
    "in ordnung",
    "unbedenklich",
];

/// Phrases of a fault in permissions, which claim nothing.
const DENIALS: &[&str] = &[
    "not authorized",
    "not authorised",
    "unauthorized",
    "unauthorised",
    "no longer authorized",
    "no longer authorised",
    "not be authorized",
    "not be authorised",
    "authorizer",
    "authoriser",
    "authorizers",
    "authorisers",
];

/// The lists as texts are compared with them.
static FOLDED_STEMS: LazyLock<Vec<String>> =
    LazyLock::new(|| STEMS.iter().map(|stem| folded(stem)).collect());
static FOLDED_PHRASES: LazyLock<Vec<String>> =
    LazyLock::new(|| PHRASES.iter().map(|phrase| padded(&folded(phrase))).collect());
static FOLDED_DENIALS: LazyLock<Vec<String>> =
    LazyLock::new(|| DENIALS.iter().map(|denial| padded(&folded(denial))).collect());

/// Returns true if `text` claims a verdict or an approval, or asks for one: also where look-alike letters, marks, or signs
/// and spaces between the letters would hide it.
pub(super) fn claims_verdict(text: &str) -> bool {
    let mut folded = padded(&folded(text));
    for denial in &*FOLDED_DENIALS {
        folded = folded.replace(denial, " ");
    }
    let spelled = spelled_out_letters(&folded);
    FOLDED_STEMS.iter().any(|stem| folded.contains(stem) || spelled.contains(stem))
        || FOLDED_PHRASES.iter().any(|phrase| folded.contains(phrase))
}

fn padded(text: &str) -> String {
    format!(" {text} ")
}

/// Returns `text` in small letters without marks, each letter as the one that it looks like (UTS 39), words set apart by
/// one space and not parted by signs inside of them: `AP-PRÓVED!` is `approved`.
fn folded(text: &str) -> String {
    let small: String = text.to_lowercase().nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    let alike = skeleton(&small).collect::<String>().to_lowercase();
    let words = alike
        .split_whitespace()
        .map(|word| word.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns the letters that stand each by itself, joined: `a p p r o v e d`.
fn spelled_out_letters(folded: &str) -> String {
    let mut joined = String::new();
    for word in folded.split(' ') {
        if word.chars().count() == 1 {
            joined.push_str(word);
        } else {
            joined.push(' ');
        }
    }
    joined
}
