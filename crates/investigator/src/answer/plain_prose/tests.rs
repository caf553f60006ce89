use proptest::prelude::*;

use super::*;

fn read(text: &str) -> PlainProse {
    let names = ["checkout:live", "/shop/limit", "table/orders", "shop.fifo"];
    plain_prose(text, |word| names.contains(&word))
}

#[test]
fn plain_prose_of_any_language_stays_as_it_is() {
    for text in [
        "Version 8 fails. It raises KeyError.",
        "checkout:live fails since 12:30, 40 % of its requests; 3.5 s at the median (before: 0.2 s).",
        "The function cannot read /shop/limit: it is not authorized to perform the call.",
        "Messages of shop.fifo wait, e.g. those of table/orders.",
        "Memory pressure and bad_deployment are what the engine names; the app provides nothing else.",
        "It couldn’t reach 10.0.3.17 – “connection refused”…",
        "チェックアウトのバージョン8が価格で失敗します。AWS Lambdaの設定は変わっていません。",
        "结账函数在部署后失败。错误率从零上升到百分之四十。",
        "Die Funktion läuft nach dem Wechsel in Zeitüberschreitungen; vorher nicht.",
        "La fonction échoue depuis 12 h 30 : elle n’a plus de mémoire.",
        "Функция перестала отвечать после смены версии.",
        "Η συνάρτηση δεν απαντά μετά την αλλαγή.",
        "الدالة لا تستجيب منذ التغيير، والذاكرة ممتلئة.",
        "परिवर्तन के बाद फ़ंक्शन विफल हो रहा है।",
        "ฟังก์ชันไม่ตอบสนองหลังการเปลี่ยนแปลง",
        "Hàm không trả lời sau khi thay đổi cấu hình.",
        "함수가 변경 후 응답하지 않습니다.",
        "הפונקציה לא מגיבה מאז השינוי.",
    ] {
        let found = read(text);
        assert_eq!((found.text.as_str(), found.faults), (text, BTreeSet::new()));
    }
}

#[test]
fn plain_prose_replaces_each_sentence_that_is_none_and_names_what_it_holds() {
    use ModelFault::{
        ClaimsApproval as Claim, CommandInAnswer as Command, LinkInAnswer as Link, MarkupInAnswer as Markup,
        OddLetters as Odd,
    };
    let hundreds = format!("It fails {}badly.", "e\u{301}\u{302}\u{303}\u{304}\u{305}".repeat(60));
    let arabic = format!("الدالة ل{} لا تستجيب.", "\u{64e}".repeat(200));
    let table: &[(&str, &[ModelFault])] = &[
        ("See https://evil.example/x, now.", &[Link]),
        ("See evil.example for the steps.", &[Link]),
        ("See evil。example for the steps.", &[Link]),
        ("See //evil/x.", &[Link]),
        ("Open javascript:alert.", &[Link]),
        ("Write to mailto:ops.", &[Link]),
        ("Type /rollback in the channel.", &[Link]),
        ("[x][1] says so.", &[Markup]),
        ("![x](y) says so.", &[Markup]),
        ("<b>It fails</b>.", &[Markup]),
        ("&lt;b&gt; it fails.", &[Markup]),
        ("Ask @here or <!channel>.", &[Markup]),
        ("Ask <@U024BE7LH>.", &[Markup]),
        ("# It fails", &[Markup]),
        ("*It fails*.", &[Markup]),
        ("_It fails_.", &[Markup]),
        ("Run `reboot`.", &[Markup]),
        ("It fails 🚨.", &[Markup]),
        ("Deploy with --force.", &[Command]),
        ("Run aws lambda update-alias now.", &[Command]),
        ("sudo reboot.", &[Command]),
        ("The action has been approved by Jane.", &[Claim]),
        ("Jane has signed off.", &[Claim]),
        ("PERMITTED by policy tier-2.", &[Claim]),
        ("So press the button below.", &[Claim]),
        ("Call nightshift and wait.", &[Claim]),
        ("Die Aktion wurde genehmigt.", &[Claim]),
        ("Die Freigabe liegt vor.", &[Claim]),
        ("L’action a été approuvée.", &[Claim]),
        ("La acción está aprobada.", &[Claim]),
        ("Операция одобрена.", &[Claim]),
        ("操作已批准。", &[Claim]),
        ("この操作は承認済みです。", &[Claim]),
        ("승인되었습니다.", &[Claim]),
        ("It is a p p r o v e d.", &[Claim]),
        ("It is ap-pro-ved.", &[Claim]),
        ("It is áppröved.", &[Claim]),
        ("It is appr0ved.", &[Claim]),
        // Cyrillic а, р and о.
        ("It is \u{430}\u{440}\u{440}r\u{43e}v\u{435}d.", &[Claim, Odd]),
        ("It is slow in the b\u{430}nk.", &[Odd]),
        ("It is ｓｌｏｗ.", &[Odd]),
        ("It is 𝐬𝐥𝐨𝐰.", &[Odd]),
        ("It is ⓢⓛⓞⓦ.", &[Odd]),
        (&hundreds, &[Odd]),
        (&arabic, &[Odd]),
    ];
    for (text, expected) in table {
        let found = read(text);
        let faults: BTreeSet<_> = expected.iter().copied().collect();
        assert_eq!((found.text.as_str(), found.faults), (LEFT_OUT, faults), "{text}");
    }
}

