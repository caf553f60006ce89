use proptest::prelude::*;

use super::*;

/// Of the documentation, or made up; put together here so that no scanner takes this file for a leak.
fn secret(parts: &[&str]) -> String {
    parts.concat()
}

#[track_caller]
fn assert_masked(text: &str, expected: &str, kinds: &[&str]) {
    let Masked { text: shown, found } = mask(text);
    assert_eq!(shown, expected, "of {text:?}");
    assert_eq!(found.into_keys().collect::<Vec<_>>(), kinds, "of {text:?}");
    assert_eq!(mask(&shown), Masked { text: shown, found: BTreeMap::new() }, "again");
}

#[test]
fn mask_announced_value_hides_it_alone() {
    for (text, expected, kind) in [
        ("Authorization: Bearer abcDEF123", "Authorization: Bearer [masked]", "bearer_token"),
        ("authorization: bearer abcdef", "authorization: bearer [masked]", "bearer_token"),
        ("sent Bearer mF_9.B5f-4.1JqM twice", "sent Bearer [masked] twice", "bearer_token"),
        (
            "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "Authorization: Basic [masked]",
            "basic_credentials",
        ),
        (
            r#"{"Authorization":"Basic dXNlcjpwYXNz"}"#,
            r#"{"Authorization":"Basic [masked]"}"#,
            "basic_credentials",
        ),
        ("Authorization: c2VjcmV0", "Authorization: [masked]", "authorization"),
        ("password=swordfish&user=jane", "password=[masked]&user=jane", "password"),
        ("password=sw0rd!f&ish@x next", "password=[masked] next", "password"),
        ("(password: swordfish) refused", "(password: [masked]) refused", "password"),
        ("DB_PASSWORD=a,b,c, DB_USER=jane", "DB_PASSWORD=[masked], DB_USER=jane", "password"),
        ("db.password = 'it has spaces', n = 1", "db.password = '[masked]', n = 1", "password"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=[masked] psql", "password"),
        ("mysql --password hunter -h db", "mysql --password [masked] -h db", "password"),
        (
            r#"["run", "--password", "hunter", "-v"]"#,
            r#"["run", "--password", "[masked]", "-v"]"#,
            "password",
        ),
        ("password hunter2 was refused", "password [masked] was refused", "password"),
        ("user: jane\npassword: swordfish\nhost: db", "user: jane\npassword: [masked]\nhost: db", "password"),
        (r#"{"client_secret": "s3cr3t", "id": 7}"#, r#"{"client_secret": "[masked]", "id": 7}"#, "secret"),
        (r#"{"password":"a\"b c","id":7}"#, r#"{"password":"[masked]","id":7}"#, "password"),
        (r#"{\"password\":\"a b\",\"id\":7}"#, r#"{\"password\":\"[masked]\",\"id\":7}"#, "password"),
        (
            r#"{"passwords": 2, "passwd": ["a", 1]}"#,
            r#"{"passwords": 2, "passwd": ["[masked]", 1]}"#,
            "password",
        ),
        (
            r#"{"name": "DB_PASSWORD", "value": "swordfish"}, {"name": "A", "value": "b"}"#,
            r#"{"name": "DB_PASSWORD", "value": "[masked]"}, {"name": "A", "value": "b"}"#,
            "password",
        ),
        (r#"{"SecretString":"{\"u\":\"x\"}"}"#, r#"{"SecretString":"[masked]"}"#, "secret"),
        ("<password>sword fish</password>", "<password>[masked]</password>", "password"),
        (r#":password=>"x y", :id=>1"#, r#":password=>"[masked]", :id=>1"#, "password"),
        (
            "Server=db;User Id=sa;Pwd=a=b)c;Timeout=5",
            "Server=db;User Id=sa;Pwd=[masked];Timeout=5",
            "password",
        ),
        (
            "jdbc:sqlserver://db:1433;password=x{1;a=b",
            "jdbc:sqlserver://db:1433;password=[masked];a=b",
            "password",
        ),
        ("AccountName=a;AccountKey=abc+/==;S=b", "AccountName=a;AccountKey=[masked];S=b", "api_key"),
        ("X-Api-Key: 12 tries", "X-Api-Key: [masked] tries", "api_key"),
        ("/x?access_token=a.b-c&page=2", "/x?access_token=[masked]&page=2", "token"),
        ("token%3Dabc", "token%3D[masked]", "token"),
        ("?sv=1&sig=abc%2F&se=2", "?sv=1&sig=[masked]&se=2", "signature"),
        ("Cookie: a=1; sid=xyz; t=2", "Cookie: [masked]", "cookie"),
        ("set-cookie: a=1, x", "set-cookie: [masked], x", "cookie"),
        ("aws_secret_access_key = abc/def", "aws_secret_access_key = [masked]", "aws_secret_key"),
        ("X-Amz-Security-Token=abc%2Bdef&X=1", "X-Amz-Security-Token=[masked]&X=1", "aws_session_token"),
        ("pass\u{200b}word: sword\u{2060}fish", "password: [masked]", "password"),
        ("password=\"it was cut", "password=\"[masked]", "password"),
        ("пароль password=пароль1 тут", "пароль password=[masked] тут", "password"),
    ] {
        assert_masked(text, expected, &[kind]);
    }
}

#[test]
fn mask_password_in_an_address_hides_it_alone() {
    for (text, expected) in [
        ("postgres://app:s3cret@db.example.com:5432/x", "postgres://app:[masked]@db.example.com:5432/x"),
        ("mongodb+srv://u:p%40w@c0.mongodb.net/?w=1", "mongodb+srv://u:[masked]@c0.mongodb.net/?w=1"),
        ("amqp://u:p@ss@mq:5672", "amqp://u:[masked]@mq:5672"),
        ("redis://:pw@cache:6379/0", "redis://:[masked]@cache:6379/0"),
        ("postgres://u:p/w@db/x", "postgres://u:[masked]@db/x"),
        ("https://abcdefghij0123456789@sentry.example.com/1", "https://[masked]@sentry.example.com/1"),
        ("https://jane%40example.com:pw@db", "https://[masked]@db"),
        ("jdbc:oracle:thin:scott/tiger@db:1521:xe", "jdbc:oracle:thin:scott/[masked]@db:1521:xe"),
        ("\"mysql://u:p@db\", then", "\"mysql://u:[masked]@db\", then"),
    ] {
        assert_masked(text, expected, &["url_password"]);
    }
}

#[test]
fn mask_key_of_a_known_form_hides_it() {
    let hex = "0123456789abcdef0123456789abcdef";
    let letters = "abcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHIJ";
    let of = |length: usize| letters.get(..length).unwrap_or_default().to_owned();
    for (key, kind) in [
        (secret(&["AKIA", "IOSFODNN7EXAMPLE"]), "aws_access_key_id"),
        (secret(&["ASIA", "IOSFODNN7EXAMPLE"]), "aws_access_key_id"),
        (secret(&["IQoJb3JpZ2lu", "X2VjEJ7//////", &of(30), "=="]), "aws_session_token"),
        (secret(&["eyJ", "hbGciOiJIUzI1NiJ9.", "eyJzdWIi", ".c2ln"]), "jwt"),
        (secret(&["ghp", "_", &of(36)]), "github_token"),
        (secret(&["github", "_pat_", &of(22), "_", &of(40)]), "github_token"),
        (secret(&["glpat", "-", &of(20)]), "gitlab_token"),
        (secret(&["xox", "b-123456789012-1234567890123-", &of(24)]), "slack_token"),
        (secret(&["sk", "_live_", &of(24)]), "stripe_key"),
        (secret(&["sk", "_live_abcdefghijklmnop"]), "stripe_key"),
        (secret(&["wh", "sec_", &of(32)]), "stripe_key"),
        (secret(&["AI", "za", &of(35)]), "google_api_key"),
        (secret(&["npm", "_", &of(36)]), "npm_token"),
        (secret(&["pypi", "-AgEIcHlwaS5vcmc", &of(40)]), "pypi_token"),
        (secret(&["S", "G.", &of(22), ".", &of(43)]), "sendgrid_key"),
        (secret(&["S", "K", hex]), "twilio_key"),
        (secret(&["sk", "-", &of(48)]), "openai_key"),
        (secret(&["sk", "-proj-", &of(30), "-x_", &of(30)]), "openai_key"),
        (secret(&["sk", "-ant-api03-", &of(40), "-AA"]), "anthropic_key"),
        (secret(&["hvs", ".", &of(40)]), "api_key"),
    ] {
        assert_masked(&format!("charged with {key}."), "charged with [masked].", &[kind]);
        assert_masked(&format!("'{key}',/{key}"), "'[masked]',/[masked]", &[kind]);
        assert_masked(&format!("token={key}"), "token=[masked]", &[kind]);
        let split = key.chars().flat_map(|c| [c, '\u{200b}']).collect::<String>();
        assert_masked(&split, "[masked]", &[kind]);
    }
    let hook = secret(&["https://hooks.slack", ".com/services/T00000000/B00000000/", &of(24)]);
    assert_masked(&hook, "https://hooks.slack.com/[masked]", &["slack_webhook"]);
}

#[test]
fn mask_secret_key_next_to_its_access_key_hides_both() {
    let id = secret(&["AKIA", "IOSFODNN7EXAMPLE"]);
    let key = secret(&["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"]);
    let kinds = ["aws_access_key_id", "aws_secret_key"];
    assert_masked(&format!("{id} {key}"), "[masked] [masked]", &kinds);
    assert_masked(&format!("id {id}, then '{key}'"), "id [masked], then '[masked]'", &kinds);
    assert_masked(&format!("{key} of {id}"), "[masked] of [masked]", &kinds);
    assert_masked(&format!("/bin/{key}"), &format!("/bin/{key}"), &[]);
    assert_masked(&format!("one {key} alone"), &format!("one {key} alone"), &[]);
    let digest = "0123456789abcdef0123456789abcdef01234567";
    assert_masked(&format!("{id} {digest}"), &format!("[masked] {digest}"), &["aws_access_key_id"]);
}

#[test]
fn mask_private_key_hides_it_whatever_its_line_breaks() {
    let begin = secret(&["-----BEGIN RSA PRIV", "ATE KEY-----"]);
    let end = secret(&["-----END RSA PRIV", "ATE KEY-----"]);
    let body = ["MIIEowIBAAKCAQEA", "abc+/def", "ghi=="];
    for line_break in ["\n", "\r\n", " ", "\\n", "\\\\n"] {
        let body = body.join(line_break);
        let whole = format!("{begin}{line_break}{body}{line_break}{end}");
        assert_masked(&format!("key: {whole} loaded"), "key: [masked] loaded", &["private_key"]);
        assert_masked(&format!("found \"{whole}\""), "found \"[masked]\"", &["private_key"]);
        assert_masked(
            &format!("\"{begin}{line_break}{body}\" was cut"),
            "\"[masked]\" was cut",
            &["private_key"],
        );
    }
    let public = "-----BEGIN CERTIFICATE----- MIIC";
    assert_masked(public, public, &[]);
}

#[test]
fn mask_personal_data_hides_it() {
    for (text, expected, kind) in [
        ("mail jane.doe+x@mail.example.co.uk.", "mail [masked].", "email"),
        ("<jane@example.com>", "<[masked]>", "email"),
        ("jane@example.com-2, jane@example.com.17", "[masked]-2, [masked].17", "email"),
        ("/u?mail=jane%40example.com&a=1", "/u?mail=[masked]&a=1", "email"),
        ("jürgen@müller.example", "[masked]", "email"),
        (
            "arn:aws:sts::123456789012:assumed-role/Ops/jane@example.com did",
            "arn:aws:sts::123456789012:assumed-role/Ops/[masked] did",
            "email",
        ),
        ("call +1 202-555-0123 now", "call [masked] now", "phone_number"),
        ("tel:+12025550123", "tel:[masked]", "phone_number"),
        ("(+49 (0)30 901820)", "([masked])", "phone_number"),
        ("+44 20 7946 0958.", "[masked].", "phone_number"),
        ("card 4111 1111 1111 1111 declined", "card [masked] declined", "payment_card"),
        ("pan=4111111111111111;", "pan=[masked];", "payment_card"),
        ("3782-822463-10005, 5555555555554444", "[masked], [masked]", "payment_card"),
        ("IBAN DE89 3704 0044 0532 0130 00 ok", "IBAN [masked] ok", "iban"),
        ("GB82WEST12345698765432", "[masked]", "iban"),
        ("ssn 078-05-1120,", "ssn [masked],", "social_security_number"),
        ("from 203.0.113.7:55321 to 10.0.0.5", "from [masked]:55321 to 10.0.0.5", "ip_address"),
        ("client=/198.51.100.4:80", "client=/[masked]:80", "ip_address"),
        ("http://8.8.8.8/x", "http://[masked]/x", "ip_address"),
        ("peer [2001:db8::8a2e:370:7334]:443 left", "peer [[masked]]:443 left", "ip_address"),
        ("::ffff:8.8.8.8 from 1.1.1.1/32", "::ffff:[masked] from [masked]/32", "ip_address"),
    ] {
        assert_masked(text, expected, &[kind]);
    }
}

#[test]
fn mask_what_diagnosis_needs_stays() {
    for text in [
        "",
        "the token, it expired",
        "KeyError: 'prices'",
        "password authentication failed for user app",
        "Invalid password: AuthError",
        "bearer token expired; Basic authentication is off",
        "token: null, secret: <*>, password=****, apiKey: \"\"",
        "The security token included in the request is expired",
        "task <*> timed out after <*> ms; <*>@example.com; +<*>",
        "max_tokens: 4096 input_tokens=512 password_length: 12 bypass=true",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
        "no secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf found",
        "SecretId=arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
        "{\"secret\":\"arn:aws:secretsmanager:eu-west-1:123456789012:secret:a\"}",
        "specified secret prod/orders-db was not found",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/prod/password",
        "arn:aws:iam::123456789012:role/Token, arn:aws:sns:eu-west-1:123456789012:alerts",
        "RequestId: 7c9e6679-7425-40de-944b-e07fc1f90ae7 Version: $LATEST",
        "1-5759e988-bd862e3fe1be46a994272793 Root=1-67891233-abcdef012345678912345678",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "image app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "2024-05-01T12:00:00.123+0200 2024-05-01 12:00:00 +02:00 1714557600000 1714557600000000",
        "12:34:56.789 took 4111111111111112 ns, +12.5 %, +0.5, +1234567 bytes, 1e+10",
        "v1.2.3.4, version 5.7.12.1, engineVersion=8.0.36.1, Chrome/126.0.0.0 lib-1.2.3.4.jar 1.2.3",
        "10.1.2.3 172.16.0.9 192.168.1.1 127.0.0.1 169.254.170.2 100.64.1.1 0.0.0.0/0 8.8.8.0/24 ::1 fe80::1 fd00::1",
        "2001:db8::1/64 std::fmt::Debug Token::Invalid dead::beef",
        "i-0abcd1234ef567890 sg-0a1b2c3d eni-12345678 ASIA-PACIFIC-REGION-1 pk_orders_by_customer",
        "ip-10-0-0-1.eu-west-1.compute.internal ec2-user@ip-10-0-0-1.ec2.internal git@github.com:a/b",
        "orders-123-45-6789 000-12-3456 123-45-67890 icon@2x.png @scope/pkg@1.2.3",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/orders http://[::1]:80/a@b",
        "npm_config_cache sk-orders-by-customer-and-date-of-purchase-index SGD.x",
        "DE89370400440532013001 GB82WEST12345698765433 DE12",
        "ValidationException: credentials: AccessDeniedException",
        "[masked] token=[masked] \"[masked]\"",
        "CPU 98.5% p99=1234.5ms 5xx=17 500/1000 0x7ffee4b5c8a0",
    ] {
        assert_masked(text, text, &[]);
    }
}

#[test]
fn mask_counts_what_it_hid() {
    let found = mask("password=a password=b, jane@example.com").found;
    assert_eq!(found, BTreeMap::from([("email", 1), ("password", 2)]));
}

#[test]
fn mask_long_hostile_texts_ends() {
    let texts = [
        "password=",
        "token=arn:aws",
        "-----BEGIN PRIVATE KEY-----",
        "a.",
        "://a:",
        "token /",
        "sk-",
        "SG.",
        "password \"",
        "password='\\\"",
        "4111 ",
        "+1 ",
        "arn:aws:a:",
        "cookie=a; ",
        "a@",
        "%40",
        "::",
        "SK0",
        "é",
        "token=Exception",
        "secret ,",
        "basic ",
        "&a",
        "pwd=,&",
    ];
    for text in texts {
        let long = text.repeat(40_000 / text.len());
        assert!(mask(&long).text.len() <= long.len().saturating_mul(8), "{text}");
    }
}

/// Pieces that the rules look at, so that random texts come close to every one of them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password"),
        Just("token"),
        Just("Authorization"),
        Just("Bearer "),
        Just("Basic "),
        Just("cookie"),
        Just("secret"),
        Just("--pwd"),
        Just("<password>"),
        Just("jdbc:oracle:thin:"),
        Just("arn:aws:iam::1:"),
        Just("="),
        Just(":"),
        Just("://"),
        Just("@"),
        Just("%40"),
        Just("/"),
        Just("."),
        Just("-"),
        Just(","),
        Just(";"),
        Just("&"),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just(" "),
        Just("\n"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("<*>"),
        Just("%3D"),
        Just("+"),
        Just("_"),
        Just("version "),
        Just("value"),
        Just("AKIAIOSFODNN7EXAMPLE"),
        Just("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        Just("sk-"),
        Just("eyJhbGciOiJI"),
        Just("hooks.slack.com/"),
        Just("-----BEGIN PRIVATE KEY-----"),
        Just("-----END "),
        Just("jane@example.com"),
        Just("4111 1111 1111 1111"),
        Just("123-45-6789"),
        Just("+1 202-555-0123"),
        Just("8.8.8.8"),
        Just("2001:db8::1"),
        Just("DE89370400440532013000"),
        Just("123"),
        Just("a1B2c3D4e5"),
        Just("null"),
        Just("word"),
        Just("é"),
        Just("\u{200b}"),
        Just("[masked]"),
        Just("/24"),
        Just("("),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {

    #[test]
    fn mask_twice_is_as_once(text in prop_oneof![".{0,200}", pieces()]) {
        let once = mask(&text);
        let twice = mask(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.found.is_empty());
    }

    #[test]
    fn mask_announced_secret_between_any_texts_is_gone(
        before in "[ a-z0-9:,=]{0,30}", secret in "[A-Z0-9!#$^*a-z]{0,12}x7Q9[a-z0-9]{4}", after in ".{0,30}",
    ) {
        for text in [
            format!("{before} password={secret} {after}"),
            format!("{before} {{\"api_key\": \"{secret}\"}} {after}"),
            format!("{before} https://u:{secret}@db.example.com/ {after}"),
        ] {
            prop_assert!(!masked(&text).contains(&secret), "{}", text);
        }
    }
}
