//! Provides a client that answers by rules.

/// A client of `$sdk` that answers by these rules. (The mocks' own macro needs every SDK's
/// `test-util`, which would build them all twice.)
macro_rules! client {
    ($sdk:ident $(, $rule:expr)*) => {{
        let interceptor = aws_smithy_mocks::MockResponseInterceptor::new()
            .rule_mode(aws_smithy_mocks::RuleMode::MatchAny)$(.with_rule($rule))*;
        let credentials = aws_sdk_dynamodb::config::Credentials::new("test", "test", None, None, "test");
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::v2026_01_12())
                .region($sdk::config::Region::new("eu-west-1"))
                .credentials_provider(credentials)
                .retry_config($sdk::config::retry::RetryConfig::disabled())
                .http_client(aws_smithy_mocks::create_mock_http_client())
                .interceptor(interceptor)
                .build(),
        )
    }};
}