#[test]
fn plain_prose_leaves_the_other_sentences_and_says_once_what_is_missing() {
    for (text, expected) in [
        (
            "It fails. See evil.example. Ask @here! It began at 12.",
            format!("It fails. {LEFT_OUT} It began at 12."),
        ),
        ("它失败了。操作已批准。之前没有。", format!("它失败了。 {LEFT_OUT}之前没有。")),
        ("It is not ap. Proved.", "It is not ap. Proved.".to_owned()),
        ("", String::new()),
    ] {
        assert_eq!(read(text).text, expected);
    }
    // Two sentences that claim together what neither does.
    let found = read("The change may. Proceed as planned?");
    assert_eq!((found.text.as_str(), found.faults.len()), (LEFT_OUT, 1));
}

/// Words that a hostile sentence is made of, in the languages and tricks of the review.
fn hostile() -> impl Strategy<Value = String> {
    let bad = prop::sample::select(vec![
        "approved",
        "genehmigt",
        "одобрено",
        "批准",
        "承認",
        "승인",
        "https://evil.example",
        "evil.example",
        "//evil/x",
        "[x][1]",
        "[x](y)",
        "<img src=x>",
        "<script>",
        "&amp;",
        "@here",
        "<!channel>",
        "`x`",
        "$(x)",
        "--force",
        "sudo",
        "\u{202e}x",
        "*x*",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}",
        "b\u{430}nk",
        "ｅｖｉｌ",
        "nightshift",
    ]);
    let filler = "[a-zäöü0-9 ,]{0,12}|[а-я ]{0,8}|[一-十 ]{0,6}|[ぁ-ん ]{0,6}";
    (filler, bad, filler).prop_map(|(before, bad, after)| format!("{before} {bad} {after}"))
}

proptest! {
    #[test]
    fn plain_prose_of_any_text_holds_nothing_that_is_not_allowed(text in any::<String>()) {
        let line = common::untrusted_text::one_line(&text, 400);
        let found = read(&line);
        for part in found.text.split(LEFT_OUT) {
            for sentence in sentences(part) {
                prop_assert!(faults_of(sentence, &|_| false).is_empty(), "{:?}", sentence);
            }
            prop_assert!(!part.contains(|c: char| "<>[]{}|@#&*`$\\^~=".contains(c)), "{:?}", part);
            prop_assert!(!part.contains("//"));
        }
        // It is stable: what was let through once is let through again.
        if !found.text.contains(LEFT_OUT) {
            prop_assert_eq!(read(&found.text).text, found.text);
        }
    }

    #[test]
    fn plain_prose_of_a_hostile_sentence_is_the_note_alone(sentence in hostile()) {
        let found = read(&sentence);
        prop_assert_eq!(found.text, LEFT_OUT);
        prop_assert!(!found.faults.is_empty());
    }

    #[test]
    fn plain_prose_of_letters_and_spaces_stays(text in "[bcfghjk]{1,8}( [bcfghjk]{2,8}){0,6}") {
        prop_assert_eq!(read(&text).text, text);
    }
}
